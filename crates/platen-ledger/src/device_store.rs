//! What a client with a server keeps: rows of text by name, in spaces that know
//! nothing of each other. What stands in them is the sync engine's.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior, params};

use crate::engine::sqlite::schema;
use crate::error::LedgerError;
use crate::store::Result;

/// Marks the file as ours: `PLTD`. *Source*: SQLite, `PRAGMA application_id`.
const APPLICATION_ID: i32 = i32::from_be_bytes(*b"PLTD");
const VERSION: i64 = 1;

/// The rows of one file; whoever has it open blocks while it writes.
pub struct DeviceStore {
    connection: Connection,
}

impl DeviceStore {
    /// Opens the file, readable by its owner alone, or makes it.
    ///
    /// *Errors*: it is something else, a newer program wrote it, or it can't be
    /// used.
    pub fn open(path: &Path) -> Result<Self> {
        let mut connection = schema::open_durable(path, APPLICATION_ID)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if found > VERSION {
            return Err(LedgerError::NewerSchema {
                found,
                known: VERSION,
            });
        }
        if found == 0 {
            transaction.execute_batch(&format!(
                "CREATE TABLE kept (
                     space TEXT NOT NULL,
                     name  TEXT NOT NULL,
                     value TEXT NOT NULL,
                     PRIMARY KEY (space, name)
                 ) STRICT, WITHOUT ROWID;
                 PRAGMA application_id = {APPLICATION_ID};
                 PRAGMA user_version = {VERSION};"
            ))?;
        }
        transaction.commit()?;
        Ok(Self { connection })
    }

    /// Reads everything there is once.
    ///
    /// *Errors*: what was read is damaged. *Source*: SQLite, `PRAGMA quick_check`.
    pub fn check(&self) -> Result<()> {
        let query = "PRAGMA quick_check(1)";
        let detail: String = self.connection.query_row(query, [], |row| row.get(0))?;
        if detail == "ok" {
            return Ok(());
        }
        Err(LedgerError::Corrupt { detail })
    }

    /// All rows of a space, by name.
    ///
    /// *Errors*: the file can't be read.
    pub fn rows(&self, space: &str) -> Result<Vec<(String, String)>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT name, value FROM kept WHERE space = ?1 ORDER BY name")?;
        let rows = statement.query_map([space], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Writes rows, all or none; one without a value is gone. When it returns
    /// they survive a power failure.
    ///
    /// *Errors*: nothing was changed.
    pub fn write<'a>(
        &mut self,
        space: &str,
        changes: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Result<()> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (name, value) in changes {
            match value {
                Some(value) => transaction
                    .prepare_cached(
                        "INSERT INTO kept (space, name, value) VALUES (?1, ?2, ?3)
                         ON CONFLICT (space, name) DO UPDATE SET value = excluded.value",
                    )?
                    .execute(params![space, name, value])?,
                None => transaction
                    .prepare_cached("DELETE FROM kept WHERE space = ?1 AND name = ?2")?
                    .execute([space, name])?,
            };
        }
        Ok(transaction.commit()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(store: &mut DeviceStore, space: &str, name: &str, value: Option<&str>) {
        store.write(space, [(name, value)]).unwrap();
    }

    #[test]
    fn rows_outlive_the_program_and_spaces_do_not_mix() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("device.sqlite");
        let mut store = DeviceStore::open(&path).unwrap();
        write(&mut store, "a", "one", Some("1"));
        write(&mut store, "a", "two", Some("2"));
        write(&mut store, "a", "one", Some("3"));
        write(&mut store, "b", "one", Some("other"));
        write(&mut store, "a", "two", None);
        drop(store);
        let store = DeviceStore::open(&path).unwrap();
        assert_eq!(store.rows("a").unwrap(), [("one".into(), "3".into())]);
        assert_eq!(store.rows("b").unwrap(), [("one".into(), "other".into())]);
        assert_eq!(store.rows("c").unwrap(), []);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn other_files_and_newer_ones_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = dir.path().join("ledger.sqlite");
        drop(schema::open_writer(&ledger).unwrap());
        let refused = DeviceStore::open(&ledger).err();
        assert!(matches!(refused, Some(LedgerError::NotALedger)));

        let path = dir.path().join("device.sqlite");
        let store = DeviceStore::open(&path).unwrap();
        store
            .connection
            .execute_batch("PRAGMA user_version = 2")
            .unwrap();
        drop(store);
        let refused = DeviceStore::open(&path).err();
        assert!(matches!(
            refused,
            Some(LedgerError::NewerSchema { found: 2, .. })
        ));
    }
}
