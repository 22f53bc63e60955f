//! `cargo xtask check-platforms`: what there is for Windows and macOS, as far as it can be checked
//! on a machine that has neither.

mod packages;
mod programs;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use platen_lab::setup;

use crate::cargo::cargo;
use crate::cross::{Cross, Target, Wine};

const HELP: &str = "\
cargo xtask check-platforms [windows] [mac] [wine] [programs] [package]

  windows   clippy for 64-bit Windows, without linking
  mac       clippy for macOS on Apple's processors, without linking
  wine      build the tests of the Windows spooler for Windows and run them in Wine, against a
            spooler that follows a script
  programs  build the programs for Windows and start each in Wine; the analysers of both
            systems have to say the same, and the client has documents held, priced, released,
            charged and deleted, on a virtual screen
  package   install the package for Windows in Wine, around programs that stand for ours:
            values, repair, upgrade, refusals, removal
            without any of them: all five

The first time installs a linker for Windows and Wine, fetches Debian's source package of the
standard library and builds it; all of it is kept in ~/.cache/platen/cross. docs/platforms.md says
what the results mean.";

/// Packages whose tests run in Wine.
const IN_WINE: &[&str] = &["platen-windows", "platen-spooler"];

/// Checks.
///
/// # Errors
/// When the set-up fails or a word is unknown; what is found is the exit code.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let mut wanted = Vec::new();
    for argument in arguments {
        match argument.as_str() {
            "--help" | "-h" => {
                println!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            "windows" => wanted.push(Part::Windows),
            "mac" => wanted.push(Part::Mac),
            "wine" => wanted.push(Part::Wine),
            "programs" => wanted.push(Part::Programs),
            "package" => wanted.push(Part::Package),
            other => bail!("no platform {other:?}; cargo xtask check-platforms --help"),
        }
    }
    if wanted.is_empty() {
        wanted = vec![
            Part::Windows,
            Part::Mac,
            Part::Wine,
            Part::Programs,
            Part::Package,
        ];
    }
    let mut good = true;
    for part in wanted {
        good &= match part {
            Part::Windows => lint(Target::Windows)?,
            Part::Mac => lint(Target::Mac)?,
            Part::Wine => test()?,
            Part::Programs => {
                programs::run()?;
                true
            }
            Part::Package => install()?,
        };
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

enum Part {
    Windows,
    Mac,
    Wine,
    Programs,
    Package,
}

fn lint(target: Target) -> Result<bool> {
    let cross = Cross::ready(target)?;
    let mut clippy = cross.cargo();
    clippy.args(["clippy", "--locked", "--target", target.triple()]);
    for package in packages::checked(target) {
        clippy.args(["--package", package]);
    }
    clippy.args(["--", "-D", "warnings"]);
    let good = clippy.status().context("starting cargo")?.success();
    for (package, reason) in packages::unchecked(target) {
        println!("not checked for {}: {package}: {reason}", target.triple());
    }
    Ok(good)
}

fn test() -> Result<bool> {
    let cross = Cross::ready(Target::Windows)?;
    let wine = Wine::ready()?;
    // Beside the test programs, under the name by which they look for it.
    let spooler = scripted_spooler(&cross)?;
    let place = cross.results("debug").join("deps/winspool.drv");
    fs::copy(&spooler, place).with_context(|| format!("copying {}", spooler.display()))?;
    let mut tests = cross.cargo();
    tests.args(["test", "--locked", "--no-fail-fast"]);
    tests.args(["--target", Target::Windows.triple()]);
    for package in IN_WINE {
        tests.args(["--package", package]);
    }
    wine.runs(&mut tests);
    // Instead of Wine's own, which knows of no jobs.
    tests.env("WINEDLLOVERRIDES", "winspool.drv=n");
    Ok(tests.status().context("starting cargo")?.success())
}

/// Runs what else is left out of the tests, because of what it takes.
fn install() -> Result<bool> {
    setup::ensure(setup::Purpose::Work)?;
    Wine::ready()?;
    let mut tests = cargo();
    tests.args(["test", "--workspace", "--locked", "--bin", "xtask", "--"]);
    tests.args(["--ignored", "dist::msi::"]);
    Ok(tests.status().context("starting cargo")?.success())
}

/// Builds the spooler that follows a script, and says where it is.
fn scripted_spooler(cross: &Cross) -> Result<PathBuf> {
    let mut build = cross.cargo();
    build.args(["build", "--locked", "--target", Target::Windows.triple()]);
    build.args(["--package", "platen-winspool-script"]);
    ensure!(
        build.status().context("starting cargo")?.success(),
        "the scripted spooler does not build"
    );
    Ok(cross.results("debug").join("winspool_script.dll"))
}
