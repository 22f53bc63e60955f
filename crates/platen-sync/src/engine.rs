//! The client's half: what happens comes in as [`Event`], what to do goes out as
//! [`Instruction`].
//!
//! One engine serves one user on one device, with one store of his own: whoever
//! signs in after him has another. Nothing is in force before it is stored: each
//! event makes a next state, its rows are written, and only then is it acted on
//! and are people told. While a write is under way further events wait. A
//! restart goes on from exactly what is stored.
//!
//! *Source*: rules.md.

mod arrival;
mod document;
mod draft;
mod event;
mod instruction;
mod lease;
mod link;
mod moment;
mod offline;
mod show;
mod state;
mod upkeep;

use std::collections::VecDeque;

use platen_domain::{DocumentId, UserId};

use draft::{Draft, Then};
use link::Soft;
use moment::Random;
use state::State;

pub use event::{Change, Event, RequestId, Submission, Ticket, Trouble};
pub use instruction::{Decision, Declined, Instruction, Wait};
pub use link::{Away, LONGEST_PAUSE_MS, Link, RELEASE_PATIENCE_MS, Stop, VERDICT_DEADLINE_MS};
pub use moment::{Clock, Moment};
pub use show::{Shown, ShownDocument, ShownLease};
pub use state::RestoreError;

/// How long what the disk did not take waits before it is tried again. Units:
/// milliseconds.
const DISK_PAUSE_MS: u64 = 30_000;

/// The client's half.
pub struct Engine {
    state: State,
    soft: Soft,
    clock: Clock,
    random: Random,
    /// A write that is under way.
    writing: Option<Writing>,
    tickets: u64,
    /// What happened meanwhile, oldest first.
    waiting: VecDeque<Event>,
    /// What happened and could not be stored; it is tried again.
    unstored: Vec<Event>,
    /// Not before this is anything written by the engine's own choice, or tried
    /// again. Units: milliseconds since boot.
    no_write_before_ms: u64,
    out: Vec<Instruction>,
}

struct Writing {
    ticket: Ticket,
    draft: Draft,
    cause: Cause,
}

/// What a write is for.
enum Cause {
    Event(Box<Event>),
    /// Documents that were decided on because the server did not answer.
    Deadline(Vec<DocumentId>),
    Upkeep,
}

impl Engine {
    /// The engine of `user` as its store has it; an empty store is that of a new
    /// device. [`Event::Started`] must come next.
    ///
    /// *Errors*: the store is damaged, newer than this program, or somebody
    /// else's.
    pub fn restore(
        user: &UserId,
        rows: impl IntoIterator<Item = (String, String)>,
        clock: Clock,
    ) -> Result<Self, RestoreError> {
        Ok(Self {
            state: State::restore(user, rows)?,
            soft: Soft::new(),
            clock,
            random: Random::new(0),
            writing: None,
            tickets: 0,
            waiting: VecDeque::new(),
            unstored: Vec::new(),
            no_write_before_ms: 0,
            out: Vec::new(),
        })
    }

    /// Takes in what happened; gives what to do, in order.
    pub fn handle(&mut self, event: Event, moment: Moment) -> Vec<Instruction> {
        self.random = Random::new(moment.random);
        self.advance(moment.clock);
        match event {
            Event::Stored(ticket) => self.stored(ticket),
            Event::StoreFailed(ticket) => self.store_failed(ticket),
            other => self.waiting.push_back(other),
        }
        while self.writing.is_none() {
            match self.waiting.pop_front() {
                Some(event) => self.process(event),
                // A time may have come while something else happened: nobody wakes for
                // it any more.
                None if self.is_overdue() => self.woke(),
                None => break,
            }
        }
        if self.writing.is_none() {
            self.keep_up();
        }
        std::mem::take(&mut self.out)
    }

    /// When [`Event::Woke`] is due. Units: milliseconds since boot.
    #[must_use]
    pub fn wake_at(&self) -> Option<u64> {
        self.next_wake()
    }

    /// How it stands with the server.
    #[must_use]
    pub const fn link(&self) -> Link {
        self.soft.link
    }

    /// How many operations have no answer yet.
    #[must_use]
    pub fn undelivered(&self) -> usize {
        self.state.unanswered().count()
    }

    /// Time goes on; a clock that jumps back stands still, and after another
    /// boot everything that was measured begins anew.
    fn advance(&mut self, clock: Clock) {
        let former = std::mem::replace(&mut self.clock, clock);
        if former.boot == clock.boot {
            self.clock.since_boot_ms = clock.since_boot_ms.max(former.since_boot_ms);
            return;
        }
        let requests = [
            self.soft.sending,
            self.soft.fetching.as_ref().map(|one| one.request),
        ];
        for request in requests.into_iter().flatten() {
            self.out.push(Instruction::Abort { request });
        }
        let link = self.soft.link;
        self.soft.reset();
        if matches!(link, Link::Stopped(_)) {
            self.soft.link = link;
        }
        self.no_write_before_ms = 0;
        self.waiting.push_front(Event::Started);
    }

