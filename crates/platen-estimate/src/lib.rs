//! From a document's bytes to its pages, their sizes, and which show colour.
//!
//! [`estimate`] is a pure function of the bytes; [`isolated`] runs it in a
//! process of its own, which is how the client does it, since documents come
//! from strangers. *Invariants*: no file is opened, no clock is read except to
//! keep the deadline, no input crashes it: whatever can't be counted is a
//! typed [`Problem`]. Each language has a file of its own.

mod bitmap;
pub mod cli;
mod colour;
mod detect;
mod gzip;
pub mod isolated;
mod limits;
mod pdf;
mod postscript;
mod report;
mod runs;
mod text;

pub use detect::detect;
pub use limits::Limits;
pub use report::{Analysis, Format, JudgedBy, PageReport, Problem, Report, Ticket};

use limits::Budget;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Counts the pages of `document` and says which show colour.
///
/// # Errors
/// A [`Problem`] when the document can't be counted within `limits`. Never
/// guesses in silence: what had to be assumed stands in the warnings.
///
/// *Source*: rules.md.
pub fn estimate(document: &[u8], limits: &Limits) -> Result<Report, Problem> {
    estimate_cow(Cow::Borrowed(document), limits)
}

/// As [`estimate`], for bytes already known to be in `format`.
///
/// # Errors
/// As [`estimate`].
pub fn estimate_as(document: &[u8], format: Format, limits: &Limits) -> Result<Report, Problem> {
    let budget = Budget::start(limits);
    let document = Cow::Borrowed(document);
    catch_unwind(AssertUnwindSafe(|| read(document, format, 0, &budget)))
        .unwrap_or(Err(Problem::Damaged))
}

/// As [`estimate`], without copying documents that must be owned to be read.
///
/// # Errors
/// As [`estimate`].
pub fn estimate_owned(document: Vec<u8>, limits: &Limits) -> Result<Report, Problem> {
    estimate_cow(Cow::Owned(document), limits)
}

fn estimate_cow(document: Cow<'_, [u8]>, limits: &Limits) -> Result<Report, Problem> {
    let budget = Budget::start(limits);
    if document.len() as u64 > limits.document_bytes {
        return Err(Problem::TooLarge {
            limit_bytes: limits.document_bytes,
        });
    }
    // The parsers below are ours and bounded, but PDF objects are read by a
    // library that strangers' bytes may still trip.
    catch_unwind(AssertUnwindSafe(|| dispatch(document, &budget))).unwrap_or(Err(Problem::Damaged))
}

fn dispatch(document: Cow<'_, [u8]>, budget: &Budget) -> Result<Report, Problem> {
    if document.is_empty() {
        return Err(Problem::Empty);
    }
    let document = if gzip::is_gzip(&document) {
        Cow::Owned(gzip::inflate(&document, budget)?)
    } else {
        document
    };
    if document.is_empty() {
        return Err(Problem::Empty);
    }
    let Some((format, start)) = detect::locate(&document) else {
        return Err(Problem::UnknownFormat);
    };
    read(document, format, start, budget)
}

/// Counts a document whose language is known and begins at `start`.
fn read(
    document: Cow<'_, [u8]>,
    format: Format,
    start: usize,
    budget: &Budget,
) -> Result<Report, Problem> {
    let report = match format {
        Format::Pdf => pdf::count(document.into_owned(), budget)?,
        Format::PostScript => postscript::count(&document[start..], budget)?,
        Format::Text => text::count(&document, budget)?,
        Format::Jpeg => bitmap::count_jpeg(&document, budget),
        Format::Png => bitmap::count_png(&document, budget)?,
        Format::Tiff
        | Format::Pwg
        | Format::CupsRaster
        | Format::Urf
        | Format::Pcl
        | Format::PclXl
        | Format::Xps
        | Format::Emf => return Err(Problem::UnknownFormat),
    };
    if report.pages.is_empty() {
        return Err(Problem::NoPages);
    }
    Ok(report)
}

#[cfg(test)]
mod tests;
