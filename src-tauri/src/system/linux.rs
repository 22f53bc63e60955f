//! Linux: the directories of XDG, the session's journal, the gate.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use platen_gate::places::Places;
use platen_gate::{PublicKey, machine};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

pub(crate) use super::unix::{
    Door, complain, exchange, print_system, private_directory, when_told_to_end,
};

/// Where settings come from, for people.
pub(crate) const SETTINGS: &str = "\
Settings: /etc/platen/policy.toml over /etc/platen/client.toml over
~/.config/platen/client.toml (PLATEN_CONFIG=FILE replaces the last two).";

/// Whether [`follow`] works.
pub(crate) const CAN_FOLLOW: bool = true;

/// Where the programs of this session meet: a directory that ends with it.
///
/// *Errors*: it can't be made.
pub(crate) fn meeting_place() -> Result<PathBuf> {
    let dir = match std::env::var_os("XDG_RUNTIME_DIR") {
        Some(dir) => PathBuf::from(dir).join("platen"),
        None => user_dir("XDG_CACHE_HOME", ".cache")?.join("platen"),
    };
    private_directory(&dir)?;
    Ok(dir)
}

/// Where programs keep what is the user's own.
///
/// *Errors*: no home directory. *Source*: XDG base directory specification.
pub(crate) fn data_home() -> Result<PathBuf> {
    user_dir("XDG_DATA_HOME", ".local/share")
}

fn user_dir(variable: &str, fallback: &str) -> Result<PathBuf> {
    if let Some(dir) = std::env::var_os(variable).map(PathBuf::from)
        && dir.is_absolute()
    {
        return Ok(dir);
    }
    let home = std::env::home_dir().context("this user has no home directory")?;
    Ok(home.join(fallback))
}

/// The system knows this program by its desktop entry.
pub(crate) fn introduce(_arguments: &[String]) {}

/// A program without a window is in no panel by itself.
pub(crate) fn stay_in_the_tray(_app: &mut tauri::App) -> tauri::Result<()> {
    Ok(())
}

/// It is not opened a second time but starts a second time.
pub(crate) const fn is_opened_again(_event: &tauri::RunEvent) -> bool {
    false
}

/// What people call this computer. *Source*: proc_sys_kernel(5).
pub(crate) fn computer_name() -> Option<String> {
    std::fs::read_to_string("/proc/sys/kernel/hostname").ok()
}

/// The log is the session's: its journal keeps standard error.
///
/// *Errors*: none, but on a system without a journal.
#[expect(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
pub(crate) fn log_writer(_data_dir: &Path) -> Result<BoxMakeWriter> {
    Ok(BoxMakeWriter::new(io::stderr))
}

/// The key of this computer's gate, where it can be asked.
pub(crate) fn gate(places: &Places) -> Option<PublicKey> {
    machine::public(places).filter(|_| {
        // Points that a gate counts on come back with its word alone.
        let answers = places.socket.exists();
        if !answers {
            tracing::warn!(socket = %places.socket.display(), "this computer’s gate can’t be asked");
        }
        answers
    })
}

/// Says a line to the gate, and hears what it answers, up to so many bytes.
///
/// *Errors*: it is not there.
pub(crate) async fn ask_gate(socket: &Path, question: &str, most_bytes: u64) -> io::Result<String> {
    let mut stream = UnixStream::connect(socket).await?;
    stream.write_all(format!("{question}\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.take(most_bytes).read_to_string(&mut answer).await?;
    Ok(answer)
}

/// Becomes `program`, in this process; comes back with why not. *Source*: execve(2).
pub(crate) fn follow(program: &Path) -> io::Error {
    Command::new(program).exec()
}
