//! The rules, as plain functions over one transaction.
//!
//! Each either carries out the whole of its operation or returns an error, and
//! whoever runs it takes back what an error left half done. None reads a clock.

pub(crate) mod access;
pub(crate) mod accounts;
pub(crate) mod adjust;
pub(crate) mod answers;
pub(crate) mod bulk;
mod card;
pub(crate) mod card_preview;
pub(crate) mod content;
pub(crate) mod copy;
pub(crate) mod desk;
pub(crate) mod device;
pub(crate) mod device_view;
mod differ;
pub(crate) mod directory;
pub(crate) mod documents;
pub(crate) mod import;
pub(crate) mod lease;
pub(crate) mod listing;
pub(crate) mod lost;
pub(crate) mod office;
mod once;
mod overrun;
pub(crate) mod preview;
pub(crate) mod report;
pub(crate) mod reserve;
pub(crate) mod session;
pub(crate) mod settle;
pub(crate) mod undelete;
pub(crate) mod verify;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use platen_domain::{Account, AccountId, Balance, DocumentId, Points, PointsError};

use crate::error::{Broken, Refusal};
use crate::store::{Holder, Result, Tx};
use crate::text;
use crate::view::AccountView;

pub(crate) use crate::store::Record;

/// When an operation takes place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Timestamp,
    /// The site's local date.
    pub(crate) today: Date,
}

fn known_account(tx: Tx<'_>, id: AccountId) -> Result<Arc<Account>> {
    tx.account(id)?
        .ok_or_else(|| Refusal::UnknownAccount(id).into())
}

fn known_document(tx: Tx<'_>, id: DocumentId) -> Result<Record> {
    tx.document(id)?
        .ok_or_else(|| Refusal::UnknownDocument(id).into())
}

fn account_view(account: Arc<Account>, balance: Balance, in_grace: bool) -> Result<AccountView> {
    Ok(AccountView {
        at_limit: balance.at_limit(&account)?,
        standing: balance.standing(&account)?,
        account,
        balance,
        in_grace,
    })
}

/// Changes what is pending on the balance that carries a document.
///
/// *Errors*: a balance that would fall below zero is damage: the ledger stops.
fn change_pending(
    tx: Tx<'_>,
    account: AccountId,
    holder: &Holder,
    change: impl FnOnce(Points) -> std::result::Result<Points, PointsError>,
) -> Result<()> {
    let stored = tx.balance(account, holder)?.pending;
    let changed = change(stored)?;
    if changed.is_negative() {
        return Err(below_zero(account, holder, "pending", [stored, changed]).into());
    }
    tx.set_pending(account, holder, changed)
}

/// Changes what is leased of a balance; *Errors* as [`change_pending`].
fn change_leased(
    tx: Tx<'_>,
    account: AccountId,
    holder: &Holder,
    change: impl FnOnce(Points) -> std::result::Result<Points, PointsError>,
) -> Result<()> {
    let stored = tx.balance(account, holder)?.leased;
    let changed = change(stored)?;
    if changed.is_negative() {
        return Err(below_zero(account, holder, "leased", [stored, changed]).into());
    }
    tx.set_leased(account, holder, changed)
}

fn below_zero(
    account: AccountId,
    holder: &Holder,
    what: &'static str,
    [stored, computed]: [Points; 2],
) -> Broken {
    Broken::Balance {
        account,
        holder: holder.as_str().to_owned(),
        what,
        stored: stored.hundredths(),
        computed: computed.hundredths(),
    }
}

/// What people must fill in.
fn check_given(text: &str, what: &'static str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Refusal::Missing { what }.into());
    }
    Ok(())
}

/// A name that people can read, as long as a name may be.
fn check_name(name: &str, what: &'static str) -> Result<()> {
    if text::key(name).is_empty() || text::fault(name).is_some() {
        return Err(Refusal::NotAName { what }.into());
    }
    Ok(())
}

/// Texts that others make up are kept up to a length.
fn check_length(text: &str, most: usize, what: &'static str) -> Result<()> {
    if text.chars().count() > most {
        return Err(Refusal::TooLong { what }.into());
    }
    Ok(())
}

/// Takes back the points that a document holds reserved, if it holds any.
fn return_reservation(tx: Tx<'_>, record: &Record) -> Result<()> {
    let document = &record.document;
    if !document.state.is_reserved() {
        return Ok(());
    }
    let (Some(account), Some(holder), Some(cost)) =
        (document.account, &record.holder, document.cost)
    else {
        return Ok(());
    };
    change_pending(tx, account, holder, |pending| pending.minus(cost))
}
