//! What the client does by itself: requests, leases, what could not be stored.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use platen_domain::{AccountId, DocumentId, DocumentState, LeaseId, Points};

use super::draft::Draft;
use super::instruction::{Declined, Instruction};
use super::lease::HeldLease;
use super::link::{Away, Fetching, Link};
use super::offline::Undecided;
use super::show::Overlay;
use super::state::State;
use super::{Cause, Engine, VERDICT_DEADLINE_MS};
use crate::wire::{Action, Batch, View, limit};

/// Accounts that leases are kept on at most.
const MOST_ACCOUNTS: usize = 4;
/// How long an account counts as used after a document was placed on it.
const USED: SignedDuration = SignedDuration::from_hours(72);

impl Engine {
    /// The program begins, or begins anew: documents that nobody decided on get
    /// a verdict within the deadline, by whoever can give one, and releases that
    /// were given out without network are told again.
    pub(super) fn started(&mut self, draft: &mut Draft) {
        let until = self.clock.since_boot_ms.saturating_add(VERDICT_DEADLINE_MS);
        let documents: BTreeSet<DocumentId> = self
            .state
            .unanswered()
            .filter_map(|(_, entry)| entry.action().document())
            .collect();
        for document in documents {
            if Undecided::find(&self.state, document).is_some() {
                self.soft.awaited.insert(document, until);
            }
        }
        self.tell_releases_again(draft);
    }

    /// Whether a time has come that [`Engine::woke`] sees to.
    pub(super) fn is_overdue(&self) -> bool {
        let now = self.clock.since_boot_ms;
        let mut times = self
            .soft
            .awaited
            .values()
            .chain(self.soft.releases.values());
        let stored_again = !self.unstored.is_empty() && now >= self.no_write_before_ms;
        times.any(|until| *until <= now) || stored_again
    }

    /// A time has come.
    pub(super) fn woke(&mut self) {
        let now = self.clock.since_boot_ms;
        if now >= self.no_write_before_ms {
            self.waiting.extend(self.unstored.drain(..));
        }
        let releases = self.soft.releases.iter();
        let late: Vec<_> = releases
            .filter(|(_, until)| **until <= now)
            .map(|(document, _)| *document)
            .collect();
        for document in late {
            self.soft.releases.remove(&document);
            self.decline(Some(document), Declined::NeedsNetwork);
        }
        let awaited = self.soft.awaited.iter();
        let overdue: Vec<_> = awaited
            .filter(|(_, until)| **until <= now)
            .map(|(document, _)| *document)
            .collect();
        if overdue.is_empty() {
            return;
        }
        let waits = |document: &DocumentId| Undecided::find(&self.state, *document).is_some();
        if overdue.iter().any(waits) && self.soft.is_hopeful() {
            self.soft.link = Link::Away(Away::Silent);
            self.out.push(Instruction::Show);
        }
        self.decide_all_alone(overdue);
    }

    /// What is due now, with nothing else under way.
    pub(super) fn keep_up(&mut self) {
        if self.soft.is_connected() && self.clock.since_boot_ms >= self.no_write_before_ms {
            let mut draft = Draft::of(&self.state);
            self.keep_leases(&mut draft);
            let through = self.next_batch(&draft.state).map(|(last, _)| last);
            draft.mark_sent(through.unwrap_or_default());
            if draft.is_changed() {
                return self.write(draft, Cause::Upkeep);
            }
            self.put_in_force(draft);
        }
        self.fetch();
        self.send();
    }

    fn fetch(&mut self) {
        let now = self.clock.since_boot_ms;
        let due = self.soft.fetching.is_none() && now >= self.soft.next_try_ms;
        if !due || self.soft.is_stopped() {
            return;
        }
        let waits = self.soft.is_connected();
        // How long a lease lasts is known from another boot by its end alone.
        let mut leases = self.state.leases.values();
        let timed = leases.all(|lease| lease.is_timed(&self.clock));
        let after = self.state.view().map(|view| view.version);
        let request = self.soft.next_request();
        self.soft.fetching = Some(Fetching {
            request,
            at: self.clock,
            waits,
            whole: !timed,
            told: false,
        });
        self.out.push(Instruction::Fetch {
            request,
            after: after.filter(|_| timed),
            wait: waits,
        });
    }

    fn send(&mut self) {
        if !self.soft.is_connected() || self.soft.sending.is_some() {
            return;
        }
        let Some((last, batch)) = self.next_batch(&self.state) else {
            return;
        };
        // Not before it is stored that it may have been sent.
        if last > self.state.meta.sent_through {
            return;
        }
        let request = self.soft.next_request();
        self.soft.sending = Some(request);
        self.out.push(Instruction::Send { request, batch });
    }

    /// The operations to send next, and the number of the last of them.
    fn next_batch(&self, state: &State) -> Option<(u64, Batch)> {
        let first = state.unanswered().next().map(|(number, _)| number)?;
        let acknowledged = first - 1;
        let from = self.soft.resend_from.unwrap_or(first).min(first);
        let entries = state.outbox.range(from..).zip(from..);
        let in_order = entries
            .take_while(|((number, _), expected)| *number == expected)
            .take(limit::OPERATIONS)
            .map(|((_, entry), _)| &*entry.json);
        let (batch, number) = Batch::of(acknowledged.min(from - 1), in_order);
        let number = u64::try_from(number).ok()?.checked_sub(1)?;
        Some((from + number, batch))
    }

