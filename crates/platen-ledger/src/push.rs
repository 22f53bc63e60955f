//! Where a browser takes notifications when no page is open.

use platen_domain::UserId;

/// The address of one browser of one person. *Source*: rules.md R-35; RFC 8030,
/// RFC 8291.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushAddress {
    /// Whose.
    pub person: UserId,
    /// Where messages are sent to.
    pub endpoint: String,
    /// The browser's public key.
    pub key: Vec<u8>,
    /// The secret that the browser shares.
    pub auth: Vec<u8>,
    /// The language of its messages.
    pub language: String,
}
