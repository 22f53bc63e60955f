//! A device: its clocks, its disk, its spooler, and the engine that runs on it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use platen_domain::{DocumentId, DocumentState, UserId, Verdict};
use platen_sync::engine::{Change, Clock, Decision, Engine, Event, RequestId, Submission};
use platen_sync::wire::{Settlement, View};
use uuid::Uuid;

use crate::gate::Gate;

/// When every run begins, by a right clock.
const BEGIN: &str = "2026-11-29T10:00:00Z";

/// A job in the spooler, which survives whatever the client does.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) submission: Submission,
    pub(crate) state: JobState,
    /// Numbers of approvals that were used up.
    pub(crate) used: BTreeSet<Uuid>,
    /// How often it came out of a printer.
    pub(crate) prints: u32,
    /// What its printer reported.
    pub(crate) settlement: Option<Settlement>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobState {
    Held,
    Printing,
    Done,
    Deleted,
}

/// How a device reaches the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    Up,
    /// Messages get lost, doubled and late.
    Lossy,
    Down,
    /// Somebody else answers.
    Captive,
    /// Somebody with another certificate does.
    Intercepted,
}

pub(crate) struct Device {
    pub(crate) id: Uuid,
    pub(crate) user: UserId,
    /// None while it is off or the program does not run.
    pub(crate) engine: Option<Engine>,
    /// Counts lives of the program: what belonged to a former one is void.
    pub(crate) life: u64,
    pub(crate) disk: BTreeMap<String, String>,
    pub(crate) disk_full: bool,
    /// A write that is under way.
    pub(crate) writing: Option<Vec<Change>>,
    /// Since when.
    pub(crate) writing_since: u64,
    pub(crate) jobs: BTreeMap<DocumentId, Job>,
    pub(crate) gate: Gate,
    pub(crate) network: Network,
    pub(crate) asleep_until: u64,
    /// The session was ended on the server, until the user signs in again.
    pub(crate) signed_out: bool,
    pub(crate) revoked: bool,
    /// What the owner was told last.
    pub(crate) told: BTreeMap<DocumentId, Decision>,
    /// Documents of which he was told that they are on a lease.
    pub(crate) promised: BTreeSet<DocumentId>,
    /// How many refusals he was told of.
    pub(crate) refusals: u64,
    pub(crate) wake: Option<u64>,
    /// Requests of which nothing has come yet.
    pub(crate) open: BTreeSet<RequestId>,
    boot: Uuid,
    booted_at: u64,
    /// Units: millionths.
    drift: i64,
    /// The wall clock − the right time. Units: milliseconds.
    wall_ahead: i64,
}

impl Device {
    pub(crate) fn new(id: Uuid, user: UserId, drift: i64, now: u64) -> Self {
        Self {
            id,
            user,
            engine: None,
            life: 0,
            disk: BTreeMap::new(),
            disk_full: false,
            writing: None,
            writing_since: 0,
            jobs: BTreeMap::new(),
            gate: Gate::default(),
            network: Network::Up,
            asleep_until: 0,
            signed_out: false,
            revoked: false,
            told: BTreeMap::new(),
            promised: BTreeSet::new(),
            refusals: 0,
            wake: None,
            open: BTreeSet::new(),
            boot: id,
            booted_at: now,
            drift,
            wall_ahead: 0,
        }
    }

    /// What its clocks say at a right time.
    pub(crate) fn clock(&self, now: u64) -> Clock {
        let true_ms = now.saturating_sub(self.booted_at);
        let off = i128::from(true_ms) * i128::from(self.drift) / 1_000_000;
        let since_boot = u64::try_from(i128::from(true_ms) + off).unwrap_or_default();
        Clock {
            wall: right_time(now)
                .saturating_add(SignedDuration::from_millis(self.wall_ahead))
                .unwrap_or(Timestamp::MAX),
            boot: self.boot,
            // A computer takes a while to start.
            since_boot_ms: 10_000 + since_boot,
        }
    }

    /// The right time at which its clock since boot says so much, or later.
    pub(crate) fn right_time_of(&self, since_boot_ms: u64) -> u64 {
        let shown = i128::from(since_boot_ms.saturating_sub(10_000));
        let right = shown * 1_000_000 / (1_000_000 + i128::from(self.drift));
        let right = u64::try_from(right).unwrap_or(u64::MAX);
        self.booted_at.saturating_add(right).saturating_add(1)
    }

    pub(crate) const fn clock_boot(&self) -> Uuid {
        self.boot
    }

    /// Whether it has not been switched on again.
    pub(crate) const fn is_off(&self, now: u64) -> bool {
        self.booted_at > now
    }

