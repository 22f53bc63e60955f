//! Pages: what has been seen on the one being drawn, and those printed.
//! *Source*: PLRM, section 6.2.6 and chapter 8.

use super::interpreter::Interpreter;
use super::object::{Done, Fail, Object, Value};
use super::operators::Entry;
use crate::geometry::Bounds;

/// What a page has shown so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    /// Anything at all.
    pub(super) marked: bool,
    /// Colour that was drawn.
    pub(super) drawn: bool,
    /// Colour in the samples of a picture.
    pub(super) pixels: bool,
    /// Something whose colour can't be told.
    pub(super) unsure: bool,
}

impl Evidence {
    pub(super) const fn is_colour(self) -> bool {
        self.drawn || self.pixels
    }
}

/// A page that was printed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Printed {
    pub(super) size: Option<(f64, f64)>,
    pub(super) seen: Evidence,
    pub(super) copies: u32,
    /// Two-sided, and turned over the short edge.
    pub(super) duplex: Option<(bool, bool)>,
    pub(super) grey_device: bool,
}

/// All pages of the job.
#[derive(Default)]
pub(super) struct Pages {
    pub(super) printed: Vec<Printed>,
    pub(super) current: Evidence,
    /// How often a page was ended, printed or not.
    pub(super) ended: i32,
}

impl Pages {
    pub(super) fn count(&self) -> usize {
        self.printed.len()
    }
}

/// Why `EndPage` is called.
const BY_SHOWPAGE: i32 = 0;
const BY_COPYPAGE: i32 = 1;
const BY_DEVICE: i32 = 2;

pub(super) const OPERATORS: &[Entry] = &[
    ("showpage", |vm| {
        vm.end_page(BY_SHOWPAGE)?;
        vm.init_graphics();
        vm.begin_page()
    }),
    ("copypage", |vm| {
        vm.end_page(BY_COPYPAGE)?;
        vm.begin_page()
    }),
    ("erasepage", |vm| {
        vm.pages.current = Evidence::default();
        Ok(())
    }),
];

impl Interpreter<'_> {
    fn end_page(&mut self, reason: i32) -> Done {
        if self.graphics.state.hidden {
            return Ok(());
        }
        let prints = match self.page_procedure("EndPage") {
            Some(procedure) => {
                self.push(Object::int(self.pages.ended))?;
                self.push(Object::int(reason))?;
                self.call(procedure)?;
                self.pop_bool()?
            }
            None => reason != BY_DEVICE,
        };
        if prints && (reason != BY_DEVICE || self.pages.current.marked) {
            self.print_page()?;
        }
        self.pages.ended = self.pages.ended.saturating_add(1);
        Ok(())
    }

    fn begin_page(&mut self) -> Done {
        let Some(procedure) = self.page_procedure("BeginPage") else {
            return Ok(());
        };
        self.push(Object::int(self.pages.ended))?;
        self.call(procedure)
    }

    /// A procedure of the page device that the document has put there.
    fn page_procedure(&mut self, name: &str) -> Option<Object> {
        let dict = self.device.dict;
        let procedure = self.entry(dict, name)?;
        procedure.procedure().filter(|body| body.len > 0)?;
        Some(procedure)
    }

    /// The device is about to change, or the job to end.
    pub(super) fn leave_device(&mut self) -> Done {
        if self.page_procedure("EndPage").is_some() && self.pages.ended > 0 {
            self.end_page(BY_DEVICE)?;
        }
        Ok(())
    }

    pub(super) fn enter_device(&mut self) -> Done {
        self.pages.current = Evidence::default();
        self.begin_page()
    }

    fn print_page(&mut self) -> Done {
        let printed = Printed {
            size: self.device.chosen_size(),
            seen: std::mem::take(&mut self.pages.current),
            copies: self.copies(),
            duplex: self.device.duplex,
            grey_device: self.device.grey,
        };
        if self.budget.allow_pages(self.pages.count() + 1).is_err() {
            return Err(Fail::Limit("pages"));
        }
        self.pages.printed.push(printed);
        Ok(())
    }

    /// Copies that the device or the older `#copies` asks for.
    fn copies(&mut self) -> u32 {
        let device = self.device.dict;
        let asked = self.int_entry(device, "NumCopies").or_else(|| {
            let Value::Name(name) = self.name("#copies").value else {
                return None;
            };
            match self.lookup(name)?.value {
                Value::Int(copies) => Some(copies),
                _ => None,
            }
        });
        u32::try_from(asked.unwrap_or(1)).unwrap_or(1)
    }

    /// The page that is marked when the document ends without printing it.
    pub(super) fn finish_marked_page(&mut self) -> Done {
        self.print_page()
    }

    /// Whether anything drawn there could be seen; notes that it marks the page.
    pub(super) fn marks(&mut self, drawn: Bounds) -> bool {
        let seen = drawn
            .intersect(self.graphics.state.clip)
            .intersect(self.device.bounds());
        let visible = !seen.is_empty() && !self.graphics.state.hidden;
        self.pages.current.marked |= visible;
        visible
    }

    /// Whether more evidence could still change what is said of the page.
    pub(super) fn is_settled(&self) -> bool {
        self.pages.current.is_colour()
    }
}
