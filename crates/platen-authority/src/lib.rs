//! The server's half of keeping in step: what devices deliver is carried out on
//! the ledger, and what they are told is read from it.
//!
//! *Invariants*: no clock, no network; the time comes in as an argument. The
//! server runs this behind its endpoints, and the simulator runs the same.

mod apply;
mod policy;
mod signing;
mod translate;
mod version;
mod view;

use jiff::Timestamp;
use jiff::civil::Date;
use platen_domain::Person;
use platen_ledger::{LedgerError, Refusal};
use platen_sync::wire::{Failure, FailureCode};
use uuid::Uuid;

pub use apply::apply;
pub use signing::{Approval, Server, SignedLease, Signer};
pub use version::Told;
pub use view::{Looker, Pool, PoolNews, Sighting, balances, look, view};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The device, which must have been enrolled.
    pub device: Uuid,
    /// Who is signed in on it, with the groups of the identity provider.
    pub person: Person,
}

/// When something takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The server's wall clock.
    pub now: Timestamp,
    /// The site's local date.
    pub today: Date,
}

/// What a device reads when the ledger could not do as a whole what it asked.
fn failure(error: &LedgerError) -> Failure {
    match error {
        LedgerError::Refused(Refusal::UnknownDevice(_)) => Failure {
            code: FailureCode::Diverged,
            sentence: Refusal::UnknownDevice(Uuid::nil()).to_string(),
            retry_after_s: None,
            expected: None,
        },
        LedgerError::Refused(refusal) => Failure {
            code: FailureCode::Malformed,
            sentence: refusal.to_string(),
            retry_after_s: None,
            expected: None,
        },
        _ => Failure {
            code: FailureCode::Busy,
            sentence: "The print server can't reach its records at the moment. Nothing is lost; \
                       it is tried again."
                .to_owned(),
            retry_after_s: None,
            expected: None,
        },
    }
}
