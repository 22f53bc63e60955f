//! Reading, beside the writer and never in its way.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use crate::engine::{Snapshots, Sql};
use crate::error::LedgerError;
use crate::store::{Result, SiteState, Tx, WorkingSet};
use crate::view::Progress;

/// Readers at once; more wait for one of these. A read takes microseconds.
const READERS: usize = 4;

/// A few connections that can't write.
#[derive(Clone)]
pub(crate) struct Readers {
    snapshots: Arc<dyn Snapshots>,
    free: Arc<Semaphore>,
    site: NewestSite,
}

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
            site: NewestSite::default(),
        }
    }

    /// What readers go by.
    pub(crate) fn newest_site(&self) -> NewestSite {
        self.site.clone()
    }

    /// Runs a function on one snapshot of the ledger.
    pub(crate) async fn read<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.blocking(move |readers| readers.snapshot(body)).await
    }

    /// Copies the ledger to a new file.
    pub(crate) async fn back_up<P>(&self, to: PathBuf, mut progress: P) -> Result<()>
    where
        P: FnMut(Progress) + Send + 'static,
    {
        self.blocking(move |readers| readers.snapshots.back_up(&to, &mut progress))
            .await
    }

    async fn blocking<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T> + Send + 'static,
    {
        let permit = Arc::clone(&self.free)
            .acquire_owned()
            .await
            .map_err(|_| LedgerError::Closed)?;
        let readers = self.clone();
        tokio::task::spawn_blocking(move || {
            let result = body(&readers);
            drop(permit);
            result
        })
        .await
        .map_err(|_| LedgerError::Closed)?
    }

    fn snapshot<T>(&self, body: impl FnOnce(Tx<'_>) -> Result<T>) -> Result<T> {
        let mut body = Some(body);
        let mut result = Err(LedgerError::Closed);
        self.snapshots.with(&mut |sql| {
            if let Some(body) = body.take() {
                let mut set = WorkingSet::default();
                set.set_site(self.site(sql)?);
                result = body(Tx::reading(&RefCell::new(set), sql));
            }
            Ok(())
        })?;
        result
    }

    /// The site as the snapshot holds it, read anew only where it changed.
    fn site(&self, sql: &dyn Sql) -> Result<Arc<SiteState>> {
        let version = SiteState::stored_version(sql)?;
        let known = Arc::clone(&self.site.lock());
        if known.version == version {
            return Ok(known);
        }
        let site = Arc::new(SiteState::load(sql, version)?);
        self.site.offer(&site);
        Ok(site)
    }
}
