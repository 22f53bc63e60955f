//! Telling those who look on that the ledger changed.

use std::sync::Arc;

use tokio::sync::{broadcast, watch};

use crate::news::News;

/// News that wait for a slow listener at most; who misses some is told so, and
/// takes it as everything.
const WAITING: usize = 1_024;

/// Where changes are announced.
#[derive(Clone)]
pub(crate) struct Announce {
    count: watch::Sender<u64>,
    /// Has seen nothing yet.
    counted: watch::Receiver<u64>,
    news: broadcast::Sender<Arc<News>>,
}

impl Announce {
    pub(crate) fn new() -> Self {
        let (count, counted) = watch::channel(0);
        Self {
            count,
            counted,
            news: broadcast::Sender::new(WAITING),
        }
    }

    /// A number that grows with every announcement.
    pub(crate) fn count(&self) -> watch::Receiver<u64> {
        self.counted.clone()
    }

    /// What changes from now on.
    pub(crate) fn news(&self) -> broadcast::Receiver<Arc<News>> {
        self.news.subscribe()
    }

    /// Whether anybody wants to know what changed; else nobody has to find out.
    pub(crate) fn is_wanted(&self) -> bool {
        self.news.receiver_count() > 0
    }

    /// Something changed, and these are the news if anybody wants them.
    pub(crate) fn heard(&self, news: impl FnOnce() -> News) {
        self.count.send_modify(|count| *count += 1);
        if self.is_wanted() {
            let news = news();
            if !news.is_empty() {
                // They may have gone meanwhile.
                let _ = self.news.send(Arc::new(news));
            }
        }
    }

    /// Anything may have changed.
    pub(crate) fn anything(&self) {
        self.heard(News::everything);
    }
}
