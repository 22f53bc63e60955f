//! What SQLite gives without any of our rules: a guarded update and an insert.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::Result;
use crate::key::Keys;
use crate::measure::{self, Caller, Measured};

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS balance (
        id INTEGER PRIMARY KEY, posted INTEGER NOT NULL, pending INTEGER NOT NULL, cap INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS reservation (
        id BLOB PRIMARY KEY, balance INTEGER NOT NULL, points INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT OR IGNORE INTO balance VALUES (1, 0, 0, 1000000000000);";

/// What is asked for.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    keys: Keys,
    /// Reservations in one commit.
    batch: u64,
}

pub(crate) const BARE_SQLITE: [Case; 4] = [
    Case {
        name: "bare, one a commit, random keys",
        keys: Keys::Random,
        batch: 1,
    },
    Case {
        name: "bare, one a commit, ordered keys",
        keys: Keys::Ordered,
        batch: 1,
    },
    Case {
        name: "bare, 1,000 a commit, random keys",
        keys: Keys::Random,
        batch: 1_000,
    },
    Case {
        name: "bare, 1,000 a commit, ordered keys",
        keys: Keys::Ordered,
        batch: 1_000,
    },
];

/// One caller, going on with the file that an earlier round left.
pub(crate) async fn measure(folder: &Path, case: &Case, time: Duration) -> Result<Measured> {
    let path = folder.join(format!("bare-{:?}-{}.sqlite", case.keys, case.batch));
    let connection = Connection::open(&path)?;
    connection.execute_batch(SCHEMA)?;
    let caller = Transactions {
        connection,
        keys: case.keys,
        batch: case.batch,
    };
    let measured = measure::run(vec![caller], time).await?;
    let connection = Connection::open(&path)?;
    let sums: (i64, i64) = connection.query_row(
        "SELECT (SELECT sum(pending) FROM balance), (SELECT sum(points) FROM reservation)",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if sums.0 != sums.1 {
        return Err(format!("the bare figures do not add up: {sums:?}").into());
    }
    Ok(measured)
}

struct Transactions {
    connection: Connection,
    keys: Keys,
    batch: u64,
}

impl Caller for Transactions {
    async fn ask(&mut self) -> Result<u64> {
        self.connection
            .prepare_cached("BEGIN IMMEDIATE")?
            .execute([])?;
        for _ in 0..self.batch {
            let changed = self
                .connection
                .prepare_cached(
                    "UPDATE balance SET pending = pending + ?2
                     WHERE id = ?1 AND posted + pending + ?2 <= cap",
                )?
                .execute([1, 1000])?;
            if changed != 1 {
                return Err("the bare balance is full".into());
            }
            self.connection
                .prepare_cached("INSERT INTO reservation VALUES (?1, 1, 1000)")?
                .execute([self.keys.next().into_bytes()])?;
        }
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(self.batch)
    }
}
