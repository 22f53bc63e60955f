//! The logical page and the cursor on it: where text goes and when it fills
//! the page.
//!
//! Lengths are in 1/7200 inch, a hundredth of a point, as printers keep them.
//! *Source*: PCL 5 Technical Reference, chapters 5 and 6; where printers do
//! otherwise, as they do.

use crate::paper::{self, SizePt};
use crate::pjl::Settings;

pub(crate) const INCH: f64 = 7200.0;
const HALF_INCH: f64 = INCH / 2.0;
/// The most saved cursor positions.
const MAX_SAVED: usize = 20;

/// The page's geometry and the cursor.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    paper: SizePt,
    custom: SizePt,
    /// Quarter turns.
    pub(crate) orientation: i64,
    direction: i64,
    /// From line to line, and from column to column.
    vmi: f64,
    pub(crate) hmi: f64,
    usual_vmi: f64,
    top: f64,
    length: f64,
    left: f64,
    right: f64,
    pub(crate) x: f64,
    pub(crate) y: f64,
    moved: bool,
    perforation: bool,
    pub(crate) wrap: bool,
    termination: i64,
    /// One unit of measure.
    pub(crate) unit: f64,
    saved: Vec<(f64, f64)>,
}

impl Layout {
    pub(crate) fn new(settings: &Settings) -> Self {
        let paper = settings.sheet();
        let mut layout = Self {
            paper,
            custom: paper,
            orientation: i64::from(settings.landscape),
            direction: 0,
            vmi: INCH / 6.0,
            hmi: INCH / 10.0,
            usual_vmi: INCH / 6.0,
            top: 0.0,
            length: 0.0,
            left: 0.0,
            right: 0.0,
            x: 0.0,
            y: 0.0,
            moved: false,
            perforation: true,
            wrap: false,
            termination: 0,
            unit: INCH / 300.0,
            saved: Vec::new(),
        };
        if let Some(lines) = settings.lines {
            layout.usual_vmi = ((layout.height() - INCH) / f64::from(lines)).max(1.0);
        }
        layout.vmi = layout.usual_vmi;
        layout.reset_margins();
        layout
    }

    /// The sheet as it is held. *Units*: points.
    pub(crate) fn sheet_pt(&self) -> SizePt {
        let (width, height) = self.paper;
        if self.orientation & 1 == 1 {
            (height, width)
        } else {
            (width, height)
        }
    }

    fn size(&self) -> (f64, f64) {
        let (width, height) = self.sheet_pt();
        if self.direction & 1 == 1 {
            (height * 100.0, width * 100.0)
        } else {
            (width * 100.0, height * 100.0)
        }
    }

    fn height(&self) -> f64 {
        self.size().1
    }

    fn reset_margins(&mut self) {
        let (width, height) = self.size();
        self.left = 0.0;
        self.right = width;
        self.top = if height > HALF_INCH { HALF_INCH } else { 0.0 };
        self.length = text_length(height - self.top);
        self.home();
        self.moved = false;
    }

    pub(crate) fn clear_margins(&mut self) {
        self.left = 0.0;
        self.right = self.size().0;
    }

    pub(crate) fn set_paper(&mut self, paper: SizePt) {
        self.paper = paper;
        self.direction = 0;
        self.reset_margins();
    }

    pub(crate) fn set_custom(&mut self, width_pt: Option<f64>, height_pt: Option<f64>) {
        let (width, height) = self.custom;
        let size = paper::custom(width_pt.unwrap_or(width), height_pt.unwrap_or(height));
        self.custom = size.unwrap_or(self.custom);
    }

    pub(crate) const fn custom(&self) -> SizePt {
        self.custom
    }

    pub(crate) fn set_orientation(&mut self, orientation: i64) {
        self.orientation = orientation;
        self.direction = 0;
        self.hmi = INCH / 10.0;
        self.vmi = self.usual_vmi;
        self.reset_margins();
    }

    pub(crate) fn set_direction(&mut self, degrees: i64) {
        if matches!(degrees, 0 | 90 | 180 | 270) {
            self.direction = degrees / 90;
        }
    }

