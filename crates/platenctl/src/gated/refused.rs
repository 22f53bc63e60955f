//! What is for queues behind the gate, where there is none: refused by name, whatever
//! words follow.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Queue(Words),
    Authority(Words),
    Leases(Words),
}

/// Not on this system, which has no gate
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct Words {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _words: Vec<String>,
}

/// # Errors
/// Always.
pub(crate) fn run(command: Command) -> Result<()> {
    let what = match command {
        Command::Queue(_) => "queue",
        Command::Authority(_) => "authority",
        Command::Leases(_) => "leases",
    };
    bail!(
        "“platenctl {what}” is for print queues behind the gate, which is a backend of CUPS on \
         Linux; on this system queues are managed by courtesy: name them with “platenctl policy \
         set queues=NAME,NAME”"
    )
}
