//! The command line.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::config::{DEFAULT_FILE, KEYS};

/// Platen's central server: portal, console and API.
#[derive(Debug, Parser)]
#[command(version, after_help = keys())]
pub(crate) struct Arguments {
    /// The configuration file (/etc/platen/server.toml if it is there)
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// What to do; without one: serve
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum Command {
    /// Check the configuration and say what is wrong with it
    Check,
    /// Serve until SIGTERM
    Serve,
}

fn keys() -> String {
    let mut text = format!(
        "Configuration: a TOML file ({DEFAULT_FILE}), and variables of the environment, which \
         win. docs/server.md says more.\n\n"
    );
    for key in KEYS {
        // Writing to a text can't fail.
        let _ = writeln!(text, "  {:<28} {}", key.path, key.meaning);
    }
    text.push_str(
        "\nA key's variable is PLATEN_SERVER_ and its name in capitals with _ for the dot, such \
         as PLATEN_SERVER_TLS_KEY; lists with commas. PLATEN_SERVER_CONFIG names the file.",
    );
    text
}
