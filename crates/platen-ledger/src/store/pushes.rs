//! Addresses for web push, by the digest of their endpoint.

use jiff::Timestamp;
use platen_domain::UserId;

use super::table::{Kind, Stored, Table};
use super::value::{Row, Value, check_storable};
use super::{Result, Tx};
use crate::push::PushAddress;

/// Addresses of one person at most; the oldest make room.
pub(crate) const MOST_PUSHES: usize = 20;

/// An address with its life.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct StoredPush {
    /// SHA-256 of the endpoint.
    pub(crate) digest: [u8; 32],
    pub(crate) address: PushAddress,
    pub(crate) made_at: Timestamp,
    pub(crate) gone_at: Option<Timestamp>,
}

impl Stored for StoredPush {
    type Key = [u8; 32];

    const TABLE: &'static Table = &Table {
        name: "push",
        key: 1,
        locked: true,
        columns: &[
            ("digest", Kind::Bytes),
            ("person", Kind::Text),
            ("endpoint", Kind::Text),
            ("key", Kind::Bytes),
            ("auth", Kind::Bytes),
            ("language", Kind::Text),
            ("made_at", Kind::Int),
            ("gone_at", Kind::Int),
        ],
    };

    fn key_values(key: &[u8; 32]) -> Vec<Value> {
        vec![(*key).into()]
    }

    fn key(&self) -> [u8; 32] {
        self.digest
    }

    fn values(&self) -> Result<Vec<Value>> {
        let address = &self.address;
        Ok(vec![
            self.digest.into(),
            address.person.as_str().into(),
            address.endpoint.as_str().into(),
            Value::Bytes(address.key.clone()),
            Value::Bytes(address.auth.clone()),
            address.language.as_str().into(),
            self.made_at.into(),
            self.gone_at.into(),
        ])
    }

    fn read(row: &mut Row) -> Result<Self> {
        Ok(Self {
            digest: row.bytes()?,
            address: PushAddress {
                person: UserId::new(row.text()?),
                endpoint: row.text()?,
                key: row.blob()?,
                auth: row.blob()?,
                language: row.text()?,
            },
            made_at: row.time()?,
            gone_at: row.optional_time()?,
        })
    }
}

impl Tx<'_> {
    pub(crate) fn push(&self, digest: &[u8; 32]) -> Result<Option<StoredPush>> {
        let stored = self.row(|set| &mut set.pushes, digest)?;
        Ok(stored.map(|stored| (*stored).clone()))
    }

    pub(crate) fn put_push(&self, push: StoredPush) -> Result<()> {
        let address = &push.address;
        let texts = [
            address.person.as_str(),
            &address.endpoint,
            &address.language,
        ];
        check_storable(texts.map(Some))?;
        self.set().pushes.put(push);
        Ok(())
    }

    /// A person's addresses, the newest first.
    pub(crate) fn pushes(&self, user: &UserId) -> Result<Vec<StoredPush>> {
        // No row has such a text, and PostgreSQL does not take it.
        if check_storable([Some(user.as_str())]).is_err() {
            return Ok(Vec::new());
        }
        self.list(
            "WHERE person = ?1 AND gone_at IS NULL ORDER BY made_at DESC, digest LIMIT ?2",
            &[user.as_str().into(), Value::Int(MOST_PUSHES as i64)],
        )
    }
}
