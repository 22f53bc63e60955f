//! The files of a package, laid out as they will be installed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use platen_lab::{finish, install_program, root};

use super::package::{File, From, Package};
use super::{Profile, Release, notices, source};

const PROGRAM: u32 = 0o755;
const TEXT: u32 = 0o644;

/// Fills `tree`.
///
/// # Errors
/// When a program is not built, or a file is missing.
pub(super) fn lay_out(release: &Release, package: &Package, tree: &Path) -> Result<()> {
    for file in package.files {
        let target = tree.join(file.to.trim_start_matches('/'));
        if let Some(directory) = target.parent() {
            fs::create_dir_all(directory)?;
        }
        put(release, package, file, &target).with_context(|| format!("packing {}", file.to))?;
    }
    set_times(release, tree)
}

fn put(release: &Release, package: &Package, file: &File, target: &Path) -> Result<()> {
    let text = match file.from {
        From::Program(name) => return program(release, name, target),
        From::Plain(path) => return install_program(&root().join(path), target, TEXT),
        From::Text(path) | From::Configuration(path) => {
            let text = source(path)?.with_context(|| format!("{path} is missing"))?;
            release.filled(&text, package.name)?.into_bytes()
        }
        From::Manual(name, summary) => {
            let section = file.to.trim_end_matches(".gz").rsplit('.').next();
            let section = section.context("a manual page has a section")?;
            packed(release, &notices::manual(release, name, section, summary)?)?
        }
        From::Notices => {
            let compressed = target.with_file_name("third-party.txt.gz");
            let text = packed(release, &notices::third_party(&release.crates)?)?;
            write(&compressed, &text)?;
            let others = format!("/usr/share/doc/{}/third-party.txt.gz", package.name);
            notices::copyright(&others)?.into_bytes()
        }
    };
    write(target, &text)
}

fn write(target: &Path, content: &[u8]) -> Result<()> {
    fs::write(target, content)?;
    fs::set_permissions(target, fs::Permissions::from_mode(TEXT))?;
    Ok(())
}

fn program(release: &Release, name: &str, target: &Path) -> Result<()> {
    let built = release.programs.join(name);
    ensure!(built.is_file(), "{} is not built", built.display());
    install_program(&built, target, PROGRAM)?;
    // Release programs have no symbols already.
    if release.profile == Profile::Dev {
        finish(Command::new("strip").arg("--strip-all").arg(target))?;
    }
    Ok(())
}

/// As gzip(1) packs it, without a name and a time.
fn packed(release: &Release, text: &str) -> Result<Vec<u8>> {
    through(release, "gzip", &["-9", "-n", "-c"], text.as_bytes())
}

/// What `program` makes of `input`.
///
/// # Errors
/// When it is not there, or fails.
pub(super) fn through(
    release: &Release,
    program: &str,
    arguments: &[&str],
    input: &[u8],
) -> Result<Vec<u8>> {
    let mut child = release
        .tool(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {program}"))?;
    let mut pipe = child.stdin.take().context("a pipe was asked for")?;
    let output = std::thread::scope(|scope| {
        // Beside reading, or both would wait for each other.
        let writing = scope.spawn(move || std::io::Write::write_all(&mut pipe, input));
        let output = child.wait_with_output()?;
        writing.join().expect("writing does not panic")?;
        Ok::<_, anyhow::Error>(output)
    })?;
    ensure!(output.status.success(), "{program} failed");
    Ok(output.stdout)
}

/// Every file and directory gets the release's time; directories are for everybody.
pub(super) fn set_times(release: &Release, place: &Path) -> Result<()> {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(release.epoch);
    if place.is_dir() {
        for entry in fs::read_dir(place)? {
            set_times(release, &entry?.path())?;
        }
        fs::set_permissions(place, fs::Permissions::from_mode(PROGRAM))?;
    }
    fs::File::open(place)?.set_modified(time)?;
    Ok(())
}

/// What the files take on a disk, each rounded up. *Units*: KiB.
/// *Source*: Debian policy, 5.6.20.
pub(super) fn installed_kib(place: &Path) -> Result<u64> {
    if !place.is_dir() {
        return Ok(fs::metadata(place)?.len().div_ceil(1024));
    }
    let mut sum = 1;
    for entry in fs::read_dir(place)? {
        sum += installed_kib(&entry?.path())?;
    }
    Ok(sum)
}