    pub(crate) fn set_vmi(&mut self, vmi: f64) {
        if vmi < 0.0 || vmi > self.height() {
            return;
        }
        let at_home = self.x == self.left && self.y == self.home_y();
        self.vmi = vmi.round();
        if at_home {
            self.home();
        }
    }

    pub(crate) fn set_top(&mut self, lines: f64) {
        let top = lines.floor() * self.vmi;
        if self.vmi == 0.0 || !(0.0..=self.height()).contains(&top) {
            return;
        }
        self.top = top;
        self.length = text_length(self.height() - top);
        if !self.moved {
            self.y = self.home_y();
        }
    }

    pub(crate) fn set_length(&mut self, lines: f64) {
        let length = lines.floor() * self.vmi;
        let room = self.height() - self.top;
        if length == 0.0 {
            self.length = text_length(room);
        } else if (0.0..=room).contains(&length) {
            self.length = length;
        }
    }

    pub(crate) fn set_perforation(&mut self, on: i64) {
        if matches!(on, 0 | 1) {
            self.perforation = on == 1;
        }
    }

    pub(crate) fn set_left(&mut self, columns: f64) {
        let left = columns.floor() * self.hmi;
        if (0.0..self.right).contains(&left) {
            self.left = left;
            self.x = self.x.max(left);
        }
    }

    pub(crate) fn set_right(&mut self, columns: f64) {
        let right = ((columns.floor() + 1.0) * self.hmi).min(self.size().0);
        if right > self.left {
            self.right = right;
            self.x = self.x.min(right);
        }
    }

    pub(crate) fn set_termination(&mut self, mode: i64) {
        if matches!(mode, 0..=3) {
            self.termination = mode;
        }
    }

    fn home_y(&self) -> f64 {
        self.top + self.vmi * 0.75
    }

    pub(crate) fn home(&mut self) {
        self.x = self.left;
        self.y = self.home_y();
    }

    pub(crate) fn move_x(&mut self, distance: f64, relative: bool) {
        let x = if relative {
            self.x + distance
        } else {
            distance
        };
        self.x = x.clamp(0.0, self.size().0);
        self.moved = true;
    }

    pub(crate) fn move_y(&mut self, distance: f64, relative: bool) {
        let origin = if relative { self.y } else { self.top };
        self.y = (origin + distance).clamp(0.0, self.height());
        self.moved = true;
    }

    /// Moves by lines; down past the page's edge ejects it. Returns the pages
    /// to eject: at most two.
    pub(crate) fn move_rows(&mut self, rows: f64, relative: bool) -> usize {
        let distance = rows * self.vmi;
        self.moved = true;
        if !relative || distance < 0.0 {
            let origin = if relative { self.y } else { self.home_y() };
            self.y = (origin + distance).clamp(0.0, self.height());
            return 0;
        }
        let limit = self.height();
        self.advance(distance, limit, self.vmi * 0.75)
    }

    /// Down by `lines`; past the text's end it ejects the page. Returns the
    /// pages to eject.
    pub(crate) fn line_feed(&mut self, lines: f64) -> usize {
        self.moved = true;
        let (limit, start) = if self.perforation {
            (self.top + self.length, self.home_y())
        } else {
            (self.height(), self.vmi * 0.75)
        };
        self.advance(lines * self.vmi, limit, start)
    }

    fn advance(&mut self, distance: f64, limit: f64, start: f64) -> usize {
        let to = self.y + distance;
        if to <= limit {
            self.y = to;
            return 0;
        }
        // Already below the text, as an absolute move can put it.
        let over = to - limit.max(self.y);
        let lines_over = if self.vmi > 0.0 {
            (over / self.vmi).ceil() - 1.0
        } else {
            0.0
        };
        let y = start + lines_over.max(0.0) * self.vmi;
        if y <= limit {
            self.y = y;
            return 1;
        }
        self.y = start;
        2
    }

    /// What a carriage return, line feed or form feed does besides: returns
    /// whether it also returns and whether it also feeds a line.
    pub(crate) const fn implied(&self, code: u8) -> (bool, bool) {
        let returns = matches!(self.termination, 2 | 3);
        let feeds = matches!(self.termination, 1 | 3);
        match code {
            b'\r' => (true, feeds),
            _ => (returns, false),
        }
    }

