//! What administrators take out of the ledger and put back.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::Ledger;
use crate::engine::sqlite::restore;
use crate::error::LedgerError;
use crate::export::{self, ExportFilter, ExportFormat, Exported};
use crate::view::{Progress, Restored};

impl Ledger {
    /// Writes activities to `sink`, oldest first, from one snapshot, while
    /// others work, in memory that does not grow with the ledger.
    ///
    /// *Errors*: [`LedgerError::Unwritable`] says why `sink` took no more.
    /// *Source*: rules.md.
    pub async fn export<W>(
        &self,
        filter: ExportFilter,
        format: ExportFormat,
        sink: W,
    ) -> Result<Exported<W>, LedgerError>
    where
        W: Write + Send + 'static,
    {
        self.read(move |tx| export::export(tx, &filter, format, sink))
            .await
    }

    /// Copies a ledger that is a file to a new file at `to`, as it is at this
    /// moment, while others work. The file is complete or not there, and only
    /// its owner can read it. `progress` counts pages, from the thread that
    /// copies.
    ///
    /// *Errors*: [`LedgerError::Exists`]; [`LedgerError::InPostgres`];
    /// [`LedgerError::Unwritable`] or [`LedgerError::Full`].
    pub async fn back_up<P>(&self, to: &Path, progress: P) -> Result<(), LedgerError>
    where
        P: FnMut(Progress) + Send + 'static,
    {
        let to = PathBuf::from(to);
        self.inner.readers.back_up(to, progress).await
    }

    /// Puts a backup in the place of the ledger file `target`, which nobody may
    /// have open, and keeps the former file beside it. What takes its place is a
    /// copy that was migrated and checked as a whole before; the backup itself
    /// stays as it is.
    ///
    /// Blocks for as long as the check takes.
    /// *Errors*: [`LedgerError::BadBackup`] with what is wrong with it;
    /// [`LedgerError::InUse`]. `target` is unchanged after every one of them.
    pub fn restore(backup: &Path, target: &Path) -> Result<Restored, LedgerError> {
        restore::restore(backup, target)
    }
}
