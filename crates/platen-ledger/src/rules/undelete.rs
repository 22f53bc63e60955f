//! Bringing a deleted document back. *Source*: rules.md.

use platen_domain::{DocumentId, DocumentState, Person, Points, Verdict};

use super::access::{notice, view_account};
use super::documents::state_of_unreadable;
use super::reserve::{hold_until, place};
use super::{Moment, Record, known_account, known_document};
use crate::document::Undeleted;
use crate::error::{LedgerError, Refusal};
use crate::store::{Result, Tx};

/// Brings a deleted document back to what it was before, within
/// [`Document::UNDO`](crate::Document::UNDO): one that was priced is judged again
/// on its account and holds its points again; where the account does not carry
/// them, or may not be charged any more, the document comes back cancelled, with
/// the reason. One that is back already stays as it is.
///
/// *Errors*: an unknown document, somebody else's, one that was deleted too long
/// ago or ended otherwise. *Source*: rules.md.
pub(crate) fn undelete(
    tx: Tx<'_>,
    id: DocumentId,
    person: &Person,
    moment: Moment,
) -> Result<Undeleted> {
    let mut record = known_document(tx, id)?;
    if record.document.user != person.id {
        return Err(Refusal::NotYours.into());
    }
    let state = record.document.state;
    match state {
        DocumentState::Deleted if record.document.can_be_undeleted(moment.now) => {
            bring_back(tx, &mut record, person, moment)?;
            tx.put_document(&record)?;
        }
        DocumentState::Submitted
        | DocumentState::Unreadable
        | DocumentState::Held
        | DocumentState::Canceled => {}
        _ => return Err(Refusal::WrongState(state).into()),
    }
    let rights = super::access::rights(tx, person, moment)?;
    let account = record.document.account;
    let account = account.map(|id| view_account(tx, &rights, known_account(tx, id)?));
    Ok(Undeleted {
        verdict: record.document.verdict,
        account: account.transpose()?,
        document: record.document,
    })
}

fn bring_back(tx: Tx<'_>, record: &mut Record, person: &Person, moment: Moment) -> Result<()> {
    let rights = notice(tx, person, moment)?;
    let settings = rights.settings;
    if record.document.facts.is_none() {
        // It was never priced, and only what can't be read says why.
        let unreadable = record.document.reason.is_some();
        let document = &mut record.document;
        document.state = match unreadable {
            true => state_of_unreadable(&settings),
            false => DocumentState::Submitted,
        };
        document.hold_until = unreadable.then(|| hold_until(&settings, moment.now));
        document.changed_at = moment.now;
        return Ok(());
    }
    let account = match record.document.account {
        Some(id) if settings.account_management => rights.allowed(tx, id).map(Some),
        _ => rights.active(tx),
    };
    match account {
        Ok(account) => place(tx, record, account.as_deref(), &settings, moment.now).map(drop),
        Err(LedgerError::Refused(Refusal::Barred(why))) => {
            let document = &mut record.document;
            document.state = DocumentState::Canceled;
            document.reason = Some(format!("Printing declined. {why}"));
            document.verdict = Some(Verdict::Declined {
                available: Points::ZERO,
            });
            document.lease = None;
            document.hold_until = Some(hold_until(&settings, moment.now));
            document.changed_at = moment.now;
            Ok(())
        }
        Err(error) => Err(error),
    }
}
