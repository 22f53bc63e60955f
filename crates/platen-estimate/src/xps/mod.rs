//! XPS and OpenXPS: a zip of markup, a part to a page.
//!
//! Pages are counted from the documents that the package names; each page is
//! then drawn small, see [`crate::canvas`]. *Source*: ECMA-388, and the XML
//! Paper Specification 1.0, which differs in the names of its namespaces only.

mod brush;
mod colour;
mod geometry;
mod markup;
mod package;
mod page;
mod scope;
mod sequence;
mod ticket;
mod zip;

use crate::limits::Budget;
use crate::report::{Format, JudgedBy, PageReport, Problem, Report, Ticket, unknown_pages};
use package::Package;
use platen_domain::Sides;
use scope::Source;
use sequence::{Document, PageRef};
use std::collections::HashMap;
use std::rc::Rc;
use ticket::PrintTicket;

/// A4, for pages of which nothing is known.
const SHEET_PT: (f64, f64) = (595.0, 842.0);
/// Points in the unit of XPS, 1/96 inch.
const UNIT_PT: f64 = 0.75;

/// Counts the pages of a package.
pub(crate) fn count(document: &[u8], budget: &Budget) -> Result<Report, Problem> {
    let Some(package) = Package::open(document, budget)? else {
        return Err(if names_fixed_pages(document) {
            Problem::Damaged
        } else {
            Problem::UnknownFormat
        });
    };
    let (job, documents) = sequence::read(&package)?;
    let mut reader = Reader {
        package: &package,
        known: HashMap::new(),
        late: false,
        pages: Vec::new(),
    };
    for document in &documents {
        reader.document(document, job, documents.len() > 1)?;
    }
    let Reader {
        late, mut pages, ..
    } = reader;
    let all_mono = !pages.is_empty() && pages.iter().all(|page| page.monochrome);
    if !all_mono {
        for page in pages.iter_mut().filter(|page| page.monochrome) {
            page.report.colour = false;
            page.report.judged_by = JudgedBy::Declared;
        }
    }
    let sides = sides(job, &documents);
    let pages: Vec<PageReport> = pages.into_iter().map(|page| page.report).collect();
    let mut warnings = Vec::new();
    warnings.extend(unknown_pages(&pages, ""));
    if late {
        warnings.push("Looking at all pages would take more than it may.".into());
    }
    if sides.is_none() && documents.iter().any(|d| d.ticket.document_sides.is_some()) {
        warnings.push("Its documents ask for different sides of the paper.".into());
    }
    Ok(Report {
        format: Format::Xps,
        pages,
        ticket: Ticket {
            copies: copies(job, &documents),
            sides,
            monochrome: all_mono.then_some(true),
        },
        warnings,
    })
}

/// A page and whether its tickets want it without colour.
#[derive(Clone, Copy)]
struct Judged {
    report: PageReport,
    monochrome: bool,
}

/// Judges the pages one by one.
struct Reader<'p, 'd> {
    package: &'p Package<'d>,
    /// Parts that were judged already: a page may print more than once.
    known: HashMap<String, PageReport>,
    /// Time or memory ran out: what follows is only counted.
    late: bool,
    pages: Vec<Judged>,
}

impl Reader<'_, '_> {
    /// Adds a document's pages, as often as they print. Copies of the only
    /// document are the job's.
    fn document(
        &mut self,
        document: &Document,
        job: PrintTicket,
        one_of_many: bool,
    ) -> Result<(), Problem> {
        let first = self.pages.len();
        for page in &document.pages {
            let ticket = self.in_time(|reader| match &page.part {
                Some(part) => PrintTicket::of(part, reader.package),
                None => Ok(PrintTicket::default()),
            });
            let ticket = ticket.unwrap_or_default();
            let wanted = [ticket, document.ticket, job];
            let judged = Judged {
                report: self.page(page),
                monochrome: wanted.iter().find_map(|t| t.monochrome).unwrap_or(false),
            };
            self.repeat(ticket.page_copies, |pages| pages.push(judged))?;
        }
        if one_of_many && self.pages.len() > first {
            let whole: Vec<Judged> = self.pages[first..].to_vec();
            let again = document
                .ticket
                .document_copies
                .unwrap_or(1)
                .saturating_sub(1);
            self.repeat(Some(again), |pages| pages.extend_from_slice(&whole))?;
        }
        Ok(())
    }

