//! Devices: set up, and their outboxes carried out in order, each operation
//! once. *Source*: rules.md.

use jiff::Timestamp;
use platen_domain::{DocumentId, LeaseId, Verdict};
use uuid::Uuid;

use super::{Moment, access, check_length, desk, documents, lease, reserve, settle};
use crate::audit::Actor;
use crate::device::{Delivered, Delivery, Device, DeviceOperation};
use crate::document::{Document, NewDocument, Submitted};
use crate::error::Refusal;
use crate::lease::LeaseState;
use crate::store::{Result, StoredDelivery, Tx, kept};

/// Characters of a device's name.
const NAME: usize = 300;
/// Characters of what a person reads of a refusal.
const REASON: usize = 1_000;

/// Answers of one device that are kept at most, whatever it says it has, and
/// after how many operations those that it has are forgotten.
const KEPT: u64 = 1_000;
const SWEEP: u64 = 16;

/// Sets a device up, or signs it in again; the same again changes nothing.
///
/// *Errors*: the device is somebody else's, or has another key.
pub(crate) fn enrol(tx: Tx<'_>, given: &Device) -> Result<Device> {
    let short = |text: &str| -> String { text.chars().take(NAME).collect() };
    let (name, login) = (short(&given.name), short(&given.login));
    let device = match tx.device(given.id)? {
        Some(stored) if stored.user != given.user => {
            return Err(Refusal::ExistsWithDifferent { what: "user" }.into());
        }
        Some(stored) if stored.key != given.key => {
            return Err(Refusal::ExistsWithDifferent { what: "key" }.into());
        }
        Some(stored) => Device {
            name,
            login,
            gate: given.gate,
            session: given.session,
            seen_at: given.seen_at,
            ..stored
        },
        None => Device {
            name,
            login,
            applied: 0,
            ..given.clone()
        },
    };
    check_length(device.user.as_str(), NAME, "identifier")?;
    tx.put_device(device.clone())?;
    Ok(device)
}

/// What was answered to an operation before, or the device whose turn it is.
enum Turn {
    Before(Delivered),
    Now(Device),
}

/// *Errors*: an unknown or foreign device, another request under this number, a
/// gap before it.
fn turn(tx: Tx<'_>, delivery: &Delivery) -> Result<Turn> {
    let device = tx
        .device(delivery.device)?
        .filter(|device| device.user == delivery.person.id)
        .ok_or(Refusal::UnknownDevice(delivery.device))?;
    if delivery.sequence > device.applied {
        if delivery.sequence == device.applied + 1 {
            return Ok(Turn::Now(device));
        }
        return Err(Refusal::OutOfStep {
            applied: device.applied,
        }
        .into());
    }
    match tx.delivery(delivery.device, delivery.sequence)? {
        Some(stored) if stored.id == delivery.id && stored.request == delivery.request => {
            Ok(Turn::Before(stored.outcome))
        }
        // A device that was put back to an earlier state counts again from
        // there; what it asks is not what was asked.
        _ => Err(Refusal::OutOfStep {
            applied: device.applied,
        }
        .into()),
    }
}

/// Carries one operation out and keeps its answer, in one step.
///
/// *Errors*: those of [`turn`], and whatever forbids the operation: nothing is
/// kept then, and [`refuse`] keeps the refusal.
pub(crate) fn deliver(tx: Tx<'_>, delivery: &Delivery, moment: Moment) -> Result<Delivered> {
    let device = match turn(tx, delivery)? {
        Turn::Before(outcome) => return Ok(outcome),
        Turn::Now(device) => device,
    };
    let outcome = carry_out(tx, delivery, &device, moment)?;
    keep(tx, delivery, device, outcome, moment)
}

/// Keeps that an operation was refused.
///
/// *Errors*: those of [`turn`].
pub(crate) fn refuse(
    tx: Tx<'_>,
    delivery: &Delivery,
    refused: Delivered,
    moment: Moment,
) -> Result<Delivered> {
    match turn(tx, delivery)? {
        // Somebody else carried it out meanwhile.
        Turn::Before(outcome) => Ok(outcome),
        Turn::Now(device) => keep(tx, delivery, device, refused, moment),
    }
}

fn keep(
    tx: Tx<'_>,
    delivery: &Delivery,
    device: Device,
    mut outcome: Delivered,
    moment: Moment,
) -> Result<Delivered> {
    if let Delivered::Refused { text, .. } = &mut outcome {
        *text = text.chars().take(REASON).collect();
    }
    if delivery.sequence.is_multiple_of(SWEEP) {
        let kept = delivery.sequence.saturating_sub(KEPT);
        tx.forget_deliveries(
            device.id,
            delivery.answered.min(delivery.sequence - 1).max(kept),
        )?;
    }
    tx.put_delivery(StoredDelivery {
        device: device.id,
        sequence: delivery.sequence,
        id: delivery.id,
        request: delivery.request,
        outcome: outcome.clone(),
        made_at: moment.now,
    })?;
    tx.put_device(Device {
        applied: delivery.sequence,
        seen_at: moment.now,
        ..device
    })?;
    Ok(outcome)
}

