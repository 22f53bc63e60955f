//! `platenctl accounts` on a ledger of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::process::{Command, Output};

struct Site(tempfile::TempDir);

impl Site {
    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_platenctl"))
            .arg("accounts")
            .args(["--data-dir", &self.0.path().display().to_string()])
            .args(arguments)
            .output()
            .unwrap()
    }

    #[track_caller]
    fn succeeds(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    #[track_caller]
    fn fails(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?} succeeded");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

fn site() -> Site {
    let site = Site(tempfile::tempdir().unwrap());
    site.succeeds(&["add", "quota", "--name", "Print Quota", "--limit", "50"]);
    site.succeeds(&["add", "pool", "--shared", "--group", "research"]);
    site
}

#[test]
fn adjustments_change_the_balance_and_are_listed_with_their_reason() {
    let site = site();
    let debit = [
        "debit", "quota", "7.5", "--user", "alice", "--reason", "copies",
    ];
    assert!(site.succeeds(&debit).contains("7.5/50"));
    let credit = [
        "credit", "quota", "2.5", "--user", "alice", "--reason", "jam",
    ];
    assert!(site.succeeds(&credit).contains("5/50"));
    let set = ["set", "pool", "12", "--reason", "moved over"];
    assert!(site.succeeds(&set).contains("12 points"));
    let listed = site.succeeds(&["activities", "--account", "quota", "--json"]);
    assert!(
        listed.contains("\"reason\": \"jam\"") && !listed.contains("moved"),
        "{listed}"
    );
    let shown = site.succeeds(&["show", "quota"]);
    assert!(shown.contains("local#alice"), "{shown}");
    assert!(site.succeeds(&["verify"]).contains("in order"));
}

#[test]
fn archived_accounts_leave_the_list_and_come_back() {
    let site = site();
    site.succeeds(&["archive", "pool"]);
    assert!(!site.succeeds(&["list"]).contains("pool"));
    assert!(site.succeeds(&["list", "--archived"]).contains("archived"));
    site.succeeds(&["restore", "pool"]);
    assert!(site.succeeds(&["list"]).contains("pool"));
}

#[test]
fn mistakes_are_told_in_plain_words() {
    let site = site();
    assert!(
        site.fails(&["show", "nothing"])
            .contains("no account with the code nothing")
    );
    assert!(site.fails(&["add", "quota"]).contains("already"));
    site.fails(&["debit", "quota", "1", "--reason", "whose?"]);
    site.fails(&[
        "debit", "pool", "1", "--user", "alice", "--reason", "a pool",
    ]);
    site.fails(&[
        "debit", "quota", "-1", "--user", "alice", "--reason", "negative",
    ]);
    let file = site.0.path().join("site.toml");
    fs::write(&file, "[settings]\nhold_hours = \"long\"\n").unwrap();
    let said = site.fails(&["load", &file.display().to_string()]);
    assert!(said.contains("line 2"), "{said}");
}

#[test]
fn tables_fit_a_terminal() {
    let site = site();
    let name = "A name that somebody found necessary to make very long indeed, as people do";
    site.succeeds(&["add", "long", "--name", name]);
    let listed = site.succeeds(&["list"]);
    assert!(
        listed.lines().all(|line| line.chars().count() <= 80),
        "{listed}"
    );
}

#[test]
fn ledger_that_is_not_there_is_not_made_by_looking() {
    let site = Site(tempfile::tempdir().unwrap());
    assert!(site.fails(&["list"]).contains("no ledger"));
    assert_eq!(fs::read_dir(site.0.path()).unwrap().count(), 0);
}
