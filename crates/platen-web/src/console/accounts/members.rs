//! Users who are named directly for an account: however many, all are found.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use platen_domain::{Access, Account, Person, UserId};
use platen_ledger::PageAsk;

use super::super::fields::{Faults, Fields};
use super::super::frame::{Ask, Frame, Here, page_with};
use super::super::listing::Listing;
use super::super::stop::Stop;
use super::{named, path};
use crate::flash::see_other_with_notice;
use crate::words::console::{AccessWords, Fill as _};

#[derive(Template)]
#[template(path = "console/members.html")]
struct MembersPage {
    frame: Frame,
    w: &'static AccessWords,
    account: Account,
    list: Listing,
    rows: Vec<Member>,
    typed: String,
    faults: Faults,
}

struct Member {
    login: String,
    /// None: nobody of this login has signed in yet.
    person: Option<Person>,
}

impl MembersPage {
    fn is_everyones(&self) -> bool {
        self.account.access == Access::Everyone
    }
}

pub(in crate::console) async fn list(ask: Ask, id: Path<String>) -> Result<Response, Stop> {
    let account = named(&ask, &id).await?;
    show(&ask, account, String::new(), Faults::default()).await
}

async fn show(
    ask: &Ask,
    account: Account,
    typed: String,
    faults: Faults,
) -> Result<Response, Stop> {
    let at = format!("{}/users", path(&account));
    let mut list = Listing::read(at, &["search"], &ask.query);
    let (_, users) = super::entry::lists(Some(&account));
    let wanted = list.get("search").to_lowercase();
    let found: Vec<String> = users
        .into_iter()
        .filter(|login| login.to_lowercase().contains(&wanted))
        .collect();
    list.found(found.len() as u64);
    let asked = list.ask();
    let skipped = usize::try_from(asked.offset).unwrap_or(usize::MAX);
    let mut rows = Vec::new();
    for login in found
        .into_iter()
        .skip(skipped)
        .take(PageAsk::USUAL as usize)
    {
        let person = known(ask, &login).await?;
        rows.push(Member { login, person });
    }
    let status = if faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    page_with(
        status,
        &MembersPage {
            frame: ask.frame(Here::Accounts),
            w: &ask.words().access,
            account,
            list,
            rows,
            typed,
            faults,
        },
    )
}

/// An access list names people by login or by identifier.
async fn known(ask: &Ask, login: &str) -> Result<Option<Person>, Stop> {
    let ledger = &ask.central.ledger;
    let row = match ledger.person_by_login(login).await? {
        Some(row) => Some(row),
        None => ledger.person(&UserId::new(login)).await?,
    };
    Ok(row.map(|row| row.person))
}

/// Adds one user or removes one. *Source*: rules.md R-6.
pub(in crate::console) async fn change(
    ask: Ask,
    id: Path<String>,
    fields: Fields,
) -> Result<Response, Stop> {
    let account = named(&ask, &id).await?;
    let (desk, now) = (ask.desk(), ask.central.now());
    let back = format!("{}/users", path(&account));
    let w = &ask.words().access;
    let gone = fields.get("remove");
    if !gone.is_empty() {
        desk.unassign(account.id, gone, now).await?;
        let notice = w.member_removed.with2(gone, &account.name);
        return Ok(see_other_with_notice(&back, &notice));
    }
    let typed = fields.get("new_user").to_owned();
    let login = match ask.words().frame.read_text(&typed, 200) {
        Ok(login) => login,
        Err(text) => {
            return show(&ask, account, typed, Faults::one("new_user", text)).await;
        }
    };
    if account.access == Access::Everyone {
        return show(
            &ask,
            account,
            typed,
            Faults::one("new_user", w.everyone_note),
        )
        .await;
    }
    let (_, users) = super::entry::lists(Some(&account));
    if users.contains(&login) {
        let text = w.already_there.with(&login);
        return show(&ask, account, typed, Faults::one("new_user", text)).await;
    }
    desk.assign(account.id, &login, now).await?;
    let notice = w.member_added.with2(login, &account.name);
    Ok(see_other_with_notice(&back, &notice))
}
