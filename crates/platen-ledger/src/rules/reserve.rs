//! From a document's facts to a verdict and a reservation.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use platen_domain::price::price;
use platen_domain::{
    Account, AccountId, DocumentId, DocumentState, Person, Points, RateCard, Verdict, judge,
    judge_leased,
};
use ring::digest::{Context, SHA256};

use super::access::{Rights, notice, remember_active, rights, view_account};
use super::lease;
use super::{
    Moment, Record, account_view, change_pending, known_account, known_document, return_reservation,
};
use crate::codec;
use crate::document::{Document, Facts, Outcome, Reserve, Scope};
use crate::error::Refusal;
use crate::site::Settings;
use crate::store::{Holder, LeaseRecord, Result, Tx, kept};
use crate::view::AccountView;

/// Prices a document, judges it and reserves its points if the verdict permits.
///
/// Asked again with the same content it answers what it answered first; with
/// other content it is refused. *Source*: rules.md.
pub(crate) fn reserve(tx: Tx<'_>, ask: &Reserve, moment: Moment) -> Result<Outcome> {
    reserve_when(tx, ask, moment, Drawn::Now)
}

/// Takes over what a device judged by itself, on points that it held, by the
/// rate card that it had: maybe the document is printed already. That wins over
/// whatever the ledger made of it meanwhile, and its former reservation returns.
/// *Source*: rules.md.
pub(super) fn place_on_lease(
    tx: Tx<'_>,
    ask: &Reserve,
    card: u64,
    moment: Moment,
) -> Result<Outcome> {
    let mut record = known_document(tx, ask.id)?;
    let document = &mut record.document;
    // What is over may be drawn anew from the same lease: its device still had it.
    let gives_way = match document.state {
        DocumentState::Held => document.lease != ask.lease,
        DocumentState::Canceled | DocumentState::Deleted | DocumentState::Expired => true,
        _ => false,
    };
    if gives_way && document.user == ask.person.id {
        return_reservation(tx, &record)?;
        let document = &mut record.document;
        document.state = DocumentState::Submitted;
        (document.reason, document.lease) = (None, None);
        tx.put_document(&record)?;
    }
    reserve_when(tx, ask, moment, Drawn::Before { card })
}

/// When points were taken out of a lease.
#[derive(Clone, Copy)]
enum Drawn {
    /// Now.
    Now,
    /// Before its end, as a device reports, by the rate card that it had.
    Before { card: u64 },
}

fn reserve_when(tx: Tx<'_>, ask: &Reserve, moment: Moment, drawn: Drawn) -> Result<Outcome> {
    let mut record = known_document(tx, ask.id)?;
    if record.document.user != ask.person.id {
        return Err(Refusal::NotYours.into());
    }
    let facts = codec::facts_to_text(&ask.facts)?;
    let request = fingerprint(ask, &facts);
    match record.document.state {
        DocumentState::Submitted | DocumentState::Unreadable => {}
        _ => return answer_again(tx, record, ask, request, moment),
    }
    let rights = notice(tx, &ask.person, moment)?;
    record.request = Some(request);
    let (verdict, account) = match ask.lease {
        Some(lease) => {
            let lease = match drawn {
                Drawn::Now => lease::drawable(tx, lease, &ask.person, moment.now)?,
                Drawn::Before { .. } => lease::drawn_before(tx, lease, &ask.person)?,
            };
            on_lease(tx, &mut record, ask, (lease, drawn), &rights, moment.now)?
        }
        None => {
            let account = match ask.account {
                Some(id) => Some(rights.allowed(tx, id)?),
                None => rights.active(tx)?,
            };
            take_price(tx, &mut record, &ask.facts)?;
            let settings = &rights.settings;
            let verdict = place(tx, &mut record, account.as_deref(), settings, moment.now)?;
            (verdict, account)
        }
    };
    record.facts_text = Some(facts);
    tx.put_document(&record)?;
    if let Some(account) = &account
        && is_permitted(verdict)
    {
        remember_active(tx, &rights, account.id)?;
    }
    outcome(tx, &rights, record.document, verdict, account.as_ref())
}

/// Reserves a document's points out of a lease. Its account need not be usable
/// any more: the points were set aside while it was. *Source*: rules.md R-39.
fn on_lease(
    tx: Tx<'_>,
    record: &mut Record,
    ask: &Reserve,
    (drawable, drawn): (LeaseRecord, Drawn),
    rights: &Rights,
    now: Timestamp,
) -> Result<(Verdict, Option<Arc<Account>>)> {
    let (account, lease) = (drawable.lease.account, drawable.lease.id);
    if ask.account.is_some_and(|id| id != account) {
        return Err(Refusal::LeaseEnded(lease).into());
    }
    let account = known_account(tx, account)?;
    let card = match drawn {
        Drawn::Now => card(tx)?,
        Drawn::Before { card } => former_card(tx, card)?,
    };
    take_price_with(record, &ask.facts, &card)?;
    let cost = record.document.cost.unwrap_or_default();
    let holder = lease::draw(tx, drawable, cost, now)?;
    let verdict = judge_leased(&account, tx.balance(account.id, &holder)?, cost)?;
    change_pending(tx, account.id, &holder, |pending| pending.plus(cost))?;
    judged(record, Some(&account), verdict, &rights.settings, now);
    record.document.lease = Some(lease);
    record.holder = Some(holder);
    Ok((verdict, Some(account)))
}

