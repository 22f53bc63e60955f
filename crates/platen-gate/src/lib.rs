//! The permission to print, and the backend that asks for it.
//!
//! A managed queue's device is `gate:REAL-DEVICE`. The backend `gate` prints a
//! job only with an [`Approval`]: a statement of what was priced, signed by an
//! authority that root has configured; or with a print on a [`Lease`] ([`on_lease`]),
//! signed by the device that has the lease, whose price the gate finds out by itself
//! and whose points it counts. Either is data, not a privilege: whoever may change the
//! job may deliver it, as the job attribute [`APPROVAL_OPTION`]. Everything else goes
//! back to *held*.
//!
//! This crate knows nothing of accounts or the network.

mod approval;
mod authority;
mod card;
mod closing;
mod draw;
mod key;
mod lease;
mod options;
mod private;
mod receipt;
mod record;
#[cfg(unix)]
mod trusted;

pub mod places;

// What the backend does, where there is CUPS.
#[cfg(unix)]
pub mod counter;
#[cfg(unix)]
pub mod device;
#[cfg(unix)]
pub mod estimate;
#[cfg(unix)]
pub mod machine;
#[cfg(unix)]
pub mod spool;
#[cfg(unix)]
pub mod used;

pub use approval::{Approval, Claims, Mismatch, NotApproved, Seen};
pub use authority::Authority;
pub use card::card_digest;
pub use closing::{Closing, closing};
pub use draw::{Draw, NotOnLease, on_lease};
pub use key::{KeyError, PublicKey, SigningKey};
pub use lease::{Lease, Terms};
pub use options::{Malformed, Options, priced_options, released_options};
pub use receipt::Receipt;
#[cfg(unix)]
pub use trusted::{Authorities, AuthorityError};

/// The job attribute, of type text without language, that carries an approval.
///
/// cupsd puts it among the options of a backend's fifth argument. It accepts 1023
/// bytes of text, and an approval has [`Approval::TEXT_BYTES`]; a print on a lease may
/// need several values, between which cupsd puts commas.
pub const APPROVAL_OPTION: &str = "platen-approval";

/// What every message of the gate begins with, so that people and programs
/// know who refused.
pub const MESSAGE_PREFIX: &str = "Platen: ";
