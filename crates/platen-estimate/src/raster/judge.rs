//! Whether a page shows colour, from its lines of whole bytes.
//!
//! Lines are looked at twice at most: a first look finds out whether anything
//! in a row of cells is coloured at all, which is cheap; only if so are its
//! cells summed up. A page of grey is never summed, and a page of colour ends
//! at its first coloured cell.

use super::cells::{Cells, Tint, is_strong, tint};
use super::rows::{Coding, Line, Runs, walk};
use super::space::mix;
use crate::colour::VISIBLE_CHROMA;
use std::marker::PhantomData;

/// A pixel of whole bytes.
pub(super) trait Pixel {
    /// Bytes of it.
    const BYTES: usize;
    /// What it shows.
    fn tint(pixel: &[u8]) -> Tint;
    /// Whether any of the pixels is further from grey than the threshold;
    /// may say so of pixels that are a little less.
    fn any_strong(pixels: &[u8], threshold: u8) -> bool {
        pixels
            .chunks_exact(Self::BYTES)
            .any(|pixel| is_strong(Self::tint(pixel), i32::from(threshold)))
    }
}

/// Three samples.
pub(super) struct Three;

impl Pixel for Three {
    const BYTES: usize = 3;

    #[inline(always)]
    fn tint(pixel: &[u8]) -> Tint {
        match pixel {
            [red, green, blue, ..] => tint([*red, *green, *blue]),
            _ => (0, 0),
        }
    }

    /// Every sample less the next, and less the one after it, those apart that
    /// belong to the next pixel: sixteen at a time.
    #[inline(always)]
    fn any_strong(pixels: &[u8], threshold: u8) -> bool {
        const STEP: usize = 48;
        const NEXT: [u8; STEP] = mask([0xff, 0xff, 0]);
        const AFTER: [u8; STEP] = mask([0xff, 0, 0]);
        let mut at = 0;
        while let Some(window) = pixels.get(at..at + STEP + 2) {
            let mut most = 0;
            for lane in 0..STEP {
                let next = window[lane].abs_diff(window[lane + 1]) & NEXT[lane];
                let after = window[lane].abs_diff(window[lane + 2]) & AFTER[lane];
                most = next.max(after).max(most);
            }
            if most > threshold {
                return true;
            }
            at += STEP;
        }
        pixels[at..]
            .chunks_exact(3)
            .any(|pixel| is_strong(Self::tint(pixel), i32::from(threshold)))
    }
}

/// A pattern of three, over and over.
const fn mask(pattern: [u8; 3]) -> [u8; 48] {
    let mut mask = [0; 48];
    let mut at = 0;
    while at < 48 {
        mask[at] = pattern[at % 3];
        at += 1;
    }
    mask
}

/// Three inks, then black.
pub(super) struct ThenBlack;

impl Pixel for ThenBlack {
    const BYTES: usize = 4;

    #[inline(always)]
    fn tint(pixel: &[u8]) -> Tint {
        match pixel {
            [a, b, c, black] if a != b || b != c => tint(mix([*a, *b, *c], *black)),
            _ => (0, 0),
        }
    }
}

/// Black, then three inks.
pub(super) struct BlackFirst;

impl Pixel for BlackFirst {
    const BYTES: usize = 4;

    #[inline(always)]
    fn tint(pixel: &[u8]) -> Tint {
        match pixel {
            [black, a, b, c] if a != b || b != c => tint(mix([*a, *b, *c], *black)),
            _ => (0, 0),
        }
    }
}

/// The lines of the row of cells that is being filled.
pub(super) struct Judge<P> {
    cells: Cells,
    coding: Coding,
    threshold: u8,
    /// Where its lines begin, and how often each stands in it.
    lines: Vec<(usize, usize)>,
    filled: usize,
    /// Something in it is coloured.
    strong: bool,
    pixel: PhantomData<P>,
}

impl<P: Pixel> Judge<P> {
    pub(super) fn new(cells: Cells, coding: Coding, gain: (f64, f64)) -> Self {
        Self {
            cells,
            coding,
            // No pixel under it can make a cell over the threshold. From 17 to 24.
            threshold: (VISIBLE_CHROMA / gain.0.max(gain.1)) as u8,
            lines: Vec::new(),
            filled: 0,
            strong: false,
            pixel: PhantomData,
        }
    }

    /// Looks at the line at `at`, which stands `rows` times at most; true once
    /// a cell shows colour.
    pub(super) fn line(&mut self, data: &[u8], at: usize, rows: u64) -> Option<(Line, bool)> {
        let mut look = Look::<P> {
            strong: false,
            threshold: self.threshold,
            pixel: PhantomData,
        };
        let line = walk(data, at, self.coding, P::BYTES, &mut look)?;
        let mut times = line.times.min(usize::try_from(rows).unwrap_or(usize::MAX));
        let height = self.cells.size.1;
        while times > 0 {
            let here = times.min(height - self.filled);
            self.lines.push((at, here));
            self.strong |= look.strong;
            self.filled += here;
            times -= here;
            if self.filled == height {
                if self.finish(data) {
                    return Some((line, true));
                }
                // Rows of cells that hold nothing but this line are alike.
                if times > 2 * height {
                    times = times % height + height;
                }
            }
        }
        Some((line, false))
    }

    /// Ends the row of cells: whether one of them shows colour.
    pub(super) fn finish(&mut self, data: &[u8]) -> bool {
        let shows = self.strong && self.sum_up(data);
        self.lines.clear();
        self.filled = 0;
        self.strong = false;
        shows
    }

    fn sum_up(&mut self, data: &[u8]) -> bool {
        for (at, times) in &self.lines {
            let mut sums = Sums::<P> {
                cells: &mut self.cells,
                at: 0,
                // At most the height of a cell.
                lines: *times as i32,
                pixel: PhantomData,
            };
            walk(data, *at, self.coding, P::BYTES, &mut sums);
        }
        self.cells.close(self.filled)
    }
}

/// The first look.
struct Look<P> {
    strong: bool,
    threshold: u8,
    pixel: PhantomData<P>,
}

impl<P: Pixel> Runs for Look<P> {
    #[inline(always)]
    fn repeat(&mut self, pixel: &[u8], _: usize) {
        self.strong |= is_strong(P::tint(pixel), i32::from(self.threshold));
    }

    #[inline(always)]
    fn literal(&mut self, pixels: &[u8]) {
        self.strong = self.strong || P::any_strong(pixels, self.threshold);
    }
}

/// The second look.
struct Sums<'c, P> {
    cells: &'c mut Cells,
    at: usize,
    lines: i32,
    pixel: PhantomData<P>,
}

impl<P: Pixel> Runs for Sums<'_, P> {
    #[inline(always)]
    fn repeat(&mut self, pixel: &[u8], count: usize) {
        self.cells.add(self.at, count, P::tint(pixel), self.lines);
        self.at += count;
    }

    #[inline(always)]
    fn literal(&mut self, pixels: &[u8]) {
        let tints = pixels.chunks_exact(P::BYTES).map(P::tint);
        let count = tints.len();
        self.cells.add_each(self.at, tints, self.lines);
        self.at += count;
    }
}
