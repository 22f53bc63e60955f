//! A directory that disappears with its guard.

use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::MARK;

/// Removes the directory when standard input ends; parts that are still stopping may write to it
/// for a moment.
const REMOVE: &str = r#"cat
tries=100
while [ -e "$1" ] && [ "$tries" -gt 0 ]; do rm -rf "$1" && break; sleep 0.1; tries=$((tries - 1)); done"#;

/// An empty directory with a short path, readable by other users, removed when the guard is dropped
/// or the process that holds it dies.
///
/// Short, because the path of a UNIX socket in it must stay below 108 bytes.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    remover: Child,
}

impl Scratch {
    /// Makes `/tmp/NAME-PROCESS-NUMBER`.
    ///
    /// # Errors
    /// When /tmp can't be written.
    pub fn new(name: &str) -> Result<Self> {
        for number in 0..10_000 {
            let path = PathBuf::from(format!("/tmp/{name}-{}-{number}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => return Self::own(path),
                Err(problem) if problem.kind() == ErrorKind::AlreadyExists => {}
                Err(problem) => {
                    return Err(problem).with_context(|| format!("creating {}", path.display()));
                }
            }
        }
        bail!("/tmp holds ten thousand left directories named {name}-…")
    }

    fn own(path: PathBuf) -> Result<Self> {
        fs::set_permissions(&path, Permissions::from_mode(0o755))?;
        let remover = Command::new("setsid")
            .args(["sh", "-c", REMOVE, "remove"])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .env_remove(MARK)
            .spawn()
            .context("starting a shell")?;
        Ok(Self { path, remover })
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A path inside the directory.
    #[must_use]
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(self.remover.stdin.take());
        if let Err(problem) = self.remover.wait() {
            eprintln!("lab: removing {}: {problem}", self.path.display());
        }
    }
}
