//! Who may import whom.
//!
//! Read from `cargo tree`, which resolves what `cargo metadata` knows to the packages that really
//! end up in a program.

use std::collections::BTreeSet;

use anyhow::Result;
use platen_lab::finish;

use crate::cargo::cargo;

/// A package of the workspace and the ones of the workspace that it may import.
///
/// `platen` (src-tauri) may import all; nothing may import `platen`.
const MAY_IMPORT: [(&str, &[&str]); 24] = [
    ("platen-domain", &[]),
    ("platen-lab", &[]),
    ("xtask", &["platen-lab"]),
    ("platen-rates", &["platen-domain"]),
    (
        "platen-estimate",
        &[
            "platen-domain",
            "platen-rates",
            "platen-mac",
            "platen-windows",
        ],
    ),
    (
        "platen-ledger",
        &["platen-domain", "platen-rates", "platen-windows"],
    ),
    ("platen-sync", &["platen-domain"]),
    (
        "platen-authority",
        &["platen-domain", "platen-ledger", "platen-sync"],
    ),
    (
        "platen-link",
        &[
            "platen-domain",
            "platen-ledger",
            "platen-mac",
            "platen-sync",
        ],
    ),
    ("platen-gate", &["platen-domain", "platen-windows"]),
    ("platen-words", &["platen-domain"]),
    ("platen-agent", &["platen-domain", "platen-words"]),
    ("platen-mac", &[]),
    ("platen-windows", &[]),
    ("platen-winspool-script", &[]),
    (
        "platen-spooler",
        &[
            "platen-domain",
            "platen-agent",
            "platen-mac",
            "platen-windows",
        ],
    ),
    (
        "platen-identity",
        &[
            "platen-domain",
            "platen-agent",
            "platen-windows",
            "platen-words",
        ],
    ),
    (
        "platen-settings",
        &[
            "platen-domain",
            "platen-agent",
            "platen-identity",
            "platen-words",
        ],
    ),
    (
        "platen-update",
        &["platen-link", "platen-settings", "platen-windows"],
    ),
    (
        "platen-web",
        &[
            "platen-domain",
            "platen-words",
            "platen-rates",
            "platen-estimate",
            "platen-ledger",
            "platen-identity",
            "platen-sync",
            "platen-authority",
            "platen-windows",
        ],
    ),
    (
        "platen-server",
        &[
            "platen-domain",
            "platen-estimate",
            "platen-ledger",
            "platen-spooler",
            "platen-gate",
            "platen-identity",
            "platen-web",
        ],
    ),
    (
        "platenctl",
        &[
            "platen-domain",
            "platen-estimate",
            "platen-ledger",
            "platen-spooler",
            "platen-gate",
            "platen-identity",
            "platen-settings",
            "platen-update",
            "platen-windows",
        ],
    ),
    (
        "platen-simulator",
        &[
            "platen-domain",
            "platen-ledger",
            "platen-sync",
            "platen-authority",
        ],
    ),
    (
        "platen-tests",
        &[
            "platen-domain",
            "platen-link",
            "platen-sync",
            "platen-estimate",
            "platen-ledger",
            "platen-spooler",
            "platen-gate",
            "platen-identity",
            "platen-lab",
        ],
    ),
];

/// Packages that no program without input and output has.
const INPUT_OUTPUT: &[&str] = &[
    "tokio",
    "mio",
    "async-std",
    "reqwest",
    "hyper",
    "axum",
    "rusqlite",
    "zbus",
    "notify",
    "notify-rust",
    "keyring",
    "tauri",
];

/// Packages that draw on a screen: print servers have none.
const SCREEN: &[&str] = &[
    "gtk",
    "gdk",
    "gtk-sys",
    "gdk-sys",
    "webkit2gtk",
    "wry",
    "tao",
    "tauri",
    "tray-icon",
    "ksni",
    "muda",
];

/// A package and what must not be among everything it is built from.
const NEVER: [(&str, &[&str]); 10] = [
    ("platen-domain", INPUT_OUTPUT),
    ("platen-words", INPUT_OUTPUT),
    ("platen-rates", INPUT_OUTPUT),
    ("platen-sync", INPUT_OUTPUT),
    ("platen-agent", INPUT_OUTPUT),
    ("platenctl", SCREEN),
    ("platen-server", SCREEN),
    ("platen-gate", SCREEN),
    ("platen-gate", &["tokio", "hyper", "reqwest", "rusqlite"]),
    ("platen-estimate", SCREEN),
];

/// What `xtask` may be built from at most, so that it starts within seconds on a bare machine.
const MOST_PACKAGES_OF_XTASK: usize = 14;

pub(super) fn faults() -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for (package, allowed) in MAY_IMPORT {
        let imported = tree(package, &["--depth", "1"])?;
        for other in imported.iter().filter(|name| is_ours(name)) {
            if other != package && !allowed.contains(&other.as_str()) {
                faults.push(format!("{package} imports {other}"));
            }
        }
    }
    for (package, forbidden) in NEVER {
        let everything = tree(package, &[])?;
        for name in forbidden.iter().filter(|name| everything.contains(**name)) {
            faults.push(format!("{package} is built from {name}"));
        }
    }
    let packages = tree("xtask", &[])?.len();
    if packages > MOST_PACKAGES_OF_XTASK {
        faults.push(format!("xtask is built from {packages} packages"));
    }
    Ok(faults)
}

fn is_ours(package: &str) -> bool {
    package.starts_with("platen") || package == "xtask"
}

/// The names of the packages that `package` is built from, itself included.
fn tree(package: &str, arguments: &[&str]) -> Result<BTreeSet<String>> {
    let mut command = cargo();
    command
        .args(["tree", "--locked", "--package", package])
        .args(["--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .args(arguments);
    let listed = finish(&mut command)?;
    Ok(listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect())
}
