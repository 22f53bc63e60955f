//! What happens to a client.

use platen_domain::{AccountId, DocumentId, LeaseId};

use crate::wire::{Answers, Balances, Facts, Failure, NewDocument, Scope, Settlement, View};

/// Names one request to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Names one write of the client's store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Something that happened.
///
/// What the spooler tells may be told again after a restart: it is known then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The program runs; first of all.
    Started,
    /// The time of [`Engine::wake_at`](super::Engine::wake_at) has come.
    Woke,
    /// The operating system says that there is a network now, or that the device
    /// woke up.
    NetworkChanged,
    /// A write is on the disk.
    Stored(Ticket),
    /// A write failed; nothing of it is on the disk.
    StoreFailed(Ticket),
    /// The user signed in again.
    SignedIn,
    /// The spooler holds a document, and it has been analysed.
    Submitted(Box<Submission>),
    /// The spooler holds a document that can't be analysed.
    Unreadable {
        /// The document.
        document: Box<NewDocument>,
        /// What a person reads.
        problem: String,
    },
    /// Its options or content changed.
    Repriced {
        /// Which document.
        document: DocumentId,
        /// What is priced now.
        facts: Box<Facts>,
    },
    /// Somebody moves a document to another account.
    AccountChanged {
        /// Which document.
        document: DocumentId,
        /// Where to.
        account: AccountId,
        /// How far it reaches.
        scope: Scope,
    },
    /// Somebody chose another active account.
    ActiveChosen {
        /// Which.
        account: AccountId,
    },
    /// Somebody deleted a document that the spooler held.
    Deleted {
        /// Which document.
        document: DocumentId,
    },
    /// Somebody wants a document printed.
    ReleaseAsked {
        /// Which document.
        document: DocumentId,
        /// Where.
        printer: String,
    },
    /// A release that was given out did not begin to print.
    Abandoned {
        /// Which document.
        document: DocumentId,
        /// What a person reads.
        reason: String,
    },
    /// The printer is done with a document.
    Settled {
        /// Which document.
        document: DocumentId,
        /// What became of it.
        settlement: Settlement,
    },
    /// Its owner was told of the verdict.
    Notified {
        /// Of which document.
        document: DocumentId,
    },
    /// The gate closed a lease: nothing more is printed on it.
    LeaseClosed {
        /// Which.
        lease: LeaseId,
        /// What it says of the lease, signed.
        receipt: String,
    },
    /// The server sent its state.
    ViewArrived {
        /// What it was asked by.
        request: RequestId,
        /// The state.
        view: Box<View>,
    },
    /// Of what the server's state says, balances of shared pools alone changed. Others
    /// may follow on the same request; one of the other events ends it.
    BalancesArrived {
        /// What it was asked by.
        request: RequestId,
        /// The balances.
        balances: Box<Balances>,
    },
    /// The server has no newer state, or nothing to add to the balances that it sent.
    ViewUnchanged {
        /// What it was asked by.
        request: RequestId,
    },
    /// The server answered operations.
    AnswersArrived {
        /// What they were sent by.
        request: RequestId,
        /// The answers.
        answers: Box<Answers>,
    },
    /// A request came to nothing.
    RequestFailed {
        /// Which.
        request: RequestId,
        /// Why.
        trouble: Trouble,
    },
}

/// A document, analysed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The document.
    pub document: NewDocument,
    /// What is priced.
    pub facts: Facts,
    /// The account; none means the active one.
    pub account: Option<AccountId>,
}

/// Why a request came to nothing. Its operations may have been carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No connection, or it broke, or no answer came in time.
    Unreachable,
    /// Whoever answered is not the server by his certificate.
    Certificate,
    /// What came is not the server's: a captive portal or a proxy answered.
    NotOurs,
    /// The server's answer can't be read, or breaks a limit.
    Garbled,
    /// The server can't do it now.
    Unavailable {
        /// What it says of when to try again. Units: seconds.
        retry_after_s: Option<u32>,
    },
    /// The server says what is wrong.
    Failed(Failure),
}

/// One change of the client's store; a write has all of its changes or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The row's name.
    pub key: String,
    /// What stands there from now on; none: the row is gone.
    pub value: Option<String>,
}
