//! Setting up accounts, rates, groups and settings. *Source*: rules.md.

use std::collections::HashSet;

use platen_domain::{Account, AccountId, Points};

use super::known_account;
use crate::error::{AccountFault, LedgerError, Refusal};
use crate::site::{AccountSpec, LoadSummary, Site};
use crate::store::{Result, Tx};
use crate::text;

/// Creates or changes an account and gives it as it is stored. What is stored
/// already, word for word, is left as it is.
///
/// *Errors*: a version that is no longer the stored one; a name or code that
/// another account has, archived ones included, since they can be restored.
/// *Source*: rules.md.
pub(crate) fn save(tx: Tx<'_>, given: &Account) -> Result<Account> {
    let stored = tx.account(given.id)?;
    let version = stored.as_ref().map_or(0, |stored| stored.version);
    if let Some(stored) = &stored
        && same_content(stored, given)
    {
        return Ok((**stored).clone());
    }
    if given.version != version {
        return Err(match stored {
            Some(_) => Refusal::Changed,
            None => Refusal::UnknownAccount(given.id),
        }
        .into());
    }
    check_values(given)?;
    for (other, what) in [
        (tx.account_by_name(&given.name)?, "name"),
        (tx.account_by_code(&given.code)?, "code"),
    ] {
        if other.is_some_and(|other| other.id != given.id) {
            return Err(Refusal::NotUnique { what }.into());
        }
    }
    if let Some(stored) = stored
        && stored.kind != given.kind
        && tx.account_in_use(given.id)?
    {
        return Err(Refusal::KindInUse.into());
    }
    put(tx, given.clone())
}

fn same_content(stored: &Account, given: &Account) -> bool {
    let version = stored.version;
    *stored
        == Account {
            version,
            ..given.clone()
        }
}

fn put(tx: Tx<'_>, mut account: Account) -> Result<Account> {
    account.version += 1;
    tx.put_account(&account)?;
    Ok(account)
}

fn check_values(account: &Account) -> Result<()> {
    let invalid = |fault: AccountFault| Err(Refusal::from(fault).into());
    for (text, what) in [(&account.name, "name"), (&account.code, "code")] {
        if text::key(text).is_empty() {
            return invalid(AccountFault::NoName);
        }
        if let Some(fault) = text::fault(text) {
            return invalid(AccountFault::BadName { what, fault });
        }
    }
    if account.limit.is_some_and(Points::is_negative) || account.exceed_by.is_negative() {
        return invalid(AccountFault::NegativeLimit);
    }
    if account.limit.is_none() && account.exceed_by != Points::ZERO {
        return invalid(AccountFault::NothingToExceed);
    }
    if let (Some(start), Some(expiry)) = (account.start, account.expiry)
        && start > expiry
    {
        return invalid(AccountFault::EndsBeforeItStarts);
    }
    account.hard_limit()?;
    Ok(())
}

/// Archives or restores an account; nothing of its history changes.
/// *Source*: rules.md R-8.
pub(crate) fn set_archived(tx: Tx<'_>, id: AccountId, archived: bool) -> Result<Account> {
    let mut account = (*known_account(tx, id)?).clone();
    if account.archived == archived {
        return Ok(account);
    }
    account.archived = archived;
    put(tx, account)
}

/// Puts a site in force: its accounts by code, its rates as a new version if
/// they differ from those in force, its groups and settings in place of the
/// former. Accounts that it does not name stay as they are. Each account that
/// turns out to be new takes its identity from `fresh`, one for each.
/// *Source*: rules.md.
pub(crate) fn load_site(tx: Tx<'_>, site: &Site, fresh: &[AccountId]) -> Result<LoadSummary> {
    let mut summary = put_specs(tx, &site.accounts, fresh, |_, error| error)?;
    summary.not_in_file = not_named(tx, &site.accounts)?;
    summary.groups = site.groups.len();
    load_card(tx, site, &mut summary)?;
    tx.replace_groups(&site.groups)?;
    tx.put_settings(&site.settings)?;
    Ok(summary)
}

/// Puts accounts in force, found by their codes; says which are new, changed, or
/// were so already. `wrong` says of which one an error is, counted from zero.
/// *Source*: rules.md.
pub(super) fn put_specs(
    tx: Tx<'_>,
    specs: &[AccountSpec],
    fresh: &[AccountId],
    wrong: impl Fn(usize, LedgerError) -> LedgerError,
) -> Result<LoadSummary> {
    let mut summary = LoadSummary::default();
    tx.each(
        specs.iter().zip(fresh).enumerate(),
        |(row, (spec, fresh))| {
            let stored = tx.account_by_code(&spec.code)?;
            let code = spec.code.clone();
            let account = match &stored {
                Some(stored) => Account {
                    version: stored.version,
                    ..spec.with_id(stored.id, stored.archived)
                },
                None => spec.with_id(*fresh, false),
            };
            match stored {
                Some(stored) if *stored == account => {
                    summary.unchanged.push(code);
                    return Ok(());
                }
                Some(_) => summary.updated.push(code),
                None => summary.created.push(code),
            }
            save(tx, &account)
                .map(drop)
                .map_err(|error| wrong(row, error))
        },
    )?;
    Ok(summary)
}

/// Codes of the accounts that a list does not name.
pub(crate) fn not_named(tx: Tx<'_>, specs: &[AccountSpec]) -> Result<Vec<String>> {
    let named: HashSet<_> = specs.iter().map(|spec| text::key(&spec.code)).collect();
    let others = tx.accounts()?.into_iter();
    let others = others.filter(|account| !named.contains(&text::key(&account.code)));
    Ok(others.map(|account| account.code.clone()).collect())
}

fn load_card(tx: Tx<'_>, site: &Site, summary: &mut LoadSummary) -> Result<()> {
    let stored = tx.current_card()?;
    let version = stored.as_ref().map_or(0, |card| card.version);
    if stored.as_deref() == Some(&site.card.with_version(version)) {
        summary.card_version = version;
        return Ok(());
    }
    summary.card_version = version + 1;
    summary.card_changed = true;
    tx.add_card(site.card.with_version(version + 1))
}
