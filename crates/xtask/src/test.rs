//! `cargo xtask test`: everything set up, built, run and counted.

use std::io::{BufRead, BufReader};
use std::process::{ExitCode, Stdio};
use std::thread::available_parallelism;

use anyhow::{Context, Result};
use platen_lab::setup;

use crate::cargo::{build, cargo};

/// Each end-to-end test brings its own print server and desktop: more than this many at once wait
/// for one another in places where a person would not.
const MOST_AT_ONCE: usize = 4;
/// Tests for each processor: those that take long wait for programs to start and pages to follow
/// more than they compute.
const PER_PROCESSOR: usize = 2;

/// Runs the tests whose names contain one of `filters`, all without any, and prints one last line
/// `N passed, N failed, N skipped`.
///
/// # Errors
/// When the set-up or the build fails; a test that fails is the exit code.
pub(crate) fn run(filters: &[String]) -> Result<ExitCode> {
    setup::ensure(setup::Purpose::Work)?;
    // Tests start the programs and one of the examples, none of which `cargo test --tests` builds.
    build(&["--example", "spooler"])?;
    let threads = available_parallelism().map_or(1, usize::from);
    let mut tests = cargo()
        // No docstring has an example, and to look for them takes half a minute.
        .args(["test", "--workspace", "--locked", "--tests"])
        .args(["--no-fail-fast", "--"])
        .args(filters)
        .env(
            "RUST_TEST_THREADS",
            (threads * PER_PROCESSOR).min(MOST_AT_ONCE).to_string(),
        )
        .stdout(Stdio::piped())
        .spawn()
        .context("starting cargo")?;
    let mut counts = Counts::default();
    let output = tests.stdout.take().context("the pipe of cargo")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        counts.add(&line);
    }
    let finished = tests.wait()?.success();
    println!("{}", counts.closing_line());
    let success = finished && counts.failed == 0;
    Ok(if success {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Counts {
    /// Adds what a line such as `test result: ok. 5 passed; 0 failed; 1 ignored; …` says.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        for part in result.split(['.', ';']) {
            let mut words = part.split_whitespace();
            let (Some(number), Some(kind)) = (words.next(), words.next()) else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match kind {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }

    fn closing_line(&self) -> String {
        let Self {
            passed,
            failed,
            skipped,
        } = self;
        format!("{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_all_test_programs_are_summed() {
        let mut counts = Counts::default();
        for line in [
            "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.38s",
            "test the_result ... ok",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.02s",
        ] {
            counts.add(line);
        }
        assert_eq!(counts.closing_line(), "8 passed, 2 failed, 1 skipped");
    }
}
