//! The escape sequences that lay out pages and place marks on them.
//!
//! *Source*: PCL 5 Technical Reference, chapters 4 to 14.

use super::Printer;
use super::environment::Pattern;
use super::layout::INCH;
use super::scan::Command;
use crate::ink::Area;
use crate::paper;
use crate::report::Problem;
use platen_domain::Sides;

impl<'d> Printer<'d, '_> {
    pub(super) fn command(&mut self, command: &Command<'d>, depth: usize) -> Result<(), Problem> {
        let value = command.value;
        let number = value.number;
        let whole = value.whole();
        match &command.name {
            b"*bW" | b"*bV" => {
                let last = command.name[2] == b'W';
                self.raster_data(command.data, last);
                Ok(())
            }
            [b'&', b'l', end] => self.page(*end, number, whole),
            [b'&', b'a', end] => self.cursor(*end, number, value.signed),
            b"*pX" => {
                let layout = &mut self.now.layout;
                layout.move_x(number * layout.unit, value.signed);
                Ok(())
            }
            b"*pY" => {
                let layout = &mut self.now.layout;
                layout.move_y(number * layout.unit, value.signed);
                Ok(())
            }
            [b'&', b'f', end] => self.stored(*end, number, whole, depth),
            b"&pX" => self.text(command.data),
            [b'*', b'c', end] => self.area(*end, number, whole, command.data),
            b"% A" | b"% B" => {
                self.end_raster();
                self.now.plotting = command.name[2] == b'B';
                Ok(())
            }
            [b'*', b'r' | b'b' | b't' | b'g' | b'v' | b'l' | b'p', _] | [b'&', b'p' | b'b', _] => {
                self.colours(command);
                Ok(())
            }
            // Print quality ends a page as media do.
            b"*oQ" => self.eject_home(),
            _ => {
                self.setting(command.name, number, whole);
                Ok(())
            }
        }
    }

    fn eject_home(&mut self) -> Result<(), Problem> {
        self.eject_if_marked()?;
        self.now.layout.home();
        Ok(())
    }

    /// `ESC & l`: pages, sheets, copies and lines.
    fn page(&mut self, end: u8, number: f64, whole: i64) -> Result<(), Problem> {
        match end {
            b'A' => {
                self.eject_home()?;
                let size = match whole {
                    101 => Some(self.now.layout.custom()),
                    _ => paper::by_pcl(whole),
                };
                if let Some(size) = size {
                    self.now.layout.set_paper(size);
                }
            }
            b'O' if matches!(whole, 0..=3) && whole != self.now.layout.orientation => {
                self.eject_if_marked()?;
                self.now.layout.set_orientation(whole);
            }
            b'H' => {
                self.eject_home()?;
                if whole != 0 && whole != self.now.source {
                    self.now.source = whole;
                    self.now.back = false;
                }
            }
            b'S' => {
                self.eject_home()?;
                let sides = match whole {
                    0 => Sides::OneSided,
                    1 => Sides::TwoSidedLongEdge,
                    2 => Sides::TwoSidedShortEdge,
                    _ => return Ok(()),
                };
                self.now.sides = Some(sides);
                self.now.back = false;
            }
            b'X' if whole >= 1 => {
                self.now.copies = u32::try_from(whole.min(32_767)).unwrap_or(1);
            }
            b'M' => self.eject_home()?,
            b'P' => self.page_length(number)?,
            b'C' => self.now.layout.set_vmi(number.abs() * INCH / 48.0),
            b'D' if matches!(whole, 1..=4 | 6 | 8 | 12 | 16 | 24 | 48) => {
                self.now.layout.set_vmi(INCH / number);
            }
            b'E' => self.now.layout.set_top(number),
            b'F' => self.now.layout.set_length(number),
            b'L' => self.now.layout.set_perforation(whole),
            _ => {}
        }
        Ok(())
    }

    /// The older way to name a paper: by the lines of six to the inch on it.
    fn page_length(&mut self, lines: f64) -> Result<(), Problem> {
        self.eject_home()?;
        let size = match lines as i64 {
            0 => Some(self.settings.sheet()),
            60 | 66 => paper::by_pcl(2),
            78 | 84 => paper::by_pcl(3),
            63 => paper::by_pcl(1),
            64 | 70 => paper::by_pcl(26),
            _ => None,
        };
        if let Some(size) = size {
            self.now.layout.set_paper(size);
        }
        Ok(())
    }

    /// `ESC & a`: the cursor, margins, and sides of the sheet.
    fn cursor(&mut self, end: u8, number: f64, relative: bool) -> Result<(), Problem> {
        let layout = &mut self.now.layout;
        match end {
            b'C' => layout.move_x(number * layout.hmi, relative),
            b'H' => layout.move_x(number * 10.0, relative),
            b'V' => layout.move_y(number * 10.0, relative),
            b'R' => {
                let pages = layout.move_rows(number, relative);
                self.eject_times(pages)?;
            }
            b'L' => layout.set_left(number),
            b'M' => layout.set_right(number),
            b'P' => layout.set_direction(number as i64),
            b'G' => self.select_side(number as i64)?,
            _ => {}
        }
        Ok(())
    }

    fn select_side(&mut self, which: i64) -> Result<(), Problem> {
        self.eject_home()?;
        if self.now.is_duplex() && matches!(which, 1 | 2) {
            let back = which == 2;
            if self.now.back != back {
                self.skip_side();
            }
            self.now.back = back;
        }
        Ok(())
    }

    /// `ESC & f`: macros, saved positions, and the size of odd sheets.
    fn stored(&mut self, end: u8, number: f64, whole: i64, depth: usize) -> Result<(), Problem> {
        match end {
            b'Y' => self.now.macro_id = whole,
            b'X' if matches!(whole, 2 | 3) => {
                return self.call(self.now.macro_id, whole == 3, depth);
            }
            b'X' if depth == 0 => self.manage_macros(whole),
            b'S' if whole == 0 => self.now.layout.save(),
            b'S' if whole == 1 => self.now.layout.restore(),
            b'I' => self.now.layout.set_custom(Some(number / 10.0), None),
            b'J' => self.now.layout.set_custom(None, Some(number / 10.0)),
            _ => {}
        }
        Ok(())
    }

    fn manage_macros(&mut self, action: i64) {
        let id = self.now.macro_id;
        match action {
            4 => self.overlay = Some(id),
            5 => self.overlay = None,
            6 => self.macros.clear(),
            7 => self.macros.retain(|_, known| known.permanent),
            8 => _ = self.macros.remove(&id),
            9 | 10 => {
                if let Some(known) = self.macros.get_mut(&id) {
                    known.permanent = action == 10;
                }
            }
            _ => {}
        }
    }

    /// `ESC * c`: rectangles and the patterns in them.
    fn area(&mut self, end: u8, number: f64, whole: i64, data: &[u8]) -> Result<(), Problem> {
        let unit = self.now.layout.unit;
        match end {
            b'A' => self.now.rectangle.0 = number.abs() * unit,
            b'B' => self.now.rectangle.1 = number.abs() * unit,
            b'H' => self.now.rectangle.0 = number.abs() * 10.0,
            b'V' => self.now.rectangle.1 = number.abs() * 10.0,
            b'G' => self.now.pattern_id = whole,
            b'P' => self.rectangle(whole),
            b'W' => self.define_pattern(data),
            b'Q' => self.manage_patterns(whole),
            _ => {}
        }
        Ok(())
    }

    fn rectangle(&mut self, fill: i64) {
        let (width, height) = self.now.rectangle;
        let layout = &self.now.layout;
        if width <= 0.0 || height <= 0.0 || !layout.on_page() {
            return;
        }
        self.marked = true;
        if self.now.monochrome {
            return;
        }
        let pattern = match fill {
            5 => self.now.pattern,
            0..=4 => self.now.pattern(fill),
            _ => Pattern::Solid,
        };
        let (rgb, share) = self.now.fill(pattern, &self.patterns);
        let area = Area {
            left: layout.x / 100.0,
            top: layout.y / 100.0,
            width: width / 100.0,
            height: height / 100.0,
        };
        self.ink.mark(area, rgb, share);
    }

    /// What only changes how later marks are placed.
    fn setting(&mut self, name: [u8; 3], number: f64, whole: i64) {
        let layout = &mut self.now.layout;
        match &name {
            b"&kG" => layout.set_termination(whole),
            b"&kH" => layout.hmi = (number.abs() * 60.0).min(INCH * 100.0),
            b"&kS" => {
                layout.hmi = match whole {
                    2 => INCH / 16.67,
                    4 => INCH / 12.0,
                    _ => INCH / 10.0,
                }
            }
            b"(sH" if number >= 0.1 => layout.hmi = INCH / number.min(576.0),
            b"(sV" => self.now.font_pt = number.clamp(0.25, 999.75),
            b"&sC" => layout.wrap = whole == 0,
            b"&uD" if number >= 1.0 => layout.unit = INCH / number.clamp(96.0, INCH),
            _ => {}
        }
    }
}
