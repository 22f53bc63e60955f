//! Accounts and their limits. *Source*: rules.md.

use platen_domain::{Account, AccountId, Kind};

use super::asking::Asking;
use super::asks::{self, AccountAsk, AccountChange, AccountLimitAsk};
use super::listing;
use super::problem::Problem;
use super::reply::Reply;
use super::schemas::{Label, Place};
use super::shapes::{AccountBody, AccountLimitBody, AccountListBody};

/// What a handler gives.
pub(super) type Answer = Result<Reply, Problem>;

fn shown(account: &Account) -> Answer {
    Reply::showing(&AccountBody::from(account), account.version)
}

/// Lists accounts by name.
///
/// Accounts that are archived are only given when asked for.
#[utoipa::path(
    get, path = "/{customer-id}/accounts", operation_id = "listAccounts", tag = "Accounts",
    params(
        ("search" = Option<Label>, Query, description = "Part of the name or code."),
        ("archived" = Option<bool>, Query, description = "True: archived accounts alone. False if left out."),
        ("enabled" = Option<bool>, Query, description = "Accounts that are enabled, or that are not."),
        ("kind" = Option<super::shapes::AccountKind>, Query, description = "Accounts of this kind alone."),
        ("limit" = Option<i32>, Query, description = "Rows in a page; 50 if left out.", minimum = 1, maximum = 200),
        ("cursor" = Option<Place>, Query, description = "Where the page begins: “next” of the one before."),
    ),
    responses((status = 200, description = "A part of the list.", body = AccountListBody)),
)]
pub(super) async fn list(asking: Asking) -> Answer {
    let mut query = asking.query();
    let asked = listing::Accounts {
        search: query.text("search"),
        archived: query.boolean("archived").unwrap_or(false),
        enabled: query.boolean("enabled"),
        kind: query.one_of(
            "kind",
            &[("individual", Kind::Individual), ("shared", Kind::Shared)],
        ),
    };
    let from = query.from();
    query.finish()?;
    let part = listing::accounts(&asking.central.ledger, asked, from).await?;
    Reply::ok(&AccountListBody {
        items: part.rows.iter().map(AccountBody::from).collect(),
        next: part.next,
    })
}

/// Creates an account.
#[utoipa::path(
    post, path = "/{customer-id}/accounts", operation_id = "createAccount", tag = "Accounts",
    request_body = AccountAsk,
    responses((
        status = 201, description = "The account as it is stored.", body = AccountBody,
        headers(("ETag" = String, description = "Its version."), ("Location" = String, description = "Its address.")),
    )),
)]
pub(super) async fn create(asking: Asking) -> Answer {
    asking.no_query()?;
    let json = asking.json()?;
    asks::new_account(&json, AccountId(uuid::Uuid::nil()))?;
    asking
        .errand()?
        .carry_out(&asking.central, &asking.caller, async |id| {
            let id = AccountId(id);
            let ledger = &asking.central.ledger;
            // A repetition after a crash: it is there already.
            let account = match ledger.account(id).await? {
                Some(account) => account,
                None => {
                    let account = asks::new_account(&json, id)?;
                    asking
                        .desk()
                        .save_account(account, asking.central.now())
                        .await?
                }
            };
            let place = format!("/{}/accounts/{}", asking.part(0), account.id.0);
            let reply = Reply::created(&AccountBody::from(&account))?;
            Ok(reply.version(account.version).place(place))
        })
        .await
}

/// Shows an account.
#[utoipa::path(
    get, path = "/{customer-id}/accounts/{account-id}", operation_id = "getAccount", tag = "Accounts",
    responses((
        status = 200, description = "The account.", body = AccountBody,
        headers(("ETag" = String, description = "Its version.")),
    )),
)]
pub(super) async fn show(asking: Asking) -> Answer {
    asking.no_query()?;
    shown(&asking.account().await?)
}

/// Changes an account.
///
/// What is left out stays as it is. If-Match says which version is to be changed,
/// so that nobody’s change is overwritten unseen.
#[utoipa::path(
    patch, path = "/{customer-id}/accounts/{account-id}", operation_id = "updateAccount", tag = "Accounts",
    request_body = AccountChange,
    responses((
        status = 200, description = "The account as it is stored.", body = AccountBody,
        headers(("ETag" = String, description = "Its new version.")),
    )),
)]
pub(super) async fn update(asking: Asking) -> Answer {
    change(&asking, asks::changed_account, shown).await
}

/// Changes an account as `read` reads it, if it is the version that is meant.
pub(super) async fn change(
    asking: &Asking,
    read: fn(&super::json::Json, Account) -> Result<Account, Problem>,
    show: fn(&Account) -> Answer,
) -> Answer {
    asking.no_query()?;
    let json = asking.json()?;
    let account = asking.account().await?;
    let changed = read(&json, account.clone())?;
    asking.check_version(account.version)?;
    let stored = asking
        .desk()
        .save_account(changed, asking.central.now())
        .await?;
    show(&stored)
}

/// Archives an account.
///
/// It vanishes from every list but that of archived accounts; its history stays.
#[utoipa::path(
    post, path = "/{customer-id}/accounts/{account-id}/archive", operation_id = "archiveAccount", tag = "Accounts",
    responses((
        status = 200, description = "The account as it is stored.", body = AccountBody,
        headers(("ETag" = String, description = "Its new version.")),
    )),
)]
pub(super) async fn archive(asking: Asking) -> Answer {
    set_archived(&asking, true).await
}

/// Brings an archived account back.
#[utoipa::path(
    post, path = "/{customer-id}/accounts/{account-id}/restore", operation_id = "restoreAccount", tag = "Accounts",
    responses((
        status = 200, description = "The account as it is stored.", body = AccountBody,
        headers(("ETag" = String, description = "Its new version.")),
    )),
)]
pub(super) async fn restore(asking: Asking) -> Answer {
    set_archived(&asking, false).await
}

async fn set_archived(asking: &Asking, archived: bool) -> Answer {
    asking.no_query()?;
    asking.no_body()?;
    let id = asking.account().await?.id;
    asking
        .errand()?
        .carry_out(&asking.central, &asking.caller, async |_| {
            let (desk, now) = (asking.desk(), asking.central.now());
            let stored = if archived {
                desk.archive_account(id, now).await?
            } else {
                desk.restore_account(id, now).await?
            };
            shown(&stored)
        })
        .await
}

fn shown_limit(account: &Account) -> Answer {
    Reply::showing(&AccountLimitBody::from(account), account.version)
}

/// Shows an account’s limit.
#[utoipa::path(
    get, path = "/{customer-id}/accounts/{account-id}/limit", operation_id = "getLimit", tag = "Limits",
    responses((
        status = 200, description = "The limit.", body = AccountLimitBody,
        headers(("ETag" = String, description = "The account’s version.")),
    )),
)]
pub(super) async fn show_limit(asking: Asking) -> Answer {
    asking.no_query()?;
    shown_limit(&asking.account().await?)
}

/// Sets an account’s limit.
#[utoipa::path(
    put, path = "/{customer-id}/accounts/{account-id}/limit", operation_id = "setLimit", tag = "Limits",
    request_body = AccountLimitAsk,
    responses((
        status = 200, description = "The limit as it is stored.", body = AccountLimitBody,
        headers(("ETag" = String, description = "The account’s new version.")),
    )),
)]
pub(super) async fn set_limit(asking: Asking) -> Answer {
    change(&asking, asks::limited_account, shown_limit).await
}
