//! `cargo xtask sim`: seeds of the simulator, one after another.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use platen_simulator::{Model, Outcome, Real, Size, run};

const HELP: &str = "\
cargo xtask sim [--seeds N] [--seed S] [--from S]

  --seeds N   run N seeds instead of 100, and print what they found
  --from S    the first of them, instead of one that the clock gives
  --seed S    run this one, exactly as it ran before; a multiple of ten has hundreds of devices
  --model     against a simple model of the server instead of the server's own code on its ledger";

struct Options {
    seeds: u64,
    from: u64,
    model: bool,
}

impl Options {
    fn run(&self, seed: u64) -> Outcome {
        let size = Size::of(seed);
        match self.model {
            true => run(seed, size, Model::new),
            false => run(seed, size, Real::new),
        }
    }
}

fn main() -> ExitCode {
    match command() {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("sim: {problem:#}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> Result<ExitCode> {
    let Some(options) = options()? else {
        println!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    let (mut steps, mut findings) = (0, 0);
    for seed in options.from..options.from.saturating_add(options.seeds) {
        let outcome = options.run(seed);
        steps += outcome.steps;
        findings += u64::from(!outcome.findings.is_empty());
        for finding in outcome.findings.iter().take(3) {
            println!("seed {seed}, step {}: {finding}", outcome.steps);
        }
        let done = seed - options.from + 1;
        if done.is_multiple_of(50) {
            println!("{done} seeds, {steps} steps, {findings} findings so far");
        }
        if options.seeds == 1 {
            println!("seed {seed}: trace {:016x}", outcome.trace);
        }
    }
    println!(
        "{} seeds from {}, {steps} steps, {findings} findings",
        options.seeds, options.from
    );
    Ok(if findings == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn options() -> Result<Option<Options>> {
    let mut seeds = 100;
    let mut from = None;
    let mut model = false;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || -> Result<u64> {
            let number = words
                .next()
                .with_context(|| format!("{word} needs a number"))?;
            number.parse().with_context(|| format!("{word} {number}"))
        };
        match word.as_str() {
            "--help" | "-h" => return Ok(None),
            "--model" => model = true,
            "--seeds" => seeds = number()?,
            "--from" => from = Some(number()?),
            "--seed" => {
                from = Some(number()?);
                seeds = 1;
            }
            other => bail!("no option {other:?}; cargo xtask sim --help"),
        }
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let from = from.unwrap_or(now.as_secs());
    Ok(Some(Options { seeds, from, model }))
}
