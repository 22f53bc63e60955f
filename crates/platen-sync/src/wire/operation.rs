//! What a device did, on its way up.

use jiff::Timestamp;
use platen_domain::{AccountId, DocumentId, LeaseId, Points, Verdict};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::facts::Facts;
use super::limit::{self, Fault};

/// One thing that a device did. Made and stored before it is sent, and never
/// changed after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Names it for good.
    pub id: Uuid,
    /// Its number on this device: 1, 2, 3 and so on, without a gap.
    pub sequence: u64,
    /// When it was made, by the device's wall clock: for people, nothing is
    /// decided on it.
    pub made_at: Timestamp,
    /// What was done.
    pub action: Action,
}

/// What a device did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Action {
    /// Asks for a verdict on a document. *Source*: rules.md.
    Place {
        /// The document.
        document: NewDocument,
        /// What is priced.
        facts: Facts,
        /// The account; none means the active one.
        #[serde(with = "super::form", default)]
        account: Option<AccountId>,
    },
    /// A document that was judged without network and drawn from a lease. It
    /// stands whatever the server thought of the document before.
    /// *Source*: rules.md R-39.
    PlaceOnLease {
        /// The document.
        document: NewDocument,
        /// What was priced.
        facts: Facts,
        /// What was drawn.
        draw: Draw,
        /// Its release, if that was given out without network too: the document
        /// may be printed already, and is held no more from the first moment at
        /// which the server knows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        release: Option<GivenOut>,
    },
    /// The document's options or content changed. *Source*: rules.md R-12.
    Reprice {
        /// Which document.
        #[serde(with = "super::form")]
        document: DocumentId,
        /// What is priced now.
        facts: Facts,
    },
    /// The document moves to another account. *Source*: rules.md.
    ChangeAccount {
        /// Which document.
        #[serde(with = "super::form")]
        document: DocumentId,
        /// Where to.
        #[serde(with = "super::form")]
        account: AccountId,
        /// How far it reaches.
        scope: Scope,
    },
    /// Another account for future documents. *Source*: rules.md R-25.
    SetActive {
        /// Which.
        #[serde(with = "super::form")]
        account: AccountId,
    },
    /// The document was deleted. *Source*: rules.md R-19.
    Delete {
        /// Which document.
        #[serde(with = "super::form")]
        document: DocumentId,
    },
    /// The document is about to be printed. *Source*: rules.md R-20.
    BeginRelease {
        /// Which document.
        #[serde(with = "super::form")]
        document: DocumentId,
        /// Where.
        printer: String,
        /// The number of its approval, used once.
        nonce: Uuid,
    },
    /// A release did not begin to print. *Source*: rules.md R-20.
    AbandonRelease {
        /// Which document.
        #[serde(with = "super::form")]
        document: DocumentId,
        /// What a person reads.
        reason: String,
    },
    /// The printer is done with it. *Source*: rules.md R-20.
    Settle {
        /// Which document.
        #[serde(with = "super::form")]
        document: DocumentId,
        /// What became of it.
        settlement: Settlement,
    },
    /// The document can't be analysed. *Source*: rules.md R-13.
    Unreadable {
        /// The document.
        document: NewDocument,
        /// What a person reads.
        problem: String,
    },
    /// Its owner was told of the verdict. *Source*: rules.md R-38.
    Notified {
        /// Of which document.
        #[serde(with = "super::form")]
        document: DocumentId,
    },
    /// Asks for points to be set aside for this device; the server's policy
    /// decides how many at most and until when. *Source*: rules.md R-39.
    AskLease {
        /// Made by the device.
        #[serde(with = "super::form")]
        lease: LeaseId,
        /// On which account.
        #[serde(with = "super::form")]
        account: AccountId,
        /// How many at most; above zero.
        #[serde(with = "super::form")]
        points: Points,
    },
    /// The device draws on this lease no more, and every draw on it is in an
    /// operation before this one. *Source*: rules.md R-39.
    ReturnLease {
        /// Which.
        #[serde(with = "super::form")]
        lease: LeaseId,
        /// What the gate that counts on it says, signed: without that word the
        /// server does not know what was printed. None where no gate counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt: Option<String>,
    },
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

/// A document that the spooler holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDocument {
    /// The job's own UUID.
    #[serde(with = "super::form")]
    pub id: DocumentId,
    /// The queue it was submitted to.
    pub queue: String,
    /// The spooler's number for the job.
    pub job_id: i32,
    /// What the application called it.
    pub name: String,
    /// When the spooler accepted it.
    pub submitted_at: Timestamp,
}

/// What was taken from a lease for a document. *Source*: rules.md R-39.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// Which lease.
    #[serde(with = "super::form")]
    pub lease: LeaseId,
    /// The account it is on.
    #[serde(with = "super::form")]
    pub account: AccountId,
    /// How many points.
    #[serde(with = "super::form")]
    pub cost: Points,
    /// The rate card that priced it.
    pub card_version: u64,
    /// What the person was told.
    #[serde(with = "super::form::known", default)]
    pub verdict: Option<Verdict>,
}

