//! `platenctl`: print queues, keys and accounts, for administrators and scripts.
//!
//! It links no GUI library, since print servers have none.

mod accounts;
mod client;
#[cfg_attr(windows, path = "clients/windows.rs")]
#[cfg_attr(target_os = "macos", path = "clients/mac.rs")]
#[cfg_attr(not(any(windows, target_os = "macos")), path = "clients/linux.rs")]
mod clients;
mod doctor;
#[cfg_attr(any(windows, target_os = "macos"), path = "gated/refused.rs")]
mod gated;
mod ledger;
mod managed;
#[cfg(unix)]
mod replace;
mod table;
mod updates;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Administers Platen on this computer: queues, keys, accounts.
#[derive(Debug, Parser)]
#[command(name = "platenctl", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Area,
}

#[derive(Debug, Subcommand)]
enum Area {
    #[command(flatten)]
    Gated(gated::Command),
    /// Look after accounts, balances and the ledger
    Accounts(accounts::Arguments),
    /// Check, export, back up and restore the ledger
    Ledger(ledger::Arguments),
    /// Set and show what holds for every user's client on this computer
    #[command(subcommand)]
    Policy(managed::Command),
    /// Restart and end the clients that run on this computer
    #[command(subcommand)]
    Clients(clients::Command),
    /// Look for newer versions of the client
    #[command(subcommand)]
    Updates(updates::Command),
    /// Check everything Platen needs, and say what to do about what is missing
    Doctor(doctor::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Area::Gated(command) => gated::run(command).map(|()| true),
        Area::Accounts(arguments) => accounts::run(arguments).map(|()| true),
        Area::Ledger(arguments) => ledger::run(arguments).map(|()| true),
        Area::Policy(command) => managed::run(command),
        Area::Clients(command) => clients::run(&command).map(|()| true),
        Area::Updates(command) => updates::run(&command).map(|()| true),
        Area::Doctor(arguments) => doctor::run(&arguments),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("platenctl: {error:#}");
            ExitCode::FAILURE
        }
    }
}
