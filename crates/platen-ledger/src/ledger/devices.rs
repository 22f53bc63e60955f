//! What the ledger does with clients that work without network.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::Ledger;
use crate::device::{
    Delivered, Delivery, Device, DeviceOperation, DeviceSight, DeviceView, OwnDevice,
};
use crate::error::{LedgerError, Refusal};
use crate::rules::{Moment, device, device_view};
use crate::session::Session;
use crate::store::{Hints, Tx, kept};
use platen_domain::{Person, UserId};

/// What an operation of a device needs.
fn needs(delivery: &Delivery) -> impl Fn(&mut Hints) + Send + 'static {
    let (device, sequence) = (delivery.device, delivery.sequence);
    let user = delivery.person.id.clone();
    let (mut document, mut lease, mut account, mut settles) = (None, None, None, false);
    let mut printed = Vec::new();
    match &delivery.operation {
        DeviceOperation::Place(placed) => {
            document = Some(placed.0.id);
            (lease, account) = (placed.1.lease, placed.1.account);
        }
        DeviceOperation::PlaceOnLease(placed) => {
            document = Some(placed.document.id);
            (lease, account) = (placed.ask.lease, placed.ask.account);
        }
        DeviceOperation::Unreadable(given) => document = Some(given.0.id),
        DeviceOperation::ChangeAccount(id, to, _) => (document, account) = (Some(*id), Some(*to)),
        DeviceOperation::Settle(id, _) => (document, settles) = (Some(*id), true),
        DeviceOperation::Reprice(id, _)
        | DeviceOperation::Delete(id)
        | DeviceOperation::BeginRelease(id, ..)
        | DeviceOperation::AbandonRelease(id, _)
        | DeviceOperation::Notified(id) => document = Some(*id),
        DeviceOperation::SetActive(to) => account = Some(*to),
        DeviceOperation::AskLease(ask) => (lease, account) = (Some(ask.id), Some(ask.account)),
        DeviceOperation::ReturnLease(id, receipt) => {
            lease = Some(*id);
            let receipt = receipt.iter().flat_map(|receipt| &receipt.prints);
            printed = receipt.map(|(document, _)| *document).collect();
        }
        DeviceOperation::Refused { .. } => {}
    }
    move |hints| {
        hints.devices.push(device);
        hints.deliveries.push((device, sequence));
        hints.people.push(user.clone());
        hints.documents.extend(document);
        hints.documents.extend(printed.iter().copied());
        hints.leases.extend(lease);
        let balance = account.map(|account| (account, Some(user.clone())));
        hints.balances.extend(balance);
        if settles {
            hints.activities.extend(document.map(|id| id.0));
            // More than was reserved may have been printed.
            hints.posts += 2;
        }
    }
}

impl Ledger {
    /// Sets a device up, or signs it in again with another session. `applied` of
    /// what is given does not count. Gives the device as it stands.
    ///
    /// *Errors*: [`Refusal::ExistsWithDifferent`] where the device is somebody
    /// else's or has another key. *Source*: rules.md R-39.
    pub async fn enrol(&self, mut given: Device) -> Result<Device, LedgerError> {
        given.made_at = kept(given.made_at);
        given.seen_at = kept(given.seen_at);
        let id = given.id;
        let hints = move |hints: &mut Hints| hints.devices.push(id);
        self.write(hints, move |tx| device::enrol(tx, &given)).await
    }

    /// One device.
    pub async fn device(&self, id: Uuid) -> Result<Option<Device>, LedgerError> {
        self.look_up(move |tx| tx.device(id)).await
    }

