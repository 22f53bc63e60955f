//! The engine of one machine: an SQLite file.

mod backup;
mod error;
pub(crate) mod restore;
pub(crate) mod schema;
mod snapshots;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Params, params_from_iter};

use super::{Committed, Engine, Loaded, Sql};
use crate::error::LedgerError;
use crate::news::News;
use crate::store::{Ask, Request, Result, Row, SiteState, Step, Table, Value};

pub(crate) use snapshots::Files;

/// The connection that writes.
pub(crate) struct Sqlite {
    connection: Connection,
    /// The statements of each table or part of one, made once.
    statements: HashMap<(&'static str, usize), Arc<Statements>>,
    /// `PRAGMA data_version`: changes when another connection wrote.
    seen: Option<i64>,
    /// The same, as it was when [`Engine::others_wrote`] was asked last.
    reported: Option<i64>,
    /// The version of the site, while nobody else wrote.
    site: Option<i64>,
}

struct Statements {
    select: String,
    insert: String,
    update: String,
}

impl Sqlite {
    pub(crate) fn new(connection: Connection) -> Self {
        let mut engine = Self {
            connection,
            statements: HashMap::new(),
            seen: None,
            reported: None,
            site: None,
        };
        engine.others_wrote();
        engine
    }

    fn statements(&mut self, table: &'static Table) -> Arc<Statements> {
        let made = self
            .statements
            .entry((table.name, table.columns.len()))
            .or_insert_with(|| {
                Arc::new(Statements {
                    select: table.select_one(),
                    insert: table.insert_one(),
                    update: table.update_one(),
                })
            });
        Arc::clone(made)
    }

    fn data_version(&self) -> Result<i64> {
        let mut statement = self.connection.prepare_cached("PRAGMA data_version")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    fn rows(&mut self, request: &Request) -> Result<Vec<Row>> {
        let statements = self.statements(request.table);
        let mut statement = self.connection.prepare_cached(&statements.select)?;
        let mut found = Vec::new();
        for key in &request.keys {
            collect(&mut statement, params_from_iter(key), &mut found)?;
        }
        Ok(found)
    }

    /// Numbers after the highest one that was ever given out.
    fn free_ordinals(&self) -> Result<Range<i64>> {
        let last = self.query_one(
            "SELECT seq FROM sqlite_sequence WHERE name = 'activity'",
            &[],
        )?;
        let last = last.map_or(Ok(0), |mut row| row.int())?;
        Ok(last + 1..i64::MAX)
    }

    fn write(&mut self, step: &Step) -> Result<()> {
        match step {
            Step::Run(sql, parameters) => {
                let mut statement = self.connection.prepare_cached(sql)?;
                statement.execute(params_from_iter(parameters))?;
            }
            Step::Rows(table, rows) => {
                let statements = self.statements(table);
                for (sql, rows) in [
                    (&statements.insert, &rows.inserts),
                    (&statements.update, &rows.updates),
                ] {
                    if rows.is_empty() {
                        continue;
                    }
                    let mut statement = self.connection.prepare_cached(sql)?;
                    for row in rows {
                        statement.execute(params_from_iter(row))?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Engine for Sqlite {
    fn begin(&mut self) -> Result<bool> {
        self.connection
            .prepare_cached("BEGIN IMMEDIATE")?
            .execute([])?;
        let version = self.data_version()?;
        let still_true = self.seen.replace(version) == Some(version);
        if !still_true {
            self.site = None;
        }
        Ok(still_true)
    }

    fn load(&mut self, ask: &Ask) -> Result<Loaded> {
        let rows = ask
            .rows
            .iter()
            .map(|request| self.rows(request))
            .collect::<Result<_>>()?;
        let ordinals = match ask.ordinals {
            0 => None,
            _ => Some(self.free_ordinals()?),
        };
        let site = match self.site {
            Some(site) => site,
            None => SiteState::stored_version(self)?,
        };
        self.site = Some(site);
        Ok(Loaded::Here {
            rows,
            ordinals,
            site,
        })
    }

    fn sql(&self) -> &dyn Sql {
        self
    }

    fn commit(&mut self, steps: &[Step], _: Option<&News>) -> Result<Committed> {
        for step in steps {
            self.write(step)?;
            if matches!(step, Step::Run(..)) {
                self.site = None;
            }
        }
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(Committed::Yes)
    }

    fn roll_back(&mut self) {
        self.seen = None;
        self.site = None;
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a ledger transaction could not be rolled back");
        }
    }

    fn is_alone(&self) -> bool {
        true
    }

    fn finds_doubles(&self) -> bool {
        false
    }

    fn others_wrote(&mut self) -> bool {
        match self.data_version() {
            Ok(version) => self
                .reported
                .replace(version)
                .is_some_and(|seen| seen != version),
            Err(error) => {
                tracing::warn!(%error, "the ledger could not be looked at");
                false
            }
        }
    }
}

impl Sql for Sqlite {
    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>> {
        query(&self.connection, sql, parameters)
    }

    fn texts(&self, place: &str) -> String {
        texts(place)
    }

    fn check_storage(&self) -> Result<()> {
        check_pages(&self.connection)
    }
}

/// A connection that can't write.
impl Sql for Connection {
    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>> {
        query(self, sql, parameters)
    }

    fn texts(&self, place: &str) -> String {
        texts(place)
    }

    fn check_storage(&self) -> Result<()> {
        check_pages(self)
    }
}

fn texts(place: &str) -> String {
    format!("SELECT value FROM json_each({place})")
}

fn query(connection: &Connection, sql: &str, parameters: &[Value]) -> Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = Vec::new();
    collect(&mut statement, params_from_iter(parameters), &mut found)?;
    Ok(found)
}

fn collect(
    statement: &mut rusqlite::Statement<'_>,
    parameters: impl Params,
    found: &mut Vec<Row>,
) -> Result<()> {
    let columns = statement.column_count();
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        let values = (0..columns).map(|column| value(row.get_ref(column)?));
        found.push(Row::new(values.collect::<Result<_>>()?));
    }
    Ok(())
}

fn value(stored: ValueRef<'_>) -> Result<Value> {
    Ok(match stored {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => return Err(LedgerError::corrupt("a text is not UTF-8")),
        },
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
        ValueRef::Real(_) => return Err(LedgerError::corrupt("a number is not whole")),
    })
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// What SQLite finds wrong with the pages of the file.
fn check_pages(connection: &Connection) -> Result<()> {
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    match found.as_str() {
        "ok" => Ok(()),
        _ => Err(LedgerError::corrupt(found)),
    }
}
