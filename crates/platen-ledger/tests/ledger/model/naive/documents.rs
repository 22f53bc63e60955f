//! What the model makes of documents.

use platen_domain::{DocumentState as State, Points, Verdict};
use platen_ledger::{ActivityKind, LeaseState};

use super::super::steps::{Ask, Step};
use super::{Answer, Model, Paper, holder, owner};

/// A document waits so long for its release.
const HOLD: i64 = 24;

impl Model {
    pub(super) fn on_document(&mut self, step: &Step) -> Answer {
        let (Step::Submit(document)
        | Step::Reserve(document, _)
        | Step::Reprice(document, _)
        | Step::Move(document, ..)
        | Step::Unreadable(document)
        | Step::Delete(document)
        | Step::BeginRelease(document)
        | Step::Abandon(document)
        | Step::Settle(document, ..)) = *step
        else {
            unreachable!("{step:?} is no document's");
        };
        let Some(paper) = self.papers.get(&document).cloned() else {
            if !matches!(step, Step::Submit(_)) {
                return Answer::Refused;
            }
            self.papers.insert(document, Paper::default());
            return Answer::Done(None);
        };
        match *step {
            Step::Submit(_) => Answer::Done(None),
            Step::Reserve(_, ask) => self.reserve(document, paper, ask),
            Step::Reprice(_, pages) => self.reprice(document, paper, pages),
            Step::Move(_, account, active) => self.move_to(document, paper, account, active),
            Step::Settle(_, kind, sides) => self.settle(document, paper, kind, sides),
            _ => self.change_state(document, paper.state, step),
        }
    }

    fn reserve(&mut self, document: usize, paper: Paper, ask: Ask) -> Answer {
        let pages = i64::from(ask.pages);
        if !matches!(paper.state, State::Submitted | State::Unreadable) {
            let as_it_is = paper.cost == Some(pages)
                && (ask.account.is_none() || ask.account == paper.account)
                && (ask.lease.is_none() || ask.lease == paper.lease);
            return match paper.verdict {
                Some(verdict) if as_it_is || paper.asked == Some(ask) => {
                    Answer::Done(Some(verdict))
                }
                _ => Answer::Refused,
            };
        }
        let user = owner(document);
        let account = match (ask.lease, ask.account) {
            (Some(lease), _) => return self.reserve_leased(document, lease, ask),
            (None, Some(account)) if self.is_allowed(user, account) => Some(account),
            (None, Some(_)) => return Answer::Refused,
            (None, None) => self.active_account(user),
        };
        let verdict = self.place(document, account, pages);
        let paper = self.papers.entry(document);
        paper.and_modify(|paper| paper.asked = Some(ask));
        if let Some(account) = account
            && is_permitted(verdict)
        {
            self.remember(user, account);
        }
        Answer::Done(Some(verdict))
    }

    fn reserve_leased(&mut self, document: usize, id: u128, ask: Ask) -> Answer {
        let (user, hour, pages) = (owner(document), self.hour, i64::from(ask.pages));
        let Some(lease) = self.leases.get_mut(&id) else {
            return Answer::Refused;
        };
        let account = lease.ask.account;
        let usable = lease.state == LeaseState::Open
            && lease.ask.expires > hour
            && lease.ask.user == user
            && ask.account.is_none_or(|asked| asked == account)
            && pages <= lease.granted - lease.drawn;
        if !usable {
            return Answer::Refused;
        }
        lease.drawn += pages;
        let verdict = self.judge_permitted(account, user, pages);
        self.hold(document, Some(account), pages, verdict);
        let paper = self.papers.entry(document);
        paper.and_modify(|paper| {
            paper.asked = Some(ask);
            paper.lease = Some(id);
        });
        self.remember(user, account);
        Answer::Done(Some(verdict))
    }

    fn reprice(&mut self, document: usize, paper: Paper, pages: u32) -> Answer {
        let pages = i64::from(pages);
        match paper.state {
            State::Held if paper.cost == Some(pages) => Answer::Done(paper.verdict),
            State::Held | State::Canceled => {
                Answer::Done(Some(self.place(document, paper.account, pages)))
            }
            _ => Answer::Refused,
        }
    }

