//! The package around programs that only stand for the real ones, which take too long to
//! build for a test: its tables, the same bytes twice, and its life in a Windows.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use platen_lab::{Scratch, finish};

use super::*;
use crate::dist::Profile;

const EPOCH: u64 = 1_790_000_000;
const STAND_IN: &str = include_str!("payload.c");

fn release(out: &Path, version: &str) -> Release {
    fs::create_dir_all(out).unwrap();
    Release {
        version: version.to_owned(),
        epoch: EPOCH,
        profile: Profile::Release,
        programs: PathBuf::new(),
        out: out.to_owned(),
        crates: BTreeSet::new(),
        windows: BTreeSet::new(),
    }
}

/// Programs that `make` one; the others are the same.
fn stand_ins(scratch: &Scratch, make: impl Fn(&Path) -> Result<()>) -> Result<PathBuf> {
    let place = scratch.join("programs");
    fs::create_dir(&place)?;
    let program = place.join(PROGRAMS[0]);
    make(&program)?;
    for name in [PROGRAMS[1], CLIENT[0], CLIENT[1]] {
        fs::copy(&program, place.join(name))?;
    }
    Ok(place)
}

/// No programs at all, which tables don't mind.
fn texts(scratch: &Scratch) -> PathBuf {
    stand_ins(scratch, |program| Ok(fs::write(program, STAND_IN)?)).unwrap()
}

/// A table's rows, without its three lines of headings.
fn table(package: &Path, name: &str) -> Vec<Vec<String>> {
    let mut export = Command::new("msiinfo");
    let text = finish(export.arg("export").arg(package).arg(name)).unwrap();
    let row = |line: &str| line.split('\t').map(str::to_owned).collect();
    text.lines().skip(3).map(row).collect()
}

fn one<'a>(rows: &'a [Vec<String>], key: &str) -> &'a [String] {
    let found = rows.iter().find(|row| row[0] == key);
    found.unwrap_or_else(|| panic!("no {key} in {rows:?}"))
}

#[test]
fn tables_say_what_windows_is_to_do_and_the_same_programs_give_the_same_bytes() {
    let scratch = Scratch::new("platen-msi").unwrap();
    let programs = texts(&scratch);
    let package = make(&release(&scratch.join("a"), "1.2.3"), &programs).unwrap();
    let again = make(&release(&scratch.join("b"), "1.2.3"), &programs).unwrap();
    assert!(fs::read(&package).unwrap() == fs::read(again).unwrap());

    let properties = table(&package, "Property");
    let property = |name: &str| one(&properties, name)[1].as_str();
    assert_eq!(property("ProductVersion"), "1.2.3");
    assert_eq!(property("ALLUSERS"), "1");
    let given: BTreeSet<&str> = property("SecureCustomProperties").split(';').collect();
    let settings = [
        "SERVER_URL",
        "ISSUER",
        "CLIENT_ID",
        "QUEUES",
        "AUTOSTART",
        "ALLOW_QUIT",
        "LOG_LEVEL",
        "UPDATE_CHANNEL",
        "UPDATE_URL",
    ];
    let registry = table(&package, "Registry");
    let components = table(&package, "Component");
    for setting in settings {
        assert!(given.contains(setting), "{setting} can't be given");
        let value = format!("[{setting}]");
        let row = registry.iter().find(|row| row[4] == value);
        let row = row.unwrap_or_else(|| panic!("{setting} is not written"));
        assert_eq!(row[2], r"Software\Policies\Platen");
        assert_eq!(row[3], setting.to_lowercase());
        let component = one(&components, &row[5]);
        assert_eq!(
            (component[3].as_str(), component[4].as_str()),
            ("324", setting)
        );
    }
    let actions = table(&package, "CustomAction");
    let sequence = table(&package, "InstallExecuteSequence");
    let at = |name: &str| one(&sequence, name)[2].parse::<u32>().unwrap();
    for action in actions.iter().filter(|row| row[0].starts_with("Keep")) {
        assert_eq!(action[1], "51");
        assert_eq!(action[3], format!("[WAS_{}]", action[2]));
        assert!((at("LaunchConditions")..at("CostInitialize")).contains(&at(&action[0])));
    }
    // An upgrade that fails must be able to bring the older version back.
    let within = at("InstallInitialize")..at("ProcessComponents");
    assert!(within.contains(&at("RemoveExistingProducts")));
    let quit = one(&actions, "QuitClients");
    assert_eq!((quit[1].as_str(), quit[2].as_str()), ("98", "INSTALLDIR"));
    assert!((at("CostFinalize")..at("InstallValidate")).contains(&at("QuitClients")));
    assert_eq!(one(&actions, "CheckPolicy")[1], "3090");
    assert!((at("WriteRegistryValues")..at("InstallFinalize")).contains(&at("CheckPolicy")));
    let shortcuts = table(&package, "MsiShortcutProperty");
    assert_eq!(
        shortcuts[0][1..],
        [
            "PlatenShortcut",
            "System.AppUserModel.ID",
            "org.platen.client"
        ]
    );
    let conditions = table(&package, "LaunchCondition");
    let downgrade = one(&conditions, "NOT WIX_DOWNGRADE_DETECTED");
    assert!(downgrade[1].contains("Going back to version 1.2.3 is refused"));
    // What stands in brackets is looked up, unless they are written as letters.
    let lookups = |text: &str| text.replace(r"[\[]", "").replace(r"[\]]", "").contains('[');
    for condition in &conditions {
        assert!(!lookups(&condition[1]), "{condition:?}");
    }
}

