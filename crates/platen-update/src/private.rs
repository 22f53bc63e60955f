//! Files that are their owner's alone: by their mode, or by their list of rights.

#[cfg(unix)]
use std::fs::{DirBuilder, File};
#[cfg(unix)]
use std::io;
#[cfg(unix)]
use std::path::Path;

/// Makes a directory that nobody but its owner gets into, and those above it.
///
/// *Errors*: it can't be made.
#[cfg(unix)]
pub(crate) fn directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Opens a file to read and write, or makes it so that it is the user's alone.
///
/// *Errors*: it can't be opened.
#[cfg(unix)]
pub(crate) fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    options.mode(0o600).open(path)
}

/// Whether nobody else gets at what is there under this very name.
///
/// *Errors*: it is not there, or the system does not say.
#[cfg(unix)]
pub(crate) fn is_private(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let found = std::fs::symlink_metadata(path)?;
    Ok(found.is_file() && found.mode() & 0o077 == 0)
}

#[cfg(windows)]
pub(crate) use platen_windows::system::{
    create_private_directory as directory, is_private, open_private_file as open,
};
