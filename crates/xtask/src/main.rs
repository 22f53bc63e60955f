//! The workshop: `cargo xtask run | test | check-platforms | dist | sim | bench | fuzz | tidy`.
//!
//! Built before anything is set up, so it depends on next to nothing.

mod bench;
mod cargo;
mod cross;
mod dist;
mod fuzz;
mod platforms;
mod run;
mod sim;
mod test;
mod tidy;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask COMMAND

  run [OPTIONS]    install what is missing and start everything: print server, two printers, sign-in
                   provider, the tray; a virtual desktop where there is none. Ctrl-C ends it all.
  test [FILTER…]   install what is missing and run every test whose name contains a FILTER
  check-platforms  check what there is for Windows and macOS, and run the tests for Windows in Wine
  dist [KIND…]     make the packages that people install
  sim [OPTIONS]    simulate the sync layer, or break it on purpose and see that it is noticed
  bench [WHAT]     measure, as ratios to a reference in the same run
  fuzz TARGET      feed one parser with changed documents, with cargo-fuzz
  tidy             check the rules of the source tree

cargo xtask run --help, check-platforms --help, dist --help, sim --help, bench --help and
fuzz --help say more.";

fn main() -> ExitCode {
    match command() {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("xtask: {problem:#}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = arguments.split_first() else {
        println!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    match command.as_str() {
        "run" => run::run(rest),
        "check-platforms" => platforms::run(rest),
        "dist" => dist::run(rest),
        "bench" => bench::run(rest),
        "fuzz" => fuzz::run(rest),
        "sim" => sim::run(rest),
        "test" => test::run(rest),
        "tidy" => {
            tidy::run()?;
            Ok(ExitCode::SUCCESS)
        }
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        other => bail!("no command {other:?}; cargo xtask --help"),
    }
}
