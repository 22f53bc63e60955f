//! Other programs that may come in.

use jiff::Timestamp;
use uuid::Uuid;

/// What another program signs in with; its secret is known by its SHA-256 alone.
/// *Source*: rules.md R-32.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Names it; no secret.
    pub id: Uuid,
    /// What an administrator calls it.
    pub name: String,
    /// What the program may do.
    pub scopes: Vec<String>,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// When it was used last, to the minute.
    pub used_at: Option<Timestamp>,
    /// Since when it lets nobody in any more.
    pub revoked_at: Option<Timestamp>,
}
