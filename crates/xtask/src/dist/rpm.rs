//! Packages for Fedora, RHEL and openSUSE, made by `rpmbuild`.
//!
//! It finds out itself which libraries the programs need. Built on Debian 12 they need
//! its glibc, 2.36, or a newer one.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use platen_lab::finish;

use super::package::{PACKAGES, Package};
use super::{Profile, Release, source, stage};

/// What rpm may run on the way. *Source*: rpm.org, spec file format.
const SCRIPTS: [&str; 3] = ["post", "preun", "postun"];

/// Makes the packages and returns their files.
///
/// # Errors
/// When a program is not built, or `rpmbuild` is not there (Debian: rpm).
pub(super) fn make(release: &Release) -> Result<Vec<PathBuf>> {
    PACKAGES
        .iter()
        .map(|package| one(release, package))
        .collect()
}

fn one(release: &Release, package: &Package) -> Result<PathBuf> {
    let place = release.scratch(&format!("{}.rpm", package.name))?;
    let tree = place.join("tree");
    fs::create_dir(&tree)?;
    stage::lay_out(release, package, &tree)?;
    let spec = place.join("package.spec");
    fs::write(&spec, specification(release, package, &tree)?)?;
    let results = place.join("RPMS");
    let payload = match release.profile {
        Profile::Dev => "w1.gzdio",
        Profile::Release => "w9.xzdio",
    };
    let mut build = release.tool("rpmbuild");
    build
        .arg("-bb")
        .arg("--quiet")
        .arg("--buildroot")
        .arg(place.join("root"));
    for definition in [
        format!("_topdir {}", place.display()),
        format!("_rpmdir {}", results.display()),
        format!("_binary_payload {payload}"),
        "_buildhost platen".to_owned(),
        "use_source_date_epoch_as_buildtime 1".to_owned(),
        "clamp_mtime_to_source_date_epoch 1".to_owned(),
        "_build_id_links none".to_owned(),
        "__os_install_post %{nil}".to_owned(),
        "debug_package %{nil}".to_owned(),
    ] {
        build.arg("--define").arg(definition);
    }
    finish(build.arg(&spec)).context("rpmbuild (Debian: rpm)")?;
    let built = only_file(&results)?;
    let file = release
        .out
        .join(built.file_name().context("a package has a name")?);
    fs::rename(&built, &file)?;
    Ok(file)
}

fn only_file(place: &Path) -> Result<PathBuf> {
    for entry in fs::read_dir(place)? {
        let path = entry?.path();
        if path.is_dir() {
            return only_file(&path);
        }
        if path.extension().is_some_and(|kind| kind == "rpm") {
            return Ok(path);
        }
    }
    bail!("rpmbuild has left nothing in {}", place.display())
}

fn specification(release: &Release, package: &Package, tree: &Path) -> Result<String> {
    let mut text = format!(
        "Name: {}\nVersion: {}\nRelease: 1\nSummary: {}\nLicense: MIT OR Apache-2.0\n",
        package.name, release.version, package.summary
    );
    for requirement in package.rpm_requires {
        writeln!(
            text,
            "Requires: {}",
            release.filled(requirement, package.name)?
        )?;
    }
    for recommendation in package.rpm_recommends {
        writeln!(text, "Recommends: {recommendation}")?;
    }
    writeln!(text, "\n%description\n{}\n", package.description)?;
    writeln!(
        text,
        "%install\ncp -a {}/. %{{buildroot}}\n",
        tree.display()
    )?;
    for script in SCRIPTS {
        let path = format!("installer/linux/rpm/{}/{script}", package.name);
        if let Some(lines) = source(&path)? {
            writeln!(text, "%{script}\n{lines}")?;
        }
    }
    writeln!(text, "%files\n%defattr(-,root,root)")?;
    for file in package.files {
        let kept = package.configuration().any(|path| path == file.to);
        let kind = if kept { "%config(noreplace) " } else { "" };
        writeln!(text, "{kind}{}", file.to)?;
        if let Some(place) = file.to.strip_suffix("/copyright") {
            writeln!(text, "{place}/third-party.txt.gz")?;
        }
    }
    for place in own_directories(package) {
        writeln!(text, "%dir {place}")?;
    }
    Ok(text)
}

/// Directories that nobody else's package has.
fn own_directories(package: &Package) -> Vec<String> {
    let mut places: Vec<String> = package
        .files
        .iter()
        .filter_map(|file| Some(file.to.rsplit_once('/')?.0.to_owned()))
        .filter(|place| place.contains("/platen"))
        .collect();
    places.sort();
    places.dedup();
    places
}
