//! Faults that are put in on purpose, one at a time: each must be noticed.

mod list;

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use platen_lab::{root, setup};

use crate::cargo::cargo;
use list::{MUTANTS, Mutant};

/// Building and testing takes no longer, but for a fault that makes something go on for ever.
const LONGEST: Duration = Duration::from_secs(20 * 60);
const LOOK: Duration = Duration::from_millis(100);

/// What is copied, and built there: all that is tested.
const PACKAGES: [&str; 14] = [
    "crates/platen-domain",
    "crates/platen-rates",
    "crates/platen-ledger",
    "crates/platen-sync",
    "crates/platen-authority",
    "crates/platen-lab",
    "crates/platen-gate",
    "crates/platen-words",
    "crates/platen-identity",
    "crates/platen-estimate",
    "crates/platen-mac",
    "crates/platen-windows",
    "crates/platen-web",
    "tests/simulator",
];
/// What is copied as well, because these read it.
const READ: [&str; 4] = ["crates/platen-server/src", "icons", "tests/provider", "ui"];

/// The tests that are to notice a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Suite {
    /// Those of the sync layer, and the simulator.
    Sync,
    /// The same, and the ledger's.
    Ledger,
    /// The central server's with clients that keep in step.
    Web,
    /// Those of the gate's counter.
    Gate,
}

impl Suite {
    /// By where the fault is.
    fn of(mutant: &Mutant) -> Self {
        let is_in = |package: &str| mutant.file.starts_with(package);
        match () {
            () if is_in("crates/platen-ledger/") => Self::Ledger,
            () if is_in("crates/platen-web/") => Self::Web,
            () if is_in("crates/platen-gate/") => Self::Gate,
            () => Self::Sync,
        }
    }

    /// What cargo is to test.
    const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Sync => &[
                "--package=platen-sync",
                "--package=platen-authority",
                "--package=platen-simulator",
                "--test=engine",
                "--test=devices",
                "--test=seeds",
            ],
            Self::Ledger => &[
                "--package=platen-sync",
                "--package=platen-authority",
                "--package=platen-simulator",
                "--package=platen-ledger",
                "--test=engine",
                "--test=devices",
                "--test=seeds",
                "--test=sqlite",
            ],
            Self::Web => &["--package=platen-web", "--test=central", "--", "pools::"],
            Self::Gate => &["--package=platen-gate", "--lib", "--", "counter::"],
        }
    }
}

/// Breaks the code in one way after another, and prints what noticed.
///
/// # Errors
/// When a fault can't be put in, or the code does not pass as it is.
pub(super) fn run(names: &[String]) -> Result<ExitCode> {
    let is_wanted = |one: &&Mutant| names.is_empty() || names.iter().any(|name| name == one.name);
    let wanted: Vec<&Mutant> = MUTANTS.iter().filter(is_wanted).collect();
    let mut suites: Vec<Suite> = Vec::new();
    for suite in wanted.iter().map(|one| Suite::of(one)) {
        if !suites.contains(&suite) {
            suites.push(suite);
        }
    }
    if suites.contains(&Suite::Web) {
        setup::ensure(setup::Purpose::Work)?;
    }
    let place = root().join("target/mutants");
    copy(&place)?;
    for suite in suites {
        sound(suite, test(&place, suite)?)?;
        println!("{suite:?}, as it is: passed");
    }
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

/// *Errors*: the tests do not pass without a fault, and so would show nothing of one.
fn sound(suite: Suite, as_it_is: Tested) -> Result<()> {
    match as_it_is {
        Tested::Passed => Ok(()),
        Tested::Failed(by) => bail!("{suite:?}, as it is: failed: {by}"),
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
    let tested = test(place, Suite::of(mutant));
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

fn test(place: &Path, suite: Suite) -> Result<Tested> {
    let said_to = place.join("stdout.txt");
    let mut child = cargo()
        .args(["test", "--offline", "--no-fail-fast"])
        .args(suite.arguments())
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

/// A workspace of its own with what is tested.
fn copy(place: &Path) -> Result<()> {
    for tree in PACKAGES.iter().chain(&READ) {
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
    let mut text = format!("{workspace}members = {PACKAGES:?}\n");
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

    #[test]
    fn every_mutant_is_in_what_is_copied() {
        for mutant in MUTANTS {
            let mut packages = PACKAGES.iter();
            assert!(
                packages.any(|package| mutant.file.starts_with(&format!("{package}/"))),
                "{}",
                mutant.name
            );
        }
    }

    #[test]
    fn code_that_fails_as_it_is_ends_the_proof() {
        assert!(sound(Suite::Sync, Tested::Passed).is_ok());
        let failed = sound(Suite::Gate, Tested::Failed("a_test".to_owned()));
        let said = failed.unwrap_err().to_string();
        assert_eq!(said, "Gate, as it is: failed: a_test");
    }
}
