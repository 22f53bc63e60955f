//! A device with a disk, and a server that says what a test wants.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use platen_domain::{
    AccountId, Balance, DocumentId, DocumentState, Kind, LeaseId, PageFacts, PageRun, Points,
    PrintRates, RateCard, Size, UserId, Verdict,
};
use platen_sync::engine::{
    Clock, Decision, Engine, Event, Instruction, Moment, RequestId, RestoreError, Submission,
    Ticket, Trouble,
};
use platen_sync::wire::{
    AccountView, Action, Answer, Answered, Answers, Balances, Card, Document, Done, Facts, Lease,
    LeasePolicy, LeaseState, NewDocument, Operation, PROTOCOL, Received, User, View,
};
use uuid::Uuid;

pub(crate) const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// When every test begins.
pub(crate) const BEGIN: &str = "2026-11-29T10:00:00Z";

pub(crate) struct Device {
    pub(crate) engine: Engine,
    pub(crate) disk: BTreeMap<String, String>,
    pub(crate) disk_full: bool,
    pub(crate) clock: Clock,
    random: u128,
    /// What the engine said, but for writes.
    pub(crate) said: Vec<Instruction>,
}

pub(crate) fn user() -> UserId {
    UserId::local("ana")
}

pub(crate) fn begin() -> Timestamp {
    BEGIN.parse().expect("a time")
}

pub(crate) fn points(whole: i64) -> Points {
    Points::whole(whole).expect("few points")
}

pub(crate) fn account(number: u128) -> AccountId {
    AccountId(Uuid::from_u128(number))
}

pub(crate) fn document(number: u128) -> DocumentId {
    DocumentId(Uuid::from_u128(0xd000 + number))
}

/// A document of so many pages, each of which costs a point.
pub(crate) fn submission(number: u128, pages: u32) -> Submission {
    Submission {
        document: NewDocument {
            id: document(number),
            queue: "secure".into(),
            job_id: 7,
            name: "Thesis".into(),
            submitted_at: begin(),
        },
        facts: facts(pages),
        account: None,
    }
}

pub(crate) fn facts(pages: u32) -> Facts {
    let page = PageFacts {
        size: Size::A4,
        colour: false,
    };
    Facts {
        documents: vec![vec![PageRun { count: pages, page }]],
        ..Facts::default()
    }
}

/// The state of a server on which account 1 has used 10 of 100 points.
pub(crate) fn view(version: u64) -> View {
    let rates = PrintRates {
        mono_simplex: points(1),
        mono_duplex: points(1),
        colour_simplex: points(1),
        colour_duplex: points(1),
    };
    let account_view = |number: u128, name: &str| AccountView {
        id: account(number),
        name: name.into(),
        kind: Kind::Individual,
        limit: Some(points(100)),
        exceed_by: Points::ZERO,
        balance: Balance {
            posted: points(10),
            ..Balance::default()
        },
        at_limit: false,
        in_grace: false,
    };
    View {
        protocol: PROTOCOL,
        version,
        server_time: begin(),
        user: User {
            id: user(),
            name: "Ana".into(),
            login: "ana".into(),
        },
        settings: Default::default(),
        accounts: vec![account_view(1, "Biology"), account_view(2, "Chemistry")],
        active: Some(account(1)),
        card: Some(Card::from(RateCard {
            version: 1,
            rows: Vec::new(),
            other_print: rates,
            other_copy: rates,
        })),
        documents: Vec::new(),
        closed: Vec::new(),
        leases: Vec::new(),
        lease_policy: LeasePolicy {
            points: points(50),
            days: 3,
            hours: 72,
            share: 100,
        },
        applied: 0,
    }
}

/// A lease of 50 points for three days.
pub(crate) fn lease(id: LeaseId) -> Lease {
    Lease {
        id,
        account: account(1),
        granted: points(50),
        drawn: Points::ZERO,
        state: LeaseState::Open,
        ends_at: begin() + SignedDuration::from_hours(72),
        left_ms: 3 * DAY_MS,
        called_back: false,
        signed: None,
    }
}

