//! What SQLite's errors mean for the ledger.

use std::sync::Arc;

use rusqlite::{Error, ErrorCode};

use crate::error::LedgerError;

impl From<Error> for LedgerError {
    fn from(error: Error) -> Self {
        let unreadable_row = matches!(
            error,
            Error::FromSqlConversionFailure(..)
                | Error::IntegralValueOutOfRange(..)
                | Error::InvalidColumnType(..)
        );
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt) => Self::corrupt(error.to_string()),
            Some(ErrorCode::NotADatabase) => Self::NotALedger,
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                Self::Unavailable(Arc::new(error))
            }
            None if unreadable_row => Self::corrupt(error.to_string()),
            _ => Self::Storage(Arc::new(error)),
        }
    }
}
