//! The client's settings, as far as an administrator's tool needs them.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use platen_settings::{Files, Loaded};

/// Reads what this user's client would read.
///
/// # Errors
/// A file that cannot be read, with the line of its mistake.
pub(crate) fn load() -> Result<Loaded> {
    Ok(Files::from_environment()?.load()?)
}

/// Where the ledger is kept.
///
/// # Errors
/// This user has no place for it.
pub(crate) fn data_directory(loaded: &Loaded) -> Result<PathBuf> {
    if let Some(directory) = &loaded.settings.data_dir {
        return Ok(directory.clone());
    }
    users_own()
        .map(|directory| directory.join("platen"))
        .context("there is no home directory; say where the ledger is with --data-dir")
}

/// *Source*: Apple, “File System Programming Guide”.
#[cfg(target_os = "macos")]
fn users_own() -> Option<PathBuf> {
    Some(directory("HOME")?.join("Library/Application Support"))
}

/// *Source*: XDG base directory specification.
#[cfg(not(any(windows, target_os = "macos")))]
fn users_own() -> Option<PathBuf> {
    directory("XDG_DATA_HOME").or_else(|| Some(directory("HOME")?.join(".local/share")))
}

/// What does not wander to other computers. *Source*: Windows, known folders.
#[cfg(windows)]
fn users_own() -> Option<PathBuf> {
    directory("LOCALAPPDATA")
}

fn directory(variable: &str) -> Option<PathBuf> {
    let directory = std::env::var_os(variable).map(PathBuf::from);
    directory.filter(|path| path.is_absolute())
}

/// What the tray app writes its log to, where the system keeps none.
#[cfg(any(windows, target_os = "macos"))]
pub(crate) const LOG_FILE: &str = "platen.log";

/// The tray app beside this program.
///
/// # Errors
/// The system does not say where that is.
pub(crate) fn program() -> Result<PathBuf> {
    let name = format!("platen{}", std::env::consts::EXE_SUFFIX);
    Ok(std::env::current_exe()?.with_file_name(name))
}

/// The user who runs this program.
pub(crate) fn user_name() -> String {
    platen_identity::local_user().map_or_else(|_| "unknown".to_owned(), |person| person.login)
}

/// # Errors
/// The system has no resources left.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no event loop")
}
