//! Where a ledger on SQLite lives: a file in a folder of its own.

use std::path::PathBuf;

use platen_ledger::Ledger;
use rusqlite::Connection;

const SCHEMA_1: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/schema-1.sqlite"
);

pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// Whether what other programs write is heard of without asking.
    pub(crate) const LISTENS: bool = false;
    /// Random cases that a test of every day can afford.
    pub(crate) const CASES: u32 = 40;
    /// 32 zero bytes, in this engine's words.
    pub(crate) const ZERO_HASH: &str = "zeroblob(32)";
    /// The id of zeros, in this engine's words.
    pub(crate) const ZERO_ID: &str = "zeroblob(16)";

    pub(crate) async fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A file that the last program that knew schema 1 wrote.
    pub(crate) async fn of_schema_1() -> Self {
        let place = Self::new().await;
        std::fs::copy(SCHEMA_1, place.path()).unwrap();
        place
    }

    /// A handle of its own, as another program would have.
    pub(crate) async fn open(&self) -> Ledger {
        Ledger::open(&self.path()).unwrap()
    }

    /// Writes behind the ledger's back, as an attacker with the file could.
    pub(crate) async fn tamper(&self, sql: &str) {
        let connection = Connection::open(self.path()).unwrap();
        connection
            .execute_batch(&format!(
                "PRAGMA foreign_keys = OFF; DROP TRIGGER IF EXISTS activity_is_never_changed;
                 DROP TRIGGER IF EXISTS activity_is_never_removed; {sql}"
            ))
            .unwrap();
    }

    /// What the database itself answers to a statement that it refuses.
    pub(crate) async fn refusal_of(&self, sql: &str) -> String {
        let connection = Connection::open(self.path()).unwrap();
        connection.execute(sql, []).unwrap_err().to_string()
    }

    /// The one text that a query gives.
    pub(crate) async fn text_of(&self, sql: &str) -> String {
        let connection = Connection::open(self.path()).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.sqlite")
    }
}
