//! What a server says to operations, and to requests that fail as a whole.

use jiff::Timestamp;
use platen_domain::Verdict;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::limit::{self, Fault};
use super::view::{AccountView, Document, Lease};

/// The answers to a batch, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// The version of the protocol that is spoken.
    pub protocol: u16,
    /// The server's wall clock.
    pub server_time: Timestamp,
    /// One for each operation, or for the first of them where the server ran
    /// into something that passes.
    pub answers: Vec<Answer>,
}

/// The answer to one operation; the same however often it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Which operation.
    pub id: Uuid,
    /// Its number.
    pub sequence: u64,
    /// What came of it.
    pub result: Answered,
}

/// What came of an operation; final in either case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Answered {
    /// It was carried out.
    Done(Box<Done>),
    /// It was not, and never will be; a person is told.
    Refused(Refused),
    /// Something that this version does not know: final as well, and the next
    /// view shows what came of it.
    #[serde(other)]
    Unknown,
}

/// What an operation changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Done {
    /// where it ended in a verdict. A change of account that is
    /// declined changed nothing, and this says why.
    #[serde(with = "super::form::known", skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// The document afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
    /// The account that was asked about, afterwards; none, too, if this version does
    /// not know its kind.
    #[serde(
        deserialize_with = "super::view::known_account",
        skip_serializing_if = "Option::is_none"
    )]
    pub account: Option<AccountView>,
    /// The lease afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
}

/// Why an operation was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// For programs.
    pub code: RefusalCode,
    /// What a person reads, in English.
    pub sentence: String,
}

/// Why an operation was not carried out, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The operation can't be read, or breaks a limit.
    Malformed,
    /// The server does not know such operations.
    Unsupported,
    /// The same id was used before with other content.
    ExistsWithDifferent,
    /// No document has this id.
    UnknownDocument,
    /// It is somebody else's, or another device's.
    NotYours,
    /// The document's state does not allow it.
    WrongState,
    /// No lease has this id.
    UnknownLease,
    /// The lease is over.
    LeaseEnded,
    /// The policy grants no points for use without network, or no more.
    NoLease,
    /// Accounts are not in use.
    AccountsOff,
    /// No account has this id.
    UnknownAccount,
    /// The account can't be used now.
    Barred,
    /// The account is at its limit and can't be chosen.
    AtLimit,
    /// The account does not carry it.
    InsufficientPoints,
    /// Something is missing, too long, or makes no sense.
    Invalid,
    /// Nothing can be priced: there is no rate card, or there are too many pages.
    NoPrice,
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

/// Why a request failed as a whole; none of its operations was carried out, or
/// only such as will get their stored answer when they are sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// For programs.
    pub code: FailureCode,
    /// What a person reads, in English.
    pub sentence: String,
    /// How long to wait before trying again, if at all. Units: seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// The number of the operation that the server expects next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<u64>,
}

/// Why a request failed as a whole, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// Nobody is signed in, or no more: sign in again (HTTP 401).
    SignedOut,
    /// The device was shut out by an administrator (403).
    Revoked,
    /// The client is too old (426).
    ClientTooOld,
    /// The server is too old (400).
    ServerTooOld,
    /// Operations are missing before these (409).
    OutOfOrder,
    /// Another operation had this number or id before: the device's memory was
    /// put back to an earlier day; it has to be enrolled anew (409).
    Diverged,
    /// The request can't be read (400).
    Malformed,
    /// The request is too large (413).
    TooLarge,
    /// The server can't do it now (429, 503); try again.
    Busy,
    /// Something that this version does not know; try again.
    #[serde(other)]
    Unknown,
}

impl Refused {
    /// A refusal.
    #[must_use]
    pub fn new(code: RefusalCode, sentence: impl Into<String>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
        }
    }
}

impl Answers {
    /// Reads what a server answered.
    ///
    /// *Errors*: it is none, or breaks a limit.
    pub fn from_json(json: &[u8]) -> Result<Self, Fault> {
        limit::size(json, limit::DOWN_BYTES)?;
        let answers: Self =
            serde_json::from_slice(json).map_err(|error| Fault::unreadable(&error))?;
        limit::count(answers.answers.len(), limit::OPERATIONS, "answers")?;
        answers
            .answers
            .iter()
            .try_for_each(|answer| answer.result.check())?;
        Ok(answers)
    }

    /// They as they are sent.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("every value of an answer has a form in JSON")
    }
}

impl Answered {
    /// A refusal.
    #[must_use]
    pub fn refused(code: RefusalCode, sentence: impl Into<String>) -> Self {
        Self::Refused(Refused::new(code, sentence))
    }

    fn check(&self) -> Result<(), Fault> {
        match self {
            Self::Done(done) => {
                if let Some(document) = &done.document {
                    document.check()?;
                }
                if let Some(account) = &done.account {
                    account.check()?;
                }
                done.lease.as_ref().map_or(Ok(()), Lease::check)
            }
            Self::Refused(refused) => limit::text(&refused.sentence, limit::SENTENCE, "sentence"),
            Self::Unknown => Ok(()),
        }
    }
}

impl Failure {
    /// Reads what a server answered.
    ///
    /// *Errors*: it is none, or breaks a limit.
    pub fn from_json(json: &[u8]) -> Result<Self, Fault> {
        limit::size(json, limit::DOWN_BYTES)?;
        let failure: Self =
            serde_json::from_slice(json).map_err(|error| Fault::unreadable(&error))?;
        limit::text(&failure.sentence, limit::SENTENCE, "sentence")?;
        Ok(failure)
    }

    /// It as it is sent.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("every value of a failure has a form in JSON")
    }
}
