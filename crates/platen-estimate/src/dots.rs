//! A picture's samples, seen as dots of the size at which colour shows.

use crate::colour::{DOT_PT, NEGLIGIBLE_CHROMA, VISIBLE_CHROMA};

/// The most samples along a side of a dot: it keeps the sums far below their limit.
const MAX_BLOCK: usize = 64;
/// Samples that are looked at together, three bytes each.
const GROUP: usize = 48;

/// Looks at a picture's samples as dots of the size at which colour shows.
///
/// Each dot is the mean of a block of samples. Rows are fed from top to
/// bottom; [`Dots::finish`] gives the largest chroma of any dot.
///
/// Chroma is convex: where no sample has any to speak of, no mean of them has.
/// Such rows are therefore kept aside, and summed only when another row of the
/// same dots has some.
pub(crate) struct Dots {
    block: (usize, usize),
    sums: Vec<[u32; 3]>,
    counts: Vec<u32>,
    held: Vec<u8>,
    row_bytes: usize,
    rows: usize,
    coloured: bool,
    largest: f64,
}

impl Dots {
    /// A picture of `samples` columns and rows drawn `drawn_pt` large.
    pub(crate) fn new(samples: (usize, usize), drawn_pt: (f64, f64)) -> Self {
        let block = |samples: usize, drawn: f64| {
            let dots = (drawn.abs() / DOT_PT).ceil().clamp(1.0, 1e6);
            ((samples as f64 / dots).floor() as usize).clamp(1, MAX_BLOCK)
        };
        let block = (block(samples.0, drawn_pt.0), block(samples.1, drawn_pt.1));
        let columns = samples.0.div_ceil(block.0);
        Self {
            block,
            sums: vec![[0; 3]; columns],
            counts: vec![0; columns],
            held: Vec::new(),
            row_bytes: samples.0.saturating_mul(3),
            rows: 0,
            coloured: false,
            largest: 0.0,
        }
    }

    /// Adds one row of 8-bit red, green, blue samples.
    pub(crate) fn row(&mut self, samples: impl Iterator<Item = [u8; 3]>) {
        let mut samples = samples.take(self.row_bytes / 3);
        for (sum, count) in self.sums.iter_mut().zip(&mut self.counts) {
            let mut total = [0u32; 3];
            let mut seen = 0;
            for [red, green, blue] in samples.by_ref().take(self.block.0) {
                total[0] += u32::from(red);
                total[1] += u32::from(green);
                total[2] += u32::from(blue);
                seen += 1;
            }
            for (sum, total) in sum.iter_mut().zip(total) {
                *sum += total;
            }
            *count += seen;
        }
        self.coloured = true;
        self.end_row();
    }

    /// Adds one row of red, green, blue bytes.
    pub(crate) fn rgb_row(&mut self, row: &[u8]) {
        let row = &row[..row.len().min(self.row_bytes)];
        if has_chroma(row) {
            self.row(row.as_chunks().0.iter().copied());
        } else {
            self.held.extend_from_slice(row);
            self.held
                .resize(self.held.len().next_multiple_of(self.row_bytes.max(1)), 255);
            self.end_row();
        }
    }

    /// Whether a dot of visible colour was seen, so that the rest may be skipped.
    pub(crate) fn shows_colour(&self) -> bool {
        self.exceeds(VISIBLE_CHROMA)
    }

    /// Whether a dot of more chroma than that was seen.
    pub(crate) fn exceeds(&self, chroma: f64) -> bool {
        self.largest > chroma
    }

    /// The largest chroma of any dot; nothing where it is negligible.
    /// *Units*: 0 to 255.
    pub(crate) fn finish(mut self) -> f64 {
        if self.rows > 0 {
            self.close_dots();
        }
        self.largest
    }

    fn end_row(&mut self) {
        self.rows += 1;
        if self.rows >= self.block.1 {
            self.close_dots();
        }
    }

    fn close_dots(&mut self) {
        if std::mem::take(&mut self.coloured) {
            let held = std::mem::take(&mut self.held);
            for row in held.chunks_exact(self.row_bytes.max(1)) {
                self.row_of_open_dots(row);
            }
            self.held = held;
            self.measure();
        }
        self.held.clear();
        self.rows = 0;
    }

    fn row_of_open_dots(&mut self, row: &[u8]) {
        let blocks = row.chunks(self.block.0 * 3);
        for ((sum, count), block) in self.sums.iter_mut().zip(&mut self.counts).zip(blocks) {
            for [red, green, blue] in block.as_chunks().0 {
                sum[0] += u32::from(*red);
                sum[1] += u32::from(*green);
                sum[2] += u32::from(*blue);
                *count += 1;
            }
        }
    }

