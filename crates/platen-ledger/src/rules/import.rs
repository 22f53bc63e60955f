//! Lists of accounts and people that administrators bring along: taken as a whole
//! or not at all. *Source*: rules.md.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use platen_domain::{Account, AccountId, Person, UserId};
use serde_json::json;

use super::desk::{Stamp, write_down};
use super::differ::{self, Fields};
use super::{accounts, check_length, check_name};
use crate::error::{AccountFault, LedgerError, Refusal};
use crate::site::{AccountSpec, LoadSummary, PeopleImported, PersonSpec};
use crate::store::{Result, Tx, members};
use crate::text;

/// Rows of one list.
pub(crate) const ROWS: usize = 200_000;
/// Accounts whose changes are written out in the log; more are counted.
const WRITTEN_OUT: usize = 50;

/// An error of one row, counted from zero.
fn in_row(row: usize, error: LedgerError) -> LedgerError {
    let why = match error {
        LedgerError::Refused(why) => why,
        LedgerError::Points(_) => AccountFault::TooMuch.into(),
        other => return other,
    };
    let (row, why) = (row + 1, Box::new(why));
    Refusal::Row { row, why }.into()
}

/// *Errors*: the list is longer than what is taken at once.
fn check_rows(count: usize) -> Result<()> {
    if count > ROWS {
        return Err(Refusal::TooLong { what: "list" }.into());
    }
    Ok(())
}

/// Puts a list of accounts in force, found by their codes.
///
/// *Errors*: [`Refusal::Row`] with the first row that can't be taken.
pub(crate) fn accounts(
    tx: Tx<'_>,
    stamp: &Stamp,
    specs: &[AccountSpec],
    fresh: &[AccountId],
) -> Result<LoadSummary> {
    check_rows(specs.len())?;
    let mut codes = HashSet::new();
    for (row, spec) in specs.iter().enumerate() {
        if !codes.insert(text::key(&spec.code)) {
            return Err(in_row(row, Refusal::Twice { what: "code" }.into()));
        }
    }
    let before: BTreeMap<_, _> = tx.accounts()?.into_iter().map(|a| (a.id, a)).collect();
    let summary = accounts::load_accounts(tx, specs, fresh, in_row)?;
    let changed = summary.created.len() + summary.updated.len();
    if changed == 0 {
        return Ok(summary);
    }
    let mut detail = Fields::new();
    let codes = summary.created.iter().chain(&summary.updated);
    for code in codes.take(WRITTEN_OUT) {
        let Some(account) = tx.account_by_code(code)? else {
            continue;
        };
        let former: Option<&Account> = before.get(&account.id).map(|account| &**account);
        let fields = differ::of_accounts(former, &account);
        detail.insert(code.clone(), json!(fields));
    }
    if changed > WRITTEN_OUT {
        detail.insert("+".to_owned(), json!(changed - WRITTEN_OUT));
    }
    let subject = changed.to_string();
    write_down(tx, stamp, "accounts.import", &subject, detail)?;
    Ok(summary)
}

/// Takes in a list of people: their names, logins, and the site's groups that
/// they are in. `known` are people's identifiers by the keys of their logins.
///
/// A person who is neither named by an identifier nor known by the login is not
/// made up: the groups wait for the login's first sign-in.
///
/// *Errors*: [`Refusal::Row`] with the first row that can't be taken.
pub(crate) fn people(
    tx: Tx<'_>,
    stamp: &Stamp,
    specs: &[PersonSpec],
    known: &HashMap<String, UserId>,
) -> Result<PeopleImported> {
    check_rows(specs.len())?;
    let mut imported = PeopleImported::default();
    let mut by_login = tx.groups_by_login()?.as_ref().clone();
    let mut seen = HashSet::new();
    for (row, spec) in specs.iter().enumerate() {
        check_person(spec).map_err(|error| in_row(row, error))?;
        if !seen.insert(text::key(&spec.login)) {
            return Err(in_row(row, Refusal::Twice { what: "login" }.into()));
        }
        let id = spec.id.as_ref();
        let login = match id.or_else(|| known.get(&text::key(&spec.login))) {
            Some(id) => person(tx, id, spec, &mut imported).map_err(|error| in_row(row, error))?,
            None => {
                imported.waiting += 1;
                spec.login.clone()
            }
        };
        if let Some(groups) = &spec.groups {
            by_login.insert(login, groups.clone());
        }
    }
    let (before, after) = (tx.members()?, members(&by_login));
    let groups = differ::of_groups(&before, &after);
    imported.groups_changed = !groups.is_empty();
    if imported.groups_changed {
        tx.replace_groups(&after)?;
    }
    if imported.created + imported.updated > 0 || imported.groups_changed {
        let mut detail = Fields::new();
        detail.insert("created".to_owned(), json!(imported.created));
        detail.insert("updated".to_owned(), json!(imported.updated));
        detail.insert("waiting".to_owned(), json!(imported.waiting));
        detail.insert("groups".to_owned(), json!(groups));
        let subject = specs.len().to_string();
        write_down(tx, stamp, "people.import", &subject, detail)?;
    }
    Ok(imported)
}

fn check_person(spec: &PersonSpec) -> Result<()> {
    check_name(&spec.login, "login")?;
    check_name(&spec.name, "name")?;
    if let Some(id) = &spec.id {
        if id.as_str().is_empty() {
            return Err(Refusal::Missing { what: "identifier" }.into());
        }
        check_length(id.as_str(), 500, "identifier")?;
    }
    for group in spec.groups.iter().flatten() {
        check_name(group, "group")?;
    }
    Ok(())
}

/// Remembers a person; gives the login that the site's groups know him by.
fn person(
    tx: Tx<'_>,
    id: &UserId,
    spec: &PersonSpec,
    imported: &mut PeopleImported,
) -> Result<String> {
    let stored = tx.stored_person(id)?.map(|stored| stored.person);
    // Found by his login, he keeps it as he writes it himself.
    let login = match (&spec.id, &stored) {
        (None, Some(stored)) => stored.login.clone(),
        _ => spec.login.clone(),
    };
    let same = |stored: &Person| stored.login == login && stored.name == spec.name;
    let count = match &stored {
        Some(stored) if same(stored) => &mut imported.unchanged,
        Some(_) => &mut imported.updated,
        None => &mut imported.created,
    };
    *count += 1;
    tx.put_person(&Person {
        id: id.clone(),
        name: spec.name.clone(),
        login: login.clone(),
        groups: BTreeSet::new(),
    })?;
    Ok(login)
}
