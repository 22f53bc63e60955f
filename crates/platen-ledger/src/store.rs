//! What the rules know of what is stored, and nothing that decides anything.
//!
//! [`Tx`] is one transaction. The rules read rows by their keys and put them
//! back; neither reaches a database while they run. Rows come from the
//! [`WorkingSet`] of the batch: where one is missing the operation ends with
//! [`MISSED`], the engine loads what was missed, and the operation runs again
//! from its start. What operations put is written in bulk when the batch is
//! committed. A transaction that only reads has a connection at hand and fetches
//! what it misses at once, and may ask for lists as well.

mod accounts;
mod activities;
mod audits;
mod checks;
mod condition;
mod content;
mod credentials;
mod devices;
mod directory;
mod documents;
mod hints;
mod history;
mod hosts;
mod imports;
mod leases;
mod operations;
mod past;
mod people;
mod pushes;
mod reach;
mod report;
mod sessions;
mod set;
mod shelf;
mod sights;
mod site;
mod stale;
mod table;
mod tickets;
mod value;

use std::cell::{RefCell, RefMut};
use std::sync::Arc;

use platen_domain::{Account, Kind as AccountKind, UserId};

use crate::activity::Activity;
use crate::engine::{List, Sql};
use crate::error::LedgerError;

pub(crate) use accounts::StoredBalance;
pub(crate) use activities::NewActivity;
pub(crate) use checks::Mark;
pub(crate) use credentials::StoredCredential;
pub(crate) use devices::StoredDelivery;
pub(crate) use documents::Record;
pub(crate) use hints::Hints;
pub(crate) use leases::LeaseRecord;
pub(crate) use operations::Operation;
pub(crate) use people::{Active, StoredPerson};
pub(crate) use pushes::{MOST_PUSHES, StoredPush};
pub(crate) use report::{LocalTime, Share, Stretch};
pub(crate) use set::{Ask, Step, WorkingSet};
pub(crate) use shelf::Request;
pub(crate) use site::SiteState;
pub(crate) use stale::Ends;
pub use stale::Swept;
pub(crate) use table::{Kind, Table};
pub(crate) use tickets::Ticket;
pub(crate) use value::{Row, Value, check_storable, count, kept};

use shelf::Shelf;
use table::Stored;

pub(crate) type Result<T> = std::result::Result<T, LedgerError>;

/// How an operation ends that met a row which is not loaded. No caller ever
/// sees it: whoever runs the operation finds that something is missing.
pub(crate) const MISSED: LedgerError = LedgerError::Busy;

/// One transaction on the ledger.
#[derive(Clone, Copy)]
pub(crate) struct Tx<'batch> {
    set: &'batch RefCell<WorkingSet>,
    /// There where the transaction only reads.
    sql: Option<&'batch dyn Sql>,
}

impl<'batch> Tx<'batch> {
    /// A transaction that works on loaded rows alone.
    pub(crate) const fn new(set: &'batch RefCell<WorkingSet>) -> Self {
        Self { set, sql: None }
    }

    /// A transaction that only reads.
    pub(crate) const fn reading(set: &'batch RefCell<WorkingSet>, sql: &'batch dyn Sql) -> Self {
        Self {
            set,
            sql: Some(sql),
        }
    }