    pub(crate) fn carriage_return(&mut self) {
        self.x = self.left;
        self.moved = true;
    }

    pub(crate) fn back_space(&mut self) {
        self.x = (self.x - self.hmi).max(self.left.min(self.x));
    }

    pub(crate) fn tab(&mut self) {
        let stop = self.hmi * 8.0;
        if stop > 0.0 {
            let column = ((self.x - self.left) / stop).floor() + 1.0;
            self.x = (self.left + column * stop).min(self.right.max(self.x));
        }
    }

    /// Whether what is printed at the cursor falls on the page.
    pub(crate) fn on_page(&self) -> bool {
        let (width, height) = self.size();
        self.x < width && self.y < height
    }

    /// Whether `width` more would pass the right margin.
    pub(crate) fn overflows(&self, width: f64) -> bool {
        let edge = if self.x <= self.right {
            self.right
        } else {
            self.size().0
        };
        self.x + width > edge + 0.5
    }

    pub(crate) fn advance_x(&mut self, width: f64) {
        self.x = (self.x + width).min(self.size().0);
        self.moved = true;
    }

    pub(crate) fn save(&mut self) {
        if self.saved.len() < MAX_SAVED {
            self.saved.push((self.x, self.y));
        }
    }

    pub(crate) fn restore(&mut self) {
        if let Some((x, y)) = self.saved.pop() {
            (self.x, self.y) = (x, y);
        }
    }

    /// A new page: the cursor keeps its column.
    pub(crate) fn next_page(&mut self) {
        self.y = self.home_y();
    }

    /// As an overlay finds the page: its own margins, nothing else changed.
    pub(crate) fn for_overlay(&mut self) {
        self.perforation = true;
        self.vmi = self.usual_vmi;
        self.hmi = INCH / 10.0;
        self.reset_margins();
    }
}

/// Text stops half an inch above the page's edge.
fn text_length(room: f64) -> f64 {
    if room > HALF_INCH {
        room - HALF_INCH
    } else {
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(layout: &mut Layout, lines: usize) -> usize {
        (0..lines).map(|_| layout.line_feed(1.0)).sum()
    }

    #[test]
    fn sixty_lines_fill_letter_and_sixty_four_fill_a4() {
        let mut layout = Layout::new(&Settings::default());
        assert_eq!((fed(&mut layout, 59), fed(&mut layout, 1)), (0, 1));
        layout.set_paper((595.0, 842.0));
        assert_eq!((fed(&mut layout, 63), fed(&mut layout, 1)), (0, 1));
    }

    #[test]
    fn lines_per_inch_and_text_length_change_how_much_fits() {
        let mut layout = Layout::new(&Settings::default());
        layout.set_vmi(INCH / 8.0);
        assert_eq!((fed(&mut layout, 79), fed(&mut layout, 1)), (0, 1));
        layout.set_length(10.0);
        layout.home();
        assert_eq!((fed(&mut layout, 9), fed(&mut layout, 1)), (0, 1));
        // Without perforation skip the whole sheet is used.
        layout.set_perforation(0);
        layout.set_top(0.0);
        layout.home();
        assert_eq!(fed(&mut layout, 87), 0);
        assert_eq!(fed(&mut layout, 1), 1);
    }

    #[test]
    fn form_lines_spread_over_the_page() {
        let settings = Settings {
            lines: Some(66),
            ..Settings::default()
        };
        let mut layout = Layout::new(&settings);
        assert_eq!((fed(&mut layout, 65), fed(&mut layout, 1)), (0, 1));
    }

    #[test]
    fn far_moves_by_rows_eject_two_pages_at_most() {
        let mut layout = Layout::new(&Settings::default());
        assert_eq!(layout.move_rows(1e9, true), 2);
        assert_eq!(layout.move_rows(1e9, false), 0);
        assert_eq!(layout.move_rows(-1e9, true), 0);
        assert_eq!(layout.y, 0.0);
    }
}
