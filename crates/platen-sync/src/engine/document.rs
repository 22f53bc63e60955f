//! What people and the spooler do with documents.

use platen_domain::{AccountId, DocumentId, DocumentState, LeaseId};

use super::Engine;
use super::draft::{Draft, Then};
use super::event::Submission;
use super::instruction::{Decision, Declined, Instruction, Wait};
use super::link::Link;
use super::offline::Undecided;
use super::show::Overlay;
use super::state::State;
use crate::wire::{
    Action, Answered, Facts, Fault, GivenOut, NewDocument, Refused, Scope, Settlement, limit,
};

/// Bytes that an operation has beside its action at most.
const ENVELOPE_BYTES: usize = 256;

impl Engine {
    pub(super) fn submitted(&mut self, draft: &mut Draft, submission: Submission) {
        let Submission {
            document,
            facts,
            account,
        } = submission;
        let id = document.id;
        if is_placed(&draft.state, id) {
            return self.tell_again(draft, id);
        }
        let action = Action::Place {
            document: document.clone(),
            facts: facts.clone(),
            account,
        };
        if let Err(fault) = fits(&action) {
            let decision = Decision::Refused(Refused::of(&fault));
            return draft.say(Instruction::Decide {
                document: id,
                decision,
            });
        }
        let hopeful = self.soft.is_hopeful();
        let decision = if hopeful {
            None
        } else {
            match self.find_draw(&draft.state, account, &facts) {
                Ok(draw) => return self.place_on_lease(draft, document, facts, draw),
                Err(wait) => Some(Decision::Waits(wait)),
            }
        };
        if let Some(account) = account.or(Overlay::of(&draft.state).active) {
            draft.state.note_use(account, self.clock.wall);
        }
        draft.push(action, &self.clock, &mut self.random);
        match decision {
            Some(decision) => draft.say(Instruction::Decide {
                document: id,
                decision,
            }),
            None => draft.then.push(Then::Await(id)),
        }
    }

    /// A document that was placed before: whoever asks again is told again.
    fn tell_again(&self, draft: &mut Draft, document: DocumentId) {
        let mut decision = None;
        if let Some(found) = Overlay::of(&draft.state).document(document) {
            decision = found.verdict.map(|verdict| Decision::Judged {
                verdict,
                account: found.account,
                lease: found.lease,
            });
        }
        for (_, entry) in draft.state.outbox.iter() {
            if entry.action().document() == Some(document)
                && matches!(entry.action(), Action::Place { .. })
                && let Some(Answered::Refused(refused)) = entry.answer.as_deref()
            {
                decision = Some(Decision::Refused(refused.clone()));
            }
        }
        let waits = !self.soft.is_hopeful() && Undecided::find(&draft.state, document).is_some();
        if decision.is_none() && waits {
            decision = Some(Decision::Waits(match self.soft.link {
                Link::Stopped(_) => Wait::SignIn,
                _ => Wait::NoLease,
            }));
        }
        if let Some(decision) = decision {
            draft.say(Instruction::Decide { document, decision });
        }
    }

    pub(super) fn unreadable(&mut self, draft: &mut Draft, document: NewDocument, problem: String) {
        let id = document.id;
        let overlay = Overlay::of(&draft.state);
        let is_due = match overlay.document(id) {
            // What is being printed, or over, stays as it is.
            Some(_) => is_waiting(&draft.state, id),
            None => !is_placed(&draft.state, id),
        };
        if !is_due {
            return;
        }
        let action = Action::Unreadable { document, problem };
        match action.check() {
            Ok(()) => {
                self.soft.awaited.remove(&id);
                draft.push(action, &self.clock, &mut self.random);
            }
            Err(fault) => draft.say(Instruction::Decline {
                document: Some(id),
                why: Declined::Invalid(Refused::of(&fault)),
            }),
        }
    }

    pub(super) fn repriced(&mut self, draft: &mut Draft, document: DocumentId, facts: Facts) {
        let action = Action::Reprice { document, facts };
        if let Err(fault) = fits(&action) {
            let why = Declined::Invalid(Refused::of(&fault));
            return self.decline(Some(document), why);
        }
        if !is_waiting(&draft.state, document) {
            return self.decline(Some(document), Declined::NotNow);
        }
        draft.push(action, &self.clock, &mut self.random);
        self.decide_without_hope(draft, document);
    }

