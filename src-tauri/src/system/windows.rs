//! Windows: a named pipe, its own spooler without a gate, a file for the log.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use platen_settings::Settings;
use platen_spooler::{Spooler, WinspoolConfig};
use platen_windows::system::{
    Pipe, QuitRequest, Visitor, connect, create_private_directory, join_console, open_private_file,
    pipe_of_this_session, set_application_id, show_message,
};
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use super::APPLICATION_ID;
use super::log::{self, LogFile};
pub(crate) use super::no_gate::{ask_gate, gate};

/// Where settings come from, for people.
pub(crate) const SETTINGS: &str = r"
Settings: HKLM\Software\Policies\Platen over client.toml beside this program over
%APPDATA%\platen\client.toml (PLATEN_CONFIG=FILE replaces the last two).";

/// Whether [`follow`] works.
pub(crate) const CAN_FOLLOW: bool = false;

/// The place of the one program of the session.
pub(crate) struct Door(Pipe);

impl Door {
    /// Becomes the one program at this meeting place; none: another one is.
    ///
    /// *Errors*: the pipe can't be made.
    pub(crate) fn claim(place: &Path) -> Result<Option<Self>> {
        let pipe = Pipe::claim(&place.to_string_lossy()).context("can’t make the control pipe")?;
        Ok(pipe.map(Self))
    }

    /// Waits for the next visitor.
    ///
    /// *Errors*: the pipe can't be waited at. *Cancel safety*: nobody is lost.
    pub(crate) async fn visitor(&mut self) -> Result<Visitor> {
        Ok(self.0.visitor().await?)
    }
}

/// Where the programs of this session meet: a pipe.
///
/// *Errors*: Windows does not say who the user is.
pub(crate) fn meeting_place() -> Result<PathBuf> {
    let pipe = pipe_of_this_session(APPLICATION_ID);
    Ok(pipe.context("this computer’s user is not known")?.into())
}

/// Says `line` to whoever is at the meeting place, and hears one line of at most so many
/// bytes.
///
/// *Errors*: nobody is there, or somebody else, or he does not answer in time.
pub(crate) fn exchange(
    place: &Path,
    line: &[u8],
    most_bytes: u64,
    patience: Duration,
) -> Result<String> {
    let pipe = connect(&place.to_string_lossy(), patience);
    let mut pipe = pipe.context("Platen is not running")?;
    let line = line.to_owned();
    let (said, answers) = mpsc::channel();
    // A pipe has no deadline of its own. Who asks ends soon, and this thread with it.
    std::thread::spawn(move || {
        let mut talk = || -> io::Result<String> {
            pipe.write_all(&line)?;
            let mut answer = String::new();
            BufReader::new((&pipe).take(most_bytes)).read_line(&mut answer)?;
            Ok(answer)
        };
        let _nobody_waits = said.send(talk());
    });
    let answer = answers.recv_timeout(patience);
    Ok(answer.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??)
}

/// Where programs keep what is the user's own and does not wander to other computers.
///
/// *Errors*: this user has no such place. *Source*: Windows, known folders.
pub(crate) fn data_home() -> Result<PathBuf> {
    let place = std::env::var_os("LOCALAPPDATA").map(PathBuf::from);
    place
        .filter(|place| place.is_absolute())
        .context("this user has no directory for the data of programs")
}

/// Makes a directory that nobody but the user, the system and administrators gets into, and
/// those above it as they come.
///
/// *Errors*: it can't be made.
pub(crate) fn private_directory(dir: &Path) -> Result<()> {
    create_private_directory(dir)
        .with_context(|| format!("can’t make the directory {}", dir.display()))
}

/// Tells Windows which application this is, and answers at the console where it was
/// asked something; a tray app stays away from it, since it would end with it.
pub(crate) fn introduce(arguments: &[String]) {
    // Without it notifications have another sender; nothing else depends on it.
    let _ = set_application_id(APPLICATION_ID);
    if !["", "--autostart"].contains(&arguments.join(" ").as_str()) {
        join_console();
    }
}

/// A program without a window is in no task bar.
pub(crate) fn stay_in_the_tray(_app: &mut tauri::App) -> tauri::Result<()> {
    Ok(())
}

/// It is not opened a second time but starts a second time.
pub(crate) const fn is_opened_again(_event: &tauri::RunEvent) -> bool {
    false
}

/// What people call this computer.
pub(crate) fn computer_name() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}

/// Says why the program did not do what it was to do; in a window where nobody would see it
/// otherwise.
pub(crate) fn complain(text: &str) {
    if !show_message("Platen", text) {
        eprintln!("{text}");
    }
}

/// The log is a file, since no journal is there.
///
/// *Errors*: it can't be opened.
pub(crate) fn log_writer(data_dir: &Path) -> Result<BoxMakeWriter> {
    let file = open_private_file(&data_dir.join(log::NAME)).and_then(LogFile::after);
    let file = file.context("can’t write the log")?;
    Ok(BoxMakeWriter::new(std::sync::Mutex::new(file)))
}

/// The print system, asked in the name of its `user`.
pub(crate) fn print_system(settings: &Settings, user: String) -> Spooler {
    Spooler::connect(WinspoolConfig {
        user,
        queues: settings.queues.clone(),
    })
}

/// Calls `end` when a package asks this client to end.
///
/// *Errors*: it can't be heard.
pub(crate) fn when_told_to_end(end: impl FnOnce() + Send + 'static) -> Result<()> {
    let request = QuitRequest::listen().context("packages can’t end this client")?;
    let thread = std::thread::Builder::new().name("quit".to_owned());
    thread.spawn(move || match request.wait() {
        Ok(()) => end(),
        Err(error) => tracing::error!(%error, "packages can’t end this client"),
    })?;
    Ok(())
}

/// A program that runs can't be replaced here: the package ends the client before.
pub(crate) fn follow(_program: &Path) -> io::Error {
    io::ErrorKind::Unsupported.into()
}
