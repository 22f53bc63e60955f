//! Leases: granted, drawn, returned, expired. *Source*: rules.md.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use jiff::Timestamp;
use platen_domain::{DocumentId, DocumentState, LeaseId, Person, Points, UserId};
use uuid::Uuid;

use super::access::notice;
use super::{Moment, change_leased, check_given};
use crate::activity::{ActivityKind, Change};
use crate::device::Device;
use crate::error::Refusal;
use crate::lease::{Lease, LeaseAsk, LeaseReceipt, LeaseState};
use crate::store::{Holder, LeaseRecord, NewActivity, Result, Tx};

/// Sets points aside for a device: what it asks for, or what the hard limit
/// leaves. Asked again with the same content it answers with the lease as it
/// stands. *Source*: rules.md.
pub(crate) fn grant(tx: Tx<'_>, ask: &LeaseAsk, moment: Moment) -> Result<Lease> {
    if let Some(record) = tx.lease(ask.id)? {
        return match difference(&record, ask) {
            Some(what) => Err(Refusal::ExistsWithDifferent { what }.into()),
            None => Ok(record.lease),
        };
    }
    if ask.expires_at <= moment.now {
        return Err(Refusal::LeaseEnded(ask.id).into());
    }
    let rights = notice(tx, &ask.person, moment)?;
    let account = rights.allowed(tx, ask.account)?;
    check_given(&ask.device, "device")?;
    if ask.points <= Points::ZERO {
        return Err(Refusal::NotPositive.into());
    }
    let holder = Holder::of(&account, &ask.person.id);
    let room = tx.balance(account.id, &holder)?.room(&account)?;
    let granted = room.map_or(ask.points, |room| room.min(ask.points));
    if granted == Points::ZERO {
        return Err(Refusal::InsufficientPoints {
            available: Points::ZERO,
        }
        .into());
    }
    change_leased(tx, account.id, &holder, |leased| leased.plus(granted))?;
    // A balance that nothing could be judged against any more is refused now.
    tx.balance(account.id, &holder)?.committed()?;
    let record = LeaseRecord {
        lease: Lease {
            id: ask.id,
            account: account.id,
            holder: holder.user(),
            user: ask.person.id.clone(),
            device: ask.device.clone(),
            granted,
            drawn: Points::ZERO,
            state: LeaseState::Open,
            expires_at: ask.expires_at,
            made_at: moment.now,
            changed_at: moment.now,
            called_at: None,
            gate: None,
        },
        asked: ask.points,
    };
    tx.put_lease(&record)?;
    Ok(record.lease)
}

fn difference(stored: &LeaseRecord, ask: &LeaseAsk) -> Option<&'static str> {
    let lease = &stored.lease;
    if lease.account != ask.account {
        Some("account")
    } else if lease.user != ask.person.id {
        Some("user")
    } else if lease.device != ask.device {
        Some("device")
    } else if stored.asked != ask.points {
        Some("number of points")
    } else if lease.expires_at != ask.expires_at {
        Some("end")
    } else {
        None
    }
}

/// A lease that `person` may draw on at `now`.
///
/// *Errors*: it is over, or somebody else's. *Source*: rules.md R-39.
pub(super) fn drawable(
    tx: Tx<'_>,
    id: LeaseId,
    person: &Person,
    now: Timestamp,
) -> Result<LeaseRecord> {
    let record = known(tx, id)?;
    let lease = &record.lease;
    if lease.state != LeaseState::Open || lease.expires_at <= now || lease.user != person.id {
        return Err(Refusal::LeaseEnded(id).into());
    }
    Ok(record)
}

/// A lease that `person` drew on while it lasted, as his device reports now. It
/// may be over, or written off: what was printed is charged.
///
/// *Errors*: it was returned, or is somebody else's. *Source*: rules.md.
pub(super) fn drawn_before(tx: Tx<'_>, id: LeaseId, person: &Person) -> Result<LeaseRecord> {
    let record = known(tx, id)?;
    if record.lease.state == LeaseState::Returned || record.lease.user != person.id {
        return Err(Refusal::LeaseEnded(id).into());
    }
    Ok(record)
}

