//! `cargo xtask sim`: the simulator of the sync layer, and proof that it finds
//! what is broken on purpose.

mod mutants;

use std::process::ExitCode;

use anyhow::{Context, Result};
use platen_lab::root;

use crate::cargo::cargo;

const HELP: &str = "\
cargo xtask sim [--seeds N] [--from S] [--seed S] [--model]
cargo xtask sim --mutants [NAME…]

  --seeds N   run N seeds instead of 100, and print what they found
  --from S    the first of them, instead of one that the clock gives
  --seed S    run this one, exactly as it ran before; a multiple of ten has hundreds of devices
  --model     against a simple model of the server instead of its own code on its ledger
  --mutants   break the code on purpose, one way after another, in a copy under target/mutants, and
              see that the tests of the sync layer or the simulator notice; NAME: only these

Every run is a few hours or days of a site in virtual time: clients, servers, people and bad luck.
docs/sync.md says what is checked.";

/// Runs the simulator, or breaks it.
///
/// # Errors
/// When it can't be built; what it finds is the exit code.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let mut words = arguments.iter().map(String::as_str);
    match words.next() {
        Some("--help" | "-h") => {
            println!("{HELP}");
            return Ok(ExitCode::SUCCESS);
        }
        Some("--mutants") => return mutants::run(&arguments[1..]),
        _ => {}
    }
    let status = cargo()
        .args([
            "run",
            "--release",
            "--locked",
            "--package",
            "platen-simulator",
            "--",
        ])
        .args(arguments)
        .current_dir(root())
        .status()
        .context("starting the simulator")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