#[test]
fn every_version_is_another_product_of_one_family_and_every_content_another_package() {
    let scratch = Scratch::new("platen-msi").unwrap();
    let programs = texts(&scratch);
    let first = make(&release(&scratch.join("a"), "1.2.3"), &programs).unwrap();
    let next = make(&release(&scratch.join("b"), "1.2.4"), &programs).unwrap();
    fs::write(programs.join(CLIENT[1]), "another").unwrap();
    let changed = make(&release(&scratch.join("c"), "1.2.3"), &programs).unwrap();
    let property = |package: &Path, name: &str| one(&table(package, "Property"), name)[1].clone();
    let code = |package: &Path| {
        let summary = finish(Command::new("msiinfo").arg("suminfo").arg(package)).unwrap();
        let line = summary.lines().find(|line| line.starts_with("Revision"));
        line.unwrap().to_owned()
    };
    assert_eq!(
        property(&first, "UpgradeCode"),
        property(&next, "UpgradeCode")
    );
    assert_ne!(
        property(&first, "ProductCode"),
        property(&next, "ProductCode")
    );
    assert_eq!(
        property(&first, "ProductCode"),
        property(&changed, "ProductCode")
    );
    assert_ne!(code(&first), code(&changed));

    fs::remove_file(programs.join(CLIENT[0])).unwrap();
    let tools = make(&release(&scratch.join("d"), "1.2.3"), &programs).unwrap();
    assert_eq!(table(&tools, "File").len(), 4);
    assert!(table(&tools, "Shortcut").is_empty());
}

#[test]
#[ignore = "takes Wine and a compiler for Windows: cargo xtask check-platforms package"]
fn package_keeps_its_word_from_installation_to_removal() {
    let scratch = Scratch::new("platen-msi").unwrap();
    let programs = stand_ins(&scratch, |it| wine::compile(STAND_IN, it, &[])).unwrap();
    let old = release(&scratch.join("a"), "1.2.3");
    let new = release(&scratch.join("b"), "1.10.0");
    let case = check::Case {
        old: check::Version::of(&old, &make(&old, &programs).unwrap()),
        new: check::Version::of(&new, &make(&new, &programs).unwrap()),
        stand_ins: true,
    };
    check::check(&case, &scratch.join("windows")).unwrap();
}
