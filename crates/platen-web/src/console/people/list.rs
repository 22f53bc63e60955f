//! The list of users. Search finds every user, not the first twenty.

use askama::Template;
use axum::response::Response;
use platen_domain::{Account, AccountId};
use platen_ledger::{PeopleQuery, PersonRow};

use super::super::frame::{Ask, Frame, Here, page};
use super::super::listing::Listing;
use super::super::stop::Stop;
use crate::words::console::{Fill as _, PeopleWords};

/// Groups that a row names; the rest are counted.
const GROUPS_SHOWN: usize = 3;

#[derive(Template)]
#[template(path = "console/users.html")]
struct UsersPage {
    frame: Frame,
    w: &'static PeopleWords,
    usage: &'static str,
    list: Listing,
    rows: Vec<PersonRow>,
    /// Only those who have access to it.
    account: Option<Account>,
}

pub(in crate::console) async fn list(ask: Ask) -> Result<Response, Stop> {
    let mut list = Listing::read(
        "/console/users",
        &["search", "group", "account"],
        &ask.query,
    );
    let ledger = &ask.central.ledger;
    let account = match list.get("account").parse().map(AccountId) {
        Ok(id) => ledger.account(id).await?,
        Err(_) => None,
    };
    let group = Some(list.get("group").to_owned()).filter(|group| !group.is_empty());
    let found = ledger
        .people_page(PeopleQuery {
            search: list.get("search").to_owned(),
            group,
            account: account.as_ref().map(|account| account.id),
            page: list.ask(),
        })
        .await?;
    list.found(found.total);
    page(&UsersPage {
        frame: ask.frame(Here::Users),
        w: &ask.words().people,
        usage: ask.words().accounts.usage,
        list,
        rows: found.rows,
        account,
    })
}

impl UsersPage {
    fn groups(&self, row: &PersonRow) -> String {
        let names: Vec<&str> = row.person.groups.iter().map(String::as_str).collect();
        let shown = names.iter().take(GROUPS_SHOWN).copied();
        let mut text = shown.collect::<Vec<_>>().join(", ");
        if names.len() > GROUPS_SHOWN {
            let more = self.w.groups_more.with(names.len() - GROUPS_SHOWN);
            text.push_str(&format!(" {more}"));
        }
        text
    }

    fn counted(&self) -> String {
        match self.list.total() {
            1 => self.w.users_one.to_owned(),
            many => self.w.users_many.with(self.frame.number(many)),
        }
    }
}

/// The name that stands for a person where he has none.
pub(in crate::console) fn name_of(row: &PersonRow) -> &str {
    if row.person.name.is_empty() {
        &row.person.login
    } else {
        &row.person.name
    }
}
