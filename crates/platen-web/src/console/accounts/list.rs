//! The list of accounts.

use askama::Template;
use axum::response::Response;
use platen_domain::{Access, Account, Kind};
use platen_ledger::{AccountQuery, AccountRow, AccountSort};

use super::super::frame::{Ask, Frame, Here, page};
use super::super::listing::Listing;
use super::super::stop::Stop;
use crate::words::console::{AccountWords, Fill as _};

pub(in crate::console) const NAMES: [&str; 6] =
    ["search", "archived", "status", "kind", "sort", "down"];

#[derive(Template)]
#[template(path = "console/accounts.html")]
struct AccountsPage {
    frame: Frame,
    w: &'static AccountWords,
    list: Listing,
    rows: Vec<AccountRow>,
    archived: bool,
    /// Whether account management is on for clients.
    on_clients: bool,
}

pub(in crate::console) async fn list(ask: Ask) -> Result<Response, Stop> {
    let mut list = Listing::read("/console/accounts", &NAMES, &ask.query);
    let ledger = &ask.central.ledger;
    let found = ledger.accounts_page(query(&list)).await?;
    list.found(found.total);
    page(&AccountsPage {
        frame: ask.frame(Here::Accounts),
        w: &ask.words().accounts,
        archived: list.is("archived", "yes"),
        list,
        rows: found.rows,
        on_clients: ledger.settings().await?.account_management,
    })
}

fn query(list: &Listing) -> AccountQuery {
    AccountQuery {
        search: list.get("search").to_owned(),
        archived: list.is("archived", "yes"),
        enabled: match list.get("status") {
            "enabled" => Some(true),
            "disabled" => Some(false),
            _ => None,
        },
        kind: match list.get("kind") {
            "individual" => Some(Kind::Individual),
            "shared" => Some(Kind::Shared),
            _ => None,
        },
        sort: match list.get("sort") {
            "code" => AccountSort::Code,
            "limit" => AccountSort::Limit,
            "expiry" => AccountSort::Expiry,
            "used" => AccountSort::Used,
            _ => AccountSort::Name,
        },
        descending: !list.get("down").is_empty(),
        page: list.ask(),
        ..AccountQuery::default()
    }
}

impl AccountsPage {
    /// `500`, `Unlimited`, `100 (+20)`.
    fn limit(&self, account: &Account) -> String {
        match &account.limit {
            None => self.w.unlimited.to_owned(),
            Some(limit) if account.exceed_by.hundredths() == 0 => self.frame.amount(limit),
            Some(limit) => format!(
                "{} (+{})",
                self.frame.amount(limit),
                self.frame.amount(account.exceed_by)
            ),
        }
    }

    fn used(&self, row: &AccountRow) -> String {
        let used = row.posted.plus(row.pending).unwrap_or(row.posted);
        let used = self.frame.amount(used);
        match (row.account.kind, row.holders) {
            (Kind::Shared, _) => used,
            (Kind::Individual, 1) => self.w.used_by_one.with(used),
            (Kind::Individual, many) => self.w.used_by.with2(used, self.frame.number(many)),
        }
    }

    fn access(&self, access: &Access) -> String {
        let Access::Only { groups, users } = access else {
            return self.w.access_everyone.to_owned();
        };
        let counted = |count: usize, one: &str, many: &str| match count {
            0 => None,
            1 => Some(one.to_owned()),
            count => Some(many.with(self.frame.number(count as u64))),
        };
        let parts: Vec<String> = [
            counted(groups.len(), self.w.groups_one, self.w.groups_many),
            counted(users.len(), self.w.users_one, self.w.users_many),
        ]
        .into_iter()
        .flatten()
        .collect();
        if parts.is_empty() {
            return self.w.access_nobody.to_owned();
        }
        parts.join(", ")
    }

    /// Tone, icon and word of what keeps an account from being used, or not.
    fn status(&self, account: &Account) -> (&'static str, &'static str, &'static str) {
        let today = self.frame.today();
        if account.archived {
            ("past", "stopped", self.w.status_archived)
        } else if !account.enabled {
            ("past", "stopped", self.w.status_disabled)
        } else if account.expiry.is_some_and(|expiry| today > expiry) {
            ("low", "busy", self.w.status_expired)
        } else if account.start.is_some_and(|start| today < start) {
            ("ready", "busy", self.w.status_not_open)
        } else {
            ("good", "good", self.w.status_enabled)
        }
    }

    fn kind(&self, account: &Account) -> &'static str {
        match account.kind {
            Kind::Individual => self.w.kind_individual,
            Kind::Shared => self.w.kind_shared,
        }
    }
}
