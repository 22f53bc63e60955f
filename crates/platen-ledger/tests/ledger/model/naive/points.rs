//! What the model makes of points: verdicts, adjustments, leases, copies.

use platen_domain::{DocumentState as State, Points, Verdict};
use platen_ledger::{ActivityKind, LeaseState};

use super::super::steps::{Change, Copy, Grant};
use super::{Answer, Lease, Model, Posting, holder, is_shared};

fn whole(points: i64) -> Points {
    Points::whole(points).unwrap()
}

/// Done before: the stored answer; with other content it is refused.
fn again(same: bool) -> Answer {
    if same {
        Answer::Done(None)
    } else {
        Answer::Refused
    }
}

impl Model {
    pub(super) fn judge(&self, account: usize, user: usize, cost: i64) -> Verdict {
        match self.room(account, holder(account, user)) {
            Some(room) if cost > 0 && self.exceeds(account, user, cost) => Verdict::Declined {
                available: whole(room),
            },
            _ => self.judge_permitted(account, user, cost),
        }
    }

    fn exceeds(&self, account: usize, user: usize, cost: i64) -> bool {
        let committed = self.committed(account, holder(account, user));
        let hard = self.accounts[account].hard_limit();
        hard.is_some_and(|hard| committed + cost > hard)
    }

    pub(super) fn judge_permitted(&self, account: usize, user: usize, cost: i64) -> Verdict {
        let before = self.used(account, holder(account, user));
        let used = before + cost;
        match self.accounts[account].limit {
            Some(limit) if used > limit => Verdict::Warning { used: whole(used) },
            Some(limit) => Verdict::Ready {
                used: whole(used),
                crosses_low: 4 * before < 3 * limit && 4 * used >= 3 * limit,
            },
            None => Verdict::Ready {
                used: whole(used),
                crosses_low: false,
            },
        }
    }

    pub(super) fn adjust(&mut self, id: u128, change: Change) -> Answer {
        let of = holder(change.account, change.user);
        if let Some(stored) = self.adjusted.get(&id) {
            let stored_of = holder(stored.account, stored.user);
            let user = change.user;
            return again(of == stored_of && change == Change { user, ..*stored });
        }
        self.adjusted.insert(id, change);
        self.change(change, of);
        Answer::Done(None)
    }

    pub(super) fn adjust_all(&mut self, id: u128, change: Change) -> Answer {
        if let Some(stored) = self.adjusted_all.get(&id) {
            let user = change.user;
            return again(change == Change { user, ..*stored });
        }
        self.adjusted_all.insert(id, change);
        let of_account = Self::balances().filter(|(account, _)| *account == change.account);
        for (account, of) in of_account {
            if is_shared(account) || self.was_used(account, of) {
                self.change(change, of);
            }
        }
        Answer::Done(None)
    }

    /// Something was ever posted on a balance, or is held on it now.
    fn was_used(&self, account: usize, of: usize) -> bool {
        let on_it = |posting: &Posting| (posting.account, posting.holder) == (account, of);
        self.postings.iter().any(on_it)
            || self.pending(account, of) != 0
            || self.leased(account, of) != 0
    }

    fn change(&mut self, change: Change, of: usize) {
        let posted = self.posted(change.account, of);
        let (kind, points) = match change.kind {
            0 => (ActivityKind::Credit, -change.points),
            1 => (ActivityKind::Debit, change.points),
            _ => (ActivityKind::Set, change.points - posted),
        };
        self.post(change.account, of, kind, points, None);
    }

    pub(super) fn copy(&mut self, id: u128, copy: Copy) -> Answer {
        if let Some(stored) = self.copied.get(&id) {
            return again(*stored == copy);
        }
        let account = match copy.account {
            Some(account) if self.is_allowed(copy.user, account) => account,
            Some(_) => return Answer::Refused,
            None => match self.active_account(copy.user) {
                Some(account) => account,
                None => return Answer::Refused,
            },
        };
        self.copied.insert(id, copy);
        let of = holder(account, copy.user);
        let points = i64::from(copy.pages);
        self.post(account, of, ActivityKind::Copy, points, None);
        self.remember(copy.user, account);
        Answer::Done(None)
    }

    pub(super) fn grant(&mut self, id: u128, ask: Grant) -> Answer {
        if let Some(stored) = self.leases.get(&id) {
            return again(stored.ask == ask);
        }
        let of = holder(ask.account, ask.user);
        let room = self.room(ask.account, of);
        let granted = room.map_or(ask.points, |room| room.min(ask.points));
        if ask.expires <= self.hour || !self.is_allowed(ask.user, ask.account) || granted == 0 {
            return Answer::Refused;
        }
        let lease = Lease {
            ask,
            granted,
            drawn: 0,
            state: LeaseState::Open,
        };
        self.leases.insert(id, lease);
        Answer::Done(None)
    }

    pub(super) fn give_back(&mut self, id: u128) -> Answer {
        let Some(lease) = self.leases.get_mut(&id) else {
            return Answer::Refused;
        };
        if lease.state == LeaseState::Open {
            lease.state = LeaseState::Returned;
        }
        Answer::Done(None)
    }

    pub(super) fn expire(&mut self) -> Answer {
        for paper in self.papers.values_mut() {
            if paper.hold_until.is_some_and(|end| end <= self.hour) {
                (paper.state, paper.hold_until) = (State::Expired, None);
            }
        }
        for lease in self.leases.values_mut() {
            if lease.state == LeaseState::Open && lease.ask.expires <= self.hour {
                lease.state = LeaseState::Expired;
            }
        }
        Answer::Done(None)
    }
}
