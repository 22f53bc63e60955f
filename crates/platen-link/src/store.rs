//! The disk, behind a thread of its own: a write that waits for it holds up nobody.

use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

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

    /// The same where its user begins anew: a file that is damaged, or is something
    /// else, is kept aside, and another takes its place.
    ///
    /// *Errors*: the file can't be used, nor put aside.
    pub(crate) fn open_anew(path: &Path) -> Result<Self, LedgerError> {
        let found = DeviceStore::open(path).and_then(|store| store.check());
        if let Err(LedgerError::Corrupt { .. } | LedgerError::NotALedger) = &found {
            let aside =
                put_aside(path).map_err(|error| LedgerError::Unavailable(Arc::new(error)))?;
            tracing::error!(file = %aside.display(), "a damaged memory was kept aside");
        }
        Self::open(path)
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

/// Gives a file a name that nothing has, with the log that SQLite keeps beside it.
fn put_aside(path: &Path) -> std::io::Result<PathBuf> {
    let named = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let when = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let names = (1..).map(|number| match number {
        1 => format!(".damaged-{when}"),
        number => format!(".damaged-{when}-{number}"),
    });
    let mut free = names.filter(|name| !named(name).exists());
    let aside = free.next().unwrap_or_default();
    std::fs::rename(path, named(&aside))?;
    for log in ["-wal", "-shm"] {
        match std::fs::rename(named(log), named(&format!("{aside}{log}"))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(named(&aside))
}
