//! Copies of a ledger file that are complete or not there.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;

use crate::error::LedgerError;
use crate::private;
use crate::store::Result;
use crate::view::Progress;

/// Pages that are copied between two reports of progress.
const PAGES: i32 = 1_024;

/// How long another connection is waited for, where one gets in the way.
const PAUSE: Duration = Duration::from_millis(50);

/// Copies what a connection sees to a new file.
///
/// *Errors*: there is a file already, or it can't be written.
pub(super) fn back_up(
    from: &Connection,
    to: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<()> {
    if to.exists() {
        return Err(LedgerError::Exists);
    }
    let copy = Partial::beside(to)?;
    copy_into(from, &copy, progress)?;
    copy.take_place(to)
}

/// Copies what a connection sees into a file, as one that needs no other beside
/// it.
pub(super) fn copy_into(
    from: &Connection,
    to: &Partial,
    progress: &mut dyn FnMut(Progress),
) -> Result<()> {
    let mut copy = Connection::open_with_flags(
        to.path(),
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    // While this transaction is open, what others write does not make the copy
    // start again.
    let snapshot = from.unchecked_transaction()?;
    snapshot.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let backup = Backup::new(&snapshot, &mut copy)?;
    loop {
        let step = backup.step(PAGES)?;
        let pages = backup.progress();
        let count = |pages: std::ffi::c_int| u64::try_from(pages).unwrap_or_default();
        progress(Progress {
            done: count(pages.pagecount - pages.remaining),
            total: count(pages.pagecount),
        });
        match step {
            StepResult::Done => break,
            StepResult::More => {}
            _ => std::thread::sleep(PAUSE),
        }
    }
    drop(backup);
    snapshot.commit()?;
    without_log(&copy)
}

/// Brings everything into the file itself.
pub(super) fn without_log(connection: &Connection) -> Result<()> {
    let mode = "PRAGMA journal_mode = DELETE";
    let mode: String = connection.query_row(mode, [], |row| row.get(0))?;
    if mode.eq_ignore_ascii_case("delete") {
        return Ok(());
    }
    Err(LedgerError::Busy)
}

/// A file that is not complete yet; it goes away unless it takes its place.
pub(super) struct Partial(Option<PathBuf>);

impl Partial {
    /// A new empty file in the folder of `path`, readable by its owner alone.
    pub(super) fn beside(path: &Path) -> Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let partial = path.with_file_name(format!(".{name}.{}.partial", Uuid::new_v4().simple()));
        private::create(&partial).map_err(unwritable)?;
        Ok(Self(Some(partial)))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.as_deref().unwrap_or_else(|| Path::new(""))
    }

    /// Makes the file durable and gives it its name.
    pub(super) fn take_place(mut self, of: &Path) -> Result<()> {
        self.sync().map_err(unwritable)?;
        fs::rename(self.path(), of).map_err(unwritable)?;
        self.0 = None;
        sync_folder(of).map_err(unwritable)
    }

    fn sync(&self) -> io::Result<()> {
        OpenOptions::new().write(true).open(self.path())?.sync_all()
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            for suffix in ["", "-journal", "-wal", "-shm"] {
                // Most of these are not there.
                let _ = fs::remove_file(with_suffix(path, suffix));
            }
        }
    }
}

/// The name of a file that SQLite keeps beside its database.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Makes a changed name durable, where folders can be.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    match path.parent() {
        Some(folder) if folder != Path::new("") => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

pub(super) fn unwritable(error: io::Error) -> LedgerError {
    match error.kind() {
        io::ErrorKind::StorageFull => LedgerError::Full,
        _ => LedgerError::Unwritable(Arc::new(error)),
    }
}
