//! The printer's own backend behind the gate.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// How the device of a managed queue begins.
pub const SCHEME_PREFIX: &str = "gate:";

/// Why there is nothing to print with.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// `gate:` alone: documents wait here until they are sent to a printer.
    #[error("this queue has no printer; release the document at a printer")]
    NoPrinter,
    /// The device behind `gate:` is none.
    #[error("the device of this queue is not usable; ask your administrator")]
    Unusable,
    /// The backend is missing or could not be looked at.
    #[error("the backend of this printer is missing; ask your administrator")]
    Missing(#[source] io::Error),
    /// Others than root could have changed the backend.
    #[error("the backend of this printer may be changed by others; ask your administrator")]
    Writable,
    /// The unprivileged user that backends run as is unknown.
    #[error("the user that printer backends run as is unknown; ask your administrator")]
    NoSuchUser,
}

/// The backend that will print.
#[derive(Debug, PartialEq, Eq)]
pub struct Device {
    /// Its program.
    pub program: PathBuf,
    /// The device without `gate:`; may hold a password.
    pub uri: String,
    /// The part before the colon, which is the program's name.
    pub scheme: String,
    /// Whether cupsd would run this backend as root.
    pub needs_root: bool,
}

impl Device {
    /// Finds the backend for `device_uri`, which begins with `gate:`.
    ///
    /// Root or `own_uid`, as whom the gate runs, must own the backend.
    ///
    /// # Errors
    /// [`DeviceError`], whose text is meant for people.
    /// *Source*: CUPS 2.4 `scheduler/job.c`: a backend runs as root if it is
    /// neither writable by its group nor executable or writable by others.
    pub fn find(device_uri: &str, backends: &Path, own_uid: u32) -> Result<Self, DeviceError> {
        let uri = device_uri
            .strip_prefix(SCHEME_PREFIX)
            .ok_or(DeviceError::Unusable)?;
        if uri.is_empty() {
            return Err(DeviceError::NoPrinter);
        }
        let (scheme, _) = uri.split_once(':').ok_or(DeviceError::Unusable)?;
        let proper = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+');
        if scheme.is_empty() || scheme == "gate" || !scheme.chars().all(proper) {
            return Err(DeviceError::Unusable);
        }
        let program = backends.join(scheme);
        let metadata = fs::metadata(&program).map_err(DeviceError::Missing)?;
        let owned = metadata.uid() == 0 || metadata.uid() == own_uid;
        if !owned || metadata.mode() & 0o022 != 0 {
            return Err(DeviceError::Writable);
        }
        Ok(Self {
            program,
            uri: uri.to_owned(),
            scheme: scheme.to_owned(),
            needs_root: metadata.mode() & 0o023 == 0,
        })
    }
}

/// A user's ids out of the text of `/etc/passwd`.
///
/// # Errors
/// [`DeviceError::NoSuchUser`], also for root: backends do not get its rights.
pub fn unprivileged_ids(passwd: &str, user: &str) -> Result<(u32, u32), DeviceError> {
    passwd
        .lines()
        .find_map(|line| {
            let mut fields = line.split(':');
            (fields.next() == Some(user)).then_some(())?;
            let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
            (uid != 0 && gid != 0).then_some((uid, gid))
        })
        .ok_or(DeviceError::NoSuchUser)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn backend(mode: u32) -> (tempfile::TempDir, u32) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let uid = fs::metadata(&path).unwrap().uid();
        (dir, uid)
    }

    #[test]
    fn gate_alone_has_no_printer() {
        let (dir, uid) = backend(0o755);
        assert!(matches!(
            Device::find("gate:", dir.path(), uid),
            Err(DeviceError::NoPrinter)
        ));
    }

    #[test]
    fn scheme_never_leads_out_of_the_backend_directory_or_back_to_the_gate() {
        let (dir, uid) = backend(0o755);
        for uri in [
            "socket://x",
            "gate:../socket:x",
            "gate:/bin/sh:x",
            "gate:gate:socket:x",
            "gate:socket",
            "gate::x",
            "gate:.:x",
        ] {
            assert!(
                matches!(
                    Device::find(uri, dir.path(), uid),
                    Err(DeviceError::Unusable)
                ),
                "{uri}"
            );
        }
    }

    #[test]
    fn backend_runs_as_root_only_where_cupsd_would_do_so() {
        for (mode, needs_root) in [(0o755, false), (0o700, true), (0o744, true), (0o555, false)] {
            let (dir, uid) = backend(mode);
            let device = Device::find("gate:socket://printer:9100", dir.path(), uid).unwrap();
            assert_eq!(device.needs_root, needs_root, "{mode:o}");
            assert_eq!(device.uri, "socket://printer:9100");
        }
    }

    #[test]
    fn backend_that_others_may_change_is_refused() {
        for mode in [0o775, 0o757] {
            let (dir, uid) = backend(mode);
            assert!(matches!(
                Device::find("gate:socket:x", dir.path(), uid),
                Err(DeviceError::Writable)
            ));
        }
        let (dir, uid) = backend(0o755);
        // Root's own files are good for everyone.
        let refused = matches!(
            Device::find("gate:socket:x", dir.path(), uid + 1),
            Err(DeviceError::Writable)
        );
        assert_eq!(refused, uid != 0);
    }

    #[test]
    fn unprivileged_user_is_never_root() {
        let passwd = "root:x:0:0::/:/bin/sh\nlp:x:7:7:lp:/x:/y\ntoor:x:0:7::/:/bin/sh\n";
        assert_eq!(unprivileged_ids(passwd, "lp").unwrap(), (7, 7));
        for user in ["root", "toor", "nobody", ""] {
            assert!(unprivileged_ids(passwd, user).is_err(), "{user}");
        }
    }
}
