//! Answers to other programs, remembered so that a repeated request gets the
//! one it got before.

use jiff::Timestamp;
use uuid::Uuid;

use super::Ledger;
use crate::error::LedgerError;
use crate::rules::answers;
use crate::store::{Hints, kept};

/// What was asked under an id, and what was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// SHA-256 of what was asked.
    pub request: [u8; 32],
    /// The answer.
    pub answer: String,
}

impl Ledger {
    /// What is remembered under this id. *Source*: rules.md.
    pub async fn kept_answer(&self, id: Uuid) -> Result<Option<KeptAnswer>, LedgerError> {
        self.look_up(move |tx| answers::kept_answer(tx, id)).await
    }

    /// Remembers an answer under an id that nothing else has; where there is
    /// one already, that one stays. Gives the one that is remembered now.
    ///
    /// *Errors*: another kind of operation has the id.
    /// *Source*: rules.md.
    pub async fn keep_answer(
        &self,
        id: Uuid,
        fresh: KeptAnswer,
        now: Timestamp,
    ) -> Result<KeptAnswer, LedgerError> {
        let now = kept(now);
        let hints = move |hints: &mut Hints| {
            hints.operations.push(id);
            hints.activities.push(id);
            hints.documents.push(platen_domain::DocumentId(id));
        };
        self.write(hints, move |tx| answers::keep_answer(tx, id, &fresh, now))
            .await
    }
}
