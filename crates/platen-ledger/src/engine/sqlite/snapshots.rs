//! Connections that read, each on a snapshot of its own.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::{backup, schema};
use crate::engine::{Reading, Snapshots, Sql};
use crate::store::{Result, SiteState};
use crate::view::Progress;

/// A few idle connections to one file.
pub(crate) struct Files {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Files {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self {
            path,
            idle: Mutex::new(Vec::new()),
        }
    }

    fn take(&self) -> Result<Connection> {
        let idle = self.lock().pop();
        idle.map_or_else(|| schema::open_reader(&self.path), Ok)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Connection>> {
        // A list of idle connections is whole whoever panicked.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Snapshots for Files {
    fn with(&self, _reading: Reading, body: &mut dyn FnMut(&dyn Sql, i64)) -> Result<()> {
        let connection = self.take()?;
        let transaction = connection.unchecked_transaction()?;
        let version = SiteState::stored_version(&*transaction);
        let begun = version.map(|version| body(&*transaction, version));
        let ended = transaction.commit();
        if connection.is_autocommit() {
            self.lock().push(connection);
        }
        begun?;
        Ok(ended?)
    }

    fn back_up(&self, to: &Path, progress: &mut dyn FnMut(Progress)) -> Result<()> {
        let connection = self.take()?;
        let result = backup::back_up(&connection, to, progress);
        if connection.is_autocommit() {
            self.lock().push(connection);
        }
        result
    }
}