    fn move_to(&mut self, document: usize, paper: Paper, account: usize, active: bool) -> Answer {
        let user = owner(document);
        if !matches!(paper.state, State::Held | State::Canceled) || !self.is_allowed(user, account)
        {
            return Answer::Refused;
        }
        let already = paper.state == State::Held && paper.account == Some(account);
        let verdict = match paper.verdict {
            Some(verdict) if already => verdict,
            _ => {
                let cost = paper.cost.unwrap_or(0);
                // The document does not count on its new account yet, unless
                // it is cancelled there and counts nowhere.
                let verdict = self.judge(account, user, cost);
                if !is_permitted(verdict) {
                    return Answer::Done(Some(verdict));
                }
                self.place(document, Some(account), cost)
            }
        };
        if active {
            self.remember(user, account);
        }
        Answer::Done(Some(verdict))
    }

    fn change_state(&mut self, document: usize, state: State, step: &Step) -> Answer {
        let hold = Some(self.hour + HOLD);
        let Some(paper) = self.papers.get_mut(&document) else {
            return Answer::Refused;
        };
        match (step, state) {
            // The same fault again changes nothing.
            (Step::Unreadable(_), State::Unreadable) => {}
            (Step::Unreadable(_), State::Submitted | State::Held | State::Canceled) => {
                *paper = Paper {
                    state: State::Unreadable,
                    hold_until: hold,
                    ..Paper::default()
                };
            }
            (
                Step::Delete(_),
                State::Submitted | State::Unreadable | State::Held | State::Canceled,
            ) => (paper.state, paper.hold_until) = (State::Deleted, None),
            (Step::BeginRelease(_), State::Held) => {
                (paper.state, paper.released, paper.hold_until) = (State::Releasing, true, None);
            }
            (Step::Abandon(_), State::Releasing) => {
                (paper.state, paper.released, paper.hold_until) = (State::Held, false, hold);
            }
            (Step::Delete(_), State::Deleted)
            | (Step::BeginRelease(_), State::Releasing)
            | (Step::Abandon(_), State::Held) => {}
            // The number of its approval is the document's own: all the same.
            (Step::BeginRelease(_), State::Printed | State::Failed) if paper.released => {}
            _ => return Answer::Refused,
        }
        Answer::Done(None)
    }

    fn settle(&mut self, document: usize, paper: Paper, kind: u8, sides: u64) -> Answer {
        // A failed document has no sides.
        let result = (kind, if kind == 2 { 0 } else { sides });
        if let Some(stored) = paper.settled {
            return if stored == result {
                Answer::Done(None)
            } else {
                Answer::Refused
            };
        }
        if !matches!(paper.state, State::Held | State::Releasing) {
            return Answer::Refused;
        }
        let cost = paper.cost.unwrap_or(0);
        let sides = i64::try_from(sides).unwrap();
        let printed = match kind {
            // The printer reports nothing.
            0 if sides == 0 => Some(cost),
            0 => Some(sides),
            1 if sides > 0 => Some(sides),
            _ => None,
        };
        let stored = self.papers.get_mut(&document).unwrap();
        stored.settled = Some(result);
        stored.hold_until = None;
        stored.state = if printed.is_some() {
            State::Printed
        } else {
            State::Failed
        };
        if let (Some(sides), Some(account)) = (printed, paper.account) {
            let of = holder(account, owner(document));
            let print = sides.min(cost);
            self.post(account, of, ActivityKind::Print, print, Some(document));
            // A document without pages has none to be printed again.
            let beyond = if cost > 0 { sides - print } else { 0 };
            let room = self.room(account, of).unwrap_or(beyond);
            if beyond.min(room) > 0 {
                let overrun = beyond.min(room);
                self.post(account, of, ActivityKind::Overrun, overrun, Some(document));
            }
        }
        Answer::Done(None)
    }

    /// Takes a paper's own reservation away and judges it on an account.
    fn place(&mut self, document: usize, account: Option<usize>, cost: i64) -> Verdict {
        let paper = self.papers.get_mut(&document).unwrap();
        paper.state = State::Canceled;
        let verdict = match account {
            Some(account) => self.judge(account, owner(document), cost),
            None => Verdict::Declined {
                available: Points::ZERO,
            },
        };
        self.hold(document, account, cost, verdict);
        verdict
    }

    fn hold(&mut self, document: usize, account: Option<usize>, cost: i64, verdict: Verdict) {
        let paper = self.papers.get_mut(&document).unwrap();
        paper.account = account;
        paper.cost = Some(cost);
        paper.verdict = Some(verdict);
        paper.lease = None;
        paper.hold_until = Some(self.hour + HOLD);
        paper.state = State::Canceled;
        if is_permitted(verdict) {
            paper.state = State::Held;
        }
    }
}

const fn is_permitted(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::Declined { .. })
}
