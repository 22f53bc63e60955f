//! Pages as a printer language prints them: each with its copies and sides.

use crate::limits::Budget;
use crate::report::{Format, JudgedBy, PageReport, Problem, Report, Ticket};
use platen_domain::Sides;

/// One page as it leaves the printer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Printed {
    pub(crate) page: PageReport,
    pub(crate) copies: u32,
    pub(crate) sides: Option<Sides>,
}

/// What one job of a printer language printed.
#[derive(Debug, Default)]
pub(crate) struct Printing {
    pub(crate) pages: Vec<Printed>,
    pub(crate) warnings: Vec<String>,
    /// Bytes of the job, the exit to the job language included.
    pub(crate) used: usize,
}

impl Printing {
    /// The job as a report: copies that differ repeat their pages.
    pub(crate) fn into_report(self, format: Format, budget: &Budget) -> Result<Report, Problem> {
        let mut warnings = self.warnings;
        let same = |pick: fn(&Printed) -> u32| {
            let first = self.pages.first().map(pick);
            first.filter(|first| self.pages.iter().all(|page| pick(page) == *first))
        };
        let copies = same(|page| page.copies);
        let mut pages = Vec::with_capacity(self.pages.len());
        for printed in &self.pages {
            let times = if copies.is_some() { 1 } else { printed.copies };
            repeat(&mut pages, &[printed.page], times, budget)?;
        }
        let sides = self.pages.first().and_then(|page| page.sides);
        let agree = self.pages.iter().all(|page| page.sides == sides);
        if !agree {
            warnings.push(MIXED_SIDES.into());
        }
        if pages.iter().any(|page| page.judged_by == JudgedBy::Unknown) && warnings.is_empty() {
            warnings.push(UNTOLD_COLOUR.into());
        }
        Ok(Report {
            format,
            pages,
            ticket: Ticket {
                // Said even when it is one: what the job language asks is in it.
                copies: Some(copies.unwrap_or(1)),
                sides: sides.filter(|_| agree),
                monochrome: None,
            },
            warnings,
        })
    }
}

pub(crate) const MIXED_SIDES: &str =
    "Parts of the document are printed one-sided and parts two-sided; the queue's setting is used.";
pub(crate) const UNTOLD_COLOUR: &str =
    "The colour of some pages can't be told; they are counted as colour.";

/// Appends `pages` that many times, within the limit.
pub(crate) fn repeat(
    to: &mut Vec<PageReport>,
    pages: &[PageReport],
    times: u32,
    budget: &Budget,
) -> Result<(), Problem> {
    let more = pages.len().saturating_mul(times as usize);
    budget.allow_pages(to.len().saturating_add(more))?;
    for _ in 0..times {
        to.extend_from_slice(pages);
    }
    Ok(())
}

/// Says it once.
pub(crate) fn warn(warnings: &mut Vec<String>, text: &str) {
    if !warnings.iter().any(|known| known == text) {
        warnings.push(text.into());
    }
}
