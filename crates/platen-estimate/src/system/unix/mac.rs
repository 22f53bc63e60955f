//! What macOS counts.

use super::limit;
use rustix::process::Resource;
use std::time::Duration;

/// How often more memory is allowed than was asked for, each time twice as much.
const ATTEMPTS: usize = 16;

/// The processor time that one thread has used, for another one that asks.
pub(crate) struct ThreadClock(platen_mac::ThreadClock);

impl ThreadClock {
    /// That of the thread that asks.
    pub(crate) fn of_this_thread() -> Self {
        Self(platen_mac::ThreadClock::of_this_thread())
    }

    /// What it has used; none: the thread has ended.
    pub(crate) fn used(&self) -> Option<Duration> {
        self.0.used().ok()
    }
}

/// Lets this process map so many bytes more than it has, if that can be set.
///
/// The kernel refuses a limit below what is mapped, which may be more than it tells.
/// *Source*: XNU, bsd/kern/kern_resource.c, `RLIMIT_AS`; macOS 11 and older ignore it.
pub(super) fn limit_memory(bytes: u64) {
    let mapped = platen_mac::address_space().unwrap_or_default();
    let mut more = std::iter::successors(Some(bytes), |more| more.checked_mul(2));
    more.by_ref()
        .take(ATTEMPTS)
        .find(|more| limit(Resource::As, mapped.saturating_add(*more)).is_ok());
}
