//! A document, read back from the spooler.

/// A document that was read completely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its size. *Units*: bytes.
    pub bytes: u64,
    /// SHA-256 of what the spooler stores, which is what a gate will see.
    pub sha256: [u8; 32],
    /// The format that the spooler detected. cupsd stores a document that was
    /// submitted compressed as it came, under the format of what is inside.
    pub format: String,
}
