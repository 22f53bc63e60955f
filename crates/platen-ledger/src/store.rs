//! The statements that the rules need, and nothing that decides anything.
//!
//! [`Tx`] is one transaction, whoever opened it. Its methods are all that the
//! rules know of a database, so that another engine can stand behind the same
//! rules by offering the same methods. Parameters are written `?1`, by number:
//! SQLite would number `$1` by its first place in the statement.

mod accounts;
mod activities;
mod documents;
pub(crate) mod schema;
mod site;

use jiff::Timestamp;
use platen_domain::{Points, UserId};
use rusqlite::Connection;
use uuid::Uuid;

use crate::error::LedgerError;

pub(crate) use accounts::Active;
pub(crate) use activities::{NewActivity, StoredBalance};
pub(crate) use documents::Record;

pub(crate) type Result<T> = std::result::Result<T, LedgerError>;

/// One transaction on the ledger.
#[derive(Clone, Copy)]
pub(crate) struct Tx<'connection> {
    connection: &'connection Connection,
}

impl<'connection> Tx<'connection> {
    /// Names a connection on which a transaction is open.
    pub(crate) const fn new(connection: &'connection Connection) -> Self {
        Self { connection }
    }
}

/// Whose balance of an account: a person's, or the pool's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Holder(String);

impl Holder {
    pub(crate) fn person(user: &UserId) -> Self {
        Self(user.as_str().to_owned())
    }

    pub(crate) const fn pool() -> Self {
        Self(String::new())
    }

    pub(crate) const fn stored(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn user(&self) -> Option<UserId> {
        (!self.0.is_empty()).then(|| UserId::new(self.0.clone()))
    }
}

fn uuid(bytes: [u8; 16]) -> Uuid {
    Uuid::from_bytes(bytes)
}

fn points(hundredths: i64) -> Points {
    Points::from_hundredths(hundredths)
}

fn time(microseconds: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(microseconds)
        .map_err(|_| LedgerError::corrupt("a time is out of range"))
}
