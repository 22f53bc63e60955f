//! `cargo xtask fuzz`: one parser, fed with changed documents or messages for a while.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};
use platen_lab::root;

use crate::cargo::cargo;

const HELP: &str = "\
cargo xtask fuzz TARGET [--seconds N]

  TARGET       pdf postscript text jpeg png tiff pwg cups_raster urf pcl pclxl xps emf
               detect job_header cli_options; sync_messages
  --seconds N  that long instead of 60

Begins with the documents of known answers in that language, or with recorded messages. What is
found goes to fuzz/artifacts/TARGET beside the target.";

/// Packages with targets.
const PACKAGES: [&str; 2] = ["crates/platen-estimate", "crates/platen-sync"];

/// No document is looked at for longer. Units: seconds.
const STUCK_S: u32 = 20;
const MEMORY_MIB: u32 = 2048;

/// Runs the fuzzer.
///
/// # Errors
/// When cargo-fuzz is missing, the target is unknown, or a fault was found.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let mut target = None;
    let mut seconds = 60;
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--help" | "-h" => {
                println!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            "--seconds" => {
                let number = words.next().context("--seconds needs a number")?;
                seconds = number.parse::<u32>()?;
            }
            name => target = Some(name.to_owned()),
        }
    }
    let target = target.context("no target; cargo xtask fuzz --help")?;
    let source = format!("fuzz/fuzz_targets/{target}.rs");
    let mut packages = PACKAGES.iter().map(|package| root().join(package));
    let Some(package) = packages.find(|package| package.join(&source).is_file()) else {
        bail!("no target {target:?}; cargo xtask fuzz --help");
    };
    ensure!(
        cargo()
            .args(["fuzz", "--version"])
            .output()?
            .status
            .success(),
        "cargo-fuzz is missing: cargo install cargo-fuzz"
    );
    let seeds = seeds(&package, &target)?;
    let status = fuzzer(&package)
        .args(["run", "--sanitizer", "none", &target])
        .arg(package.join("fuzz/corpus").join(&target))
        .arg(seeds)
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={STUCK_S}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
        .arg("-print_final_stats=1")
        .status()
        .context("starting cargo fuzz")?;
    ensure!(status.success(), "the fuzzer found a fault in {target}");
    Ok(ExitCode::SUCCESS)
}

/// The parsers are safe Rust, so that no sanitizer is needed and the stable
/// compiler will do once it is told to take a fuzzer's options.
fn fuzzer(package: &Path) -> Command {
    let mut command = cargo();
    command
        .arg("fuzz")
        .current_dir(package)
        .env("RUSTC_BOOTSTRAP", "1");
    command
}

/// Where the documents to begin with are: those of the target's language, or the
/// messages of the first protocol.
fn seeds(package: &Path, target: &str) -> Result<PathBuf> {
    let known = package.join("tests/fixtures/known");
    let directory = package.join("fuzz/target/seeds").join(target);
    fs::create_dir_all(&directory)?;
    fs::create_dir_all(package.join("fuzz/corpus").join(target))?;
    let recorded = package.join("tests/transcripts/v1");
    if recorded.is_dir() {
        return Ok(recorded);
    }
    let table = fs::read_to_string(known.join("truth.tsv")).context("the known answers")?;
    for line in table.lines().skip(1) {
        let mut cells = line.split('\t');
        let (Some(name), Some(format)) = (cells.next(), cells.next()) else {
            continue;
        };
        if language(format) == target || target == "detect" {
            fs::copy(known.join(name), directory.join(name))?;
        }
    }
    Ok(directory)
}

/// The target that reads a format of the table.
fn language(format: &str) -> &str {
    match format {
        "ps" | "eps" => "postscript",
        "pclm" => "pdf",
        "pxl" => "pclxl",
        "cups-raster" => "cups_raster",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_named_in_the_help() {
        for package in PACKAGES {
            let targets = root().join(package).join("fuzz/fuzz_targets");
            for target in fs::read_dir(targets).unwrap() {
                let path = target.unwrap().path();
                let name = path.file_stem().unwrap().to_str().unwrap();
                assert!(HELP.contains(name), "{name}");
            }
        }
    }
}
