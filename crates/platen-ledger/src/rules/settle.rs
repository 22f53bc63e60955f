//! Settlement: what was printed is posted, the rest returns. *Source*: rules.md R-20.

use jiff::Timestamp;
use platen_domain::price::price_printed;
use platen_domain::{DocumentId, DocumentState, Points};

use super::{Record, known_document, return_reservation};
use crate::activity::ActivityKind;
use crate::document::{Document, Settled, Settlement};
use crate::error::{LedgerError, Refusal};
use crate::store::{NewActivity, Result, Tx};

/// Settles a released document on what the printer reports, never above what
/// was reserved. Asked again it answers what it answered first.
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
    let posted = posted_points(tx, &record.document, settlement)?;
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
    if record.document.state == DocumentState::Printed {
        post(tx, &record, posted, now)?;
    }
    let document = &mut record.document;
    document.posted = Some(posted);
    document.settlement = Some(settlement.clone());
    document.hold_until = None;
    document.changed_at = now;
    tx.put_document(&record)?;
    Ok(settled(record.document))
}

/// min(reserved, price of the sides that were printed).
fn posted_points(tx: Tx<'_>, document: &Document, settlement: &Settlement) -> Result<Points> {
    let sides = match settlement {
        Settlement::Failed { .. } => 0,
        // A printer that reports nothing printed it all.
        Settlement::Printed { sides: 0 } => u64::MAX,
        Settlement::Printed { sides } | Settlement::Stopped { sides } => *sides,
    };
    let (Some(facts), Some(version), Some(cost)) =
        (&document.facts, document.card_version, document.cost)
    else {
        return Err(LedgerError::corrupt("a held document has no price"));
    };
    if document.account.is_none() {
        // Accounts were not in use: nothing is charged.
        return Ok(Points::ZERO);
    }
    let card = tx.card(version)?;
    let printed = price_printed(&card, &facts.pages(), &facts.finishing, sides)?;
    Ok(printed.total.min(cost))
}

fn post(tx: Tx<'_>, record: &Record, points: Points, now: Timestamp) -> Result<()> {
    let document = &record.document;
    let (Some(account), Some(holder)) = (document.account, &record.holder) else {
        return Ok(());
    };
    tx.post(NewActivity {
        // The document's own id: the database itself refuses a second charge.
        id: document.id.0,
        account,
        holder,
        kind: ActivityKind::Print,
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
        document,
    }
}
