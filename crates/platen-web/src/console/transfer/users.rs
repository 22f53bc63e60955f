//! Users as lines of a file.

use std::collections::{BTreeSet, HashMap};

use axum::response::Response;
use platen_domain::Person;
use platen_ledger::PersonSpec;

use super::super::frame::Ask;
use super::super::stop::Stop;
use super::sheet::{Form, Line, Mistake, Sheet, download, guarded};
use crate::words::console::{Fill as _, TransferWords};

pub(super) const COLUMNS: [&str; 3] = ["login", "name", "groups"];

const FORM: Form = Form {
    columns: &COLUMNS,
    needed: &["login"],
};

const LONGEST: usize = 200;

/// What a file would do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) people: Vec<PersonSpec>,
    /// Where each of them stands.
    pub(super) lines: Vec<u64>,
    /// People who have not signed in yet: their groups wait for them.
    pub(super) waiting: u64,
    pub(super) updated: u64,
    pub(super) same: u64,
}

/// The groups that the site puts people in, by login.
type Groups = HashMap<String, BTreeSet<String>>;

/// Everybody who is known or expected, with the groups that the site puts him
/// in: those of the provider come with the next sign-in anyway.
pub(in crate::console) async fn export(ask: Ask) -> Result<Response, Stop> {
    let people = ask.central.ledger.everybody().await?;
    let mut groups = ask.central.ledger.groups_by_login().await?;
    let mut lines: Vec<_> = people
        .into_iter()
        .map(|person| {
            let groups = groups.remove(&person.login).unwrap_or_default();
            line(person.login, person.name, &groups)
        })
        .collect();
    let mut waiting: Vec<_> = groups.into_iter().collect();
    waiting.sort();
    let waiting = waiting.into_iter();
    lines.extend(waiting.map(|(login, groups)| line(login, String::new(), &groups)));
    let detail = format!("{{\"users\": {}}}", lines.len());
    ask.desk()
        .note("people.export", "", &detail, ask.central.now())
        .await?;
    download("users.csv", &COLUMNS, lines.into_iter())
}

fn line(login: String, name: String, groups: &BTreeSet<String>) -> [String; 3] {
    let groups: Vec<_> = groups.iter().map(|group| guarded(group)).collect();
    [login, name, groups.join(";")]
}

/// Understands a file against the users that are known.
///
/// *Errors*: every line with a mistake.
pub(super) async fn plan(ask: &Ask, text: &str) -> Result<Result<Plan, Vec<Mistake>>, Stop> {
    let w = &ask.words().transfer;
    let people = ask.central.ledger.everybody().await?;
    let groups = ask.central.ledger.groups_by_login().await?;
    Ok(Sheet::read(text, &FORM, w).and_then(|sheet| planned(&sheet, &people, &groups, w)))
}

fn planned(
    sheet: &Sheet,
    people: &[Person],
    groups: &Groups,
    w: &TransferWords,
) -> Result<Plan, Vec<Mistake>> {
    let known: HashMap<String, &Person> = people
        .iter()
        .map(|person| (key(&person.login), person))
        .collect();
    let mut plan = Plan::default();
    let mut mistakes = Vec::new();
    let mut seen = HashMap::new();
    for line in &sheet.lines {
        let login = sheet.get(line, "login");
        let person = known.get(&key(login)).copied();
        let spec = spec(sheet, line, person);
        if let Some(mistake) = wrong(line, &spec, w) {
            mistakes.push(mistake);
        } else if let Some(first) = seen.insert(key(login), line.number) {
            mistakes.push(Mistake {
                line: line.number,
                text: w.same_as_line.with2("login", first),
                value: login.to_owned(),
            });
        }
        match person {
            None => plan.waiting += 1,
            Some(person) if is_so(&spec, person, groups) => plan.same += 1,
            Some(_) => plan.updated += 1,
        }
        plan.people.push(spec);
        plan.lines.push(line.number);
    }
    if mistakes.is_empty() {
        Ok(plan)
    } else {
        Err(mistakes)
    }
}

fn key(login: &str) -> String {
    login.to_lowercase()
}

/// A line; where it gives no name, the one that is known stays.
fn spec(sheet: &Sheet, line: &Line, known: Option<&Person>) -> PersonSpec {
    let login = sheet.get(line, "login");
    let name = match (sheet.get(line, "name"), known) {
        ("", Some(person)) if !person.name.is_empty() => &person.name,
        ("", _) => login,
        (name, _) => name,
    };
    PersonSpec {
        id: None,
        login: login.to_owned(),
        name: name.to_owned(),
        groups: sheet
            .has("groups")
            .then(|| sheet.list(line, "groups").into_iter().collect()),
    }
}

fn is_so(spec: &PersonSpec, person: &Person, groups: &Groups) -> bool {
    let wanted = spec.groups.as_ref();
    let is_in = groups.get(&person.login);
    spec.name == person.name
        && wanted.is_none_or(|wanted| match is_in {
            Some(is_in) => wanted == is_in,
            None => wanted.is_empty(),
        })
}

fn wrong(line: &Line, spec: &PersonSpec, w: &TransferWords) -> Option<Mistake> {
    let mistake = |text: String, value: &str| Mistake {
        line: line.number,
        text,
        value: value.to_owned(),
    };
    if spec.login.is_empty() {
        return Some(mistake(w.field_missing.with("login"), &spec.name));
    }
    let groups = spec.groups.iter().flatten();
    let mut texts = [&spec.login, &spec.name].into_iter().chain(groups);
    texts
        .find(|text| text.chars().count() > LONGEST || text.chars().any(char::is_control))
        .map(|text| mistake(w.unreadable.to_owned(), text))
}
