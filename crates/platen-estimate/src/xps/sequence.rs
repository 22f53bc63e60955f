//! The documents and pages of a package, in the order in which they print.
//!
//! *Source*: ECMA-388, sections 10.1 (FixedDocumentSequence), 10.2
//! (FixedDocument), 10.2.1 (PageContent).

use super::package::{Package, resolve};
use super::ticket::PrintTicket;
use crate::report::Problem;

/// One document.
pub(super) struct Document {
    pub(super) ticket: PrintTicket,
    pub(super) pages: Vec<PageRef>,
}

/// A page, as its document names it.
pub(super) struct PageRef {
    /// The part; none when the reference leads nowhere.
    pub(super) part: Option<String>,
    /// The size that the document says it has. *Units*: 1/96 inch.
    pub(super) hint: Option<(f64, f64)>,
}

/// All documents and the job's ticket.
///
/// # Errors
/// [`Problem::UnknownFormat`] when the package holds no fixed documents, and
/// [`Problem::Damaged`] when it should.
pub(super) fn read(package: &Package<'_>) -> Result<(PrintTicket, Vec<Document>), Problem> {
    let roots = package.related("", "/fixedrepresentation")?;
    let Some(root) = roots.first() else {
        let looks_so = package.has_part_ending(".fdseq");
        return Err(if looks_so {
            Problem::Damaged
        } else {
            Problem::UnknownFormat
        });
    };
    let sequence = package.markup(root)?.ok_or(Problem::Damaged)?;
    let sequence = sequence.root().ok_or(Problem::Damaged)?;
    let ticket = PrintTicket::of(root, package)?;
    let mut documents = Vec::new();
    let mut counted = 0;
    for reference in sequence.children() {
        package.budget.step()?;
        if reference.name() != "DocumentReference" {
            continue;
        }
        let part = reference
            .get("Source")
            .and_then(|source| resolve(root, source))
            .ok_or(Problem::Damaged)?;
        let document = document(&part, package)?;
        counted += document.pages.len();
        package.budget.allow_pages(counted)?;
        documents.push(document);
    }
    Ok((ticket, documents))
}

fn document(part: &str, package: &Package<'_>) -> Result<Document, Problem> {
    let tree = package.markup(part)?.ok_or(Problem::Damaged)?;
    let root = tree.root().ok_or(Problem::Damaged)?;
    let pages = root
        .children()
        .filter(|child| child.name() == "PageContent")
        .map(|page| PageRef {
            part: page.get("Source").and_then(|source| resolve(part, source)),
            hint: size(page.get("Width"), page.get("Height")),
        })
        .collect();
    Ok(Document {
        ticket: PrintTicket::of(part, package)?,
        pages,
    })
}

/// A size that a page can have.
pub(super) fn size(width: Option<&str>, height: Option<&str>) -> Option<(f64, f64)> {
    let side = |text: Option<&str>| {
        let value: f64 = text?.trim().parse().ok()?;
        (value.is_finite() && value > 0.0).then_some(value)
    };
    Some((side(width)?, side(height)?))
}
