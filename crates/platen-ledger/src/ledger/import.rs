//! Lists of accounts and people that administrators bring along.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use platen_domain::{AccountId, UserId};
use uuid::Uuid;

use super::Ledger;
use super::administration::whole_site;
use super::desk::Desk;
use crate::import::{ImportKind, ImportRun};
use crate::rules::accounts;
use crate::rules::import::{self, Details};
use crate::site::{AccountSpec, LoadSummary, PeopleImported, PersonSpec};
use crate::store::{Hints, Result, Tx, kept};
use crate::text;

/// Rows that are written in one transaction; others get their turn before the
/// next ones.
const ROWS_AT_ONCE: usize = 500;
/// An import that was not heard of for so long is taken for broken off.
const SILENCE: SignedDuration = SignedDuration::from_mins(10);

/// A list that was looked through as a whole and is written row by row, a few
/// hundred in one transaction.
///
/// *Cancel safety*: dropped before its end, the import is broken off: what was
/// written stays, [`Ledger::end_silent_imports`] writes that down after a while,
/// and the same list imported again writes the rest.
pub struct Import {
    ledger: Ledger,
    list: List,
    run: ImportRun,
    details: Details,
    accounts: LoadSummary,
    people: PeopleImported,
}

#[derive(Clone)]
enum List {
    Accounts(Arc<[AccountSpec]>, Arc<[AccountId]>),
    /// With people's identifiers by the keys of their logins.
    People(Arc<[PersonSpec]>, Arc<HashMap<String, UserId>>),
}

/// What a few rows did.
enum Done {
    Accounts(LoadSummary),
    People(PeopleImported),
}

impl List {
    fn len(&self) -> usize {
        match self {
            Self::Accounts(specs, _) => specs.len(),
            Self::People(specs, _) => specs.len(),
        }
    }

    const fn kind(&self) -> ImportKind {
        match self {
            Self::Accounts(..) => ImportKind::Accounts,
            Self::People(..) => ImportKind::People,
        }
    }

    fn write(&self, tx: Tx<'_>, rows: Range<usize>) -> Result<(Done, Details)> {
        let from = rows.start;
        match self {
            Self::Accounts(specs, fresh) => {
                let fresh = &fresh[rows.clone()];
                let (done, details) = import::accounts(tx, from, &specs[rows], fresh)?;
                Ok((Done::Accounts(done), details))
            }
            Self::People(specs, known) => {
                let (done, details) = import::people(tx, from, &specs[rows], known)?;
                Ok((Done::People(done), details))
            }
        }
    }

    fn hints(&self, rows: Range<usize>, hints: &mut Hints) {
        match self {
            Self::Accounts(..) => whole_site(hints),
            Self::People(specs, known) => {
                let specs = &specs[rows];
                hints.site = specs.iter().any(|spec| spec.groups.is_some());
                let ids = specs.iter().filter_map(|spec| {
                    let id = spec.id.as_ref();
                    id.or_else(|| known.get(&text::key(&spec.login)))
                });
                hints.people.extend(ids.cloned());
            }
        }
    }
}

impl Done {
    fn count(&self, run: &mut ImportRun) {
        let len = |list: &Vec<String>| list.len() as u64;
        let (created, updated, unchanged, waiting) = match self {
            Self::Accounts(done) => (
                len(&done.created),
                len(&done.updated),
                len(&done.unchanged),
                0,
            ),
            Self::People(done) => (done.created, done.updated, done.unchanged, done.waiting),
        };
        run.created += created;
        run.updated += updated;
        run.unchanged += unchanged;
        run.waiting += waiting;
    }
}

impl Import {
    /// How far it has come.
    #[must_use]
    pub const fn run(&self) -> &ImportRun {
        &self.run
    }