fn answer_again(
    tx: Tx<'_>,
    record: Record,
    ask: &Reserve,
    request: [u8; 32],
    moment: Moment,
) -> Result<Outcome> {
    let document = record.document;
    let Some(verdict) = document.verdict else {
        return Err(Refusal::WrongState(document.state).into());
    };
    if record.request != Some(request) {
        // A document whose options or account were changed meanwhile may be
        // asked about as it is now, too.
        if document.facts.as_ref() != Some(&ask.facts) {
            return Err(Refusal::ExistsWithDifferent { what: "content" }.into());
        }
        if ask.account.is_some_and(|id| document.account != Some(id)) {
            return Err(Refusal::ExistsWithDifferent { what: "account" }.into());
        }
        if ask.lease.is_some_and(|id| document.lease != Some(id)) {
            return Err(Refusal::ExistsWithDifferent { what: "lease" }.into());
        }
    }
    let rights = rights(tx, &ask.person, moment)?;
    let account = document.account.map(|id| known_account(tx, id));
    let account = account.transpose()?;
    outcome(tx, &rights, document, verdict, account.as_ref())
}

/// Prices a document again because its options or content changed, and judges
/// it again on the same account. The old reservation and the new one change
/// places in one step; a declined document is cancelled, one that was declined
/// and now fits is revived.
///
/// *Source*: rules.md.
pub(crate) fn reprice(
    tx: Tx<'_>,
    id: DocumentId,
    facts: &Facts,
    now: Timestamp,
) -> Result<Outcome> {
    let mut record = known_document(tx, id)?;
    let state = record.document.state;
    if !state.account_can_change() {
        return Err(Refusal::WrongState(state).into());
    }
    let account = record
        .document
        .account
        .map(|id| known_account(tx, id))
        .transpose()?;
    let unchanged = record.document.facts.as_ref() == Some(facts);
    let verdict = match record.document.verdict {
        Some(verdict) if unchanged && state == DocumentState::Held => verdict,
        _ => {
            return_reservation(tx, &record)?;
            take_price(tx, &mut record, facts)?;
            let settings = tx.settings()?;
            let came_back = record.document.reason.take();
            let verdict = place(tx, &mut record, account.as_deref(), &settings, now)?;
            if state == DocumentState::Held && record.document.state == state {
                // Why a release came back is still so at another price.
                record.document.reason = came_back;
            }
            tx.put_document(&record)?;
            verdict
        }
    };
    Ok(Outcome {
        verdict,
        account: account
            .map(|account| charged_account(tx, account.id, &record.document))
            .transpose()?,
        document: record.document,
    })
}

/// A change of account, as it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct ChangeAccount {
    pub(crate) id: DocumentId,
    pub(crate) person: Person,
    pub(crate) account: AccountId,
    pub(crate) scope: Scope,
}

/// Moves a document to another account, or revives a declined one on it: both
/// balances change, or nothing does. *Source*: rules.md.
pub(crate) fn change_account(tx: Tx<'_>, ask: &ChangeAccount, moment: Moment) -> Result<Outcome> {
    let mut record = known_document(tx, ask.id)?;
    if record.document.user != ask.person.id {
        return Err(Refusal::NotYours.into());
    }
    let state = record.document.state;
    // What was cancelled because it can't be read has no price on any account.
    if !state.account_can_change() || record.document.facts.is_none() {
        return Err(Refusal::WrongState(state).into());
    }
    let rights = notice(tx, &ask.person, moment)?;
    let account = rights.allowed(tx, ask.account)?;
    let already = state == DocumentState::Held && record.document.account == Some(account.id);
    let verdict = match record.document.verdict {
        Some(verdict) if already => verdict,
        _ => {
            let cost = record.document.cost.unwrap_or_default();
            let balance = tx.balance(account.id, &Holder::of(&account, &ask.person.id))?;
            let verdict = judge(&account, balance, cost)?;
            if !is_permitted(verdict) {
                return outcome(tx, &rights, record.document, verdict, Some(&account));
            }
            return_reservation(tx, &record)?;
            place(
                tx,
                &mut record,
                Some(&account),
                &rights.settings,
                moment.now,
            )?
        }
    };
    tx.put_document(&record)?;
    if ask.scope == Scope::AndActive {
        remember_active(tx, &rights, account.id)?;
    }
    outcome(tx, &rights, record.document, verdict, Some(&account))
}

