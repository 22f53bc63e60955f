//! `platen-estimate`: counts the pages of documents and says which show colour.

use std::process::ExitCode;

fn main() -> ExitCode {
    platen_estimate::cli::run(std::env::args_os().skip(1))
}
