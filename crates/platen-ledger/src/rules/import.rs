//! Lists of accounts and people that administrators bring along: looked through
//! as a whole before anything is written, then written a few hundred rows at a
//! time. A row that is so already changes nothing, so that a list whose import
//! was broken off is brought to its end by importing it again.
//! *Source*: rules.md.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use platen_domain::{Account, AccountId, Person, UserId};
use serde_json::json;

use super::desk::{Stamp, write_down};
use super::differ::{self, Fields, Names};
use super::{accounts, check_length, check_name};
use crate::error::{AccountFault, LedgerError, Refusal};
use crate::import::{ImportKind, ImportRun};
use crate::site::{AccountSpec, LoadSummary, PeopleImported, PersonSpec};
use crate::store::{Result, Tx, check_storable};
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

/// *Errors*: the list is longer than what is taken.
fn check_rows(count: usize) -> Result<()> {
    if count > ROWS {
        return Err(Refusal::TooLong { what: "list" }.into());
    }
    Ok(())
}

/// What the log will say of the rows that were written so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Details {
    /// Accounts that changed, the first of them with what changed.
    accounts: Fields,
    changed_accounts: usize,
    /// Who left and joined each of the site's groups.
    groups: BTreeMap<String, [Names; 2]>,
}

impl Details {
    /// Adds what later rows changed.
    pub(crate) fn add(&mut self, later: Self) {
        self.changed_accounts += later.changed_accounts;
        for (code, fields) in later.accounts {
            if self.accounts.len() < WRITTEN_OUT {
                self.accounts.insert(code, fields);
            }
        }
        for (group, [gone, new]) in later.groups {
            let names = self.groups.entry(group).or_default();
            names[0].add(gone);
            names[1].add(new);
        }
    }

    /// Whether the site's groups changed.
    pub(crate) fn groups_changed(&self) -> bool {
        !self.groups.is_empty()
    }
}

/// Looks a list of accounts through. The ledger is given for trying: what this
/// stages must not be written.
///
/// *Errors*: [`Refusal::Row`] with the first row that can't be taken.
pub(crate) fn check_accounts(tx: Tx<'_>, specs: &[AccountSpec], fresh: &[AccountId]) -> Result<()> {
    check_rows(specs.len())?;
    let mut codes = HashSet::new();
    for (row, spec) in specs.iter().enumerate() {
        if !codes.insert(text::key(&spec.code)) {
            return Err(in_row(row, Refusal::Twice { what: "code" }.into()));
        }
    }
    accounts::put_specs(tx, specs, fresh, in_row).map(drop)
}

/// Puts the rows from the place `from` on in force, found by their codes.
///
/// *Errors*: [`Refusal::Row`] with the first row that can't be taken.
pub(crate) fn accounts(
    tx: Tx<'_>,
    from: usize,
    specs: &[AccountSpec],
    fresh: &[AccountId],
) -> Result<(LoadSummary, Details)> {
    let mut before: HashMap<String, Account> = HashMap::new();
    for spec in specs {
        if let Some(account) = tx.account_by_code(&spec.code)? {
            before.insert(text::key(&spec.code), (*account).clone());
        }
    }
    let wrong = |row, error| in_row(from + row, error);
    let summary = accounts::put_specs(tx, specs, fresh, wrong)?;
    let mut details = Details {
        changed_accounts: summary.created.len() + summary.updated.len(),
        ..Details::default()
    };
    for code in summary
        .created
        .iter()
        .chain(&summary.updated)
        .take(WRITTEN_OUT)
    {
        if let Some(account) = tx.account_by_code(code)? {
            let fields = differ::of_accounts(before.get(&text::key(code)), &account);
            details.accounts.insert(code.clone(), json!(fields));
        }
    }
    Ok((summary, details))
}

/// Looks a list of people through.
///
/// *Errors*: [`Refusal::Row`] with the first row that can't be taken.
pub(crate) fn check_people(specs: &[PersonSpec]) -> Result<()> {
    check_rows(specs.len())?;
    let mut seen = HashSet::new();
    for (row, spec) in specs.iter().enumerate() {
        check_person(spec).map_err(|error| in_row(row, error))?;
        if !seen.insert(text::key(&spec.login)) {
            return Err(in_row(row, Refusal::Twice { what: "login" }.into()));
        }
    }
    Ok(())
}

