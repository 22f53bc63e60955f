//! The print spooler, watched and driven as the ordinary user that owns the jobs.
//!
//! This room knows cupsd: which queues are managed, which documents have come,
//! what they are to be printed like, and how to hold, release, move, cancel and
//! read them. It knows nothing of points, accounts or people's rights: what a
//! job costs and whether it may print is decided elsewhere, and *enforced* by
//! the gate, not here.
//!
//! - [`Cups`] asks; [`Cups::watch`] tells what to look at.
//! - [`Queue`] says by which mark a managed queue is known (its `device-uri`).
//! - [`finishing()`] turns a job's options into what a price needs.
//!
//! *Invariant*: a job's identity is [`Job::uuid`]; numbers are only addresses.

mod connection;
mod cups;
mod error;
mod fetch;
mod finishing;
mod job;
mod options;
mod queue;
mod released;
mod submit;
mod watch;
mod wire;

pub use cups::{Cups, CupsConfig, FinishingChange};
pub use error::SpoolerError;
pub use fetch::Fetched;
pub use finishing::finishing;
pub use job::{Job, JobState};
pub use queue::{Enforcement, Queue, QueueDefaults, QueueState};
pub use submit::NewJob;
pub use watch::SpoolerEvent;
