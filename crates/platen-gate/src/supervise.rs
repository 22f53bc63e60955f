//! Runs the real backend and says truly how it ended.
//!
//! CUPS's own backends tell cupsd that a job was *cancelled* when the printer
//! gave it up by itself; cupsd then can't tell a paper jam from a person who
//! changed his mind, and neither can whoever settles the points.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::SIGTERM;
use signal_hook::iterator::Signals;

/// The job was cancelled. *Source*: `cups/backend.h`, `CUPS_BACKEND_CANCEL`.
const CANCEL: u8 = 5;
/// The job failed; the queue's error policy decides. *Source*: `cups/backend.h`.
const FAILED: u8 = 1;

/// Runs `command` to its end; passes cupsd's SIGTERM, by which it cancels, on.
///
/// *Errors*: it can't be started. *Source*: CUPS `backend(7)`.
pub(crate) fn run(command: &mut Command) -> io::Result<u8> {
    let mut signals = Signals::new([SIGTERM])?;
    let cancelled = Arc::new(AtomicBool::new(false));
    let mut backend = command.spawn()?;
    let pid = i32::try_from(backend.id()).ok().and_then(Pid::from_raw);
    let handle = signals.handle();
    let told = cancelled.clone();
    let passing_on = thread::spawn(move || {
        for _ in signals.forever() {
            told.store(true, Ordering::SeqCst);
            if let Some(pid) = pid {
                // It may have ended by itself in this moment.
                let _ended = kill_process(pid, Signal::TERM);
            }
        }
    });
    let status = backend.wait();
    handle.close();
    // It only ever waits for signals and ends with their handle.
    let _joined = passing_on.join();
    Ok(exit_code(status?, cancelled.load(Ordering::SeqCst)))
}

fn exit_code(status: ExitStatus, cancelled: bool) -> u8 {
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(CANCEL) if !cancelled => FAILED,
        Some(code) => code,
        // Killed; cupsd expects a backend that it cancelled to have done its work.
        None if cancelled && status.signal() == Some(SIGTERM) => 0,
        None => FAILED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: i32) -> ExitStatus {
        ExitStatus::from_raw(code << 8)
    }

    #[test]
    fn job_that_nobody_cancelled_has_failed() {
        assert_eq!(exit_code(status(5), false), FAILED);
        assert_eq!(exit_code(status(5), true), CANCEL);
        assert_eq!(exit_code(status(0), false), 0);
        assert_eq!(exit_code(status(4), false), 4);
        // Killed by SIGTERM and by SIGKILL.
        assert_eq!(exit_code(ExitStatus::from_raw(15), true), 0);
        assert_eq!(exit_code(ExitStatus::from_raw(9), true), FAILED);
        assert_eq!(exit_code(ExitStatus::from_raw(15), false), FAILED);
    }
}
