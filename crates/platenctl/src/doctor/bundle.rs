//! What helps somebody else to find a fault, in an archive that its user can read first.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use platen_settings::{LARGEST_CRASH, Loaded, MOST_CRASHES, crash_reports};

use super::redact::{HIDDEN, Redactor};
use super::system;
use crate::client;

/// The directory in the archive.
const TOP: &str = "platen-diagnostics";
const READ_ME: &str = "\
Diagnostics of Platen. Nothing of this was sent anywhere; read it before you do.

  doctor.txt     what `platenctl doctor` found
  settings.toml  the settings that hold, and managed.txt which of them users can't change
  system.txt     versions and kind of this computer
  queues.txt     the print queues, without their printers' addresses
  log.txt        the last lines that the tray app wrote, where the system keeps them
  crashes/       what the tray app left of its last crashes

Taken out: your names, this computer's name, your home directory, what stands in
“quotation marks” (names of documents and accounts), addresses of mail and numbers of
computers, passwords in addresses. Names of queues and of services are still there.
";

/// Writes `file`, a tar archive packed by gzip, that nobody else on this computer reads.
///
/// # Errors
/// When the file is there already, or can't be written.
pub(super) fn write(file: &Path, doctor: &str, loaded: Option<&Loaded>) -> Result<()> {
    let archive = system::create_private(file);
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
    let secret = loaded.and_then(|loaded| loaded.settings.client_secret.clone());
    let secret = secret.map(|secret| (secret, HIDDEN));
    let redactor = Redactor::new(system::own_words().into_iter().chain(secret));
    let put = |name: &str, text: &str| fs::write(top.join(name), redactor.redact(text));
    fs::write(top.join("READ-ME.txt"), READ_ME)?;
    put("doctor.txt", doctor)?;
    if let Some(loaded) = loaded {
        // As written there, it may look otherwise than it does.
        let mut settings = loaded.settings.clone();
        let secret = settings.client_secret.as_mut();
        secret
            .into_iter()
            .for_each(|secret| *secret = HIDDEN.to_owned());
        put("settings.toml", &toml::to_string(&settings)?)?;
        let managed = loaded.managed.iter();
        let managed = managed.map(|one| format!("{} by {}\n", one.key, one.file.display()));
        put("managed.txt", &managed.collect::<String>())?;
    }
    put("system.txt", &system::versions())?;
    put("queues.txt", &system::queues())?;
    put("log.txt", &system::log())?;
    if let Some(data_dir) = loaded.and_then(|loaded| client::data_directory(loaded).ok()) {
        fs::create_dir(top.join("crashes"))?;
        for report in crash_reports(&data_dir).into_iter().take(MOST_CRASHES) {
            let name = report.file_name().unwrap_or_default().to_string_lossy();
            put(&format!("crashes/{name}"), &crash(&report))?;
        }
    }
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

/// A report, or why there is none to read.
fn crash(path: &Path) -> String {
    let mut bytes = Vec::new();
    let read = fs::File::open(path)
        .and_then(|file| file.take(LARGEST_CRASH as u64).read_to_end(&mut bytes));
    match read {
        Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => format!("{error}\n"),
    }
}

/// What a program says, without the end of its line; empty if it is not there.
pub(super) fn said(program: &str, words: &[&str]) -> String {
    let mut command = Command::new(program);
    let output = command.args(words).stderr(Stdio::null()).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.unwrap_or_default().trim_end().to_owned()
}

/// The version of this program, and a line for each of `facts`.
pub(super) fn lines<const COUNT: usize>(facts: [(&str, String); COUNT]) -> String {
    let mut text = format!("platenctl {}\n", env!("CARGO_PKG_VERSION"));
    for (what, value) in facts {
        let value = if value.is_empty() { "none" } else { &value };
        text.push_str(&format!("{what}: {value}\n"));
    }
    text
}

/// What is said when it is there.
pub(super) fn sentence(file: &Path) -> String {
    format!(
        "{} is written, and nothing was sent. Read it first: tar -xzf {}",
        file.display(),
        file.display()
    )
}
