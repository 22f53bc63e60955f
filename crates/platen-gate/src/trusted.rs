//! The keys that this computer trusts: one file per key in a directory that only root
//! writes.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::authority::Authority;

/// Why the keys could not be read.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The directory could not be read.
    #[error("the directory of trusted keys could not be read")]
    Directory(#[source] io::Error),
    /// Somebody other than the administrator could have put a key there.
    #[error("{0} may be written by others than the administrator")]
    Writable(PathBuf),
}

/// The keys of a computer, with the files they stand in.
#[derive(Debug, Default)]
pub struct Authorities {
    /// The usable keys.
    pub keys: Vec<(PathBuf, Authority)>,
    /// Files that hold no key, with what is wrong; they count for nothing.
    pub unreadable: Vec<(PathBuf, String)>,
}

impl Authorities {
    /// Reads every `*.pub` in `directory`; none if it does not exist.
    ///
    /// Root or `own_uid`, who runs a spooler of his own, must own the directory
    /// and each file.
    ///
    /// # Errors
    /// [`AuthorityError`]; then no key counts at all.
    pub fn load(directory: &Path, own_uid: u32) -> Result<Self, AuthorityError> {
        let mut found = Self::default();
        let entries = match fs::read_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            entries => entries.map_err(AuthorityError::Directory)?,
        };
        require_owned(directory, own_uid)?;
        let mut paths = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(AuthorityError::Directory)?;
        paths.sort();
        for path in paths {
            if path.extension().is_none_or(|extension| extension != "pub") {
                continue;
            }
            require_owned(&path, own_uid)?;
            match read(&path) {
                Ok(authority) => found.keys.push((path, authority)),
                Err(problem) => found.unreadable.push((path, problem)),
            }
        }
        Ok(found)
    }

    /// The keys alone.
    #[must_use]
    pub fn trusted(&self) -> Vec<Authority> {
        self.keys.iter().map(|(_, key)| key.clone()).collect()
    }
}

fn read(path: &Path) -> Result<Authority, String> {
    fs::read_to_string(path)
        .map_err(|error| error.to_string())?
        .parse()
}

/// Nobody but root or `own_uid` may write `path`.
fn require_owned(path: &Path, own_uid: u32) -> Result<(), AuthorityError> {
    let metadata = fs::metadata(path).map_err(AuthorityError::Directory)?;
    let owned = metadata.uid() == 0 || metadata.uid() == own_uid;
    if !owned || metadata.mode() & 0o022 != 0 {
        return Err(AuthorityError::Writable(path.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
