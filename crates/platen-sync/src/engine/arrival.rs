//! What comes from the server.

use std::collections::BTreeSet;

use platen_domain::{AccountId, DocumentId, DocumentState, Verdict};

use super::Engine;
use super::draft::Draft;
use super::event::{RequestId, Trouble};
use super::instruction::{Decision, Instruction};
use super::lease::HeldLease;
use super::link::{Away, Link, Stop};
use super::show::Overlay;
use super::state::{HeldView, State};
use crate::wire::{
    Action, Answer, Answered, Answers, Balances, Document, Done, Failure, FailureCode, PROTOCOL,
    View, WhoUpdates,
};

/// A server that has nothing new so soon is not asked again at once. Units:
/// milliseconds.
const QUICK_MS: u64 = 1_000;
/// How long after a refusal a lease is not asked for. Units: milliseconds.
const ASK_PAUSE_MS: u64 = 600_000;
/// A server that shows an older state so often than it has shown is not the one
/// it was.
const MOST_OLD_VIEWS: u32 = 3;

impl Engine {
    /// *Errors*: how it stands with the server instead.
    pub(super) fn view_arrived(
        &mut self,
        draft: &mut Draft,
        request: RequestId,
        view: View,
    ) -> Result<(), Link> {
        let Some(asked) = self.soft.fetching.take_if(|one| one.request == request) else {
            return Ok(());
        };
        if view.protocol > PROTOCOL {
            return Err(Link::Away(Away::Outdated(WhoUpdates::Client)));
        }
        if view.user.id.as_str() != draft.state.user() {
            return Err(Link::Stopped(Stop::SomebodyElse));
        }
        // What was never sent, nobody can have carried out.
        if view.applied > draft.state.meta.sent_through {
            return Err(Link::Stopped(Stop::Diverged));
        }
        let held = draft.state.view().map(|held| held.version);
        // Whoever asks for the whole state in any case gets it numbered anew.
        let expected = held.filter(|_| !asked.whole);
        if expected.is_some_and(|held| view.version < held) {
            self.soft.old_views += 1;
            if self.soft.old_views >= MOST_OLD_VIEWS {
                return Err(Link::Stopped(Stop::Diverged));
            }
            self.nothing_new(asked.at.since_boot_ms);
            return Ok(());
        }
        self.soft.old_views = 0;
        let timed = |lease: &HeldLease| lease.is_timed(&self.clock);
        if held == Some(view.version) && draft.state.leases.values().all(timed) {
            self.nothing_new(asked.at.since_boot_ms);
            self.give_out_held_releases(draft);
            return Ok(());
        }
        self.soft.succeeded();
        self.soft.bear(&view, &self.clock, &mut self.random);
        // Before anything is drawn on a lease that this view calls back.
        adopt_leases(draft, &view, &asked.at);
        self.tell_of_contained(draft, &view);
        self.give_out_releases(draft, &view);
        remove_contained(draft, view.applied);
        let ahead_ms = view
            .server_time
            .duration_since(self.clock.wall)
            .as_millis()
            .try_into()
            .unwrap_or(i64::MAX);
        draft.put_view(HeldView { view, ahead_ms });
        Ok(())
    }

    /// *Errors*: how it stands with the server instead.
    pub(super) fn balances_arrived(
        &mut self,
        draft: &mut Draft,
        request: RequestId,
        news: &Balances,
    ) -> Result<(), Away> {
        let Some(asked) = &mut self.soft.fetching else {
            return Ok(());
        };
        if asked.request != request {
            return Ok(());
        }
        // More may follow; the answer's end is not one that came to nothing.
        asked.told = true;
        let is_whole = asked.whole;
        if news.protocol > PROTOCOL {
            return Err(Away::Outdated(WhoUpdates::Client));
        }
        // Whoever asked for the whole state needs the whole.
        let held = draft.state.view.clone().filter(|_| !is_whole);
        let held = held.ok_or(Away::Garbled)?;
        let view = held.view.clone().followed_by(news);
        let view = view.map_err(|_| Away::Garbled)?;
        self.soft.old_views = 0;
        self.soft.succeeded();
        self.give_out_releases(draft, &view);
        let ahead_ms = held.ahead_ms;
        draft.put_view(HeldView { view, ahead_ms });
        Ok(())
    }

