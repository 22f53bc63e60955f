//! The package for Windows, made by wixl and finished by msibuild (Debian: wixl, msitools).

mod check;
mod source;
#[cfg(test)]
mod tests;
mod wine;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use platen_lab::finish;

use super::stage::through;
use super::{Release, notices, sign, source as tree};

/// The programs, without which there is no package.
const PROGRAMS: [&str; 2] = ["platenctl.exe", "platen-estimate.exe"];
/// The tray app and the library that it finds the system's web view with.
const CLIENT: [&str; 2] = ["platen.exe", "WebView2Loader.dll"];
/// A component of the registry (4) and of 64 bits (256) whose condition is judged anew when
/// the installation is repaired (64). *Source*: Windows Installer, `Component` table.
const JUDGED_AGAIN: u16 = 4 + 256 + 64;
/// *Source*: Windows Installer, custom action type 51.
const SETS_PROPERTY: u16 = 51;
/// Type 34, going on whatever comes of it (64). *Source*: Windows Installer, custom action
/// types and return processing options.
const RUNS_IN_DIRECTORY: u16 = 34 + 64;
/// Right after InstallInitialize. *Source*: Windows Installer, RemoveExistingProducts action.
const AFTER_INITIALIZE: u16 = 1501;
const FAKETIME: &str = "/usr/$LIB/faketime/libfaketime.so.1";
const PLACE: &str = "msi";
/// What [`guid`] makes identities of, beside what differs.
const PRODUCT: &str = "Platen for Windows";

/// Makes the package of the programs in `programs`, and returns its file.
///
/// # Errors
/// When a program or a tool is missing.
pub(super) fn make(release: &Release, programs: &Path) -> Result<PathBuf> {
    let place = release.scratch(PLACE)?;
    let with_client = lay_out(release, programs, &place)?;
    let text = tree("installer/windows/platen.wxs")?;
    let text = text.context("installer/windows/platen.wxs is missing")?;
    let (text, rest) = source::for_wixl(&text, with_client)?;
    fs::write(place.join("platen.wxs"), text)?;
    let file = release
        .out
        .join(format!("platen-{}-x64.msi", release.version));
    if file.exists() {
        fs::remove_file(&file)?;
    }
    let product = guid(release, &[&release.version])?;
    let package = guid(release, &[&release.version, &contents(release, &place)?])?;
    let mut build = release.steady("wixl");
    build.args(["--arch", "x64"]);
    for (name, value) in [
        ("Version", release.version.as_str()),
        ("ProductCode", &product),
        ("PackageCode", &package),
    ] {
        build.arg("--define").arg(format!("{name}={value}"));
    }
    build.arg("--output").arg(&file).arg("platen.wxs");
    finish(build.current_dir(&place)).context("building the package (Debian: wixl)")?;
    complete(release, &file, &place, &rest)?;
    let mut summary = release.steady("msibuild");
    summary
        .arg(&file)
        .args(["-s", "Platen", "The Platen Authors"]);
    finish(summary.arg("x64;1033").arg(format!("{{{package}}}")))?;
    sign::authenticode(release, &file)?;
    Ok(file)
}

/// Installs, repairs, upgrades and removes the package in a Windows of its own.
///
/// # Errors
/// With what is not as it should be, or when wine is not there.
pub(super) fn try_out(release: &Release, programs: &Path, package: &Path) -> Result<()> {
    let place = release.scratch("msi-check")?;
    let next = release.next(&place)?;
    let case = check::Case {
        old: check::Version::of(release, package),
        new: check::Version::of(&next, &make(&next, programs)?),
        stand_ins: false,
    };
    check::check(&case, &place.join("windows"))?;
    Ok(fs::remove_dir_all(place)?)
}

impl Release {
    /// [`Release::tool`] for one that writes the hour into its output and knows no
    /// `SOURCE_DATE_EPOCH`. *Source*: faketime(1) (Debian: libfaketime).
    fn steady(&self, program: &str) -> Command {
        let mut command = self.tool(program);
        command
            .env("LD_PRELOAD", FAKETIME)
            .env("FAKETIME", self.epoch.to_string())
            .env("FAKETIME_FMT", "%s");
        command
    }

    /// The release after this one, to upgrade to.
    fn next(&self, out: &Path) -> Result<Self> {
        let (start, last) = self.version.rsplit_once('.').context("a version")?;
        Ok(Self {
            version: format!("{start}.{}", last.parse::<u64>()? + 1),
            epoch: self.epoch,
            profile: self.profile,
            programs: self.programs.clone(),
            out: out.to_owned(),
            crates: self.crates.clone(),
            windows: self.windows.clone(),
        })
    }
}

