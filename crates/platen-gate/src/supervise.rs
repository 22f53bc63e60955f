//! Runs the real backend and says truly how it ended.
//!
//! CUPS's own backends tell cupsd that a job was *cancelled* when the printer
//! gave it up by itself; cupsd then can't tell a paper jam from a person who
//! changed his mind, and neither can whoever settles the points. Or they
//! say that all is well: `ipp` does, if its watch over the printer did not hear of
//! the end before it ended itself (measured with CUPS 2.4.2: every third to tenth
//! short job). What its watch heard is among its messages, which therefore pass
//! through here; where that was not the end, the printer is asked.

use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::SIGTERM;
use signal_hook::iterator::Signals;

use crate::ask::Printer;

/// The job was cancelled. *Source*: `cups/backend.h`, `CUPS_BACKEND_CANCEL`.
const CANCEL: u8 = 5;
/// The job failed; the queue's error policy decides. *Source*: `cups/backend.h`.
const FAILED: u8 = 1;
/// *Units*: bytes.
const LONGEST_MESSAGE: u64 = 64 * 1024;
/// The messages end with the backend, unless it leaves something behind that
/// could write some.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The real backend at work.
pub(crate) struct Running {
    backend: Child,
    signals: Signals,
}

/// Starts `command`, whose messages pass through here.
///
/// *Errors*: it can't be started, and nothing was printed. *Source*: CUPS `backend(7)`.
pub(crate) fn start(command: &mut Command) -> io::Result<Running> {
    // First, so that no signal is missed.
    let signals = Signals::new([SIGTERM])?;
    let backend = command.stderr(Stdio::piped()).spawn()?;
    Ok(Running { backend, signals })
}

impl Running {
    /// Follows it to its end; passes cupsd's SIGTERM, by which it cancels, on.
    /// `printer` is asked what became of its job where the backend does not say.
    ///
    /// *Errors*: nobody knows how it ended.
    pub(crate) fn end(self, printer: &Printer) -> io::Result<u8> {
        let Self {
            mut backend,
            mut signals,
        } = self;
        let cancelled = Arc::new(AtomicBool::new(false));
        let (ended, end) = mpsc::channel();
        if let Some(messages) = backend.stderr.take() {
            // It ends with the messages, or with this process.
            thread::spawn(move || {
                let heard = pass_on(BufReader::new(messages), io::stderr());
                // Nobody waits any more for what something left behind says.
                let _late = ended.send(heard);
            });
        }
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
        let (status, cancelled) = (status?, cancelled.load(Ordering::SeqCst));
        let heard = end.recv_timeout(LAST_WORDS).unwrap_or_default();
        let gave_up = status.success() && !cancelled && heard.gave_up(printer);
        Ok(exit_code(status, cancelled, gave_up))
    }
}

/// What a backend's messages say of the printer's own job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Heard {
    number: Option<u32>,
    /// How it ended; given up or not.
    gave_up: Option<bool>,
}

impl Heard {
    /// *Source*: CUPS 2.4 `backend/ipp.c`; CUPS `backend(7)`, `STATE:`.
    fn hear(&mut self, message: &[u8]) {
        const NUMBER: &[u8] = b"DEBUG: Print job accepted - job ID ";
        const WATCHED: &[u8] = b"DEBUG: (monitor) job-state = ";
        let message = message.trim_ascii_end();
        if let Some(number) = message.strip_prefix(NUMBER) {
            let number = number.strip_suffix(b".").unwrap_or(number);
            let number = std::str::from_utf8(number).ok();
            self.number = number.and_then(|number| number.parse().ok());
            self.gave_up = None;
        } else if let Some(state) = message.strip_prefix(WATCHED) {
            self.gave_up = end_in(state);
        } else if let Some(reasons) = message.strip_prefix(b"STATE: +") {
            let mut states = reasons
                .split(|byte| *byte == b',')
                .filter_map(|reason| reason.strip_prefix(b"cups-remote-"));
            if let Some(state) = states.next_back() {
                self.gave_up = end_in(state);
            }
        }
    }

    /// Whether the printer gave the job up; it is asked where that was not heard.
    fn gave_up(self, printer: &Printer) -> bool {
        self.gave_up
            .unwrap_or_else(|| self.number.is_some_and(|number| printer.gave_up(number)))
    }
}

/// Whether a job in this state was given up; none: it goes on.
fn end_in(state: &[u8]) -> Option<bool> {
    match state {
        b"aborted" | b"canceled" => Some(true),
        b"completed" => Some(false),
        _ => None,
    }
}

/// Passes a backend's messages on to cupsd, line by line.
fn pass_on(mut messages: impl BufRead, mut cupsd: impl Write) -> Heard {
    let mut heard = Heard::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = messages
            .by_ref()
            .take(LONGEST_MESSAGE)
            .read_until(b'\n', &mut line);
        match read {
            Ok(0) => return heard,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return heard,
        }
        // Without cupsd the backend still prints what it has begun.
        let _told = cupsd.write_all(&line);
        heard.hear(&line);
    }
}

fn exit_code(status: ExitStatus, cancelled: bool, gave_up: bool) -> u8 {
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(CANCEL) if !cancelled => FAILED,
        Some(0) if gave_up => FAILED,
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
        for gave_up in [false, true] {
            assert_eq!(exit_code(status(5), false, gave_up), FAILED);
            assert_eq!(exit_code(status(5), true, gave_up), CANCEL);
            assert_eq!(exit_code(status(4), false, gave_up), 4);
            // Killed by SIGTERM and by SIGKILL.
            assert_eq!(exit_code(ExitStatus::from_raw(15), true, gave_up), 0);
            assert_eq!(exit_code(ExitStatus::from_raw(9), true, gave_up), FAILED);
            assert_eq!(exit_code(ExitStatus::from_raw(15), false, gave_up), FAILED);
        }
        assert_eq!(exit_code(status(0), false, false), 0);
        assert_eq!(exit_code(status(0), false, true), FAILED);
    }

    #[track_caller]
    fn check(messages: &str, number: Option<u32>, gave_up: Option<bool>) {
        let mut told = Vec::new();
        let heard = pass_on(messages.as_bytes(), &mut told);
        assert_eq!(heard, Heard { number, gave_up }, "{messages}");
        assert_eq!(told, messages.as_bytes());
    }

    #[test]
    fn messages_are_passed_on_and_the_last_word_on_the_job_counts() {
        check("", None, None);
        check("INFO: printing\nPAGE: total 3\n", None, None);
        let accepted = "DEBUG: Print job accepted - job ID 17.\n";
        check(accepted, Some(17), None);
        let watched = |state: &str| format!("{accepted}DEBUG: (monitor) job-state = {state}\n");
        check(&watched("processing"), Some(17), None);
        check(&watched("completed"), Some(17), Some(false));
        check(&watched("aborted"), Some(17), Some(true));
        check("STATE: +cups-remote-completed\n", None, Some(false));
        check(
            "STATE: +cups-remote-aborted\nDEBUG: the end",
            None,
            Some(true),
        );
        check(
            "STATE: +media-empty,cups-remote-canceled\n",
            None,
            Some(true),
        );
        check(
            "STATE: +cups-remote-aborted\nSTATE: +cups-remote-pending\n",
            None,
            None,
        );
        check("STATE: -cups-remote-aborted\n", None, None);
        check("INFO: STATE: +cups-remote-aborted\n", None, None);
    }
}
