//! The worker: takes every release of this host on its way, and no other's.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use platen_domain::DocumentId;
use platen_ledger::LedgerError;

use super::Shared;
use super::passage::Passage;

/// How often it looks by itself: another process of this host may have released
/// something, or a document was put off.
const PULSE: Duration = Duration::from_secs(5);
/// How often the host says that it is there.
const BEAT: Duration = Duration::from_secs(60);
/// Documents on their way at once; each waits for its printer most of the time.
const AT_ONCE: u32 = 200;

/// What has to be done for the printers of one host.
pub struct PrintingWork {
    shared: Arc<Shared>,
}

impl PrintingWork {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Works until it is dropped; nothing is lost by that, since whoever comes
    /// next goes on where this ended. Another process that does the work of this
    /// host is waited for.
    pub async fn run(self) {
        let _taken = loop {
            match self.shared.parts.host.take() {
                Ok(Some(taken)) => break taken,
                Ok(None) => {}
                Err(error) => tracing::error!(%error, "the work of printing can't be taken"),
            }
            tokio::time::sleep(PULSE).await;
        };
        let mut beaten: Option<Instant> = None;
        let mut under_way = FuturesUnordered::new();
        let mut taken_up = BTreeSet::new();
        loop {
            if beaten.is_none_or(|at| at.elapsed() >= BEAT) && self.beat().await {
                beaten = Some(Instant::now());
            }
            match self.releases().await {
                Ok(releases) => {
                    for id in releases {
                        if taken_up.insert(id) {
                            let shared = self.shared.clone();
                            under_way.push(async move {
                                Passage::new(&shared, id).follow().await;
                                id
                            });
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "released documents can't be listed"),
            }
            tokio::select! {
                Some(id) = under_way.next() => {
                    taken_up.remove(&id);
                }
                () = self.shared.released.notified() => {}
                () = tokio::time::sleep(PULSE) => {}
            }
        }
    }

    /// Says that the host is there; false if the ledger did not hear it.
    async fn beat(&self) -> bool {
        let parts = &self.shared.parts;
        let host = parts.host.known_as();
        match parts.ledger.host_beats(host, Timestamp::now()).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "the ledger was not told that this host prints");
                false
            }
        }
    }

    async fn releases(&self) -> Result<Vec<DocumentId>, LedgerError> {
        let parts = &self.shared.parts;
        let released = parts.ledger.releasing(AT_ONCE).await?;
        Ok(released
            .into_iter()
            .filter(|document| {
                let number = document.release_nonce;
                number.is_some_and(|number| parts.host.carries_out(number))
            })
            .map(|document| document.id)
            .collect())
    }
}
