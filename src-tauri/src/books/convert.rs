//! Between what the server says, what this computer knows, and the ledger's words.

use std::sync::Arc;

use jiff::Timestamp;
use platen_domain::{DocumentState, Person, PointsError, UserId};
use platen_ledger as ledger;
use platen_ledger::{Facts, Scope, Settlement};
use platen_sync::engine::{Shown, ShownDocument};
use platen_sync::wire;

use super::record::Record;

/// A document as the rest of the client knows it.
pub(super) fn document(
    shown: &Shown,
    id: platen_domain::DocumentId,
    user: &UserId,
    record: &Record,
    waits: Option<&str>,
) -> ledger::Document {
    let found = find(shown, id);
    let (state, at_rest) = state(found, record, shown.user.is_some());
    let known = found.map(|found| &found.document);
    let stored = record
        .release
        .as_ref()
        .filter(|_| state == DocumentState::Releasing);
    // What waits for its verdict was told of in other words.
    let is_judged = known.is_some_and(|known| known.verdict.is_some());
    let is_between = state == DocumentState::Held && !is_judged && waits.is_none();
    let told = at_rest
        || is_between
        || match known {
            _ if record.refused.is_some() => record.told,
            Some(known) if is_judged || state == DocumentState::Unreadable => known.notified,
            _ => record.told,
        };
    ledger::Document {
        id,
        user: user.clone(),
        device: known.and_then(|known| known.device),
        queue: record.queue.clone(),
        job_id: record.job_id,
        name: record.name.clone(),
        state,
        reason: record
            .refused
            .clone()
            .or_else(|| waits.filter(|_| !is_judged).map(str::to_owned))
            .or_else(|| known.and_then(|known| known.reason.clone())),
        account: known
            .filter(|_| is_judged || state != DocumentState::Held)
            .and_then(|known| known.account),
        cost: known.and_then(|known| known.cost),
        lease: known.and_then(|known| known.lease),
        posted: known.and_then(|known| known.charged),
        overrun: None,
        facts: record.facts.clone().map(facts_from),
        card_version: None,
        verdict: known
            .filter(|_| record.refused.is_none())
            .and_then(|known| known.verdict),
        printer: stored.map(|stored| stored.printer.clone()),
        release_nonce: stored.map(|stored| stored.nonce),
        settlement: None,
        submitted_at: record.submitted_at,
        hold_until: known.and_then(|known| known.hold_until),
        notified_at: told.then_some(record.submitted_at),
        changed_at: record.submitted_at,
    }
}

/// A document that another person printed on this computer: it waits for him.
pub(super) fn of_another(id: platen_domain::DocumentId, owner: UserId) -> ledger::Document {
    ledger::Document {
        id,
        user: owner,
        device: None,
        queue: String::new(),
        job_id: 0,
        name: String::new(),
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
        submitted_at: Timestamp::UNIX_EPOCH,
        hold_until: None,
        notified_at: None,
        changed_at: Timestamp::UNIX_EPOCH,
    }
}

/// A document that the server or this device knows.
pub(super) fn find(shown: &Shown, id: platen_domain::DocumentId) -> Option<&ShownDocument> {
    let mut all = shown.documents.iter().chain(&shown.closed);
    all.find(|shown| shown.document.id == id)
}

/// Where a document stands for this computer, and whether nothing is to be done
/// with it for the moment.
fn state(found: Option<&ShownDocument>, record: &Record, has_view: bool) -> (DocumentState, bool) {
    if record.refused.is_some() {
        // Held and said so, until its owner decides.
        return (DocumentState::Unreadable, false);
    }
    let Some(found) = found else {
        // Long over at the server, or never placed.
        return match record.placed && has_view {
            true => (DocumentState::Expired, true),
            false => (DocumentState::Submitted, false),
        };
    };
    let document = &found.document;
    match document.state {
        // It waits for its verdict: held, and not to be read again and again.
        Some(DocumentState::Submitted) if record.facts.is_some() => (DocumentState::Held, false),
        // What somebody wished for it may bring it back.
        Some(DocumentState::Canceled) if found.pending => (DocumentState::Held, true),
        // Nothing prints before the release is given out here.
        Some(DocumentState::Releasing) if !is_given_out(document, record) => {
            (DocumentState::Held, true)
        }
        Some(state) => (state, false),
        // A newer server's state: whatever it is, this version leaves it alone.
        None => (DocumentState::Held, true),
    }
}

fn is_given_out(document: &wire::Document, record: &Record) -> bool {
    let Some(stored) = &record.release else {
        return false;
    };
    document
        .release
        .as_ref()
        .is_none_or(|release| release.nonce == stored.nonce)
}

/// An account with its balance.
///
/// *Errors*: a balance beyond the range.
pub(super) fn account(shown: &wire::AccountView) -> Result<ledger::AccountView, PointsError> {
    let account = shown.account();
    Ok(ledger::AccountView {
        standing: shown.balance.standing(&account)?,
        account: Arc::new(account),
        balance: shown.balance,
        at_limit: shown.at_limit,
        in_grace: shown.in_grace,
    })
}

/// What a person's tray and portal show.
///
/// *Errors*: a balance beyond the range.
pub(super) fn view(
    shown: &Shown,
    person: &Person,
    documents: Vec<ledger::Document>,
) -> Result<ledger::UserView, PointsError> {
    Ok(ledger::UserView {
        person: person.clone(),
        accounts: shown
            .accounts
            .iter()
            .map(account)
            .collect::<Result<_, _>>()?,
        active: shown.active,
        documents,
    })
}

pub(super) fn facts_from(facts: wire::Facts) -> Facts {
    Facts {
        documents: facts.documents,
        digests: facts.digests,
        format: facts.format,
        finishing: facts.finishing,
        ticket: facts.ticket,
        passage: facts.passage,
        priced_options: facts.priced_options,
        warnings: facts.warnings,
    }
}

pub(super) fn facts_to(facts: Facts) -> wire::Facts {
    wire::Facts {
        documents: facts.documents,
        digests: facts.digests,
        format: facts.format,
        finishing: facts.finishing,
        ticket: facts.ticket,
        passage: facts.passage,
        priced_options: facts.priced_options,
        warnings: facts.warnings,
    }
}

pub(super) fn scope_to(scope: Scope) -> wire::Scope {
    match scope {
        Scope::ThisDocument => wire::Scope::ThisDocument,
        Scope::AndActive => wire::Scope::AndActive,
    }
}

pub(super) fn settlement_to(settlement: Settlement) -> wire::Settlement {
    match settlement {
        Settlement::Printed { sides } => wire::Settlement::Printed { sides },
        Settlement::Stopped { sides } => wire::Settlement::Stopped { sides },
        Settlement::Failed { reason } => wire::Settlement::Failed { reason },
    }
}
