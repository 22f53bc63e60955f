//! Unix: rlimits and signals.

use super::End;
use crate::limits::Limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;
use tokio::process::Command;

/// What this thread has used. *Source*: `clock_gettime`(2).
pub(crate) fn thread_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// The processor time that one thread has used, for another one that asks.
pub(crate) struct ThreadClock {
    #[cfg(target_os = "linux")]
    usage: std::path::PathBuf,
}

impl ThreadClock {
    /// That of the thread that asks.
    #[cfg(target_os = "linux")]
    pub(crate) fn of_this_thread() -> Self {
        let thread = rustix::thread::gettid().as_raw_nonzero();
        Self {
            usage: format!("/proc/self/task/{thread}/schedstat").into(),
        }
    }

    /// What it has used; none: the system does not say. *Source*: proc(5), its first
    /// number is in nanoseconds (Linux' Documentation/scheduler/sched-stats.rst).
    #[cfg(target_os = "linux")]
    pub(crate) fn used(&self) -> Option<Duration> {
        let usage = std::fs::read_to_string(&self.usage).ok()?;
        let nanoseconds = usage.split_whitespace().next()?.parse().ok()?;
        Some(Duration::from_nanos(nanoseconds))
    }

    /// That of the thread that asks.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn of_this_thread() -> Self {
        Self {}
    }

    /// Always none: these systems tell no thread of another one.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn used(&self) -> Option<Duration> {
        None
    }
}

/// The limits of this process.
pub(crate) struct Confinement;

impl Confinement {
    pub(crate) fn new() -> Self {
        Self
    }

    /// Limits address space and processor time of this process, as one more document
    /// of that `length` needs them.
    ///
    /// A limit that can't be set leaves the others and the caller's deadline.
    /// *Source*: setrlimit(2).
    #[expect(clippy::unused_self, reason = "Windows keeps a handle in it")]
    pub(crate) fn confine(&self, limits: &Limits, length: u64) {
        let set = |resource, value: u64| {
            let maximum = getrlimit(resource).maximum;
            let current = Some(maximum.map_or(value, |maximum| value.min(maximum)));
            let _ = setrlimit(resource, Rlimit { current, maximum });
        };
        set(Resource::As, limits.memory_bytes.saturating_add(length));
        let used = Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default();
        // Whole seconds are counted, so up to one more than what is allowed.
        let seconds = used.saturating_add(limits.time_for(length)).as_secs();
        set(Resource::Cpu, seconds.saturating_add(1));
        set(Resource::Core, 0);
    }
}

/// What ends a process that was started when who watches over it ends: nothing is
/// needed here, for its own limits end it.
pub(crate) struct Leash;

impl Leash {
    pub(crate) fn of(_process: Option<u32>) -> Self {
        Self
    }
}

/// Nothing here opens a window for a program.
pub(crate) fn on_no_screen(_program: &mut Command) {}

/// What ended a process. *Source*: signal(7).
pub(crate) fn end(status: ExitStatus) -> End {
    const SIGABRT: i32 = 6;
    const SIGKILL: i32 = 9;
    const SIGXCPU: i32 = 24;
    match status.signal() {
        // Rust aborts when memory runs out, its stack's included.
        Some(SIGABRT | SIGKILL) => End::Memory,
        Some(SIGXCPU) => End::Time,
        Some(_) => End::Crash,
        None => End::OfItself,
    }
}

/// The standard input as a file of this process' own.
pub(crate) fn standard_input() -> std::io::Result<File> {
    let input = std::io::stdin().as_fd().try_clone_to_owned()?;
    Ok(File::from(input))
}
