//! Reading, beside the writer and never in its way.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::engine::{Reading, Snapshots, Sql};
use crate::error::LedgerError;
use crate::store::{Result, SiteState, Tx, WorkingSet};
use crate::view::Progress;

/// Readers at once; more wait for one of these. Most reads take microseconds.
const READERS: usize = 4;

/// Those of them that read lists, which may take seconds: whoever reads a few rows by
/// their keys never waits for reports alone.
const LISTS: usize = 2;

/// A few connections that can't write.
#[derive(Clone)]
pub(crate) struct Readers {
    snapshots: Arc<dyn Snapshots>,
    free: Arc<Semaphore>,
    lists: Arc<Semaphore>,
    /// One copy at a time, beside the readers: it takes minutes.
    copies: Arc<Semaphore>,
    site: NewestSite,
}

/// Given back when it is dropped.
type Permit = OwnedSemaphorePermit;

/// The site as a reader found it last, or as the writer of this program left it.
#[derive(Clone, Default)]
pub(crate) struct NewestSite(Arc<Mutex<Arc<SiteState>>>);

impl NewestSite {
    fn lock(&self) -> MutexGuard<'_, Arc<SiteState>> {
        // What is behind it is put there as a whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives readers a site to go by; each of them still looks whether it is the
    /// one of his snapshot.
    pub(crate) fn offer(&self, site: &Arc<SiteState>) {
        let mut newest = self.lock();
        if newest.version < site.version {
            *newest = Arc::clone(site);
        }
    }
}

impl Readers {
    pub(crate) fn new(snapshots: Arc<dyn Snapshots>) -> Self {
        Self {
            snapshots,
            free: Arc::new(Semaphore::new(READERS)),
            lists: Arc::new(Semaphore::new(LISTS)),
            copies: Arc::new(Semaphore::new(1)),
            site: NewestSite::default(),
        }
    }

    /// What readers go by.
    pub(crate) fn newest_site(&self) -> NewestSite {
        self.site.clone()
    }

    /// Runs a function on one snapshot of the ledger.
    pub(crate) async fn read<T, F>(&self, reading: Reading, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(Tx<'_>) -> Result<T> + Send + 'static,
    {
        // In this order: who waits for a list keeps nobody else from reading.
        let list = match reading {
            Reading::Lists => Some(permit(&self.lists).await?),
            Reading::Keys => None,
        };
        let permits = (list, permit(&self.free).await?);
        let readers = self.clone();
        let (answer, answered) = oneshot::channel();
        let reading = tokio::task::spawn_blocking(move || {
            readers.snapshot(reading, body, answer);
            drop(permits);
        });
        if !self.snapshots.ends_late() {
            // Whoever closes the ledger then may do with its file as he likes.
            reading.await.map_err(|_| LedgerError::Closed)?;
        }
        // None is given where the function panicked.
        answered.await.map_err(|_| LedgerError::Closed)?
    }

    /// Copies the ledger to a new file.
    pub(crate) async fn back_up<P>(&self, to: PathBuf, mut progress: P) -> Result<()>
    where
        P: FnMut(Progress) + Send + 'static,
    {
        let permit = permit(&self.copies).await?;
        let snapshots = Arc::clone(&self.snapshots);
        tokio::task::spawn_blocking(move || {
            let result = snapshots.back_up(&to, &mut progress);
            drop(permit);
            result
        })
        .await
        .map_err(|_| LedgerError::Closed)?
    }

    /// Answers as soon as there is an answer.
    fn snapshot<T>(
        &self,
        reading: Reading,
        body: impl FnOnce(Tx<'_>) -> Result<T>,
        answer: oneshot::Sender<Result<T>>,
    ) {
        let mut asked = Some((body, answer));
        let ended = self.snapshots.with(reading, &mut |sql, version| {
            if let Some((body, answer)) = asked.take() {
                let result = self.site(sql, version).and_then(|site| {
                    let mut set = WorkingSet::default();
                    set.set_site(site);
                    body(Tx::reading(&RefCell::new(set), sql))
                });
                // Whoever asked may be gone.
                let _ = answer.send(result);
            }
        });
        match (ended, asked) {
            (Err(error), Some((_, answer))) => {
                let _ = answer.send(Err(error));
            }
            (Err(error), None) => tracing::warn!(%error, "a snapshot of the ledger did not end"),
            (Ok(()), _) => {}
        }
    }

    /// The site as the snapshot holds it, read anew only where it changed.
    fn site(&self, sql: &dyn Sql, version: i64) -> Result<Arc<SiteState>> {
        let known = Arc::clone(&self.site.lock());
        if known.version == version {
            return Ok(known);
        }
        let site = Arc::new(SiteState::load(sql, version)?);
        self.site.offer(&site);
        Ok(site)
    }
}

async fn permit(of: &Arc<Semaphore>) -> Result<Permit> {
    let permit = Arc::clone(of).acquire_owned().await;
    permit.map_err(|_| LedgerError::Closed)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;
    use crate::engine::sqlite::{Files, schema};

    const DEADLINE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn slow_lists_keep_nobody_from_reading_a_few_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        schema::open_writer(&path).unwrap();
        let readers = Readers::new(Arc::new(Files::new(path)));
        let (begun, mut began) = tokio::sync::mpsc::unbounded_channel();
        // Reports that end once these are dropped.
        let (ends, reports): (Vec<_>, Vec<_>) = (0..READERS)
            .map(|_| {
                let (end, ended) = mpsc::channel::<()>();
                let (readers, begun) = (readers.clone(), begun.clone());
                let report = tokio::spawn(async move {
                    let read = readers.read(Reading::Lists, move |_| {
                        begun.send(()).unwrap();
                        ended.recv().unwrap_err();
                        Ok(())
                    });
                    read.await
                });
                (end, report)
            })
            .unzip();
        for _ in 0..LISTS {
            began.recv().await.unwrap();
        }
        let few = readers.read(Reading::Keys, |tx| tx.activity_count());
        let few = tokio::time::timeout(DEADLINE, few).await;
        assert_eq!(few.expect("it waits for reports").unwrap(), 0);
        drop(ends);
        for report in reports {
            report.await.unwrap().unwrap();
        }
    }
}
