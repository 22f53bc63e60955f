//! How it stands with the server.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::Timestamp;
use platen_domain::{AccountId, DocumentId, LeaseId};
use uuid::Uuid;

use super::event::RequestId;
use super::moment::{Clock, Random};
use crate::wire::{View, WhoUpdates};

/// How long the server has for a verdict before the client decides by itself.
/// Units: milliseconds.
pub const VERDICT_DEADLINE_MS: u64 = 3_000;
/// How long somebody waits at a printer for a release. Units: milliseconds.
pub const RELEASE_PATIENCE_MS: u64 = 120_000;
/// The longest pause between two tries. Units: milliseconds.
pub const LONGEST_PAUSE_MS: u64 = 60_000;
/// The first pause. Units: milliseconds.
const FIRST_PAUSE_MS: u64 = 1_000;
/// After so many views in a row that say nothing new, there are pauses.
const MOST_REPEATS: u32 = 4;
/// No pause is shorter. Units: milliseconds.
const SHORTEST_PAUSE_MS: u64 = 100;
/// The longest time that a server may ask for. Units: seconds.
const LONGEST_RETRY_AFTER_S: u32 = 3_600;

/// How it stands with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Nothing is known yet.
    Starting,
    /// It answers.
    Connected,
    /// It does not.
    Away(Away),
    /// Nothing is sent until something is done about it.
    Stopped(Stop),
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Away {
    /// No connection, or it broke.
    Unreachable,
    /// It was asked and says nothing.
    Silent,
    /// Whoever answers is not the server by his certificate.
    Certificate,
    /// A captive portal or a proxy answers.
    NotOurs,
    /// The server answers, and what it says can't be true.
    Garbled,
    /// The server can't do it now.
    Unavailable,
    /// The two speak no common protocol.
    Outdated(WhoUpdates),
    /// The server takes this client's messages for garbage.
    Misunderstood,
    /// This device's disk takes nothing.
    DiskFull,
}

/// Why nothing is sent any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The user has to sign in.
    SignedOut,
    /// An administrator shut the device out.
    Revoked,
    /// The server knows another user here.
    SomebodyElse,
    /// The device's memory is not the one that the server knows: it was put
    /// back, or the server's was. The device has to be enrolled anew.
    Diverged,
}

/// What is known only while the program runs.
pub(super) struct Soft {
    pub(super) link: Link,
    pub(super) fetching: Option<Fetching>,
    pub(super) sending: Option<RequestId>,
    /// Operations are sent again from this number, answered or not.
    pub(super) resend_from: Option<u64>,
    /// How often in a row the server showed an older state than it had shown.
    pub(super) old_views: u32,
    /// What the last views said, the newest first.
    said: [u64; 2],
    /// How many views in a row said again what had just been said.
    repeats: u32,
    requests: u64,
    failures: u32,
    /// The server is not asked before this. Units: milliseconds since boot.
    pub(super) next_try_ms: u64,
    /// Documents that the server has until then for.
    pub(super) awaited: BTreeMap<DocumentId, u64>,
    /// Documents that somebody waits for at a printer, until then.
    pub(super) releases: BTreeMap<DocumentId, u64>,
    /// Accounts on which no lease is asked for before that.
    pub(super) no_ask_before: BTreeMap<AccountId, u64>,
    /// Releases that were given out, by the numbers of their approvals.
    pub(super) given_out: BTreeSet<Uuid>,
    /// Leases that the gate was asked to close.
    pub(super) asked_to_close: BTreeSet<LeaseId>,
}

/// A request for the server's state.
pub(super) struct Fetching {
    pub(super) request: RequestId,
    pub(super) at: Clock,
    pub(super) waits: bool,
    /// It is wanted in any case.
    pub(super) whole: bool,
    /// Balances came of it.
    pub(super) told: bool,
}

impl Soft {
    pub(super) const fn new() -> Self {
        Self {
            link: Link::Starting,
            fetching: None,
            sending: None,
            resend_from: None,
            old_views: 0,
            said: [0; 2],
            repeats: 0,
            requests: 0,
            failures: 0,
            next_try_ms: 0,
            awaited: BTreeMap::new(),
            releases: BTreeMap::new(),
            no_ask_before: BTreeMap::new(),
            given_out: BTreeSet::new(),
            asked_to_close: BTreeSet::new(),
        }
    }

    /// Forgets all but how requests are counted.
    pub(super) fn reset(&mut self) {
        *self = Self {
            requests: self.requests,
            ..Self::new()
        };
    }

    pub(super) const fn next_request(&mut self) -> RequestId {
        self.requests += 1;
        RequestId(self.requests)
    }

    pub(super) fn is_connected(&self) -> bool {
        self.link == Link::Connected
    }

    /// Whether the server may answer within the deadline.
    pub(super) fn is_hopeful(&self) -> bool {
        matches!(self.link, Link::Connected | Link::Starting)
    }

    pub(super) const fn is_stopped(&self) -> bool {
        matches!(self.link, Link::Stopped(_))
    }

    /// The server answered.
    pub(super) fn succeeded(&mut self) {
        if !self.is_stopped() {
            self.link = Link::Connected;
            self.failures = 0;
            self.next_try_ms = 0;
        }
    }

    /// Takes note of a newer view. Servers of two versions behind one address may never
    /// agree on the number of a state: then each tells anew what the other has just told.
    /// Whoever sees that asks less often.
    pub(super) fn bear(&mut self, view: &View, clock: &Clock, random: &mut Random) {
        let says = content_of(view);
        self.repeats = if self.said.contains(&says) {
            self.repeats.saturating_add(1)
        } else {
            0
        };
        self.said = [says, self.said[0]];
        if let Some(more) = self.repeats.checked_sub(MOST_REPEATS) {
            let bound = (FIRST_PAUSE_MS << more.min(6)).min(LONGEST_PAUSE_MS);
            let pause = bound / 2 + random.up_to(bound / 2);
            self.next_try_ms = clock.since_boot_ms.saturating_add(pause);
        }
    }

    /// The next try is after a pause: anything up to twice the last bound, so
    /// that thousands of clients do not come back at once.
    ///
    /// *Source*: Brooker, “Exponential backoff and jitter”, 2015 (full jitter).
    pub(super) fn pause(&mut self, clock: &Clock, random: &mut Random, retry_after_s: Option<u32>) {
        let bound = FIRST_PAUSE_MS << self.failures.min(6);
        self.failures = self.failures.saturating_add(1);
        let asked = u64::from(retry_after_s.unwrap_or(0).min(LONGEST_RETRY_AFTER_S)) * 1000;
        let jitter = random.up_to(bound.min(LONGEST_PAUSE_MS).max(asked / 2));
        let pause = asked.saturating_add(jitter).max(SHORTEST_PAUSE_MS);
        self.next_try_ms = clock.since_boot_ms.saturating_add(pause);
    }

    /// Something changed that makes a try worth while: soon, but not at once.
    pub(super) fn try_soon(&mut self, clock: &Clock, random: &mut Random) {
        let soon = clock
            .since_boot_ms
            .saturating_add(SHORTEST_PAUSE_MS + random.up_to(FIRST_PAUSE_MS));
        self.next_try_ms = self.next_try_ms.min(soon);
    }
}

/// A sum of what a view says, whatever its number and times are.
fn content_of(view: &View) -> u64 {
    let mut view = view.clone();
    (view.version, view.server_time) = (0, Timestamp::UNIX_EPOCH);
    for lease in &mut view.leases {
        lease.left_ms = 0;
    }
    let mut sum = DefaultHasher::new();
    view.hash(&mut sum);
    sum.finish()
}