/// Judges a priced document on an account and writes the result into it; the
/// points of its former reservation must have been returned.
pub(super) fn place(
    tx: Tx<'_>,
    record: &mut Record,
    account: Option<&Account>,
    settings: &Settings,
    now: Timestamp,
) -> Result<Verdict> {
    let cost = record.document.cost.unwrap_or_default();
    let (verdict, holder) = match account {
        None => (without_account(settings), None),
        Some(account) => {
            let holder = Holder::of(account, &record.document.user);
            let balance = tx.balance(account.id, &holder)?;
            let verdict = judge(account, balance, cost)?;
            if is_permitted(verdict) {
                change_pending(tx, account.id, &holder, |pending| pending.plus(cost))?;
            }
            (verdict, Some(holder))
        }
    };
    judged(record, account, verdict, settings, now);
    record.holder = holder;
    Ok(verdict)
}

/// Writes a verdict into a document.
fn judged(
    record: &mut Record,
    account: Option<&Account>,
    verdict: Verdict,
    settings: &Settings,
    now: Timestamp,
) {
    let document = &mut record.document;
    let cost = document.cost.unwrap_or_default();
    (document.state, document.reason) = if is_permitted(verdict) {
        (DocumentState::Held, None)
    } else {
        (
            DocumentState::Canceled,
            Some(declined_because(account, verdict, cost)),
        )
    };
    document.verdict = Some(verdict);
    document.account = account.map(|account| account.id);
    document.lease = None;
    document.hold_until = Some(hold_until(settings, now));
    document.changed_at = now;
}

/// Without accounts a document is not charged; without one that the
/// person may use it is declined.
pub(super) const fn without_account(settings: &Settings) -> Verdict {
    if settings.account_management {
        Verdict::Declined {
            available: Points::ZERO,
        }
    } else {
        Verdict::Ready {
            used: Points::ZERO,
            crosses_low: false,
        }
    }
}

/// What a person reads on a cancelled document.
fn declined_because(account: Option<&Account>, verdict: Verdict, cost: Points) -> String {
    match (account, verdict) {
        (Some(account), Verdict::Declined { available }) => format!(
            "Printing declined: this document needs {cost} points, and {} has {available} left.",
            account.name
        ),
        _ => "Printing declined: you have no account that it could be charged to.".to_owned(),
    }
}

pub(super) const fn is_permitted(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::Declined { .. })
}

/// When a document expires that starts to wait now. *Source*: rules.md R-19.
pub(super) fn hold_until(settings: &Settings, now: Timestamp) -> Timestamp {
    let hours = SignedDuration::from_hours(i64::from(settings.hold_hours));
    kept(now.saturating_add(hours).unwrap_or(Timestamp::MAX))
}

fn take_price(tx: Tx<'_>, record: &mut Record, facts: &Facts) -> Result<()> {
    take_price_with(record, facts, &*card(tx)?)
}

pub(super) fn take_price_with(record: &mut Record, facts: &Facts, card: &RateCard) -> Result<()> {
    if facts.page_count() > Facts::MAX_PAGES {
        return Err(Refusal::TooManyPages.into());
    }
    let receipt = price(card, &facts.pages(), &facts.finishing)?;
    let document = &mut record.document;
    document.cost = Some(receipt.total);
    document.card_version = Some(card.version);
    document.facts = Some(facts.clone());
    record.facts_text = None;
    Ok(())
}

pub(super) fn card(tx: Tx<'_>) -> Result<Arc<RateCard>> {
    Ok(tx.current_card()?.ok_or(Refusal::NoRateCard)?)
}

/// A rate card that is or was in force.
fn former_card(tx: Tx<'_>, version: u64) -> Result<Arc<RateCard>> {
    let newest = card(tx)?.version;
    // None is ever removed.
    if version == 0 || version > newest {
        return Err(Refusal::NoRateCard.into());
    }
    tx.card(version)
}

/// Tells the same request from another one with the same id; `facts` as
/// they are stored.
fn fingerprint(ask: &Reserve, facts: &str) -> [u8; 32] {
    let mut content = Context::new(&SHA256);
    let ids = [ask.account.map(|id| id.0), ask.lease.map(|id| id.0)];
    for id in ids {
        content.update(&[id.is_some().into()]);
        content.update(id.unwrap_or_default().as_bytes());
    }
    content.update(facts.as_bytes());
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(content.finish().as_ref());
    fingerprint
}

fn outcome(
    tx: Tx<'_>,
    rights: &Rights,
    document: Document,
    verdict: Verdict,
    account: Option<&Arc<Account>>,
) -> Result<Outcome> {
    Ok(Outcome {
        verdict,
        document,
        account: account
            .map(|account| view_account(tx, rights, Arc::clone(account)))
            .transpose()?,
    })
}

/// The account of a document, where nothing is known of the person's rights.
fn charged_account(tx: Tx<'_>, id: AccountId, document: &Document) -> Result<AccountView> {
    let account = known_account(tx, id)?;
    let balance = tx.balance(id, &Holder::of(&account, &document.user))?;
    account_view(account, balance, false)
}