    fn process(&mut self, event: Event) {
        let mut draft = Draft::of(&self.state);
        match event.clone() {
            Event::Started => self.started(&mut draft),
            Event::Woke => return self.woke(),
            Event::Stored(_) | Event::StoreFailed(_) => {}
            Event::NetworkChanged => self.soft.try_soon(&self.clock, &mut self.random),
            Event::SignedIn => {
                if self.soft.is_stopped() {
                    self.soft.link = Link::Starting;
                    self.soft.next_try_ms = 0;
                    self.started(&mut draft);
                }
            }
            Event::Submitted(submission) => self.submitted(&mut draft, *submission),
            Event::Unreadable { document, problem } => {
                self.unreadable(&mut draft, *document, problem);
            }
            Event::Repriced { document, facts } => self.repriced(&mut draft, document, *facts),
            Event::AccountChanged {
                document,
                account,
                scope,
            } => self.account_changed(&mut draft, document, account, scope),
            Event::ActiveChosen { account } => self.active_chosen(&mut draft, account),
            Event::Deleted { document } => self.deleted(&mut draft, document),
            Event::ReleaseAsked { document, printer } => {
                self.release_asked(&mut draft, document, printer);
            }
            Event::Abandoned { document, reason } => self.abandoned(&mut draft, document, reason),
            Event::Settled {
                document,
                settlement,
            } => self.settled(&mut draft, document, settlement),
            Event::Notified { document } => self.notified(&mut draft, document),
            Event::LeaseClosed { lease, receipt } => self.lease_closed(&mut draft, lease, receipt),
            Event::ViewArrived { request, view } => {
                match self.view_arrived(&mut draft, request, *view) {
                    Err(Link::Stopped(stop)) => return self.stop(stop),
                    Err(Link::Away(away)) => return self.go_away(away, None),
                    _ => {}
                }
            }
            Event::BalancesArrived { request, balances } => {
                if let Err(away) = self.balances_arrived(&mut draft, request, &balances) {
                    return self.go_away(away, None);
                }
            }
            Event::ViewUnchanged { request } => self.view_unchanged(&mut draft, request),
            Event::AnswersArrived { request, answers } => {
                self.answers_arrived(&mut draft, request, *answers);
            }
            Event::RequestFailed { request, trouble } => return self.failed(request, &trouble),
        }
        self.write(draft, Cause::Event(Box::new(event)));
    }

    /// Writes a next state; one that differs in nothing is in force at once.
    fn write(&mut self, mut draft: Draft, cause: Cause) {
        if !draft.is_changed() {
            return self.put_in_force(draft);
        }
        if self.soft.is_connected() {
            // They are sent as soon as they are stored: one write for both.
            draft.mark_sent(draft.state.meta.next - 1);
        }
        let changes = draft.changes(&self.clock);
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.out.push(Instruction::Store { ticket, changes });
        self.writing = Some(Writing {
            ticket,
            draft,
            cause,
        });
    }

    fn stored(&mut self, ticket: Ticket) {
        match self.writing.take() {
            Some(writing) if writing.ticket == ticket => {
                self.put_in_force(writing.draft);
                self.out.push(Instruction::Show);
            }
            other => self.writing = other,
        }
    }

    fn put_in_force(&mut self, draft: Draft) {
        self.state = draft.state;
        let now = self.clock.since_boot_ms;
        for then in draft.then {
            match then {
                Then::Say(instruction) => {
                    match &instruction {
                        Instruction::Release { nonce, .. } => {
                            self.soft.given_out.insert(*nonce);
                        }
                        Instruction::CloseLease { lease, .. } => {
                            self.soft.asked_to_close.insert(*lease);
                        }
                        _ => {}
                    }
                    self.out.push(instruction);
                }
                Then::Await(document) => {
                    let until = now.saturating_add(VERDICT_DEADLINE_MS);
                    self.soft.awaited.insert(document, until);
                }
                Then::AwaitRelease(document) => {
                    let until = now.saturating_add(RELEASE_PATIENCE_MS);
                    self.soft.releases.insert(document, until);
                }
            }
        }
    }

    /// Nothing of it came true, and nobody was told that it did.
    fn store_failed(&mut self, ticket: Ticket) {
        let writing = match self.writing.take() {
            Some(writing) if writing.ticket == ticket => writing,
            other => return self.writing = other,
        };
        let now = self.clock.since_boot_ms;
        self.no_write_before_ms = now.saturating_add(DISK_PAUSE_MS);
        match writing.cause {
            Cause::Upkeep => {}
            Cause::Deadline(documents) => {
                for document in documents {
                    self.decide(document, Decision::Waits(Wait::DiskFull));
                }
            }
            Cause::Event(event) => self.event_unstored(*event),
        }
    }

    fn event_unstored(&mut self, event: Event) {
        match event {
            Event::Submitted(submission) => {
                let document = submission.document.id;
                self.decide(document, Decision::Waits(Wait::DiskFull));
                self.unstored.push(Event::Submitted(submission));
            }
            // They happened, whether it can be stored or not.
            Event::Unreadable { .. }
            | Event::Settled { .. }
            | Event::Abandoned { .. }
            | Event::LeaseClosed { .. }
            | Event::Deleted { .. } => self.unstored.push(event),
            Event::Repriced { document, .. }
            | Event::AccountChanged { document, .. }
            | Event::ReleaseAsked { document, .. } => {
                self.decline(Some(document), Declined::DiskFull)
            }
            Event::ActiveChosen { .. } => self.decline(None, Declined::DiskFull),
            Event::ViewArrived { .. }
            | Event::BalancesArrived { .. }
            | Event::AnswersArrived { .. } => {
                // What came is lost; it is asked for again, but not over and over.
                let pause = DISK_PAUSE_MS.div_ceil(1000);
                self.go_away(Away::DiskFull, u32::try_from(pause).ok());
            }
            _ => {}
        }
    }

    fn decide(&mut self, document: DocumentId, decision: Decision) {
        self.out.push(Instruction::Decide { document, decision });
    }

    fn decline(&mut self, document: Option<DocumentId>, why: Declined) {
        self.out.push(Instruction::Decline { document, why });
    }
}
