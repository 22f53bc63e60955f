//! What this computer alone knows of a document that is kept at a server: its job,
//! what it was priced from, and how it may be printed.

use jiff::Timestamp;
use platen_domain::RateCard;
use platen_sync::wire::Facts;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One document's record, as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) queue: String,
    pub(super) job_id: i32,
    pub(super) name: String,
    pub(super) submitted_at: Timestamp,
    /// What was priced last.
    #[serde(default)]
    pub(super) facts: Option<Facts>,
    /// There was a decision on it: the server, or a lease, knows it.
    #[serde(default)]
    pub(super) placed: bool,
    /// Why it can't be placed at all.
    #[serde(default)]
    pub(super) refused: Option<String>,
    /// Its owner was told of that, or that it waits.
    #[serde(default)]
    pub(super) told: bool,
    #[serde(default)]
    pub(super) release: Option<Stored>,
}

/// A release as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) printer: String,
    pub(super) nonce: Uuid,
    #[serde(default)]
    approval: Option<String>,
    #[serde(default)]
    signed_lease: Option<String>,
}

/// What a document was released with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Released {
    /// The approval, signed by the server.
    pub approval: Option<String>,
    /// The lease that its points were drawn from, as the server signed it, with
    /// the rates in force.
    pub signed_lease: Option<(String, RateCard)>,
}

impl From<platen_link::Released> for Stored {
    fn from(released: platen_link::Released) -> Self {
        Self {
            printer: released.printer,
            nonce: released.nonce,
            approval: released.approval,
            signed_lease: released.signed_lease,
        }
    }
}

impl Stored {
    /// `lease`: the one that its points were drawn from, as it stands now.
    pub(super) fn released(self, lease: Option<String>, card: Option<RateCard>) -> Released {
        Released {
            approval: self.approval,
            signed_lease: self.signed_lease.or(lease).zip(card),
        }
    }
}
