//! What a change would say, without doing it.

use platen_domain::{AccountId, DocumentId, Person, judge};

use super::access::{rights, view_account};
use super::reserve::{card, take_price_with, without_account};
use super::{Moment, known_account, known_document};
use crate::document::{Facts, Preview};
use crate::error::Refusal;
use crate::store::{Holder, Result, Tx};

/// What is asked about by [`preview`]: what is not named stays as it is.
#[derive(Clone, Debug)]
pub(crate) struct PreviewAsk {
    pub(crate) id: DocumentId,
    pub(crate) person: Person,
    pub(crate) account: Option<AccountId>,
    pub(crate) facts: Option<Facts>,
}

/// What a change of account or options would say, without doing it.
/// *Source*: rules.md R-12.
pub(crate) fn preview(tx: Tx<'_>, ask: &PreviewAsk, moment: Moment) -> Result<Preview> {
    let stored = known_document(tx, ask.id)?;
    if stored.document.user != ask.person.id {
        return Err(Refusal::NotYours.into());
    }
    let mut record = stored.clone();
    let rights = rights(tx, &ask.person, moment)?;
    if let Some(facts) = &ask.facts {
        // Only the copy in memory is priced.
        take_price_with(&mut record, facts, &*card(tx)?)?;
    }
    let account = match (ask.account, record.document.account) {
        // A document stays on its account even where that was lost since.
        (Some(id), now) if Some(id) != now => Some(rights.allowed(tx, id)?),
        (_, Some(id)) => Some(known_account(tx, id)?),
        _ => rights.active(tx)?,
    };
    let cost = record.document.cost.unwrap_or_default();
    let Some(account) = account else {
        return Ok(Preview {
            verdict: without_account(&rights.settings),
            cost,
            account: None,
        });
    };
    let mut balance = tx.balance(account.id, &Holder::of(&account, &ask.person.id))?;
    let stored = stored.document;
    if stored.state.is_reserved() && stored.account == Some(account.id) {
        balance.pending = balance.pending.minus(stored.cost.unwrap_or_default())?;
    }
    Ok(Preview {
        verdict: judge(&account, balance, cost)?,
        cost,
        account: Some(view_account(tx, &rights, account)?),
    })
}
