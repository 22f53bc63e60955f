//! Putting a backup in the place of a ledger file.

use std::cell::RefCell;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use super::backup::{Partial, copy_into, sync_folder, unwritable, with_suffix, without_log};
use super::schema;
use crate::error::LedgerError;
use crate::rules::verify;
use crate::store::{Result, Tx, WorkingSet};
use crate::view::{Restored, Verified};

/// Files that SQLite keeps beside a database that was not closed properly.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Checks a backup and lets a copy of it take the place of `target`.
pub(crate) fn restore(backup: &Path, target: &Path) -> Result<Restored> {
    // Before the long work, so that who has it open is told at once.
    let held = hold(target)?;
    let copy = Partial::beside(target)?;
    let verified =
        checked_copy(backup, &copy).map_err(|error| LedgerError::BadBackup(Arc::new(error)))?;
    #[cfg(unix)]
    keep_owner(target, &copy).map_err(unwritable)?;
    // Where a file that is open can't be renamed, nobody is kept out any more.
    let held = held.filter(|_| cfg!(unix));
    let former = set_aside(target).map_err(unwritable)?;
    copy.take_place(target)?;
    drop(held);
    Ok(Restored { former, verified })
}

/// Keeps everybody else out of a ledger file and brings its log into it. A file
/// that is no database is nobody's, and its log stays beside it.
fn hold(target: &Path) -> Result<Option<Connection>> {
    if !target.exists() || !is_database(target).map_err(unwritable)? {
        return Ok(None);
    }
    let held = (|| {
        let connection = Connection::open_with_flags(
            target,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        // A file whose log is in use can't leave it.
        without_log(&connection)?;
        connection.execute_batch("BEGIN EXCLUSIVE")?;
        Ok(connection)
    })();
    match held {
        Ok(connection) => Ok(Some(connection)),
        Err(LedgerError::Busy) => Err(LedgerError::InUse),
        Err(LedgerError::Corrupt { .. } | LedgerError::NotALedger) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a file starts as SQLite's do. *Source*: SQLite, file format, 1.3.1.
fn is_database(path: &Path) -> std::io::Result<bool> {
    let mut start = Vec::new();
    fs::File::open(path)?.take(16).read_to_end(&mut start)?;
    Ok(start == b"SQLite format 3\0")
}

/// Copies the backup, migrates the copy and checks it as a whole.
fn checked_copy(backup: &Path, copy: &Partial) -> Result<Verified> {
    let source = schema::open_reader(backup)?;
    schema::check(&source)?;
    copy_into(&source, copy, &mut |_| ())?;
    drop(source);
    let ledger = schema::open_writer(copy.path())?;
    let snapshot = ledger.unchecked_transaction()?;
    let set = RefCell::new(WorkingSet::default());
    let verified = verify::verify(Tx::reading(&set, &*snapshot), &mut |_| ())?;
    snapshot.commit()?;
    ledger.flush_prepared_statement_cache();
    without_log(&ledger)?;
    Ok(verified)
}

/// The ledger stays its owner's, whoever restores it.
#[cfg(unix)]
fn keep_owner(target: &Path, copy: &Partial) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt, chown};
    let owner = |path: &Path| fs::metadata(path).map(|it| (it.uid(), it.gid()));
    if !target.exists() {
        return Ok(());
    }
    let (user, group) = owner(target)?;
    if owner(copy.path())? == (user, group) {
        return Ok(());
    }
    chown(copy.path(), Some(user), Some(group))
}

/// Gives the former file a name of its own, with the time. Its former name
/// stays as well, where the file system can, until another file takes it: so
/// that there is a ledger at every moment.
fn set_aside(target: &Path) -> std::io::Result<Option<PathBuf>> {
    if !target.exists() {
        return Ok(None);
    }
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%S%.6fZ");
    let former = with_suffix(target, &format!(".before-{time}"));
    for suffix in BESIDE {
        let beside = with_suffix(target, suffix);
        if beside.exists() {
            fs::rename(beside, with_suffix(&former, suffix))?;
        }
    }
    if fs::hard_link(target, &former).is_err() {
        fs::rename(target, &former)?;
    }
    sync_folder(target)?;
    Ok(Some(former))
}