    pub(super) fn view_unchanged(&mut self, draft: &mut Draft, request: RequestId) {
        if let Some(asked) = self.soft.fetching.take_if(|one| one.request == request) {
            match asked.told {
                // Something else changed, or it is time to ask anew.
                true => self.soft.succeeded(),
                false => self.nothing_new(asked.at.since_boot_ms),
            }
            self.give_out_held_releases(draft);
        }
    }

    /// A release of the held view may have been lost with the program that was told
    /// of it.
    fn give_out_held_releases(&mut self, draft: &mut Draft) {
        if let Some(held) = draft.state.view.clone() {
            self.give_out_releases(draft, &held.view);
        }
    }

    fn nothing_new(&mut self, asked_ms: u64) {
        self.soft.succeeded();
        let now = self.clock.since_boot_ms;
        if now.saturating_sub(asked_ms) < QUICK_MS {
            self.soft.next_try_ms = now.saturating_add(QUICK_MS + self.random.up_to(QUICK_MS));
        }
    }

    /// The view has the verdict on a document before the answer comes.
    fn tell_of_contained(&mut self, draft: &mut Draft, view: &View) {
        let mut told = Vec::new();
        for (number, entry) in draft.state.unanswered() {
            let Action::Place { document, .. } = entry.action() else {
                continue;
            };
            if number <= view.applied && !is_overtaken(&draft.state, document.id, number) {
                told.push((number, document.id));
            }
        }
        for (number, document) in told {
            let known = view.documents.iter().chain(&view.closed);
            let mut known = known.filter(|known| known.id == document);
            if let Some(known) = known.next()
                && let Some(verdict) = known.verdict
                && self.soft.awaited.remove(&document).is_some()
                && !self.draw_instead(draft, number, Some(verdict), Some(known))
            {
                draft.say(Instruction::Decide {
                    document,
                    decision: Decision::Judged {
                        verdict,
                        account: known.account,
                        lease: None,
                    },
                });
            }
        }
    }

    /// The server declines the document that operation `number` placed, and this
    /// device holds points of the account on which it did: they are the user's own,
    /// and carry it if they can. Gives whether they do.
    fn draw_instead(
        &mut self,
        draft: &mut Draft,
        number: u64,
        verdict: Option<Verdict>,
        judged: Option<&Document>,
    ) -> bool {
        let judged = judged.filter(|judged| {
            let declined = matches!(verdict, Some(Verdict::Declined { .. }));
            declined && judged.state == Some(DocumentState::Canceled)
        });
        let account = judged.and_then(|judged| judged.account);
        if account.is_none() {
            return false;
        }
        let placed = draft.state.outbox.get(&number).map(|entry| entry.action());
        let Some(Action::Place {
            document, facts, ..
        }) = placed.cloned()
        else {
            return false;
        };
        // What was done with it since, here or elsewhere, decides what it is by now.
        let overlay = Overlay::of(&draft.state);
        let state = overlay.document(document.id).and_then(|found| found.state);
        let is_as_placed = draft.state.local(document.id).all(|(later, entry)| {
            later <= number || matches!(entry.action(), Action::Notified { .. })
        });
        let waits = matches!(
            state,
            Some(DocumentState::Submitted | DocumentState::Canceled)
        );
        if !waits || !is_as_placed {
            return false;
        }
        match self.find_draw(&draft.state, account, &facts) {
            Ok(draw) => {
                self.place_on_lease(draft, document, facts, draw);
                true
            }
            Err(_) => false,
        }
    }

    /// Documents that were released elsewhere, in the portal or at a station.
    fn give_out_releases(&mut self, draft: &mut Draft, view: &View) {
        let releases = view.documents.iter().filter_map(|one| one.release.as_ref());
        let shown: BTreeSet<_> = releases.map(|release| release.nonce).collect();
        let pending: BTreeSet<_> = draft
            .state
            .outbox
            .values()
            .filter_map(|entry| match entry.action() {
                Action::BeginRelease { nonce, .. } => Some(*nonce),
                Action::PlaceOnLease { release, .. } => release.as_ref().map(|one| one.nonce),
                _ => None,
            })
            .collect();
        self.soft
            .given_out
            .retain(|nonce| shown.contains(nonce) || pending.contains(nonce));
        for document in &view.documents {
            let Some(release) = &document.release else {
                continue;
            };
            let ours = |action: &Action| match action {
                Action::BeginRelease { nonce, .. } => *nonce == release.nonce,
                _ => false,
            };
            // One's own release waits for its answer; what was done since counts
            // for more than what the server knew.
            let known = draft.state.local(document.id).any(|(number, entry)| {
                number > view.applied || entry.answer.is_none() && ours(entry.action())
            });
            let done = self.soft.given_out.contains(&release.nonce);
            if document.state != Some(DocumentState::Releasing) || known || done {
                continue;
            }
            draft.say(Instruction::Release {
                document: document.id,
                printer: release.printer.clone(),
                nonce: release.nonce,
                approval: release.approval.clone(),
                lease: None,
                signed_lease: None,
            });
        }
    }

