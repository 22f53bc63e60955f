//! Jobs on their way to a printer, whose end must not be missed.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// The jobs that were released here, or seen printing, and are not known to
/// have ended.
///
/// cupsd's notifier sends over the bus only what the *first* subscriber of the
/// machine asked for: it holds a lock (measured, CUPS 2.4.2). A program that
/// subscribed to fewer events hides the end of jobs from everybody else, so the
/// watcher looks after these itself.
#[derive(Default)]
pub(crate) struct Released {
    jobs: Mutex<HashSet<i32>>,
    added: Notify,
}

impl Released {
    pub(crate) fn add(&self, job_id: i32) {
        self.lock().insert(job_id);
        self.added.notify_one();
    }

    pub(crate) fn remove(&self, job_id: i32) {
        self.lock().remove(&job_id);
    }

    pub(crate) fn all(&self) -> Vec<i32> {
        self.lock().iter().copied().collect()
    }

    /// Waits until a job is added; one added since the last call counts.
    pub(crate) async fn added(&self) {
        self.added.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<i32>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
