//! What administrators did: a log that is only ever added to.

use jiff::Timestamp;
use platen_domain::UserId;
use uuid::Uuid;

use crate::page::PageAsk;

/// What a [`Desk`](crate::Desk) writes down of its own; others may be noted.
pub const ACTIONS: [&str; 24] = [
    "account.create",
    "account.change",
    "account.archive",
    "account.restore",
    "account.assign",
    "account.unassign",
    "accounts.import",
    "rates.change",
    "settings.change",
    "groups.change",
    "people.import",
    "points.adjust",
    "points.adjust-all",
    "credential.create",
    "credential.revoke",
    "release.taken-back",
    "release.unknown",
    "session.end",
    "sessions.end",
    "lease.call-back",
    "lease.write-off",
    "lease.late",
    "lease.unreported",
    "note",
];

/// Somebody who changes something for others: an administrator, or a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub id: UserId,
    /// The login, or the program's name.
    pub name: String,
    /// The network address that it was done from.
    pub address: String,
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its identity.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: UserId,
    /// The login or program's name at that time.
    pub name: String,
    /// The network address that it was done from.
    pub address: String,
    /// What was done; the desk's own are in [`ACTIONS`].
    pub action: String,
    /// What it was done to, in words.
    pub subject: String,
    /// JSON. Of changes: an object with each field's value before and after,
    /// `{"limit": ["50", "60"]}`; of sets, what was taken out and what was added.
    pub detail: String,
}

/// Which entries to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Words in anything but the time.
    pub search: String,
    /// Of this action only.
    pub action: Option<String>,
    /// From this time on.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Which part of the list.
    pub page: PageAsk,
}
