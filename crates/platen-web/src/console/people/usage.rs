//! The Usage panel: balance against limit, what is under way, what was posted,
//! and the three adjustments. *Source*: rules.md.

use std::collections::HashMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use platen_domain::{Account, AccountId, Kind, Points, UserId};
use platen_ledger::{
    Activity, ActivityKind, Adjustment, Change, LedgerError, PersonRow, Refusal, Usage,
};
use uuid::Uuid;

use super::super::fields::{Faults, Fields};
use super::super::frame::{Ask, Frame, Here, page_with};
use super::super::show::{self, Show};
use super::super::stop::Stop;
use super::list::name_of;
use super::named;
use crate::flash::see_other_with_notice;
use crate::words::console::{Fill as _, PeopleWords};

/// Activities that the panel shows.
const RECENT: u32 = 40;

#[derive(Template)]
#[template(path = "console/usage.html")]
struct UsagePage {
    frame: Frame,
    w: &'static PeopleWords,
    account: Account,
    /// Whose; none where a shared pool is looked at as a whole.
    row: Option<PersonRow>,
    back: String,
    usage: Usage,
    own: Vec<Activity>,
    others: Vec<Activity>,
    names: HashMap<UserId, String>,
    entry: Entry,
    faults: Faults,
}

/// An individual account without a user has nothing to show yet.
#[derive(Template)]
#[template(path = "console/usage_whose.html")]
struct WhosePage {
    frame: Frame,
    w: &'static PeopleWords,
    account: Account,
}

/// An adjustment as it is typed.
struct Entry {
    /// Names the adjustment, so that sending it twice does it once.
    id: Uuid,
    change: String,
    amount: String,
    reason: String,
}

pub(in crate::console) async fn panel(ask: Ask) -> Result<Response, Stop> {
    let entry = Entry {
        id: Uuid::now_v7(),
        change: "decrease".to_owned(),
        amount: String::new(),
        reason: String::new(),
    };
    let (account, user) = (ask.query.get("account"), ask.query.get("user"));
    let (account, row) = asked(&ask, account, user).await?;
    show(&ask, account, row, entry, Faults::default()).await
}

async fn asked(ask: &Ask, account: &str, user: &str) -> Result<(Account, Option<PersonRow>), Stop> {
    let id = account.parse().map(AccountId).map_err(|_| Stop::Gone)?;
    let account = ask.central.ledger.account(id).await?.ok_or(Stop::Gone)?;
    let row = if user.is_empty() {
        None
    } else {
        Some(named(ask, user).await?)
    };
    Ok((account, row))
}

async fn show(
    ask: &Ask,
    account: Account,
    row: Option<PersonRow>,
    entry: Entry,
    faults: Faults,
) -> Result<Response, Stop> {
    let w = &ask.words().people;
    if row.is_none() && account.kind == Kind::Individual {
        return page_with(
            StatusCode::OK,
            &WhosePage {
                frame: ask.frame(Here::Accounts),
                w,
                account,
            },
        );
    }
    let user = row.as_ref().map(|row| &row.person.id);
    let holder = user.filter(|_| account.kind == Kind::Individual);
    let mut usage = ask.central.ledger.usage(account.id, holder, RECENT).await?;
    let activities = std::mem::take(&mut usage.activities);
    let names = names(ask, &activities).await?;
    let (own, others) = activities
        .into_iter()
        .partition(|activity| user.is_none() || activity.user.as_ref() == user);
    let status = if faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    page_with(
        status,
        &UsagePage {
            frame: ask.frame(if row.is_some() {
                Here::Users
            } else {
                Here::Accounts
            }),
            w,
            back: back(&account, row.as_ref()),
            account,
            row,
            usage,
            own,
            others,
            names,
            entry,
            faults,
        },
    )
}

/// Who printed and copied, by identifier.
async fn names(ask: &Ask, activities: &[Activity]) -> Result<HashMap<UserId, String>, Stop> {
    let mut names = HashMap::new();
    for user in activities
        .iter()
        .filter_map(|activity| activity.user.as_ref())
    {
        if !names.contains_key(user) {
            let row = ask.central.ledger.person(user).await?;
            let name = row.map_or_else(|| user.to_string(), |row| name_of(&row).to_owned());
            names.insert(user.clone(), name);
        }
    }
    Ok(names)
}

fn back(account: &Account, row: Option<&PersonRow>) -> String {
    match row {
        Some(row) => super::path(&row.person.id),
        None => format!("/console/accounts/{}", account.id.0),
    }
}

