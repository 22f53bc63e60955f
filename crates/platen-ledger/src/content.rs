//! The content of documents that the server itself holds, in parts.

use std::fmt;

/// How much of a document is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContentSize {
    /// In how many parts, numbered from zero without a gap.
    pub parts: u32,
    /// How many bytes all of them have.
    pub bytes: u64,
}

/// One part as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) document: platen_domain::DocumentId,
    pub(crate) number: u32,
    pub(crate) bytes: Vec<u8>,
    pub(crate) made_at: jiff::Timestamp,
}

/// A document's content is never written to a log.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("document", &self.document)
            .field("number", &self.number)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
