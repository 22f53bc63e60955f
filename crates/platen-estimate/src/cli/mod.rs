//! The command line of `platen-estimate`.
//!
//! For people and scripts the program runs itself once more as a confined
//! worker ([`worker`]) and watches over it ([`parent`]): memory that runs out
//! ends a process and a stack that overflows kills it, and neither may leave
//! other files without an answer. The client watches over its analyser itself
//! and starts a worker directly (`--runs`).

mod answer;
mod arguments;
pub(crate) mod options;
pub(crate) mod parent;
mod worker;

pub use options::parse_options;

use arguments::{Arguments, Parsed, Style};
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

/// Nothing can be counted; whatever else happened, this was the worst.
const UNREADABLE: u8 = 2;
/// The command line or the rate card makes no sense. *Source*: sysexits(3).
const USAGE_ERROR: u8 = 64;

/// Runs the program on its arguments, the program's name left out.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let parsed = match arguments::parse(arguments) {
        Ok(Parsed::Run(parsed)) => parsed,
        Ok(Parsed::Say(text)) => {
            return match std::io::stdout().write_all(text.as_bytes()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::from(UNREADABLE),
            };
        }
        Err(problem) => {
            // There is nothing left to tell it to.
            let _ = writeln!(std::io::stderr(), "platen-estimate: {problem}");
            return ExitCode::from(USAGE_ERROR);
        }
    };
    match *parsed {
        Arguments { worker: true, .. }
        | Arguments {
            style: Style::Runs, ..
        } => worker::run(&parsed),
        _ => parent::run(&parsed),
    }
}