    pub(super) fn account_changed(
        &mut self,
        draft: &mut Draft,
        document: DocumentId,
        account: AccountId,
        scope: Scope,
    ) {
        let known = Overlay::of(&draft.state).account(account).is_some();
        if !known || !is_waiting(&draft.state, document) {
            return self.decline(Some(document), Declined::NotNow);
        }
        let action = Action::ChangeAccount {
            document,
            account,
            scope,
        };
        draft.push(action, &self.clock, &mut self.random);
        self.decide_without_hope(draft, document);
    }

    /// Where the server can't be asked, what has a verdict of his waits for him.
    fn decide_without_hope(&mut self, draft: &mut Draft, document: DocumentId) {
        if self.soft.is_hopeful() {
            return;
        }
        if Undecided::find(&draft.state, document).is_none() {
            return draft.say(Instruction::Pending { document });
        }
        self.decide_alone(draft, document);
    }

    pub(super) fn active_chosen(&mut self, draft: &mut Draft, account: AccountId) {
        let overlay = Overlay::of(&draft.state);
        if overlay.account(account).is_none_or(|one| one.at_limit) {
            return self.decline(None, Declined::NotNow);
        }
        if overlay.active != Some(account) {
            let action = Action::SetActive { account };
            draft.push(action, &self.clock, &mut self.random);
        }
    }

    pub(super) fn deleted(&mut self, draft: &mut Draft, document: DocumentId) {
        let overlay = Overlay::of(&draft.state);
        let state = overlay.document(document).and_then(|found| found.state);
        if !state.is_some_and(|state| state.is_open() && state != DocumentState::Releasing) {
            return self.decline(Some(document), Declined::NotNow);
        }
        self.soft.awaited.remove(&document);
        draft.push(Action::Delete { document }, &self.clock, &mut self.random);
    }

    /// With the server, the document is released once he says so; without, only
    /// one whose points come from a lease and of which the server can't have
    /// heard: nobody can have moved or deleted it meanwhile.
    pub(super) fn release_asked(
        &mut self,
        draft: &mut Draft,
        document: DocumentId,
        printer: String,
    ) {
        let overlay = Overlay::of(&draft.state);
        let state = overlay.document(document).and_then(|found| found.state);
        if state != Some(DocumentState::Held) {
            return self.decline(Some(document), Declined::NotNow);
        }
        let nonce = self.random.id();
        let action = Action::BeginRelease {
            document,
            printer: printer.clone(),
            nonce,
        };
        if let Err(fault) = action.check() {
            let why = Declined::Invalid(Refused::of(&fault));
            return self.decline(Some(document), why);
        }
        let alone = draft.state.drawn_alone(document);
        if let Some((sequence, lease)) =
            alone.filter(|_| !self.soft.is_connected() && !self.soft.is_stopped())
        {
            let given_out = GivenOut {
                printer: printer.clone(),
                nonce,
            };
            set_release(draft, sequence, Some(given_out));
            let signed_lease = draft.state.signed(lease);
            return draft.say(Instruction::Release {
                document,
                printer,
                nonce,
                approval: None,
                lease: Some(lease),
                signed_lease,
            });
        }
        if !self.soft.is_hopeful() {
            return self.decline(Some(document), Declined::NeedsNetwork);
        }
        draft.push(action, &self.clock, &mut self.random);
        draft.then.push(Then::AwaitRelease(document));
    }

    /// Releases that were given out without network: whoever carried them out may
    /// not have come to it.
    pub(super) fn tell_releases_again(&self, draft: &mut Draft) {
        let overlay = Overlay::of(&draft.state);
        let applied = draft.state.applied();
        let mut told = Vec::new();
        for (number, entry) in &draft.state.outbox {
            let Action::PlaceOnLease {
                document,
                draw,
                release: Some(release),
                ..
            } = entry.action()
            else {
                continue;
            };
            let found = overlay.document(document.id);
            let state = found.and_then(|found| found.state);
            // What the view contains is told when the server says that it still holds.
            if *number <= applied
                || state != Some(DocumentState::Releasing)
                || self.soft.given_out.contains(&release.nonce)
            {
                continue;
            }
            told.push(Instruction::Release {
                document: document.id,
                printer: release.printer.clone(),
                nonce: release.nonce,
                approval: None,
                lease: Some(draw.lease),
                signed_lease: draft.state.signed(draw.lease),
            });
        }
        for release in told {
            draft.say(release);
        }
    }

