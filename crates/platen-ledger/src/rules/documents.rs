//! The rest of a document's life: submitted, unreadable, released, deleted,
//! expired, told.

use jiff::Timestamp;
use platen_domain::price::{price, price_printed};
use platen_domain::{DocumentId, DocumentState, RateCard, Receipt};
use uuid::Uuid;

use super::reserve::hold_until;
use super::{Record, known_document, return_reservation};
use crate::document::{Document, NewDocument, Settlement, Submitted};
use crate::error::Refusal;
use crate::site::{Settings, Unreadable};
use crate::store::{Result, Tx};

/// Records a document under the job's own id before anything else is done.
///
/// The queue and the time are not compared when it comes again: a released job
/// has moved to its printer's queue, and a clock may have been set.
/// *Source*: rules.md.
pub(crate) fn submit(tx: Tx<'_>, new: &NewDocument) -> Result<Submitted> {
    if let Some(Record { document, .. }) = tx.document(new.id)? {
        let what = if document.user != new.user {
            "owner"
        } else if document.job_id != new.job_id {
            "job number"
        } else if document.name != new.name {
            "name"
        } else {
            return Ok(Submitted::Exists(Box::new(document)));
        };
        return Err(Refusal::ExistsWithDifferent { what }.into());
    }
    tx.put_document(&Record {
        document: Document {
            id: new.id,
            user: new.user.clone(),
            device: None,
            queue: new.queue.clone(),
            job_id: new.job_id,
            name: new.name.clone(),
            state: DocumentState::Submitted,
            reason: None,
            account: None,
            cost: None,
            lease: None,
            posted: None,
            overrun: None,
            facts: None,
            card_version: None,
            verdict: None,
            printer: None,
            release_nonce: None,
            settlement: None,
            submitted_at: new.submitted_at,
            hold_until: None,
            notified_at: None,
            changed_at: new.submitted_at,
        },
        holder: None,
        request: None,
        facts_text: None,
    })?;
    Ok(Submitted::Created)
}

/// Records that a document can't be analysed: held until somebody decides, or
/// cancelled, as the site's policy says. What it held reserved returns.
/// *Source*: rules.md R-13.
pub(crate) fn mark_unreadable(
    tx: Tx<'_>,
    id: DocumentId,
    problem: &str,
    now: Timestamp,
) -> Result<Document> {
    let mut record = known_document(tx, id)?;
    let settings = tx.settings()?;
    let wanted = state_of_unreadable(&settings);
    let state = record.document.state;
    let is_so = state == wanted && record.document.facts.is_none();
    match state {
        _ if is_so && record.document.reason.as_deref() == Some(problem) => {
            return Ok(record.document);
        }
        DocumentState::Submitted
        | DocumentState::Unreadable
        | DocumentState::Held
        | DocumentState::Canceled => {}
        _ => return Err(Refusal::WrongState(state).into()),
    }
    return_reservation(tx, &record)?;
    let hold_until = hold_until(&settings, now);
    let document = &mut record.document;
    document.state = wanted;
    document.reason = Some(problem.to_owned());
    document.hold_until = Some(hold_until);
    // What was priced before is not what is held now.
    (document.cost, document.facts, document.card_version) = (None, None, None);
    (document.verdict, document.account, record.holder) = (None, None, None);
    document.lease = None;
    (record.request, record.facts_text) = (None, None);
    store(tx, record, now)
}

/// Where a document stands that can't be analysed. *Source*: rules.md R-13.
pub(super) fn state_of_unreadable(settings: &Settings) -> DocumentState {
    match settings.unreadable {
        Unreadable::Ask => DocumentState::Unreadable,
        Unreadable::Decline => DocumentState::Canceled,
    }
}

/// The owner deletes a document; its points return. *Source*: rules.md.
pub(crate) fn delete(tx: Tx<'_>, id: DocumentId, now: Timestamp) -> Result<Document> {
    let record = known_document(tx, id)?;
    match record.document.state {
        DocumentState::Deleted => Ok(record.document),
        DocumentState::Submitted
        | DocumentState::Unreadable
        | DocumentState::Held
        | DocumentState::Canceled => close(tx, record, DocumentState::Deleted, now),
        state => Err(Refusal::WrongState(state).into()),
    }
}

/// Expires those of the documents that are still overdue; their points return.
/// *Source*: rules.md R-19.
pub(crate) fn expire(tx: Tx<'_>, ids: &[DocumentId], now: Timestamp) -> Result<Vec<Document>> {
    let mut expired = Vec::new();
    tx.each(ids, |id| {
        let record = known_document(tx, *id)?;
        // Only what waits has an end.
        if record.document.hold_until.is_some_and(|until| until <= now) {
            expired.push(close(tx, record, DocumentState::Expired, now)?);
        }
        Ok(())
    })?;
    Ok(expired)
}

