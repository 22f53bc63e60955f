//! Leases: points that a device holds for use without network.

use jiff::{SignedDuration, Timestamp};
use platen_domain::{AccountId, DocumentId, LeaseId, Person, Points, PointsError, UserId};

use crate::page::PageAsk;

/// Asks for points that a device may spend without network. *Source*: rules.md R-39.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseAsk {
    /// Made and stored by the device before it asks.
    pub id: LeaseId,
    /// The account.
    pub account: AccountId,
    /// Who prints on the device, with the groups of the identity provider.
    pub person: Person,
    /// The device; not empty.
    pub device: String,
    /// How many points at most; above zero.
    pub points: Points,
    /// When it ends if it is not returned before.
    pub expires_at: Timestamp,
}

/// One lease, as it stands. *Source*: rules.md R-39.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Its identity.
    pub id: LeaseId,
    /// The account.
    pub account: AccountId,
    /// Whose balance; none for a shared pool.
    pub holder: Option<UserId>,
    /// Who prints on it.
    pub user: UserId,
    /// The device.
    pub device: String,
    /// Points that were granted: what was asked for, or what the hard limit
    /// left.
    pub granted: Points,
    /// Points of them that documents took.
    pub drawn: Points,
    /// Where it stands.
    pub state: LeaseState,
    /// When it ends if it is not returned before.
    pub expires_at: Timestamp,
    /// When it was granted.
    pub made_at: Timestamp,
    /// When anything on it changed last.
    pub changed_at: Timestamp,
    /// When its points were called back: its device draws no more, delivers
    /// what it drew, and returns it.
    pub called_at: Option<Timestamp>,
    /// The public key of the gate that counts what is drawn on it: that of its
    /// device when it was granted. None: no gate takes it.
    pub gate: Option<[u8; 32]>,
}

impl Lease {
    /// How long after its end a device's clock may still be wrong: before that a
    /// lease is not written off.
    pub const MARGIN: SignedDuration = SignedDuration::from_hours(24);

    /// Whether its device must not draw on it any more and has not reported what
    /// it drew: its points count as spent until it does, or until it is written
    /// off. *Source*: rules.md.
    #[must_use]
    pub fn is_unreported(&self, now: Timestamp) -> bool {
        self.state == LeaseState::Open && self.expires_at <= now
    }

    /// Whether it may be written off.
    #[must_use]
    pub fn can_be_written_off(&self, now: Timestamp) -> bool {
        self.state == LeaseState::Open && now.duration_since(self.expires_at) >= Self::MARGIN
    }

    /// granted − drawn: what is left of it; counted as spent while it is open.
    ///
    /// *Errors*: [`PointsError::Overflow`]. *Source*: rules.md.
    pub fn left(&self) -> Result<Points, PointsError> {
        self.granted.minus(self.drawn)
    }
}

/// What a gate says of a lease once it prints nothing on it any more; its signature has
/// been checked. *Source*: rules.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseReceipt {
    /// The lease.
    pub lease: LeaseId,
    /// The public key of the gate that says it.
    pub gate: [u8; 32],
    /// Each print that it counted on it, and what that took.
    pub prints: Vec<(DocumentId, Points)>,
}

/// Where a lease stands. *Source*: rules.md R-39.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeaseState {
    /// Its device may draw on it until it expires.
    Open,
    /// Its device gave back what it had not drawn.
    Returned,
    /// It was written off: its device did not report in time, and what was not
    /// known to be drawn went back to the account. What the device delivers
    /// later is charged all the same.
    Expired,
}

impl LeaseState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Open, Self::Returned, Self::Expired];

    /// The stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Returned => "returned",
            Self::Expired => "expired",
        }
    }

    /// Finds a state by its stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Which open leases to look through; those that end first come first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaseQuery {
    /// Of this person only.
    pub user: Option<UserId>,
    /// Only those that ended at this time or before, of which nobody reported.
    pub ended_at: Option<Timestamp>,
    /// Which part of the list.
    pub page: PageAsk,
}

/// Which leases to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaseFilter {
    /// On this account only.
    pub account: Option<AccountId>,
    /// Of this person only.
    pub user: Option<UserId>,
    /// Of this device only.
    pub device: Option<String>,
    /// Open ones only.
    pub open_only: bool,
}
