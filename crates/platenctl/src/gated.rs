//! What is for queues behind the gate.

pub(crate) mod authority;
pub(crate) mod cups;
mod leases;
pub(crate) mod policy;
pub(crate) mod queue;

use anyhow::Result;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make, remove and list print queues that print nothing unpaid
    #[command(subcommand)]
    Queue(queue::Command),
    /// Say whose approvals are trusted
    #[command(subcommand)]
    Authority(authority::Command),
    Leases(leases::Arguments),
}

pub(crate) fn run(command: Command) -> Result<()> {
    match command {
        Command::Queue(command) => queue::run(command),
        Command::Authority(command) => authority::run(command),
        Command::Leases(arguments) => leases::run(&arguments),
    }
}
