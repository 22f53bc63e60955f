//! Who is signed in where.

use jiff::Timestamp;
use platen_domain::{Person, UserId};
use uuid::Uuid;

use crate::page::PageAsk;

/// What somebody is signed in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionKind {
    /// A browser, by a cookie.
    Browser,
    /// A computer's or phone's client, by a token.
    Device,
}

impl SessionKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Browser, Self::Device];

    /// The stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Device => "device",
        }
    }

    /// Finds a kind by its stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Somebody's being signed in. The ledger knows it by the SHA-256 of a secret
/// that only the browser or device has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Names it to administrators; no secret.
    pub id: Uuid,
    /// In what.
    pub kind: SessionKind,
    /// Who, with the groups that the provider said.
    pub person: Person,
    /// Whether an administrator.
    pub administrator: bool,
    /// The browser's or device's own words about itself; kept up to 300
    /// characters.
    pub device: String,
    /// The network address that it was opened from.
    pub address: String,
    /// What the provider wants to see at sign-out.
    pub logout: Option<String>,
    /// When it was opened.
    pub made_at: Timestamp,
    /// When it was used last, to the minute.
    pub seen_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When somebody ended it.
    pub ended_at: Option<Timestamp>,
}

impl Session {
    /// Whether it lets anybody in.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}

/// Which sessions to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// Of this person only.
    pub user: Option<UserId>,
    /// Of this kind only.
    pub kind: Option<SessionKind>,
    /// Words in the name, the login or the device.
    pub search: String,
    /// Only what lets somebody in at this time.
    pub live_at: Option<Timestamp>,
    /// Which part of the list.
    pub page: PageAsk,
}