    fn set(&self) -> RefMut<'batch, WorkingSet> {
        self.set.borrow_mut()
    }

    /// The connection of a transaction that only reads.
    fn sql(&self) -> Result<&'batch dyn Sql> {
        debug_assert!(
            self.sql.is_some(),
            "an operation that writes asks for lists"
        );
        self.sql.ok_or(LedgerError::Closed)
    }

    /// Finds a row by its key.
    fn row<T>(
        &self,
        shelf: fn(&mut WorkingSet) -> &mut Shelf<T>,
        key: &T::Key,
    ) -> Result<Option<Arc<T>>>
    where
        T: Stored,
    {
        let mut set = self.set();
        let shelf = shelf(&mut set);
        if let Some(row) = shelf.get(key) {
            return Ok(row);
        }
        let Some(sql) = self.sql else {
            shelf.miss(key.clone());
            return Err(MISSED);
        };
        let values = T::key_values(key);
        // PostgreSQL can't be asked for a key that no row can have.
        let row = match shelf::is_storable(&values) {
            true => sql.query_one(&T::TABLE.select_one(), &values)?,
            false => None,
        };
        match row {
            Some(mut row) => shelf.load(T::read(&mut row)?),
            None => shelf.load_absent(key.clone()),
        }
        Ok(shelf.get(key).flatten())
    }

    /// Does the same for each of many. A row that is missed for one does not keep the
    /// others from saying which they miss: all are loaded together.
    pub(crate) fn each<T>(
        &self,
        all: impl IntoIterator<Item = T>,
        mut body: impl FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let mut missed = false;
        for one in all {
            match body(one) {
                Ok(()) => {}
                Err(LedgerError::Busy) => missed = true,
                Err(error) if !missed => return Err(error),
                // It may not have seen what an earlier one would have done.
                Err(_) => {}
            }
        }
        match missed {
            true => Err(MISSED),
            false => Ok(()),
        }
    }

    /// Reads at once the rows that will be needed; only a transaction that reads can.
    pub(crate) fn load(&self, hints: Hints) -> Result<()> {
        self.load_with(hints, &[]).map(drop)
    }

    /// The same, and at the same time whatever these lists give.
    fn load_with(&self, hints: Hints, lists: &[List]) -> Result<Vec<Vec<Row>>> {
        let sql = self.sql()?;
        let mut set = self.set();
        set.expect(hints, false);
        let asked = set.ask().map_or_else(Vec::new, |ask| ask.rows);
        if asked.is_empty() && lists.is_empty() {
            return Ok(Vec::new());
        }
        let found = sql.look_up(&asked, lists)?;
        set.fill(found.rows)?;
        Ok(found.lists)
    }

    /// Stages a statement of its own, which may change only what no operation
    /// keeps in memory from batch to batch. It runs after everything else.
    pub(crate) fn run(&self, sql: &'static str, parameters: Vec<Value>) {
        self.set().run(sql, parameters);
    }

    /// Reads all rows of a table that a condition finds.
    fn list<T: Stored>(&self, condition: &str, parameters: &[Value]) -> Result<Vec<T>> {
        let sql = format!("{} {condition}", T::TABLE.select());
        let rows = self.sql()?.query(&sql, parameters)?;
        rows.into_iter().map(|mut row| T::read(&mut row)).collect()
    }
}

/// The rows that a condition on one parameter finds for each of these keys.
fn each<T: Stored>(condition: &str, keys: Vec<Value>) -> List {
    List {
        sql: format!("{} {condition}", T::TABLE.select()),
        keys,
    }
}

/// The rows of one list.
fn listed<T: Stored>(rows: Vec<Row>) -> Result<Vec<T>> {
    rows.into_iter().map(|mut row| T::read(&mut row)).collect()
}

/// Whose balance of an account: a person's, or the pool's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Holder(String);

impl Holder {
    /// Whose balance of `account` counts for `user`. *Source*: rules.md R-3.
    pub(crate) fn of(account: &Account, user: &UserId) -> Self {
        match account.kind {
            AccountKind::Individual => Self::person(user),
            AccountKind::Shared => Self::pool(),
        }
    }

    /// Whose balance an activity is on.
    pub(crate) fn of_activity(activity: &Activity) -> Self {
        activity
            .holder
            .as_ref()
            .map_or_else(Self::pool, Self::person)
    }

    pub(crate) fn person(user: &UserId) -> Self {
        Self(user.as_str().to_owned())
    }

    pub(crate) const fn pool() -> Self {
        Self(String::new())
    }

    pub(crate) const fn stored(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn user(&self) -> Option<UserId> {
        (!self.0.is_empty()).then(|| UserId::new(self.0.clone()))
    }
}
