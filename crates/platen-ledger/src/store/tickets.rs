//! What links and sign-ins under way stand for, each good for once.

use jiff::Timestamp;

use super::table::{Kind, Stored, Table};
use super::value::{Row, Value, check_storable};
use super::{Result, Tx};

/// What a secret that somebody was given stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// SHA-256 of the secret.
    pub(crate) digest: [u8; 32],
    pub(crate) purpose: String,
    pub(crate) payload: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) taken_at: Option<Timestamp>,
}

impl Stored for Ticket {
    type Key = [u8; 32];

    const TABLE: &'static Table = &Table {
        name: "ticket",
        key: 1,
        // Of two servers only one may take it.
        locked: true,
        columns: &[
            ("digest", Kind::Bytes),
            ("purpose", Kind::Text),
            ("payload", Kind::Text),
            ("expires_at", Kind::Int),
            ("taken_at", Kind::Int),
        ],
    };

    fn key_values(key: &[u8; 32]) -> Vec<Value> {
        vec![(*key).into()]
    }

    fn key(&self) -> [u8; 32] {
        self.digest
    }

    fn values(&self) -> Result<Vec<Value>> {
        Ok(vec![
            self.digest.into(),
            self.purpose.as_str().into(),
            self.payload.as_str().into(),
            self.expires_at.into(),
            self.taken_at.into(),
        ])
    }

    fn read(row: &mut Row) -> Result<Self> {
        Ok(Self {
            digest: row.bytes()?,
            purpose: row.text()?,
            payload: row.text()?,
            expires_at: row.time()?,
            taken_at: row.optional_time()?,
        })
    }
}

impl Tx<'_> {
    pub(crate) fn ticket(&self, digest: &[u8; 32]) -> Result<Option<Ticket>> {
        let stored = self.row(|set| &mut set.tickets, digest)?;
        Ok(stored.map(|ticket| (*ticket).clone()))
    }

    pub(crate) fn put_ticket(&self, ticket: Ticket) -> Result<()> {
        check_storable([Some(ticket.purpose.as_str()), Some(&ticket.payload)])?;
        self.set().tickets.put(ticket);
        Ok(())
    }
}
