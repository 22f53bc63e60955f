//! Asks this computer's gate to close a lease and to say what was printed on it.
//! *Source*: rules.md R-39; docs/decisions/0010-offline-through-the-gate.md.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use platen_domain::LeaseId;
use platen_gate::{NotOnLease, Receipt, SigningKey, closing};
use platen_sync::engine::Event;

use super::member::Member;
use crate::system::ask_gate;

/// The gate answers in milliseconds, unless its disk is slow.
const PATIENCE: Duration = Duration::from_secs(15);
/// A receipt, or a sentence why there is none.
const MOST_ANSWER_BYTES: u64 = Receipt::MOST_BYTES as u64 + 1024;
/// Pauses between tries, from the first to the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(600));

/// Where the gate is asked, and in whose name.
pub(crate) struct GateDesk {
    pub(crate) socket: PathBuf,
    /// This computer's key, which leases name.
    pub(crate) key: Arc<SigningKey>,
    /// Whose leases they are, at the print system.
    pub(crate) owner: String,
}

#[derive(Debug, thiserror::Error)]
enum AskError {
    /// It may answer another time.
    #[error("this computer’s gate does not answer")]
    Away(#[from] io::Error),
    /// It would say the same again.
    #[error("this computer’s gate does not close the lease: {0}")]
    Refused(String),
    #[error(transparent)]
    Lease(#[from] NotOnLease),
}

impl GateDesk {
    /// Has a lease closed, however long that takes, and tells the engine what the gate
    /// says; ends when its person leaves.
    pub(super) async fn close(&self, member: Weak<Member>, lease: LeaseId, signed: String) {
        let (mut pause, longest) = PAUSES;
        loop {
            match self.ask(&signed).await {
                Ok(receipt) => {
                    if let Some(member) = member.upgrade() {
                        let event = Event::LeaseClosed { lease, receipt };
                        member.link.happened(event).await;
                    }
                    return;
                }
                Err(AskError::Away(error)) => {
                    tracing::warn!(%error, lease = %lease.0, "this computer’s gate does not answer");
                }
                Err(error) => {
                    tracing::error!(%error, lease = %lease.0, "points stay set aside");
                    return;
                }
            }
            tokio::time::sleep(pause).await;
            if member.strong_count() == 0 {
                return;
            }
            pause = (pause * 2).min(longest);
        }
    }

    async fn ask(&self, signed: &str) -> Result<String, AskError> {
        let question = closing(signed, &self.owner, &self.key)?;
        let asking = ask_gate(&self.socket, &question, MOST_ANSWER_BYTES);
        let answer = tokio::time::timeout(PATIENCE, asking)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        match answer.trim_end().split_once(' ') {
            Some(("receipt", receipt)) => Ok(receipt.to_owned()),
            Some(("refused", sentence)) => Err(AskError::Refused(sentence.to_owned())),
            _ => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
        }
    }
}
