//! The chroma that a page of marks and rasters shows at 36 dots to the inch.
//!
//! Neutral marks never add chroma, so only coloured ones are gathered: small
//! shapes as the part of a dot that they cover, rasters as the mean of the
//! pixels that fall on a dot.

use crate::colour::{DOT_PT, VISIBLE_CHROMA, chroma};
use std::collections::HashMap;

/// Dots that hold a little colour each, kept at most at a time.
const MAX_FAINT_DOTS: usize = 1 << 16;

/// Where a mark lies. *Units*: points from the page's upper left corner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Area {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// What one page shows.
#[derive(Debug, Default)]
pub(crate) struct Ink {
    shows: bool,
    faint: HashMap<(i32, i32), [f32; 3]>,
}

impl Ink {
    /// Whether colour was seen, so that the rest of the page may be skipped.
    pub(crate) const fn shows_colour(&self) -> bool {
        self.shows
    }

    pub(crate) const fn set_colour(&mut self) {
        self.shows = true;
    }

    /// A mark that covers this share of its area with one colour.
    pub(crate) fn mark(&mut self, area: Area, rgb: [u8; 3], share: f64) {
        let colour = rgb.map(|value| f64::from(value) / 255.0);
        if self.shows || chroma(colour) * share <= VISIBLE_CHROMA {
            return;
        }
        let Area {
            left,
            top,
            width,
            height,
        } = area;
        let sound = [left, top, width, height].iter().all(|pt| pt.abs() < 1e5);
        if !sound || width <= 0.0 || height <= 0.0 {
            return;
        }
        // Whatever its place, it covers a dot wholly.
        if width >= 2.0 * DOT_PT && height >= 2.0 * DOT_PT {
            self.shows = true;
            return;
        }
        self.cover(area, colour, share);
    }

    /// A line of this width, wherever it runs.
    pub(crate) fn line(&mut self, width_pt: f64, rgb: [u8; 3]) {
        let colour = rgb.map(|value| f64::from(value) / 255.0);
        let share = (width_pt / DOT_PT).clamp(0.0, 1.0);
        self.shows |= chroma(colour) * share > VISIBLE_CHROMA;
    }

    fn cover(&mut self, area: Area, colour: [f64; 3], share: f64) {
        let (left, top) = (area.left / DOT_PT, area.top / DOT_PT);
        let right = left + area.width / DOT_PT;
        let bottom = top + area.height / DOT_PT;
        let cells = |from: f64, to: f64| (from.floor() as i32)..(to.ceil() as i32);
        for row in cells(top, bottom) {
            let tall = bottom.min(f64::from(row) + 1.0) - top.max(f64::from(row));
            for column in cells(left, right) {
                let wide = right.min(f64::from(column) + 1.0) - left.max(f64::from(column));
                let covered = (tall * wide * share).clamp(0.0, 1.0);
                if self.blend((column, row), colour, covered) {
                    self.shows = true;
                    return;
                }
            }
        }
    }

    fn blend(&mut self, dot: (i32, i32), colour: [f64; 3], covered: f64) -> bool {
        if self.faint.len() >= MAX_FAINT_DOTS {
            self.faint.clear();
        }
        // The paper below is neutral, whatever its shade.
        let mixed = self.faint.entry(dot).or_insert([1.0; 3]);
        for (mixed, colour) in mixed.iter_mut().zip(colour) {
            *mixed += (colour as f32 - *mixed) * covered as f32;
        }
        chroma(mixed.map(f64::from)) > VISIBLE_CHROMA
    }

