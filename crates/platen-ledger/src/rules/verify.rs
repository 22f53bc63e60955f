//! The check of the whole ledger. *Source*: rules.md R-30.
//!
//! Everything is read in pages and in one order, each balance beside its chain,
//! so that the ledger may be of any length. What is kept meanwhile are the
//! balances that documents or leases hold points on.

use std::collections::{BTreeMap, VecDeque};

use platen_domain::{AccountId, Points};

use crate::activity::Activity;
use crate::chain;
use crate::error::Broken;
use crate::store::{Holder, Mark, Result, StoredBalance, Tx};
use crate::view::{Progress, Verified};

type Key = (AccountId, Holder);

/// What a balance's activities add up to.
struct Computed {
    key: Key,
    posted: Points,
    sequence: i64,
    head: [u8; 32],
}

impl Computed {
    const fn nothing(key: Key) -> Self {
        Self {
            key,
            posted: Points::ZERO,
            sequence: 0,
            head: chain::START,
        }
    }
}

/// Recomputes every chain and every balance; says again and again how many
/// activities are checked.
///
/// *Errors*: the first activity that does not fit its chain; else the first
/// balance, and else the first document that does not agree with its records.
/// *Source*: rules.md.
pub(crate) fn verify(tx: Tx<'_>, progress: &mut dyn FnMut(Progress)) -> Result<Verified> {
    let total = tx.activity_count()?;
    progress(Progress { done: 0, total });
    tx.check_storage()?;
    let mut check = Check::new(tx)?;
    let mut chain: Option<Computed> = None;
    let mut mark = Mark::start();
    loop {
        let page = tx.activities_after(&mark)?;
        let Some(last) = page.last() else { break };
        for activity in &page {
            chain = Some(check.follow(chain, activity)?);
        }
        let next = Mark::after(last);
        if let Some(document) = tx.document_not_printed(&mark, &next)? {
            check.document.get_or_insert(Broken::Document { document });
        }
        mark = next;
        let done = check.verified.activities;
        progress(Progress { done, total });
    }
    if let Some(chain) = chain {
        check.end(chain)?;
    }
    check.rest()?;
    check.documents()?;
    match check.balance.or(check.document) {
        Some(broken) => Err(broken.into()),
        None => Ok(check.verified),
    }
}

/// A check under way.
struct Check<'tx> {
    tx: Tx<'tx>,
    verified: Verified,
    /// Stored balances that are read and not compared yet, and the last one read.
    stored: VecDeque<StoredBalance>,
    last: Option<StoredBalance>,
    reserved: BTreeMap<Key, i64>,
    leased: BTreeMap<Key, i64>,
    /// The first balance and the first document that do not agree.
    balance: Option<Broken>,
    document: Option<Broken>,
}

impl<'tx> Check<'tx> {
    fn new(tx: Tx<'tx>) -> Result<Self> {
        let by_key = |sums: Vec<(AccountId, Holder, i64)>| {
            let keyed = |(account, holder, sum)| ((account, holder), sum);
            sums.into_iter().map(keyed).collect()
        };
        Ok(Self {
            tx,
            verified: Verified::default(),
            stored: VecDeque::new(),
            last: None,
            reserved: by_key(tx.reserved_sums()?),
            leased: by_key(tx.leased_sums()?),
            balance: None,
            document: None,
        })
    }

    /// Goes on to the next activity, which may be another balance's first.
    fn follow(&mut self, chain: Option<Computed>, activity: &Activity) -> Result<Computed> {
        let key = (activity.account, Holder::of_activity(activity));
        let chain = match chain {
            Some(chain) if chain.key == key => chain,
            Some(chain) => {
                self.end(chain)?;
                Computed::nothing(key)
            }
            None => Computed::nothing(key),
        };
        self.verified.activities += 1;
        let posted = chain.posted.plus(activity.points)?;
        let fits = activity.sequence == chain.sequence + 1
            && activity.posted_after == posted
            && activity.hash == chain::link(&chain.head, activity);
        if !fits {
            return Err(Broken::Activity {
                activity: activity.id,
                sequence: activity.sequence,
                account: activity.account,
                holder: chain.key.1.as_str().to_owned(),
            }
            .into());
        }
        Ok(Computed {
            posted,
            sequence: activity.sequence,
            head: activity.hash,
            ..chain
        })
    }

    /// Compares the balance of a chain that is at its end, and before it those
    /// that have no activities.
    fn end(&mut self, chain: Computed) -> Result<()> {
        while let Some(stored) = self.next_balance()? {
            let key = (stored.account, stored.holder.clone());
            match key.cmp(&chain.key) {
                std::cmp::Ordering::Less => self.compare(&stored, &Computed::nothing(key)),
                std::cmp::Ordering::Equal => {
                    self.compare(&stored, &chain);
                    return Ok(());
                }
                std::cmp::Ordering::Greater => {
                    self.stored.push_front(stored);
                    break;
                }
            }
        }
        let (key, posted) = (chain.key, chain.posted.hundredths());
        self.balance
            .get_or_insert_with(|| differs(&key, "posted", [0, posted]));
        Ok(())
    }

    /// Compares the balances after the last chain, and finds points held on
    /// balances that have no row.
    fn rest(&mut self) -> Result<()> {
        while let Some(stored) = self.next_balance()? {
            let key = (stored.account, stored.holder.clone());
            self.compare(&stored, &Computed::nothing(key));
        }
        for (what, sums) in [("pending", &self.reserved), ("leased", &self.leased)] {
            if let Some((key, sum)) = sums.iter().find(|(_, sum)| **sum != 0) {
                self.balance
                    .get_or_insert_with(|| differs(key, what, [0, *sum]));
            }
        }
        Ok(())
    }

    fn next_balance(&mut self) -> Result<Option<StoredBalance>> {
        if self.stored.is_empty() {
            self.stored = self.tx.balances_after(self.last.as_ref())?.into();
            if let Some(last) = self.stored.back() {
                self.last = Some(last.clone());
            }
        }
        Ok(self.stored.pop_front())
    }

    fn compare(&mut self, stored: &StoredBalance, computed: &Computed) {
        self.verified.balances += 1;
        let pending = self.reserved.remove(&computed.key).unwrap_or_default();
        let leased = self.leased.remove(&computed.key).unwrap_or_default();
        let balance = stored.balance;
        let posted = [balance.posted, computed.posted].map(Points::hundredths);
        for (what, values) in [
            ("number of", [stored.sequence, computed.sequence]),
            ("posted", posted),
            ("pending", [balance.pending.hundredths(), pending]),
            ("leased", [balance.leased.hundredths(), leased]),
        ] {
            if values[0] != values[1] {
                self.balance
                    .get_or_insert_with(|| differs(&computed.key, what, values));
            }
        }
        if stored.head != computed.head {
            self.balance
                .get_or_insert_with(|| differs(&computed.key, "chained", [0, 0]));
        }
    }

    /// Compares documents with their activities.
    fn documents(&mut self) -> Result<()> {
        let mut last = None;
        loop {
            let page = self.tx.documents_after(last)?;
            let Some((id, _)) = page.last() else {
                return Ok(());
            };
            last = Some(*id);
            self.verified.documents += page.len() as u64;
            if let Some((document, _)) = page.iter().find(|(_, wrong)| *wrong) {
                let document = *document;
                self.document.get_or_insert(Broken::Document { document });
            }
        }
    }
}

fn differs((account, holder): &Key, what: &'static str, [stored, computed]: [i64; 2]) -> Broken {
    Broken::Balance {
        account: *account,
        holder: holder.as_str().to_owned(),
        what,
        stored,
        computed,
    }
}
