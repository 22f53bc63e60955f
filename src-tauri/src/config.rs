//! Where the client finds things: directories of the user, programs beside it.

use std::path::PathBuf;

use anyhow::{Result, bail};
use platen_settings::Settings;

use crate::system;

/// Where the ledger, the key and the sealed session are kept; made with access for
/// the owner alone.
///
/// *Errors*: no home directory, or it can't be made.
pub(crate) fn data_dir(settings: &Settings) -> Result<PathBuf> {
    let dir = match &settings.data_dir {
        Some(dir) => dir.clone(),
        None => system::data_home()?.join("platen"),
    };
    system::private_directory(&dir)?;
    Ok(dir)
}

/// The analyser's program file.
///
/// *Errors*: it is not there.
pub(crate) fn estimator(settings: &Settings) -> Result<PathBuf> {
    let path = match &settings.estimator {
        Some(path) => path.clone(),
        None => {
            let name = format!("platen-estimate{}", std::env::consts::EXE_SUFFIX);
            std::env::current_exe()?.with_file_name(name)
        }
    };
    if !path.is_file() {
        bail!(
            "the document analyser {} is missing; install Platen again",
            path.display()
        );
    }
    Ok(path)
}
