//! Windows' spooler, asked as the user whose process this is.
//!
//! Windows has no gate: a document prints as soon as it has arrived unless its
//! queue is paused, so every managed queue is one by courtesy
//! ([`crate::Enforcement::Courtesy`]). Nor has it means to move a single job, to
//! change how a job will be printed, or to bring a deleted one back.

mod calls;
mod convert;
mod numbers;
mod seen;

#[cfg(windows)]
mod fetch;
#[cfg(windows)]
mod watch;

#[cfg(windows)]
pub use adapter::{Winspool, WinspoolConfig};

#[cfg(windows)]
pub(crate) use adapter::{DEADLINE, failed, within};

#[cfg(windows)]
mod adapter;
