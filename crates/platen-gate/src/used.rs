//! Which approvals have been used: each is good for one printing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use platen_domain::{LeaseId, Points};
use uuid::Uuid;

/// A used approval is forgotten this long after it has expired, when no clock
/// that was set back can make it valid again. *Units*: seconds.
const KEPT_AFTER_EXPIRY_S: u64 = 30 * 24 * 3600;

/// Why an approval could not be marked as used.
#[derive(Debug, thiserror::Error)]
pub enum UsedError {
    /// It has been used already.
    #[error("this approval has been used already, please release the document again")]
    Already,
    /// The directory cannot be written, or others could write there.
    #[error("the directory of used approvals cannot be used; ask your administrator")]
    Directory(#[source] io::Error),
}

/// Marks `nonce` as used, durably; this succeeds once.
///
/// # Errors
/// [`UsedError`]; then nothing may be printed.
pub fn claim(directory: &Path, nonce: Uuid, expires_unix_s: u64) -> Result<(), UsedError> {
    claim_on(directory, nonce, expires_unix_s, None)
}

/// What a print took from the points of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Draw {
    pub(crate) lease: LeaseId,
    pub(crate) cost: Points,
    /// The job that was printed.
    pub(crate) job: Uuid,
}

/// One print on a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Print {
    /// The number of its approval.
    pub(crate) nonce: Uuid,
    pub(crate) draw: Draw,
}

/// As [`claim`], for a print that the gate counts on a lease.
pub(crate) fn claim_on(
    directory: &Path,
    nonce: Uuid,
    expires_unix_s: u64,
    draw: Option<Draw>,
) -> Result<(), UsedError> {
    let path = directory.join(nonce.to_string());
    prepare(directory).map_err(UsedError::Directory)?;
    let created = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let file = match created {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(UsedError::Already);
        }
        created => created.map_err(UsedError::Directory)?,
    };
    write(file, directory, expires_unix_s, draw).map_err(UsedError::Directory)
}

/// Writes an entry down once more: with a print that was counted where the computer
/// went down before it was there, or without one that did not begin.
pub(crate) fn rewrite(
    directory: &Path,
    nonce: Uuid,
    expires_unix_s: u64,
    draw: Option<Draw>,
) -> io::Result<()> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(directory.join(nonce.to_string()))?;
    write(file, directory, expires_unix_s, draw)
}

fn write(
    mut file: File,
    directory: &Path,
    expires_unix_s: u64,
    draw: Option<Draw>,
) -> io::Result<()> {
    let draw = draw.map_or(String::new(), |draw| {
        format!(
            "{}\n{}\n{}\n",
            draw.lease.0,
            draw.cost.hundredths(),
            draw.job
        )
    });
    write!(file, "{expires_unix_s}\n{draw}")?;
    file.sync_all()?;
    File::open(directory)?.sync_all()
}

/// Whether an approval has been used.
pub(crate) fn is_used(directory: &Path, nonce: Uuid) -> bool {
    fs::symlink_metadata(directory.join(nonce.to_string())).is_ok()
}

/// The prints on a lease, in the order of their numbers. One that was not written down
/// whole is left out.
pub(crate) fn prints_on(directory: &Path, lease: LeaseId) -> io::Result<Vec<Print>> {
    let name = lease.0.to_string();
    let mut prints = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let text = match fs::read_to_string(entry.path()) {
            // Forgotten in this moment, long after its lease.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            text => text?,
        };
        let mut lines = text.lines().skip(1);
        if lines.next() != Some(name.as_str()) || !text.ends_with('\n') {
            continue;
        }
        let cost = lines.next().and_then(|cost| cost.parse().ok());
        let job = lines.next().and_then(|job| job.parse().ok());
        let nonce = entry
            .file_name()
            .to_str()
            .and_then(|nonce| nonce.parse().ok());
        if let (Some(cost), Some(job), Some(nonce)) = (cost, job, nonce) {
            let cost = Points::from_hundredths(cost);
            let draw = Draw { lease, cost, job };
            prints.push(Print { nonce, draw });
        }
    }
    prints.sort_by_key(|print| print.nonce);
    Ok(prints)
}

/// Forgets approvals that expired long ago, as far as that is possible: what
/// stays only takes a little room.
pub fn forget_expired(directory: &Path, now_unix_s: u64) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let expiry = fs::read_to_string(&path)
            .ok()
            .and_then(|text| text.lines().next()?.trim().parse::<u64>().ok());
        let long_ago = expiry.is_some_and(|s| s.saturating_add(KEPT_AFTER_EXPIRY_S) < now_unix_s);
        if long_ago && fs::remove_file(&path).is_err() {
            return;
        }
    }
}

/// The directory exists, and nobody else can remove or add anything there.
pub(crate) fn prepare(directory: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    if fs::metadata(directory)?.mode() & 0o022 != 0 {
        return Err(io::Error::other("others may write there"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn approval_is_good_once_among_many_at_the_same_time() {
        let dir = tempfile::tempdir().unwrap();
        let used = dir.path().join("used");
        let nonce = Uuid::new_v4();
        let successes = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16)
                .map(|_| scope.spawn(|| claim(&used, nonce, 5).is_ok()))
                .collect();
            threads
                .into_iter()
                .map(|t| t.join().unwrap())
                .filter(|ok| *ok)
                .count()
        });
        assert_eq!(successes, 1);
        assert!(matches!(claim(&used, nonce, 5), Err(UsedError::Already)));
    }

    #[test]
    fn directory_that_others_may_write_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(
            claim(dir.path(), Uuid::new_v4(), 5),
            Err(UsedError::Directory(_))
        ));
    }

    #[test]
    fn only_what_expired_long_ago_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let (old, recent) = (Uuid::new_v4(), Uuid::new_v4());
        let now = 10 * KEPT_AFTER_EXPIRY_S;
        claim(dir.path(), old, 1).unwrap();
        claim(dir.path(), recent, now - KEPT_AFTER_EXPIRY_S).unwrap();
        forget_expired(dir.path(), now);
        assert!(claim(dir.path(), old, 1).is_ok());
        assert!(claim(dir.path(), recent, 1).is_err());
    }
}
