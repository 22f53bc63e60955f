//! The check of the whole ledger. *Source*: rules.md R-30.

use std::collections::BTreeMap;

use platen_domain::{AccountId, Points};

use crate::activity::Activity;
use crate::chain;
use crate::error::Broken;
use crate::store::{Holder, Result, StoredBalance, Tx};
use crate::view::Verified;

type Key = (AccountId, Holder);

/// What a balance's activities add up to.
struct Computed {
    posted: Points,
    sequence: i64,
    head: [u8; 32],
}

/// Recomputes every chain and every balance.
///
/// *Errors*: the first activity, balance or document that does not agree.
/// *Source*: rules.md.
pub(crate) fn verify(tx: Tx<'_>) -> Result<Verified> {
    tx.check_storage()?;
    let mut computed: BTreeMap<Key, Computed> = BTreeMap::new();
    let mut verified = Verified::default();
    tx.walk_activities(|activity| {
        verified.activities += 1;
        follow(&mut computed, activity)
    })?;
    let mut reserved: BTreeMap<Key, i64> = tx
        .reserved_sums()?
        .into_iter()
        .map(|(account, holder, sum)| ((account, holder), sum))
        .collect();
    let mut leased: BTreeMap<Key, i64> = tx
        .leased_sums()?
        .into_iter()
        .map(|(account, holder, sum)| ((account, holder), sum))
        .collect();
    for stored in tx.stored_balances()? {
        let key = (stored.account, stored.holder.clone());
        let pending = reserved.remove(&key).unwrap_or_default();
        let leased = leased.remove(&key).unwrap_or_default();
        agree(&stored, computed.remove(&key), [pending, leased])?;
        verified.balances += 1;
    }
    // What is left belongs to balances that have no row.
    for (what, sums) in [("pending", reserved), ("leased", leased)] {
        if let Some(((account, holder), sum)) = sums.into_iter().find(|(_, sum)| *sum != 0) {
            return Err(differs(account, &holder, what, 0, sum).into());
        }
    }
    if let Some(((account, holder), rest)) = computed.into_iter().next() {
        return Err(differs(account, &holder, "posted", 0, rest.posted.hundredths()).into());
    }
    let (contradiction, documents) = tx.document_contradiction()?;
    if let Some(document) = contradiction {
        return Err(Broken::Document { document }.into());
    }
    verified.documents = documents;
    Ok(verified)
}

fn follow(computed: &mut BTreeMap<Key, Computed>, activity: &Activity) -> Result<()> {
    let holder = Holder::of_activity(activity);
    let end = computed
        .entry((activity.account, holder.clone()))
        .or_insert(Computed {
            posted: Points::ZERO,
            sequence: 0,
            head: chain::START,
        });
    let posted = end.posted.plus(activity.points)?;
    let fits = activity.sequence == end.sequence + 1
        && activity.posted_after == posted
        && activity.hash == chain::link(&end.head, activity);
    if !fits {
        return Err(Broken::Activity {
            activity: activity.id,
            sequence: activity.sequence,
            account: activity.account,
            holder: holder.as_str().to_owned(),
        }
        .into());
    }
    *end = Computed {
        posted,
        sequence: activity.sequence,
        head: activity.hash,
    };
    Ok(())
}

fn agree(
    stored: &StoredBalance,
    computed: Option<Computed>,
    [pending, leased]: [i64; 2],
) -> Result<()> {
    let computed = computed.unwrap_or(Computed {
        posted: Points::ZERO,
        sequence: 0,
        head: chain::START,
    });
    let balance = stored.balance;
    for (what, stored_value, computed_value) in [
        ("number of", stored.sequence, computed.sequence),
        (
            "posted",
            balance.posted.hundredths(),
            computed.posted.hundredths(),
        ),
        ("pending", balance.pending.hundredths(), pending),
        ("leased", balance.leased.hundredths(), leased),
    ] {
        if stored_value != computed_value {
            return Err(differs(
                stored.account,
                &stored.holder,
                what,
                stored_value,
                computed_value,
            )
            .into());
        }
    }
    if stored.head != computed.head {
        return Err(differs(stored.account, &stored.holder, "chained", 0, 0).into());
    }
    Ok(())
}

fn differs(
    account: AccountId,
    holder: &Holder,
    what: &'static str,
    stored: i64,
    computed: i64,
) -> Broken {
    Broken::Balance {
        account,
        holder: holder.as_str().to_owned(),
        what,
        stored,
        computed,
    }
}
