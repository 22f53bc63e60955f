//! What the package's print tickets ask of the printer.
//!
//! Tickets of the job, of a document and of a page add up: what concerns the
//! whole stands in [`Ticket`], what concerns a document's or a page's copies
//! repeats their pages, and pages printed without colour are so one by one.
//! *Source*: MS-XPS Print Schema Specification 1.0 (Print Schema Keywords);
//! ECMA-388, section 9.1.8.4 (where tickets hang).

use super::markup::{Node, Tree};
use super::package::Package;
use crate::report::Problem;
use platen_domain::Sides;

/// One ticket.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct PrintTicket {
    pub(super) job_copies: Option<u32>,
    pub(super) document_copies: Option<u32>,
    pub(super) page_copies: Option<u32>,
    pub(super) job_sides: Option<Sides>,
    pub(super) document_sides: Option<Sides>,
    pub(super) monochrome: Option<bool>,
}

impl PrintTicket {
    /// The ticket that hangs on a part; without one, nothing is asked.
    pub(super) fn of(part: &str, package: &Package<'_>) -> Result<Self, Problem> {
        let Some(name) = package.related(part, "/printticket")?.into_iter().next() else {
            return Ok(Self::default());
        };
        let ticket = package.markup(&name)?;
        Ok(ticket.as_ref().map(Self::read).unwrap_or_default())
    }

    fn read(tree: &Tree) -> Self {
        let mut ticket = Self::default();
        for entry in tree.root().iter().flat_map(|root| root.children()) {
            let keyword = local(entry.get("name").unwrap_or_default());
            match (entry.name(), keyword) {
                ("Feature", "JobDuplexAllDocumentsContiguously") => {
                    ticket.job_sides = sides(option(entry));
                }
                ("Feature", "DocumentDuplex") => ticket.document_sides = sides(option(entry)),
                ("Feature", "PageOutputColor") => {
                    ticket.monochrome = match option(entry) {
                        "Monochrome" | "Grayscale" => Some(true),
                        "Color" => Some(false),
                        _ => None,
                    };
                }
                ("ParameterInit", "JobCopiesAllDocuments") => ticket.job_copies = copies(entry),
                ("ParameterInit", "DocumentCopiesAllPages") => {
                    ticket.document_copies = copies(entry);
                }
                ("ParameterInit", "PageCopies") => ticket.page_copies = copies(entry),
                _ => {}
            }
        }
        ticket
    }
}

/// The keyword without its prefix, `psk:` by custom.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn option(feature: Node<'_>) -> &str {
    let option = feature.child("Option");
    option.map_or("", |option| local(option.get("name").unwrap_or_default()))
}

fn sides(option: &str) -> Option<Sides> {
    match option {
        "OneSided" => Some(Sides::OneSided),
        "TwoSidedLongEdge" => Some(Sides::TwoSidedLongEdge),
        "TwoSidedShortEdge" => Some(Sides::TwoSidedShortEdge),
        _ => None,
    }
}

fn copies(parameter: Node<'_>) -> Option<u32> {
    let copies = parameter.child("Value")?.text().parse().ok()?;
    (copies > 0).then_some(copies)
}
