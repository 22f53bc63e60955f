//! Users and their balances. *Source*: rules.md.

use platen_domain::{AccountId, Kind as Whose, UserId};
use platen_ledger::PersonRow;

use super::asking::Asking;
use super::fields::Fault;
use super::listing;
use super::problem::{Kind, Problem};
use super::reply::Reply;
use super::schemas::{Label, Place};
use super::shapes::{BalanceBody, BalanceListBody, UserBody, UserListBody};

impl From<PersonRow> for UserBody {
    fn from(row: PersonRow) -> Self {
        Self {
            id: row.person.id.as_str().to_owned(),
            user_email: row.person.login,
            name: row.person.name,
            groups: row.person.groups.into_iter().collect(),
            seen_at: row.seen_at,
        }
    }
}

/// Lists users by address.
///
/// Everyone who was seen here: signed in, printed or was imported.
#[utoipa::path(
    get, path = "/{customer-id}/users", operation_id = "listUsers", tag = "Users",
    params(
        ("search" = Option<Label>, Query, description = "Part of the name or address."),
        ("group" = Option<Label>, Query, description = "Members of this group alone."),
        ("accountId" = Option<uuid::Uuid>, Query, description = "Those who have access to this account alone."),
        ("limit" = Option<i32>, Query, description = "Rows in a page; 50 if left out.", minimum = 1, maximum = 200),
        ("cursor" = Option<Place>, Query, description = "Where the page begins: “next” of the one before."),
    ),
    responses((status = 200, description = "A part of the list.", body = UserListBody)),
)]
pub(super) async fn list(asking: Asking) -> Result<Reply, Problem> {
    let mut query = asking.query();
    let asked = listing::People {
        search: query.text("search"),
        group: query.text("group"),
        account: query.id("accountId").map(AccountId),
    };
    let from = query.from();
    query.finish()?;
    let part = listing::people(&asking.central.ledger, asked, from).await?;
    Reply::ok(&UserListBody {
        items: part.rows.into_iter().map(UserBody::from).collect(),
        next: part.next,
    })
}

/// The user that the path names.
async fn named(asking: &Asking) -> Result<PersonRow, Problem> {
    known(asking, asking.part(1)).await
}

/// *Errors*: nobody signs in with this address.
pub(super) async fn known(asking: &Asking, login: &str) -> Result<PersonRow, Problem> {
    let found = asking.central.ledger.person_by_login(login).await?;
    found.ok_or_else(|| {
        Problem::new(
            Kind::UnknownUser,
            "Nobody with this address was seen here yet. Users are known once they have signed in \
             or printed, or were imported.",
        )
    })
}

/// Shows a user.
#[utoipa::path(
    get, path = "/{customer-id}/users/{user-email}", operation_id = "getUser", tag = "Users",
    responses((status = 200, description = "The user.", body = UserBody)),
)]
pub(super) async fn show(asking: Asking) -> Result<Reply, Problem> {
    asking.no_query()?;
    Reply::ok(&UserBody::from(named(&asking).await?))
}

/// Shows what a user has used of every account that he has access to.
#[utoipa::path(
    get, path = "/{customer-id}/users/{user-email}/balances", operation_id = "listBalances", tag = "Users",
    responses((status = 200, description = "The balances, by account name.", body = BalanceListBody)),
)]
pub(super) async fn balances(asking: Asking) -> Result<Reply, Problem> {
    asking.no_query()?;
    let user = named(&asking).await?;
    let central = &asking.central;
    let assigned = central
        .ledger
        .assignments(&user.person, central.now(), central.today())
        .await?;
    let items: Result<_, Problem> = assigned
        .iter()
        .map(|it| BalanceBody::new(&it.account, &it.balance, Some(user.person.login.clone())))
        .collect();
    Reply::ok(&BalanceListBody { items: items? })
}

/// Shows what was used of an account.
///
/// Of a shared account the pool is shown; of an individual one a user has to be
/// named.
#[utoipa::path(
    get, path = "/{customer-id}/accounts/{account-id}/balance", operation_id = "getBalance", tag = "Accounts",
    params(("userEmail" = Option<Label>, Query, description = "Whose balance of an individual account.")),
    responses((status = 200, description = "The balance.", body = BalanceBody)),
)]
pub(super) async fn balance(asking: Asking) -> Result<Reply, Problem> {
    let mut query = asking.query();
    let login = query.text("userEmail");
    query.finish()?;
    let account = asking.account().await?;
    let user = match login {
        Some(login) => Some(known(&asking, &login).await?.person),
        None => None,
    };
    check_whose(account.kind, user.as_ref().map(|user| &user.id), |detail| {
        Fault::of("userEmail", detail)
    })?;
    let id = user.as_ref().map(|user| &user.id);
    let usage = asking.central.ledger.usage(account.id, id, 0).await?;
    let login = user.map(|user| user.login);
    Reply::ok(&BalanceBody::new(&usage.account, &usage.balance, login)?)
}

/// A user is named of an individual account, and of no other.
pub(super) fn check_whose(
    kind: Whose,
    user: Option<&UserId>,
    fault: impl FnOnce(&str) -> Fault,
) -> Result<(), Problem> {
    let detail = match (kind, user) {
        (Whose::Individual, None) => "On this account each user has a balance: name the user.",
        (Whose::Shared, Some(_)) => "This account is shared: leave the user out.",
        _ => return Ok(()),
    };
    Err(Problem::new(Kind::Conflict, detail).about(fault(detail)))
}
