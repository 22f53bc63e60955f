//! What a batch of operations works on: loaded rows and staged changes.

mod news;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use platen_domain::{AccountId, RateCard};

use super::accounts::StoredBalance;
use super::credentials::{SiteSecret, StoredCredential};
use super::devices::StoredDelivery;
use super::documents::Record;
use super::hints::Hints;
use super::leases::LeaseRecord;
use super::operations::Operation;
use super::people::StoredPerson;
use super::pushes::StoredPush;
use super::sessions::StoredSession;
use super::shelf::{Request, Rows, Shelf, Stage};
use super::site::{SiteChange, SiteState};
use super::table::Table;
use super::tickets::Ticket;
use super::value::{Row, Value};
use super::{Holder, Result};
use crate::activity::Activity;
use crate::audit::AuditEntry;
use crate::content::Part;
use crate::device::Device;
use crate::engine::Sql;

/// Loaded rows that are kept from batch to batch at most, where the engine
/// allows to keep them at all.
const KEPT: usize = 20_000;

/// What is asked of the engine before operations run, or run again.
#[derive(Debug, Default)]
pub(crate) struct Ask {
    /// In the order in which rows are locked.
    pub(crate) rows: Vec<Request>,
    /// Whether nobody else may read or change the site meanwhile.
    pub(crate) site: bool,
    /// How many ordinals for activities.
    pub(crate) ordinals: usize,
}

