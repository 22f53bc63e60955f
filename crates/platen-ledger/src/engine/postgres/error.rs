//! What PostgreSQL's errors mean for the ledger.

use std::sync::Arc;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::error::LedgerError;

/// What an error asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Somebody else was in the way: the same again.
    Again,
    /// The server is gone, or no longer the one that takes writes.
    Reconnect,
    /// A person has to know.
    Tell,
}

pub(super) fn remedy(error: &Error) -> Remedy {
    let Some(code) = error.code() else {
        // Not from the server: the connection failed.
        return Remedy::Reconnect;
    };
    let again = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::UNIQUE_VIOLATION,
        SqlState::LOCK_NOT_AVAILABLE,
    ];
    let gone = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    if again.contains(code) {
        Remedy::Again
    } else if gone.contains(code) {
        Remedy::Reconnect
    } else {
        Remedy::Tell
    }
}

/// The error as callers of the ledger know it.
pub(super) fn translate(error: Error) -> LedgerError {
    match error.code() {
        Some(&SqlState::DISK_FULL | &SqlState::OUT_OF_MEMORY) => LedgerError::Full,
        Some(&SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED) => {
            LedgerError::corrupt(error.to_string())
        }
        Some(&SqlState::QUERY_CANCELED | &SqlState::TOO_MANY_CONNECTIONS) => LedgerError::Busy,
        _ => match remedy(&error) {
            Remedy::Again => LedgerError::Busy,
            Remedy::Reconnect => LedgerError::Away(Arc::new(error)),
            Remedy::Tell => LedgerError::storage(error),
        },
    }
}