fn close(tx: Tx<'_>, mut record: Record, state: DocumentState, now: Timestamp) -> Result<Document> {
    return_reservation(tx, &record)?;
    record.document.state = state;
    record.document.hold_until = None;
    store(tx, record, now)
}

/// A release, as it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    pub(crate) id: DocumentId,
    pub(crate) printer: String,
    pub(crate) nonce: Uuid,
}

/// Records that a document is about to be approved for a printer, before the
/// approval leaves this program. *Source*: rules.md.
pub(crate) fn begin_release(tx: Tx<'_>, ask: &Release, now: Timestamp) -> Result<Document> {
    let mut record = known_document(tx, ask.id)?;
    let document = &mut record.document;
    let same = document.release_nonce == Some(ask.nonce)
        && document.printer.as_deref() == Some(ask.printer.as_str());
    match document.state {
        DocumentState::Held => {
            document.state = DocumentState::Releasing;
            document.printer = Some(ask.printer.clone());
            document.release_nonce = Some(ask.nonce);
            document.reason = None;
            document.hold_until = None;
            store(tx, record, now)
        }
        DocumentState::Releasing | DocumentState::Printed | DocumentState::Failed if same => {
            Ok(record.document)
        }
        DocumentState::Releasing | DocumentState::Printed | DocumentState::Failed
            if document.release_nonce == Some(ask.nonce) =>
        {
            Err(Refusal::ExistsWithDifferent { what: "printer" }.into())
        }
        state => Err(Refusal::WrongState(state).into()),
    }
}

/// Takes a release back that did not begin to print; the document is held
/// again. *Source*: rules.md R-20.
pub(crate) fn abandon_release(
    tx: Tx<'_>,
    id: DocumentId,
    reason: &str,
    now: Timestamp,
) -> Result<Document> {
    let mut record = known_document(tx, id)?;
    let state = record.document.state;
    match state {
        DocumentState::Held => return Ok(record.document),
        DocumentState::Releasing => {}
        _ => return Err(Refusal::WrongState(state).into()),
    }
    let hold_until = hold_until(&tx.settings()?, now);
    let document = &mut record.document;
    document.state = DocumentState::Held;
    document.reason = Some(reason.to_owned());
    (document.printer, document.release_nonce) = (None, None);
    document.hold_until = Some(hold_until);
    store(tx, record, now)
}

/// Records the number of the job by which a spooler carries out a release of a
/// document that the server held itself. *Source*: rules.md.
pub(crate) fn set_job(
    tx: Tx<'_>,
    id: DocumentId,
    (release, job_id): (Uuid, i32),
    now: Timestamp,
) -> Result<Document> {
    let mut record = known_document(tx, id)?;
    let document = &record.document;
    let same = document.release_nonce == Some(release);
    if same && document.job_id == job_id {
        return Ok(record.document);
    }
    // Taken back, and perhaps released again, by others: this job must not print.
    if !same || document.state != DocumentState::Releasing {
        return Err(Refusal::WrongState(document.state).into());
    }
    record.document.job_id = job_id;
    store(tx, record, now)
}

/// Records that the owner was told. *Source*: rules.md R-38.
pub(crate) fn mark_notified(tx: Tx<'_>, id: DocumentId, now: Timestamp) -> Result<()> {
    let mut record = known_document(tx, id)?;
    record.document.notified_at = Some(now);
    store(tx, record, now).map(drop)
}

/// Computes a document's receipt again from its facts and the rate card that
/// priced it: of the estimate, or of what was printed. *Source*: rules.md R-12.
pub(crate) fn receipt(tx: Tx<'_>, id: DocumentId) -> Result<Receipt> {
    let document = known_document(tx, id)?.document;
    let Some(version) = document.card_version else {
        return Err(Refusal::WrongState(document.state).into());
    };
    receipt_of(&document, &*tx.card(version)?)
}

/// Prices a document by a card: its estimate, or what was printed of it.
/// *Source*: rules.md R-12.
pub(super) fn receipt_of(document: &Document, card: &RateCard) -> Result<Receipt> {
    let Some(facts) = &document.facts else {
        return Err(Refusal::WrongState(document.state).into());
    };
    let pages = facts.pages();
    let receipt = match document.settlement {
        Some(Settlement::Printed { sides } | Settlement::Stopped { sides }) if sides > 0 => {
            price_printed(card, &pages, &facts.finishing, sides)
        }
        Some(Settlement::Stopped { .. } | Settlement::Failed { .. }) => {
            price_printed(card, &pages, &facts.finishing, 0)
        }
        Some(Settlement::Printed { .. }) | None => price(card, &pages, &facts.finishing),
    };
    Ok(receipt?)
}

fn store(tx: Tx<'_>, mut record: Record, now: Timestamp) -> Result<Document> {
    record.document.changed_at = now;
    tx.put_document(&record)?;
    Ok(record.document)
}
