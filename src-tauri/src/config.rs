//! Where the client finds things: directories of the user, programs beside it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use platen_settings::Settings;

/// The analyser, as it lies beside this program.
const ANALYSER: &str = if cfg!(windows) {
    "platen-estimate.exe"
} else {
    "platen-estimate"
};

/// Where the ledger, the key and the sealed session are kept; made with access for
/// the owner alone.
///
/// *Errors*: no home directory, or it can't be made.
pub(crate) fn data_dir(settings: &Settings) -> Result<PathBuf> {
    let dir = match &settings.data_dir {
        Some(dir) => dir.clone(),
        None => user_dir("XDG_DATA_HOME", ".local/share")?.join("platen"),
    };
    private_dir(&dir)?;
    Ok(dir)
}

/// The analyser's program file.
///
/// *Errors*: it is not there.
pub(crate) fn estimator(settings: &Settings) -> Result<PathBuf> {
    let path = match &settings.estimator {
        Some(path) => path.clone(),
        None => std::env::current_exe()?.with_file_name(ANALYSER),
    };
    if !path.is_file() {
        bail!(
            "the document analyser {} is missing; install Platen again",
            path.display()
        );
    }
    Ok(path)
}

/// The directory for the control socket, which ends with the login session.
///
/// *Errors*: it can't be made.
pub(crate) fn runtime_dir() -> Result<PathBuf> {
    let dir = match std::env::var_os("XDG_RUNTIME_DIR") {
        Some(dir) => PathBuf::from(dir).join("platen"),
        None => user_dir("XDG_CACHE_HOME", ".cache")?.join("platen"),
    };
    private_dir(&dir)?;
    Ok(dir)
}

fn private_dir(dir: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("can’t make the directory {}", dir.display()))
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
