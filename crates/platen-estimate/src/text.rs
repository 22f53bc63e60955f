//! Plain text, laid out as CUPS lays it out.
//!
//! Ten characters and six lines to the inch, lines wrapped at the last column.
//! *Source*: the classic line printer's 80 columns and 60 lines, as CUPS's text
//! filter takes them; not measured against it.

use crate::limits::Budget;
use crate::report::{Format, JudgedBy, PageReport, Problem, Report, Ticket};

const COLUMNS: usize = 80;
const LINES: usize = 60;
const TAB: usize = 8;
/// A4, until the job says otherwise.
const PAGE_PT: (f64, f64) = (595.0, 842.0);

/// Counts the pages that the text fills.
pub(crate) fn count(document: &[u8], budget: &Budget) -> Result<Report, Problem> {
    let mut layout = Layout::default();
    for byte in document {
        layout.put(*byte);
        if layout.full_pages & 0xff == 0 {
            budget.step()?;
        }
        budget.allow_pages(layout.full_pages)?;
    }
    let pages = layout.full_pages + usize::from(layout.touched);
    let page = PageReport {
        width_pt: PAGE_PT.0,
        height_pt: PAGE_PT.1,
        colour: false,
        judged_by: JudgedBy::Declared,
    };
    Ok(Report {
        format: Format::Text,
        pages: vec![page; pages.max(1)],
        ticket: Ticket::default(),
        warnings: Vec::new(),
    })
}

/// The print position.
#[derive(Default)]
struct Layout {
    column: usize,
    line: usize,
    full_pages: usize,
    touched: bool,
}

impl Layout {
    fn put(&mut self, byte: u8) {
        match byte {
            b'\n' => self.next_line(),
            b'\r' => self.column = 0,
            0x0c => self.next_page(),
            0x08 => self.column = self.column.saturating_sub(1),
            b'\t' => self.column = ((self.column / TAB + 1) * TAB).min(COLUMNS),
            // The later bytes of a character in UTF-8 take no column.
            0x80..=0xbf => {}
            byte if byte < b' ' => {}
            _ => self.print(),
        }
    }

    fn print(&mut self) {
        if self.column >= COLUMNS {
            self.next_line();
        }
        self.column += 1;
        self.touched = true;
    }

    fn next_line(&mut self) {
        self.column = 0;
        self.line += 1;
        self.touched = true;
        if self.line >= LINES {
            self.next_page();
        }
    }

    fn next_page(&mut self) {
        self.full_pages += 1;
        self.line = 0;
        self.column = 0;
        self.touched = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    #[track_caller]
    fn check(text: &str, pages: usize) {
        let budget = Budget::start(&Limits::default());
        let report = count(text.as_bytes(), &budget).unwrap();
        assert_eq!(report.pages.len(), pages);
        assert!(report.pages.iter().all(|page| !page.colour));
    }

    #[test]
    fn sixty_lines_fill_a_page() {
        check("one line", 1);
        check(&"line\n".repeat(60), 1);
        check(&"line\n".repeat(61), 2);
        check(&"line\n".repeat(121), 3);
    }

    #[test]
    fn long_lines_wrap_at_the_last_column() {
        check(&"x".repeat(80 * 60), 1);
        check(&"x".repeat(80 * 60 + 1), 2);
        // Each ü is two bytes and one column.
        check(&"ü".repeat(80 * 60), 1);
        check(&"\tx".repeat(10 * 60), 2);
    }

    #[test]
    fn form_feed_ends_the_page() {
        check("a\x0cb\x0cc", 3);
        check("a\x0c", 1);
        check("\x0c\x0c", 2);
    }

    #[test]
    fn endless_text_reaches_the_limit_on_pages() {
        let limits = Limits {
            max_pages: 3,
            ..Limits::default()
        };
        assert_eq!(
            count(&[0x0c; 5], &Budget::start(&limits)),
            Err(Problem::limit("pages"))
        );
    }
}
