//! What a document itself asks of the printer.

use crate::finishing::Sides;

/// What a document itself says about how it is printed.
///
/// Set only where it holds for the whole document: where copies differ from
/// page to page, the pages are repeated instead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// How often everything is printed.
    pub copies: Option<u32>,
    /// One-sided or two-sided.
    pub sides: Option<Sides>,
    /// Printed without colour whatever the pages hold.
    pub monochrome: Option<bool>,
}

/// How a document gets through the spooler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Passage {
    /// Filters lay it out anew by the job's options, and what it asked of a
    /// printer is lost on the way.
    #[default]
    LaidOut,
    /// As [`Passage::LaidOut`], but a filter runs it like a printer first, which
    /// repeats each page for the document's own copies.
    Interpreted,
    /// Laid out or as it is, as the queue has it: what both obey holds,
    /// copies, sides and colour of the job, and no page is taken to be left out.
    Either,
    /// The printer gets it as it is and does what it says.
    AsIs,
}

impl Passage {
    /// How often a document is in what the printer gets, for every copy that
    /// the spooler makes: its own copies come on top of the job's.
    #[must_use]
    pub fn repeats(self, ticket: &Ticket) -> u32 {
        match self {
            Self::LaidOut | Self::Interpreted | Self::Either => 1,
            Self::AsIs => ticket.copies.unwrap_or(1).max(1),
        }
    }

    /// How often each page follows upon itself before it is laid out, in a job
    /// of so many `copies`: more than one take the place of the document's own.
    /// *Source*: cups-filters 1.28 `gstopdf`, measured.
    #[must_use]
    pub fn repeats_of_pages(self, ticket: &Ticket, copies: u32) -> u32 {
        match self {
            Self::Interpreted if copies <= 1 => ticket.copies.unwrap_or(1).max(1),
            Self::Interpreted | Self::LaidOut | Self::AsIs | Self::Either => 1,
        }
    }
}
