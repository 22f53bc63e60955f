//! *Direct user assignment*: giving a user an account by name, and taking it.

use axum::response::Response;
use platen_domain::{Access, Account, AccountId};
use platen_ledger::{AccountQuery, PageAsk};

use super::super::fields::{Faults, Fields};
use super::super::frame::Ask;
use super::super::stop::Stop;
use super::list::name_of;
use super::{named, path, user};
use crate::flash::see_other_with_notice;
use crate::words::console::Fill as _;

/// *Source*: rules.md.
pub(in crate::console) async fn assign(ask: Ask, fields: Fields) -> Result<Response, Stop> {
    let row = named(&ask, fields.get("user")).await?;
    let typed = fields.get("account").to_owned();
    let w = &ask.words().people;
    let account = match chosen(&ask, &typed).await? {
        Ok(account) => account,
        Err(text) => {
            return user::show(&ask, row, typed, Faults::one("account", text)).await;
        }
    };
    let Access::Only { users, .. } = &account.access else {
        let text = w.assign_everyone.with(&account.name);
        return user::show(&ask, row, typed, Faults::one("account", text)).await;
    };
    let person = &row.person;
    let there = users.contains(&person.login) || users.contains(person.id.as_str());
    let notice = if there {
        w.assigned_already.with2(&account.name, name_of(&row))
    } else {
        let login = key_of(&row);
        ask.desk()
            .assign(account.id, &login, ask.central.now())
            .await?;
        w.assigned.with2(&account.name, name_of(&row))
    };
    Ok(see_other_with_notice(&path(&person.id), &notice))
}

/// An access list names people by login, or by identifier where there is none.
fn key_of(row: &platen_ledger::PersonRow) -> String {
    if row.person.login.is_empty() {
        row.person.id.as_str().to_owned()
    } else {
        row.person.login.clone()
    }
}

/// The account with this code, this name, or this identifier.
async fn chosen(ask: &Ask, typed: &str) -> Result<Result<Account, String>, Stop> {
    let w = &ask.words().people;
    let found = named_account(ask, typed).await?;
    Ok(match found {
        None => Err(w.assign_unknown.to_owned()),
        Some(account) if account.archived => Err(w.assign_archived.with(&account.name)),
        Some(account) => Ok(account),
    })
}

/// The account that somebody means by a code, a name or an identifier.
pub(in crate::console) async fn named_account(
    ask: &Ask,
    typed: &str,
) -> Result<Option<Account>, Stop> {
    let ledger = &ask.central.ledger;
    if let Ok(id) = typed.parse().map(AccountId) {
        return Ok(ledger.account(id).await?);
    }
    if typed.is_empty() {
        return Ok(None);
    }
    if let Some(account) = ledger.account_by_code(typed).await? {
        return Ok(Some(account));
    }
    let found = ledger
        .accounts_page(AccountQuery {
            search: typed.to_owned(),
            page: PageAsk::first(200),
            ..AccountQuery::default()
        })
        .await?;
    let wanted = typed.to_lowercase();
    let mut rows = found.rows.into_iter().map(|row| row.account);
    Ok(rows.find(|account| account.name.to_lowercase() == wanted))
}

pub(in crate::console) async fn unassign(ask: Ask, fields: Fields) -> Result<Response, Stop> {
    let row = named(&ask, fields.get("user")).await?;
    let id = fields.get("account").parse().map(AccountId);
    let id = id.map_err(|_| Stop::Gone)?;
    let account = ask.central.ledger.account(id).await?.ok_or(Stop::Gone)?;
    let (desk, now) = (ask.desk(), ask.central.now());
    if let Access::Only { users, .. } = &account.access {
        let person = &row.person;
        // He may be named both ways.
        for key in [person.login.as_str(), person.id.as_str()] {
            if users.contains(key) {
                desk.unassign(account.id, key, now).await?;
            }
        }
    }
    let notice = ask
        .words()
        .people
        .unassigned
        .with2(&account.name, name_of(&row));
    Ok(see_other_with_notice(&path(&row.person.id), &notice))
}
