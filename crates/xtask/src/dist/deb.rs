//! Packages for Debian and Ubuntu, made by `dpkg-deb`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use platen_lab::finish;

use super::package::{PACKAGES, Package};
use super::{Profile, Release, source, stage};

/// What `dpkg` may run or ask on the way. *Source*: Debian policy, chapter 6.
const SCRIPTS: [&str; 5] = ["config", "preinst", "postinst", "prerm", "postrm"];
/// Who answers for the packages, unless `PLATEN_MAINTAINER` names somebody.
const MAINTAINER: &str = "The Platen Authors <packages@platen.invalid>";

/// Makes the packages and returns their files.
///
/// # Errors
/// When a program is not built, or `dpkg-deb` or `dpkg-shlibdeps` is not there (Debian:
/// dpkg-dev).
pub(super) fn make(release: &Release) -> Result<Vec<PathBuf>> {
    PACKAGES
        .iter()
        .map(|package| one(release, package))
        .collect()
}

fn one(release: &Release, package: &Package) -> Result<PathBuf> {
    let tree = release.scratch(&format!("{}.deb", package.name))?;
    stage::lay_out(release, package, &tree)?;
    let architecture = finish(release.tool("dpkg").arg("--print-architecture"))?;
    let architecture = architecture.trim();
    let control = control(release, package, &tree, architecture)?;
    let place = tree.join("DEBIAN");
    fs::create_dir(&place)?;
    fs::set_permissions(&place, fs::Permissions::from_mode(0o755))?;
    write(&place.join("control"), &control, 0o644)?;
    write(
        &place.join("md5sums"),
        &sums(release, package, &tree)?,
        0o644,
    )?;
    let kept: String = package
        .configuration()
        .map(|path| format!("{path}\n"))
        .collect();
    if !kept.is_empty() {
        write(&place.join("conffiles"), &kept, 0o644)?;
    }
    for script in SCRIPTS {
        if let Some(text) = script_of(package, script)? {
            write(
                &place.join(script),
                &release.filled(&text, package.name)?,
                0o755,
            )?;
        }
    }
    if let Some(text) = source(&format!("installer/linux/deb/{}/templates", package.name))? {
        write(&place.join("templates"), &text, 0o644)?;
    }
    let name = format!("{}_{}_{architecture}.deb", package.name, release.version);
    let file = release.out.join(name);
    let compression: &[&str] = match release.profile {
        Profile::Dev => &["-Zgzip", "-z1"],
        // The number of threads would change the bytes.
        Profile::Release => &["-Zxz", "--threads-max=1"],
    };
    let mut build = release.tool("dpkg-deb");
    build
        .args(["--root-owner-group", "--uniform-compression"])
        .args(compression);
    finish(build.arg("--build").args([&tree, &file]))?;
    Ok(file)
}

/// The package's own script, or the one that all have.
fn script_of(package: &Package, script: &str) -> Result<Option<String>> {
    let own = source(&format!("installer/linux/deb/{}/{script}", package.name))?;
    own.map_or_else(
        || source(&format!("installer/linux/deb/{script}")),
        |own| Ok(Some(own)),
    )
}

/// *Source*: deb-control(5).
fn control(
    release: &Release,
    package: &Package,
    tree: &Path,
    architecture: &str,
) -> Result<String> {
    let mut depends = libraries(release, package, tree)?;
    if !package.deb_depends.is_empty() {
        depends.insert(0, release.filled(package.deb_depends, package.name)?);
    }
    let maintainer = std::env::var("PLATEN_MAINTAINER");
    let fields = [
        ("Package", package.name.to_owned()),
        ("Version", release.version.clone()),
        ("Architecture", architecture.to_owned()),
        (
            "Maintainer",
            maintainer.unwrap_or_else(|_| MAINTAINER.to_owned()),
        ),
        ("Installed-Size", stage::installed_kib(tree)?.to_string()),
        ("Depends", depends.join(", ")),
        ("Recommends", package.deb_recommends.to_owned()),
        ("Section", package.section.to_owned()),
        ("Priority", "optional".to_owned()),
        ("Description", package.summary.to_owned()),
    ];
    let mut text: String = fields
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    for line in package.description.lines() {
        text.push_str(&format!(" {line}\n"));
    }
    Ok(text)
}

/// The packages that the programs' libraries are in, with the oldest version that has
/// all they use. *Source*: dpkg-shlibdeps(1).
fn libraries(release: &Release, package: &Package, tree: &Path) -> Result<Vec<String>> {
    let place = release.scratch("shlibdeps")?;
    fs::create_dir(place.join("debian"))?;
    // It will not work without one, and reads nothing of it.
    fs::write(
        place.join("debian/control"),
        "Source: platen\n\nPackage: platen\nArchitecture: any\n",
    )?;
    let mut command = release.tool("dpkg-shlibdeps");
    command.arg("-O").current_dir(&place);
    for program in package.programs() {
        command.arg(tree.join(program.trim_start_matches('/')));
    }
    let said = finish(&mut command).context("finding out the libraries (Debian: dpkg-dev)")?;
    let line = said
        .lines()
        .find_map(|line| line.strip_prefix("shlibs:Depends="));
    let line = line.context("dpkg-shlibdeps names no libraries")?;
    let all: BTreeSet<&str> = line.split(',').map(str::trim).collect();
    Ok(all.into_iter().map(str::to_owned).collect())
}

/// *Source*: deb-md5sums(5).
fn sums(release: &Release, package: &Package, tree: &Path) -> Result<String> {
    let configuration: Vec<&str> = package.configuration().collect();
    let mut files = Vec::new();
    list(tree, tree, &mut files)?;
    files.sort();
    files.retain(|file| !configuration.contains(&format!("/{file}").as_str()));
    let files = files.iter().filter(|file| !file.starts_with("DEBIAN/"));
    finish(release.tool("md5sum").args(files).current_dir(tree))
}

fn list(top: &Path, place: &Path, files: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(place)? {
        let path = entry?.path();
        if path.is_dir() {
            list(top, &path, files)?;
        } else {
            files.push(path.strip_prefix(top)?.display().to_string());
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    Ok(())
}
