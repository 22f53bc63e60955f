//! The tray apps that run on this computer, in whichever session.
//!
//! The package asks them to end before it replaces or removes them. Each listens to an
//! event that its user, the system and administrators may set.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use platen_windows::system::{Client, clients};

use crate::client;

/// How long one may take to end when it is asked.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it may take to be gone after it was ended.
const GRACE: Duration = Duration::from_secs(5);

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show in which sessions a client runs
    List,
    /// Have each client end; the one that is installed now starts with the next sign-in
    Restart,
    /// Ask each client to end; one that does not answer is ended by the system
    Quit,
    /// Not on Windows: people sign out themselves
    Forget,
}

pub(crate) fn run(command: &Command) -> Result<()> {
    if let Command::Forget = command {
        bail!(
            "on Windows nobody deletes another person’s sign-in; it is in the profile and the \
             credentials of its user, whose “platen sign-out” deletes it"
        );
    }
    let found = clients(&client::program()?).context("the processes can’t be listed")?;
    for client in found {
        let session = client.session;
        match command {
            Command::List => println!("session {session}: process {}", client.process),
            Command::Restart => {
                quit(&client);
                println!("session {session}: the client starts with the next sign-in.");
            }
            Command::Quit | Command::Forget => quit(&client),
        }
    }
    Ok(())
}

fn quit(client: &Client) {
    let session = client.session;
    let ended = client.quit(PATIENCE).unwrap_or(false) || client.end(GRACE).unwrap_or(false);
    if ended {
        println!("session {session}: the client has ended.");
    } else {
        println!("session {session}: the client ends with the session.");
    }
}
