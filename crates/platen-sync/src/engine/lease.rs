//! Points that may be spent without network, and for how long.

use jiff::{SignedDuration, Timestamp};
use platen_domain::{AccountId, LeaseId, Points};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::moment::Clock;
use super::state::State;
use crate::wire::{Lease, LeaseState};

/// What a lease must have left by the clock beyond what drift may hide.
/// Units: milliseconds.
const MARGIN_MS: u64 = 60_000;

/// What a lease must have left by the wall clock, where nothing better is known.
const WALL_MARGIN: SignedDuration = SignedDuration::from_hours(1);

/// A lease that the server confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HeldLease {
    #[serde(with = "crate::wire::form")]
    pub(super) id: LeaseId,
    #[serde(with = "crate::wire::form")]
    pub(super) account: AccountId,
    #[serde(with = "crate::wire::form")]
    pub(super) granted: Points,
    /// What was drawn here, delivered or not.
    #[serde(with = "crate::wire::form")]
    pub(super) drawn: Points,
    /// The server lets it be drawn on.
    open: bool,
    /// It is on its way back and not to be drawn on.
    pub(super) closing: bool,
    ends_at: Timestamp,
    /// The boot in which the server last said how long it lasts.
    boot: Uuid,
    /// When that was asked, at which it lasted at least as long.
    asked_ms: u64,
    left_ms: u64,
}

impl HeldLease {
    /// A lease as the server describes it in answer to a request that was sent
    /// at `asked`, with what was drawn on it here.
    pub(super) fn new(lease: &Lease, asked: &Clock, former: Option<&Self>) -> Self {
        let drawn = former.map_or(Points::ZERO, |former| former.drawn);
        Self {
            id: lease.id,
            account: lease.account,
            granted: lease.granted,
            drawn: drawn.max(lease.drawn),
            open: lease.state == LeaseState::Open && !lease.called_back,
            closing: former.is_some_and(|former| former.closing),
            ends_at: lease.ends_at,
            boot: asked.boot,
            asked_ms: asked.since_boot_ms,
            left_ms: lease.left_ms,
        }
    }

    /// What may still be drawn, if it may be drawn on at all.
    pub(super) fn left(&self) -> Points {
        self.granted
            .minus(self.drawn)
            .unwrap_or_default()
            .max(Points::ZERO)
    }

    /// Whether it may be drawn on.
    pub(super) fn is_usable(&self, state: &State, clock: &Clock) -> bool {
        self.open && !self.closing && self.lasts(state, clock)
    }

    /// Whether its time is certainly not over.
    ///
    /// In the boot in which the server said how long it lasts, a clock that
    /// nobody sets decides: one that runs slow by 1 % shows 99 s of 100 s, so
    /// that the true time is at most what it shows and a 99th of it more. In
    /// another boot the wall clock decides, with how it stood to the server's,
    /// and not where it was set back.
    fn lasts(&self, state: &State, clock: &Clock) -> bool {
        if self.is_timed(clock) {
            let shown = clock.since_boot_ms.saturating_sub(self.asked_ms);
            let at_most = shown.saturating_add(shown.div_ceil(99));
            return at_most.saturating_add(MARGIN_MS) < self.left_ms;
        }
        let Some(view) = &state.view else {
            return false;
        };
        let ahead = SignedDuration::from_millis(view.ahead_ms.max(0));
        let latest = clock
            .wall
            .saturating_add(ahead)
            .and_then(|wall| wall.saturating_add(WALL_MARGIN));
        clock.wall >= state.meta.latest_wall && latest.is_ok_and(|latest| latest < self.ends_at)
    }

    /// Which of two on one account is the newer.
    pub(super) const fn order(&self) -> (Timestamp, LeaseId) {
        (self.ends_at, self.id)
    }

    /// Whether the server said in this boot how long it lasts.
    pub(super) fn is_timed(&self, clock: &Clock) -> bool {
        clock.boot == self.boot
    }

    /// When its time is over for sure, by the clock since boot.
    pub(super) fn over_ms(&self, clock: &Clock) -> Option<u64> {
        self.is_timed(clock)
            .then(|| self.asked_ms.saturating_add(self.left_ms))
    }

    /// When only half of the time that leases last, `lasts_ms`, is left of it, by the clock
    /// since boot. None in another boot than the one it came in.
    pub(super) fn half_time_ms(&self, clock: &Clock, lasts_ms: u64) -> Option<u64> {
        let end = self.asked_ms.saturating_add(self.left_ms);
        self.is_timed(clock)
            .then(|| end.saturating_sub(lasts_ms / 2))
    }

    /// Takes points for a document.
    pub(super) fn draw(&mut self, cost: Points) {
        // It was found to carry the cost.
        self.drawn = self.drawn.plus(cost).unwrap_or(Points::MAX);
    }
}
