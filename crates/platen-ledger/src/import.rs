//! Lists that administrators bring along, on their way in.

use jiff::Timestamp;
use uuid::Uuid;

use crate::audit::Actor;

/// What a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportKind {
    /// Accounts, found by their codes.
    Accounts,
    /// People, found by their logins.
    People,
}

impl ImportKind {
    /// The stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::People => "people",
        }
    }

    /// Finds a kind by its stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Accounts, Self::People]
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    /// What the audit log calls it.
    pub(crate) const fn action(self) -> &'static str {
        match self {
            Self::Accounts => "accounts.import",
            Self::People => "people.import",
        }
    }
}

/// How far a list has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRun {
    /// Its identity; its entry in the audit log has the same.
    pub id: Uuid,
    /// What it is of.
    pub kind: ImportKind,
    /// Who brought it.
    pub actor: Actor,
    /// Its rows.
    pub total: u64,
    /// Rows that are written.
    pub done: u64,
    /// Of those: what is new.
    pub created: u64,
    /// Of those: what changed.
    pub updated: u64,
    /// Of those: what was so already.
    pub unchanged: u64,
    /// Of those: people who never signed in; their groups wait for them.
    pub waiting: u64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was last heard of.
    pub beat_at: Timestamp,
    /// When it ended, one way or the other.
    pub ended_at: Option<Timestamp>,
    /// Why it was broken off, if it was.
    pub trouble: Option<String>,
}

impl ImportRun {
    /// The trouble of an import whose server went down.
    pub const SERVER_WENT_DOWN: &str = "Its server went down.";
}
