//! The print spooler, watched and driven as the ordinary user that owns the jobs.
//!
//! This room knows cupsd, and Windows' spooler on Windows: which queues are
//! managed, which documents have come, what they are to be printed like, and how
//! to hold, release, move, cancel and read them. It knows nothing of points, accounts or people's rights: what a
//! job costs and whether it may print is decided elsewhere, and *enforced* by
//! the gate, not here.
//!
//! - [`Spooler`] asks, and its `watch` tells what to look at. It is the system's
//!   own: `Cups`, or `Winspool` on Windows, with the same functions; what Windows
//!   can't do is [`SpoolerError::Unsupported`].
//! - [`Queue`] says by which mark a managed queue is known.
//! - [`finishing()`] turns a job's options into what a price needs.
//!
//! *Invariant*: a job's identity is [`Job::uuid`]; numbers are only addresses.

mod change;
mod error;
mod event;
mod fetched;
mod finishing;
mod job;
mod queue;

#[cfg(unix)]
mod connection;
#[cfg(unix)]
mod cups;
#[cfg(unix)]
mod fetch;
#[cfg(unix)]
mod options;
#[cfg(unix)]
mod released;
#[cfg(unix)]
mod submit;
#[cfg(unix)]
mod watch;
#[cfg(unix)]
mod wire;

#[cfg(any(windows, test))]
mod winspool;

pub use change::FinishingChange;
#[cfg(unix)]
pub use cups::{Cups, Cups as Spooler, CupsConfig};
pub use error::SpoolerError;
pub use event::SpoolerEvent;
pub use fetched::Fetched;
pub use finishing::finishing;
pub use job::{Job, JobState};
pub use queue::{Enforcement, Queue, QueueDefaults, QueueState};
#[cfg(unix)]
pub use submit::NewJob;
#[cfg(windows)]
pub use winspool::{Winspool, Winspool as Spooler, WinspoolConfig};
