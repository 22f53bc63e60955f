//! Bringing a database's schema up to date.
//!
//! Migrations are frozen: each is stored with the SHA-256 of its text, and a
//! database whose history differs is refused rather than guessed at.

use ring::digest;

use super::connection::Session;
use crate::engine::Sql;
use crate::error::LedgerError;
use crate::store::{Result, Value};

/// Every migration, oldest first; the index + 1 is its version.
const MIGRATIONS: [&str; 8] = [
    include_str!("migrations/0001_ledger.sql"),
    include_str!("migrations/0002_leases.sql"),
    include_str!("migrations/0003_office.sql"),
    include_str!("migrations/0004_directory.sql"),
    include_str!("migrations/0005_devices.sql"),
    include_str!("migrations/0006_long_work.sql"),
    include_str!("migrations/0007_signing.sql"),
    include_str!("migrations/0008_receipts.sql"),
];

/// Held while a schema is looked at and changed, so that servers that start at
/// once don't do it twice.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7813581170410513008)";

/// Creates or migrates the ledger in one transaction.
///
/// *Errors*: a schema that is newer than this program or that it did not make.
pub(super) fn migrate(session: &Session) -> Result<()> {
    session.run("BEGIN")?;
    let migrated = migrate_within(session);
    session.run(if migrated.is_ok() {
        "COMMIT"
    } else {
        "ROLLBACK"
    })?;
    migrated
}

fn migrate_within(session: &Session) -> Result<()> {
    session.run(LOCK)?;
    session.run(
        "CREATE SCHEMA IF NOT EXISTS platen;
         CREATE TABLE IF NOT EXISTS migration (
             version  BIGINT NOT NULL PRIMARY KEY,
             checksum BYTEA NOT NULL
         )",
    )?;
    let mut stored = session.query(
        "SELECT version, checksum FROM migration ORDER BY version",
        &[],
    )?;
    let known = MIGRATIONS.len() as i64;
    let found = stored.len() as i64;
    if found > known {
        return Err(LedgerError::NewerSchema { found, known });
    }
    stored.reverse();
    for (version, sql) in (1i64..).zip(MIGRATIONS) {
        let checksum = digest::digest(&digest::SHA256, sql.as_bytes());
        let Some(mut row) = stored.pop() else {
            session.run(sql)?;
            let parameters = [version.into(), Value::Bytes(checksum.as_ref().to_vec())];
            session.query(
                "INSERT INTO migration (version, checksum) VALUES (?1, ?2)",
                &parameters,
            )?;
            continue;
        };
        let same = row.int()? == version && row.bytes::<32>()?.as_slice() == checksum.as_ref();
        if !same {
            return Err(LedgerError::AlteredSchema { version });
        }
    }
    Ok(())
}
