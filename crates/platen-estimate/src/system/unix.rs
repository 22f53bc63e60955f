//! Unix: rlimits and signals.

#[cfg_attr(target_os = "macos", path = "unix/mac.rs")]
#[cfg_attr(not(target_os = "macos"), path = "unix/linux.rs")]
mod kernel;

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

pub(crate) use kernel::ThreadClock;

/// What this thread has used. *Source*: `clock_gettime`(2).
pub(crate) fn thread_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
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
        kernel::limit_memory(limits.memory_bytes.saturating_add(length));
        let used = Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default();
        // Whole seconds are counted, so up to one more than what is allowed.
        let seconds = used.saturating_add(limits.time_for(length)).as_secs();
        let _ = limit(Resource::Cpu, seconds.saturating_add(1));
        let _ = limit(Resource::Core, 0);
    }
}

/// *Errors*: the system refuses it.
fn limit(resource: Resource, value: u64) -> rustix::io::Result<()> {
    let maximum = getrlimit(resource).maximum;
    let current = Some(maximum.map_or(value, |maximum| value.min(maximum)));
    setrlimit(resource, Rlimit { current, maximum })
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
