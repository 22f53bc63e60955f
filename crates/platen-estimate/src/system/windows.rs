//! Windows: job objects and exit codes.

use super::End;
use crate::limits::Limits;
use platen_windows::system::{self, Job};
use std::fs::File;
use std::os::windows::io::AsHandle;
use std::process::ExitStatus;
use std::time::Duration;
use tokio::process::Command;

/// What this thread has used, in steps of Windows' timer.
pub(crate) fn thread_time() -> Duration {
    system::thread_time().unwrap_or_default()
}

/// The processor time that one thread has used, for another one that asks.
pub(crate) struct ThreadClock(Option<system::ThreadClock>);

impl ThreadClock {
    /// That of the thread that asks.
    pub(crate) fn of_this_thread() -> Self {
        Self(system::ThreadClock::of_this_thread().ok())
    }

    /// What it has used; none: the system does not say.
    pub(crate) fn used(&self) -> Option<Duration> {
        self.0.as_ref()?.used().ok()
    }
}

/// The limits of this process: a job of its own.
pub(crate) struct Confinement(Option<Job>);

impl Confinement {
    pub(crate) fn new() -> Self {
        let job = Job::new(&system::Limits::default()).and_then(|job| {
            job.add_this_process()?;
            Ok(job)
        });
        Self(job.ok())
    }

    /// Limits memory and processor time of this process, as one more document of that
    /// `length` needs them; it starts no other process, and shows no window when it
    /// crashes.
    ///
    /// A mapped file is none of a process' own memory, so that its length is not added.
    /// Time in the kernel is not counted; the caller's deadline is for that, and for
    /// limits that can't be set.
    pub(crate) fn confine(&self, limits: &Limits, length: u64) {
        let Some(job) = &self.0 else { return };
        let used = system::process_time().unwrap_or_default();
        let allowed = used.saturating_add(limits.time_for(length));
        let _ = job.limit(&system::Limits {
            memory_bytes: Some(limits.memory_bytes),
            // As much more as where whole seconds are counted.
            processor_time: Some(allowed.saturating_add(Duration::from_secs(1))),
            alone: true,
            ends_with_job: false,
        });
    }
}

/// Ends a process that was started when who watches over it ends, however that comes.
pub(crate) struct Leash {
    _job: Option<Job>,
}

impl Leash {
    /// Of a child that is not waited for yet; none: it has ended.
    pub(crate) fn of(process: Option<u32>) -> Self {
        let leash = process.and_then(|process| {
            let job = Job::new(&system::Limits {
                ends_with_job: true,
                ..system::Limits::default()
            })
            .ok()?;
            // Without it the process' own limits are left.
            job.add(process).ok()?;
            Some(job)
        });
        Self { _job: leash }
    }
}

/// A program that writes to no screen gets no window for that.
/// *Source*: learn.microsoft.com, “Process Creation Flags”.
pub(crate) fn on_no_screen(program: &mut Command) {
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    program.creation_flags(CREATE_NO_WINDOW);
    // Libraries of the system are found by it.
    if let Some(place) = std::env::var_os("SystemRoot") {
        program.env("SystemRoot", place);
    }
}

/// What ended a process. *Source*: MS-ERREF, sections 2.2 and 2.3.1;
/// learn.microsoft.com, “`JOBOBJECT_BASIC_LIMIT_INFORMATION` structure”: a process
/// whose time is over ends with `ERROR_NOT_ENOUGH_QUOTA`.
pub(crate) fn end(status: ExitStatus) -> End {
    const ERROR_NOT_ENOUGH_QUOTA: u32 = 1816;
    const STATUS_NO_MEMORY: u32 = 0xC000_0017;
    const STATUS_STACK_OVERFLOW: u32 = 0xC000_00FD;
    const STATUS_COMMITMENT_LIMIT: u32 = 0xC000_012D;
    // What Rust's abort ends with: `__fastfail`.
    const STATUS_STACK_BUFFER_OVERRUN: u32 = 0xC000_0409;
    const FIRST_ERROR: u32 = 0xC000_0000;
    match status.code().map(i32::cast_unsigned) {
        Some(
            STATUS_NO_MEMORY
            | STATUS_STACK_OVERFLOW
            | STATUS_COMMITMENT_LIMIT
            | STATUS_STACK_BUFFER_OVERRUN,
        ) => End::Memory,
        Some(ERROR_NOT_ENOUGH_QUOTA) => End::Time,
        Some(FIRST_ERROR..) => End::Crash,
        _ => End::OfItself,
    }
}

/// The standard input as a file of this process' own.
pub(crate) fn standard_input() -> std::io::Result<File> {
    let input = std::io::stdin().as_handle().try_clone_to_owned()?;
    Ok(File::from(input))
}
