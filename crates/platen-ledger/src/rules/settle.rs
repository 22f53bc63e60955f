//! Settlement: what was printed is posted, the rest returns. *Source*: rules.md R-20.

use jiff::Timestamp;
use platen_domain::price::price_printed;
use platen_domain::{DocumentId, DocumentState, Points, Receipt};
use uuid::Uuid;

use super::{Record, known_document, overrun, return_reservation};
use crate::activity::ActivityKind;
use crate::document::{Document, Settled, Settlement};
use crate::error::{LedgerError, Refusal};
use crate::store::{NewActivity, Result, Tx, count};

/// Settles a released document on what the printer reports: up to what was
/// reserved as its print, what was printed beyond as an overrun, as far as the
/// hard limit carries it. Asked again it answers what it answered first.
///
/// A document that is still held may be settled as well: where a queue can't
/// be enforced it may have been printed without a release.
/// *Source*: rules.md.
pub(crate) fn settle(
    tx: Tx<'_>,
    id: DocumentId,
    settlement: &Settlement,
    now: Timestamp,
) -> Result<Settled> {
    if let Some(sides) = reported_sides(settlement) {
        count(sides)?;
    }
    let mut record = known_document(tx, id)?;
    let state = record.document.state;
    if let Some(stored) = &record.document.settlement {
        if stored != settlement {
            return Err(Refusal::ExistsWithDifferent { what: "result" }.into());
        }
        return Ok(settled(record.document));
    }
    if !state.is_reserved() {
        return Err(Refusal::WrongState(state).into());
    }
    if tx.activity(id.0)?.is_some() {
        // Somebody's adjustment or copy had the document's id before; its
        // points stay reserved.
        return Err(Refusal::ExistsWithDifferent { what: "purpose" }.into());
    }
    let printed = printed_part(tx, &record.document, settlement)?;
    let cost = record.document.cost.unwrap_or_default();
    let posted = printed
        .as_ref()
        .map_or(Points::ZERO, |printed| printed.total.min(cost));
    return_reservation(tx, &record)?;
    (record.document.state, record.document.reason) = match settlement {
        Settlement::Printed { .. } => (DocumentState::Printed, None),
        Settlement::Stopped { sides: 0 } => (
            DocumentState::Failed,
            Some("Stopped before anything was printed.".to_owned()),
        ),
        Settlement::Stopped { sides } => (
            DocumentState::Printed,
            Some(format!("Stopped after {sides} printed sides.")),
        ),
        Settlement::Failed { reason } => (DocumentState::Failed, Some(reason.clone())),
    };
    record.document.posted = Some(posted);
    if record.document.state == DocumentState::Printed {
        post(tx, &record, ActivityKind::Print, posted, now)?;
        if let (Some(printed), Some(reported)) = (&printed, reported_sides(settlement)) {
            overrun::charge(tx, &mut record, printed, reported, now)?;
        }
    }
    let document = &mut record.document;
    document.settlement = Some(settlement.clone());
    document.hold_until = None;
    document.changed_at = now;
    tx.put_document(&record)?;
    Ok(settled(record.document))
}

/// The receipt of the sides that were printed, of the whole job at most; none
/// where accounts were not in use and nothing is charged.
fn printed_part(
    tx: Tx<'_>,
    document: &Document,
    settlement: &Settlement,
) -> Result<Option<Receipt>> {
    let sides = match settlement {
        Settlement::Failed { .. } => 0,
        // A printer that reports nothing printed it all.
        Settlement::Printed { sides: 0 } => u64::MAX,
        Settlement::Printed { sides } | Settlement::Stopped { sides } => *sides,
    };
    let (Some(facts), Some(version), Some(_)) =
        (&document.facts, document.card_version, document.cost)
    else {
        return Err(LedgerError::corrupt("a held document has no price"));
    };
    if document.account.is_none() {
        return Ok(None);
    }
    let card = tx.card(version)?;
    let printed = price_printed(&card, &facts.pages(), &facts.finishing, sides)?;
    Ok(Some(printed))
}

const fn reported_sides(settlement: &Settlement) -> Option<u64> {
    match settlement {
        Settlement::Printed { sides } | Settlement::Stopped { sides } => Some(*sides),
        Settlement::Failed { .. } => None,
    }
}

/// Charges a document, if it has an account.
pub(super) fn post(
    tx: Tx<'_>,
    record: &Record,
    kind: ActivityKind,
    points: Points,
    now: Timestamp,
) -> Result<()> {
    let document = &record.document;
    let (Some(account), Some(holder)) = (document.account, &record.holder) else {
        return Ok(());
    };
    // The document's own id, or one that follows from it: the database itself
    // refuses a second charge.
    let id = match kind {
        ActivityKind::Overrun => Uuid::new_v5(&document.id.0, kind.name().as_bytes()),
        _ => document.id.0,
    };
    if kind == ActivityKind::Overrun && tx.activity(id)?.is_some() {
        return Err(Refusal::ExistsWithDifferent { what: "purpose" }.into());
    }
    tx.post(NewActivity {
        id,
        account,
        holder,
        kind,
        points,
        user: Some(document.user.clone()),
        document: Some(document.id),
        change: None,
        reason: document.name.clone(),
        by: document.user.as_str().to_owned(),
        corrects: None,
        card_version: document.card_version,
        at: now,
    })
    .map(drop)
}

fn settled(document: Document) -> Settled {
    let posted = document.posted.unwrap_or_default();
    let reserved = match document.account {
        Some(_) => document.cost.unwrap_or_default(),
        None => Points::ZERO,
    };
    Settled {
        posted,
        // Both are at least zero and posted is at most what was reserved.
        returned: reserved.minus(posted).unwrap_or_default(),
        overrun: document.overrun.unwrap_or_default(),
        document,
    }
}
