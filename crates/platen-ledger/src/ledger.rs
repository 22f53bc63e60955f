//! The ledger's handle.

mod administration;
mod answers;
mod contents;
mod copies;
mod desk;
mod devices;
mod directory;
mod documents;
mod hosts;
mod import;
mod leases;
mod listing;
mod office;
mod people;
mod records;
mod reports;
mod sessions;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use tokio::sync::{broadcast, mpsc, watch};

use crate::announce::Announce;
use crate::engine::postgres::{Listener, Place, Pool, Postgres};
use crate::engine::sqlite::{Files, Sqlite, schema};
use crate::engine::{Engine, Reading, Snapshots};
use crate::error::LedgerError;
use crate::news::News;
use crate::reader::Readers;
use crate::store::{Hints, Result, Tx};
use crate::writer::{self, Request};

pub use answers::KeptAnswer;
pub use desk::Desk;
pub use import::Import;
pub use listing::{Listed, Place as ListPlace};

/// Documents or leases that expire in one transaction at most; it bounds how
/// long others wait for it.
const EXPIRED_AT_ONCE: usize = 256;

/// An open ledger; clones share it.
///
/// *Cancel safety*: every method may be dropped while it is awaited. An
/// operation that was queued by then is still carried out as a whole, and
/// asking again gives its answer, since each is idempotent by its id.
///
/// The last clone that is dropped waits until everything queued is committed.
#[derive(Clone)]
pub struct Ledger {
    inner: Arc<Inner>,
}

struct Inner {
    /// Taken when the ledger closes.
    requests: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
    readers: Readers,
    announce: Announce,
    failures: AtomicU64,
    /// Hears of what other servers wrote.
    listener: Option<Listener>,
}

impl Ledger {
    /// Opens the ledger in the file at `path`, creating or migrating it where
    /// needed. Several programs may have the same file open.
    ///
    /// The file must be on a local disk: a network home can't carry its log.
    /// Blocks for the time that a migration takes.
    /// *Errors*: [`LedgerError::NewerSchema`], [`LedgerError::NotALedger`],
    /// [`LedgerError::Unavailable`], [`LedgerError::Corrupt`],
    /// [`LedgerError::Full`], [`LedgerError::Busy`].
    pub fn open(path: &Path) -> std::result::Result<Self, LedgerError> {
        let engine = Sqlite::new(schema::open_writer(path)?);
        Self::start(Box::new(engine), Arc::new(Files::new(path.to_owned())))
    }

    /// Opens the ledger in a PostgreSQL database, creating or migrating it
    /// where needed. Any number of servers may share one database.
    ///
    /// `url` is an address as PostgreSQL's own programs take it, such as
    /// `postgres://platen@db1,db2/platen`; of several hosts the one that takes
    /// writes is used, and another one once that is gone.
    ///
    /// *Errors*: [`LedgerError::Away`], [`LedgerError::NewerSchema`],
    /// [`LedgerError::AlteredSchema`], [`LedgerError::Storage`] for a text that
    /// is not an address or a database that refuses.
    pub async fn connect(url: &str) -> std::result::Result<Self, LedgerError> {
        let place = Place::new(url)?;
        let opened = tokio::task::spawn_blocking(move || {
            let engine = Postgres::open(place.clone())?;
            let id = engine.id();
            let mut ledger = Self::start(Box::new(engine), Arc::new(Pool::new(place.clone())))?;
            if let Some(inner) = Arc::get_mut(&mut ledger.inner) {
                let listener = Listener::start(place, id, inner.announce.clone());
                inner.listener = Some(listener.map_err(LedgerError::no_thread)?);
            }
            Ok(ledger)
        });
        opened.await.map_err(|_| LedgerError::Closed)?
    }

    fn start(engine: Box<dyn Engine>, snapshots: Arc<dyn Snapshots>) -> Result<Self> {
        let announce = Announce::new();
        let readers = Readers::new(snapshots);
        let (requests, thread) = writer::start(engine, announce.clone(), readers.newest_site())
            .map_err(LedgerError::no_thread)?;
        Ok(Self {
            inner: Arc::new(Inner {
                requests: Some(requests),
                thread: Some(thread),
                readers,
                failures: AtomicU64::new(0),
                announce,
                listener: None,
            }),
        })
    }

    /// A number that grows with every change that is committed; after
    /// [`Ledger::poke`] also with those of other programs.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.announce.count()
    }

    /// What is committed from now on, by this program and, in PostgreSQL, by
    /// others: there at once, without being asked for. Of an SQLite file other
    /// programs' changes are heard of after [`Ledger::poke`], as
    /// [`News::everything`]. Who is too slow is told how many he missed, and has
    /// to take it as everything.
    #[must_use]
    pub fn news(&self) -> broadcast::Receiver<Arc<News>> {
        self.inner.announce.news()
    }

    /// Looks whether another program wrote to the file, and if so lets
    /// [`Ledger::changes`] know.
    pub async fn poke(&self) {
        if let Some(requests) = &self.inner.requests {
            // A closed ledger has nothing to look at.
            let _ = requests.send(Request::Poke).await;
        }
    }

    /// Queues an operation that says with `hints` what it will need, and waits
    /// for its answer. The operation may run several times; only the last run
    /// counts.
    async fn write<T, H, F>(&self, hints: H, body: F) -> Result<T>
    where
        T: Send + 'static,
        H: Fn(&mut Hints) + Send + 'static,
        F: Fn(Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (operation, answer) = writer::operation(hints, body);
        let requests = self.inner.requests.as_ref().ok_or(LedgerError::Closed)?;
        requests
            .send(Request::Run(operation))
            .await
            .map_err(|_| LedgerError::Closed)?;
        self.counted(answer.await.map_err(|_| LedgerError::Closed)?)
    }

    async fn read<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.counted(self.inner.readers.read(Reading::Lists, body).await)
    }

    /// Reads a few rows, all by their keys or by an index.
    async fn look_up<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.counted(self.inner.readers.read(Reading::Keys, body).await)
    }

    fn counted<T>(&self, result: Result<T>) -> Result<T> {
        let is_answer =
            |error: &LedgerError| matches!(error, LedgerError::Refused(_) | LedgerError::Points(_));
        if result.as_ref().is_err_and(|error| !is_answer(error)) {
            self.inner.failures.fetch_add(1, Ordering::Relaxed);
        }
        result
    }

    /// How often since it was opened something could not be read or written;
    /// what the rules refuse is not counted.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.inner.failures.load(Ordering::Relaxed)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Without senders the thread finishes what is queued and ends.
        self.requests = None;
        self.listener = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the ledger's writer ended by a panic");
        }
    }
}
