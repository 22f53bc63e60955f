//! An account's properties: General, Allocation, Access.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use platen_domain::Account;
use platen_ledger::{LedgerError, Refusal};

use super::super::fields::{Faults, Fields};
use super::super::frame::{Ask, Frame, Here, page, page_with};
use super::super::show::{self, Show};
use super::super::stop::Stop;
use super::entry::{Entry, USERS_SHOWN, lists};
use super::named;
use crate::flash::see_other_with_notice;
use crate::words::console::{AccessWords, AccountWords, Fill as _};

#[derive(Template)]
#[template(path = "console/account.html")]
struct AccountPage {
    frame: Frame,
    w: &'static AccountWords,
    access: &'static AccessWords,
    /// The stored account; none while it is being added.
    stored: Option<Account>,
    entry: Entry,
    faults: Faults,
    /// Somebody else changed the account since it was loaded.
    conflict: bool,
    groups: Vec<String>,
    users: Vec<String>,
    /// Users beyond those that are listed here.
    more_users: usize,
}

/// What a page is filled with.
#[derive(Default)]
struct Filled {
    faults: Faults,
    conflict: bool,
}

impl AccountPage {
    fn new(ask: &Ask, stored: Option<Account>, entry: Entry, filled: Filled) -> Self {
        let (groups, users) = lists(stored.as_ref());
        let more_users = users.len().saturating_sub(USERS_SHOWN);
        Self {
            frame: ask.frame(Here::Accounts),
            w: &ask.words().accounts,
            access: &ask.words().access,
            groups: groups.into_iter().collect(),
            users: users.into_iter().take(USERS_SHOWN).collect(),
            more_users,
            stored,
            entry,
            faults: filled.faults,
            conflict: filled.conflict,
        }
    }

    fn title(&self) -> &'static str {
        if self.stored.is_some() {
            self.w.edit_title
        } else {
            self.w.add_title
        }
    }

    fn action(&self) -> String {
        match &self.stored {
            Some(account) => super::path(account),
            None => "/console/accounts/new".to_owned(),
        }
    }

    /// After a conflict: what is stored in a field now, where it differs from
    /// what was typed.
    fn stored_now(&self, field: &str) -> Option<String> {
        let stored = self.stored.as_ref().filter(|_| self.conflict)?;
        let now = Entry::of(stored, &self.frame.show);
        let (now, typed) = match field {
            "name" => (now.name, &self.entry.name),
            "code" => (now.code, &self.entry.code),
            "start" => (now.start, &self.entry.start),
            "expiry" => (now.expiry, &self.entry.expiry),
            "limit" => (now.limit, &self.entry.limit),
            "exceed_by" => (now.exceed_by, &self.entry.exceed_by),
            _ => return self.choice_now(field, &now),
        };
        let now_text = if now.is_empty() {
            "–".to_owned()
        } else {
            now.clone()
        };
        (now != *typed).then(|| self.w.now_stored.with(now_text))
    }

    fn choice_now(&self, field: &str, now: &Entry) -> Option<String> {
        let (differs, text) = match field {
            "status" if now.enabled => (!self.entry.enabled, self.w.status_enabled),
            "status" => (self.entry.enabled, self.w.status_disabled),
            "kind" if now.shared => (!self.entry.shared, self.w.kind_shared),
            "kind" => (self.entry.shared, self.w.kind_individual),
            "on_clients" if now.on_clients => (!self.entry.on_clients, self.frame.w.on),
            "on_clients" => (self.entry.on_clients, self.frame.w.off),
            "access" if now.everyone => (!self.entry.everyone, self.access.everyone),
            "access" => (self.entry.everyone, self.access.only),
            _ => return None,
        };
        differs.then(|| self.w.now_stored.with(text))
    }

    fn user_count(&self) -> u64 {
        (self.users.len() + self.more_users) as u64
    }

    /// What describes a field further, by identifier.
    fn described(&self, field: &str) -> String {
        let mut ids = format!("{field}-hint");
        if self.faults.of(field).is_some() {
            ids.push_str(&format!(" {field}-fault"));
        }
        ids
    }
}

pub(in crate::console) async fn new(ask: Ask) -> Result<Response, Stop> {
    page(&AccountPage::new(
        &ask,
        None,
        Entry::fresh(),
        Filled::default(),
    ))
}

pub(in crate::console) async fn properties(ask: Ask, id: Path<String>) -> Result<Response, Stop> {
    let stored = named(&ask, &id).await?;
    let entry = Entry::of(&stored, &ask.show());
    page(&AccountPage::new(
        &ask,
        Some(stored),
        entry,
        Filled::default(),
    ))
}

pub(in crate::console) async fn create(ask: Ask, fields: Fields) -> Result<Response, Stop> {
    store(ask, None, &fields).await
}

pub(in crate::console) async fn save(
    ask: Ask,
    id: Path<String>,
    fields: Fields,
) -> Result<Response, Stop> {
    let stored = named(&ask, &id).await?;
    store(ask, Some(stored), &fields).await
}

async fn store(ask: Ask, stored: Option<Account>, fields: &Fields) -> Result<Response, Stop> {
    let show = ask.show();
    let mut entry = Entry::read(fields);
    if fields.get("do") == "add" {
        // Without a script: another line for groups and users.
        return page(&AccountPage::new(&ask, stored, entry, Filled::default()));
    }
    let account = match entry.account(stored.as_ref(), &show) {
        Ok(account) => account,
        Err(faults) => return refused(&ask, stored, entry, faults),
    };
    let created = stored.is_none();
    match ask.desk().save_account(account, ask.central.now()).await {
        Ok(account) => Ok(told(&ask, &account, stored.as_ref(), created)),
        Err(LedgerError::Refused(Refusal::Changed)) => {
            let stored = match stored {
                Some(stored) => ask.central.ledger.account(stored.id).await?,
                None => None,
            };
            entry.version = stored.as_ref().map_or(0, |stored| stored.version);
            let filled = Filled {
                conflict: true,
                ..Filled::default()
            };
            let page = AccountPage::new(&ask, stored, entry, filled);
            page_with(StatusCode::CONFLICT, &page)
        }
        Err(LedgerError::Refused(refusal)) => {
            let faults = beside(&refusal, &show);
            refused(&ask, stored, entry, faults)
        }
        Err(error) => Err(error.into()),
    }
}

fn told(ask: &Ask, account: &Account, before: Option<&Account>, created: bool) -> Response {
    let w = &ask.words().accounts;
    let notice = if created {
        w.created.with(&account.name)
    } else if before.is_some_and(|before| before.version == account.version) {
        w.unchanged.to_owned()
    } else {
        w.saved.with(&account.name)
    };
    let to = if created {
        "/console/accounts".to_owned()
    } else {
        super::path(account)
    };
    see_other_with_notice(&to, &notice)
}

fn refused(
    ask: &Ask,
    stored: Option<Account>,
    entry: Entry,
    faults: Faults,
) -> Result<Response, Stop> {
    let filled = Filled {
        faults,
        ..Filled::default()
    };
    let page = AccountPage::new(ask, stored, entry, filled);
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// The field that a refusal of the ledger stands beside.
fn beside(refusal: &Refusal, show: &Show) -> Faults {
    let w = &show.words().accounts;
    match refusal {
        Refusal::NotUnique { what: "code" } => Faults::one("code", w.code_taken),
        Refusal::NotUnique { .. } => Faults::one("name", w.name_taken),
        Refusal::KindInUse => Faults::one("kind", w.kind_fixed),
        other => Faults::one("form", show::refusal(show.language, other)),
    }
}
