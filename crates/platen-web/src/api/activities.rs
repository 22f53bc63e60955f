//! Activities: what was charged, and adjustments. *Source*: rules.md R-28 to
//!

use std::collections::HashMap;

use platen_domain::{AccountId, UserId};
use platen_ledger::{ActivityFilter, Adjustment, BulkAdjustment, Ledger};

use super::asking::Asking;
use super::asks::{self, ActivityAsk, AllActivityAsk};
use super::fields::Fault;
use super::problem::{Kind, Problem};
use super::reply::Reply;
use super::schemas::{Label, Place};
use super::shapes::{ActivityBody, ActivityListBody, BalanceBody, PostedBody, PostedToAllBody};
use super::{cursor, users};

/// Lists activities, newest first.
#[utoipa::path(
    get, path = "/{customer-id}/activities", operation_id = "listActivities", tag = "Activities",
    params(
        ("accountId" = Option<uuid::Uuid>, Query, description = "Of this account alone."),
        ("userEmail" = Option<Label>, Query, description = "Of this user alone."),
        ("limit" = Option<i32>, Query, description = "Rows in a page; 50 if left out.", minimum = 1, maximum = 200),
        ("cursor" = Option<Place>, Query, description = "Where the page begins: “next” of the one before."),
    ),
    responses((status = 200, description = "A part of the list.", body = ActivityListBody)),
)]
pub(super) async fn list(asking: Asking) -> Result<Reply, Problem> {
    let mut query = asking.query();
    let account = query.id("accountId").map(AccountId);
    let login = query.text("userEmail");
    let (limit, from) = (query.limit(), query.cursor());
    query.finish()?;
    let before = match from {
        Some(from) => Some(ordinal(&from)?),
        None => None,
    };
    let user = match login {
        Some(login) => Some(users::known(&asking, &login).await?.person.id),
        None => None,
    };
    let ledger = &asking.central.ledger;
    let filter = ActivityFilter {
        account,
        user,
        before,
        limit: limit + 1,
    };
    let mut activities = ledger.activities(filter).await?;
    let more = activities.len() > limit as usize;
    activities.truncate(limit as usize);
    let last = activities.last().filter(|_| more);
    let next = last.map(|last| cursor::write("activities", &last.ordinal.to_string()));
    let mut logins = Logins::default();
    let mut items = Vec::with_capacity(activities.len());
    for activity in &activities {
        let user = activity.user.as_ref().or(activity.holder.as_ref());
        let login = logins.of(ledger, user).await?;
        items.push(ActivityBody::new(activity, login));
    }
    Reply::ok(&ActivityListBody { items, next })
}

fn ordinal(from: &str) -> Result<i64, Problem> {
    cursor::read("activities", from)?.parse().map_err(|_| {
        let detail = "This is no cursor of this list.";
        Problem::invalid(vec![Fault::of("cursor", detail)])
    })
}

/// The addresses of people, each looked up once.
#[derive(Default)]
struct Logins(HashMap<UserId, Option<String>>);

impl Logins {
    async fn of(
        &mut self,
        ledger: &Ledger,
        user: Option<&UserId>,
    ) -> Result<Option<String>, Problem> {
        let Some(user) = user else {
            return Ok(None);
        };
        if let Some(login) = self.0.get(user) {
            return Ok(login.clone());
        }
        let row = ledger.person(user).await?;
        let login = row.map(|row| row.person.login);
        self.0.insert(user.clone(), login.clone());
        Ok(login)
    }
}

/// Credits, debits or sets what a user has used.
///
/// A credit has an amount below zero and lowers what is used; a debit has one
/// above zero and raises it; set has the target. Of 210 used points of 200 a credit
/// of −120 leaves 90 of 200. For a shared account userEmail is left out: its pool
/// is adjusted. Send an Idempotency-Key, and repeat the request with the same one
/// when no answer came: it is never done twice.
#[utoipa::path(
    post, path = "/{customer-id}/activities", operation_id = "postActivity", tag = "Activities",
    request_body = ActivityAsk,
    responses((status = 201, description = "The activity, and the balance after it.", body = PostedBody)),
)]
pub(super) async fn post(asking: Asking) -> Result<Reply, Problem> {
    asking.no_query()?;
    let asked = asks::activity(&asking.json()?, None)?;
    let (central, caller) = (&asking.central, &asking.caller);
    asking
        .errand()?
        .carry_out(central, caller, async |id| {
            let account = central
                .ledger
                .account(asked.account)
                .await?
                .ok_or_else(|| {
                    Problem::new(Kind::UnknownAccount, "No account has this id.").at("/accountId")
                })?;
            let user = match &asked.user_email {
                Some(login) => {
                    let known = users::known(&asking, login).await;
                    Some(known.map_err(|problem| problem.at("/userEmail"))?.person)
                }
                None => None,
            };
            let user_id = user.as_ref().map(|user| user.id.clone());
            users::check_whose(account.kind, user_id.as_ref(), |detail| {
                Fault::at("/userEmail", detail)
            })?;
            let adjustment = Adjustment {
                account: account.id,
                user: user_id,
                change: asked.change,
                reason: asked.reason.clone(),
                by: caller.credential.name.clone(),
                corrects: asked.corrects,
            };
            let adjusted = asking.desk().adjust(id, adjustment, central.now()).await?;
            let login = user.map(|user| user.login);
            Reply::created(&PostedBody {
                balance: BalanceBody::new(&account, &adjusted.balance, login.clone())?,
                activity: ActivityBody::new(&adjusted.activity, login),
            })
        })
        .await
}

/// Credits, debits or sets what every user of an account has used.
///
/// All balances of an individual account that were ever used, or the pool of a
/// shared one: each by one activity, all of them or none.
#[utoipa::path(
    post, path = "/{customer-id}/accounts/{account-id}/activities", operation_id = "postActivityToAll", tag = "Activities",
    request_body = AllActivityAsk,
    responses((status = 201, description = "How many balances were changed.", body = PostedToAllBody)),
)]
pub(super) async fn post_to_all(asking: Asking) -> Result<Reply, Problem> {
    asking.no_query()?;
    let json = asking.json()?;
    let account = asking.account().await?;
    let asked = asks::activity(&json, Some(account.id))?;
    let (central, caller) = (&asking.central, &asking.caller);
    asking
        .errand()?
        .carry_out(central, caller, async |id| {
            let adjustment = BulkAdjustment {
                account: asked.account,
                change: asked.change,
                reason: asked.reason.clone(),
                by: caller.credential.name.clone(),
            };
            let desk = asking.desk();
            let adjusted = desk.adjust_all(id, adjustment, central.now()).await?;
            Reply::created(&PostedToAllBody {
                balances: adjusted.balances,
            })
        })
        .await
}