    pub(crate) fn set_wall(&mut self, ahead_ms: i64) {
        self.wall_ahead = ahead_ms;
    }

    pub(crate) fn reboot(&mut self, boot: Uuid, now: u64) {
        self.boot = boot;
        self.booted_at = now;
    }

    /// The program ends: what was not on the disk is lost, and of a write that
    /// was under way nobody knows.
    pub(crate) fn crash(&mut self, write_arrives: bool) {
        self.engine = None;
        self.life += 1;
        self.wake = None;
        self.open.clear();
        if let Some(changes) = self.writing.take()
            && write_arrives
        {
            self.write(changes);
        }
    }

    pub(crate) fn write(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change.value {
                Some(value) => drop(self.disk.insert(change.key, value)),
                None => drop(self.disk.remove(&change.key)),
            }
        }
    }

    /// The user decides to be done with a device: its memory is gone.
    pub(crate) fn wipe(&mut self, id: Uuid) {
        self.crash(false);
        self.id = id;
        self.disk.clear();
        self.told.clear();
        self.promised.clear();
        self.signed_out = false;
        self.revoked = false;
    }

    /// What the spooler tells the program when it begins.
    pub(crate) fn resync(&self) -> Vec<Event> {
        let mut events = vec![Event::Started];
        for (id, job) in &self.jobs {
            match job.state {
                JobState::Held | JobState::Printing => {
                    events.push(Event::Submitted(Box::new(job.submission.clone())));
                }
                JobState::Done => events.extend(self.settled(*id)),
                JobState::Deleted => events.push(Event::Deleted { document: *id }),
            }
        }
        events
    }

    /// Documents that are not in the spooler any more and are shown as if they
    /// were: it tells so until the program takes it in.
    pub(crate) fn deletions(&self) -> Vec<Event> {
        let Some(engine) = &self.engine else {
            return Vec::new();
        };
        let deleted = |id: &DocumentId| {
            let job = self.jobs.get(id);
            job.is_some_and(|job| job.state == JobState::Deleted)
        };
        let shown = engine.shown().documents;
        let held = shown
            .iter()
            .map(|shown| &shown.document)
            .filter(|document| {
                document.state != Some(DocumentState::Releasing) && deleted(&document.id)
            });
        held.map(|document| Event::Deleted {
            document: document.id,
        })
        .collect()
    }

    pub(crate) fn settled(&self, document: DocumentId) -> Option<Event> {
        let settlement = self.jobs.get(&document)?.settlement.clone()?;
        Some(Event::Settled {
            document,
            settlement,
        })
    }

    /// What a document costs, as its engine shows it. Units: hundredths of a point.
    pub(crate) fn cost(&self, document: DocumentId) -> i64 {
        let shown = self.engine.as_ref().map(Engine::shown);
        let mut documents = shown.into_iter().flat_map(|shown| shown.documents);
        let found = documents.find(|shown| shown.document.id == document);
        let cost = found.and_then(|shown| shown.document.cost);
        cost.unwrap_or_default().hundredths()
    }

    pub(crate) fn was_told(&mut self, document: DocumentId, decision: Decision) {
        if let Decision::Judged {
            lease: Some(_),
            verdict,
            ..
        } = &decision
            && !matches!(verdict, Verdict::Declined { .. })
        {
            self.promised.insert(document);
        }
        self.told.insert(document, decision);
    }

    /// Whether it shows what the server says.
    pub(crate) fn differs(&self, view: &View) -> Option<String> {
        let engine = self.engine.as_ref()?;
        let shown = engine.shown();
        let undelivered = engine.undelivered();
        if undelivered > 0 {
            return Some(format!("{undelivered} operations are not delivered"));
        }
        if shown.active != view.active {
            return Some(format!("active {:?}, {:?}", shown.active, view.active));
        }
        if shown.accounts != view.accounts {
            return Some(format!(
                "accounts {:?}, {:?}",
                shown.accounts, view.accounts
            ));
        }
        let documents: Vec<_> = shown
            .documents
            .into_iter()
            .map(|one| one.document)
            .collect();
        if documents != view.documents {
            return Some(format!("documents {documents:?}, {:?}", view.documents));
        }
        None
    }
}

/// The right time as a timestamp.
pub(crate) fn right_time(now: u64) -> Timestamp {
    let begin: Timestamp = BEGIN.parse().expect("a time");
    let passed = SignedDuration::from_millis(i64::try_from(now).unwrap_or(i64::MAX));
    begin.saturating_add(passed).unwrap_or(Timestamp::MAX)
}

/// Whether a document in this state holds points or was charged.
pub(crate) const fn counts(state: DocumentState) -> bool {
    matches!(
        state,
        DocumentState::Held | DocumentState::Releasing | DocumentState::Printed
    )
}
