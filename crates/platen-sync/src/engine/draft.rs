//! A next state: written first, in force after.

use std::collections::BTreeSet;
use std::sync::Arc;

use platen_domain::{DocumentId, LeaseId};

use super::event::Change;
use super::instruction::Instruction;
use super::lease::HeldLease;
use super::moment::{Clock, Random};
use super::state::{Entry, HeldView, META, State, VIEW, lease_key, operation_key, to_row};
use crate::wire::{Action, Draw, Operation};

/// A state that is not in force yet, and what is to be done once it is.
pub(super) struct Draft {
    pub(super) state: State,
    changed: BTreeSet<Row>,
    pub(super) then: Vec<Then>,
}

/// What is done once a state is in force.
#[derive(Debug)]
pub(super) enum Then {
    /// This is said.
    Say(Instruction),
    /// The server has until the deadline for a verdict on this document.
    Await(DocumentId),
    /// Somebody waits at the printer for this document.
    AwaitRelease(DocumentId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    Meta,
    View,
    Operation(u64),
    Lease(LeaseId),
}

impl Draft {
    pub(super) fn of(state: &State) -> Self {
        Self {
            state: state.clone(),
            changed: BTreeSet::new(),
            then: Vec::new(),
        }
    }

    pub(super) fn say(&mut self, instruction: Instruction) {
        self.then.push(Then::Say(instruction));
    }

    /// Appends an operation to the outbox.
    pub(super) fn push(&mut self, action: Action, clock: &Clock, random: &mut Random) -> u64 {
        let sequence = self.state.meta.next;
        let operation = Operation {
            id: random.id(),
            sequence,
            made_at: clock.wall,
            action,
        };
        self.state.outbox.insert(sequence, Entry::new(operation));
        // 2^64 operations are never made.
        self.state.meta.next = sequence.saturating_add(1);
        self.changed.insert(Row::Operation(sequence));
        sequence
    }

    /// Changes an operation of the outbox.
    pub(super) fn change(&mut self, sequence: u64, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.state.outbox.get_mut(&sequence) {
            change(entry);
            self.changed.insert(Row::Operation(sequence));
        }
    }

    /// Removes an operation that is answered and contained in the view.
    pub(super) fn remove(&mut self, sequence: u64) {
        self.state.outbox.remove(&sequence);
        self.changed.insert(Row::Operation(sequence));
    }

    pub(super) fn put_view(&mut self, view: HeldView) {
        self.state.view = Some(Arc::new(view));
        self.changed.insert(Row::View);
    }

    pub(super) fn put_lease(&mut self, lease: HeldLease) {
        self.changed.insert(Row::Lease(lease.id));
        self.state.leases.insert(lease.id, lease);
    }

    pub(super) fn drop_lease(&mut self, lease: LeaseId) {
        self.state.leases.remove(&lease);
        self.changed.insert(Row::Lease(lease));
    }

    /// Takes a document's points out of a lease.
    pub(super) fn take(&mut self, draw: &Draw) {
        if let Some(lease) = self.state.leases.get_mut(&draw.lease) {
            lease.draw(draw.cost);
            self.changed.insert(Row::Lease(draw.lease));
        }
    }

    /// From now on operations up to this number may have reached the server.
    pub(super) fn mark_sent(&mut self, through: u64) {
        if through > self.state.meta.sent_through {
            self.state.meta.sent_through = through;
            self.changed.insert(Row::Meta);
        }
    }

    pub(super) fn is_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// The rows to write; the latest wall time goes with every write.
    pub(super) fn changes(&mut self, clock: &Clock) -> Vec<Change> {
        let meta = &mut self.state.meta;
        meta.latest_wall = meta.latest_wall.max(clock.wall);
        self.changed.insert(Row::Meta);
        let rows = self.changed.iter();
        rows.map(|row| self.state.row(*row)).collect()
    }
}

impl State {
    fn row(&self, row: Row) -> Change {
        match row {
            Row::Meta => Change {
                key: META.into(),
                value: Some(to_row(&self.meta)),
            },
            Row::View => Change {
                key: VIEW.into(),
                value: self.view.as_deref().map(to_row),
            },
            Row::Operation(sequence) => Change {
                key: operation_key(sequence),
                value: self.outbox.get(&sequence).map(Entry::row),
            },
            Row::Lease(lease) => Change {
                key: lease_key(lease),
                value: self.leases.get(&lease).map(to_row),
            },
        }
    }
}
