//! Which packages there are for which system.

use crate::cross::Target;

/// What a package is on another system.
#[derive(Clone, Copy)]
enum There {
    /// It is checked there.
    Checked,
    /// It is not, for this reason.
    No(&'static str),
}

use There::{Checked, No};

const BACKEND: &str = "it is a backend of CUPS; its library is checked with who uses it";
const FOR_SERVERS: &str = "print servers run on Linux";
const LABORATORY: &str = "it is for the laboratory, which runs on Linux";

/// Every package of the workspace: on Windows, and on macOS.
const PACKAGES: &[(&str, There, There)] = &[
    ("platen-domain", Checked, Checked),
    ("platen-rates", Checked, Checked),
    ("platen-sync", Checked, Checked),
    ("platen-words", Checked, Checked),
    ("platen-agent", Checked, Checked),
    ("platen-mac", Checked, Checked),
    ("platen-windows", Checked, Checked),
    ("platen-winspool-script", Checked, Checked),
    ("platen-spooler", Checked, Checked),
    ("platen-ledger", Checked, Checked),
    ("platen-authority", Checked, Checked),
    ("platen-identity", Checked, Checked),
    ("platen-link", Checked, Checked),
    ("platen-settings", Checked, Checked),
    ("platen-update", Checked, Checked),
    ("platen-estimate", Checked, Checked),
    ("platen-web", Checked, Checked),
    ("platen-gate", No(BACKEND), Checked),
    ("platenctl", Checked, Checked),
    ("platen", Checked, Checked),
    ("platen-server", No(FOR_SERVERS), Checked),
    ("platen-lab", No(LABORATORY), Checked),
    ("platen-tests", No(LABORATORY), Checked),
    ("platen-simulator", No(LABORATORY), Checked),
    ("xtask", No(LABORATORY), Checked),
];

/// The packages that are checked for the system.
pub(super) fn checked(target: Target) -> impl Iterator<Item = &'static str> {
    there(target).filter_map(|(package, there)| matches!(there, Checked).then_some(package))
}

/// The packages that are not, each with the reason.
pub(super) fn unchecked(target: Target) -> impl Iterator<Item = (&'static str, &'static str)> {
    there(target).filter_map(|(package, there)| match there {
        Checked => None,
        No(reason) => Some((package, reason)),
    })
}

fn there(target: Target) -> impl Iterator<Item = (&'static str, There)> {
    PACKAGES.iter().map(move |(package, windows, mac)| {
        let there = match target {
            Target::Windows => windows,
            Target::Mac => mac,
        };
        (*package, *there)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use platen_lab::{finish, root};

    use super::*;
    use crate::cargo::cargo;

    #[test]
    fn every_package_of_the_workspace_is_checked_or_named() {
        let mut tree = cargo();
        tree.args([
            "tree",
            "--locked",
            "--offline",
            "--workspace",
            "--depth",
            "0",
        ]);
        tree.args(["--prefix", "none", "--format", "{p}"]);
        let listed = finish(&mut tree).expect("the workspace is listed");
        let there: BTreeSet<&str> = listed
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        let told: BTreeSet<&str> = PACKAGES.iter().map(|(package, ..)| *package).collect();
        assert_eq!(told, there);
    }

    #[test]
    fn the_documentation_says_what_is_checked() {
        let text = fs::read_to_string(root().join("docs/platforms.md")).expect("it is there");
        for (package, windows, mac) in PACKAGES {
            let cell = |there: &There| match there {
                Checked => "checked",
                No(_) => "no",
            };
            let row = format!("| `{package}` | {} | {} |", cell(windows), cell(mac));
            assert!(text.contains(&row), "docs/platforms.md does not say: {row}");
        }
    }
}