pub(crate) fn held(number: u128, pages: i64) -> Document {
    Document {
        id: document(number),
        device: None,
        queue: "secure".into(),
        name: "Thesis".into(),
        state: Some(DocumentState::Held),
        reason: None,
        account: Some(account(1)),
        cost: Some(points(pages)),
        lease: None,
        charged: None,
        verdict: Some(ready(10 + pages)),
        release: None,
        submitted_at: begin(),
        hold_until: None,
        notified: false,
    }
}

pub(crate) fn ready(used: i64) -> Verdict {
    Verdict::Ready {
        used: points(used),
        crosses_low: false,
    }
}

impl Device {
    pub(crate) fn new() -> Self {
        Self::with_disk(BTreeMap::new())
    }

    pub(crate) fn with_disk(disk: BTreeMap<String, String>) -> Self {
        let clock = Clock {
            wall: begin(),
            boot: Uuid::from_u128(1),
            since_boot_ms: 1_000_000,
        };
        let mut device = Self {
            engine: Self::restored(&disk, clock).expect("a store of ours"),
            disk,
            disk_full: false,
            clock,
            random: 1,
            said: Vec::new(),
        };
        device.happens(Event::Started);
        device
    }

    fn restored(disk: &BTreeMap<String, String>, clock: Clock) -> Result<Engine, RestoreError> {
        Engine::restore(&user(), disk.clone(), clock)
    }

    /// The program ends and begins again with what is on the disk.
    pub(crate) fn restart(&mut self) -> Vec<Instruction> {
        self.engine = Self::restored(&self.disk, self.clock).expect("a store of ours");
        self.happens(Event::Started)
    }

    /// The device was off for a while by its wall clock.
    pub(crate) fn reboot(&mut self, off: SignedDuration) {
        self.clock.wall += off;
        self.clock.boot = Uuid::from_u128(self.clock.boot.as_u128() + 1);
        self.clock.since_boot_ms = 20_000;
        self.restart();
    }

    pub(crate) fn moment(&mut self) -> Moment {
        self.random += 1;
        Moment {
            clock: self.clock,
            random: self.random << 64 | self.random,
        }
    }

