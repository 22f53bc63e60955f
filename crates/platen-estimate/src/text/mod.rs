//! Plain text, laid out as CUPS lays it out.
//!
//! *Source*: `texttopdf` of cups-filters 1.28, measured option by option;
//! `tests/text_filter.rs` holds this against the real one.

mod page;
mod reader;

pub use page::TextPage;

use crate::limits::Budget;
use crate::report::{Format, JudgedBy, PageReport, Problem, Report, Ticket};
use page::Grid;
use reader::Reader;

const TAB: i64 = 8;
/// The clock is looked at after so many characters, pages or no pages.
const CHARACTERS_PER_LOOK: u32 = 1 << 14;

/// Counts the pages that the text fills.
pub(crate) fn count(document: &[u8], page: &TextPage, budget: &Budget) -> Result<Report, Problem> {
    let mut layout = Layout::new(page.grid());
    let mut characters = Reader::new(document);
    let mut number = 0u32;
    while let Some(character) = characters.next() {
        layout.put(character, &mut characters);
        number = number.wrapping_add(1);
        if number.is_multiple_of(CHARACTERS_PER_LOOK) {
            budget.check()?;
        }
        budget.allow_pages(layout.full_pages)?;
    }
    let pages = layout.pages();
    budget.allow_pages(pages)?;
    let mut warnings = Vec::new();
    if characters.stopped_early() {
        warnings.push(
            "CUPS prints the text only up to its first character beyond U+FFFF or byte that is \
             no UTF-8."
                .to_owned(),
        );
    }
    let (width_pt, height_pt) = page.size_pt();
    let (colour, judged_by) = if page.pretty {
        warnings.push(
            "Pretty printing may set parts of the text in colour, so its pages are taken for \
             colour."
                .to_owned(),
        );
        (true, JudgedBy::Unknown)
    } else {
        (false, JudgedBy::Declared)
    };
    let page = PageReport {
        width_pt,
        height_pt,
        colour,
        judged_by,
    };
    Ok(Report {
        format: Format::Text,
        pages: vec![page; pages],
        ticket: Ticket::default(),
        warnings,
    })
}

/// A half line up or down, for superscripts: two of them are a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shift {
    None,
    Raised,
    Lowered,
}

/// The print position.
struct Layout {
    grid: Grid,
    column: i64,
    line: i64,
    /// The text column of the page.
    strip: i64,
    shift: Shift,
    full_pages: usize,
}

impl Layout {
    fn new(grid: Grid) -> Self {
        Self {
            grid,
            column: 0,
            line: 0,
            strip: 0,
            shift: Shift::None,
            full_pages: 0,
        }
    }

    fn put(&mut self, character: u32, rest: &mut Reader<'_>) {
        match character {
            0x08 => self.column = (self.column - 1).max(0),
            0x09 => {
                self.column = (self.column / TAB + 1) * TAB;
                if self.is_full() {
                    self.next_line();
                }
            }
            0x0a => self.next_line(),
            0x0b => self.line = (self.line - 1).max(0),
            0x0c => self.next_strip(),
            0x0d => self.column = 0,
            0x1b => self.escape(rest.next()),
            0..0x20 => {}
            _ => {
                if self.is_full() {
                    self.next_line();
                }
                self.column += 1;
            }
        }
    }

    /// Reverse line, and half lines up and down.
    fn escape(&mut self, character: Option<u32>) {
        match character.and_then(char::from_u32) {
            Some('7') => self.line = (self.line - 1).max(0),
            Some('8') => match self.shift {
                Shift::Raised if self.line > 0 => {
                    self.line -= 1;
                    self.shift = Shift::None;
                }
                Shift::Lowered => self.shift = Shift::None,
                _ => self.shift = Shift::Raised,
            },
            Some('9') => match self.shift {
                Shift::Lowered if self.line < self.grid.lines - 1 => {
                    self.line += 1;
                    self.shift = Shift::None;
                }
                Shift::Raised => self.shift = Shift::None,
                _ => self.shift = Shift::Lowered,
            },
            _ => {}
        }
    }

    fn is_full(&self) -> bool {
        self.grid.wraps && self.column >= self.grid.columns
    }

    fn next_line(&mut self) {
        self.column = 0;
        self.line += 1;
        if self.line >= self.grid.lines {
            self.next_strip();
        }
    }

    fn next_strip(&mut self) {
        self.column = 0;
        self.line = 0;
        self.strip += 1;
        if self.strip >= self.grid.strips {
            self.strip = 0;
            self.full_pages += 1;
        }
    }

    /// A page is printed for whatever moved the print position.
    fn pages(&self) -> usize {
        let begun = self.line > 0 || self.strip > 0 || self.column > 0;
        self.full_pages + usize::from(begun)
    }
}

#[cfg(test)]
mod tests;