    /// Asks for leases and returns them, as the policy has it.
    fn keep_leases(&mut self, draft: &mut Draft) {
        let Some(view) = draft.state.view.clone() else {
            return;
        };
        let view = &view.view;
        let wanted = self.wanted(&draft.state, view);
        let leases = draft.state.leases.values();
        let returned = leases.filter(|lease| {
            !lease.closing && self.should_return(&draft.state, lease, view, &wanted)
        });
        let returned: Vec<LeaseId> = returned.map(|lease| lease.id).collect();
        for lease in returned {
            self.give_lease_back(draft, lease);
        }
        for account in wanted {
            self.keep_lease_on(draft, account, view);
        }
        self.close_leases(draft);
    }

    /// Has gates close the leases that go back, once for each life of the program.
    fn close_leases(&self, draft: &mut Draft) {
        let state = &draft.state;
        let leases = state.leases.values().filter(|lease| {
            lease.closing
                && !self.soft.asked_to_close.contains(&lease.id)
                && !is_returned(state, lease.id)
                && !is_printed_on(state, lease.id)
        });
        let signed = leases.filter_map(|lease| Some((lease.id, state.signed(lease.id)?)));
        let signed: Vec<_> = signed.collect();
        for (lease, signed) in signed {
            draft.say(Instruction::CloseLease { lease, signed });
        }
    }

    /// Draws on a lease no more and returns it: at once where no gate counts on it, else
    /// with what the gate says once it has closed it.
    fn give_lease_back(&mut self, draft: &mut Draft, id: LeaseId) {
        let Some(mut lease) = draft.state.leases.get(&id).cloned() else {
            return;
        };
        lease.closing = true;
        draft.put_lease(lease);
        if draft.state.signed(id).is_none() {
            self.return_lease(draft, id, None);
        }
    }

    fn return_lease(&mut self, draft: &mut Draft, lease: LeaseId, receipt: Option<String>) {
        let action = Action::ReturnLease { lease, receipt };
        draft.push(action, &self.clock, &mut self.random);
    }

    /// The gate has said its last word on a lease.
    pub(super) fn lease_closed(&mut self, draft: &mut Draft, id: LeaseId, receipt: String) {
        let lease = draft.state.leases.get(&id);
        if lease.is_some_and(|lease| lease.closing) && !is_returned(&draft.state, id) {
            self.return_lease(draft, id, Some(receipt));
        }
    }

    /// Accounts that this device should be able to print on without network.
    fn wanted(&self, state: &State, view: &View) -> Vec<AccountId> {
        let policy = &view.lease_policy;
        if !view.settings.account_management
            || policy.points == Points::ZERO
            || policy.lasts_ms() == 0
        {
            return Vec::new();
        }
        let overlay = Overlay::of(state);
        let since = self.clock.wall.saturating_sub(USED);
        let mut used: Vec<_> = state
            .meta
            .used
            .iter()
            .filter(|(_, at)| since.as_ref().is_ok_and(|since| *at > since))
            .collect();
        used.sort_by_key(|(id, at)| (std::cmp::Reverse(**at), **id));
        let used = used.into_iter().map(|(id, _)| AccountId(*id));
        let mut wanted: Vec<AccountId> = Vec::new();
        for account in overlay.active.into_iter().chain(used) {
            let usable = overlay.account(account).is_some_and(|one| !one.in_grace);
            if usable && !wanted.contains(&account) && wanted.len() < MOST_ACCOUNTS {
                wanted.push(account);
            }
        }
        wanted
    }

    fn should_return(
        &self,
        state: &State,
        lease: &HeldLease,
        view: &View,
        wanted: &[AccountId],
    ) -> bool {
        if !lease.is_usable(state, &self.clock) || view.lease_policy.points == Points::ZERO {
            return true;
        }
        let lasts_ms = view.lease_policy.lasts_ms();
        let better = |other: &HeldLease| {
            other.account == lease.account
                && self.rank(other, lasts_ms) > self.rank(lease, lasts_ms)
                && other.is_usable(state, &self.clock)
        };
        let unwanted = self.is_old(lease, lasts_ms) && !wanted.contains(&lease.account);
        state.leases.values().any(better) || unwanted
    }

    /// Whether half of a lease's time is over.
    fn is_old(&self, lease: &HeldLease, lasts_ms: u64) -> bool {
        lease
            .half_time_ms(&self.clock, lasts_ms)
            .is_some_and(|half| half <= self.clock.since_boot_ms)
    }

    /// Which of two leases on one account is kept: the younger; of two young ones
    /// the fuller, whenever they end. A site that shortens its leases gives new ones
    /// that end before the old.
    fn rank(&self, lease: &HeldLease, lasts_ms: u64) -> impl Ord + use<> {
        (!self.is_old(lease, lasts_ms), lease.left(), lease.order())
    }

