//! Who may use an account. *Source*: rules.md.

use std::ops::Bound;

use platen_domain::{Access, Account};
use platen_ledger::{LedgerError, Refusal};

use super::accounts::{Answer, change};
use super::asking::Asking;
use super::asks::{self, AccessAsk};
use super::cursor;
use super::fields::{Fault, LONGEST, check_text};
use super::problem::{Kind, Problem};
use super::reply::Reply;
use super::schemas::Place;
use super::shapes::{AccessBody, AccessUserListBody};

/// How often a change is tried again that another one came before.
const TRIES: usize = 5;

fn shown(account: &Account) -> Answer {
    Reply::showing(&AccessBody::from(&account.access), account.version)
}

/// Shows who may use an account.
#[utoipa::path(
    get, path = "/{customer-id}/accounts/{account-id}/access", operation_id = "getAccess", tag = "Access",
    responses((
        status = 200, description = "Who may use it.", body = AccessBody,
        headers(("ETag" = String, description = "The account’s version.")),
    )),
)]
pub(super) async fn show_access(asking: Asking) -> Answer {
    asking.no_query()?;
    shown(&asking.account().await?)
}

/// Sets who may use an account, in place of who might before.
#[utoipa::path(
    put, path = "/{customer-id}/accounts/{account-id}/access", operation_id = "setAccess", tag = "Access",
    request_body = AccessAsk,
    responses((
        status = 200, description = "Who may use it.", body = AccessBody,
        headers(("ETag" = String, description = "The account’s new version.")),
    )),
)]
pub(super) async fn set_access(asking: Asking) -> Answer {
    change(&asking, asks::shared_account, shown).await
}

/// Lists the users with access of their own.
#[utoipa::path(
    get, path = "/{customer-id}/accounts/{account-id}/access/users", operation_id = "listAccessUsers", tag = "Access",
    params(
        ("limit" = Option<i32>, Query, description = "Rows in a page; 50 if left out.", minimum = 1, maximum = 200),
        ("cursor" = Option<Place>, Query, description = "Where the page begins: “next” of the one before."),
    ),
    responses((status = 200, description = "A part of the list.", body = AccessUserListBody)),
)]
pub(super) async fn users(asking: Asking) -> Answer {
    let mut query = asking.query();
    let (limit, from) = (query.limit() as usize, query.cursor());
    query.finish()?;
    let after = from.map(|from| cursor::read("access", &from)).transpose()?;
    let account = asking.account().await?;
    let Access::Only { users, .. } = &account.access else {
        return Reply::ok(&AccessUserListBody {
            items: Vec::new(),
            next: None,
        });
    };
    let start = after.map_or(Bound::Unbounded, Bound::Excluded);
    let mut items: Vec<_> = users
        .range((start, Bound::Unbounded))
        .take(limit + 1)
        .cloned()
        .collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more);
    let next = last.map(|last| cursor::write("access", last));
    Reply::ok(&AccessUserListBody { items, next })
}

/// Gives a user access.
///
/// Whether the user was seen here already or not. Where everyone has access nothing
/// changes.
#[utoipa::path(
    put, path = "/{customer-id}/accounts/{account-id}/access/users/{user-email}", operation_id = "addAccessUser", tag = "Access",
    responses((status = 204, description = "The user has access.")),
)]
pub(super) async fn add_user(asking: Asking) -> Answer {
    let login = name(&asking, "user-email")?;
    let id = asking.account().await?.id;
    asking
        .desk()
        .assign(id, &login, asking.central.now())
        .await?;
    Ok(Reply::done())
}

/// Takes a user’s own access away; that of groups stays.
#[utoipa::path(
    delete, path = "/{customer-id}/accounts/{account-id}/access/users/{user-email}", operation_id = "removeAccessUser", tag = "Access",
    responses((status = 204, description = "The user has no access of his own.")),
)]
pub(super) async fn remove_user(asking: Asking) -> Answer {
    let login = name(&asking, "user-email")?;
    let id = asking.account().await?.id;
    asking
        .desk()
        .unassign(id, &login, asking.central.now())
        .await?;
    Ok(Reply::done())
}

/// Gives a group access.
///
/// The account must not be for everyone.
#[utoipa::path(
    put, path = "/{customer-id}/accounts/{account-id}/access/groups/{group}", operation_id = "addAccessGroup", tag = "Access",
    responses((status = 204, description = "The group has access.")),
)]
pub(super) async fn add_group(asking: Asking) -> Answer {
    let group = name(&asking, "group")?;
    edit(&asking, |groups| groups.insert(group.clone())).await
}

/// Takes a group’s access away.
#[utoipa::path(
    delete, path = "/{customer-id}/accounts/{account-id}/access/groups/{group}", operation_id = "removeAccessGroup", tag = "Access",
    responses((status = 204, description = "The group has no access.")),
)]
pub(super) async fn remove_group(asking: Asking) -> Answer {
    let group = name(&asking, "group")?;
    edit(&asking, |groups| groups.remove(&group)).await
}

/// The user or group that the path names last.
fn name(asking: &Asking, parameter: &str) -> Result<String, Problem> {
    asking.no_query()?;
    asking.no_body()?;
    let name = asking.part(2);
    // Nothing has such a name, as nothing has an id that is none.
    check_text(name, LONGEST).map_err(|detail| {
        Problem::new(Kind::NotFound, detail.clone()).about(Fault::of(parameter, detail))
    })?;
    Ok(name.to_owned())
}

type Names = std::collections::BTreeSet<String>;

/// Edits the groups of an account as they are now; what others change meanwhile
/// is kept.
async fn edit(asking: &Asking, edit: impl Fn(&mut Names) -> bool) -> Answer {
    for _ in 0..TRIES {
        let mut account = asking.account().await?;
        let Access::Only { groups, .. } = &mut account.access else {
            return Err(Problem::new(
                Kind::Conflict,
                "This account is for everyone. Set its access to restricted first.",
            ));
        };
        if !edit(groups) {
            return Ok(Reply::done());
        }
        match asking
            .desk()
            .save_account(account, asking.central.now())
            .await
        {
            Err(LedgerError::Refused(Refusal::Changed)) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(Reply::done()),
        }
    }
    Err(Problem::new(
        Kind::Unavailable,
        "Others change this account all the time. Try again in a moment.",
    ))
}
