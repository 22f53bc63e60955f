//! Which print system carries out a release, where several servers share one
//! ledger: the one where it was asked for, also after a restart.

use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use uuid::{Builder, Uuid};

/// The part of a release's number that names the host.
const NAME_BYTES: usize = 8;

/// One server's print system, known by a random name in the server's directory.
#[derive(Clone, Debug)]
pub struct Host {
    name: [u8; NAME_BYTES],
    lock: PathBuf,
}

/// Why a host has no name.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// Its files can't be read or written.
    #[error("the file of the print host can't be used")]
    File(#[from] std::io::Error),
    /// Somebody changed it.
    #[error("the file of the print host holds no name")]
    Malformed,
}

impl Host {
    /// The name that is kept in `directory`, made if there is none.
    ///
    /// *Errors*: [`HostError`].
    pub fn of(directory: &Path) -> Result<Self, HostError> {
        let path = directory.join("print-host");
        let mut fresh = std::fs::OpenOptions::new();
        match fresh.write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => {
                writeln!(file, "{}", custom(Uuid::new_v4().into_bytes()))?;
                file.sync_all()?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.into()),
        }
        let text = std::fs::read_to_string(&path)?;
        let kept = Uuid::try_parse(text.trim()).map_err(|_| HostError::Malformed)?;
        Ok(Self {
            name: name_in(kept),
            lock: directory.join("print-host.lock"),
        })
    }

    /// A number for one release that this host carries out.
    #[must_use]
    pub fn number(&self) -> Uuid {
        let mut bytes = Uuid::new_v4().into_bytes();
        bytes[..NAME_BYTES].copy_from_slice(&self.name);
        custom(bytes)
    }

    /// Whether this host carries out the release with this number.
    #[must_use]
    pub fn carries_out(&self, number: Uuid) -> bool {
        number.get_version_num() == 8 && name_in(number) == self.name
    }

    /// Takes the work of this host for this process; none while another process
    /// of the same directory has it. Given back when the file is closed.
    pub(super) fn take(&self) -> std::io::Result<Option<File>> {
        let mut options = std::fs::OpenOptions::new();
        let file = options
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&self.lock)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// *Source*: RFC 9562, section 5.8: the version stands in the first half, so
/// that names are compared with it.
fn custom(bytes: [u8; 16]) -> Uuid {
    Builder::from_custom_bytes(bytes).into_uuid()
}

fn name_in(number: Uuid) -> [u8; NAME_BYTES] {
    let mut name = [0; NAME_BYTES];
    name.copy_from_slice(&number.as_bytes()[..NAME_BYTES]);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_knows_its_own_releases_after_a_restart_and_nobody_elses() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let number = Host::of(here.path()).unwrap().number();
        let again = Host::of(here.path()).unwrap();
        assert!(again.carries_out(number));
        assert_ne!(again.number(), number);
        assert!(!Host::of(there.path()).unwrap().carries_out(number));
        assert!(!again.carries_out(Uuid::new_v4()));
    }

    #[test]
    fn one_process_at_a_time_does_the_work_of_a_host() {
        let directory = tempfile::tempdir().unwrap();
        let host = Host::of(directory.path()).unwrap();
        let first = host.take().unwrap();
        assert!(first.is_some());
        assert!(host.take().unwrap().is_none());
        drop(first);
        assert!(host.take().unwrap().is_some());
    }

    #[test]
    fn a_changed_name_is_said_and_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("print-host"), "library\n").unwrap();
        assert!(matches!(
            Host::of(directory.path()),
            Err(HostError::Malformed)
        ));
    }
}