    /// Starts a raster whose upper left pixel lies there.
    pub(crate) fn raster(left_pt: f64, top_pt: f64, pixel_pt: (f64, f64), grain: Grain) -> Swath {
        let pixels = |pixel: f64| {
            let dot = (DOT_PT / pixel.clamp(0.01, DOT_PT)).max(1.0);
            match grain {
                Grain::Smooth => dot,
                Grain::Dithered => dot * (DITHER_PIXELS / dot).ceil(),
            }
        };
        let dot = (pixels(pixel_pt.0), pixels(pixel_pt.1));
        let offset = |pixels: f64, dot: f64| {
            let pixels = if pixels.is_finite() { pixels } else { 0.0 };
            pixels.clamp(-1e6, 1e6).rem_euclid(dot)
        };
        let in_pixels = |pt: f64, pixel: f64| pt / pixel.clamp(0.01, DOT_PT);
        Swath {
            dot,
            offset: offset(in_pixels(left_pt, pixel_pt.0), dot.0),
            row: offset(in_pixels(top_pt, pixel_pt.1), dot.1),
            grain,
            sums: Vec::new(),
            touched: false,
        }
    }

    /// Ends a raster: its last row of dots counts too.
    pub(crate) fn finish(&mut self, swath: &mut Swath) {
        self.shows |= swath.close();
    }
}

/// How a raster makes its shades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grain {
    /// Each pixel has its shade.
    Smooth,
    /// Shades are patterns of pixels in few colours, greys too; a look at a
    /// single dot would see the hues of its pixels.
    Dithered,
}

/// The side of the patterns that shades are made of. *Units*: pixels.
const DITHER_PIXELS: f64 = 16.0;

/// A row of dots of a raster that is being fed from top to bottom.
#[derive(Clone, Debug)]
pub(crate) struct Swath {
    /// Pixels across and down a dot.
    dot: (f64, f64),
    /// Pixels from the left edge of the first dot to the raster.
    offset: f64,
    /// Pixel rows since the dots' upper edge.
    row: f64,
    grain: Grain,
    /// Red, green and blue of the pixels that have a hue, and how many.
    sums: Vec<[u32; 4]>,
    touched: bool,
}

/// The widest raster that is looked at, in dots: beyond any paper.
const MAX_DOTS: usize = 1 << 14;

impl Swath {
    /// Adds a run of pixels of one colour to the current row.
    pub(crate) fn add(&mut self, first: usize, count: usize, rgb: [u8; 3]) {
        if rgb[0] == rgb[1] && rgb[1] == rgb[2] {
            return;
        }
        let mut at = first;
        let end = first.saturating_add(count);
        while at < end {
            let dot = ((at as f64 + self.offset) / self.dot.0) as usize;
            if dot >= MAX_DOTS {
                return;
            }
            if dot >= self.sums.len() {
                self.sums.resize(dot + 1, [0; 4]);
            }
            let next = ((dot + 1) as f64 * self.dot.0 - self.offset).ceil() as usize;
            let run = next.clamp(at + 1, end) - at;
            let [red, green, blue] = rgb;
            for (sum, value) in self.sums[dot].iter_mut().zip([red, green, blue, 1]) {
                *sum = sum.saturating_add(u32::from(value) * run as u32);
            }
            self.touched = true;
            at += run;
        }
    }

    /// Ends `rows` pixel rows; true once a finished dot shows colour.
    pub(crate) fn next_rows(&mut self, rows: usize) -> bool {
        self.row += rows.min(1 << 20) as f64;
        if self.row < self.dot.1 {
            return false;
        }
        self.row %= self.dot.1;
        self.close()
    }

