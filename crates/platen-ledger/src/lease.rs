//! Leases: points that a device holds for use without network.

use jiff::Timestamp;
use platen_domain::{AccountId, LeaseId, Person, Points, PointsError, UserId};

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
}

impl Lease {
    /// granted − drawn: what is left of it; counted as spent while it is open.
    ///
    /// *Errors*: [`PointsError::Overflow`]. *Source*: rules.md.
    pub fn left(&self) -> Result<Points, PointsError> {
        self.granted.minus(self.drawn)
    }
}

/// Where a lease stands. *Source*: rules.md R-39.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeaseState {
    /// Its device may draw on it until it expires.
    Open,
    /// Its device gave back what it had not drawn.
    Returned,
    /// It ended by itself; what was not drawn went back to the account.
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
