//! Writing down that sessions are in use, many in one commit, and behind the answers:
//! nobody waits for it. *Source*: rules.md R-31.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use platen_ledger::{Ledger, Session};
use tokio::sync::mpsc;

use crate::session::Digest;

/// How often it is noted that a session is in use: each time is a write, and thousands wait
/// for news all day.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(5);
/// Whoever was woken together comes in this time, and is answered before it is noted.
const GATHERING: Duration = Duration::from_secs(2);
/// Those that are noted together at most.
const TOGETHER: usize = 500;
/// Those that wait to be noted. Who finds no place is noted at his next request.
const WAITING: usize = 20_000;

/// Notes that sessions are in use.
pub(crate) struct Uses {
    noted: mpsc::Sender<(Digest, Timestamp)>,
}

impl Uses {
    /// Writes to `ledger` until it is dropped itself.
    ///
    /// Has to be called inside a tokio runtime.
    pub(crate) fn start(ledger: Ledger) -> Self {
        let (noted, uses) = mpsc::channel(WAITING);
        tokio::spawn(write(ledger, uses));
        Self { noted }
    }

    /// Notes that a session is in use, if that was not noted within five minutes.
    pub(crate) fn note(&self, digest: Digest, session: &Session, now: Timestamp) {
        if now.duration_since(session.seen_at) >= NOTED_EVERY {
            // Full or ended: see `WAITING`.
            let _ = self.noted.try_send((digest, now));
        }
    }
}

/// Writes to the ledger until nobody notes anything any more.
async fn write(ledger: Ledger, mut uses: mpsc::Receiver<(Digest, Timestamp)>) {
    let mut together = Vec::new();
    while uses.recv_many(&mut together, TOGETHER).await > 0 {
        // After a full one there is more, which need not gather.
        if together.len() < TOGETHER {
            tokio::time::sleep(GATHERING).await;
        }
        let latest = together.iter().map(|(_, at)| *at).max();
        let digests = together.drain(..).map(|(digest, _)| digest).collect();
        let now = latest.unwrap_or_default();
        if let Err(error) = ledger.touch_sessions(digests, now).await {
            tracing::warn!(%error, "it could not be noted that sessions are in use");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn as_many_as_are_noted_together_are_written_without_a_pause() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let (noted, uses) = mpsc::channel(WAITING);
        for number in 0..10 * TOGETHER as u64 {
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&number.to_be_bytes());
            noted.try_send((digest, Timestamp::UNIX_EPOCH)).unwrap();
        }
        drop(noted);
        // With a pause after each, it takes twice as long at least.
        let written = tokio::time::timeout(5 * GATHERING, write(ledger, uses)).await;
        assert!(written.is_ok(), "it paused");
    }
}
