//! Accounts as lines of a file.

use std::collections::{BTreeSet, HashMap};

use axum::response::Response;
use jiff::civil::Date;
use platen_domain::{Access, Account, Kind, Points};
use platen_ledger::site::AccountSpec;

use super::super::frame::Ask;
use super::super::stop::Stop;
use super::sheet::{Form, Line, Mistake, Sheet, download};
use crate::words::console::{Fill as _, TransferWords};

pub(super) const COLUMNS: [&str; 12] = [
    "code",
    "name",
    "status",
    "start",
    "expiry",
    "type",
    "limit",
    "exceed_by",
    "access",
    "groups",
    "users",
    "on_client",
];

const FORM: Form = Form {
    columns: &COLUMNS,
    needed: &["code", "name"],
};

const LONGEST: usize = 200;

/// What a file would do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) specs: Vec<AccountSpec>,
    /// Where each of them stands.
    pub(super) lines: Vec<u64>,
    pub(super) created: u64,
    pub(super) updated: u64,
    pub(super) same: u64,
}

/// All accounts in use, as a file that can be imported again.
pub(in crate::console) async fn export(ask: Ask) -> Result<Response, Stop> {
    let mut accounts = ask.central.ledger.accounts().await?;
    accounts.retain(|account| !account.archived);
    let detail = format!("{{\"accounts\": {}}}", accounts.len());
    ask.desk()
        .note("accounts.export", "", &detail, ask.central.now())
        .await?;
    download("accounts.csv", &COLUMNS, accounts.iter().map(line))
}

fn line(account: &Account) -> [String; 12] {
    let date = |date: Option<Date>| date.map_or_else(String::new, |date| date.to_string());
    let joined = |names: &BTreeSet<String>| {
        let names = names.iter().map(|name| super::sheet::guarded(name));
        names.collect::<Vec<_>>().join(";")
    };
    let (access, groups, users) = match &account.access {
        Access::Everyone => ("all", String::new(), String::new()),
        Access::Only { groups, users } => ("specific", joined(groups), joined(users)),
    };
    let exceed_by = if account.exceed_by == Points::ZERO {
        String::new()
    } else {
        account.exceed_by.to_string()
    };
    [
        account.code.clone(),
        account.name.clone(),
        if account.enabled {
            "enabled"
        } else {
            "disabled"
        }
        .to_owned(),
        date(account.start),
        date(account.expiry),
        match account.kind {
            Kind::Individual => "individual".to_owned(),
            Kind::Shared => "shared".to_owned(),
        },
        account
            .limit
            .map_or_else(String::new, |limit| limit.to_string()),
        exceed_by,
        access.to_owned(),
        groups,
        users,
        if account.on_clients { "yes" } else { "no" }.to_owned(),
    ]
}

/// Understands a file against the accounts that are stored.
///
/// *Errors*: every line with a mistake.
pub(super) fn plan(
    text: &str,
    stored: &[Account],
    w: &TransferWords,
) -> Result<Plan, Vec<Mistake>> {
    let sheet = Sheet::read(text, &FORM, w)?;
    let by_code: HashMap<String, &Account> = stored
        .iter()
        .map(|account| (key(&account.code), account))
        .collect();
    let mut reader = Reader {
        sheet: &sheet,
        w,
        mistakes: Vec::new(),
    };
    let mut plan = Plan::default();
    let mut codes = HashMap::new();
    let mut names = HashMap::new();
    for line in &sheet.lines {
        let before = reader.mistakes.len();
        let account = by_code.get(&key(sheet.get(line, "code"))).copied();
        let spec = reader.spec(line, account);
        for (seen, value, column) in [
            (&mut codes, &spec.code, "code"),
            (&mut names, &spec.name, "name"),
        ] {
            if let Some(first) = seen.insert(key(value), line.number)
                && !value.is_empty()
            {
                reader.mistake(line, w.same_as_line.with2(column, first), value);
            }
        }
        if reader.mistakes.len() == before {
            match account {
                None => plan.created += 1,
                Some(account) if spec.with_id(account.id, false) == fresh(account) => {
                    plan.same += 1
                }
                Some(_) => plan.updated += 1,
            }
            plan.specs.push(spec);
            plan.lines.push(line.number);
        }
    }
    reader.names_of_others(stored, &codes);
    let mut mistakes = reader.mistakes;
    if mistakes.is_empty() {
        return Ok(plan);
    }
    mistakes.sort_by_key(|mistake| mistake.line);
    Err(mistakes)
}

/// The account as a file would make it.
fn fresh(account: &Account) -> Account {
    Account {
        archived: false,
        version: 0,
        ..account.clone()
    }
}

/// As the ledger compares names and codes, near enough: it decides in the end.
fn key(text: &str) -> String {
    text.trim().to_lowercase()
}

