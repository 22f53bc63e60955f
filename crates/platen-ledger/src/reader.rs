//! Reading, beside the writer and never in its way.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::error::LedgerError;
use crate::store::{Result, Tx, schema};

/// Readers at once; more wait for one of these. A read takes microseconds.
const READERS: usize = 4;

/// A few connections that can't write.
#[derive(Clone)]
pub(crate) struct Readers {
    path: Arc<PathBuf>,
    idle: Arc<Mutex<Vec<Connection>>>,
    free: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path: Arc::new(path),
            idle: Arc::default(),
            free: Arc::new(Semaphore::new(READERS)),
        }
    }

    /// Runs a function on one snapshot of the ledger.
    pub(crate) async fn read<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(Tx<'_>) -> Result<T> + Send + 'static,
    {
        let permit = Arc::clone(&self.free)
            .acquire_owned()
            .await
            .map_err(|_| LedgerError::Closed)?;
        let readers = self.clone();
        tokio::task::spawn_blocking(move || {
            let connection = readers.take()?;
            let result = snapshot(&connection, body);
            if connection.is_autocommit() {
                readers.lock().push(connection);
            }
            drop(permit);
            result
        })
        .await
        .map_err(|_| LedgerError::Closed)?
    }

    fn take(&self) -> Result<Connection> {
        let idle = self.lock().pop();
        match idle {
            Some(connection) => Ok(connection),
            None => schema::open_reader(&self.path),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // A list of idle connections is whole whoever panicked.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn snapshot<T>(connection: &Connection, body: impl FnOnce(Tx<'_>) -> Result<T>) -> Result<T> {
    let transaction = connection.unchecked_transaction()?;
    let result = body(Tx::new(&transaction))?;
    transaction.commit()?;
    Ok(result)
}
