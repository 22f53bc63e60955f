//! Faults that are put in on purpose, one at a time: each must be noticed.

mod list;

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use platen_lab::root;

use crate::cargo::cargo;
use list::{MUTANTS, Mutant};

/// Building and testing takes no longer, but for a fault that makes something go on for ever.
const LONGEST: Duration = Duration::from_secs(20 * 60);
const LOOK: Duration = Duration::from_millis(100);

const LEDGER: &str = "crates/platen-ledger/";
/// What is copied: all that the simulator is built from.
const TREES: [&str; 6] = [
    "crates/platen-domain",
    "crates/platen-rates",
    "crates/platen-ledger",
    "crates/platen-sync",
    "crates/platen-authority",
    "crates/platen-lab",
];

/// Breaks the code in one way after another, and prints what noticed.
///
/// # Errors
/// When a fault can't be put in, or the code does not pass as it is.
pub(super) fn run(names: &[String]) -> Result<ExitCode> {
    let place = root().join("target/mutants");
    copy(&place)?;
    let is_wanted = |one: &&Mutant| names.is_empty() || names.iter().any(|name| name == one.name);
    let wanted: Vec<&Mutant> = MUTANTS.iter().filter(is_wanted).collect();
    let with_ledger = wanted.iter().any(|one| one.file.starts_with(LEDGER));
    println!("as it is: {}", describe(&test(&place, with_ledger)?));
    let (mut caught, mut missed) = (0, Vec::new());
    for mutant in wanted {
        match noticed(&place, mutant)? {
            Some(by) => {
                caught += 1;
                println!("{}: noticed by {by}", mutant.name);
            }
            None => {
                println!("{}: NOT NOTICED", mutant.name);
                missed.push(mutant.name);
            }
        }
    }
    println!("{caught} mutants noticed, {} not {missed:?}", missed.len());
    Ok(if missed.is_empty() && caught > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn describe(result: &Tested) -> &'static str {
    match result {
        Tested::Passed => "passed",
        Tested::Failed(_) => "failed",
    }
}

/// Puts a fault in, tests, and takes it out again; gives what noticed it.
fn noticed(place: &Path, mutant: &Mutant) -> Result<Option<String>> {
    let path = place.join(mutant.file);
    let sound = fs::read_to_string(&path).with_context(|| format!("reading {}", mutant.file))?;
    let found = sound.matches(mutant.find).count();
    ensure!(
        found == 1,
        "{}: what is to be replaced stands {found} times in {}",
        mutant.name,
        mutant.file
    );
    fs::write(&path, sound.replacen(mutant.find, mutant.replace, 1))?;
    let tested = test(place, mutant.file.starts_with(LEDGER));
    fs::write(&path, sound)?;
    Ok(match tested? {
        Tested::Passed => None,
        Tested::Failed(by) => Some(by),
    })
}

enum Tested {
    Passed,
    /// The first test that failed.
    Failed(String),
}

/// Runs the tests of the sync layer and the simulator, and those of the ledger where the
/// fault may be in it.
fn test(place: &Path, with_ledger: bool) -> Result<Tested> {
    let mut packages = vec!["platen-sync", "platen-authority", "platen-simulator"];
    let mut tests = vec!["engine", "devices", "seeds"];
    if with_ledger {
        packages.push("platen-ledger");
        tests.push("sqlite");
    }
    let packages = packages.iter().flat_map(|package| ["--package", package]);
    let tests = tests.iter().flat_map(|test| ["--test", test]);
    let said_to = place.join("stdout.txt");
    let mut child = cargo()
        .args(["test", "--offline", "--no-fail-fast"])
        .args(packages)
        .args(tests)
        .current_dir(place)
        .env("CARGO_TARGET_DIR", place.join("target"))
        .stdout(File::create(&said_to)?)
        .stderr(File::create(place.join("stderr.txt"))?)
        .process_group(0)
        .spawn()
        .context("starting cargo")?;
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if began.elapsed() > LONGEST {
            // The tests as well, which are cargo's children.
            let group = format!("-{}", child.id());
            Command::new("kill")
                .args(["-KILL", "--", &group])
                .status()?;
            child.wait()?;
            return Ok(Tested::Failed("a test that does not end".to_owned()));
        }
        sleep(LOOK);
    };
    if status.success() {
        return Ok(Tested::Passed);
    }
    let said = fs::read_to_string(&said_to)?;
    let failed = said
        .lines()
        .filter(|line| line.ends_with("... FAILED"))
        .filter_map(|line| line.split_whitespace().nth(1));
    let failed: Vec<_> = failed.collect();
    ensure!(
        !failed.is_empty(),
        "it does not build: {}",
        fs::read_to_string(place.join("stderr.txt"))?
    );
    Ok(Tested::Failed(failed.join(", ")))
}

/// A workspace of its own with what the simulator is built from.
fn copy(place: &Path) -> Result<()> {
    for tree in TREES.iter().copied().chain(["tests/simulator"]) {
        let to = place.join(tree);
        if to.exists() {
            fs::remove_dir_all(&to)?;
        }
        copy_tree(&root().join(tree), &to)?;
    }
    let manifest = fs::read_to_string(root().join("Cargo.toml"))?;
    let (workspace, rest) = manifest
        .split_once("members = ")
        .context("the members of the workspace")?;
    let (_, rest) = rest.split_once('\n').context("lines after the members")?;
    let rest = rest
        .lines()
        .filter(|line| !line.starts_with("default-members"));
    let mut text = format!("{workspace}members = [\"crates/*\", \"tests/simulator\"]\n");
    for line in rest {
        text.push_str(line);
        text.push('\n');
        if line == "[profile.dev]" {
            text.push_str("opt-level = 1\n");
        }
    }
    write_if_new(&place.join("Cargo.toml"), &text)?;
    let lock = fs::read_to_string(root().join("Cargo.lock"))?;
    write_if_new(&place.join("Cargo.lock"), &lock)
}

fn write_if_new(path: &PathBuf, text: &str) -> Result<()> {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::write(path, text)?;
    }
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if name == "target" || name == "fuzz" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_tree(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutant_still_fits_the_code() {
        for mutant in MUTANTS {
            let text = fs::read_to_string(root().join(mutant.file)).unwrap();
            assert_eq!(text.matches(mutant.find).count(), 1, "{}", mutant.name);
            assert_ne!(mutant.find, mutant.replace, "{}", mutant.name);
        }
        assert!(MUTANTS.len() >= 10);
    }
}
