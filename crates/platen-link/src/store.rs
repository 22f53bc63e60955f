//! The disk, behind a thread of its own: a write that waits for it holds up nobody.

use std::path::Path;
use std::sync::mpsc;

use platen_ledger::{DeviceStore, LedgerError};
use platen_sync::engine::Change;
use tokio::sync::oneshot;

enum Job {
    Read(String, oneshot::Sender<Result<Rows, LedgerError>>),
    Write(
        String,
        Vec<Change>,
        oneshot::Sender<Result<(), LedgerError>>,
    ),
}

pub(crate) type Rows = Vec<(String, String)>;

/// Hands work to the thread; it ends when the last of these is gone.
#[derive(Clone)]
pub(crate) struct Store {
    jobs: mpsc::Sender<Job>,
}

impl Store {
    /// *Errors*: the file can't be used.
    pub(crate) fn open(path: &Path) -> Result<Self, LedgerError> {
        let mut store = DeviceStore::open(path)?;
        let (jobs, work) = mpsc::channel();
        std::thread::Builder::new()
            .name("device-store".into())
            .spawn(move || {
                for job in work {
                    // Whoever asked may have gone; a write is done all the same.
                    match job {
                        Job::Read(space, reply) => drop(reply.send(store.rows(&space))),
                        Job::Write(space, changes, reply) => {
                            let changes = changes
                                .iter()
                                .map(|change| (change.key.as_str(), change.value.as_deref()));
                            let _ = reply.send(store.write(&space, changes));
                        }
                    }
                }
            })
            .map_err(|error| LedgerError::Unavailable(std::sync::Arc::new(error)))?;
        Ok(Self { jobs })
    }

    pub(crate) async fn read(&self, space: &str) -> Result<Rows, LedgerError> {
        let (reply, answer) = oneshot::channel();
        self.hand_over(Job::Read(space.to_owned(), reply))?;
        answer.await.unwrap_or(Err(LedgerError::Halted))
    }

    pub(crate) async fn write(&self, space: &str, changes: Vec<Change>) -> Result<(), LedgerError> {
        let (reply, answer) = oneshot::channel();
        self.hand_over(Job::Write(space.to_owned(), changes, reply))?;
        answer.await.unwrap_or(Err(LedgerError::Halted))
    }

    fn hand_over(&self, job: Job) -> Result<(), LedgerError> {
        self.jobs.send(job).map_err(|_| LedgerError::Halted)
    }
}
