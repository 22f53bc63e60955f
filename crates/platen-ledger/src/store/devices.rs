//! Devices, and what they delivered.

use jiff::Timestamp;
use platen_domain::UserId;
use uuid::Uuid;

use super::table::{Kind, Stored, Table};
use super::value::{Row, Value, check_storable, count};
use super::{Result, Tx};
use crate::device::{Delivered, Device};

impl Stored for Device {
    type Key = Uuid;

    const TABLE: &'static Table = &Table {
        name: "device",
        key: 1,
        // Its operations are carried out one after the other.
        locked: true,
        columns: &[
            ("id", Kind::Bytes),
            ("person", Kind::Text),
            ("name", Kind::Text),
            ("key", Kind::Bytes),
            ("session", Kind::Bytes),
            ("applied", Kind::Int),
            ("made_at", Kind::Int),
            ("seen_at", Kind::Int),
            ("login", Kind::Text),
            ("gate", Kind::Bytes),
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
            self.user.as_str().into(),
            self.name.as_str().into(),
            self.key.into(),
            self.session.into(),
            count(self.applied)?,
            self.made_at.into(),
            self.seen_at.into(),
            self.login.as_str().into(),
            self.gate.into(),
        ])
    }

    fn read(row: &mut Row) -> Result<Self> {
        Ok(Self {
            id: row.id()?,
            user: UserId::new(row.text()?),
            name: row.text()?,
            key: row.bytes()?,
            session: row.id()?,
            applied: row.count()?,
            made_at: row.time()?,
            seen_at: row.time()?,
            login: row.text()?,
            gate: row.optional_bytes()?,
        })
    }
}

/// What was answered to one operation of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredDelivery {
    pub(crate) device: Uuid,
    pub(crate) sequence: u64,
    pub(crate) id: Uuid,
    /// Fingerprint of what was asked.
    pub(crate) request: [u8; 32],
    pub(crate) outcome: Delivered,
    pub(crate) made_at: Timestamp,
}

impl Stored for StoredDelivery {
    type Key = (Uuid, u64);

    const TABLE: &'static Table = &Table {
        name: "delivery",
        key: 2,
        // The device's row is locked.
        locked: false,
        columns: &[
            ("device", Kind::Bytes),
            ("sequence", Kind::Int),
            ("id", Kind::Bytes),
            ("request", Kind::Bytes),
            ("refused", Kind::Text),
            ("reason", Kind::Text),
            ("made_at", Kind::Int),
        ],
    };

    fn key_values((device, sequence): &Self::Key) -> Vec<Value> {
        // A number that is too large to be stored is no row's.
        let sequence = i64::try_from(*sequence).unwrap_or(-1);
        vec![(*device).into(), sequence.into()]
    }

    fn key(&self) -> Self::Key {
        (self.device, self.sequence)
    }

    fn values(&self) -> Result<Vec<Value>> {
        let (refused, reason) = match &self.outcome {
            Delivered::Done => (None, None),
            Delivered::Refused { code, text } => (Some(code), Some(text)),
        };
        Ok(vec![
            self.device.into(),
            count(self.sequence)?,
            self.id.into(),
            self.request.into(),
            refused.into(),
            reason.into(),
            self.made_at.into(),
        ])
    }

    fn read(row: &mut Row) -> Result<Self> {
        let (device, sequence) = (row.id()?, row.count()?);
        let (id, request) = (row.id()?, row.bytes()?);
        let outcome = match (row.optional_text()?, row.optional_text()?) {
            (Some(code), text) => Delivered::Refused {
                code,
                text: text.unwrap_or_default(),
            },
            (None, _) => Delivered::Done,
        };
        Ok(Self {
            device,
            sequence,
            id,
            request,
            outcome,
            made_at: row.time()?,
        })
    }
}

impl Tx<'_> {
    pub(crate) fn device(&self, id: Uuid) -> Result<Option<Device>> {
        let stored = self.row(|set| &mut set.devices, &id)?;
        Ok(stored.map(|device| (*device).clone()))
    }

    pub(crate) fn put_device(&self, device: Device) -> Result<()> {
        check_storable([
            Some(device.user.as_str()),
            Some(&device.name),
            Some(&device.login),
        ])?;
        self.set().devices.put(device);
        Ok(())
    }

    pub(crate) fn delivery(&self, device: Uuid, sequence: u64) -> Result<Option<StoredDelivery>> {
        let stored = self.row(|set| &mut set.deliveries, &(device, sequence))?;
        Ok(stored.map(|delivery| (*delivery).clone()))
    }

    pub(crate) fn put_delivery(&self, delivery: StoredDelivery) -> Result<()> {
        if let Delivered::Refused { code, text } = &delivery.outcome {
            check_storable([Some(code.as_str()), Some(text)])?;
        }
        self.set().deliveries.put(delivery);
        Ok(())
    }

    /// Forgets the answers to operations up to this number.
    pub(crate) fn forget_deliveries(&self, device: Uuid, sequence: u64) -> Result<()> {
        self.run(
            "DELETE FROM delivery WHERE device = ?1 AND sequence <= ?2",
            vec![device.into(), count(sequence)?],
        );
        Ok(())
    }

    /// A person's devices, those that were here last first, at most
    /// [`Device::LISTED`] of them.
    pub(crate) fn devices_of(&self, user: &UserId) -> Result<Vec<Device>> {
        self.list(
            "WHERE person = ?1 ORDER BY seen_at DESC, id DESC LIMIT ?2",
            &[user.as_str().into(), Device::LISTED.into()],
        )
    }
}
