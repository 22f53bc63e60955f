//! What a client must not lose, and the rows it is kept in.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use platen_domain::{AccountId, DocumentId, LeaseId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::lease::HeldLease;
use crate::wire::{Action, Answered, Operation, View};

/// The layout of the rows.
const FORMAT: u32 = 1;

/// What stood in the store can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// A row can't be read.
    #[error(
        "What this computer remembers of the print server is damaged ({key}). Sign out and in again; this computer then begins anew."
    )]
    Damaged {
        /// Which row.
        key: String,
    },
    /// A newer program wrote it.
    #[error("A newer version of Platen was used on this device. Install that version again.")]
    Newer,
    /// It is somebody else's.
    #[error("This memory belongs to another user of this computer.")]
    SomebodyElses,
}

/// What a client must not lose.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) meta: Meta,
    /// Operations by their numbers, until they are answered and the held view
    /// contains them.
    pub(super) outbox: BTreeMap<u64, Entry>,
    pub(super) view: Option<Arc<HeldView>>,
    pub(super) leases: BTreeMap<LeaseId, HeldLease>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Meta {
    format: u32,
    user: String,
    /// The number of the next operation.
    pub(super) next: u64,
    /// Operations up to this number may have reached the server.
    pub(super) sent_through: u64,
    /// The latest time that the wall clock was seen at.
    pub(super) latest_wall: Timestamp,
    /// When documents were last placed on an account from here.
    pub(super) used: BTreeMap<Uuid, Timestamp>,
}

/// One operation of the outbox.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) operation: Arc<Operation>,
    pub(super) json: Arc<str>,
    pub(super) answer: Option<Arc<Answered>>,
}

/// The server's state, with how its clock stood to ours.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct HeldView {
    pub(super) view: View,
    /// The server's wall clock − ours. Units: milliseconds.
    pub(super) ahead_ms: i64,
}

#[derive(Serialize, Deserialize)]
struct EntryRow {
    /// As it is sent, whatever program wrote it: the same operation is the same
    /// text.
    operation: Box<RawValue>,
    #[serde(default)]
    answer: Option<Answered>,
}

pub(super) const META: &str = "meta";
pub(super) const VIEW: &str = "view";

pub(super) fn operation_key(sequence: u64) -> String {
    format!("operation/{sequence:020}")
}

pub(super) fn lease_key(lease: LeaseId) -> String {
    format!("lease/{}", lease.0)
}

pub(super) fn to_row(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("every value of the state has a form in JSON")
}

impl Entry {
    pub(super) fn new(operation: Operation) -> Self {
        Self {
            json: operation.to_json().into(),
            operation: Arc::new(operation),
            answer: None,
        }
    }

    pub(super) fn row(&self) -> String {
        let operation = RawValue::from_string(self.json.to_string());
        to_row(&EntryRow {
            operation: operation.expect("an operation is JSON"),
            answer: self.answer.as_deref().cloned(),
        })
    }

    pub(super) fn action(&self) -> &Action {
        &self.operation.action
    }

    /// The same operation with another action; nobody has seen the former.
    pub(super) fn rewrite(&mut self, action: Action) {
        *self = Self::new(Operation {
            action,
            ..(*self.operation).clone()
        });
    }

    pub(super) fn is_refused(&self) -> bool {
        matches!(self.answer.as_deref(), Some(Answered::Refused(_)))
    }
}

impl State {
    fn new(user: &UserId) -> Self {
        Self {
            meta: Meta {
                format: FORMAT,
                user: user.as_str().to_owned(),
                next: 1,
                sent_through: 0,
                latest_wall: Timestamp::MIN,
                used: BTreeMap::new(),
            },
            outbox: BTreeMap::new(),
            view: None,
            leases: BTreeMap::new(),
        }
    }

    /// The state that the rows of a store hold.
    pub(super) fn restore(
        user: &UserId,
        rows: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, RestoreError> {
        let mut state = Self::new(user);
        for (key, value) in rows {
            state.read_row(&key, &value)?;
        }
        if state.meta.format > FORMAT {
            return Err(RestoreError::Newer);
        }
        if state.meta.user != user.as_str() {
            return Err(RestoreError::SomebodyElses);
        }
        if state.outbox.keys().any(|number| *number >= state.meta.next) {
            return Err(RestoreError::Damaged { key: META.into() });
        }
        Ok(state)
    }

    fn read_row(&mut self, key: &str, value: &str) -> Result<(), RestoreError> {
        let damaged = || RestoreError::Damaged { key: key.into() };
        match key.split_once('/').map_or(key, |(kind, _)| kind) {
            META => self.meta = serde_json::from_str(value).map_err(|_| damaged())?,
            VIEW => {
                let view = serde_json::from_str(value).map_err(|_| damaged())?;
                self.view = Some(Arc::new(view));
            }
            "operation" => {
                let row: EntryRow = serde_json::from_str(value).map_err(|_| damaged())?;
                let json = row.operation.get();
                let entry = Entry {
                    operation: Arc::new(serde_json::from_str(json).map_err(|_| damaged())?),
                    json: json.into(),
                    answer: row.answer.map(Arc::new),
                };
                self.outbox.insert(entry.operation.sequence, entry);
            }
            "lease" => {
                let lease: HeldLease = serde_json::from_str(value).map_err(|_| damaged())?;
                self.leases.insert(lease.id, lease);
            }
            _ => return Err(damaged()),
        }
        Ok(())
    }

    /// Whose it is.
    pub(super) fn user(&self) -> &str {
        &self.meta.user
    }

    pub(super) fn view(&self) -> Option<&View> {
        self.view.as_deref().map(|held| &held.view)
    }

    /// A lease as the server signed it.
    pub(super) fn signed(&self, lease: LeaseId) -> Option<String> {
        let mut leases = self.view()?.leases.iter();
        leases.find(|one| one.id == lease)?.signed.clone()
    }

    /// The number of the last operation that the held view contains.
    pub(super) fn applied(&self) -> u64 {
        self.view().map_or(0, |view| view.applied)
    }

    /// Operations that have no answer, by their numbers.
    pub(super) fn unanswered(&self) -> impl Iterator<Item = (u64, &Entry)> {
        let entries = self.outbox.iter().map(|(number, entry)| (*number, entry));
        entries.filter(|(_, entry)| entry.answer.is_none())
    }

    /// Operations on a document that are not in the held view and were not
    /// refused, by their numbers.
    pub(super) fn local(&self, document: DocumentId) -> impl Iterator<Item = (u64, &Entry)> {
        let entries = self.outbox.iter().map(|(number, entry)| (*number, entry));
        entries.filter(move |(_, entry)| {
            entry.action().document() == Some(document) && !entry.is_refused()
        })
    }

    pub(super) fn note_use(&mut self, account: AccountId, wall: Timestamp) {
        self.meta.used.insert(account.0, wall);
    }
}
