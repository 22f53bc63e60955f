//! From a document's bytes to its pages, their sizes, and which show colour.
//!
//! [`estimate`] is a pure function of the bytes; [`isolated`] runs it in a
//! process of its own, which is how the client does it, since documents come
//! from strangers. *Invariants*: no file is opened but by [`mapped`], no clock
//! is read except to limit the time, no input crashes it: whatever can't be
//! counted is a typed [`Problem`]. Each language has a file of its own.

mod bitmap;
mod canvas;
pub mod cli;
mod colour;
mod detect;
mod dots;
mod emf;
mod geometry;
mod gzip;
mod ink;
pub mod isolated;
mod jobs;
mod jpeg;
mod limits;
pub mod mapped;
mod operation;
mod paper;
mod pcl;
mod pclxl;
mod pdf;
mod pjl;
mod postscript;
mod predictor;
mod printed;
mod raster;
mod report;
mod runs;
mod system;
mod text;
mod tiff;
mod xps;

pub use detect::detect;
pub use limits::Limits;
pub use report::{Analysis, Format, JudgedBy, PageReport, Problem, Report, Ticket};
pub use text::TextPage;

use hayro_syntax::PdfData;
use limits::Budget;
use mapped::Mapped;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Counts the pages of `document` and says which show colour.
///
/// # Errors
/// A [`Problem`] when the document can't be counted within `limits`. Never
/// guesses in silence: what had to be assumed stands in the warnings.
///
/// *Source*: rules.md.
pub fn estimate(document: &[u8], limits: &Limits) -> Result<Report, Problem> {
    guarded(document.into(), limits, |document, budget| {
        dispatch(document, &TextPage::default(), limits, budget)
    })
}

/// As [`estimate`], for bytes already known to be in `format`.
///
/// # Errors
/// As [`estimate`].
pub fn estimate_as(document: &[u8], format: Format, limits: &Limits) -> Result<Report, Problem> {
    guarded(document.into(), limits, |document, budget| {
        read(document, format, 0, &TextPage::default(), budget)
    })
}

/// As [`estimate`], for a mapped file: nothing of it is copied.
///
/// # Errors
/// As [`estimate`].
pub fn estimate_mapped(document: Mapped, limits: &Limits) -> Result<Report, Problem> {
    estimate_mapped_on(document, &TextPage::default(), limits)
}

/// As [`estimate_mapped`]; plain text is laid out on `page`.
///
/// # Errors
/// As [`estimate`].
pub fn estimate_mapped_on(
    document: Mapped,
    page: &TextPage,
    limits: &Limits,
) -> Result<Report, Problem> {
    guarded(document.into(), limits, |document, budget| {
        dispatch(document, page, limits, budget)
    })
}

/// As [`estimate`], for plain text on a page of that form.
///
/// # Errors
/// As [`estimate`].
pub fn estimate_text(text: &[u8], page: &TextPage, limits: &Limits) -> Result<Report, Problem> {
    guarded(text.into(), limits, |text, budget| {
        read(text, Format::Text, 0, page, budget)
    })
}

/// The parsers below are ours and bounded, but PDF objects are read by a
/// library that strangers' bytes may still trip.
fn guarded<'d>(
    document: Bytes<'d>,
    limits: &Limits,
    count: impl FnOnce(Bytes<'d>, &Budget) -> Result<Report, Problem>,
) -> Result<Report, Problem> {
    let budget = Budget::start_for(limits, document.len());
    catch_unwind(AssertUnwindSafe(|| count(document, &budget))).unwrap_or(Err(Problem::Damaged))
}

/// A document's bytes: borrowed, or shared with a reader that keeps them.
#[derive(Clone)]
enum Bytes<'d> {
    Borrowed(&'d [u8]),
    Mapped(Arc<Mapped>),
    Inflated(Arc<Vec<u8>>),
}

impl<'d> From<&'d [u8]> for Bytes<'d> {
    fn from(bytes: &'d [u8]) -> Self {
        Self::Borrowed(bytes)
    }
}

impl From<Mapped> for Bytes<'_> {
    fn from(mapped: Mapped) -> Self {
        Self::Mapped(Arc::new(mapped))
    }
}

impl std::ops::Deref for Bytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Mapped(mapped) => (**mapped).as_ref(),
            Self::Inflated(bytes) => bytes,
        }
    }
}

impl From<Bytes<'_>> for PdfData {
    fn from(bytes: Bytes<'_>) -> Self {
        match bytes {
            Bytes::Borrowed(bytes) => bytes.to_vec().into(),
            Bytes::Mapped(mapped) => mapped.into(),
            Bytes::Inflated(bytes) => bytes.into(),
        }
    }
}

fn dispatch(
    document: Bytes<'_>,
    page: &TextPage,
    limits: &Limits,
    budget: &Budget,
) -> Result<Report, Problem> {
    if document.len() as u64 > limits.document_bytes {
        return Err(Problem::TooLarge {
            limit_bytes: limits.document_bytes,
        });
    }
    if document.is_empty() {
        return Err(Problem::Empty);
    }
    let document = if gzip::is_gzip(&document) {
        Bytes::Inflated(Arc::new(gzip::inflate(&document, budget)?))
    } else {
        document
    };
    if document.is_empty() {
        return Err(Problem::Empty);
    }
    if pjl::begins(&document) {
        return jobs(&document, None, page, budget);
    }
    let Some((format, start)) = detect::locate(&document) else {
        return Err(Problem::UnknownFormat);
    };
    read(document, format, start, page, budget)
}

/// Counts a document whose language is known and begins at `start`.
fn read(
    document: Bytes<'_>,
    format: Format,
    start: usize,
    page: &TextPage,
    budget: &Budget,
) -> Result<Report, Problem> {
    let report = match format {
        Format::Pdf => pdf::count(document.into(), budget)?,
        Format::PostScript => postscript::count(&document[start..], budget)?,
        Format::Text => text::count(&document, page, budget)?,
        Format::Jpeg => bitmap::count_jpeg(&document, budget),
        Format::Png => bitmap::count_png(&document, budget)?,
        Format::Pcl | Format::PclXl => jobs(&document, Some(format), page, budget)?,
        Format::Xps => xps::count(&document[start..], budget)?,
        Format::Pwg | Format::CupsRaster | Format::Urf => {
            raster::count(format, &document[start..], budget)?
        }
        Format::Emf => emf::count(&document[start..], budget)?,
        Format::Tiff => tiff::count(&document[start..], budget)?,
    };
    if report.pages.is_empty() {
        return Err(Problem::NoPages);
    }
    Ok(report)
}

/// Counts a stream of jobs, each in a language of its own; `first` is that of
/// the first, unless the job language names it.
fn jobs(
    stream: &Bytes<'_>,
    first: Option<Format>,
    page: &TextPage,
    budget: &Budget,
) -> Result<Report, Problem> {
    jobs::count(stream, first, budget, |range, format, alone| {
        // A PDF that is alone in its stream is not copied: its reader passes
        // over the header.
        match format {
            Format::Pdf if alone => read(stream.clone(), format, 0, page, budget),
            _ => read(Bytes::Borrowed(&stream[range]), format, 0, page, budget),
        }
    })
}

#[cfg(test)]
mod tests;
