//! What clients are asked on Unix, and for how long they are waited for.

use std::process::{self, Stdio};
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Subcommand;

use super::secrets::forget;
use super::{DATA, running, user, users};
use crate::client;

/// How long one may take to do what it was asked.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How long it may take to end after SIGTERM.
pub(super) const GRACE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show whose client runs
    List,
    /// Have each client become the program that is installed now
    Restart,
    /// Ask each client to end; one that does not answer is told to by the system
    Quit,
    /// Delete every user's sealed sign-in and approval key
    Forget,
}

pub(crate) fn run(command: &Command) -> Result<()> {
    if let Command::Forget = command {
        return forget(users()?, DATA);
    }
    let program = client::program()?;
    for client in running(&program)? {
        match command {
            Command::Restart => client.restart(&program),
            Command::Quit => client.quit(&program),
            Command::List | Command::Forget => {
                println!("{}: process {}", client.name(), client.pid.as_raw_nonzero());
            }
        }
    }
    Ok(())
}

/// What a user is called, or his number where the system does not know him.
pub(super) fn name(uid: u32) -> String {
    user(uid).map_or_else(|| format!("user {uid}"), |user| user.name)
}

/// Whether a command that says and hears nothing succeeds.
pub(super) fn succeeds(command: &mut process::Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Waits until it is `done`; false: it is not after `limit`.
pub(super) fn within(limit: Duration, done: impl Fn() -> bool) -> bool {
    let started = Instant::now();
    while !done() {
        if started.elapsed() > limit {
            return false;
        }
        std::thread::sleep(PAUSE);
    }
    true
}