/// Binds a lease that was granted just now to the gate of its device. One that
/// another gate may have seen stays bound to that: its points are counted in one
/// place alone. *Source*: rules.md.
pub(super) fn bind(tx: Tx<'_>, mut record: LeaseRecord, device: &Device) -> Result<()> {
    if record.lease.gate != device.gate {
        record.lease.gate = device.gate;
        tx.put_lease(&record)?;
    }
    Ok(())
}

/// *Errors*: an unknown lease, or another device's.
pub(super) fn is_of(tx: Tx<'_>, id: LeaseId, device: &Device) -> Result<()> {
    let lease = known(tx, id)?.lease;
    if lease.device == device.id.to_string() && lease.user == device.user {
        return Ok(());
    }
    Err(Refusal::UnknownLease(id).into())
}

/// Takes the cost of a document out of a lease, which it leases no longer; the
/// caller counts it as pending on the balance that is given.
///
/// *Errors*: not enough is left. *Source*: rules.md.
pub(super) fn draw(
    tx: Tx<'_>,
    mut record: LeaseRecord,
    cost: Points,
    now: Timestamp,
) -> Result<Holder> {
    let lease = &mut record.lease;
    let available = lease.left()?;
    if cost > available {
        return Err(Refusal::InsufficientPoints { available }.into());
    }
    lease.drawn = lease.drawn.plus(cost)?;
    lease.changed_at = now;
    let holder = lease_holder(lease);
    // What was written off went back to the account already.
    if lease.state == LeaseState::Open {
        change_leased(tx, lease.account, &holder, |leased| leased.minus(cost))?;
    }
    tx.put_lease(&record)?;
    Ok(holder)
}

/// Asks for a lease's points back: its device hears of it with its next view.
/// Again, and of a lease that is over, it changes nothing. *Source*: rules.md R-39.
pub(crate) fn call_back(tx: Tx<'_>, id: LeaseId, now: Timestamp) -> Result<Lease> {
    let mut record = known(tx, id)?;
    let lease = &mut record.lease;
    if lease.state == LeaseState::Open && lease.called_at.is_none() {
        (lease.called_at, lease.changed_at) = (Some(now), now);
        tx.put_lease(&record)?;
    }
    Ok(record.lease)
}

/// Gives the points of a lease up for which nobody has reported; again, it
/// changes nothing.
///
/// *Errors*: its device may still draw on it. *Source*: rules.md.
pub(crate) fn write_off(tx: Tx<'_>, id: LeaseId, now: Timestamp) -> Result<Lease> {
    let record = known(tx, id)?;
    if record.lease.state != LeaseState::Open {
        return Ok(record.lease);
    }
    if !record.lease.can_be_written_off(now) {
        return Err(Refusal::LeaseLasts(id).into());
    }
    close(tx, record, LeaseState::Expired, now)
}

/// Whether a person himself may write a lease of his off: not one that a gate counts on,
/// which may have printed on it what he does not report.
///
/// *Errors*: an unknown lease, another person's, or one with a gate.
pub(crate) fn own_to_write_off(tx: Tx<'_>, id: LeaseId, user: &UserId) -> Result<()> {
    own(tx, id, user)?;
    if known(tx, id)?.lease.gate.is_some() {
        return Err(Refusal::NoReceipt(id).into());
    }
    Ok(())
}

/// A lease that a person himself may call back.
///
/// *Errors*: an unknown lease, or another person's.
pub(crate) fn own(tx: Tx<'_>, id: LeaseId, user: &UserId) -> Result<()> {
    if known(tx, id)?.lease.user == *user {
        return Ok(());
    }
    Err(Refusal::UnknownLease(id).into())
}

/// What came of a lease that was given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GivenBack {
    pub(crate) lease: Lease,
    /// Points of prints that the gate counted on it and its device did not report,
    /// charged just now.
    pub(crate) unreported: Option<Points>,
}

