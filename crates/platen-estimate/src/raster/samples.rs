//! Pages whose samples aren't whole bytes in pixel order: expanded line by
//! line, and looked at sample by sample.

use super::cells::{Cells, tint};
use super::header::{Order, PageHeader};
use super::rows::{Coding, Expanded, Line, walk};
use super::space::Space;

/// The most samples that a pixel of a known colour space has.
const MAX_SAMPLES: usize = 6;
/// The most cells whose sums are kept for a page that comes colour by colour.
const MAX_PLANAR_CELLS: usize = 1 << 20;

/// What is known of a page so far.
pub(super) struct Samples<'h> {
    header: &'h PageHeader,
    coding: Coding,
    little: bool,
    line: Vec<u8>,
    cells: Cells,
    filled: usize,
    planes: Planes,
}

/// Sums for each cell and colour, of pages that come colour by colour: how far
/// samples are from those of an empty page.
struct Planes {
    columns: usize,
    sums: Vec<[i32; MAX_SAMPLES]>,
    lines: usize,
}

impl<'h> Samples<'h> {
    /// None when the page has more than can be kept in mind.
    pub(super) fn new(
        header: &'h PageHeader,
        coding: Coding,
        little: bool,
        cells: Cells,
    ) -> Option<Self> {
        let columns = header.width.div_ceil(cells.size.0);
        let planar = header.order == Order::Planar;
        let too_many = columns.saturating_mul(header.height.div_ceil(cells.size.1));
        let fits = header.samples <= MAX_SAMPLES
            && header.samples >= header.space.samples(header.bits)
            && !(planar && too_many > MAX_PLANAR_CELLS)
            && (header.order != Order::Banded || header.band_bytes() >= header.plane_bytes());
        fits.then(|| Self {
            header,
            coding,
            little,
            line: Vec::new(),
            cells,
            filled: 0,
            planes: Planes {
                columns,
                sums: Vec::new(),
                lines: 0,
            },
        })
    }

    /// Looks at the line at `at`, which stands `rows` times at most; true once
    /// a cell shows colour.
    pub(super) fn line(&mut self, data: &[u8], at: usize, rows: u64) -> Option<(Line, bool)> {
        self.line.clear();
        let mut expanded = Expanded {
            line: &mut self.line,
        };
        let line = walk(data, at, self.coding, self.header.unit(), &mut expanded)?;
        let mut times = line.times.min(usize::try_from(rows).unwrap_or(usize::MAX));
        if self.header.order == Order::Planar {
            self.add_to_plane(times);
            return Some((line, false));
        }
        let height = self.cells.size.1;
        while times > 0 {
            let here = times.min(height - self.filled);
            self.add_line(here);
            self.filled += here;
            times -= here;
            if self.filled == height {
                if self.close() {
                    return Some((line, true));
                }
                if times > 2 * height {
                    times = times % height + height;
                }
            }
        }
        Some((line, false))
    }

    /// Ends the page: whether one of its last cells shows colour.
    pub(super) fn finish(&mut self) -> bool {
        if self.header.order == Order::Planar {
            self.judge_planes()
        } else {
            self.close()
        }
    }

    fn close(&mut self) -> bool {
        let lines = std::mem::take(&mut self.filled);
        self.cells.close(lines)
    }

    fn add_line(&mut self, times: usize) {
        let count = self.header.space.samples(self.header.bits);
        let mut last = ([0; MAX_SAMPLES], (0, 0));
        for dot in 0..self.dots() {
            let mut samples = [0; MAX_SAMPLES];
            for (at, sample) in samples.iter_mut().enumerate().take(count) {
                *sample = self.sample(dot, at);
            }
            if samples != last.0 || dot == 0 {
                last = (
                    samples,
                    tint(self.header.space.rgb(samples.get(..count).unwrap_or(&[]))),
                );
            }
            // At most the height of a cell.
            self.cells.add(dot, 1, last.1, times as i32);
        }
    }

