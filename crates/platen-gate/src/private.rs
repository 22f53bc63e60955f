//! Files that are their owner's alone: by their mode, or by their list of rights.

#[cfg(unix)]
use std::fs::File;
#[cfg(unix)]
use std::io;
#[cfg(unix)]
use std::path::Path;

/// Makes a file that nobody but its owner reads, and on Windows the system and
/// administrators.
///
/// *Errors*: it is there already, or can't be made.
#[cfg(unix)]
pub(crate) fn create(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    let mut options = File::options();
    let file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Whether nobody else may read the file.
///
/// *Errors*: it is not there, or the system does not say.
#[cfg(unix)]
pub(crate) fn is_private(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(std::fs::metadata(path)?.mode() & 0o077 == 0)
}

#[cfg(windows)]
pub(crate) use platen_windows::system::{create_private_file as create, is_private};
