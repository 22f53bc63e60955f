//! PWG raster, CUPS raster and Apple raster: pages as pixels, each after a
//! header of its own.
//!
//! The three share how lines are written and differ in their headers. Pages
//! are found by reading through the lines; nothing is kept of them but the
//! sums of one row of cells. *Source*: PWG 5102.4-2012; cups/raster.h.

mod cells;
mod header;
mod judge;
mod page;
mod rows;
mod samples;
mod space;
mod urf;

use crate::limits::Budget;
use crate::report::{Format, PageReport, Problem, Report, Ticket};
use header::{Kind, PageHeader, Stream};
use page::{Colour, Reason};
use platen_domain::Sides;

/// A4 upright, where a page doesn't say how large it is.
const SHEET_PT: (f64, f64) = (595.0, 842.0);
/// Bytes of the signature of PWG and CUPS raster.
const SIGNATURE_BYTES: usize = 4;
/// Bytes of Apple raster's signature and page count.
const URF_START_BYTES: usize = 12;

/// Counts the pages of a raster stream.
pub(crate) fn count(format: Format, document: &[u8], budget: &Budget) -> Result<Report, Problem> {
    let (stream, start) = open(format, document).ok_or(Problem::Damaged)?;
    let mut found = Found {
        announced: announced(document, stream),
        ..Found::default()
    };
    let mut at = start;
    while at < document.len() {
        let Some((header, pixels)) = page_header(document, at, stream) else {
            found.is_followed_by_more = true;
            break;
        };
        let seen = page::look(document, pixels, &header, stream, budget);
        found.add(&header, seen.colour, budget)?;
        if seen.is_cut {
            found.is_cut = true;
        }
        at = seen.end;
    }
    if found.pages.is_empty() && found.is_followed_by_more {
        return Err(Problem::Damaged);
    }
    found.report(format, budget)
}

/// What the signature says, and where the first page begins.
fn open(format: Format, document: &[u8]) -> Option<(Stream, usize)> {
    let signature = document.first_chunk::<SIGNATURE_BYTES>()?;
    let (kind, little, packed, start) = match (format, signature) {
        (Format::Urf, b"UNIR") => (Kind::Urf, false, true, URF_START_BYTES),
        (Format::Pwg, b"RaS2") => (Kind::Pwg, false, true, SIGNATURE_BYTES),
        (_, b"RaS2") => (Kind::Cups, false, true, SIGNATURE_BYTES),
        (_, b"2SaR") => (Kind::Cups, true, true, SIGNATURE_BYTES),
        (_, b"RaS3") => (Kind::Cups, false, false, SIGNATURE_BYTES),
        (_, b"3SaR") => (Kind::Cups, true, false, SIGNATURE_BYTES),
        (_, b"RaSt") => (Kind::CupsFirst, false, false, SIGNATURE_BYTES),
        (_, b"tSaR") => (Kind::CupsFirst, true, false, SIGNATURE_BYTES),
        _ => return None,
    };
    let stream = Stream {
        kind,
        little,
        packed,
    };
    Some((stream, start))
}

fn page_header(document: &[u8], at: usize, stream: Stream) -> Option<(PageHeader, usize)> {
    match stream.kind {
        Kind::Urf => urf::read(document, at),
        Kind::Pwg | Kind::CupsFirst | Kind::Cups => header::read(document, at, stream),
    }
}

/// How many pages Apple raster says it has; 0 and −1 leave it open.
fn announced(document: &[u8], stream: Stream) -> Option<u32> {
    let word = document.get(8..)?.first_chunk()?;
    let pages = u32::from_be_bytes(*word);
    (stream.kind == Kind::Urf && pages != 0 && pages != u32::MAX).then_some(pages)
}

/// What was found so far.
#[derive(Default)]
struct Found {
    pages: Vec<(PageReport, Option<u32>)>,
    sides: Option<Sides>,
    sides_differ: bool,
    sizes_missing: usize,
    announced: Option<u32>,
    announced_otherwise: bool,
    unknown: Vec<(Reason, usize)>,
    is_cut: bool,
    is_followed_by_more: bool,
}

impl Found {
    fn add(&mut self, header: &PageHeader, colour: Colour, budget: &Budget) -> Result<(), Problem> {
        let (width_pt, height_pt) = header.size_pt.unwrap_or(SHEET_PT);
        self.sizes_missing += usize::from(header.size_pt.is_none());
        let (colour_shows, judged_by) = colour.verdict();
        if let Colour::Unknown(reason) = colour {
            match self.unknown.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, pages)) => *pages += 1,
                None => self.unknown.push((reason, 1)),
            }
        }
        if self.pages.is_empty() {
            self.sides = header.sides;
            self.announced = self.announced.or(header.total_pages);
        } else {
            self.sides_differ |= self.sides != header.sides;
            self.announced_otherwise |=
                header.total_pages.is_some() && header.total_pages != self.announced;
        }
        let page = PageReport {
            width_pt,
            height_pt,
            colour: colour_shows,
            judged_by,
        };
        self.pages.push((page, header.copies));
        budget.allow_pages(self.pages.len())
    }

    fn report(self, format: Format, budget: &Budget) -> Result<Report, Problem> {
        let mut warnings = self.warnings();
        let first = self.pages.first().and_then(|(_, copies)| *copies);
        let copies_differ = self
            .pages
            .iter()
            .any(|(_, copies)| copies.unwrap_or(1) != first.unwrap_or(1));
        let mut pages = Vec::new();
        for (page, copies) in &self.pages {
            let times = if copies_differ {
                copies.unwrap_or(1) as usize
            } else {
                1
            };
            budget.allow_pages(times.saturating_add(pages.len()))?;
            pages.extend(std::iter::repeat_n(*page, times));
        }
        if copies_differ {
            warnings.push(
                "The pages ask for different numbers of copies; each is counted as often as it \
                 asks."
                    .into(),
            );
        }
        Ok(Report {
            format,
            pages,
            ticket: Ticket {
                copies: first.filter(|copies| !copies_differ && *copies > 1),
                sides: self.sides.filter(|_| !self.sides_differ),
                monochrome: None,
            },
            warnings,
        })
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let count = self.pages.len();
        if self.is_cut {
            warnings.push("The last page ends before it is complete.".into());
        }
        if self.is_followed_by_more {
            warnings.push(format!(
                "What follows page {count} can't be read and is not counted."
            ));
        }
        if let Some(announced) = self.announced
            && (self.announced_otherwise || announced as usize != count)
        {
            warnings.push(format!(
                "The document says that it has {announced} pages; {count} were found."
            ));
        }
        if self.sizes_missing > 0 {
            warnings.push("Pages that don't say how large they are are taken for A4.".into());
        }
        if self.sides_differ {
            warnings.push("Some pages ask to be printed on both sides, others don't.".into());
        }
        for (reason, pages) in &self.unknown {
            let why = match reason {
                Reason::Space => "their inks have no known colour",
                Reason::Layout => "their pixels are written in an unusual way",
                Reason::Cut => "a part of them is missing",
                Reason::Time => "there was no time left to look at them",
            };
            warnings.push(format!(
                "The colour of {pages} of the pages can't be told, since {why}; they are counted \
                 as colour."
            ));
        }
        warnings
    }
}

#[cfg(test)]
mod tests;
