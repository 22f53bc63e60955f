//! What helps somebody else to find a fault, in an archive that its user can read first.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use platen_settings::Loaded;

use super::redact::Redactor;
use crate::queue;

/// The directory in the archive.
const TOP: &str = "platen-diagnostics";
/// Lines of a log at most, the last ones.
const LINES: &str = "500";
const READ_ME: &str = "\
Diagnostics of Platen. Nothing of this was sent anywhere; read it before you do.

  doctor.txt     what `platenctl doctor` found
  settings.toml  the settings that hold, and managed.txt which of them users can't change
  system.txt     versions and kind of this computer
  queues.txt     the print queues, without their printers' addresses
  log.txt        the last lines that the tray app wrote, where the system keeps them

Taken out: your names, this computer's name, your home directory, what stands in
“quotation marks” (names of documents and accounts), addresses of mail and numbers of
computers, passwords in addresses. Names of queues and of services are still there.
";

/// Writes `file`, a tar archive packed by gzip, that nobody else on this computer reads.
///
/// # Errors
/// When the file is there already, or can't be written.
pub(super) fn write(file: &Path, doctor: &str, loaded: Option<&Loaded>) -> Result<()> {
    let mut options = OpenOptions::new();
    let archive = options.write(true).create_new(true).mode(0o600).open(file);
    let archive = archive.with_context(|| format!("writing {}", file.display()))?;
    let done = fill(archive, doctor, loaded);
    if done.is_err() {
        // A torn archive is of no use to anybody.
        let _ = fs::remove_file(file);
    }
    done
}

fn fill(archive: fs::File, doctor: &str, loaded: Option<&Loaded>) -> Result<()> {
    let scratch = tempfile::tempdir().context("making a temporary directory")?;
    let top = scratch.path().join(TOP);
    fs::create_dir(&top)?;
    let redactor = Redactor::new(own_words());
    let put = |name: &str, text: &str| fs::write(top.join(name), redactor.redact(text));
    fs::write(top.join("READ-ME.txt"), READ_ME)?;
    put("doctor.txt", doctor)?;
    if let Some(loaded) = loaded {
        put("settings.toml", &toml::to_string(&loaded.settings)?)?;
        let managed = loaded.managed.iter();
        let managed = managed.map(|one| format!("{} by {}\n", one.key, one.file.display()));
        put("managed.txt", &managed.collect::<String>())?;
    }
    put("system.txt", &system())?;
    put("queues.txt", &queues())?;
    put("log.txt", &log())?;
    let packed = Command::new("tar")
        .args(["-cz", "-C"])
        .arg(scratch.path())
        .arg(TOP)
        .stdout(archive)
        .status()
        .context("starting tar")?;
    ensure!(packed.success(), "tar could not pack the archive");
    Ok(())
}

/// What this user and this computer are called.
fn own_words() -> Vec<(String, &'static str)> {
    let home = std::env::home_dir().map(|home| home.display().to_string());
    let computer = said("uname", &["-n"]);
    // The short name alone is the same computer's.
    let short = computer.split('.').next().unwrap_or_default().to_owned();
    let login = queue::user_name();
    let entry = said("getent", &["passwd", &login]);
    let full = entry.split(':').nth(4).unwrap_or_default();
    let full = full.split(',').next().unwrap_or_default().to_owned();
    vec![
        (home.unwrap_or_default(), "‹home›"),
        (computer, "‹computer›"),
        (short, "‹computer›"),
        (login, "‹user›"),
        (full, "‹name›"),
    ]
}

fn system() -> String {
    let mut text = format!("platenctl {}\n", env!("CARGO_PKG_VERSION"));
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let variable = |name| std::env::var(name).unwrap_or_default();
    for (what, value) in [
        ("client", said("platen", &["--version"])),
        ("kernel", said("uname", &["-srm"])),
        (
            "system",
            name.unwrap_or_default().trim_matches('"').to_owned(),
        ),
        ("desktop", variable("XDG_CURRENT_DESKTOP")),
        ("session", variable("XDG_SESSION_TYPE")),
        ("language", variable("LANG")),
    ] {
        let value = if value.is_empty() { "none" } else { &value };
        text.push_str(&format!("{what}: {value}\n"));
    }
    text
}

/// A printer's address says where it stands, its scheme how it is reached.
fn queues() -> String {
    let queues = match queue::queues() {
        Ok(queues) => queues,
        Err(error) => return format!("{error:#}\n"),
    };
    let lines = queues.iter().map(|queue| {
        let device = queue.device_uri.as_deref().unwrap_or("none");
        let gated = queue::is_gated(queue);
        let scheme = device.trim_start_matches("gate:");
        let scheme = scheme.split(':').next().unwrap_or_default();
        format!("{}: {scheme}, behind the gate: {gated}\n", queue.name)
    });
    lines.collect()
}

/// Empty where no journal is kept.
fn log() -> String {
    let which = ["--user", "--quiet", "--no-pager", "--output=short-iso"];
    let mut words = which.to_vec();
    words.extend(["--lines", LINES, "_COMM=platen"]);
    said("journalctl", &words)
}

/// What a program says, without the end of its line; empty if it is not there.
fn said(program: &str, words: &[&str]) -> String {
    let mut command = Command::new(program);
    let output = command.args(words).stderr(Stdio::null()).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.unwrap_or_default().trim_end().to_owned()
}

/// What is said when it is there.
pub(super) fn sentence(file: &Path) -> String {
    format!(
        "{} is written, and nothing was sent. Read it first: tar -xzf {}",
        file.display(),
        file.display()
    )
}
