//! The escape sequences that choose colours and hold rasters.
//!
//! *Source*: PCL 5 Color Technical Reference; PCL 5 Technical Reference,
//! chapters 13 and 15.

use super::Printer;
use super::environment::MAX_KEPT;
use super::palette::{Palette, Rgb};
use super::raster::{Colours, Inks, Seen};
use super::scan::Command;
use crate::operation::Operation;

/// The most palettes pushed.
const MAX_STACKED: usize = 64;

impl Printer<'_, '_> {
    pub(super) fn colours(&mut self, command: &Command<'_>) {
        let number = command.value.number;
        let whole = command.value.whole();
        match &command.name {
            [b'*', b'r', end] => self.raster_setup(*end, whole),
            b"*tR" => {
                self.end_raster();
                self.now.raster.resolution = number.clamp(1.0, 7200.0);
            }
            b"*bM" => self.now.raster.method = whole,
            b"*bY" => self.now.raster.skip(whole, &mut self.ink),
            b"*gW" => self.configure_components(command.data),
            // Some algorithms render everything in greys.
            b"*tJ" => self.now.monochrome = matches!(whole, 2 | 5 | 6 | 8 | 10 | 12 | 14),
            b"&bM" => self.now.monochrome = whole == 1,
            b"*lO" => {
                if let Ok(code) = u8::try_from(whole) {
                    self.now.operation = Operation(code);
                }
            }
            b"*vW" => {
                if let Some(palette) = Palette::configured(command.data) {
                    self.set_palette(palette);
                }
            }
            b"*vA" => self.now.palette.set_primary(0, number),
            b"*vB" => self.now.palette.set_primary(1, number),
            b"*vC" => self.now.palette.set_primary(2, number),
            b"*vI" => self.now.palette.assign(whole),
            b"*vS" => self.now.foreground = self.now.palette.colour(whole),
            b"*vT" => self.now.pattern = self.now.pattern(whole),
            b"*pP" => self.stack_palette(whole),
            b"&pS" => self.select_palette(whole),
            b"&pI" => self.now.palette_target = whole,
            b"&pC" => self.manage_palettes(whole),
            _ => {}
        }
    }

    fn raster_setup(&mut self, end: u8, whole: i64) {
        match end {
            b'U' => {
                if let Some(palette) = Palette::simple(whole) {
                    self.set_palette(palette);
                }
            }
            b'S' => self.now.raster.width = usize::try_from(whole).ok(),
            b'A' => self.start_raster(matches!(whole, 1 | 3)),
            b'B' => self.end_raster(),
            b'C' => {
                self.end_raster();
                self.now.raster.method = 0;
            }
            _ => {}
        }
    }

    fn set_palette(&mut self, palette: Palette) {
        self.end_raster();
        self.now.raster.inks = None;
        self.now.palette = palette;
        // A new palette brings its own foreground, which is black.
        self.now.foreground = [0; 3];
    }

    fn start_raster(&mut self, at_cursor: bool) {
        if self.now.raster.active.is_none() {
            let layout = &self.now.layout;
            let left = if at_cursor { layout.x / 100.0 } else { 0.0 };
            let top = layout.y / 100.0;
            self.now.raster.start(left, top, &self.now.palette);
        }
    }

    pub(super) fn raster_data(&mut self, data: &[u8], last: bool) {
        self.start_raster(false);
        self.marked |= !data.is_empty();
        self.pictured = true;
        let now = &mut self.now;
        if self.ink.shows_colour() || self.untold || now.monochrome {
            return;
        }
        let colours = Colours {
            palette: &now.palette,
            foreground: now.foreground,
            operation: now.operation,
            budget: self.budget,
        };
        if now.raster.inks.is_none() && colours.are_neutral() {
            return;
        }
        // What time is left is for counting pages.
        self.rows = self.rows.wrapping_add(1);
        if self.rows & 0x3f == 0 && self.budget.is_short() {
            self.untold = true;
            return;
        }
        let seen = now.raster.plane(data, last, &colours, &mut self.ink);
        self.untold = seen == Seen::Untold;
    }

