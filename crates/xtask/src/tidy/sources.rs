//! What may not stand in a source file.

use std::fs;

use anyhow::{Context, Result};
use platen_lab::{finish, root};

/// Past this a file is two files.
const MOST_LINES: usize = 500;
const KINDS: [&str; 9] = ["rs", "toml", "sh", "mjs", "js", "css", "html", "md", "run"];

/// Words of unfinished work, put together here so that this file does not contain them.
const UNFINISHED: [&str; 3] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
];
/// Where developers' machines keep their files.
const PERSONAL: [&str; 4] = [
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
    concat!("../sha", "red"),
];
const SQL: [&str; 6] = [
    concat!("SELE", "CT "),
    concat!("INSE", "RT INTO "),
    concat!("UPDA", "TE OR "),
    concat!("DELE", "TE FROM "),
    concat!("CREA", "TE TABLE "),
    concat!("PRAG", "MA "),
];
/// The ledger, and the guard that administers a server for its tests.
const KNOWS_SQL: [&str; 2] = ["crates/platen-ledger/", "crates/platen-lab/src/postgres/"];
/// Rooms that may ask for the operating system by name (architecture.md, invariant 4).
const KNOWS_SYSTEMS: [&str; 13] = [
    "crates/platen-estimate/src/system",
    "crates/platen-gate/src/private.rs",
    "crates/platen-ledger/src/private.rs",
    "crates/platen-spooler/",
    "crates/platen-mac/",
    "crates/platen-windows/",
    "crates/platenctl/",
    "crates/platen-link/src/clock.rs",
    "crates/platen-identity/",
    "crates/platen-settings/src/system.rs",
    "crates/platen-update/src/private.rs",
    "crates/platen-web/src/central/private.rs",
    "src-tauri/",
];
/// How the operating system is asked for by name.
const SYSTEMS: [&str; 3] = [
    concat!("cfg(target", "_os"),
    concat!("cfg(win", "dows"),
    concat!("any(win", "dows"),
];

pub(super) fn faults() -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for path in files()? {
        let Ok(bytes) = fs::read(root().join(&path)) else {
            continue; // deleted, not yet committed
        };
        let text = String::from_utf8(bytes).with_context(|| format!("{path} is not UTF-8"))?;
        check(&path, &text, &mut faults);
    }
    Ok(faults)
}

fn files() -> Result<Vec<String>> {
    let mut git = std::process::Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let listed = finish(git.current_dir(root())).context("listing the files of this tree")?;
    let wanted = |path: &&str| {
        KINDS.contains(&path.rsplit(['.', '/']).next().unwrap_or(""))
            && !path.contains("/vendor/")
            && !path.ends_with(".min.js")
    };
    Ok(listed.lines().filter(wanted).map(str::to_owned).collect())
}

fn is_example(line: &str) -> bool {
    let line = line.trim_start();
    let text = line.strip_prefix("///").or(line.strip_prefix("//!"));
    text.is_some_and(|text| text.trim_start().starts_with("```"))
}

fn check(path: &str, text: &str, faults: &mut Vec<String>) {
    let is_code = path.ends_with(".rs");
    let is_test =
        path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs");
    let lines = text.lines().count();
    let of_code = text
        .lines()
        .take_while(|line| *line != "#[cfg(test)]")
        .count();
    if !is_test && !path.ends_with(".md") && of_code > MOST_LINES {
        faults.push(format!(
            "{path}: {of_code} of {lines} lines are code, more than {MOST_LINES}"
        ));
    }
    for (number, line) in text.lines().enumerate() {
        let mut fault = |what: &str| faults.push(format!("{path}:{}: {what}", number + 1));
        if UNFINISHED.iter().any(|word| line.contains(word)) {
            fault("unfinished work");
        }
        if is_code && is_example(line) {
            fault("an example in a docstring, which no test runs");
        }
        if PERSONAL.iter().any(|place| line.contains(place)) {
            fault("a path of a developer's machine");
        }
        if !is_code || number >= of_code || is_test {
            continue;
        }
        if !KNOWS_SQL.iter().any(|room| path.starts_with(room))
            && SQL.iter().any(|word| line.contains(word))
        {
            fault("SQL outside the ledger");
        }
        if !KNOWS_SYSTEMS.iter().any(|room| path.starts_with(room))
            && SYSTEMS.iter().any(|question| line.contains(question))
        {
            fault("asks for the operating system");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(path: &str, text: &str) -> Vec<String> {
        let mut faults = Vec::new();
        check(path, text, &mut faults);
        faults
    }

    #[test]
    fn each_fault_is_named_with_its_line() {
        let sql = format!("fn a() {{}}\nlet b = \"{}x\";\n", SQL[0]);
        assert_eq!(
            faults_of("crates/platen-web/src/lib.rs", &sql),
            ["crates/platen-web/src/lib.rs:2: SQL outside the ledger"]
        );
        assert!(faults_of("crates/platen-ledger/src/lib.rs", &sql).is_empty());
        let unfinished = format!("// {}\n", UNFINISHED[0]);
        assert_eq!(faults_of("README.md", &unfinished).len(), 1);
        let personal = format!("// {}someone\n", PERSONAL[0]);
        assert_eq!(faults_of("ui/a.js", &personal).len(), 1);
        for question in SYSTEMS {
            let system = format!("#[{question})]\n");
            assert_eq!(faults_of("crates/platen-web/src/lib.rs", &system).len(), 1);
            assert!(faults_of("crates/platen-windows/src/lib.rs", &system).is_empty());
        }
        let example = "/// ```\n/// let a = 1;\n";
        assert_eq!(faults_of("crates/a/src/b.rs", example).len(), 1);
        assert!(faults_of("docs/a.md", example).is_empty());
        let long = "//\n".repeat(MOST_LINES + 1);
        assert_eq!(faults_of("ui/a.js", &long).len(), 1);
        assert!(faults_of("crates/a/tests/b.rs", &long).is_empty());
        let tested = format!("{}#[cfg(test)]\n{long}", "//\n".repeat(10));
        assert!(faults_of("crates/a/src/b.rs", &tested).is_empty());
    }
}
