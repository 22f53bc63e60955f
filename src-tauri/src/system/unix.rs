//! What Linux and macOS do alike: a lock and a socket in the session's directory, CUPS.

use std::fs::{DirBuilder, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use platen_settings::Settings;
use platen_spooler::{CupsConfig, Spooler};
use tokio::net::{UnixListener, UnixStream};

/// The place of the one program of the session: who has the lock serves the socket.
pub(crate) struct Door {
    /// Locked as long as the client lives.
    lock: File,
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
            lock,
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
        // Closing would not do where a program is just being started, which has the file
        // open as well for a moment.
        let _ = self.lock.unlock();
    }
}

fn socket(place: &Path) -> PathBuf {
    place.join("control.sock")
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

/// Says why the program did not do what it was to do.
pub(crate) fn complain(text: &str) {
    eprintln!("{text}");
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

/// Packages end the client over its control socket, or by a signal.
///
/// *Errors*: none, but on a system without signals.
#[expect(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
pub(crate) fn when_told_to_end(_end: impl FnOnce() + Send + 'static) -> Result<()> {
    Ok(())
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