/// *Decrease*, *Increase* or *Set to points*.
pub(in crate::console) async fn adjust(ask: Ask, fields: Fields) -> Result<Response, Stop> {
    let (account, row) = asked(&ask, fields.get("account"), fields.get("user")).await?;
    let entry = Entry {
        id: fields.get("id").parse().unwrap_or_else(|_| Uuid::now_v7()),
        change: fields.get("change").to_owned(),
        amount: fields.get("amount").to_owned(),
        reason: fields.get("reason").to_owned(),
    };
    let (change, reason) = match entry.read(&ask.show()) {
        Ok(read) => read,
        Err(faults) => return show(&ask, account, row, entry, faults).await,
    };
    let user = row.as_ref().map(|row| row.person.id.clone());
    let adjustment = Adjustment {
        account: account.id,
        // A shared pool is adjusted as a whole.
        user: user.filter(|_| account.kind == Kind::Individual),
        change,
        reason,
        // The desk puts the administrator's name here.
        by: String::new(),
        corrects: None,
    };
    let now = ask.central.now();
    match ask.desk().adjust(entry.id, adjustment, now).await {
        Ok(adjusted) => {
            let balance = ask.show().balance(&adjusted.balance, &account);
            let notice = ask.words().people.adjusted.with(balance);
            Ok(see_other_with_notice(
                &back(&account, row.as_ref()),
                &notice,
            ))
        }
        Err(LedgerError::Refused(refusal)) => {
            let faults = beside(&refusal, &ask.show());
            // Another adjustment needs a name of its own.
            let entry = Entry {
                id: Uuid::now_v7(),
                ..entry
            };
            show(&ask, account, row, entry, faults).await
        }
        Err(LedgerError::Points(_)) => {
            let text = ask.words().frame.points_too_large;
            show(&ask, account, row, entry, Faults::one("amount", text)).await
        }
        Err(error) => Err(error.into()),
    }
}

impl Entry {
    fn read(&self, show: &Show) -> Result<(Change, String), Faults> {
        let words = show.words();
        let mut faults = Faults::default();
        let amount = faults.take("amount", words.frame.read_points(&self.amount));
        let reason = faults.take("reason", words.frame.read_text(&self.reason, 500));
        if self.reason.is_empty() {
            faults = faults.replaced("reason", words.people.reason_missing);
        }
        let change: Option<fn(Points) -> Change> = match self.change.as_str() {
            "decrease" => Some(Change::Credit),
            "increase" => Some(Change::Debit),
            "set" => Some(Change::SetTo),
            _ => None,
        };
        if change.is_none() {
            faults.add("change", words.frame.must_choose);
        }
        if amount == Some(Points::ZERO) && self.change != "set" {
            faults.add("amount", words.frame.points_not_positive);
        }
        match (change, amount, reason) {
            (Some(change), Some(amount), Some(reason)) if faults.is_empty() => {
                Ok((change(amount), reason))
            }
            _ => Err(faults),
        }
    }
}

fn beside(refusal: &Refusal, show: &Show) -> Faults {
    let field = match refusal {
        Refusal::NotPositive => "amount",
        Refusal::Missing { .. } => "reason",
        _ => "form",
    };
    Faults::one(field, show::refusal(show.language, refusal))
}

impl UsagePage {
    fn kind(&self, kind: &ActivityKind) -> &'static str {
        match kind {
            ActivityKind::Print => self.w.kind_print,
            ActivityKind::Overrun => self.w.kind_overrun,
            ActivityKind::Copy => self.w.kind_copy,
            ActivityKind::Credit => self.w.kind_credit,
            ActivityKind::Debit => self.w.kind_debit,
            ActivityKind::Set => self.w.kind_set,
        }
    }

    fn who(&self, activity: &Activity) -> String {
        let adjusted = activity.change.is_some();
        match &activity.user {
            Some(user) if !adjusted => self.names.get(user).cloned().unwrap_or_default(),
            _ => activity.by.clone(),
        }
    }

    /// What is left until the limit; none when unlimited.
    fn remaining(&self) -> Option<Points> {
        self.usage.balance.remaining(&self.account).ok().flatten()
    }

    fn hard_limit(&self) -> Option<Points> {
        let hard = self.account.hard_limit().ok().flatten();
        hard.filter(|hard| Some(*hard) != self.account.limit)
    }

    /// How full a gauge is, from 0 to 100.
    fn percent(&self) -> Option<u64> {
        let limit = self.account.limit?.hundredths().max(1);
        let used = self.usage.balance.used().ok()?.hundredths().max(0);
        let percent = i128::from(used) * 100 / i128::from(limit);
        u64::try_from(percent.min(100)).ok()
    }

    fn is_shared(&self) -> bool {
        self.account.kind == Kind::Shared
    }
}
