//! Lists that administrators bring along, on their way in.

use jiff::Timestamp;
use platen_domain::UserId;
use uuid::Uuid;

use super::value::{Row, Value, check_storable, count};
use super::{Result, Tx};
use crate::audit::Actor;
use crate::error::LedgerError;
use crate::import::{ImportKind, ImportRun};

const COLUMNS: &str = "id, kind, actor, name, address, total, done, created, updated, unchanged, \
     waiting, started_at, beat_at, ended_at, trouble";
const ADD: &str = "INSERT INTO import_run (id, kind, actor, name, address, total, done, created, \
     updated, unchanged, waiting, started_at, beat_at, ended_at, trouble) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
const CHANGE: &str = "UPDATE import_run SET done = ?2, created = ?3, updated = ?4, \
     unchanged = ?5, waiting = ?6, beat_at = ?7, ended_at = ?8, trouble = ?9 WHERE id = ?1";

fn read(mut row: Row) -> Result<ImportRun> {
    Ok(ImportRun {
        id: row.id()?,
        kind: ImportKind::from_name(&row.text()?)
            .ok_or_else(|| LedgerError::corrupt("the kind of an import"))?,
        actor: Actor {
            id: UserId::new(row.text()?),
            name: row.text()?,
            address: row.text()?,
        },
        total: row.count()?,
        done: row.count()?,
        created: row.count()?,
        updated: row.count()?,
        unchanged: row.count()?,
        waiting: row.count()?,
        started_at: row.time()?,
        beat_at: row.time()?,
        ended_at: row.optional_time()?,
        trouble: row.optional_text()?,
    })
}

impl Tx<'_> {
    /// Writes down that an import begins.
    pub(crate) fn add_import(&self, run: &ImportRun) -> Result<()> {
        let Actor { id, name, address } = &run.actor;
        check_storable([id.as_str(), name, address].map(Some))?;
        let mut values: Vec<Value> = vec![
            run.id.into(),
            run.kind.name().into(),
            id.as_str().into(),
            name.into(),
            address.into(),
            count(run.total)?,
        ];
        values.extend(progress(run)?);
        values.insert(11, run.started_at.into());
        self.run(ADD, values);
        Ok(())
    }

    /// Writes down how far an import has come.
    pub(crate) fn put_import(&self, run: &ImportRun) -> Result<()> {
        check_storable([run.trouble.as_deref()])?;
        let mut values = vec![run.id.into()];
        values.extend(progress(run)?);
        self.run(CHANGE, values);
        Ok(())
    }

    /// An import, under way or ended.
    pub(crate) fn import(&self, id: Uuid) -> Result<Option<ImportRun>> {
        let sql = format!("SELECT {COLUMNS} FROM import_run WHERE id = ?1");
        self.sql()?
            .query_one(&sql, &[id.into()])?
            .map(read)
            .transpose()
    }

    /// Imports that have not ended, the one that began last comes first.
    pub(crate) fn imports_under_way(&self) -> Result<Vec<ImportRun>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM import_run WHERE ended_at IS NULL
             ORDER BY started_at DESC, id DESC"
        );
        let rows = self.sql()?.query(&sql, &[])?;
        rows.into_iter().map(read).collect()
    }

    /// Imports that have not ended and were last heard of before this time.
    pub(crate) fn silent_imports(&self, before: Timestamp) -> Result<Vec<ImportRun>> {
        let runs = self.imports_under_way()?.into_iter();
        Ok(runs.filter(|run| run.beat_at < before).collect())
    }
}

/// Everything that changes, in the order of the columns but for `started_at`.
fn progress(run: &ImportRun) -> Result<[Value; 8]> {
    Ok([
        count(run.done)?,
        count(run.created)?,
        count(run.updated)?,
        count(run.unchanged)?,
        count(run.waiting)?,
        run.beat_at.into(),
        run.ended_at.into(),
        run.trouble.as_ref().into(),
    ])
}
