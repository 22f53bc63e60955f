//! Which print system carries out a release, where several servers share one
//! ledger: the one where it was asked for, also after a restart.

use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use platen_ledger::{HostName, PrintHost};
use uuid::{Builder, Uuid};

/// One server's print system, known by a random name in the server's directory.
#[derive(Clone, Debug)]
pub struct Host {
    name: HostName,
    /// The computer's name, for people.
    label: String,
    lock: PathBuf,
}

/// Whoever has it does the work of the host alone.
#[derive(Debug)]
pub(super) struct Taken(File);

impl Drop for Taken {
    fn drop(&mut self) {
        // Closing would not do where a program is just being started, which has the file
        // open as well for a moment.
        let _ = self.0.unlock();
    }
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
        // Where it says no version, the first release gives it one.
        let kept = custom(kept.into_bytes());
        // Linux: proc(5). Where it says nothing, the host has no label.
        let label = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        Ok(Self {
            name: HostName::of_release(kept).ok_or(HostError::Malformed)?,
            label: label.trim().to_owned(),
            lock: directory.join("print-host.lock"),
        })
    }

    /// A number for one release that this host carries out.
    #[must_use]
    pub fn number(&self) -> Uuid {
        let mut bytes = Uuid::new_v4().into_bytes();
        let name = self.name.0;
        bytes[..name.len()].copy_from_slice(&name);
        custom(bytes)
    }

    /// Its name among all hosts.
    #[must_use]
    pub const fn name(&self) -> HostName {
        self.name
    }

    /// What the ledger knows it by.
    pub(super) fn known_as(&self) -> PrintHost {
        PrintHost {
            name: self.name,
            label: self.label.clone(),
        }
    }

    /// Takes the work of this host for this process; none while another process
    /// of the same directory has it. Given back when the answer is dropped.
    pub(super) fn take(&self) -> std::io::Result<Option<Taken>> {
        let mut options = std::fs::OpenOptions::new();
        let file = options
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&self.lock)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Taken(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// *Source*: RFC 9562, section 5.8.
fn custom(bytes: [u8; 16]) -> Uuid {
    Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_knows_its_own_releases_after_a_restart_and_nobody_elses() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let number = Host::of(here.path()).unwrap().number();
        let again = Host::of(here.path()).unwrap();
        let carries_out = |host: &Host, number| HostName::of_release(number) == Some(host.name());
        assert!(carries_out(&again, number));
        assert_ne!(again.number(), number);
        assert!(!carries_out(&Host::of(there.path()).unwrap(), number));
        assert!(!carries_out(&again, Uuid::new_v4()));
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
