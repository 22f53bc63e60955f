//! `platenctl`: print queues, keys and accounts, for administrators and scripts.
//!
//! It links no GUI library, since print servers have none.

mod accounts;
mod authority;
mod client;
mod clients;
mod cups;
mod doctor;
mod leases;
mod ledger;
mod managed;
mod policy;
mod queue;
mod table;

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
    #[command(subcommand)]
    Queue(queue::Command),
    /// Say whose approvals are trusted
    #[command(subcommand)]
    Authority(authority::Command),
    /// Look after accounts, balances and the ledger
    Accounts(accounts::Arguments),
    Leases(leases::Arguments),
    /// Check, export, back up and restore the ledger
    Ledger(ledger::Arguments),
    /// Set and show what holds for every user's client on this computer
    #[command(subcommand)]
    Policy(managed::Command),
    /// Restart and end the clients that run on this computer
    #[command(subcommand)]
    Clients(clients::Command),
    /// Check everything Platen needs, and say what to do about what is missing
    Doctor(doctor::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Area::Queue(command) => queue::run(command).map(|()| true),
        Area::Authority(command) => authority::run(command).map(|()| true),
        Area::Accounts(arguments) => accounts::run(arguments).map(|()| true),
        Area::Leases(arguments) => leases::run(&arguments).map(|()| true),
        Area::Ledger(arguments) => ledger::run(arguments).map(|()| true),
        Area::Policy(command) => managed::run(command),
        Area::Clients(command) => clients::run(&command).map(|()| true),
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
