//! What the simulator wants of a server, and what it may know of its ledger.

use std::collections::BTreeMap;

use jiff::Timestamp;
use platen_domain::{AccountId, DocumentId, DocumentState, LeaseId, Points, RateCard, UserId};
use platen_sync::wire::{Answer, Failure, LeaseState, ReceivedOperation, View};
use uuid::Uuid;

/// An account, as a site begins.
#[derive(Clone, Debug)]
pub struct SimAccount {
    /// Its identity.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// One pool for all.
    pub shared: bool,
    /// The soft limit.
    pub limit: Option<Points>,
    /// How far it may be exceeded.
    pub exceed_by: Points,
}

/// A device and who uses it.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// Which device.
    pub device: Uuid,
    /// Who uses it.
    pub user: UserId,
}

/// How a site begins.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// Its accounts.
    pub accounts: Vec<SimAccount>,
    /// Its rates.
    pub card: RateCard,
    /// Its devices.
    pub devices: Vec<Enrolled>,
    /// Its policy of leases.
    pub policy: Policy,
}

/// The policy of leases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Points for each device and account.
    pub points: Points,
    /// How long a lease lasts. Units: days.
    pub days: u32,
    /// After how many days an unreported lease is written off; zero: never.
    pub write_off_days: u32,
}

/// What people do in the portal and the console, and what the server does by
/// itself.
#[derive(Clone, Debug)]
pub enum Act {
    /// A user deletes a document in the portal.
    Delete {
        /// Which.
        document: DocumentId,
    },
    /// A user moves a document in the portal.
    Move {
        /// Who.
        user: UserId,
        /// Which.
        document: DocumentId,
        /// Where to.
        account: AccountId,
    },
    /// A user releases a document in the portal.
    Release {
        /// Which.
        document: DocumentId,
        /// The number of its approval.
        nonce: Uuid,
    },
    /// A user chooses the active account in the portal.
    SetActive {
        /// Who.
        user: UserId,
        /// Which.
        account: AccountId,
    },
    /// An administrator sets a limit.
    SetLimit {
        /// Of which account.
        account: AccountId,
        /// The soft limit.
        limit: Option<Points>,
        /// How far it may be exceeded.
        exceed_by: Points,
    },
    /// An administrator archives an account, or restores it.
    Archive {
        /// Which.
        account: AccountId,
        /// Whether it is archived then.
        archived: bool,
    },
    /// An administrator debits (above zero) or credits an account.
    Adjust {
        /// Names the adjustment.
        id: Uuid,
        /// Which account.
        account: AccountId,
        /// Whose, of an individual one.
        user: UserId,
        /// How many points.
        points: Points,
    },
    /// Somebody calls a lease back.
    CallBack {
        /// Which.
        lease: LeaseId,
    },
    /// Somebody gives up waiting for a device.
    WriteOff {
        /// Which lease.
        lease: LeaseId,
    },
    /// An administrator changes the policy.
    SetPolicy(Policy),
    /// An administrator shuts a device out.
    Revoke {
        /// Which.
        device: Uuid,
    },
    /// A device is enrolled.
    Enrol(Enrolled),
    /// The server's own timer.
    Tick,
}

impl Act {
    /// Whether it may raise what is committed beyond the hard limit.
    #[must_use]
    pub const fn is_administration(&self) -> bool {
        matches!(
            self,
            Self::SetLimit { .. } | Self::Adjust { .. } | Self::Archive { .. }
        )
    }
}

/// The server's half.
pub trait Authority {
    /// Carries out one operation of a device, once.
    ///
    /// *Errors*: the request fails as a whole.
    fn apply(
        &mut self,
        device: Uuid,
        operation: &ReceivedOperation,
        now: Timestamp,
    ) -> Result<Answer, Failure>;

    /// The device has stored the answers up to this number.
    fn acknowledge(&mut self, device: Uuid, through: u64);

    /// What a device shows, unless the version that it has says the same.
    ///
    /// *Errors*: the request fails.
    fn view(
        &mut self,
        device: Uuid,
        after: Option<u64>,
        now: Timestamp,
    ) -> Result<Option<View>, Failure>;

    /// Somebody does something; whether it was done.
    fn act(&mut self, act: &Act, now: Timestamp) -> bool;

    /// What the ledger holds.
    fn truth(&mut self, now: Timestamp) -> Truth;

    /// A check of the whole ledger, as far as it has one.
    ///
    /// *Errors*: what does not hold.
    fn verify(&mut self) -> Result<(), String>;
}

/// What a ledger holds. Units: hundredths of a point.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    /// Balances by account and holder; no holder: a pool.
    pub balances: BTreeMap<(Uuid, Option<String>), TrueBalance>,
    /// Every document.
    pub documents: BTreeMap<Uuid, TrueDocument>,
    /// Every lease.
    pub leases: BTreeMap<Uuid, TrueLease>,
    /// The last operation of each device.
    pub applied: BTreeMap<Uuid, u64>,
}

/// One balance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrueBalance {
    /// Printed and adjusted.
    pub posted: i64,
    /// Reserved.
    pub pending: i64,
    /// Leased.
    pub leased: i64,
    /// What adjustments come to.
    pub adjusted: i64,
    /// The hard limit.
    pub hard: Option<i64>,
}

impl TrueBalance {
    /// What counts against the hard limit, beyond it.
    #[must_use]
    pub fn excess(&self) -> i64 {
        self.hard.map_or(0, |hard| {
            (self.posted + self.pending + self.leased - hard).max(0)
        })
    }
}

/// One document.
#[derive(Clone, Debug)]
pub struct TrueDocument {
    /// Whose it is.
    pub user: String,
    /// Where it stands.
    pub state: DocumentState,
    /// Its account.
    pub account: Option<Uuid>,
    /// The holder of the balance it is on.
    pub holder: Option<String>,
    /// What it costs.
    pub cost: i64,
    /// How often it was charged.
    pub charges: u32,
    /// What it was charged.
    pub charged: i64,
    /// Its lease.
    pub lease: Option<Uuid>,
}

/// One lease.
#[derive(Clone, Debug)]
pub struct TrueLease {
    /// On which account.
    pub account: Uuid,
    /// The holder of the balance it was taken from.
    pub holder: Option<String>,
    /// Which device.
    pub device: Uuid,
    /// Granted.
    pub granted: i64,
    /// Drawn, as far as the server knows.
    pub drawn: i64,
    /// What was returned or written off.
    pub given_back: i64,
    /// Where it stands.
    pub state: LeaseState,
    /// It was written off once, whatever came of it since.
    pub written_off: bool,
    /// When it ends.
    pub ends_at: Timestamp,
}