struct Reader<'a> {
    sheet: &'a Sheet,
    w: &'a TransferWords,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn mistake(&mut self, line: &Line, text: String, value: &str) {
        self.mistakes.push(Mistake {
            line: line.number,
            text,
            value: value.to_owned(),
        });
    }

    /// A line; where the file has no such column, what is stored stays.
    fn spec(&mut self, line: &Line, stored: Option<&Account>) -> AccountSpec {
        let (sheet, w) = (self.sheet, self.w);
        let stored_limit = stored.and_then(|account| account.limit);
        let limit = match sheet.get(line, "limit") {
            "" if sheet.has("limit") => None,
            "" => stored_limit,
            text => self.points(line, "limit", text),
        };
        let exceed_by = match sheet.get(line, "exceed_by") {
            "" if sheet.has("exceed_by") || limit.is_none() => Points::ZERO,
            "" => stored.map_or(Points::ZERO, |account| account.exceed_by),
            text => self.points(line, "exceed_by", text).unwrap_or_default(),
        };
        if limit.is_none() && exceed_by > Points::ZERO {
            let text = w.exceed_needs_limit.to_owned();
            self.mistake(line, text, sheet.get(line, "exceed_by"));
        }
        let start = self.date(line, "start", stored.and_then(|account| account.start));
        let expiry = self.date(line, "expiry", stored.and_then(|account| account.expiry));
        if let (Some(first), Some(last)) = (start, expiry)
            && first > last
        {
            let text = w.expiry_before_start.to_owned();
            self.mistake(line, text, &last.to_string());
        }
        AccountSpec {
            name: self.text(line, "name"),
            code: self.text(line, "code"),
            enabled: self.word(
                line,
                "status",
                ["enabled", "disabled"],
                stored.is_none_or(|account| account.enabled),
            ),
            start,
            expiry,
            kind: if self.word(
                line,
                "type",
                ["individual", "shared"],
                stored.is_none_or(|account| account.kind == Kind::Individual),
            ) {
                Kind::Individual
            } else {
                Kind::Shared
            },
            limit,
            exceed_by,
            access: self.access(line, stored),
            on_clients: self.word(
                line,
                "on_client",
                ["yes", "no"],
                stored.is_none_or(|account| account.on_clients),
            ),
        }
    }

    fn text(&mut self, line: &Line, column: &str) -> String {
        let text = self.sheet.get(line, column).to_owned();
        let bad = text.chars().count() > LONGEST || text.chars().any(char::is_control);
        if text.is_empty() {
            self.mistake(line, self.w.field_missing.with(column), "");
        } else if bad {
            self.mistake(line, self.w.unreadable.to_owned(), &text);
        }
        text
    }

    fn points(&mut self, line: &Line, column: &str, text: &str) -> Option<Points> {
        let points: Option<Points> = text.replace(',', ".").parse().ok();
        let points = points.filter(|points| !points.is_negative());
        if points.is_none() {
            self.mistake(line, self.w.not_points.with(column), text);
        }
        points
    }

    fn date(&mut self, line: &Line, column: &str, stored: Option<Date>) -> Option<Date> {
        let text = self.sheet.get(line, column);
        if text.is_empty() {
            return if self.sheet.has(column) { None } else { stored };
        }
        let date = text.parse().ok();
        if date.is_none() {
            self.mistake(line, self.w.not_a_date.with(column), text);
        }
        date
    }

    /// Whether the first of two words stands there. Empty is the first one too.
    fn word(&mut self, line: &Line, column: &str, words: [&str; 2], stored: bool) -> bool {
        let text = self.sheet.get(line, column).to_lowercase();
        if text.is_empty() {
            return self.sheet.has(column) || stored;
        }
        if !words.contains(&text.as_str()) {
            let known = words.join(", ");
            self.mistake(line, self.w.word_unknown.with2(column, known), &text);
        }
        text != words[1]
    }

    fn access(&mut self, line: &Line, stored: Option<&Account>) -> Access {
        let (sheet, w) = (self.sheet, self.w);
        let lists = ["groups", "users"].map(|column| sheet.list(line, column));
        let named = lists.iter().any(|list| !list.is_empty());
        let known = ["access", "groups", "users"];
        if !known.iter().any(|column| sheet.has(column))
            && let Some(stored) = stored
        {
            return stored.access.clone();
        }
        let access = sheet.get(line, "access").to_lowercase();
        let everyone = match access.as_str() {
            "" => !named,
            "all" => true,
            "specific" => false,
            _ => {
                let text = w.word_unknown.with2("access", "all, specific");
                self.mistake(line, text, &access);
                true
            }
        };
        if everyone && named {
            self.mistake(line, w.everyone_with_list.to_owned(), &access);
        }
        if everyone {
            return Access::Everyone;
        }
        let [groups, users] = lists.map(|list| list.into_iter().collect());
        Access::Only { groups, users }
    }

    /// A name that an account has which is not in the file.
    fn names_of_others(&mut self, stored: &[Account], codes: &HashMap<String, u64>) {
        let others: HashMap<String, &Account> = stored
            .iter()
            .filter(|account| !codes.contains_key(&key(&account.code)))
            .map(|account| (key(&account.name), account))
            .collect();
        let sheet = self.sheet;
        for line in &sheet.lines {
            let name = sheet.get(line, "name");
            if let Some(other) = others.get(&key(name)) {
                self.mistake(line, self.w.name_taken.with(&other.code), name);
            }
        }
    }
}