    /// Writes the next rows, and with the last of them the entry in the audit
    /// log; false once it has ended.
    ///
    /// *Errors*: [`Refusal::Row`](crate::Refusal::Row) where a row can't be taken
    /// any more, since others changed something meanwhile: what was written
    /// stays. [`Refusal::ImportEnded`](crate::Refusal::ImportEnded).
    pub async fn step(&mut self, now: Timestamp) -> Result<bool> {
        if self.run.ended_at.is_some() {
            return Ok(false);
        }
        let now = kept(now);
        let from = usize::try_from(self.run.done).unwrap_or(usize::MAX);
        let rows = from..self.list.len().min(from + ROWS_AT_ONCE);
        let last = rows.end == self.list.len();
        let (list, before) = (self.list.clone(), self.run.clone());
        // What earlier rows did is only needed where it is written down.
        let earlier = match last {
            true => self.details.clone(),
            false => Details::default(),
        };
        let body = move |tx: Tx<'_>| {
            import::check_under_way(tx, &before)?;
            let (done, details) = list.write(tx, rows.clone())?;
            let mut run = before.clone();
            done.count(&mut run);
            run.done = rows.end as u64;
            run.beat_at = now;
            run.ended_at = last.then_some(now);
            let mut all = earlier.clone();
            all.add(details.clone());
            import::note(tx, &run, &all)?;
            Ok((run, done, details))
        };
        let (list, wanted) = (
            self.list.clone(),
            from..self.list.len().min(from + ROWS_AT_ONCE),
        );
        let hints = move |hints: &mut Hints| list.hints(wanted.clone(), hints);
        let (run, done, details) = self.ledger.write(hints, body).await?;
        self.run = run;
        self.details.add(details);
        match done {
            Done::Accounts(done) => {
                self.accounts.created.extend(done.created);
                self.accounts.updated.extend(done.updated);
                self.accounts.unchanged.extend(done.unchanged);
            }
            Done::People(done) => {
                self.people.created += done.created;
                self.people.updated += done.updated;
                self.people.unchanged += done.unchanged;
                self.people.waiting += done.waiting;
                self.people.groups_changed |= done.groups_changed;
            }
        }
        Ok(!last)
    }

    /// Breaks it off and writes down why, with what was done until then.
    ///
    /// *Errors*: it has ended.
    pub async fn break_off(mut self, trouble: &str, now: Timestamp) -> Result<()> {
        self.run.ended_at = Some(kept(now));
        self.run.trouble = Some(trouble.to_owned());
        let (run, details) = (self.run, self.details);
        let body = move |tx: Tx<'_>| {
            import::check_under_way(tx, &run)?;
            import::note(tx, &run, &details)
        };
        self.ledger.write(|_| {}, body).await
    }

    /// Writes all of it. Where that does not work, what was done is written down.
    async fn written_whole(mut self, now: Timestamp) -> Result<Self> {
        loop {
            match self.step(now).await {
                Ok(true) => {}
                Ok(false) => return Ok(self),
                Err(error) => {
                    // What went wrong first is what the caller has to know.
                    let told = self.break_off(&error.to_string(), now).await;
                    if let Err(error) = told {
                        tracing::warn!(%error, "the end of an import was not written down");
                    }
                    return Err(error);
                }
            }
        }
    }
}

impl Desk {
    /// Looks a list of accounts through, found by their codes; those that it does
    /// not name stay as they are. Nothing is written but that it begins.
    ///
    /// *Errors*: [`Refusal::Row`](crate::Refusal::Row) with the first row that
    /// can't be taken. *Source*: rules.md.
    pub async fn begin_accounts(&self, specs: Vec<AccountSpec>, now: Timestamp) -> Result<Import> {
        let fresh = || AccountId(Uuid::now_v7());
        let fresh: Arc<[_]> = specs.iter().map(|_| fresh()).collect();
        let specs: Arc<[_]> = specs.into();
        let (checked, ids) = (Arc::clone(&specs), Arc::clone(&fresh));
        self.ledger()
            .rehearse(move |tx| import::check_accounts(tx, &checked, &ids))
            .await?;
        self.begin(List::Accounts(specs, fresh), now).await
    }

