//! What is known of a client that waits. *Source*: rules.md R-39.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use platen_authority::{PoolNews, Sighting, Told};
use platen_domain::Person;
use tokio::time::{Instant, Sleep};

use super::WAIT;
use crate::central::Central;
use crate::hub::{Line, Pools, Since};

/// Whoever asks anew is looked at again after this, so that a change of a pool finds him
/// as one who may be told of it alone.
const FRESH: Duration = WAIT;

/// Somebody who saw everything up to some change.
pub(super) struct Known {
    pub(super) person: Arc<Person>,
    /// How many changes there were before the ledger was looked at for him.
    pub(super) changes: u64,
    /// The pools of later changes were read after that look: they are not older.
    begun: u64,
    told: Told,
    /// The version of what he was told.
    pub(super) version: u64,
    /// When the ledger was looked at. Whether his session has ended by itself, and all
    /// that time alone changes, is seen there.
    looked: Instant,
}

/// What becomes of waiting.
pub(super) enum Heard {
    /// There is nothing new.
    Nothing,
    /// Shared pools changed and nothing else; what is sent of it.
    Pools(String),
    /// The ledger has to be looked at.
    Anything,
}

impl Known {
    /// Somebody who has version `after` and whom the ledger was looked at for after so
    /// many changes, of which so many had begun in the end.
    pub(super) fn new(
        person: Arc<Person>,
        (changes, begun): (u64, u64),
        seen: &Sighting,
        after: u64,
    ) -> Self {
        Self {
            person,
            changes,
            begun,
            told: seen.told.clone(),
            version: seen.view.as_ref().map_or(after, |view| view.version),
            looked: Instant::now(),
        }
    }

    /// A line on which he hears of what changes from then on.
    pub(super) fn line(&self, central: &Central) -> Line {
        central.hub.line_of(self.person.clone(), self.changes)
    }

    /// Waits for what he is to be told, until `until` if he may wait; of pools alone only
    /// if he takes that. The line was there before this, so that nothing is missed in
    /// between.
    pub(super) async fn wait(
        &mut self,
        central: &Central,
        takes_pools: bool,
        line: &Line,
        mut until: Option<&mut Pin<&mut Sleep>>,
    ) -> Heard {
        loop {
            // What is told may be the end of the session.
            match line.since(self.changes) {
                Since::Anything => return Heard::Anything,
                Since::Nothing => {}
                Since::Pools(pools) if takes_pools && self.may_be_told(&pools) => {
                    if let Some(line) = self.tell(central, &pools) {
                        return Heard::Pools(line);
                    }
                }
                Since::Pools(_) => return Heard::Anything,
            }
            let Some(until) = &mut until else {
                return Heard::Nothing;
            };
            tokio::select! {
                biased;
                changed = line.changed() => {
                    if changed.is_none() {
                        return Heard::Nothing;
                    }
                }
                () = until.as_mut() => return Heard::Nothing,
            }
        }
    }

    /// Whether he was looked at so short a while ago that he may wait on.
    pub(super) fn is_fresh(&self) -> bool {
        self.looked.elapsed() < FRESH
    }

    /// Whether these pools are no older than what he was told, and he was looked at not
    /// long ago.
    fn may_be_told(&self, pools: &Pools) -> bool {
        pools.first > self.begun && self.looked.elapsed() < FRESH + WAIT
    }

    fn tell(&mut self, central: &Central, pools: &Pools) -> Option<String> {
        (self.changes, self.begun) = (pools.last, pools.last);
        let pools = pools.pools.iter().map(|shared| &shared.pool);
        let now = central.now();
        let PoolNews { version, line } =
            platen_authority::balances(&mut self.told, self.version, pools, now)?;
        self.version = version;
        Some(line)
    }
}