    /// Inks of several levels each, as inkjets take them.
    fn configure_components(&mut self, data: &[u8]) {
        self.end_raster();
        match data {
            [2, count, components @ ..] => {
                let word = |high: u8, low: u8| u16::from_be_bytes([high, low]);
                let components: Vec<[u16; 3]> = components
                    .chunks_exact(6)
                    .take(usize::from(*count))
                    .map(|p| [word(p[0], p[1]), word(p[2], p[3]), word(p[4], p[5])])
                    .collect();
                self.now.raster.inks = Some(Inks::new(&components));
                if let Some(coarsest) = components.iter().map(|part| part[0]).min() {
                    self.now.raster.resolution = f64::from(coarsest.max(1));
                }
            }
            // One component of whole pixels, packed as it says.
            [6, _, 0, 1, high, low, _, _, method, ..] => {
                if let Some(palette) = Palette::configured(&[0, 3, 8, 8, 8, 8]) {
                    self.set_palette(palette);
                }
                let resolution = u16::from_be_bytes([*high, *low]);
                self.now.raster.resolution = f64::from(resolution.max(1));
                self.now.raster.method = i64::from(*method);
            }
            _ => self.now.raster.inks = Some(Inks::new(&[])),
        }
    }

    fn stack_palette(&mut self, action: i64) {
        match action {
            0 if self.palette_stack.len() < MAX_STACKED => {
                self.palette_stack.push(self.now.palette.clone());
            }
            1 => {
                if let Some(palette) = self.palette_stack.pop() {
                    self.now.palette = palette;
                }
            }
            _ => {}
        }
    }

    fn select_palette(&mut self, id: i64) {
        self.end_raster();
        if let Some(palette) = self.palettes.get(&id) {
            let palette = std::mem::replace(&mut self.now.palette, palette.clone());
            self.keep_palette(self.now.palette_id, palette);
            self.now.palette_id = id;
        }
    }

    fn manage_palettes(&mut self, action: i64) {
        match action {
            0 | 1 => self.palettes.clear(),
            2 => _ = self.palettes.remove(&self.now.palette_target),
            // Copies the one in use.
            6 => self.keep_palette(self.now.palette_target, self.now.palette.clone()),
            _ => {}
        }
    }

    fn keep_palette(&mut self, id: i64, palette: Palette) {
        if self.palettes.len() < MAX_KEPT || self.palettes.contains_key(&id) {
            self.palettes.insert(id, palette);
        }
    }

    /// A pattern of the job's own: in colours, it is judged by its mean.
    pub(super) fn define_pattern(&mut self, data: &[u8]) {
        let id = self.now.pattern_id;
        if self.patterns.len() >= MAX_KEPT && !self.patterns.contains_key(&id) {
            return;
        }
        let mean = match data {
            [
                1,
                _,
                bits,
                _,
                height_high,
                height_low,
                width_high,
                width_low,
                pixels @ ..,
            ] => {
                let pixels_across = u16::from_be_bytes([*width_high, *width_low]);
                let rows = u16::from_be_bytes([*height_high, *height_low]);
                self.mean(*bits, usize::from(pixels_across), usize::from(rows), pixels)
            }
            _ => None,
        };
        self.patterns.insert(id, mean);
    }

    fn mean(&self, bits: u8, width: usize, rows: usize, pixels: &[u8]) -> Option<Rgb> {
        let each = if bits == 8 { 1 } else { 8 };
        let stride = width.div_ceil(each).max(1);
        let mut sums = [0u64; 3];
        let mut count = 0u64;
        for row in pixels.chunks(stride).take(rows) {
            for pixel in 0..width {
                let Some(byte) = row.get(pixel / each) else {
                    break;
                };
                let index = if bits == 8 {
                    *byte
                } else {
                    byte >> (7 - pixel % 8) & 1
                };
                let colour = self.now.palette.colour(i64::from(index));
                for (sum, value) in sums.iter_mut().zip(colour) {
                    *sum += u64::from(value);
                }
                count += 1;
            }
        }
        let mean = |sum: u64| u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX);
        (count > 0).then(|| sums.map(mean))
    }

    pub(super) fn manage_patterns(&mut self, action: i64) {
        match action {
            0 | 1 => self.patterns.clear(),
            2 => _ = self.patterns.remove(&self.now.pattern_id),
            _ => {}
        }
    }
}