    pub(super) fn answers_arrived(
        &mut self,
        draft: &mut Draft,
        request: RequestId,
        answers: Answers,
    ) {
        if self.soft.sending == Some(request) {
            self.soft.sending = None;
            self.soft.succeeded();
            self.soft.resend_from = None;
        }
        // An answer is true whenever it comes.
        for answer in answers.answers {
            let entry = draft.state.outbox.get(&answer.sequence);
            let Some(entry) = entry.filter(|entry| entry.answer.is_none()) else {
                continue;
            };
            if entry.operation.id != answer.id {
                continue;
            }
            let action = entry.action().clone();
            self.answered(draft, &action, &answer);
            draft.change(answer.sequence, |entry| {
                entry.answer = Some(answer.result.into());
            });
        }
        let applied = draft.state.applied();
        remove_contained(draft, applied);
    }

    fn answered(&mut self, draft: &mut Draft, action: &Action, answer: &Answer) {
        match (action, &answer.result) {
            (Action::Place { document, .. }, result) => {
                self.soft.awaited.remove(&document.id);
                let done = match result {
                    Answered::Done(done) => Some(done),
                    _ => None,
                };
                let verdict = done.and_then(|done| done.verdict);
                let judged = done.and_then(|done| done.document.as_ref());
                let number = answer.sequence;
                if !is_overtaken(&draft.state, document.id, number)
                    && !self.draw_instead(draft, number, verdict, judged)
                {
                    self.say_placed(document.id, result);
                }
            }
            (Action::BeginRelease { .. }, Answered::Done(done)) => {
                self.release_answered(draft, action, done);
            }
            (Action::BeginRelease { document, .. }, Answered::Refused(_)) => {
                self.soft.releases.remove(document);
                self.say_refused(Some(*document), &answer.result);
            }
            (
                Action::Reprice { document, .. } | Action::ChangeAccount { document, .. },
                Answered::Done(done),
            ) => draft.say(Instruction::Answered {
                document: *document,
                done: done.clone(),
            }),
            (Action::AskLease { account, .. }, Answered::Refused(_)) => self.no_lease(*account),
            // Nobody asked for these.
            (Action::ReturnLease { .. } | Action::Notified { .. }, _) => {}
            (action, result) => self.say_refused(action.document(), result),
        }
    }

    /// What the server said is final: it is told before it is stored, so that it
    /// is rather told twice than never.
    fn say_placed(&mut self, document: DocumentId, result: &Answered) {
        let decision = match result {
            Answered::Done(done) => done.verdict.map(|verdict| Decision::Judged {
                verdict,
                account: done.document.as_ref().and_then(|found| found.account),
                lease: None,
            }),
            Answered::Refused(refused) => Some(Decision::Refused(refused.clone())),
            Answered::Unknown => None,
        };
        if let Some(decision) = decision {
            self.decide(document, decision);
        }
    }

    fn say_refused(&mut self, document: Option<DocumentId>, result: &Answered) {
        if let Answered::Refused(refused) = result {
            self.out.push(Instruction::Refused {
                document,
                refused: refused.clone(),
            });
        }
    }

    fn no_lease(&mut self, account: AccountId) {
        let pause = ASK_PAUSE_MS + self.random.up_to(ASK_PAUSE_MS / 10);
        let until = self.clock.since_boot_ms.saturating_add(pause);
        self.soft.no_ask_before.insert(account, until);
    }