/// Takes in the rows from the place `from` on of a list of people that was looked
/// through: their names, logins, and the site's groups that they are in. `known`
/// are people's identifiers by the keys of their logins.
///
/// A person who is neither named by an identifier nor known by the login is not
/// made up: the groups wait for the login's first sign-in.
///
/// *Errors*: [`Refusal::Row`] with the first row that can't be taken.
pub(crate) fn people(
    tx: Tx<'_>,
    from: usize,
    specs: &[PersonSpec],
    known: &HashMap<String, UserId>,
) -> Result<(PeopleImported, Details)> {
    let mut imported = PeopleImported::default();
    let mut groups = BTreeMap::new();
    let mut concerned = Vec::new();
    for (row, spec) in specs.iter().enumerate() {
        let id = spec.id.as_ref();
        let login = match id.or_else(|| known.get(&text::key(&spec.login))) {
            Some(id) => {
                concerned.push(id.clone());
                person(tx, id, spec, &mut imported).map_err(|error| in_row(from + row, error))?
            }
            None => {
                imported.waiting += 1;
                spec.login.clone()
            }
        };
        if let Some(wanted) = &spec.groups {
            groups.insert(login, wanted.clone());
        }
    }
    let changed = tx.change_groups(&groups, concerned)?;
    let mut details = Details::default();
    for (place, pairs) in [changed.gone, changed.new].into_iter().enumerate() {
        for (login, group) in pairs {
            details.groups.entry(group).or_default()[place].push(login);
        }
    }
    imported.groups_changed = details.groups_changed();
    Ok((imported, details))
}

fn check_person(spec: &PersonSpec) -> Result<()> {
    check_name(&spec.login, "login")?;
    check_name(&spec.name, "name")?;
    if let Some(id) = &spec.id {
        if id.as_str().is_empty() {
            return Err(Refusal::Missing { what: "identifier" }.into());
        }
        check_length(id.as_str(), 500, "identifier")?;
        check_storable([Some(id.as_str())])?;
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

/// *Errors*: the import ended meanwhile; whoever took it for broken off said so.
pub(crate) fn check_under_way(tx: Tx<'_>, run: &ImportRun) -> Result<()> {
    if tx.has_audit(run.id)? {
        return Err(Refusal::ImportEnded.into());
    }
    Ok(())
}

/// Writes down how far an import has come; at its end with the one entry in the
/// log for the whole, unless nothing changed.
pub(crate) fn note(tx: Tx<'_>, run: &ImportRun, details: &Details) -> Result<()> {
    tx.put_import(run)?;
    let Some(now) = run.ended_at else {
        return Ok(());
    };
    let mut fields = match run.kind {
        ImportKind::Accounts => accounts_in_words(details),
        ImportKind::People => people_in_words(run, details),
    };
    let changed = run.created + run.updated > 0 || details.groups_changed();
    if let Some(trouble) = &run.trouble {
        fields.insert("trouble".to_owned(), json!(trouble));
        fields.insert(
            "written".to_owned(),
            json!(format!("{}/{}", run.done, run.total)),
        );
    } else if !changed {
        return Ok(());
    }
    let subject = match run.kind {
        ImportKind::Accounts => run.created + run.updated,
        ImportKind::People => run.total,
    };
    let stamp = Stamp {
        id: run.id,
        actor: run.actor.clone(),
        now,
    };
    write_down(tx, &stamp, run.kind.action(), &subject.to_string(), fields)
}

fn accounts_in_words(details: &Details) -> Fields {
    let mut fields = details.accounts.clone();
    let more = details.changed_accounts - fields.len();
    if more > 0 {
        fields.insert("+".to_owned(), json!(more));
    }
    fields
}

fn people_in_words(run: &ImportRun, details: &Details) -> Fields {
    let mut fields = Fields::new();
    let groups: Fields = details
        .groups
        .iter()
        .map(|(group, names)| (group.clone(), json!(names.each_ref().map(Names::told))))
        .collect();
    fields.insert("created".to_owned(), json!(run.created));
    fields.insert("updated".to_owned(), json!(run.updated));
    fields.insert("waiting".to_owned(), json!(run.waiting));
    fields.insert("groups".to_owned(), json!(groups));
    fields
}

/// Ends an import that nobody has gone on with, unless it has ended.
pub(crate) fn end_silent(tx: Tx<'_>, run: &ImportRun) -> Result<bool> {
    if tx.has_audit(run.id)? {
        return Ok(false);
    }
    // The counts are known; what each row changed went with the server.
    let details = Details {
        changed_accounts: usize::try_from(run.created + run.updated).unwrap_or(usize::MAX),
        ..Details::default()
    };
    note(tx, run, &details)?;
    Ok(true)
}
