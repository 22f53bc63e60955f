//! `platenctl ledger` on a ledger of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use platen_lab::{Postgres, PostgresOptions, Scratch};

struct Site(tempfile::TempDir);

impl Site {
    /// A ledger with two activities.
    fn new() -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        site.accounts(&["add", "quota", "--limit", "50"]);
        site.debit("4");
        site.debit("2.5");
        site
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn path(&self, name: &str) -> String {
        self.file(name).display().to_string()
    }

    fn run(&self, area: &str, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_platenctl"))
            .arg(area)
            .args(["--data-dir", &self.path("data")])
            .args(arguments)
            .output()
            .unwrap()
    }

    #[track_caller]
    fn accounts(&self, arguments: &[&str]) -> String {
        said(self.run("accounts", arguments))
    }

    #[track_caller]
    fn debit(&self, points: &str) {
        self.accounts(&[
            "debit",
            "quota",
            points,
            "--user",
            "alice",
            "--reason",
            "=copies, \"two\"",
        ]);
    }

    #[track_caller]
    fn ledger(&self, arguments: &[&str]) -> String {
        said(self.run("ledger", arguments))
    }

    #[track_caller]
    fn fails(&self, arguments: &[&str]) -> String {
        mistake(self.run("ledger", arguments))
    }
}

#[track_caller]
fn said(output: Output) -> String {
    let mistakes = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{mistakes}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn mistake(output: Output) -> String {
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn check_says_what_it_went_through_under_both_names() {
    let site = Site::new();
    let said = site.ledger(&["verify"]);
    assert!(
        said.contains("in order: 1 balances, 2 activities"),
        "{said}"
    );
    assert_eq!(site.accounts(&["verify"]), said);
}

#[test]
fn activities_are_exported_to_standard_output_and_to_files() {
    let site = Site::new();
    let csv = site.ledger(&["export"]);
    assert_eq!(csv.lines().count(), 3);
    assert!(csv.starts_with("ordinal,id,account,account_code,"));
    assert!(csv.contains("\"'=copies, \"\"two\"\"\""), "{csv}");
    let out = site.path("out.jsonl");
    let asked = [
        "export",
        "--format",
        "jsonl",
        "--account",
        "quota",
        "--user",
        "alice",
        "--since",
        "2020-01-01",
        "--output",
        &out,
    ];
    assert!(site.ledger(&asked).contains("2 activities"));
    let lines = fs::read_to_string(&out).unwrap();
    assert_eq!(lines.lines().count(), 2);
    assert!(lines.contains("\"posted_after\":\"6.5\""), "{lines}");
    assert_eq!(
        site.ledger(&["export", "--until", "2020-01-01"])
            .lines()
            .count(),
        1
    );
    assert!(
        site.fails(&["export", "--account", "nothing"])
            .contains("no account")
    );
}

#[test]
fn backup_takes_the_ledgers_place_again() {
    let site = Site::new();
    let backup = site.path("backup");
    site.ledger(&["backup", &backup]);
    assert!(site.fails(&["backup", &backup]).contains("already"));
    site.debit("1");
    // Nobody is there to be asked.
    assert!(site.fails(&["restore", &backup]).contains("--yes"));
    let said = site.ledger(&["restore", &backup, "--yes"]);
    assert!(
        said.contains("2 activities") && said.contains("kept as"),
        "{said}"
    );
    assert!(site.ledger(&["verify"]).contains("2 activities"));
    let bad = site.path("bad");
    fs::write(&bad, "not a ledger").unwrap();
    let said = site.fails(&["restore", &bad, "--yes"]);
    assert!(
        said.contains("nothing was changed: The file is not a ledger"),
        "{said}"
    );
    assert!(site.ledger(&["verify"]).contains("2 activities"));
}

#[test]
fn ledger_that_is_not_there_is_not_made_by_looking() {
    let site = Site(tempfile::tempdir().unwrap());
    assert!(site.fails(&["verify"]).contains("no ledger"));
    assert!(!site.file("data").exists());
}

#[test]
fn ledger_in_postgresql_is_checked_and_exported_and_left_to_its_own_backups() {
    let scratch = Scratch::new("ctl").unwrap();
    let options = PostgresOptions::default();
    let postgres = Postgres::start(&scratch.join("postgres"), &options).unwrap();
    let url = postgres.url("postgres");
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_platenctl"))
            .arg("ledger")
            .args(arguments)
            .env("PLATEN_DATABASE", &url)
            .output()
            .unwrap()
    };
    assert!(said(run(&["verify"])).contains("0 activities"));
    assert!(said(run(&["--database", &url, "export"])).starts_with("ordinal,"));
    let file = scratch.join("file").display().to_string();
    assert!(mistake(run(&["backup", &file])).contains("pg_dump"));
    fs::write(&file, "").unwrap();
    assert!(mistake(run(&["restore", &file])).contains("pg_restore"));
}
