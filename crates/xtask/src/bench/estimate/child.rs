//! A program run to its end, and what it took.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use anyhow::{Context, Result};
use wait4::Wait4;

/// Longer than any tool needs for a document of reason. Units: seconds.
const PATIENCE_S: &str = "120";

/// What a program said and took.
pub(super) struct Finished {
    pub(super) output: Vec<u8>,
    /// What it said on standard error.
    pub(super) errors: Vec<u8>,
    pub(super) status: ExitStatus,
    /// User and system time, its own children included. Units: microseconds.
    pub(super) spent_us: f64,
    /// At its most. Units: bytes.
    pub(super) resident_bytes: u64,
}

/// Runs `program` under a time limit, `input` on its standard input.
pub(super) fn run(program: &Path, arguments: &[&str], input: &[u8]) -> Result<Finished> {
    let mut command = Command::new("timeout");
    command.args(["--signal=KILL", PATIENCE_S]).arg(program);
    finish(command.args(arguments), input).with_context(|| format!("running {}", program.display()))
}

/// Runs a command as it is.
pub(super) fn finish(command: &mut Command, input: &[u8]) -> Result<Finished> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut into = child.stdin.take().context("the pipe to it")?;
    let mut from = child.stdout.take().context("the pipe from it")?;
    let mut errors_from = child.stderr.take().context("the other pipe from it")?;
    let input = input.to_vec();
    // A program that stops reading is no fault of ours.
    let writer = thread::spawn(move || into.write_all(&input));
    let listener = thread::spawn(move || {
        let mut errors = Vec::new();
        let _ = errors_from.read_to_end(&mut errors);
        errors
    });
    let mut output = Vec::new();
    from.read_to_end(&mut output)?;
    let _ = writer.join();
    let errors = listener.join().unwrap_or_default();
    let used = child.wait4()?;
    Ok(Finished {
        output,
        errors,
        status: used.status,
        resident_bytes: used.rusage.maxrss,
        spent_us: (used.rusage.utime + used.rusage.stime).as_secs_f64() * 1e6,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_says_and_takes_is_known() {
        let done = run(Path::new("cat"), &["-"], b"said").unwrap();
        assert!(done.status.success());
        assert_eq!(done.output, b"said");
        assert!(done.resident_bytes > 1 << 16);
    }
}
