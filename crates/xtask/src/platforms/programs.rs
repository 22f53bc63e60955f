//! Platen's own programs for Windows, run in Wine, beside those of this system.

use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};
use platen_lab::{root, setup};

use crate::cargo::{cargo, target};
use crate::cross::{Cross, ProgramKind, Target, Wine};

/// What both analysers are asked of the same files; the last two are refused.
const QUESTIONS: [&[&str]; 5] = [
    &["--json", "tests/fixtures/no-password.pdf"],
    &[
        "--json",
        "-o",
        "sides=two-sided-long-edge",
        "-o",
        "copies=3",
        "tests/fixtures/no-password.pdf",
    ],
    &["--json", "icons/icon-256.png"],
    &["--json", "tests/fixtures/password.pdf"],
    &["--json", "README.md"],
];

/// Starts each program, and compares what the analysers say.
///
/// # Errors
/// When something does not build; or with what is not as it should be.
pub(super) fn run() -> Result<()> {
    let wine = Wine::ready()?;
    let cross = Cross::ready(Target::Windows)?;
    let programs = cross.programs(ProgramKind::Debug, true)?;
    let version = format!("platen {}", env!("CARGO_PKG_VERSION"));
    let said = in_wine(&wine, &programs, "platen", &["--version"])?;
    ensure!(text(&said.stdout).trim() == version, "platen: {said:?}");
    // No client runs, which it has to notice at the pipe.
    let said = in_wine(&wine, &programs, "platen", &["status"])?;
    let refused = !said.status.success() && text(&said.stderr).contains("not running");
    ensure!(refused, "platen status: {said:?}");
    let said = in_wine(&wine, &programs, "platenctl", &["policy", "keys"])?;
    let has_keys = said.status.success() && text(&said.stdout).contains("server_url");
    ensure!(has_keys, "platenctl policy keys: {said:?}");
    estimate(&wine, &programs)?;
    client(&cross)
}

/// Has the client go through the life of documents, on a virtual screen.
fn client(cross: &Cross) -> Result<()> {
    setup::ensure(setup::Purpose::Work)?;
    let spooler = super::scripted_spooler(cross)?;
    let wine = Wine::with_a_screen()?;
    // One that the client had started would end with it.
    wine.stay()?;
    let mut test = cargo();
    test.args(["test", "--workspace", "--locked", "--test", "windows"]);
    test.args(["--", "--ignored"]);
    wine.is_told(&mut test);
    test.env("PLATEN_WINDOWS_PROGRAMS", cross.results("debug"))
        .env("PLATEN_WINSPOOL", spooler);
    let good = test.status().context("starting cargo")?.success();
    wine.end()?;
    ensure!(good, "the client for Windows is not as it should be");
    Ok(())
}

fn estimate(wine: &Wine, programs: &Path) -> Result<()> {
    let mut build = cargo();
    build.args([
        "build",
        "--workspace",
        "--locked",
        "--bin",
        "platen-estimate",
    ]);
    ensure!(
        build.status().context("starting cargo")?.success(),
        "platen-estimate does not build"
    );
    let native = target()?.join("debug/platen-estimate");
    for question in QUESTIONS {
        let there = in_wine(wine, programs, "platen-estimate", question)?;
        let mut here = Command::new(&native);
        let here = here.args(question).current_dir(root()).output();
        let here = here.context("starting platen-estimate")?;
        ensure!(
            there.status.code() == here.status.code() && lines(&there) == lines(&here),
            "{question:?}: {there:?} instead of {here:?}"
        );
        println!("platen-estimate {}: as on this system", question.join(" "));
    }
    Ok(())
}

fn in_wine(wine: &Wine, programs: &Path, name: &str, words: &[&str]) -> Result<Output> {
    let program = programs.join(format!("{name}.exe"));
    let mut command = wine.command(&program.display().to_string());
    let output = command.args(words).current_dir(root()).output();
    output.with_context(|| format!("starting {name}.exe"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a program said, whatever its system ends lines with.
fn lines(output: &Output) -> (Vec<String>, Vec<String>) {
    let lines = |bytes: &[u8]| text(bytes).lines().map(str::to_owned).collect();
    (lines(&output.stdout), lines(&output.stderr))
}