    fn measure(&mut self) {
        for (sum, count) in self.sums.iter_mut().zip(&mut self.counts) {
            if *count > 0 {
                let spread = sum.iter().max().unwrap_or(&0) - sum.iter().min().unwrap_or(&0);
                self.largest = self.largest.max(f64::from(spread) / f64::from(*count));
            }
            *sum = [0; 3];
            *count = 0;
        }
    }
}

/// Whether one of the samples has more than negligible chroma.
pub(crate) fn has_chroma(rgb: &[u8]) -> bool {
    let (groups, rest) = rgb.as_chunks::<GROUP>();
    groups
        .iter()
        .any(|group| may_show(group) && any_shows(group))
        || any_shows(rest)
}

/// A quick look that the compiler makes vectors of: chroma is no more than the
/// differences of red to green and of green to blue together.
fn may_show(group: &[u8; GROUP]) -> bool {
    let mut largest = 0;
    for [red, green, blue] in group.as_chunks().0 {
        largest = red.abs_diff(*green).max(green.abs_diff(*blue)).max(largest);
    }
    f64::from(largest) * 2.0 > NEGLIGIBLE_CHROMA
}

fn any_shows(rgb: &[u8]) -> bool {
    rgb.as_chunks::<3>().0.iter().any(|sample| {
        let spread = sample.iter().max().unwrap_or(&0) - sample.iter().min().unwrap_or(&0);
        f64::from(spread) > NEGLIGIBLE_CHROMA
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn coloured_specks_smaller_than_a_dot_do_not_show() {
        // One red pixel in a hundred, all of which fall on one dot.
        let pixels = |red_at: usize| {
            (0..10).map(move |column| {
                if column == red_at {
                    [255, 0, 0]
                } else {
                    [255, 255, 255]
                }
            })
        };
        let mut fine = Dots::new((10, 10), (2.0, 2.0));
        let mut coarse = Dots::new((10, 10), (20.0, 20.0));
        for row in 0..10 {
            fine.row(pixels(if row == 3 { 3 } else { 99 }));
            coarse.row(pixels(if row == 3 { 3 } else { 99 }));
        }
        assert!(fine.finish() < VISIBLE_CHROMA);
        assert!(coarse.finish() > VISIBLE_CHROMA);
    }

    /// The definition, without a shortcut.
    fn plainly(pixels: &[[u8; 3]], (width, height): (usize, usize), block: usize) -> f64 {
        let mut largest = 0.0f64;
        for top in (0..height).step_by(block) {
            for left in (0..width).step_by(block) {
                let (mut sum, mut count) = ([0u32; 3], 0u32);
                for y in top..(top + block).min(height) {
                    for x in left..(left + block).min(width) {
                        for (sum, value) in sum.iter_mut().zip(pixels[y * width + x]) {
                            *sum += u32::from(value);
                        }
                        count += 1;
                    }
                }
                let spread = sum.iter().max().unwrap() - sum.iter().min().unwrap();
                largest = largest.max(f64::from(spread) / f64::from(count));
            }
        }
        largest
    }

    proptest! {
        #[test]
        fn rows_kept_aside_change_no_answer(
            width in 1usize..60, height in 1usize..20, block in 1usize..5,
            greys in proptest::collection::vec((any::<u8>(), 0u8..40, 0u8..60), 1200),
        ) {
            let pixels: Vec<[u8; 3]> = greys[..width * height]
                .iter()
                .map(|(grey, tint, rare)| match rare {
                    0 => [*grey, grey.saturating_add(tint * 5), *grey],
                    _ => [*grey, grey.saturating_add(tint / 8), *grey],
                })
                .collect();
            let dots = |samples: usize| (samples as f64 / block as f64).floor().max(1.0) * DOT_PT;
            // Sizes that give blocks of exactly `block` samples.
            let size = (width.max(block), height.max(block));
            prop_assume!(size == (width, height));
            let drawn = (dots(width), dots(height));
            let mut whole = Dots::new(size, drawn);
            prop_assume!(whole.block == (block, block));
            let mut bytes = Dots::new(size, drawn);
            for row in pixels.chunks(width) {
                whole.row(row.iter().copied());
                bytes.rgb_row(row.as_flattened());
            }
            let expected = plainly(&pixels, size, block);
            prop_assert!((whole.finish() - expected).abs() < 1e-9);
            let seen = bytes.finish();
            prop_assert_eq!(seen > VISIBLE_CHROMA, expected > VISIBLE_CHROMA);
        }
    }
}
