//! Files that are replaced as a whole.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Puts `content` at `path` as a whole or not at all.
pub(crate) fn replace(
    path: &Path,
    content: &[u8],
    mode: u32,
    owner: Option<(u32, u32)>,
) -> Result<()> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".platen-new");
    let fresh = PathBuf::from(fresh);
    let write = || -> io::Result<()> {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&fresh)?;
        file.write_all(content)?;
        if let Some((uid, gid)) = owner {
            std::os::unix::fs::fchown(&file, Some(uid), Some(gid))?;
        }
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    };
    let written = write();
    if written.is_err() && fresh.exists() {
        fs::remove_file(&fresh)?;
    }
    written.with_context(|| not_allowed(path))
}

pub(crate) fn not_allowed(path: &Path) -> String {
    format!(
        "{} cannot be read or changed; run this as administrator",
        path.display()
    )
}