    /// The dots of the line that are there; the empty rest has no colour.
    fn dots(&self) -> usize {
        let there = match self.header.order {
            Order::Chunked => self.line.len() as u64 * 8 / u64::from(self.header.pixel_bits.max(1)),
            // Where the first colour is whole, later ones may lack their rest.
            Order::Banded => {
                self.line.len().min(self.header.plane_bytes()) as u64 * 8
                    / u64::from(self.header.bits.max(1))
            }
            Order::Planar => self.line.len() as u64 * 8 / u64::from(self.header.bits.max(1)),
        };
        usize::try_from(there)
            .unwrap_or(usize::MAX)
            .min(self.header.width)
    }

    /// One sample as eight bits.
    fn sample(&self, dot: usize, at: usize) -> u8 {
        let bits = self.header.bits as usize;
        let position = match self.header.order {
            Order::Chunked => {
                // Samples stand at the end of their pixel.
                let pixel = self.header.pixel_bits as usize;
                let spare = pixel.saturating_sub(self.header.samples * bits);
                dot * pixel + spare + at * bits
            }
            Order::Banded => at * self.header.band_bytes() * 8 + dot * bits,
            Order::Planar => dot * bits,
        };
        let byte = |index: usize| self.line.get(index).copied().unwrap_or(self.empty());
        match bits {
            8 => byte(position / 8),
            16 if self.little => byte(position / 8 + 1),
            16 => byte(position / 8),
            1 | 2 | 4 => {
                let shift = 8 - bits - position % 8;
                let most = (1u16 << bits) - 1;
                let value = (u16::from(byte(position / 8)) >> shift) & most;
                // At most 255.
                (value * 255 / most) as u8
            }
            _ => self.empty(),
        }
    }

    /// What stands in the empty rest of a line.
    fn empty(&self) -> u8 {
        match self.header.space {
            Space::Rgb | Space::AdobeRgb | Space::RgbWhite => 255,
            _ => 0,
        }
    }

    fn add_to_plane(&mut self, times: usize) {
        let plane = self.planes.lines / self.header.height;
        let dots = self.dots();
        let mut row = self.planes.lines % self.header.height;
        self.planes.lines += times;
        if plane >= MAX_SAMPLES {
            return;
        }
        let mut times = times.min(self.header.height - row);
        let (width, height) = self.cells.size;
        while times > 0 {
            let here = times.min(height - row % height);
            let start = row / height * self.planes.columns;
            let needed = start + self.planes.columns;
            if self.planes.sums.len() < needed {
                self.planes.sums.resize(needed, [0; MAX_SAMPLES]);
            }
            for dot in 0..dots {
                let sample = i32::from(self.sample(dot, 0)) - i32::from(self.empty());
                if let Some(sum) = self.planes.sums.get_mut(start + dot / width) {
                    // At most the height of a cell.
                    sum[plane] += sample * here as i32;
                }
            }
            row += here;
            times -= here;
        }
    }

    /// Cells are judged by the mean of each ink: how black dots lie over
    /// coloured ones can't be seen from them.
    fn judge_planes(&mut self) -> bool {
        let count = self.header.space.samples(self.header.bits);
        let (width, height) = self.cells.size;
        let gain = self.header.space.gain();
        let empty = i32::from(self.empty());
        self.planes.sums.iter().enumerate().any(|(cell, sums)| {
            let left = cell % self.planes.columns * width;
            let top = cell / self.planes.columns * height;
            let dots = (width.min(self.header.width - left)
                * height.min(self.header.height.saturating_sub(top)).max(1))
                as i32;
            // Between 0 and 255, as every sample is.
            let means = sums.map(|sum| (empty + sum / dots).clamp(0, 255) as u8);
            let (red, blue) = tint(self.header.space.rgb(means.get(..count).unwrap_or(&[])));
            let (red, blue) = (f64::from(red) * gain.0, f64::from(blue) * gain.1);
            red.max(blue).max(0.0) - red.min(blue).min(0.0) > crate::colour::VISIBLE_CHROMA
        })
    }
}
