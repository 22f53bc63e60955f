//! Versions of views: the same number, the same state, and each that a device is
//! given is above the one that it had.
//!
//! No server keeps them. The upper part is the server's clock, or one more than
//! what the device had where that is later; the lower part comes from what the
//! view says, so that any server of the same build finds out whether the device has
//! it already.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::Timestamp;
use platen_domain::{AccountId, Balance, Kind};
use platen_sync::wire::{AccountView, PoolBalance, View};

use crate::view::Pool;

/// Bits of the lower part. Two views are taken for the same once in four million
/// times; the next change mends that.
const CONTENT: u32 = 22;

/// What a device was told, as far as it takes to tell it of shared pools alone later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Of the whole view: one sum for the balances of each pool, and one for the rest,
    /// so that one of them can be taken out and another put in.
    sum: u64,
    pools: Box<[(AccountId, u64)]>,
}

impl Told {
    /// What a view says, whatever its version, clock and times are.
    pub(crate) fn of(view: &mut View) -> Self {
        let pools: Box<[_]> = view.pools().map(|pool| (pool.id, sum_of(&pool))).collect();
        let rest = rest(view);
        let sum = pools
            .iter()
            .fold(rest, |all, (_, one)| all.wrapping_add(*one));
        Self { sum, pools }
    }

    /// The lower part of its version.
    pub(crate) const fn content(&self) -> u64 {
        self.sum >> (u64::BITS - CONTENT)
    }

    /// Takes note of what these pools have now; gives those that the device was told
    /// something else of. Others are none of its business.
    pub(crate) fn renew<'a>(&mut self, pools: impl IntoIterator<Item = &'a Pool>) -> Vec<&'a Pool> {
        let mut news = Vec::new();
        for pool in pools {
            let mut known = self.pools.iter_mut();
            let Some((_, known)) = known.find(|(id, _)| *id == pool.id) else {
                continue;
            };
            if *known != pool.sum {
                self.sum = self.sum.wrapping_sub(*known).wrapping_add(pool.sum);
                *known = pool.sum;
                news.push(pool);
            }
        }
        news
    }
}

pub(crate) fn sum_of(pool: &PoolBalance) -> u64 {
    let mut sum = DefaultHasher::new();
    pool.hash(&mut sum);
    sum.finish()
}

/// The sum of a view without the balances of shared pools.
fn rest(view: &mut View) -> u64 {
    // What differs each time is set aside, as are the pools; a copy of the rest costs
    // more.
    let version = std::mem::take(&mut view.version);
    let clock = std::mem::replace(&mut view.server_time, Timestamp::UNIX_EPOCH);
    let leases = view.leases.iter_mut();
    let left: Vec<u64> = leases
        .map(|lease| std::mem::take(&mut lease.left_ms))
        .collect();
    let pools: Vec<(Balance, bool)> = shared_mut(view)
        .map(|pool| {
            (
                std::mem::take(&mut pool.balance),
                std::mem::take(&mut pool.at_limit),
            )
        })
        .collect();
    // The same in every process of one build. Another build may find another number for
    // the same state, as it does when views gain a field: docs/server.md says what that
    // means while two of them serve one site.
    let mut sum = DefaultHasher::new();
    view.hash(&mut sum);
    (view.version, view.server_time) = (version, clock);
    for (lease, left) in view.leases.iter_mut().zip(left) {
        lease.left_ms = left;
    }
    for (pool, (balance, at_limit)) in shared_mut(view).zip(pools) {
        (pool.balance, pool.at_limit) = (balance, at_limit);
    }
    sum.finish()
}

fn shared_mut(view: &mut View) -> impl Iterator<Item = &mut AccountView> {
    let accounts = view.accounts.iter_mut();
    accounts.filter(|account| account.kind == Kind::Shared)
}

/// Whether the device that has version `after` has this content.
pub(crate) const fn is_known(after: u64, content: u64) -> bool {
    after != 0 && after & ((1 << CONTENT) - 1) == content
}

/// The version of a view with this content for a device that has `after`.
pub(crate) fn next(after: u64, content: u64, now: Timestamp) -> u64 {
    let clock = u64::try_from(now.as_millisecond()).unwrap_or(0);
    let most = (1 << (u64::BITS - CONTENT)) - 1;
    let upper = clock.max((after >> CONTENT) + 1).min(most);
    upper << CONTENT | content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_grow_whatever_the_clock_says() {
        let now: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        let mut version = 0;
        for clock in [now, now, Timestamp::UNIX_EPOCH, Timestamp::MIN, now] {
            let next = next(version, 7, clock);
            assert!(next > version);
            assert!(is_known(next, 7) && !is_known(next, 8));
            version = next;
        }
        assert!(!is_known(0, 0));
    }

    #[test]
    fn made_up_versions_do_no_harm() {
        let now = Timestamp::UNIX_EPOCH;
        for after in [u64::MAX, u64::MAX - 1, 1 << 63, (1 << CONTENT) - 1] {
            assert!(is_known(next(after, 3, now), 3));
        }
    }
}