fn carry_out(
    tx: Tx<'_>,
    delivery: &Delivery,
    device: &Device,
    moment: Moment,
) -> Result<Delivered> {
    let person = &delivery.person;
    let now = moment.now;
    let own = |id| -> Result<DocumentId> {
        match tx.document(id)? {
            Some(record) if record.document.user != person.id => Err(Refusal::NotYours.into()),
            _ => Ok(id),
        }
    };
    match &delivery.operation {
        DeviceOperation::Place(placed) => {
            let (document, ask) = &**placed;
            submit(tx, document, device)?;
            reserve::reserve(tx, ask, moment)?;
        }
        DeviceOperation::PlaceOnLease(placed) => {
            // Each device draws on what was set aside for it: only there is it known what
            // else was drawn.
            if let Some(lease) = placed.ask.lease {
                lease::is_of(tx, lease, device)?;
            }
            submit(tx, &placed.document, device)?;
            reserve::place_on_lease(tx, &placed.ask, placed.card, moment)?;
            if let Some((printer, nonce)) = &placed.release {
                let ask = documents::Release {
                    id: placed.ask.id,
                    printer: printer.clone(),
                    nonce: *nonce,
                };
                documents::begin_release(tx, &ask, now)?;
            }
            tell_late(tx, delivery, device, placed.ask.lease, moment)?;
        }
        DeviceOperation::Reprice(id, facts) => {
            reserve::reprice(tx, own(*id)?, facts, now)?;
        }
        DeviceOperation::ChangeAccount(id, account, scope) => {
            let ask = reserve::ChangeAccount {
                id: *id,
                person: person.clone(),
                account: *account,
                scope: *scope,
            };
            let outcome = reserve::change_account(tx, &ask, moment)?;
            if let Verdict::Declined { available } = outcome.verdict
                && outcome.document.account != Some(*account)
            {
                return Err(Refusal::InsufficientPoints { available }.into());
            }
        }
        DeviceOperation::SetActive(account) => {
            access::set_active(tx, person, *account, moment)?;
        }
        DeviceOperation::Unreadable(given) => {
            let (document, problem) = &**given;
            submit(tx, document, device)?;
            documents::mark_unreadable(tx, document.id, problem, now)?;
        }
        DeviceOperation::Delete(id) => {
            documents::delete(tx, own(*id)?, now)?;
        }
        DeviceOperation::BeginRelease(id, printer, nonce) => {
            let ask = documents::Release {
                id: own(*id)?,
                printer: printer.clone(),
                nonce: *nonce,
            };
            documents::begin_release(tx, &ask, now)?;
        }
        DeviceOperation::AbandonRelease(id, reason) => {
            documents::abandon_release(tx, own(*id)?, reason, now)?;
        }
        DeviceOperation::Settle(id, settlement) => {
            settle::settle(tx, own(*id)?, settlement, now)?;
        }
        DeviceOperation::Notified(id) => documents::mark_notified(tx, own(*id)?, now)?,
        DeviceOperation::Refused { code, text } => {
            let (code, text) = (code.clone(), text.clone());
            return Ok(Delivered::Refused { code, text });
        }
        DeviceOperation::AskLease(ask) => {
            if ask.device != device.id.to_string() || ask.person.id != person.id {
                return Err(Refusal::NotYours.into());
            }
            let is_new = tx.lease(ask.id)?.is_none();
            lease::grant(tx, ask, moment)?;
            if is_new {
                lease::bind(tx, lease::known(tx, ask.id)?, device)?;
            }
        }
        DeviceOperation::ReturnLease(id, receipt) => {
            lease::is_of(tx, *id, device)?;
            let given = lease::give_back(tx, *id, receipt.as_deref(), now)?;
            if let Some(unreported) = given.unreported {
                let stamp = stamp(delivery, device, now);
                desk::unreported_entry(tx, &stamp, &given.lease, unreported)?;
            }
        }
    }
    Ok(Delivered::Done)
}

/// Records a document as one that the device's spooler holds.
fn submit(tx: Tx<'_>, new: &NewDocument, device: &Device) -> Result<()> {
    if new.user != device.user {
        return Err(Refusal::NotYours.into());
    }
    let new = &NewDocument {
        submitted_at: kept(new.submitted_at),
        ..new.clone()
    };
    if let Submitted::Exists(known) = documents::submit(tx, new)?
        && known.device != Some(device.id)
        && !follows(tx, device, &known)?
    {
        return Err(Refusal::ExistsWithDifferent { what: "device" }.into());
    }
    if let Some(mut record) = tx.document(new.id)? {
        record.document.device = Some(device.id);
        tx.put_document(&record)?;
    }
    Ok(())
}

/// Whether a device takes a document over from one that its person had on the same
/// computer before, whose memory was lost: both have that computer's key. What may still
/// be printed on the former one's points stays with it.
fn follows(tx: Tx<'_>, device: &Device, known: &Document) -> Result<bool> {
    let former = known.device.map(|id| tx.device(id)).transpose()?.flatten();
    if former.is_none_or(|former| former.key != device.key || former.user != device.user) {
        return Ok(false);
    }
    let lease = known.lease.map(|id| lease::known(tx, id)).transpose()?;
    Ok(lease.is_none_or(|lease| lease.lease.state != LeaseState::Open))
}

/// Writes down that points were spent on a lease that had been written off, so
/// that an administrator learns of it.
fn tell_late(
    tx: Tx<'_>,
    delivery: &Delivery,
    device: &Device,
    lease: Option<LeaseId>,
    moment: Moment,
) -> Result<()> {
    let Some(lease) = lease.map(|id| lease::known(tx, id)).transpose()? else {
        return Ok(());
    };
    if lease.lease.state != LeaseState::Expired {
        return Ok(());
    }
    let stamp = stamp(delivery, device, moment.now);
    desk::lease_entry(tx, &stamp, "lease.late", &lease.lease)
}

fn stamp(delivery: &Delivery, device: &Device, now: Timestamp) -> desk::Stamp {
    desk::Stamp {
        // One that no other operation of any device has, whatever it calls itself.
        id: Uuid::new_v5(&device.id, &delivery.sequence.to_be_bytes()),
        actor: Actor {
            id: delivery.person.id.clone(),
            name: delivery.person.login.clone(),
            address: device.name.clone(),
        },
        now,
    }
}
