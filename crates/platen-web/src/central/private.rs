//! Files and directories that are their owner's alone: by their mode, or by their list of
//! rights.

#[cfg(unix)]
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
#[cfg(unix)]
use std::io;
#[cfg(unix)]
use std::path::Path;

/// Makes a directory, and those above it; one that is there becomes its owner's alone.
///
/// *Errors*: it can't be made. *Source*: POSIX mkdir, mode 0700.
#[cfg(unix)]
pub(super) fn make_directory(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700).create(directory)?;
    std::fs::set_permissions(directory, Permissions::from_mode(0o700))
}

/// Opens a file to write, or makes it.
///
/// *Errors*: it can't be opened.
#[cfg(unix)]
pub(super) fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    options.mode(0o600).open(path)
}

/// Besides their owner, the system and administrators get at them.
#[cfg(windows)]
pub(super) use platen_windows::system::{
    create_private_directory as make_directory, open_private_file as open,
};