    /// Looks a list of people through: names, logins, and the site's groups that
    /// they are in. A row without an identifier is about whoever has the login;
    /// where nobody has, the groups wait for him. Nothing is written but that it
    /// begins.
    ///
    /// *Errors*: [`Refusal::Row`](crate::Refusal::Row) with the first row that
    /// can't be taken. *Source*: rules.md R-6.
    pub async fn begin_people(&self, specs: Vec<PersonSpec>, now: Timestamp) -> Result<Import> {
        import::check_people(&specs)?;
        let known = self.ledger().read(|tx| tx.people()).await?;
        let known = known
            .into_iter()
            .map(|person| (text::key(&person.login), person.id))
            .collect();
        let list = List::People(specs.into(), Arc::new(known));
        self.begin(list, now).await
    }

    async fn begin(&self, list: List, now: Timestamp) -> Result<Import> {
        let now = kept(now);
        let run = ImportRun {
            id: Uuid::now_v7(),
            kind: list.kind(),
            actor: self.actor().clone(),
            total: list.len() as u64,
            done: 0,
            created: 0,
            updated: 0,
            unchanged: 0,
            waiting: 0,
            started_at: now,
            beat_at: now,
            ended_at: None,
            trouble: None,
        };
        let begun = run.clone();
        self.ledger()
            .write(|_| {}, move |tx| tx.add_import(&begun))
            .await?;
        Ok(Import {
            ledger: self.ledger().clone(),
            list,
            run,
            details: Details::default(),
            accounts: LoadSummary::default(),
            people: PeopleImported::default(),
        })
    }

    /// [`Desk::begin_accounts`] and all its steps.
    ///
    /// *Errors*: as there.
    pub async fn import_accounts(
        &self,
        specs: Vec<AccountSpec>,
        now: Timestamp,
    ) -> Result<LoadSummary> {
        let import = self.begin_accounts(specs, now).await?;
        let Import { list, accounts, .. } = import.written_whole(now).await?;
        let rest = move |tx: Tx<'_>| {
            let mut summary = accounts;
            if let List::Accounts(specs, _) = &list {
                summary.not_in_file = accounts::not_named(tx, specs)?;
            }
            summary.card_version = tx.current_card()?.map_or(0, |card| card.version);
            Ok(summary)
        };
        self.ledger().read(rest).await
    }

    /// [`Desk::begin_people`] and all its steps.
    ///
    /// *Errors*: as there.
    pub async fn import_people(
        &self,
        specs: Vec<PersonSpec>,
        now: Timestamp,
    ) -> Result<PeopleImported> {
        let import = self.begin_people(specs, now).await?;
        Ok(import.written_whole(now).await?.people)
    }
}

impl Ledger {
    /// How far an import has come; those that ended ninety days ago are gone.
    pub async fn import(&self, id: Uuid) -> Result<Option<ImportRun>> {
        self.read(move |tx| tx.import(id)).await
    }

    /// Imports under way, the one that began last comes first.
    pub async fn imports_under_way(&self) -> Result<Vec<ImportRun>> {
        self.read(|tx| tx.imports_under_way()).await
    }

    /// Writes down the end of imports that nobody has gone on with for ten
    /// minutes, with what they did: their server went down. Gives how many.
    pub async fn end_silent_imports(&self, now: Timestamp) -> Result<u64> {
        let now = kept(now);
        let before = now.checked_sub(SILENCE).unwrap_or(Timestamp::MIN);
        let silent = self.read(move |tx| tx.silent_imports(before)).await?;
        let mut ended = 0;
        for mut run in silent {
            run.ended_at = Some(now);
            run.trouble = Some(ImportRun::SERVER_WENT_DOWN.to_owned());
            let body = move |tx: Tx<'_>| import::end_silent(tx, &run);
            ended += u64::from(self.write(|_| {}, body).await?);
        }
        Ok(ended)
    }

    /// Tries something out on a snapshot of the ledger; nothing of it is written.
    async fn rehearse<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.read(move |tx| {
            tx.may_stage();
            body(tx)
        })
        .await
    }
}
