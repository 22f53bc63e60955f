//! What Linux counts.

use super::limit;
use rustix::process::Resource;
use std::path::PathBuf;
use std::time::Duration;

/// The processor time that one thread has used, for another one that asks.
pub(crate) struct ThreadClock {
    usage: PathBuf,
}

impl ThreadClock {
    /// That of the thread that asks.
    pub(crate) fn of_this_thread() -> Self {
        let thread = rustix::thread::gettid().as_raw_nonzero();
        Self {
            usage: format!("/proc/self/task/{thread}/schedstat").into(),
        }
    }

    /// What it has used; none: the system does not say. *Source*: proc(5), its first
    /// number is in nanoseconds (Linux' Documentation/scheduler/sched-stats.rst).
    pub(crate) fn used(&self) -> Option<Duration> {
        let usage = std::fs::read_to_string(&self.usage).ok()?;
        let nanoseconds = usage.split_whitespace().next()?.parse().ok()?;
        Some(Duration::from_nanos(nanoseconds))
    }
}

/// Lets this process map so many bytes, if that can be set.
pub(super) fn limit_memory(bytes: u64) {
    let _ = limit(Resource::As, bytes);
}