    fn close(&mut self) -> bool {
        if !std::mem::take(&mut self.touched) {
            return false;
        }
        let pixels = self.dot.0 * self.dot.1;
        let mut shows = false;
        for sum in &mut self.sums {
            let [red, green, blue, count] = std::mem::take(sum);
            let low = red.min(green).min(blue);
            let spread = f64::from(red.max(green).max(blue) - low);
            let mean = spread / pixels;
            shows |= mean > VISIBLE_CHROMA;
            if self.grain == Grain::Dithered && mean > VISIBLE_CHROMA / 2.0 {
                // One hue all over is no grey's dither: a thin coloured line.
                let ink = f64::from(count) * 255.0 - f64::from(low);
                shows |= spread > 0.75 * ink;
            }
        }
        shows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RED: [u8; 3] = [255, 0, 0];

    fn area(left: f64, top: f64, width: f64, height: f64) -> Area {
        Area {
            left,
            top,
            width,
            height,
        }
    }

    #[test]
    fn a_coloured_area_shows_and_a_grey_one_does_not() {
        let mut ink = Ink::default();
        ink.mark(area(10.0, 10.0, 100.0, 100.0), [90, 90, 90], 1.0);
        ink.mark(area(10.0, 10.0, 100.0, 100.0), [200, 195, 190], 1.0);
        assert!(!ink.shows_colour());
        ink.mark(area(10.0, 10.0, 100.0, 100.0), RED, 1.0);
        assert!(ink.shows_colour());
    }

    #[test]
    fn specks_of_several_hues_on_a_dot_are_grey_together() {
        let speck = 0.24;
        let mut ink = Ink::default();
        ink.mark(area(4.0, 4.0, speck, speck), RED, 1.0);
        ink.mark(area(4.5, 4.0, speck, speck), [0, 255, 0], 1.0);
        ink.mark(area(5.0, 4.0, speck, speck), [0, 0, 255], 1.0);
        assert!(!ink.shows_colour());
        for column in 0..8 {
            ink.mark(
                area(4.0 + f64::from(column) * speck, 5.0, speck, speck),
                RED,
                1.0,
            );
        }
        assert!(ink.shows_colour());
    }

    #[test]
    fn a_raster_is_judged_by_the_mean_of_each_dot() {
        let raster = |red_every: usize| {
            let mut ink = Ink::default();
            let mut swath = Ink::raster(0.0, 0.0, (0.24, 0.24), Grain::Smooth);
            for row in 0..40 {
                for column in (0..100).step_by(red_every) {
                    if row % red_every == 0 {
                        swath.add(column, 1, RED);
                    }
                }
                if swath.next_rows(1) {
                    ink.set_colour();
                }
            }
            ink.finish(&mut swath);
            ink.shows_colour()
        };
        assert!(raster(1));
        assert!(raster(2));
        assert!(!raster(6));
    }

    #[test]
    fn a_grey_of_dithered_inks_has_no_hue_and_a_thin_line_has() {
        let judge = |ink_at: fn(usize, usize) -> [u8; 3]| {
            let mut ink = Ink::default();
            let mut swath = Ink::raster(0.0, 0.0, (0.24, 0.24), Grain::Dithered);
            for row in 0..64 {
                for column in 0..64 {
                    swath.add(column, 1, ink_at(row, column));
                }
                if swath.next_rows(1) {
                    ink.set_colour();
                }
            }
            ink.finish(&mut swath);
            ink.shows_colour()
        };
        // Each ink on its own third of the pixels, in clumps.
        assert!(!judge(|row, column| {
            let mut rgb = [255; 3];
            rgb[(row / 3 + column / 3) % 3] = 0;
            rgb
        }));
        assert!(judge(|_, column| if column == 20 { RED } else { [255; 3] }));
        assert!(judge(|row, column| if (row + column) % 3 == 0 {
            RED
        } else {
            [255; 3]
        }));
    }

    proptest! {
        #[test]
        fn no_marks_upset_it(
            marks in proptest::collection::vec((any::<f64>(), -10.0..99.0f64, any::<f64>(), -1.0..9.0f64, any::<[u8; 3]>()), 0..20),
            runs in proptest::collection::vec((any::<usize>(), any::<usize>(), any::<[u8; 3]>(), any::<usize>()), 0..20),
        ) {
            let mut ink = Ink::default();
            for (left, top, width, height, rgb) in marks {
                ink.mark(area(left, top, width, height), rgb, 1.0);
            }
            let mut swath = Ink::raster(f64::INFINITY, f64::NAN, (0.0, f64::NAN), Grain::Dithered);
            for (first, count, rgb, rows) in runs {
                swath.add(first, count, rgb);
                swath.next_rows(rows);
            }
            ink.finish(&mut swath);
        }
    }
}
