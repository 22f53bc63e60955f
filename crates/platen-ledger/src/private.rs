//! Files that are their owner's alone: by their mode, or by their list of rights.

#[cfg(unix)]
use std::fs::{File, OpenOptions};
#[cfg(unix)]
use std::io;
#[cfg(unix)]
use std::path::Path;

/// Opens a file, or makes it so that nobody but its owner reads it.
///
/// *Errors*: it can't be opened.
#[cfg(unix)]
pub(crate) fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.create(true).append(true).mode(0o600).open(path)
}

/// Makes a file that nobody but its owner reads.
///
/// *Errors*: it is there already, or can't be made.
#[cfg(unix)]
pub(crate) fn create(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

/// Besides their owner, the system and administrators get at them.
#[cfg(windows)]
pub(crate) use platen_windows::system::{create_private_file as create, open_private_file as open};
