//! Opening a ledger file and bringing its schema up to date.
//!
//! Migrations are frozen: each is stored with the SHA-256 of its text, and a
//! file whose history differs is refused rather than guessed at.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ring::digest;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};

use crate::error::LedgerError;
use crate::private;
use crate::store::Result;

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

/// Marks the file as ours: `PLTN`. *Source*: SQLite, `PRAGMA application_id`.
const APPLICATION_ID: i32 = i32::from_be_bytes(*b"PLTN");

/// How long another program's transaction is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens the ledger for writing, creating or migrating it where needed.
pub(crate) fn open_writer(path: &Path) -> Result<Connection> {
    let mut connection = open_durable(path, APPLICATION_ID)?;
    migrate(&mut connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Opens a file of this program's for writing, so that what is committed stays.
/// `application` says whose files it takes.
pub(crate) fn open_durable(path: &Path, application: i32) -> Result<Connection> {
    create_private(path)?;
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    check_owner(&connection, application)?;
    if application == APPLICATION_ID {
        refuse_newer(&connection)?;
    }
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") {
        let reason = format!("the file system does not carry a write-ahead log (mode {mode})");
        return Err(LedgerError::Unavailable(Arc::new(std::io::Error::other(
            reason,
        ))));
    }
    // FULL: a commit that was answered survives a power failure. A longer log
    // than SQLite's own writes pages that change often back less often. Foreign
    // keys are for readers of the schema: the rules see to them, and the check of
    // the ledger finds what does not fit.
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;
         PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = OFF; PRAGMA wal_autocheckpoint = 4000; PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;",
    )?;
    plan_once(&connection)?;
    Ok(connection)
}

/// A statement is planned once, not again for every value that it is given: with
/// partial indexes SQLite else looks whether the value fits one.
fn plan_once(connection: &Connection) -> Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Opens the ledger for reading alone; the writer must have opened it before.
pub(crate) fn open_reader(path: &Path) -> Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute_batch(
        "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;",
    )?;
    plan_once(&connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Looks whether a file is a ledger that this program can work with.
pub(super) fn check(connection: &Connection) -> Result<()> {
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if application != APPLICATION_ID {
        return Err(LedgerError::NotALedger);
    }
    refuse_newer(connection)
}

/// The file holds the names of people's documents: only its owner reads it.
/// SQLite gives the log beside it the same permissions; on Windows it has those of the
/// folder.
fn create_private(path: &Path) -> Result<()> {
    match private::open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::StorageFull => Err(LedgerError::Full),
        Err(error) => Err(LedgerError::Unavailable(Arc::new(error))),
    }
}

fn check_owner(connection: &Connection, ours: i32) -> Result<()> {
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (application, tables) {
        (0, 0) => Ok(()),
        (application, _) if application == ours => Ok(()),
        _ => Err(LedgerError::NotALedger),
    }
}

/// Refuses before anything is written to the file.
fn refuse_newer(connection: &Connection) -> Result<()> {
    let found = version(connection)?;
    let known = MIGRATIONS.len() as i64;
    if found > known {
        return Err(LedgerError::NewerSchema { found, known });
    }
    Ok(())
}

fn version(connection: &Connection) -> Result<i64> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

fn migrate(connection: &mut Connection) -> Result<()> {
    // Two programs may open a new file at once: the second one waits here and
    // then finds the work done.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    refuse_newer(&transaction)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS migration (
             version  INTEGER NOT NULL PRIMARY KEY,
             checksum BLOB NOT NULL
         ) STRICT",
    )?;
    for (version, sql) in (1i64..).zip(MIGRATIONS) {
        let checksum = digest::digest(&digest::SHA256, sql.as_bytes());
        let stored: Option<Vec<u8>> = transaction
            .query_row(
                "SELECT checksum FROM migration WHERE version = ?1",
                [version],
                |row| row.get(0),
            )
            .optional()?;
        match stored {
            Some(stored) if stored == checksum.as_ref() => {}
            Some(_) => return Err(LedgerError::AlteredSchema { version }),
            None => {
                transaction.execute_batch(sql)?;
                transaction.execute(
                    "INSERT INTO migration (version, checksum) VALUES (?1, ?2)",
                    params![version, checksum.as_ref()],
                )?;
            }
        }
    }
    let newest = MIGRATIONS.len() as i64;
    if version(&transaction)? != newest {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", newest)?;
    }
    transaction.commit()?;
    Ok(())
}
