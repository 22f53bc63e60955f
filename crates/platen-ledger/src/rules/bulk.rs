//! One adjustment for all holders of an account. *Source*: rules.md R-29.

use jiff::Timestamp;
use platen_domain::{AccountId, Kind};
use uuid::Uuid;

use super::adjust::{check_reason, effect};
use super::known_account;
use super::once::{done_before, fingerprint};
use crate::activity::{BulkAdjusted, BulkAdjustment};
use crate::codec;
use crate::error::{LedgerError, Refusal};
use crate::store::{Holder, NewActivity, Operation, Result, Tx};

/// Credits, debits or sets every balance of an account that was ever used, or
/// the pool of a shared one, as one activity each: all of them or none.
///
/// Asked again with the same content it gives the same answer.
/// *Source*: rules.md.
pub(crate) fn adjust_all(
    tx: Tx<'_>,
    id: Uuid,
    ask: &BulkAdjustment,
    now: Timestamp,
) -> Result<BulkAdjusted> {
    let request = request(ask)?;
    if let Some(done) = done_before(tx, id, &request)? {
        let balances = done.answer.parse();
        let balances = balances.map_err(|_| LedgerError::corrupt("the answer of an operation"))?;
        return Ok(BulkAdjusted { balances });
    }
    if tx.activity(id)?.is_some() {
        return Err(Refusal::ExistsWithDifferent { what: "purpose" }.into());
    }
    let account = known_account(tx, ask.account)?;
    check_reason(&ask.reason, &ask.by)?;
    // Checked even where there is nobody to adjust.
    effect(ask.change, platen_domain::Points::ZERO)?;
    let holders = match account.kind {
        Kind::Shared => vec![Holder::pool()],
        Kind::Individual => tx.holders(account.id)?,
    };
    tx.each(&holders, |holder| {
        adjust_one(tx, id, (account.id, holder), ask, now)
    })?;
    let balances = holders.len() as u64;
    tx.put_operation(Operation {
        id,
        request,
        answer: balances.to_string(),
        made_at: now,
        ends_at: None,
    })?;
    Ok(BulkAdjusted { balances })
}

fn adjust_one(
    tx: Tx<'_>,
    id: Uuid,
    (account, holder): (AccountId, &Holder),
    ask: &BulkAdjustment,
    now: Timestamp,
) -> Result<()> {
    let (kind, points) = effect(ask.change, tx.balance(account, holder)?.posted)?;
    tx.post(NewActivity {
        // Always the same, so that no holder is ever adjusted twice.
        id: Uuid::new_v5(&id, holder.as_str().as_bytes()),
        account,
        holder,
        kind,
        points,
        user: holder.user(),
        document: None,
        change: Some(ask.change),
        reason: ask.reason.clone(),
        by: ask.by.clone(),
        corrects: None,
        card_version: None,
        at: now,
    })?;
    // A balance that nothing could be judged against any more is refused now.
    tx.balance(account, holder)?.committed()?;
    Ok(())
}

fn request(ask: &BulkAdjustment) -> Result<[u8; 32]> {
    let change = ask.change.to_string();
    let text = codec::to_text(&("adjust all", ask.account.0, change, &ask.reason, &ask.by))?;
    Ok(fingerprint(&text))
}
