//! Looking at the ledger for many clients at once.
//!
//! A change may concern thousands who wait. Whoever wants to look while others do is
//! taken along with the next ones, in one snapshot: it costs a fraction of one for
//! each, and the first have their answer early.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use platen_authority::{Looker, Moment, look};
use platen_ledger::{Ledger, LedgerError};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::known::Known;
use crate::session::Digest;

/// Those who look together at most.
const TOGETHER: usize = 64;
/// Snapshots at the same time.
const SNAPSHOTS: usize = 2;
/// Answers that are remembered before old ones are forgotten.
const REMEMBERED: usize = 20_000;

/// Looks for clients.
pub(crate) struct Looks {
    wanted: mpsc::UnboundedSender<Wanted>,
    /// Who was given a view, and what is known of him by that.
    answered: Mutex<HashMap<Digest, Known>>,
}

struct Wanted {
    digest: Digest,
    at: Moment,
    answer: oneshot::Sender<Seen>,
}

/// What a secret showed; none: it lets no device in.
type Seen = Result<Option<Looker>, LedgerError>;

impl Looks {
    /// Looks at `ledger` until it is dropped itself.
    ///
    /// Has to be called inside a tokio runtime.
    pub(crate) fn start(ledger: Ledger) -> Self {
        let (wanted, mut wants) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let free = Arc::new(Semaphore::new(SNAPSHOTS));
            // More come together while nobody is free to look.
            while let Ok(turn) = free.clone().acquire_owned().await {
                let mut together = Vec::new();
                if wants.recv_many(&mut together, TOGETHER).await == 0 {
                    return;
                }
                let ledger = ledger.clone();
                tokio::spawn(async move {
                    answer(&ledger, together).await;
                    drop(turn);
                });
            }
        });
        Self {
            wanted,
            answered: Mutex::default(),
        }
    }

    /// Who shows this secret, and what he sees; none if it lets no device in.
    ///
    /// *Errors*: the ledger is away.
    pub(super) async fn look(&self, digest: Digest, at: Moment) -> Seen {
        let (answer, seen) = oneshot::channel();
        let wanted = Wanted { digest, at, answer };
        let sent = self.wanted.send(wanted);
        debug_assert!(sent.is_ok(), "who looks lives as long as this");
        seen.await.unwrap_or(Ok(None))
    }

    /// Remembers who was given a view, so that he need not be shown the same again
    /// when he comes back to wait.
    pub(super) fn remember(&self, digest: Digest, known: Known) {
        let mut answered = self.lock();
        if answered.len() >= REMEMBERED {
            answered.retain(|_, one| one.is_fresh());
        }
        answered.insert(digest, known);
    }

    /// Who was given this version of his view a short while ago.
    pub(super) fn take(&self, digest: &Digest, version: u64) -> Option<Known> {
        let known = self.lock().remove(digest)?;
        (known.version == version && known.is_fresh()).then_some(known)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, Known>> {
        // Every change is complete at each step.
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(ledger: &Ledger, together: Vec<Wanted>) {
    let Some(at) = together.iter().map(|one| one.at).max_by_key(|at| at.now) else {
        return;
    };
    let digests = |all: &[Wanted]| all.iter().map(|one| one.digest).collect();
    match look(ledger, digests(&together), at).await {
        Ok(seen) => {
            for (wanted, seen) in together.into_iter().zip(seen) {
                // He may have gone meanwhile.
                let _ = wanted.answer.send(Ok(seen));
            }
        }
        Err(_) if together.len() > 1 => {
            // What is wrong with one of them is none of the others' business.
            for wanted in together {
                let seen = look(ledger, vec![wanted.digest], at).await;
                let _ = wanted
                    .answer
                    .send(seen.map(|mut seen| seen.pop().flatten()));
            }
        }
        Err(error) => {
            for wanted in together {
                let _ = wanted.answer.send(Err(error.clone()));
            }
        }
    }
}
