//! Where a cluster's files and PostgreSQL's programs are.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::PostgresOptions;
use crate::User;
use crate::process::search_path;

/// The longest path of a UNIX socket: `sun_path` of `sockaddr_un` less its final zero byte.
const LONGEST_SOCKET_PATH: usize = 107;

/// The cluster's data directory.
pub(super) fn data(directory: &Path) -> PathBuf {
    directory.join("data")
}

/// Refuses a directory whose socket nobody could connect to.
pub(super) fn check_path(directory: &Path) -> Result<()> {
    let longest = directory.join(".s.PGSQL.65535");
    ensure!(
        longest.as_os_str().len() <= LONGEST_SOCKET_PATH,
        "{} is too long for a UNIX socket",
        longest.display()
    );
    Ok(())
}

/// Makes `directory`, where the server's socket is, with an empty data directory.
pub(super) fn own(directory: &Path, user: &User) -> Result<()> {
    user.own_home(directory)?;
    let data = data(directory);
    if !data.exists() {
        fs::create_dir(&data).with_context(|| format!("creating {}", data.display()))?;
        // PostgreSQL refuses one that others may read.
        fs::set_permissions(&data, Permissions::from_mode(0o700))?;
        chown(&data, Some(user.uid), Some(user.gid))?;
    }
    Ok(())
}

/// Appends our settings to the cluster's own; of two that contradict each other the later counts.
pub(super) fn configure(directory: &Path, options: &PostgresOptions, port: u16) -> Result<()> {
    let addresses = if options.tcp { "127.0.0.1" } else { "" };
    let socket = directory.display();
    let settings = &options.settings;
    // The kind of shared memory is one whose files are in the data directory: nothing of a killed
    // server stays in /dev/shm.
    let text = format!(
        "
port = {port}
listen_addresses = '{addresses}'
unix_socket_directories = '{socket}'
dynamic_shared_memory_type = mmap
max_connections = 200
wal_keep_size = 256MB
{settings}
"
    );
    let path = data(directory).join("postgresql.conf");
    let mut file = OpenOptions::new()
        .append(true)
        .open(&path)
        .with_context(|| format!("opening {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    Ok(())
}

/// The directory of the newest PostgreSQL's programs: Debian keeps those of each version apart.
pub(super) fn programs() -> Result<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, programs)| programs.join("initdb").is_file())
        .max()
        .map(|(_, programs)| programs);
    debian
        .or_else(|| {
            std::env::split_paths(&search_path()).find(|place| place.join("initdb").is_file())
        })
        .context(
            "PostgreSQL is not installed: `cargo xtask run` and `cargo xtask test` do it (Debian: \
             the package postgresql)",
        )
}