/// Gives back what a device did not draw; again, the same answer. What a gate counts on
/// the lease ends with that gate's word, and what it printed beyond the documents that
/// the device reported is charged.
///
/// *Errors*: that word is missing. *Source*: rules.md.
pub(crate) fn give_back(
    tx: Tx<'_>,
    id: LeaseId,
    receipt: Option<&LeaseReceipt>,
    now: Timestamp,
) -> Result<GivenBack> {
    let record = known(tx, id)?;
    let is_over = match record.lease.state {
        LeaseState::Returned => true,
        // Written off, what was not drawn is back already; its gate may still speak.
        LeaseState::Expired => record.lease.gate.is_none(),
        LeaseState::Open => false,
    };
    if is_over {
        return Ok(GivenBack {
            lease: record.lease,
            unreported: None,
        });
    }
    let unreported = match record.lease.gate {
        None => Points::ZERO,
        Some(gate) => {
            let receipt = receipt.filter(|given| given.lease == id && given.gate == gate);
            unreported(tx, &record.lease, receipt.ok_or(Refusal::NoReceipt(id))?)?
        }
    };
    let lease = match record.lease.state {
        LeaseState::Expired => {
            let mut record = record;
            (record.lease.state, record.lease.changed_at) = (LeaseState::Returned, now);
            tx.put_lease(&record)?;
            record.lease
        }
        _ => close(tx, record, LeaseState::Returned, now)?,
    };
    let unreported = Some(unreported).filter(|points| *points > Points::ZERO);
    if let Some(points) = unreported {
        charge_unreported(tx, &lease, points, now)?;
    }
    Ok(GivenBack { lease, unreported })
}

/// What a gate printed on a lease beyond what its device reported: of each document that
/// was drawn from it and released, its cost is accounted for once.
fn unreported(tx: Tx<'_>, lease: &Lease, receipt: &LeaseReceipt) -> Result<Points> {
    let mut reported = HashMap::new();
    let mut sum = Points::ZERO;
    tx.each(&receipt.prints, |(id, cost)| {
        let known = match reported.entry(*id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => free.insert(reported_of(tx, lease, *id)?),
        };
        let covered = (*cost).min(*known);
        *known = known.minus(covered)?;
        sum = sum.plus(cost.minus(covered)?)?;
        Ok(())
    })?;
    Ok(sum)
}

/// What a document accounts for on a lease.
fn reported_of(tx: Tx<'_>, lease: &Lease, id: DocumentId) -> Result<Points> {
    let Some(record) = tx.document(id)? else {
        return Ok(Points::ZERO);
    };
    let document = record.document;
    let released = matches!(
        document.state,
        DocumentState::Releasing | DocumentState::Printed | DocumentState::Failed
    );
    let is_its = document.lease == Some(lease.id) && document.user == lease.user && released;
    Ok(document.cost.filter(|_| is_its).unwrap_or_default())
}

fn charge_unreported(tx: Tx<'_>, lease: &Lease, points: Points, now: Timestamp) -> Result<()> {
    tx.post(NewActivity {
        // One that follows from the lease's: the database itself refuses a second charge.
        id: Uuid::new_v5(&lease.id.0, b"unreported"),
        account: lease.account,
        holder: &lease_holder(lease),
        kind: ActivityKind::Debit,
        points,
        user: lease.holder.clone(),
        document: None,
        change: Some(Change::Debit(points)),
        reason: "Printed without network and not reported by the computer".to_owned(),
        by: lease.user.as_str().to_owned(),
        corrects: None,
        card_version: None,
        at: now,
    })?;
    Ok(())
}

/// Ends those of these leases whose time is over and that are still open.
/// *Source*: rules.md R-39.
pub(crate) fn expire(tx: Tx<'_>, ids: &[LeaseId], now: Timestamp) -> Result<Vec<Lease>> {
    let mut expired = Vec::new();
    tx.each(ids, |id| {
        let record = known(tx, *id)?;
        if record.lease.state == LeaseState::Open && record.lease.expires_at <= now {
            expired.push(close(tx, record, LeaseState::Expired, now)?);
        }
        Ok(())
    })?;
    Ok(expired)
}

fn close(tx: Tx<'_>, mut record: LeaseRecord, state: LeaseState, now: Timestamp) -> Result<Lease> {
    let lease = &mut record.lease;
    let left = lease.left()?;
    lease.state = state;
    lease.changed_at = now;
    let holder = lease_holder(lease);
    change_leased(tx, lease.account, &holder, |leased| leased.minus(left))?;
    tx.put_lease(&record)?;
    Ok(record.lease)
}

pub(super) fn known(tx: Tx<'_>, id: LeaseId) -> Result<LeaseRecord> {
    tx.lease(id)?
        .ok_or_else(|| Refusal::UnknownLease(id).into())
}

fn lease_holder(lease: &Lease) -> Holder {
    lease
        .holder
        .as_ref()
        .map_or_else(Holder::pool, Holder::person)
}
