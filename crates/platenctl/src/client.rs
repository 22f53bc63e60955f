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
pub(crate) fn data_directory(loaded: &Loaded) -> Result<PathBuf> {
    if let Some(directory) = &loaded.settings.data_dir {
        return Ok(directory.clone());
    }
    let named = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    named("XDG_DATA_HOME")
        .or_else(|| Some(named("HOME")?.join(".local/share")))
        .map(|directory| directory.join("platen"))
        .context("there is no home directory; say where the ledger is with --data-dir")
}