    /// The session of a secret and the device that is signed in with it; none for a
    /// secret that lets no device in.
    pub async fn device_session(
        &self,
        digest: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<(Session, Device)>, LedgerError> {
        let found = self.look_up(move |tx| device_view::let_in(tx, &[digest], now));
        Ok(found.await?.pop().flatten())
    }

    /// A person's devices, those that were here last first, at most
    /// [`Device::LISTED`] of them.
    pub async fn devices_of(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Vec<OwnDevice>, LedgerError> {
        let user = user.clone();
        let own = move |tx: Tx<'_>, device: Device| {
            let session = tx.session_named(device.session)?;
            let signed_in = session.is_some_and(|session| session.is_live(now));
            Ok(OwnDevice { device, signed_in })
        };
        self.read(move |tx| {
            let devices = tx.devices_of(&user)?.into_iter();
            devices.map(|device| own(tx, device)).collect()
        })
        .await
    }

    /// Signs a person's own device out; false if it was signed out already.
    ///
    /// *Errors*: [`Refusal::UnknownDevice`] for a device that is not this
    /// person's.
    pub async fn sign_out_device(
        &self,
        id: Uuid,
        user: &UserId,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let user = user.clone();
        let digests = self
            .look_up(move |tx| {
                let device = tx.device(id)?.filter(|device| device.user == user);
                let device = device.ok_or(Refusal::UnknownDevice(id))?;
                tx.session_digests(device.session)
            })
            .await?;
        Ok(self.end_sessions(digests, kept(now)).await? > 0)
    }

    /// Carries one operation of a device's outbox out, once, and in its order;
    /// the operation and its answer are one transaction. Asked again it gives
    /// the answer of the first time. What the rules forbid is an answer too.
    ///
    /// *Errors*: [`Refusal::UnknownDevice`] for a device that is not this
    /// person's; [`Refusal::OutOfStep`] where an operation before it is missing,
    /// or another one had its number; everything that is no refusal, after which
    /// it may be asked again. *Source*: rules.md.
    pub async fn deliver(
        &self,
        delivery: Delivery,
        now: Timestamp,
        today: Date,
    ) -> Result<Delivered, LedgerError> {
        let moment = Moment {
            now: kept(now),
            today,
        };
        let ask = delivery.clone();
        let tried = self
            .write(needs(&delivery), move |tx| {
                device::deliver(tx, &ask, moment)
            })
            .await;
        let refused = match tried {
            Err(LedgerError::Refused(why)) if !why.is_about_the_outbox() => Delivered::Refused {
                code: why.code().to_owned(),
                text: why.to_string(),
            },
            Err(LedgerError::Points(why)) => Delivered::Refused {
                code: "too-many-points".to_owned(),
                text: why.to_string(),
            },
            other => return other,
        };
        let (device, sequence) = (delivery.device, delivery.sequence);
        let hints = move |hints: &mut Hints| {
            hints.devices.push(device);
            hints.deliveries.push((device, sequence));
        };
        self.write(hints, move |tx| {
            device::refuse(tx, &delivery, refused.clone(), moment)
        })
        .await
    }

    /// Everything that a device is told, as it stands at one moment.
    ///
    /// *Errors*: [`Refusal::UnknownDevice`] for a device that is not this
    /// person's. *Source*: rules.md R-39.
    pub async fn device_view(
        &self,
        id: Uuid,
        person: &Person,
        now: Timestamp,
        today: Date,
    ) -> Result<DeviceView, LedgerError> {
        let moment = Moment {
            now: kept(now),
            today,
        };
        let person = person.clone();
        let of = person.clone();
        let seen = self
            .read(move |tx| {
                let device = tx.device(id)?.filter(|device| device.user == of.id);
                let callers = device.map(|device| (device, of)).into_iter().collect();
                device_view::views(tx, callers, moment)
            })
            .await?;
        let (view, news) = seen.into_iter().next().ok_or(Refusal::UnknownDevice(id))?;
        if news {
            self.notice(vec![person], moment).await?;
        }
        Ok(view)
    }

    /// Who shows each of these secrets, and everything that he is told, as it stands at
    /// one moment: all in one snapshot, which costs much less than one for each. None
    /// for a secret that lets no device in. *Source*: rules.md.
    pub async fn device_sights(
        &self,
        digests: Vec<[u8; 32]>,
        now: Timestamp,
        today: Date,
    ) -> Result<Vec<Option<DeviceSight>>, LedgerError> {
        let moment = Moment {
            now: kept(now),
            today,
        };
        let seen = self
            .look_up(move |tx| device_view::sights(tx, &digests, moment))
            .await?;
        let news = seen.iter().flatten().filter(|(_, news)| *news);
        let people: Vec<_> = news
            .map(|(sight, _)| sight.session.person.clone())
            .collect();
        if !people.is_empty() {
            self.notice(people, moment).await?;
        }
        let sights = seen.into_iter().map(|one| one.map(|(sight, _)| sight));
        Ok(sights.collect())
    }
}
