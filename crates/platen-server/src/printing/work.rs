//! The worker: takes every release of this host on its way, and no other's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use platen_domain::DocumentId;
use platen_ledger::HostRelease;

use super::Shared;
use super::passage::Passage;

/// How often it looks by itself: another process of this host may have released
/// something, or a document was put off.
const PULSE: Duration = Duration::from_secs(5);
/// How often the host says that it is there.
const BEAT: Duration = Duration::from_secs(60);
/// Documents on their way to one printer at once; each waits for it most of the time,
/// and those of a printer that stands still for as long as it does.
const AT_ONCE: u32 = 50;

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
        let mut taken_up = TakenUp::default();
        loop {
            if beaten.is_none_or(|at| at.elapsed() >= BEAT) && self.beat().await {
                beaten = Some(Instant::now());
            }
            let parts = &self.shared.parts;
            match parts.ledger.releases_of(parts.host.name(), AT_ONCE).await {
                Ok(releases) => {
                    for release in releases {
                        let id = release.document;
                        if taken_up.take(release) {
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
                    taken_up.end(id);
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
}

/// Documents on their way, each with the printer that it was taken up for.
#[derive(Default)]
struct TakenUp(BTreeMap<DocumentId, String>);

impl TakenUp {
    /// Whether a document may be taken up now, which it then is: not twice, and no more
    /// than [`AT_ONCE`] at one printer.
    fn take(&mut self, release: HostRelease) -> bool {
        let HostRelease { document, printer } = release;
        if self.0.contains_key(&document) {
            return false;
        }
        let there = self.0.values().filter(|one| **one == printer).count();
        if there >= AT_ONCE as usize {
            return false;
        }
        self.0.insert(document, printer);
        true
    }

    fn end(&mut self, document: DocumentId) {
        self.0.remove(&document);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn release(number: u32, printer: &str) -> HostRelease {
        HostRelease {
            document: DocumentId(Uuid::from_u128(number.into())),
            printer: printer.to_owned(),
        }
    }

    #[test]
    fn printer_that_stands_still_keeps_no_other_waiting() {
        let mut taken_up = TakenUp::default();
        for number in 0..AT_ONCE {
            assert!(taken_up.take(release(number, "stopped")));
            assert!(
                !taken_up.take(release(number, "stopped")),
                "it is under way"
            );
        }
        assert!(!taken_up.take(release(1_000, "stopped")));
        assert!(taken_up.take(release(1_001, "office")));
        taken_up.end(release(0, "stopped").document);
        assert!(taken_up.take(release(1_000, "stopped")));
        assert!(!taken_up.take(release(1_002, "stopped")));
    }
}
