//! The package for macOS: a flat product archive around an app that was built on a Mac.
//!
//! Apple's own tools run on macOS alone; what they write is a container (xar) with a
//! description, a bill of materials, and two archives. The parts are in modules of
//! their own, each after its source.

mod bom;
mod cpio;
#[cfg(test)]
mod tests;
mod tree;
mod xar;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use platen_lab::finish;

use super::stage::through;
use super::{Release, source};
use tree::{Node, nodes};
use xar::{Member, escaped};

/// What macOS knows the client as.
const IDENTIFIER: &str = "org.platen.client";
/// The oldest that the app is built for.
const OLDEST_MACOS: &str = "12.0";
/// What must be in the app beside its own program.
const PROGRAMS: [&str; 4] = ["platen", "platen-estimate", "platen-gate", "platenctl"];
const PROGRAM_PLACE: &str = "Contents/MacOS";

/// Makes the package around `app`, with `policy` in it if there is one, and returns its
/// file.
///
/// # Errors
/// When the app lacks a program, or a tool is not there.
pub(super) fn make(release: &Release, app: &Path, policy: Option<&Path>) -> Result<PathBuf> {
    let top = release.scratch("pkg")?;
    let payload = top.join("payload");
    lay_out(release, app, policy, &payload)?;
    let scripts = top.join("scripts");
    fs::create_dir(&scripts)?;
    for name in ["preinstall", "postinstall"] {
        let text = source(&format!("installer/macos/{name}"))?
            .with_context(|| format!("installer/macos/{name} is missing"))?;
        write(
            &scripts.join(name),
            &release.filled(&text, "platen")?,
            0o755,
        )?;
    }
    let payload = nodes(&payload)?;
    let package = format!("{IDENTIFIER}.pkg");
    let member = |name, content| Member {
        directory: Some(package.clone()),
        name,
        content,
    };
    let distribution = distribution(release, &payload);
    let members = [
        Member {
            directory: None,
            name: "Distribution",
            content: distribution.into_bytes(),
        },
        member("Bom", bom::bill(&payload, release.epoch)?),
        member("PackageInfo", information(release, &payload).into_bytes()),
        member("Payload", packed(release, &payload)?),
        member("Scripts", packed(release, &nodes(&scripts)?)?),
    ];
    let bytes = xar::container(release, &members)?;
    let file = release.out.join(format!("platen-{}.pkg", release.version));
    fs::write(&file, bytes)?;
    Ok(file)
}

fn lay_out(release: &Release, app: &Path, policy: Option<&Path>, payload: &Path) -> Result<()> {
    for program in PROGRAMS {
        let place = app.join(PROGRAM_PLACE).join(program);
        ensure!(place.is_file(), "{} is missing", place.display());
    }
    let applications = payload.join("Applications");
    fs::create_dir_all(&applications)?;
    finish(
        Command::new("cp")
            .arg("-R")
            .arg(app)
            .arg(applications.join("Platen.app")),
    )?;
    let agents = payload.join("Library/LaunchAgents");
    fs::create_dir_all(&agents)?;
    let agent = source("installer/macos/org.platen.client.plist")?;
    let agent = agent.context("installer/macos/org.platen.client.plist is missing")?;
    write(
        &agents.join("org.platen.client.plist"),
        &release.filled(&agent, "platen")?,
        0o644,
    )?;
    let programs = payload.join("usr/local/bin");
    fs::create_dir_all(&programs)?;
    for program in ["platenctl", "platen-estimate"] {
        let target = format!("/Applications/Platen.app/{PROGRAM_PLACE}/{program}");
        symlink(target, programs.join(program))?;
    }
    if let Some(policy) = policy {
        let place = payload.join("private/etc/platen");
        fs::create_dir_all(&place)?;
        let text =
            fs::read_to_string(policy).with_context(|| format!("reading {}", policy.display()))?;
        write(&place.join("policy.toml"), &text, 0o644)?;
    }
    set_modes(payload)
}

/// Whatever umask and owner the files had here: readable by all, changed by none but
/// root, and executable if they were.
fn set_modes(place: &Path) -> Result<()> {
    let metadata = fs::symlink_metadata(place)?;
    if metadata.is_symlink() {
        return Ok(());
    }
    let runs = metadata.is_dir() || metadata.permissions().mode() & 0o111 != 0;
    let mode = if runs { 0o755 } else { 0o644 };
    fs::set_permissions(place, fs::Permissions::from_mode(mode))?;
    if metadata.is_dir() {
        for entry in fs::read_dir(place)? {
            set_modes(&entry?.path())?;
        }
    }
    Ok(())
}

fn packed(release: &Release, nodes: &[Node]) -> Result<Vec<u8>> {
    let archive = cpio::archive(nodes, release.epoch)?;
    through(release, "gzip", &["-9", "-n", "-c"], &archive)
}

/// *Units*: KiB.
fn size(payload: &[Node]) -> usize {
    payload
        .iter()
        .map(|node| node.bytes().len().div_ceil(1024))
        .sum()
}

/// What the installer knows of the package.
fn information(release: &Release, payload: &[Node]) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <pkg-info format-version=\"2\" identifier=\"{IDENTIFIER}\" version=\"{}\" \
         install-location=\"/\" auth=\"root\" overwrite-permissions=\"true\" \
         relocatable=\"false\" postinstall-action=\"none\">\
         <payload numberOfFiles=\"{}\" installKBytes=\"{}\"/>\
         <scripts><preinstall file=\"./preinstall\"/><postinstall file=\"./postinstall\"/></scripts>\
         </pkg-info>\n",
        escaped(&release.version),
        payload.len(),
        size(payload),
    )
}

/// What the installer shows and asks. *Source*: Apple, Distribution XML reference.
fn distribution(release: &Release, payload: &[Node]) -> String {
    let version = escaped(&release.version);
    let size = size(payload);
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <installer-gui-script minSpecVersion=\"2\"><title>Platen</title>\
         <options customize=\"never\" require-scripts=\"false\" rootVolumeOnly=\"true\" \
         hostArchitectures=\"x86_64,arm64\"/>\
         <domains enable_anywhere=\"false\" enable_currentUserHome=\"false\" \
         enable_localSystem=\"true\"/>\
         <volume-check><allowed-os-versions><os-version min=\"{OLDEST_MACOS}\"/>\
         </allowed-os-versions></volume-check>\
         <choices-outline><line choice=\"default\"><line choice=\"{IDENTIFIER}\"/></line>\
         </choices-outline><choice id=\"default\"/>\
         <choice id=\"{IDENTIFIER}\" visible=\"false\"><pkg-ref id=\"{IDENTIFIER}\"/></choice>\
         <pkg-ref id=\"{IDENTIFIER}\" version=\"{version}\" installKBytes=\"{size}\" \
         onConclusion=\"none\">#{IDENTIFIER}.pkg</pkg-ref></installer-gui-script>\n"
    )
}

fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    Ok(())
}