    /// Something happens; the disk takes what is written at once. Gives what the
    /// engine said to it.
    pub(crate) fn happens(&mut self, event: Event) -> Vec<Instruction> {
        let mut said = Vec::new();
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            let moment = self.moment();
            for instruction in self.engine.handle(event.clone(), moment) {
                match instruction {
                    Instruction::Store { ticket, changes } => {
                        events.push(self.write(ticket, changes));
                    }
                    other => said.push(other),
                }
            }
        }
        self.said.extend(said.iter().cloned());
        said
    }

    pub(crate) fn write(
        &mut self,
        ticket: Ticket,
        changes: Vec<platen_sync::engine::Change>,
    ) -> Event {
        if self.disk_full {
            return Event::StoreFailed(ticket);
        }
        for change in changes {
            match change.value {
                Some(value) => drop(self.disk.insert(change.key, value)),
                None => drop(self.disk.remove(&change.key)),
            }
        }
        Event::Stored(ticket)
    }

    pub(crate) fn passes(&mut self, ms: u64) -> Vec<Instruction> {
        self.clock.since_boot_ms += ms;
        let wall = i64::try_from(ms).expect("a short while");
        self.clock.wall += SignedDuration::from_millis(wall);
        self.happens(Event::Woke)
    }

    /// The request for the server's state that is under way.
    pub(crate) fn fetching(&self) -> RequestId {
        let fetches = self.said.iter().rev().find_map(|said| match said {
            Instruction::Fetch { request, .. } => Some(*request),
            _ => None,
        });
        fetches.expect("a request for the state")
    }

    /// The batch that was sent last.
    pub(crate) fn sent(&self) -> (RequestId, Vec<Operation>) {
        self.sent_at_all().expect("a batch")
    }

    pub(crate) fn sent_at_all(&self) -> Option<(RequestId, Vec<Operation>)> {
        self.said.iter().rev().find_map(|said| match said {
            Instruction::Send { request, batch } => {
                let read = Received::from_json(batch.json().as_bytes()).expect("a good batch");
                let operation = |json: &str| Operation::from_json(json).expect("an operation");
                let operations = read.operations.iter().map(|one| operation(&one.json));
                Some((*request, operations.collect()))
            }
            _ => None,
        })
    }

    pub(crate) fn shows(&mut self, view: View) -> Vec<Instruction> {
        let request = self.fetching();
        self.happens(Event::ViewArrived {
            request,
            view: Box::new(view),
        })
    }

    pub(crate) fn balances(&mut self, balances: Balances) -> Vec<Instruction> {
        let request = self.fetching();
        self.happens(Event::BalancesArrived {
            request,
            balances: Box::new(balances),
        })
    }

    /// The server answers the batch that was sent last.
    pub(crate) fn answers(&mut self, answer: impl Fn(&Operation) -> Answered) -> Vec<Instruction> {
        let sent = self.sent();
        self.answers_to(&sent, answer)
    }

    /// The server answers this batch.
    pub(crate) fn answers_to(
        &mut self,
        (request, operations): &(RequestId, Vec<Operation>),
        answer: impl Fn(&Operation) -> Answered,
    ) -> Vec<Instruction> {
        let request = *request;
        let answers = operations.iter().map(|operation| Answer {
            id: operation.id,
            sequence: operation.sequence,
            result: answer(operation),
        });
        let answers = Box::new(Answers {
            protocol: PROTOCOL,
            server_time: self.clock.wall,
            answers: answers.collect(),
        });
        self.happens(Event::AnswersArrived { request, answers })
    }

    pub(crate) fn fails(&mut self, trouble: Trouble) -> Vec<Instruction> {
        let request = self.fetching();
        self.happens(Event::RequestFailed { request, trouble })
    }

    pub(crate) fn submits(&mut self, number: u128, pages: u32) -> Vec<Instruction> {
        let submission = Box::new(submission(number, pages));
        self.happens(Event::Submitted(submission))
    }

    /// A device that is connected and has 50 points for three days.
    pub(crate) fn with_lease() -> (Self, LeaseId) {
        Self::with_lease_of(72)
    }

    /// The same for so many hours.
    pub(crate) fn with_lease_of(hours: u32) -> (Self, LeaseId) {
        let shown = |version| {
            let mut shown = view(version);
            shown.lease_policy.hours = hours;
            shown.lease_policy.days = hours.div_ceil(24);
            shown
        };
        let mut device = Self::new();
        device.shows(shown(1));
        let (_, operations) = device.sent();
        let [
            Operation {
                action: Action::AskLease { lease: id, .. },
                ..
            },
        ] = operations[..]
        else {
            panic!("no lease was asked for: {operations:?}");
        };
        device.answers(|_| done());
        let mut next = shown(2);
        next.leases = vec![Lease {
            left_ms: u64::from(hours) * DAY_MS / 24,
            ..lease(id)
        }];
        next.accounts[0].balance.leased = points(50);
        next.applied = 1;
        device.shows(next);
        (device, id)
    }

    /// The actions that are on the disk and have no answer.
    pub(crate) fn outbox(&self) -> Vec<Action> {
        let rows = self
            .disk
            .range("operation/".to_owned().."operation0".to_owned());
        rows.map(|(_, row)| {
            let row: serde_json::Value = serde_json::from_str(row).expect("JSON");
            serde_json::from_value(row["operation"]["action"].clone()).expect("an action")
        })
        .collect()
    }
}

pub(crate) fn done() -> Answered {
    Answered::Done(Box::default())
}

pub(crate) fn done_with(document: Document) -> Answered {
    Answered::Done(Box::new(Done {
        verdict: document.verdict,
        document: Some(document),
        ..Done::default()
    }))
}

pub(crate) fn decisions(said: &[Instruction]) -> Vec<&Decision> {
    said.iter()
        .filter_map(|said| match said {
            Instruction::Decide { decision, .. } => Some(decision),
            _ => None,
        })
        .collect()
}
