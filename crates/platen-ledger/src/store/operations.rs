//! Operations that no row of their own remembers: what was asked under their
//! ids, and what was answered.

use jiff::Timestamp;
use uuid::Uuid;

use super::table::{Kind, Stored, Table};
use super::value::{Row, Value};
use super::{Result, Tx};

/// An operation that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) id: Uuid,
    /// Fingerprint of what was asked.
    pub(crate) request: [u8; 32],
    /// What is needed to answer again.
    pub(crate) answer: String,
    pub(crate) made_at: Timestamp,
    /// When it may be forgotten; none: never.
    pub(crate) ends_at: Option<Timestamp>,
}

impl Stored for Operation {
    type Key = Uuid;

    const TABLE: &'static Table = &Table {
        name: "operation",
        key: 1,
        locked: false,
        columns: &[
            ("id", Kind::Bytes),
            ("request", Kind::Bytes),
            ("answer", Kind::Text),
            ("made_at", Kind::Int),
            ("ends_at", Kind::Int),
        ],
    };

    fn key_values(key: &Uuid) -> Vec<Value> {
        vec![(*key).into()]
    }

    fn key(&self) -> Uuid {
        self.id
    }

    fn values(&self) -> Result<Vec<Value>> {
        Ok(vec![
            self.id.into(),
            self.request.into(),
            self.answer.as_str().into(),
            self.made_at.into(),
            self.ends_at.into(),
        ])
    }

    fn read(row: &mut Row) -> Result<Self> {
        Ok(Self {
            id: row.id()?,
            request: row.bytes()?,
            answer: row.text()?,
            made_at: row.time()?,
            ends_at: row.optional_time()?,
        })
    }
}

impl Tx<'_> {
    pub(crate) fn operation(&self, id: Uuid) -> Result<Option<Operation>> {
        let stored = self.row(|set| &mut set.operations, &id)?;
        Ok(stored.map(|operation| (*operation).clone()))
    }

    pub(crate) fn put_operation(&self, operation: Operation) -> Result<()> {
        self.set().operations.put(operation);
        Ok(())
    }
}
