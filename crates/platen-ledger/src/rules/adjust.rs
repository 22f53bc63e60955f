//! Adjustments by administrators. *Source*: rules.md.

use jiff::Timestamp;
use platen_domain::{Account, Kind, Points};
use uuid::Uuid;

use super::once::is_free;
use super::{check_given, known_account};
use crate::activity::{Activity, ActivityKind, Adjusted, Adjustment, Change};
use crate::error::Refusal;
use crate::store::{Holder, NewActivity, Result, Tx};

/// Credits, debits or sets one balance as one activity.
///
/// Asked again with the same content it answers with the activity that it made
/// first; with other content it is refused. *Source*: rules.md.
pub(crate) fn adjust(tx: Tx<'_>, id: Uuid, ask: &Adjustment, now: Timestamp) -> Result<Adjusted> {
    if let Some(activity) = tx.activity(id)? {
        if let Some(what) = difference(&activity, ask) {
            return Err(Refusal::ExistsWithDifferent { what }.into());
        }
        let balance = tx.balance(activity.account, &Holder::of_activity(&activity))?;
        return Ok(Adjusted { activity, balance });
    }
    is_free(tx, id)?;
    let account = known_account(tx, ask.account)?;
    check_reason(&ask.reason, &ask.by)?;
    let holder = adjusted_holder(&account, ask)?;
    let (kind, points) = effect(ask.change, tx.balance(account.id, &holder)?.posted)?;
    if let Some(corrected) = ask.corrects {
        let on_this_balance = tx
            .activity(corrected)?
            .is_some_and(|other| other.account == account.id && other.holder == holder.user());
        if !on_this_balance {
            return Err(Refusal::UnknownActivity(corrected).into());
        }
    }
    let activity = tx.post(NewActivity {
        id,
        account: account.id,
        holder: &holder,
        kind,
        points,
        user: ask.user.clone(),
        document: None,
        change: Some(ask.change),
        reason: ask.reason.clone(),
        by: ask.by.clone(),
        corrects: ask.corrects,
        card_version: None,
        at: now,
    })?;
    let balance = tx.balance(account.id, &holder)?;
    // A balance that nothing could be judged against any more is refused now.
    balance.committed()?;
    Ok(Adjusted { activity, balance })
}

/// An adjustment needs a reason and somebody who answers for it.
pub(super) fn check_reason(reason: &str, by: &str) -> Result<()> {
    check_given(reason, "reason")?;
    check_given(by, "name of who makes it")
}

/// One person's balance of an individual account, or the pool of a shared one.
fn adjusted_holder(account: &Account, ask: &Adjustment) -> Result<Holder> {
    match (account.kind, &ask.user) {
        (Kind::Individual, Some(user)) => Ok(Holder::person(user)),
        (Kind::Shared, None) => Ok(Holder::pool()),
        (Kind::Individual, None) => Err(Refusal::Missing {
            what: "user, since each has his own balance on this account",
        }
        .into()),
        (Kind::Shared, Some(_)) => Err(Refusal::SharedPool.into()),
    }
}

fn difference(stored: &Activity, ask: &Adjustment) -> Option<&'static str> {
    if stored.account != ask.account {
        Some("account")
    } else if stored.user != ask.user {
        Some("user")
    } else if stored.change != Some(ask.change) {
        Some("change")
    } else if stored.reason != ask.reason {
        Some("reason")
    } else if stored.by != ask.by {
        Some("name of who makes it")
    } else if stored.corrects != ask.corrects {
        Some("corrected activity")
    } else {
        None
    }
}

/// What a change adds to the posted points.
pub(super) fn effect(change: Change, posted: Points) -> Result<(ActivityKind, Points)> {
    Ok(match change {
        Change::Credit(points) | Change::Debit(points) if points <= Points::ZERO => {
            return Err(Refusal::NotPositive.into());
        }
        Change::Credit(points) => (ActivityKind::Credit, Points::ZERO.minus(points)?),
        Change::Debit(points) => (ActivityKind::Debit, points),
        Change::SetTo(target) => (ActivityKind::Set, target.minus(posted)?),
    })
}
