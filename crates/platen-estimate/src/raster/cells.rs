//! A row of cells as large as a dot at 36 dots an inch, and how far each is
//! from grey.
//!
//! Only differences are kept, of red from green and of blue from green: grey
//! changes neither, so grey runs cost nothing.

use crate::colour::{DOT_PT, VISIBLE_CHROMA};

/// A cell is no larger, so that its sums (255 × 256 × 256 at most) stay small.
const MAX_CELL: usize = 256;

/// A pixel's red less green, and blue less green.
pub(super) type Tint = (i32, i32);

/// The tint of a colour.
#[inline(always)]
pub(super) fn tint([red, green, blue]: [u8; 3]) -> Tint {
    let green = i32::from(green);
    (i32::from(red) - green, i32::from(blue) - green)
}

/// Whether a tint is coloured enough that a cell of it would show.
#[inline(always)]
pub(super) fn is_strong((red, blue): Tint, threshold: i32) -> bool {
    red.max(blue).max(0) - red.min(blue).min(0) > threshold
}

/// A row of cells that is being filled.
pub(super) struct Cells {
    /// Dots of a cell, across and down.
    pub(super) size: (usize, usize),
    width: usize,
    gain: (f64, f64),
    sums: Vec<Tint>,
    /// The cells that hold any tint: from, to.
    touched: (usize, usize),
}

impl Cells {
    /// Cells for lines of `width` dots.
    pub(super) fn new(width: usize, size: (usize, usize), gain: (f64, f64)) -> Self {
        Self {
            size,
            width,
            gain,
            sums: Vec::new(),
            touched: (usize::MAX, 0),
        }
    }

    /// Adds pixels of one tint from dot `at` on, on so many lines.
    #[inline(always)]
    pub(super) fn add(&mut self, at: usize, count: usize, tint: Tint, lines: i32) {
        if tint == (0, 0) {
            return;
        }
        let mut at = at;
        let end = at.saturating_add(count).min(self.width);
        while at < end {
            let cell = at / self.size.0;
            let next = ((cell + 1) * self.size.0).min(end);
            // At most MAX_CELL.
            let dots = (next - at) as i32 * lines;
            let sum = self.cell(cell);
            sum.0 += tint.0 * dots;
            sum.1 += tint.1 * dots;
            at = next;
        }
    }

    /// Adds pixels from dot `at` on, each its own tint, on so many lines.
    #[inline(always)]
    pub(super) fn add_each(
        &mut self,
        at: usize,
        tints: impl ExactSizeIterator<Item = Tint>,
        lines: i32,
    ) {
        let mut at = at;
        let end = at.saturating_add(tints.len()).min(self.width);
        let mut tints = tints;
        while at < end {
            let cell = at / self.size.0;
            let next = ((cell + 1) * self.size.0).min(end);
            let mut total = (0, 0);
            for tint in tints.by_ref().take(next - at) {
                total.0 += tint.0;
                total.1 += tint.1;
            }
            if total != (0, 0) {
                let sum = self.cell(cell);
                sum.0 += total.0 * lines;
                sum.1 += total.1 * lines;
            }
            at = next;
        }
    }

    #[inline(always)]
    fn cell(&mut self, cell: usize) -> &mut Tint {
        if cell >= self.sums.len() {
            // Within the width, which the judge bounds.
            self.sums.resize(cell + 1, (0, 0));
        }
        self.touched = (self.touched.0.min(cell), self.touched.1.max(cell + 1));
        &mut self.sums[cell]
    }

    /// Ends the row, which was so many lines high: whether a cell shows colour.
    pub(super) fn close(&mut self, lines: usize) -> bool {
        let (from, to) = std::mem::replace(&mut self.touched, (usize::MAX, 0));
        let mut shows = false;
        for (cell, sum) in self.sums.iter_mut().enumerate().take(to).skip(from) {
            let (red, blue) = std::mem::take(sum);
            let columns = self.size.0.min(self.width - cell * self.size.0);
            let dots = (columns * lines.max(1)) as f64;
            let (red, blue) = (f64::from(red) * self.gain.0, f64::from(blue) * self.gain.1);
            shows |= red.max(blue).max(0.0) - red.min(blue).min(0.0) > VISIBLE_CHROMA * dots;
        }
        shows
    }
}

/// The dots of a cell, along one side of a page.
pub(super) fn cell_dots(dots: usize, side_pt: f64, resolution: u32) -> usize {
    let cell = if resolution > 0 {
        f64::from(resolution) / 72.0 * DOT_PT
    } else {
        dots as f64 / (side_pt / DOT_PT).max(1.0)
    };
    // A float is converted with saturation.
    (cell as usize).clamp(1, MAX_CELL)
}
