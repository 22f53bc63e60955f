//! `platenctl policy`: what installers and scripts hand over becomes TOML or is refused.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use platen_lab::Scratch;

struct Policy {
    file: PathBuf,
    _scratch: Scratch,
}

impl Policy {
    fn new(name: &str) -> Self {
        let scratch = Scratch::new(name).unwrap();
        Self {
            file: scratch.join("etc/policy.toml"),
            _scratch: scratch,
        }
    }

    fn run(&self, word: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_platenctl"));
        command.args(["policy", word]);
        if word != "check" {
            command.arg("--file");
        }
        command.arg(&self.file).arg("--").args(arguments);
        command.output().unwrap()
    }

    fn text(&self) -> Option<String> {
        fs::read_to_string(&self.file).ok()
    }
}

#[test]
fn values_come_back_as_they_were_given() {
    let policy = Policy::new("policy-values");
    let client = "client_id=Büro \"3\" 'x' $(id) `id`; # = \\ ]] 打印";
    let set = policy.run(
        "set",
        &[client, "queues=Secure, Bücherei", "allow_quit=false"],
    );
    assert!(set.status.success(), "{set:?}");
    for (name, value) in [
        ("client_id", client.strip_prefix("client_id=").unwrap()),
        ("queues", "Secure, Bücherei"),
        ("allow_quit", "false"),
        ("issuer", ""),
    ] {
        let got = policy.run("get", &[name]);
        assert!(got.status.success(), "{got:?}");
        assert_eq!(String::from_utf8(got.stdout).unwrap().trim_end(), value);
    }
    let checked = policy.run("check", &[]);
    assert!(checked.status.success(), "{checked:?}");
    let before = policy.text().unwrap();
    assert!(
        policy
            .run("unset", &["queues", "client_id"])
            .status
            .success()
    );
    let after = policy.text().unwrap();
    assert!(before.contains("client_id") && !after.contains("client_id"));
    assert!(after.contains("allow_quit = false"));
}

#[test]
fn one_bad_value_keeps_all_from_being_set() {
    let policy = Policy::new("policy-refused");
    for (bad, says) in [
        ("client_id=two\nlines", "control character"),
        ("server_url=https://print.example.edu", "needs “issuer”"),
        (
            "issuer=http://login.example.edu",
            "must start with https://",
        ),
        ("issuer=javascript:alert(1)", "must start with https://"),
        ("queues=../../etc/passwd", "no print queue"),
        ("autostart=perhaps", "true or false"),
        ("log_level=loud", "must be one of"),
        ("data_dir=~/platen", "no full path"),
        ("colour=blue", "no setting"),
        ("allow_quit", "NAME=VALUE"),
        ("=", "no setting"),
    ] {
        let set = policy.run("set", &["log_level=info", bad]);
        let said = String::from_utf8_lossy(&set.stderr).into_owned();
        assert!(
            !set.status.success() && said.contains(says),
            "{bad:?}: {said}"
        );
        assert_eq!(policy.text(), None, "{bad:?}");
    }
}

#[test]
fn mistakes_of_a_file_are_all_named() {
    let policy = Policy::new("policy-check");
    fs::create_dir_all(policy.file.parent().unwrap()).unwrap();
    fs::write(&policy.file, "log_level = \"loud\"\nissuer = \"ftp://x\"\n").unwrap();
    let checked = policy.run("check", &[]);
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(!checked.status.success());
    assert!(
        said.contains("“log_level”") && said.contains("“issuer”"),
        "{said}"
    );
    fs::write(&policy.file, "\nisuer = 1\n").unwrap();
    let checked = policy.run("check", &[]);
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(said.contains("line 2") && said.contains("isuer"), "{said}");
    // A file with a mistake is not changed either.
    assert!(!policy.run("set", &["allow_quit=true"]).status.success());
    assert_eq!(policy.text().unwrap(), "\nisuer = 1\n");
}