/// One step of what is written; all of them in one transaction, in order.
#[derive(Debug)]
pub(crate) enum Step {
    /// Rows of a table.
    Rows(&'static Table, Rows),
    /// A statement of its own.
    Run(&'static str, Vec<Value>),
}

/// Loaded rows and staged changes of the operations of one batch.
#[derive(Default)]
pub(crate) struct WorkingSet {
    pub(super) documents: Shelf<Record>,
    pub(super) people: Shelf<StoredPerson>,
    pub(super) devices: Shelf<Device>,
    pub(super) deliveries: Shelf<StoredDelivery>,
    pub(super) sessions: Shelf<StoredSession>,
    pub(super) tickets: Shelf<Ticket>,
    pub(super) credentials: Shelf<StoredCredential>,
    pub(super) secrets: Shelf<SiteSecret>,
    pub(super) pushes: Shelf<StoredPush>,
    pub(super) audits: Shelf<AuditEntry>,
    pub(super) content: Shelf<Part>,
    pub(super) leases: Shelf<LeaseRecord>,
    pub(super) operations: Shelf<Operation>,
    pub(super) activities: Shelf<Activity>,
    pub(super) balances: Shelf<StoredBalance>,
    pub(super) cards: BTreeMap<u64, Arc<RateCard>>,
    /// Accounts that something was ever charged on, and others that were not.
    pub(super) in_use: BTreeMap<AccountId, bool>,
    /// Whose balances of accounts were ever used, as it is stored.
    pub(super) holders: BTreeMap<AccountId, BTreeSet<Holder>>,
    pub(super) site: Arc<SiteState>,
    pub(super) site_changes: Vec<SiteChange>,
    /// The site as it was before the batch, and before the operation.
    site_stored: Arc<SiteState>,
    site_before: Option<(Arc<SiteState>, usize)>,
    site_locked: bool,
    site_wanted: bool,
    /// Free ordinals, what was free before the batch and before the operation.
    ordinals: Range<i64>,
    ordinals_stored: i64,
    ordinals_before: i64,
    ordinals_wanted: usize,
    /// How many of them were not foreseen.
    ordinals_missed: usize,
    /// Statements of their own, and how many of them earlier operations staged.
    runs: Vec<(&'static str, Vec<Value>)>,
    runs_before: usize,
    /// Rare questions that need a statement of their own.
    questions: Vec<Question>,
}

/// What is asked for by a statement of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// A rate card by its version.
    Card(u64),
    /// Whether an account was ever used.
    InUse(AccountId),
    /// Whose balances of an account were ever used.
    Holders(AccountId),
}

impl WorkingSet {
    fn shelves(&mut self) -> [&mut dyn Stage; 15] {
        // In the order in which rows are locked; balances last, since they are
        // what many operations share.
        [
            &mut self.devices,
            &mut self.deliveries,
            &mut self.people,
            &mut self.tickets,
            &mut self.sessions,
            &mut self.credentials,
            &mut self.pushes,
            &mut self.secrets,
            &mut self.audits,
            &mut self.documents,
            &mut self.content,
            &mut self.leases,
            &mut self.operations,
            &mut self.activities,
            &mut self.balances,
        ]
    }

    /// Notes what an operation will need. `trust` takes it at its word where it
    /// calls a document new: the engine then finds out when the document is
    /// written.
    pub(crate) fn expect(&mut self, hints: Hints, trust: bool) {
        for id in hints.new_documents {
            if trust {
                self.documents.load_absent(id);
            } else {
                self.documents.want(id);
            }
        }
        for id in hints.documents {
            self.documents.want(id);
        }
        for part in hints.parts {
            self.content.want(part);
        }
        for id in hints.people {
            self.people.want(id);
        }
        for id in hints.leases {
            self.leases.want(id);
        }
        for id in hints.devices {
            self.devices.want(id);
        }
        for number in hints.deliveries {
            self.deliveries.want(number);
        }
        for id in hints.activities {
            self.activities.want(id);
        }
        for id in hints.operations {
            self.operations.want(id);
        }
        for digest in hints.sessions {
            self.sessions.want(digest);
        }
        for digest in hints.tickets {
            self.tickets.want(digest);
        }
        for id in hints.credentials {
            self.credentials.want(id);
        }
        for name in hints.secrets {
            self.secrets.want(name);
        }
        for digest in hints.pushes {
            self.pushes.want(digest);
        }
        for (account, user) in hints.balances {
            if let Some(account) = self.site.accounts.get(&account) {
                let holder = match &user {
                    Some(user) => Holder::of(account, user),
                    None => Holder::pool(),
                };
                self.balances.want((account.id, holder));
            }
        }
        self.site_wanted |= hints.site && !self.site_locked;
        self.ordinals_wanted += hints.posts;
    }

    /// What the engine has to give before the batch can go on; none if it can.
    pub(crate) fn ask(&mut self) -> Option<Ask> {
        let rows: Vec<_> = self
            .shelves()
            .into_iter()
            .filter_map(|shelf| shelf.request())
            .collect();
        // Those that operations took are theirs, not missing.
        let given = self.ordinals.end - self.ordinals_stored;
        let given = usize::try_from(given).unwrap_or(usize::MAX);
        let ask = Ask {
            rows,
            site: self.site_wanted,
            ordinals: if self.ordinals_wanted > given {
                self.ordinals_wanted
            } else {
                0
            },
        };
        let needed = !ask.rows.is_empty()
            || (ask.site && !self.site_locked)
            || ask.ordinals > 0
            || !self.questions.is_empty();
        needed.then_some(ask)
    }

    /// Takes the rows in that [`WorkingSet::ask`] asked for, in its order.
    pub(crate) fn fill(&mut self, mut rows: Vec<Vec<Row>>) -> Result<()> {
        rows.reverse();
        for shelf in self.shelves() {
            if shelf.request().is_some() {
                shelf.fill(rows.pop().unwrap_or_default())?;
            }
        }
        Ok(())
    }

    /// Takes fresh ordinals in.
    pub(crate) fn fill_ordinals(&mut self, free: Range<i64>) {
        self.ordinals_stored = free.start;
        self.ordinals_before = free.start;
        self.ordinals = free;
    }

    /// Answers rare questions with statements of their own.
    pub(crate) fn answer(&mut self, sql: &dyn Sql) -> Result<()> {
        for question in std::mem::take(&mut self.questions) {
            match question {
                Question::Card(version) => {
                    let card = super::site::fetch_card(sql, version)?;
                    self.cards.insert(version, Arc::new(card));
                }
                Question::InUse(account) => {
                    let used = super::accounts::fetch_in_use(sql, account)?;
                    self.in_use.insert(account, used);
                }
                Question::Holders(account) => {
                    let holders = super::accounts::fetch_holders(sql, account)?;
                    self.holders.insert(account, holders);
                }
            }
        }
        Ok(())
    }

    /// Takes the site in as the engine holds it now.
    pub(crate) fn set_site(&mut self, site: Arc<SiteState>) {
        self.site_stored = Arc::clone(&site);
        self.site = site;
        self.site_before = None;
        self.site_changes.clear();
        self.in_use.clear();
        self.holders.clear();
    }

    /// The site as it is stored.
    pub(crate) const fn stored_site(&self) -> &Arc<SiteState> {
        &self.site_stored
    }

    /// The site is locked against everybody else now.
    pub(crate) const fn lock_site(&mut self) {
        self.site_locked = true;
    }

    pub(super) fn question(&mut self, question: Question) {
        if !self.questions.contains(&question) {
            self.questions.push(question);
        }
    }

    /// The next activity's place in the ledger; none if the engine must give
    /// more of them first.
    pub(super) fn next_ordinal(&mut self) -> Option<i64> {
        let next = self.ordinals.next();
        if next.is_none() {
            // Hints may have foreseen fewer than were taken.
            let taken = self.ordinals.end - self.ordinals_stored;
            let taken = usize::try_from(taken).unwrap_or_default();
            self.ordinals_wanted = self.ordinals_wanted.max(taken) + 1;
            self.ordinals_missed += 1;
        }
        next
    }

    /// Stages a change of the site; none if it has to be locked first.
    pub(super) fn change_site(&mut self, change: SiteChange) -> Option<()> {
        if !self.site_locked {
            self.site_wanted = true;
            return None;
        }
        if self.site_before.is_none() {
            self.site_before = Some((Arc::clone(&self.site), self.site_changes.len()));
        }
        Arc::make_mut(&mut self.site).apply(&change);
        self.site_changes.push(change);
        Some(())
    }

    /// Stages a statement of its own.
    pub(super) fn run(&mut self, sql: &'static str, parameters: Vec<Value>) {
        self.runs.push((sql, parameters));
    }

    /// Whether an operation met something that is not loaded.
    pub(crate) fn is_missing(&mut self) -> bool {
        self.ask().is_some()
    }

    /// Keeps what an operation did.
    pub(crate) fn accept(&mut self) {
        for shelf in self.shelves() {
            shelf.accept();
        }
        self.site_before = None;
        self.runs_before = self.runs.len();
        self.ordinals_before = self.ordinals.start;
    }

    /// Takes back what an operation did.
    pub(crate) fn undo(&mut self) {
        for shelf in self.shelves() {
            shelf.undo();
        }
        if let Some((site, changes)) = self.site_before.take() {
            self.site = site;
            self.site_changes.truncate(changes);
        }
        self.runs.truncate(self.runs_before);
        self.ordinals.start = self.ordinals_before;
    }

    /// Takes back what the whole batch did.
    pub(crate) fn reset(&mut self) {
        for shelf in self.shelves() {
            shelf.reset();
        }
        self.site = Arc::clone(&self.site_stored);
        self.site_before = None;
        self.site_changes.clear();
        self.forget_runs();
        self.ordinals.start = self.ordinals_stored;
        self.ordinals_before = self.ordinals_stored;
    }

    /// Everything that is to be written.
    pub(crate) fn changes(&self) -> Result<Vec<Step>> {
        let mut steps = super::site::steps(&self.site_stored, &self.site_changes)?;
        let parts = [
            self.devices.changes()?,
            self.deliveries.changes()?,
            self.people.changes()?,
            self.tickets.changes()?,
            self.sessions.changes()?,
            self.credentials.changes()?,
            self.pushes.changes()?,
            self.secrets.changes()?,
            self.audits.changes()?,
            self.leases.changes()?,
            self.documents.changes()?,
            self.content.changes()?,
            self.operations.changes()?,
            self.balances.changes()?,
            self.activities.changes()?,
        ];
        let rows = parts.into_iter().flatten();
        steps.extend(rows.map(|(table, rows)| Step::Rows(table, rows)));
        let runs = self.runs.iter().cloned();
        steps.extend(runs.map(|(sql, parameters)| Step::Run(sql, parameters)));
        Ok(steps)
    }

    fn forget_runs(&mut self) {
        self.runs.clear();
        self.runs_before = 0;
    }

    /// All changes were committed. What was loaded stays known only where
    /// nobody else can have written since.
    pub(crate) fn settle(&mut self, keep: bool) {
        for shelf in self.shelves() {
            shelf.settle();
            if !keep || shelf.len() > KEPT {
                shelf.forget();
            }
        }
        self.forget_runs();
        // Nobody signs in or changes something for others in each batch.
        self.sessions.forget();
        self.devices.forget();
        self.deliveries.forget();
        self.tickets.forget();
        self.credentials.forget();
        self.secrets.forget();
        self.pushes.forget();
        self.audits.forget();
        // A document is worked on a few times in its life, not in each batch.
        self.documents.forget();
        self.content.forget();
        self.leases.forget();
        self.operations.forget();
        self.activities.forget();
        if !self.site_changes.is_empty() {
            Arc::make_mut(&mut self.site).version += 1;
            self.site_changes.clear();
        }
        self.site_stored = Arc::clone(&self.site);
        self.site_before = None;
        self.site_locked = false;
        self.site_wanted = false;
        self.in_use.clear();
        self.holders.clear();
        (self.ordinals_wanted, self.ordinals_missed) = (0, 0);
        self.ordinals_stored = self.ordinals.start;
        self.ordinals_before = self.ordinals.start;
    }

    /// Whatever was loaded may be out of date, but the site and the ordinals;
    /// it is asked for again before operations run.
    pub(crate) fn load_again(&mut self) {
        for shelf in self.shelves() {
            shelf.load_again();
        }
        self.reset();
        self.in_use.clear();
        self.holders.clear();
        self.site_locked = false;
        self.ordinals_wanted = self.ordinals_missed;
    }

    /// Somebody else wrote: nothing that was loaded is worth anything.
    pub(crate) fn forget(&mut self) {
        for shelf in self.shelves() {
            shelf.forget();
        }
        self.reset();
        self.in_use.clear();
        self.holders.clear();
        self.questions.clear();
        self.site_locked = false;
        self.site_wanted = false;
        (self.ordinals_wanted, self.ordinals_missed) = (0, 0);
        self.fill_ordinals(0..0);
    }
}
