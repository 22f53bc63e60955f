//! What happens without being asked for: what is due expires, and the pulse of
//! the ledger is felt.
//!
//! Each task ends with the server's stop and is joined; an error is logged and
//! counted and never ends a task. On one PostgreSQL every process does this
//! work; the ledger makes sure that it is done once.

use std::time::Duration;

use jiff::Timestamp;
use platen_ledger::{Ledger, LedgerError, Swept};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::metrics::Metrics;
use crate::stop::Stop;

/// How often the ledger is looked for.
const PULSE: Duration = Duration::from_secs(2);
/// A ledger that takes longer does not answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long to wait after something failed.
const AFTER_FAILURE: Duration = Duration::from_secs(10);
/// The longest sleep: clocks are set, and other processes write.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// How often is looked for what nobody needs any more.
const SWEEP: Duration = Duration::from_secs(120);
/// Never twice at once: what can't expire must not keep a processor busy.
const SHORTEST_SLEEP: Duration = Duration::from_millis(100);

/// What the workers share.
#[derive(Clone)]
pub(crate) struct Workers {
    pub(crate) ledger: Ledger,
    pub(crate) metrics: Metrics,
    pub(crate) stop: Stop,
}

impl Workers {
    /// Starts them all; whoever holds the set joins them.
    pub(crate) fn start(&self, tasks: &mut JoinSet<()>) -> watch::Receiver<bool> {
        let (felt, pulse) = watch::channel(true);
        tasks.spawn(self.clone().feel(felt));
        tasks.spawn(self.clone().expire());
        tasks.spawn(self.clone().sweep());
        tasks.spawn(self.clone().count());
        pulse
    }

    /// Looks for the ledger again and again.
    async fn feel(self, felt: watch::Sender<bool>) {
        self.metrics.ledger_is(true);
        while self.pause(PULSE).await {
            let look = async {
                // What other programs wrote to a file is heard of no other way.
                self.ledger.poke().await;
                self.ledger.next_expiry().await
            };
            let answer = timeout(PATIENCE, look).await;
            let up = matches!(answer, Ok(Ok(_)));
            self.metrics.ledger_is(up);
            self.metrics.ledger_has_failed(self.ledger.failures());
            if felt.send_replace(up) == up {
                continue;
            }
            if up {
                tracing::info!("the ledger answers again");
            } else {
                tracing::error!("the ledger does not answer");
            }
        }
    }

    /// Ends documents and leases whose time has come.
    async fn expire(self) {
        let mut changes = self.ledger.changes();
        loop {
            let wait = match self.expire_now().await {
                Ok(wait) => wait,
                Err(error) => {
                    self.failed("expire", &error);
                    if !self.pause(AFTER_FAILURE).await {
                        return;
                    }
                    continue;
                }
            };
            tokio::select! {
                () = self.stop.stopped() => return,
                () = sleep(wait) => {}
                // A new document may be due before those that were known. The
                // ledger outlives this task, so the sender is there.
                _ = changes.changed() => {
                    if !self.pause(SHORTEST_SLEEP).await {
                        return;
                    }
                }
            }
        }
    }

    /// Ends what is due now; how long until something else may be.
    async fn expire_now(&self) -> Result<Duration, LedgerError> {
        let now = Timestamp::now();
        let documents = self.ledger.expire_due(now).await?.len();
        let leases = self.ledger.write_off_due(now).await?.len();
        if documents + leases > 0 {
            tracing::info!(documents, leases, "expired");
        }
        let next = self.ledger.next_expiry().await?;
        let wait = next.map_or(LONGEST_SLEEP, |next| {
            let ms = next.duration_since(now).as_millis();
            Duration::from_millis(u64::try_from(ms).unwrap_or(0))
        });
        Ok(wait.clamp(SHORTEST_SLEEP, LONGEST_SLEEP))
    }

    /// Clears away what nobody needs any more.
    async fn sweep(self) {
        while self.pause(SWEEP).await {
            if let Err(error) = self.sweep_now().await {
                self.failed("sweep", &error);
            }
        }
    }

    async fn sweep_now(&self) -> Result<(), LedgerError> {
        let now = Timestamp::now();
        let contents = self.ledger.sweep_content(now).await?;
        let swept = self.ledger.sweep(now).await?;
        let imports = self.ledger.end_silent_imports(now).await?;
        if imports > 0 {
            tracing::warn!(imports, "imports were broken off");
        }
        if contents > 0 || swept != Swept::default() {
            tracing::info!(
                contents,
                tickets = swept.tickets,
                sessions = swept.sessions,
                pushes = swept.pushes,
                answers = swept.answers,
                "cleared away"
            );
        }
        Ok(())
    }

    /// Counts the ledger's changes.
    async fn count(self) {
        let mut changes = self.ledger.changes();
        loop {
            self.metrics
                .ledger_has_changed(*changes.borrow_and_update());
            tokio::select! {
                () = self.stop.stopped() => return,
                changed = changes.changed() => if changed.is_err() { return },
            }
        }
    }

    fn failed(&self, task: &'static str, error: &LedgerError) {
        self.metrics.failed(task);
        tracing::error!(task, %error, "work in the background failed and is tried again");
    }

    /// Waits; false when the server stops meanwhile.
    async fn pause(&self, time: Duration) -> bool {
        tokio::select! {
            () = self.stop.stopped() => false,
            () = sleep(time) => true,
        }
    }
}