/// Where [`make`] has put together what is in the package.
fn place(release: &Release) -> PathBuf {
    release.out.join("work").join(PLACE)
}

/// Whether the tray app is there.
fn lay_out(release: &Release, programs: &Path, place: &Path) -> Result<bool> {
    let with_client = programs.join(CLIENT[0]).is_file();
    let mut wanted = PROGRAMS.to_vec();
    if with_client {
        wanted.extend(CLIENT);
    } else {
        println!(
            "msi: the tools alone, {} is not in {}",
            CLIENT[0],
            programs.display()
        );
    }
    for name in wanted {
        let built = programs.join(name);
        ensure!(built.is_file(), "{} is not built", built.display());
        let target = place.join(name);
        fs::copy(&built, &target)?;
        sign::authenticode(release, &target)?;
    }
    let third_party = "third-party.txt";
    fs::write(
        place.join(third_party),
        notices::third_party(&release.windows)?,
    )?;
    let copyright = notices::copyright(third_party)?;
    fs::write(place.join("copyright.txt"), copyright)?;
    super::stage::set_times(release, place)?;
    Ok(with_client)
}

/// Puts what wixl left out into the tables.
fn complete(release: &Release, file: &Path, place: &Path, rest: &source::Remainder) -> Result<()> {
    let mut queries = Vec::new();
    for (component, condition) in &rest.conditions {
        queries.push(format!(
            "UPDATE `Component` SET `Condition`='{condition}', `Attributes`={JUDGED_AGAIN} \
             WHERE `Component`='{component}'"
        ));
    }
    for action in &rest.setting {
        queries.push(format!(
            "UPDATE `CustomAction` SET `Type`={SETS_PROPERTY} WHERE `Action`='{action}'"
        ));
    }
    for (action, directory) in &rest.running {
        queries.push(format!(
            "UPDATE `CustomAction` SET `Type`={RUNS_IN_DIRECTORY}, `Source`='{directory}' \
             WHERE `Action`='{action}'"
        ));
    }
    let secure = rest.secure.join(";");
    queries.push(format!(
        "UPDATE `Property` SET `Value`='{secure};WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED' \
         WHERE `Property`='SecureCustomProperties'"
    ));
    // Inside the transaction, so that an upgrade that fails leaves the older version:
    // wixl puts it before InstallInitialize.
    queries.push(format!(
        "UPDATE `InstallExecuteSequence` SET `Sequence`={AFTER_INITIALIZE} \
         WHERE `Action`='RemoveExistingProducts'"
    ));
    let mut update = release.steady("msibuild");
    update.arg(file);
    for query in &queries {
        update.arg("-q").arg(query);
    }
    if !rest.shortcuts.is_empty() {
        let table = place.join("MsiShortcutProperty.idt");
        fs::write(&table, shortcuts(&rest.shortcuts))?;
        update.arg("-i").arg(table);
    }
    finish(&mut update).context("completing the tables (Debian: msitools)")?;
    Ok(())
}

/// *Source*: Windows Installer, archive file format, and `MsiShortcutProperty` table.
fn shortcuts(properties: &[source::ShortcutProperty]) -> String {
    let mut text = String::from(
        "MsiShortcutProperty\tShortcut_\tPropertyKey\tPropVariantValue\r\n\
         s72\ts72\ts0\ts0\r\nMsiShortcutProperty\tMsiShortcutProperty\r\n",
    );
    for (number, one) in properties.iter().enumerate() {
        text.push_str(&format!(
            "property{number}\t{}\t{}\t{}\r\n",
            one.shortcut, one.key, one.value
        ));
    }
    text
}

/// The checksums of everything in the package.
fn contents(release: &Release, place: &Path) -> Result<String> {
    let mut names: Vec<_> = fs::read_dir(place)?
        .map(|entry| Ok(entry?.file_name()))
        .collect::<Result<_>>()?;
    names.sort();
    finish(
        release
            .tool("sha256sum")
            .arg("--")
            .args(names)
            .current_dir(place),
    )
}

/// The same identity for the same `parts`, and another for others. *Source*: RFC 9562, 5.8.
fn guid(release: &Release, parts: &[&str]) -> Result<String> {
    let text = format!("{PRODUCT}\n{}", parts.join("\n"));
    let sum = through(release, "sha256sum", &[], text.as_bytes())?;
    let sum = String::from_utf8(sum)?.to_uppercase();
    let digits = sum.get(..32).context("sha256sum says no checksum")?;
    Ok(format!(
        "{}-{}-8{}-A{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[13..16],
        &digits[17..20],
        &digits[20..]
    ))
}