    pub(super) fn abandoned(&mut self, draft: &mut Draft, document: DocumentId, reason: String) {
        let overlay = Overlay::of(&draft.state);
        let state = overlay.document(document).and_then(|found| found.state);
        if state != Some(DocumentState::Releasing) {
            return;
        }
        if let Some((sequence, _)) = draft.state.drawn_alone(document) {
            return set_release(draft, sequence, None);
        }
        let reason = shortened(reason);
        let action = Action::AbandonRelease { document, reason };
        draft.push(action, &self.clock, &mut self.random);
    }

    pub(super) fn settled(
        &mut self,
        draft: &mut Draft,
        document: DocumentId,
        settlement: Settlement,
    ) {
        let overlay = Overlay::of(&draft.state);
        let Some(found) = overlay.document(document) else {
            return;
        };
        if found.state.is_some_and(|state| !state.is_open()) {
            return;
        }
        let settlement = match settlement {
            Settlement::Failed { reason } => Settlement::Failed {
                reason: shortened(reason),
            },
            other => other,
        };
        let action = Action::Settle {
            document,
            settlement,
        };
        draft.push(action, &self.clock, &mut self.random);
    }

    pub(super) fn notified(&mut self, draft: &mut Draft, document: DocumentId) {
        let overlay = Overlay::of(&draft.state);
        if overlay
            .document(document)
            .is_some_and(|found| !found.notified)
        {
            draft.push(Action::Notified { document }, &self.clock, &mut self.random);
        }
    }
}

impl State {
    /// The operation and the lease of a document that was drawn without network
    /// and of which the server can't have heard, and with which nothing else was
    /// done since.
    fn drawn_alone(&self, document: DocumentId) -> Option<(u64, LeaseId)> {
        let mut alone = None;
        for (number, entry) in self.local(document) {
            match entry.action() {
                Action::PlaceOnLease { draw, .. } => {
                    alone = (number > self.meta.sent_through).then_some((number, draw.lease));
                }
                Action::Place { .. } | Action::Notified { .. } => {}
                _ => alone = None,
            }
        }
        alone
    }
}

/// Writes into an operation that nobody has seen whether its document's release
/// was given out.
fn set_release(draft: &mut Draft, sequence: u64, given_out: Option<GivenOut>) {
    draft.change(sequence, |entry| {
        let mut action = entry.action().clone();
        if let Action::PlaceOnLease { release, .. } = &mut action {
            *release = given_out;
        }
        entry.rewrite(action);
    });
}

/// Whether a verdict on the document was asked for before.
fn is_placed(state: &State, document: DocumentId) -> bool {
    // The last of them decides: what could not be read may be placed anew.
    let done = state.outbox.values().rev().find_map(|entry| {
        let action = entry.action();
        match action {
            _ if action.document() != Some(document) => None,
            Action::Place { .. } | Action::PlaceOnLease { .. } => Some(true),
            Action::Unreadable { .. } if !entry.is_refused() => Some(false),
            _ => None,
        }
    });
    let Some(view) = state.view().filter(|_| done.is_none()) else {
        return done.unwrap_or_default();
    };
    let waits = [DocumentState::Submitted, DocumentState::Unreadable];
    let mut known = view.documents.iter().chain(&view.closed);
    known.any(|known| {
        known.id == document && known.state.is_none_or(|state| !waits.contains(&state))
    })
}

/// Whether a document is there that has not been released.
fn is_waiting(state: &State, document: DocumentId) -> bool {
    let overlay = Overlay::of(state);
    let state = overlay.document(document).and_then(|found| found.state);
    matches!(
        state,
        Some(DocumentState::Held | DocumentState::Canceled | DocumentState::Submitted)
    )
}

/// Whether an action keeps within what may be sent.
fn fits(action: &Action) -> Result<(), Fault> {
    action.check()?;
    let length = serde_json::to_string(action).map_or(usize::MAX, |json| json.len());
    let most = limit::OPERATION_BYTES - ENVELOPE_BYTES;
    if length > most {
        return Err(Fault::TooLarge { most });
    }
    Ok(())
}

/// What a machine has to say, as far as it is sent.
fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(limit::SENTENCE) {
        text.truncate(end);
    }
    text
}
