//! Answers that are given again. *Source*: rules.md.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::once::is_free;
use crate::ledger::KeptAnswer;
use crate::store::{Operation, Result, Tx};

/// How long an answer is remembered. A repetition that comes later finds what was
/// done by its id.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// What is remembered under this id.
pub(crate) fn kept_answer(tx: Tx<'_>, id: Uuid) -> Result<Option<KeptAnswer>> {
    let stored = tx.operation(id)?;
    Ok(stored.map(|stored| KeptAnswer {
        request: stored.request,
        answer: stored.answer,
    }))
}

/// Remembers an answer unless there is one.
pub(crate) fn keep_answer(
    tx: Tx<'_>,
    id: Uuid,
    fresh: &KeptAnswer,
    now: Timestamp,
) -> Result<KeptAnswer> {
    if let Some(stored) = kept_answer(tx, id)? {
        return Ok(stored);
    }
    is_free(tx, id)?;
    tx.put_operation(Operation {
        id,
        request: fresh.request,
        answer: fresh.answer.clone(),
        made_at: now,
        ends_at: Some(now.checked_add(KEPT).unwrap_or(Timestamp::MAX)),
    })?;
    Ok(fresh.clone())
}