    /// Keeps a lease on an account at the policy's points: another is asked for
    /// when less than half is left and it would at least double what is left, or
    /// when half of its time is over. The former is returned once the new one is
    /// there; first, where the account has no room for both.
    fn keep_lease_on(&mut self, draft: &mut Draft, account: AccountId, view: &View) {
        let now = self.clock.since_boot_ms;
        let asked = draft.state.outbox.values().any(|entry| {
            !entry.is_refused()
                && matches!(entry.action(), Action::AskLease { account: on, .. } if *on == account)
        });
        let pause = self.soft.no_ask_before.get(&account);
        if asked || pause.is_some_and(|until| *until > now) {
            return;
        }
        let Some(room) = room(&draft.state, account) else {
            return;
        };
        let policy = &view.lease_policy;
        let held = draft.state.leases.values();
        let held = held.filter(|lease| lease.account == account && !lease.closing);
        let held = held.fold(Points::ZERO, |sum, lease| {
            sum.plus(lease.left()).unwrap_or(Points::MAX)
        });
        let points = policy.most(room.plus(held).unwrap_or(Points::MAX));
        let most = room.min(points);
        if is_awaited_back(&draft.state, account, most) {
            return;
        }
        let usable = |lease: &&HeldLease| {
            lease.account == account && lease.is_usable(&draft.state, &self.clock)
        };
        let current = draft.state.leases.values().filter(usable);
        let current = current.max_by_key(|lease| self.rank(lease, policy.lasts_ms()));
        let current = current.cloned();
        let mut first_back = None;
        if let Some(lease) = current {
            let left = lease.left();
            let doubled = left.times(2).unwrap_or(Points::MAX);
            let low = doubled < points && most >= doubled;
            let old = self.is_old(&lease, policy.lasts_ms());
            if old && most < left {
                first_back = Some(lease.id);
            } else if !(low || old) {
                return;
            }
        }
        if points == Points::ZERO || most == Points::ZERO && first_back.is_none() {
            return;
        }
        if let Some(lease) = first_back {
            self.give_lease_back(draft, lease);
            if !is_returned(&draft.state, lease) {
                return;
            }
        }
        let lease = LeaseId(self.random.id());
        let action = Action::AskLease {
            lease,
            account,
            points,
        };
        draft.push(action, &self.clock, &mut self.random);
    }

    /// The next time at which something is due. Units: milliseconds since boot.
    pub(super) fn next_wake(&self) -> Option<u64> {
        let now = self.clock.since_boot_ms;
        let awaited = self.soft.awaited.values().min().copied();
        let releases = self.soft.releases.values().min().copied();
        let asks = self.soft.fetching.is_none() && !self.soft.is_stopped();
        let next_try = asks.then_some(self.soft.next_try_ms);
        let no_ask = self.soft.no_ask_before.values().copied();
        let view = self.state.view();
        let lasts_ms = view.map_or(0, |view| view.lease_policy.lasts_ms());
        let leases = self.state.leases.values().filter(|lease| !lease.closing);
        let leases = leases.flat_map(|lease| {
            let half = lease.half_time_ms(&self.clock, lasts_ms);
            [half, lease.over_ms(&self.clock)]
        });
        let connected = self.soft.is_connected();
        let upkeep = no_ask.chain(leases.flatten()).filter(|_| connected);
        [
            awaited,
            releases,
            next_try,
            (self.no_write_before_ms > 0).then_some(self.no_write_before_ms),
        ]
        .into_iter()
        .flatten()
        .chain(upkeep)
        .filter(|at| *at > now)
        .min()
    }
}

/// Whether the outbox returns a lease.
fn is_returned(state: &State, id: LeaseId) -> bool {
    let mut entries = state.outbox.values();
    entries.any(|entry| matches!(entry.action(), Action::ReturnLease { lease, .. } if *lease == id))
}

/// Whether the gate may still be about to print on a lease, which it must not be asked to
/// close then.
fn is_printed_on(state: &State, lease: LeaseId) -> bool {
    let is_signed = state.signed(lease).is_some();
    let overlay = is_signed.then(|| Overlay::of(state));
    let mut documents = overlay.iter().flat_map(|overlay| &overlay.documents);
    documents.any(|shown| {
        let document = &shown.document;
        document.lease == Some(lease) && document.state == Some(DocumentState::Releasing)
    })
}

/// Whether points of an account are on their way back to it, without which no more than
/// `most` could be set aside.
fn is_awaited_back(state: &State, account: AccountId, most: Points) -> bool {
    let mut leases = state.leases.values();
    leases.any(|lease| {
        let is_closing = lease.account == account && lease.closing && lease.left() > most;
        is_closing && state.signed(lease.id).is_some() && !is_returned(state, lease.id)
    })
}

/// What an account can still carry; everything where it is unlimited.
fn room(state: &State, account: AccountId) -> Option<Points> {
    let overlay = Overlay::of(state);
    let view = overlay.account(account)?;
    let room = view.balance.room(&view.account()).ok()?;
    Some(room.unwrap_or(Points::MAX))
}