    /// A release that nobody waits for any more is taken back.
    fn release_answered(&mut self, draft: &mut Draft, action: &Action, done: &Done) {
        let Action::BeginRelease {
            document,
            printer,
            nonce,
        } = action
        else {
            return;
        };
        let now = self.clock.since_boot_ms;
        let until = self.soft.releases.remove(document);
        let answered = done.document.as_ref();
        let under_way = answered.is_some_and(|found| found.state == Some(DocumentState::Releasing));
        if !under_way || self.soft.given_out.contains(nonce) {
            return;
        }
        if until.is_some_and(|until| until > now) {
            let release = answered.and_then(|found| found.release.as_ref());
            return draft.say(Instruction::Release {
                document: *document,
                printer: printer.clone(),
                nonce: *nonce,
                approval: release.and_then(|release| release.approval.clone()),
                lease: None,
                signed_lease: None,
            });
        }
        let reason = "The print server answered too late. Release the document again.".to_owned();
        let action = Action::AbandonRelease {
            document: *document,
            reason,
        };
        draft.push(action, &self.clock, &mut self.random);
    }

    pub(super) fn failed(&mut self, request: RequestId, trouble: &Trouble) {
        let fetch = self.soft.fetching.take_if(|one| one.request == request);
        let send = self.soft.sending.take_if(|one| *one == request);
        if fetch.is_none() && send.is_none() {
            return;
        }
        match trouble {
            Trouble::Unreachable => self.go_away(Away::Unreachable, None),
            Trouble::Certificate => self.go_away(Away::Certificate, None),
            Trouble::NotOurs => self.go_away(Away::NotOurs, None),
            Trouble::Garbled => self.go_away(Away::Garbled, None),
            Trouble::Unavailable { retry_after_s } => {
                self.go_away(Away::Unavailable, *retry_after_s);
            }
            Trouble::Failed(failure) => self.refused_as_a_whole(failure),
        }
    }

    fn refused_as_a_whole(&mut self, failure: &Failure) {
        let after = failure.retry_after_s;
        match failure.code {
            FailureCode::SignedOut => self.stop(Stop::SignedOut),
            FailureCode::Revoked => self.stop(Stop::Revoked),
            FailureCode::Diverged => self.stop(Stop::Diverged),
            FailureCode::ClientTooOld => self.go_away(Away::Outdated(WhoUpdates::Client), after),
            FailureCode::ServerTooOld => self.go_away(Away::Outdated(WhoUpdates::Server), after),
            FailureCode::Malformed | FailureCode::TooLarge => {
                self.go_away(Away::Misunderstood, after);
            }
            FailureCode::OutOfOrder => self.out_of_order(failure.expected),
            FailureCode::Busy | FailureCode::Unknown => self.go_away(Away::Unavailable, after),
        }
    }

    /// The server has not seen operations that this device takes for delivered.
    fn out_of_order(&mut self, expected: Option<u64>) {
        let Some(expected) = expected.filter(|number| self.state.outbox.contains_key(number))
        else {
            return self.stop(Stop::Diverged);
        };
        if self.soft.resend_from == Some(expected) {
            return self.go_away(Away::Misunderstood, None);
        }
        self.soft.resend_from = Some(expected);
    }
}

/// Whether a verdict on what operation `number` placed is of no interest any more:
/// the document was drawn here since, or can't be read.
fn is_overtaken(state: &State, document: DocumentId, number: u64) -> bool {
    state.local(document).any(|(later, entry)| {
        let action = entry.action();
        later > number
            && matches!(
                action,
                Action::PlaceOnLease { .. } | Action::Unreadable { .. }
            )
    })
}

/// Operations that are answered and in the view are done with.
fn remove_contained(draft: &mut Draft, applied: u64) {
    let outbox = draft.state.outbox.range(..=applied);
    let done: Vec<u64> = outbox
        .filter(|(_, entry)| entry.answer.is_some())
        .map(|(number, _)| *number)
        .collect();
    for number in done {
        draft.remove(number);
    }
}

/// Leases count as confirmed once a view has them, and only such as this device
/// remembers having asked for: of another it may have forgotten what it drew.
fn adopt_leases(draft: &mut Draft, view: &View, asked: &super::Clock) {
    for lease in &view.leases {
        let former = draft.state.leases.get(&lease.id);
        let asked_for = draft.state.outbox.values().any(
            |entry| matches!(entry.action(), Action::AskLease { lease: id, .. } if *id == lease.id),
        );
        if former.is_none() && !asked_for {
            continue;
        }
        let held = HeldLease::new(lease, asked, former);
        draft.put_lease(held);
    }
    let over: Vec<_> = draft
        .state
        .leases
        .keys()
        .filter(|id| !view.leases.iter().any(|lease| lease.id == **id))
        .copied()
        .collect();
    for lease in over {
        draft.drop_lease(lease);
    }
}
