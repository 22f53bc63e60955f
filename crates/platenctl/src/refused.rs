//! What is for CUPS and its gate, and so not for Windows: refused by name, whatever
//! words follow.

use anyhow::{Result, bail};
use clap::Args;

/// Not on Windows, which has no gate
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct Words {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _words: Vec<String>,
}

/// # Errors
/// Always.
pub(crate) fn run(what: &str) -> Result<()> {
    bail!(
        "“platenctl {what}” is for print queues behind the gate, which is a backend of CUPS; \
         on Windows queues are managed by courtesy: name them with “platenctl policy set \
         queues=NAME,NAME”"
    )
}
