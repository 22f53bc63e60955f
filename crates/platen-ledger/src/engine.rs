//! What an engine does for the ledger, and nothing that decides anything.
//!
//! An [`Engine`] carries transactions that load rows by their keys, locked
//! against everybody else, and write rows back in bulk; [`Sql`] answers single
//! statements. All rules stand above it, once for all engines.
//!
//! Statements are written in what SQLite and PostgreSQL have in common, their
//! parameters as `?1` and so on.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::ops::Range;
use std::path::Path;

use crate::error::LedgerError;
use crate::news::News;
use crate::store::{Ask, Request, Result, Row, Step, Value};
use crate::view::Progress;

/// Answers single statements, within the transaction that is open.
pub(crate) trait Sql {
    /// The rows that a statement gives.
    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>>;

    /// The first row that a statement gives.
    fn query_one(&self, sql: &str, parameters: &[Value]) -> Result<Option<Row>> {
        Ok(self.query(sql, parameters)?.into_iter().next())
    }

    /// Rows by their keys, in any order, not locked, and whatever these lists give: all
    /// of it asked at once, where it takes time to ask.
    fn look_up(&self, requests: &[Request], lists: &[List]) -> Result<Found> {
        let rows = requests.iter().map(|request| {
            let sql = request.table.select_one();
            let keys = request.keys.iter();
            all(keys.map(|key| self.query(&sql, key)))
        });
        let lists = lists.iter().map(|List { sql, keys }| {
            let keys = keys.iter().map(std::slice::from_ref);
            all(keys.map(|key| self.query(sql, key)))
        });
        Ok(Found {
            rows: rows.collect::<Result<_>>()?,
            lists: lists.collect::<Result<_>>()?,
        })
    }

    /// A statement that gives the texts of a JSON list, which is the parameter
    /// at this place.
    fn texts(&self, place: &str) -> String;

    /// What the engine itself finds wrong with what it stores.
    fn check_storage(&self) -> Result<()>;
}

/// What a statement with one parameter gives for each of these keys, all of one kind.
pub(crate) struct List {
    /// The statement.
    pub(crate) sql: String,
    /// The keys.
    pub(crate) keys: Vec<Value>,
}

/// What was looked up.
#[derive(Default)]
pub(crate) struct Found {
    /// For each request its rows.
    pub(crate) rows: Vec<Vec<Row>>,
    /// For each list its rows: those of one key together.
    pub(crate) lists: Vec<Vec<Row>>,
}

fn all(rows: impl Iterator<Item = Result<Vec<Row>>>) -> Result<Vec<Row>> {
    Ok(rows
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .flatten()
        .collect())
}

/// What is read on a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A few rows by their keys or by an index, however large or small tables are.
    Keys,
    /// Anything.
    Lists,
}

/// Connections that read, beside the one that writes.
pub(crate) trait Snapshots: Send + Sync {
    /// Runs a function on one snapshot of the ledger, with the version of the site in
    /// it.
    ///
    /// *Errors*: there is no snapshot, and the function did not run; or it could not be
    /// ended.
    fn with(&self, reading: Reading, body: &mut dyn FnMut(&dyn Sql, i64)) -> Result<()>;

    /// Whether the end of a snapshot takes a while, and holds nothing that somebody
    /// would miss.
    fn ends_late(&self) -> bool {
        false
    }

    /// Copies the ledger to a new file, where it is one.
    fn back_up(&self, _to: &Path, _progress: &mut dyn FnMut(Progress)) -> Result<()> {
        Err(LedgerError::InPostgres)
    }
}

/// What the engine gave for an [`Ask`].
pub(crate) enum Loaded {
    /// What was asked for.
    Here {
        /// For each request its rows, in the order of the requests.
        rows: Vec<Vec<Row>>,
        /// Fresh ordinals, if any were asked for.
        ordinals: Option<Range<i64>>,
        /// The version of the site; it can't change while the transaction is
        /// open.
        site: i64,
    },
    /// The transaction is rolled back and has to start over: the rows must be
    /// locked in another order, somebody else was in the way, or the
    /// connection was lost and is there again.
    StartOver,
}

/// How a commit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Committed {
    /// It is durable.
    Yes,
    /// It did not take place, and the same operations have to run again.
    StartOver,
}

/// An engine's one connection that writes.
pub(crate) trait Engine: Send {
    /// Opens a transaction. Says whether what was loaded by earlier ones is
    /// still true.
    ///
    /// *Errors*: another program is in the way for too long.
    fn begin(&mut self) -> Result<bool>;

    /// Loads rows and locks them until the transaction ends.
    fn load(&mut self, ask: &Ask) -> Result<Loaded>;

    /// Single statements in the open transaction.
    fn sql(&self) -> &dyn Sql;

    /// Writes and commits durably, and tells other programs, where it can: with
    /// `news` what it is, without that it is something.
    fn commit(&mut self, steps: &[Step], news: Option<&News>) -> Result<Committed>;

    /// Gives up the open transaction, if any.
    fn roll_back(&mut self);

    /// Whether what was loaded stays true after a commit, until
    /// [`Engine::begin`] says otherwise.
    fn is_alone(&self) -> bool;

    /// Whether a commit starts over where a new row exists already, so that
    /// nobody has to look first.
    fn finds_doubles(&self) -> bool;

    /// Whether somebody else may have changed the ledger since this was asked
    /// last.
    fn others_wrote(&mut self) -> bool;
}
