//! Setting up accounts, rates, groups and settings. *Source*: rules.md.

use platen_domain::{Account, AccountId, Points};
use uuid::Uuid;

use super::known_account;
use crate::error::Refusal;
use crate::site::{LoadSummary, Site};
use crate::store::{Result, Tx};

/// Creates or changes an account.
///
/// *Errors*: a name or code that another account has, archived ones included,
/// since they can be restored. *Source*: rules.md.
pub(crate) fn save(tx: Tx<'_>, account: &Account) -> Result<()> {
    check_values(account)?;
    for (other, what) in [
        (tx.account_by_name(&account.name)?, "name"),
        (tx.account_by_code(&account.code)?, "code"),
    ] {
        if other.is_some_and(|other| other.id != account.id) {
            return Err(Refusal::NotUnique { what }.into());
        }
    }
    if let Some(stored) = tx.account(account.id)?
        && stored.kind != account.kind
        && tx.account_in_use(account.id)?
    {
        return Err(Refusal::KindInUse.into());
    }
    tx.put_account(account)
}

fn check_values(account: &Account) -> Result<()> {
    let invalid = |reason: &str| Err(Refusal::InvalidAccount(reason.to_owned()).into());
    if account.name.trim().is_empty() || account.code.trim().is_empty() {
        return invalid("An account needs a name and a code.");
    }
    if account.limit.is_some_and(Points::is_negative) || account.exceed_by.is_negative() {
        return invalid("The limit of an account can't be negative.");
    }
    if account.limit.is_none() && account.exceed_by != Points::ZERO {
        return invalid("An unlimited account has no limit to exceed.");
    }
    if let (Some(start), Some(expiry)) = (account.start, account.expiry)
        && start > expiry
    {
        return invalid("The account would expire before it starts.");
    }
    account.hard_limit()?;
    Ok(())
}

/// Archives or restores an account; nothing of its history changes.
/// *Source*: rules.md R-8.
pub(crate) fn set_archived(tx: Tx<'_>, id: AccountId, archived: bool) -> Result<Account> {
    let mut account = (*known_account(tx, id)?).clone();
    if account.archived != archived {
        account.archived = archived;
        tx.put_account(&account)?;
    }
    Ok(account)
}

/// Puts a site in force: its accounts by code, its rates as a new version if
/// they differ from those in force, its groups and settings in place of the
/// former. Accounts that it does not name stay as they are.
/// *Source*: rules.md.
pub(crate) fn load_site(tx: Tx<'_>, site: &Site) -> Result<LoadSummary> {
    let mut summary = LoadSummary {
        groups: site.groups.len(),
        ..LoadSummary::default()
    };
    for spec in &site.accounts {
        let stored = tx.account_by_code(&spec.code)?;
        let code = spec.code.clone();
        let account = match &stored {
            Some(stored) => spec.with_id(stored.id, stored.archived),
            None => spec.with_id(AccountId(Uuid::now_v7()), false),
        };
        match stored {
            Some(stored) if *stored == account => {
                summary.unchanged.push(code);
                continue;
            }
            Some(_) => summary.updated.push(code),
            None => summary.created.push(code),
        }
        save(tx, &account)?;
    }
    for account in tx.accounts()? {
        let named = |code: &String| code.eq_ignore_ascii_case(&account.code);
        let LoadSummary {
            created,
            updated,
            unchanged,
            ..
        } = &summary;
        if ![created, updated, unchanged]
            .into_iter()
            .flatten()
            .any(named)
        {
            summary.not_in_file.push(account.code.clone());
        }
    }
    load_card(tx, site, &mut summary)?;
    tx.replace_groups(&site.groups)?;
    tx.put_settings(&site.settings)?;
    Ok(summary)
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
