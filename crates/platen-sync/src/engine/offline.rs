//! Verdicts without the server. *Source*: rules.md.

use platen_domain::price::price;
use platen_domain::{AccountId, DocumentId, LeaseId, Points, judge_leased};

use super::draft::Draft;
use super::instruction::{Decision, Instruction, Wait};
use super::link::{Away, Link, Stop};
use super::show::Overlay;
use super::state::State;
use super::{Cause, Engine};
use crate::wire::{Action, Draw, Facts, NewDocument};

/// A document that waits for a verdict, as it is by now.
pub(super) struct Undecided {
    document: NewDocument,
    facts: Facts,
    account: Option<AccountId>,
}

impl Undecided {
    /// The document, if the server was asked for a verdict, has not given one as
    /// far as is known here, and nothing else was decided.
    pub(super) fn find(state: &State, document: DocumentId) -> Option<Self> {
        let applied = state.applied();
        let mut found: Option<Self> = None;
        for (number, entry) in state.local(document) {
            match (entry.action(), &mut found) {
                (
                    Action::Place {
                        document,
                        facts,
                        account,
                    },
                    _,
                ) => {
                    found = (entry.answer.is_none() && number > applied).then(|| Self {
                        document: document.clone(),
                        facts: facts.clone(),
                        account: *account,
                    });
                }
                (
                    Action::PlaceOnLease { .. }
                    | Action::Unreadable { .. }
                    | Action::Delete { .. }
                    | Action::Settle { .. },
                    found,
                ) => *found = None,
                (Action::Reprice { facts, .. }, Some(found)) => found.facts.clone_from(facts),
                (Action::ChangeAccount { account, .. }, Some(found)) => {
                    found.account = Some(*account);
                }
                _ => {}
            }
        }
        found
    }
}

impl Engine {
    /// What a lease of this device would give for a document.
    ///
    /// *Errors*: why it has to wait.
    pub(super) fn find_draw(
        &self,
        state: &State,
        account: Option<AccountId>,
        facts: &Facts,
    ) -> Result<Draw, Wait> {
        if self.soft.is_stopped() {
            return Err(Wait::SignIn);
        }
        let view = state.view().ok_or(Wait::NoLease)?;
        if !view.settings.account_management {
            return Err(Wait::NoLease);
        }
        let overlay = Overlay::of(state);
        let account = account.or(overlay.active).ok_or(Wait::NoLease)?;
        let account_view = overlay.account(account).ok_or(Wait::NoLease)?;
        let card = view.card.as_ref().ok_or(Wait::NoPrice)?;
        let receipt = price(card, &facts.pages(), &facts.finishing).map_err(|_| Wait::NoPrice)?;
        let cost = receipt.total;
        let lease = self.lease_for(state, account, cost)?;
        let verdict = judge_leased(&account_view.account(), account_view.balance, cost);
        Ok(Draw {
            lease,
            account,
            cost,
            card_version: card.version,
            verdict: Some(verdict.map_err(|_| Wait::NoPrice)?),
        })
    }

    /// A lease that carries this cost.
    fn lease_for(&self, state: &State, account: AccountId, cost: Points) -> Result<LeaseId, Wait> {
        let usable = state
            .leases
            .values()
            .filter(|lease| lease.account == account && lease.is_usable(state, &self.clock));
        let fullest = usable
            .max_by_key(|lease| lease.left())
            .ok_or(Wait::NoLease)?;
        let left = fullest.left();
        if left < cost {
            return Err(Wait::LeaseTooSmall { cost, left });
        }
        Ok(fullest.id)
    }

    /// Places a document on a lease, and says so once it is stored.
    pub(super) fn place_on_lease(
        &mut self,
        draft: &mut Draft,
        document: NewDocument,
        facts: Facts,
        draw: Draw,
    ) {
        let id = document.id;
        draft.take(&draw);
        draft.state.note_use(draw.account, self.clock.wall);
        let action = Action::PlaceOnLease {
            document,
            facts,
            draw,
            release: None,
        };
        draft.push(action, &self.clock, &mut self.random);
        if let Some(verdict) = draw.verdict {
            draft.say(Instruction::Decide {
                document: id,
                decision: Decision::Judged {
                    verdict,
                    account: Some(draw.account),
                    lease: Some(draw.lease),
                },
            });
        }
    }

    /// Decides on a document without the server, if it is undecided. Gives
    /// whether there was something to write.
    pub(super) fn decide_alone(&mut self, draft: &mut Draft, document: DocumentId) -> bool {
        let Some(undecided) = Undecided::find(&draft.state, document) else {
            return false;
        };
        match self.find_draw(&draft.state, undecided.account, &undecided.facts) {
            Ok(draw) => {
                self.place_on_lease(draft, undecided.document, undecided.facts, draw);
                true
            }
            Err(wait) => {
                draft.say(Instruction::Decide {
                    document,
                    decision: Decision::Waits(wait),
                });
                false
            }
        }
    }

    /// Decides on documents that the server was asked about in vain.
    pub(super) fn decide_all_alone(&mut self, documents: Vec<DocumentId>) {
        let mut draft = Draft::of(&self.state);
        let mut drawn = Vec::new();
        for document in documents {
            self.soft.awaited.remove(&document);
            if self.decide_alone(&mut draft, document) {
                drawn.push(document);
            }
        }
        self.write(draft, Cause::Deadline(drawn));
    }

    /// The server can't be reached: whoever waits for it is told, and it is tried
    /// again after a pause.
    pub(super) fn go_away(&mut self, away: Away, retry_after_s: Option<u32>) {
        self.soft
            .pause(&self.clock, &mut self.random, retry_after_s);
        self.break_off(Link::Away(away));
    }

    /// Nothing is sent any more.
    pub(super) fn stop(&mut self, stop: Stop) {
        self.break_off(Link::Stopped(stop));
    }

    fn break_off(&mut self, link: Link) {
        self.soft.link = link;
        let fetching = self.soft.fetching.take().map(|fetching| fetching.request);
        let requests = [fetching, self.soft.sending.take()];
        for request in requests.into_iter().flatten() {
            self.out.push(Instruction::Abort { request });
        }
        self.out.push(Instruction::Show);
        let awaited = self.soft.awaited.keys().copied().collect();
        self.decide_all_alone(awaited);
    }
}