    /// Does something as many times as copies are wanted.
    fn repeat(
        &mut self,
        copies: Option<u32>,
        add: impl Fn(&mut Vec<Judged>),
    ) -> Result<(), Problem> {
        for _ in 0..copies.unwrap_or(1) {
            add(&mut self.pages);
            self.package.budget.allow_pages(self.pages.len())?;
        }
        Ok(())
    }

    fn page(&mut self, page: &PageRef) -> PageReport {
        let unknown = self.unknown(page);
        let Some(part) = &page.part else {
            return unknown;
        };
        if let Some(known) = self.known.get(part) {
            return *known;
        }
        let judged = self.in_time(|reader| reader.judge(part)).flatten();
        let report = judged.unwrap_or(unknown);
        self.known.insert(part.clone(), report);
        report
    }

    /// None when the page can't be read.
    fn judge(&self, part: &str) -> Result<Option<PageReport>, Problem> {
        let Some(tree) = self.package.markup(part)? else {
            return Ok(None);
        };
        let Some(root) = tree.root().filter(|root| root.name() == "FixedPage") else {
            return Ok(None);
        };
        let Some((width, height)) = sequence::size(root.get("Width"), root.get("Height")) else {
            return Ok(None);
        };
        let (width_pt, height_pt) = (width * UNIT_PT, height * UNIT_PT);
        let source = Rc::new(Source {
            tree,
            part: part.into(),
        });
        let verdict = match page::judge(&source, (width_pt, height_pt), self.package) {
            Ok(verdict) => verdict,
            Err(_) => (true, JudgedBy::Unknown),
        };
        Ok(Some(PageReport {
            width_pt,
            height_pt,
            colour: verdict.0,
            judged_by: verdict.1,
        }))
    }

    /// Nothing is tried any more once a limit was reached.
    fn in_time<T>(&mut self, attempt: impl FnOnce(&Self) -> Result<T, Problem>) -> Option<T> {
        if self.late {
            return None;
        }
        let found = attempt(self).ok();
        self.late = found.is_none() || self.package.budget.check().is_err();
        found
    }

    /// The page as its document describes it, else as the one before.
    fn unknown(&self, page: &PageRef) -> PageReport {
        let (width_pt, height_pt) = match (page.hint, self.pages.last()) {
            (Some((width, height)), _) => (width * UNIT_PT, height * UNIT_PT),
            (None, Some(before)) => (before.report.width_pt, before.report.height_pt),
            (None, None) => SHEET_PT,
        };
        PageReport {
            width_pt,
            height_pt,
            colour: true,
            judged_by: JudgedBy::Unknown,
        }
    }
}

/// Whether a zip that lost its directory once was a package of fixed pages.
fn names_fixed_pages(document: &[u8]) -> bool {
    let start = &document[..document.len().min(1 << 20)];
    [&b".fpage"[..], b".fdseq"]
        .iter()
        .any(|name| crate::detect::find(start, name).is_some())
}

fn copies(job: PrintTicket, documents: &[Document]) -> Option<u32> {
    let only = match documents {
        [only] => only.ticket.document_copies,
        _ => None,
    };
    match (job.job_copies, only) {
        (Some(job), Some(only)) => Some(job.saturating_mul(only)),
        (job, only) => job.or(only),
    }
}

/// What the job wants, else what all documents want.
fn sides(job: PrintTicket, documents: &[Document]) -> Option<Sides> {
    let first = documents.first()?.ticket.document_sides;
    let alike = documents
        .iter()
        .all(|document| document.ticket.document_sides == first);
    job.job_sides
        .or_else(|| first.filter(|_| alike))
        .or(job.document_sides)
}

#[cfg(test)]
mod tests;