/// A release that a device gave out by itself. *Source*: rules.md.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenOut {
    /// Where to.
    pub printer: String,
    /// The number of its approval, used once.
    pub nonce: Uuid,
}

/// How far a change of account reaches. *Source*: rules.md R-22.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// This document alone.
    ThisDocument,
    /// This document, and the account becomes the active one.
    AndActive,
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

/// What became of a released document. *Source*: rules.md R-20.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Settlement {
    /// The printer finished.
    Printed {
        /// Sides that it reports; zero: it reports nothing.
        sides: u64,
    },
    /// It was stopped on its way.
    Stopped {
        /// Sides that were printed until then.
        sides: u64,
    },
    /// It failed.
    Failed {
        /// What a person reads.
        reason: String,
    },
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

impl Operation {
    /// Whether it keeps within what may be sent.
    ///
    /// *Errors*: the first limit that it breaks.
    pub fn check(&self) -> Result<(), Fault> {
        if self.sequence == 0 {
            return Err(limit::out_of_range("number of an operation", &0));
        }
        self.action.check()
    }

    /// It as it is sent.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("every value of an operation has a form in JSON")
    }

    /// Reads one that a device stored.
    ///
    /// *Errors*: it is none, or breaks a limit.
    pub fn from_json(json: &str) -> Result<Self, Fault> {
        limit::size(json.as_bytes(), limit::OPERATION_BYTES)?;
        let operation: Self =
            serde_json::from_str(json).map_err(|error| Fault::unreadable(&error))?;
        operation.check()?;
        Ok(operation)
    }
}

impl Action {
    /// Whether it keeps within what may be sent.
    ///
    /// *Errors*: the first limit that it breaks.
    pub fn check(&self) -> Result<(), Fault> {
        match self {
            Self::Place {
                document, facts, ..
            } => {
                document.check()?;
                facts.check()
            }
            Self::PlaceOnLease {
                document,
                facts,
                draw,
                release,
            } => {
                document.check()?;
                facts.check()?;
                let printer = release.as_ref().map_or("", |release| &release.printer);
                limit::text(printer, limit::QUEUE, "printer")?;
                limit::at_least_zero(draw.cost, "cost of a document")
            }
            Self::Reprice { facts, .. } => facts.check(),
            Self::BeginRelease { printer, .. } => limit::text(printer, limit::QUEUE, "printer"),
            Self::AbandonRelease { reason, .. } => limit::text(reason, limit::SENTENCE, "reason"),
            Self::Settle { settlement, .. } => match settlement {
                Settlement::Failed { reason } => limit::text(reason, limit::SENTENCE, "reason"),
                Settlement::Printed { sides } | Settlement::Stopped { sides } => {
                    limit::at_most(*sides, limit::SIDES, "printed sides")
                }
                Settlement::Unknown => Ok(()),
            },
            Self::Unreadable { document, problem } => {
                document.check()?;
                limit::text(problem, limit::SENTENCE, "problem")
            }
            Self::AskLease { points, .. } => limit::above_zero(*points, "number of points"),
            Self::ReturnLease { receipt, .. } => {
                let receipt = receipt.as_deref().unwrap_or_default();
                limit::text(receipt, limit::SIGNED, "receipt")
            }
            Self::ChangeAccount { .. }
            | Self::SetActive { .. }
            | Self::Delete { .. }
            | Self::Notified { .. }
            | Self::Unknown => Ok(()),
        }
    }

    /// Whether it or a part of it is not known to this version.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        matches!(
            self,
            Self::Unknown
                | Self::ChangeAccount {
                    scope: Scope::Unknown,
                    ..
                }
                | Self::Settle {
                    settlement: Settlement::Unknown,
                    ..
                }
        )
    }

    /// The document that it is about.
    #[must_use]
    pub const fn document(&self) -> Option<DocumentId> {
        match self {
            Self::Place { document, .. }
            | Self::PlaceOnLease { document, .. }
            | Self::Unreadable { document, .. } => Some(document.id),
            Self::Reprice { document, .. }
            | Self::ChangeAccount { document, .. }
            | Self::Delete { document }
            | Self::BeginRelease { document, .. }
            | Self::AbandonRelease { document, .. }
            | Self::Settle { document, .. }
            | Self::Notified { document } => Some(*document),
            Self::SetActive { .. }
            | Self::AskLease { .. }
            | Self::ReturnLease { .. }
            | Self::Unknown => None,
        }
    }
}

impl NewDocument {
    fn check(&self) -> Result<(), Fault> {
        limit::text(&self.queue, limit::QUEUE, "name of the queue")?;
        limit::text(&self.name, limit::NAME, "name of the document")
    }
}
