//! Activities: the posted facts that balances are made of.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use platen_domain::{AccountId, Balance, DocumentId, Points, UserId};
use uuid::Uuid;

/// What an activity records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActivityKind {
    /// A document was printed.
    Print,
    /// More of a document was printed than was reserved for it.
    Overrun,
    /// Something was copied.
    Copy,
    /// Points were given back by an administrator: *Decrease points*.
    Credit,
    /// Points were charged by an administrator: *Increase points*.
    Debit,
    /// Usage was set by an administrator: *Set to points*.
    Set,
}

impl ActivityKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Print,
        Self::Overrun,
        Self::Copy,
        Self::Credit,
        Self::Debit,
        Self::Set,
    ];

    /// The stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Print => "print",
            Self::Overrun => "overrun",
            Self::Copy => "copy",
            Self::Credit => "credit",
            Self::Debit => "debit",
            Self::Set => "set",
        }
    }

    /// Finds a kind by its stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One posted fact on one balance; never changed, never removed.
/// *Source*: rules.md R-30.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Its place in the whole ledger; grows with time.
    pub ordinal: i64,
    /// Its identity: the document's for a print, the caller's for a copy and an
    /// adjustment, derived from these for an overrun and an adjustment of all.
    pub id: Uuid,
    /// The account.
    pub account: AccountId,
    /// Whose balance; none for a shared pool.
    pub holder: Option<UserId>,
    /// Its place on the balance, counted from one.
    pub sequence: i64,
    /// What it records.
    pub kind: ActivityKind,
    /// What it adds to the posted points; a credit is negative.
    pub points: Points,
    /// Posted points of the balance after it.
    pub posted_after: Points,
    /// Who printed or copied; none for an adjustment of a shared pool.
    pub user: Option<UserId>,
    /// The printed document.
    pub document: Option<DocumentId>,
    /// What was asked for by an adjustment.
    pub change: Option<Change>,
    /// Why, or the document's name, or the device that copied.
    pub reason: String,
    /// Who did it.
    pub by: String,
    /// The activity that this one corrects.
    pub corrects: Option<Uuid>,
    /// The rate card that priced it.
    pub card_version: Option<u64>,
    /// When.
    pub at: Timestamp,
    /// SHA-256 over the predecessor's hash and everything above but `ordinal`.
    pub hash: [u8; 32],
}

/// Which activities to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivityFilter {
    /// Of this account only.
    pub account: Option<AccountId>,
    /// Of this person only.
    pub user: Option<UserId>,
    /// Older than this ordinal only.
    pub before: Option<i64>,
    /// How many at most; zero means 100, and more than 1,000 are never given.
    pub limit: u32,
}

/// A change of usage by an administrator. *Source*: rules.md R-28.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// *Decrease points*: lowers usage.
    Credit(Points),
    /// *Increase points*: raises usage.
    Debit(Points),
    /// *Set to points*: posted usage becomes this; pending does not count.
    SetTo(Points),
}

/// A stored change that no version of this program writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind of adjustment")]
pub struct UnknownChange;

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credit(points) => write!(f, "credit {points}"),
            Self::Debit(points) => write!(f, "debit {points}"),
            Self::SetTo(points) => write!(f, "set {points}"),
        }
    }
}

impl FromStr for Change {
    type Err = UnknownChange;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, points) = text.split_once(' ').ok_or(UnknownChange)?;
        let points = points.parse().map_err(|_| UnknownChange)?;
        match kind {
            "credit" => Ok(Self::Credit(points)),
            "debit" => Ok(Self::Debit(points)),
            "set" => Ok(Self::SetTo(points)),
            _ => Err(UnknownChange),
        }
    }
}

/// Asks for a change of usage. *Source*: rules.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    /// The account.
    pub account: AccountId,
    /// Whose balance of an individual account; none for a shared pool.
    pub user: Option<UserId>,
    /// The change.
    pub change: Change,
    /// Why; not empty.
    pub reason: String,
    /// Who does it; not empty.
    pub by: String,
    /// The activity on the same balance that this one corrects.
    pub corrects: Option<Uuid>,
}

/// The answer to [`Ledger::adjust`](crate::Ledger::adjust).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjusted {
    /// The activity that records it.
    pub activity: Activity,
    /// The balance as it stands now.
    pub balance: Balance,
}

/// Asks for the same change of every balance of an account. *Source*: rules.md R-29.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkAdjustment {
    /// The account.
    pub account: AccountId,
    /// The change of each balance.
    pub change: Change,
    /// Why; not empty.
    pub reason: String,
    /// Who does it; not empty.
    pub by: String,
}

/// The answer to [`Ledger::adjust_all`](crate::Ledger::adjust_all).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkAdjusted {
    /// How many balances were changed, each by one activity.
    pub balances: u64,
}
