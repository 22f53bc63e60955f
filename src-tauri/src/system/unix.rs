//! Linux and macOS: a lock and a socket in the session's directory, CUPS, the gate.

use std::fs::{DirBuilder, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use platen_gate::places::Places;
use platen_gate::{PublicKey, machine};
use platen_settings::Settings;
use platen_spooler::{CupsConfig, Spooler};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tracing_subscriber::fmt::writer::BoxMakeWriter;

/// Where settings come from, for people.
pub(crate) const SETTINGS: &str = "\
Settings: /etc/platen/policy.toml over /etc/platen/client.toml over
~/.config/platen/client.toml (PLATEN_CONFIG=FILE replaces the last two).";

/// Whether [`follow`] works.
pub(crate) const CAN_FOLLOW: bool = true;

/// The place of the one program of the session: who has the lock serves the socket.
pub(crate) struct Door {
    /// Locked as long as the client lives.
    _lock: File,
    socket: PathBuf,
    listener: Option<UnixListener>,
}

impl Door {
    /// Becomes the one program at this meeting place; none: another one is.
    ///
    /// *Errors*: the directory can't be written. *Source*: flock(2).
    pub(crate) fn claim(place: &Path) -> Result<Option<Self>> {
        let lock = File::create(place.join("lock")).context("can’t write the runtime directory")?;
        if lock.try_lock().is_err() {
            return Ok(None);
        }
        let socket = socket(place);
        // Left over from a client that was killed: the lock says nobody owns it.
        if socket.exists() {
            std::fs::remove_file(&socket)?;
        }
        Ok(Some(Self {
            _lock: lock,
            socket,
            listener: None,
        }))
    }

    /// Waits for the next visitor.
    ///
    /// *Errors*: the socket can't be made. *Cancel safety*: nobody is lost.
    pub(crate) async fn visitor(&mut self) -> Result<UnixStream> {
        let listener = match &self.listener {
            Some(listener) => listener,
            None => {
                let bound = UnixListener::bind(&self.socket);
                let bound = bound.context("can’t open the control socket")?;
                self.listener.insert(bound)
            }
        };
        Ok(listener.accept().await?.0)
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // The lock is what counts; a socket that stays is removed by the next start.
        let _ = std::fs::remove_file(&self.socket);
    }
}

fn socket(place: &Path) -> PathBuf {
    place.join("control.sock")
}

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

/// Says `line` to whoever is at the meeting place, and hears one line of at most so many
/// bytes.
///
/// *Errors*: nobody is there, or does not answer in time.
pub(crate) fn exchange(
    place: &Path,
    line: &[u8],
    most_bytes: u64,
    patience: Duration,
) -> Result<String> {
    let stream = std::os::unix::net::UnixStream::connect(socket(place));
    let mut stream = stream.context("Platen is not running")?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    stream.write_all(line)?;
    let mut answer = String::new();
    BufReader::new(stream.take(most_bytes)).read_line(&mut answer)?;
    Ok(answer)
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

/// Makes a directory that nobody but the user gets into, and those above it.
///
/// *Errors*: it can't be made.
pub(crate) fn private_directory(dir: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("can’t make the directory {}", dir.display()))
}

/// The system knows this program by its desktop entry.
pub(crate) fn introduce(_arguments: &[String]) {}

/// Says why the program did not do what it was to do.
pub(crate) fn complain(text: &str) {
    eprintln!("{text}");
}

/// The log is the session's: its journal keeps standard error.
///
/// *Errors*: none, but on a system without a journal.
#[expect(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
pub(crate) fn log_writer(_data_dir: &Path) -> Result<BoxMakeWriter> {
    Ok(BoxMakeWriter::new(io::stderr))
}

/// The print system, asked in the name of its `user`.
pub(crate) fn print_system(settings: &Settings, user: String) -> Spooler {
    let mut cups = CupsConfig::from_environment(user);
    if let Some(socket) = &settings.cups_server {
        cups.socket.clone_from(socket);
    }
    cups.queues.clone_from(&settings.queues);
    Spooler::connect(cups)
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

/// Packages end the client over its control socket, or by a signal.
///
/// *Errors*: none, but on a system without signals.
#[expect(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
pub(crate) fn when_told_to_end(_end: impl FnOnce() + Send + 'static) -> Result<()> {
    Ok(())
}

/// Becomes `program`, in this process; comes back with why not. *Source*: execve(2).
pub(crate) fn follow(program: &Path) -> io::Error {
    Command::new(program).exec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn socket_of_a_killed_client_is_taken_over() {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(socket(place.path()), "").unwrap();
        assert!(Door::claim(place.path()).unwrap().is_some());
        assert!(exchange(place.path(), b"\n", 1, Duration::from_secs(1)).is_err());
    }
}
