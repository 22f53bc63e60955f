//! How many points a device may hold for use without network. *Source*: rules.md R-39.

use jiff::SignedDuration;
use platen_domain::{AccountId, LeaseId, Points};
use platen_ledger::{DeviceOperation, LeaseAsk, LeaseFilter, Ledger, LedgerError};
use platen_sync::wire::{LeasePolicy, RefusalCode, Refused};

use crate::apply::Shows;
use crate::translate::Wanted;
use crate::{Caller, Moment};

/// How long a device gets no points after some were called back from it.
const CALLED_BACK: SignedDuration = SignedDuration::from_hours(1);

/// A device gets no more of what an account has left: the rest is for the user's
/// other devices, and for whoever shares it. *Units*: percent.
pub(crate) const SHARE_PERCENT: u32 = 25;

/// So long it counts that a lease was written off without its gate's word.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(365 * 24);
/// So many of them on an account are taken for bad luck.
const LOST_AT_MOST: usize = 1;

/// Leases of one device at once at most.
const MOST: usize = 100;

/// What gates may have printed on leases that were written off without their word. Once
/// in a year a computer may be lost; whoever loses more gets no points in their place.
async fn hidden(
    ledger: &Ledger,
    caller: &Caller,
    account: AccountId,
    at: Moment,
) -> Result<Points, LedgerError> {
    let device = ledger.device(caller.device).await?;
    if device.is_none_or(|device| device.gate.is_none()) {
        // What it gets is not signed, and no gate takes it.
        return Ok(Points::ZERO);
    }
    let since = at.now.saturating_sub(REMEMBERED);
    let since = since.unwrap_or(jiff::Timestamp::MIN);
    let lost = ledger.unaccounted_leases(&caller.person.id, since).await?;
    let lost = lost.iter().filter(|lease| lease.account == account);
    let mut hidden = Points::ZERO;
    for lease in lost.skip(LOST_AT_MOST) {
        hidden = hidden.plus(lease.left()?)?;
    }
    Ok(hidden)
}

/// What a device gets of what it asks for: together with what it has on this
/// account no more than the site's settings allow, and no more than its share.
pub(crate) async fn ask(
    ledger: &Ledger,
    caller: &Caller,
    (id, account, points): (LeaseId, AccountId, Points),
    at: Moment,
) -> Result<Wanted, LedgerError> {
    let none = |sentence: &str| {
        Ok(Wanted::refused(Refused::new(
            RefusalCode::NoLease,
            sentence,
        )))
    };
    let leasing = ledger.settings().await?.leasing;
    let Some(most) = leasing.points() else {
        return none("Printing without network is switched off here.");
    };
    let held = ledger
        .leases(LeaseFilter {
            device: Some(caller.device.to_string()),
            open_only: true,
            ..LeaseFilter::default()
        })
        .await?;
    if held.len() >= MOST {
        return none("This device holds points of too many accounts already.");
    }
    let view = ledger.view(&caller.person, at.now, at.today).await?;
    let shown = view.accounts.iter().find(|one| one.account.id == account);
    let mut left = match shown {
        Some(shown) => shown.balance.room(&shown.account)?.unwrap_or(Points::MAX),
        // The ledger says why it may not be used.
        None => Points::MAX,
    };
    let hours = SignedDuration::from_hours(i64::from(leasing.lease_hours));
    let mut of_device = Points::ZERO;
    for lease in held.iter().filter(|lease| lease.account == account) {
        let lately = |time| at.now.duration_since(time) < CALLED_BACK;
        if lease.called_at.is_some_and(lately) {
            return none("Points were called back from this device a short while ago.");
        }
        // One that is being replaced is returned only after the new one is there.
        if lease.expires_at.duration_since(at.now) * 2 > hours && lease.id != id {
            of_device = of_device.plus(lease.left()?)?;
        }
    }
    let hidden = hidden(ledger, caller, account, at).await?;
    if left < Points::MAX {
        left = left.plus(of_device)?;
    }
    let policy = LeasePolicy {
        points: most,
        share: SHARE_PERCENT,
        ..LeasePolicy::default()
    };
    let room = policy.most(left).minus(of_device)?.minus(hidden)?;
    let points = points.min(room);
    if points <= Points::ZERO {
        return none("This device holds as many points as it may already.");
    }
    let expires_at = at.now.saturating_add(hours).unwrap_or(jiff::Timestamp::MAX);
    Ok(Wanted {
        operation: DeviceOperation::AskLease(Box::new(LeaseAsk {
            id,
            account,
            person: caller.person.clone(),
            device: caller.device.to_string(),
            points,
            expires_at,
        })),
        shows: Shows::Lease(id),
    })
}
