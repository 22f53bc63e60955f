//! `platenctl`: print queues, keys and accounts, for administrators and scripts.
//!
//! It links no GUI library, since print servers have none.

mod accounts;
#[cfg(unix)]
mod authority;
mod client;
#[cfg_attr(not(unix), path = "clients_windows.rs")]
mod clients;
#[cfg(unix)]
mod cups;
mod doctor;
#[cfg(unix)]
mod leases;
mod ledger;
mod managed;
#[cfg(unix)]
mod policy;
#[cfg(unix)]
mod queue;
#[cfg(not(unix))]
mod refused;
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
    /// Make, remove and list print queues that print nothing unpaid
    #[cfg(unix)]
    #[command(subcommand)]
    Queue(queue::Command),
    #[cfg(not(unix))]
    Queue(refused::Words),
    /// Say whose approvals are trusted
    #[cfg(unix)]
    #[command(subcommand)]
    Authority(authority::Command),
    #[cfg(not(unix))]
    Authority(refused::Words),
    /// Look after accounts, balances and the ledger
    Accounts(accounts::Arguments),
    #[cfg(unix)]
    Leases(leases::Arguments),
    #[cfg(not(unix))]
    Leases(refused::Words),
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
        #[cfg(unix)]
        Area::Queue(command) => queue::run(command).map(|()| true),
        #[cfg(unix)]
        Area::Authority(command) => authority::run(command).map(|()| true),
        Area::Accounts(arguments) => accounts::run(arguments).map(|()| true),
        #[cfg(unix)]
        Area::Leases(arguments) => leases::run(&arguments).map(|()| true),
        #[cfg(not(unix))]
        Area::Queue(_) => refused::run("queue").map(|()| true),
        #[cfg(not(unix))]
        Area::Authority(_) => refused::run("authority").map(|()| true),
        #[cfg(not(unix))]
        Area::Leases(_) => refused::run("leases").map(|()| true),
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
