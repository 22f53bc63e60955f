//! What a client does.

use platen_domain::{AccountId, DocumentId, LeaseId, Points, Verdict};
use uuid::Uuid;

use super::event::{Change, RequestId, Ticket};
use crate::wire::{Batch, Done, RefusalCode, Refused};

/// Something to do, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// Write these changes to the disk, all or none, and say
    /// [`Stored`](super::Event::Stored) when they are there for good.
    Store {
        /// Names the write.
        ticket: Ticket,
        /// The changes.
        changes: Vec<Change>,
    },
    /// Ask the server for its state.
    Fetch {
        /// Names the request; exactly one event must come of it, but for balances,
        /// any number of which may come before.
        request: RequestId,
        /// The version that is known; none: it is wanted in any case.
        after: Option<u64>,
        /// Whether the server may let it wait until something changes.
        wait: bool,
    },
    /// Send operations to the server.
    Send {
        /// Names the request; exactly one event must come of it.
        request: RequestId,
        /// The operations.
        batch: Batch,
    },
    /// Whatever comes of this request is of no interest any more.
    Abort {
        /// Which.
        request: RequestId,
    },
    /// Tell the owner what became of a document, in place of what he was told
    /// before.
    Decide {
        /// Which document.
        document: DocumentId,
        /// What became of it.
        decision: Decision,
    },
    /// Let a document be printed. Told again after a restart; the number is good
    /// for one print.
    Release {
        /// Which document.
        document: DocumentId,
        /// Where.
        printer: String,
        /// The number of the approval.
        nonce: Uuid,
        /// The server's signed approval; none where the lease is the approval.
        approval: Option<String>,
        /// The lease that its points were drawn from without network.
        lease: Option<LeaseId>,
        /// That lease as the server signed it, if he did.
        signed_lease: Option<String>,
    },
    /// Have the gate close a lease and say what was printed on it, however long that
    /// takes, and say [`LeaseClosed`](super::Event::LeaseClosed). Told again after a
    /// restart, once the server can be reached.
    CloseLease {
        /// Which.
        lease: LeaseId,
        /// As the server signed it.
        signed: String,
    },
    /// Somebody's wish can't be fulfilled; nothing was changed.
    Decline {
        /// The document, if it is about one.
        document: Option<DocumentId>,
        /// Why.
        why: Declined,
    },
    /// The server carried out what was wished for a document, or says why nothing
    /// changed: its verdict declines it.
    Answered {
        /// Which document.
        document: DocumentId,
        /// What came of it.
        done: Box<Done>,
    },
    /// What was wished for a document is stored and waits for the server.
    Pending {
        /// Which document.
        document: DocumentId,
    },
    /// The server refused what was done here; a person is told.
    Refused {
        /// The document, if it is about one.
        document: Option<DocumentId>,
        /// The server's reason.
        refused: Refused,
    },
    /// What [`Engine::shown`](super::Engine::shown) gives may be another now.
    Show,
}

/// What became of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// There is a verdict, and it stands.
    Judged {
        ///
        verdict: Verdict,
        /// The account it was judged on.
        account: Option<AccountId>,
        /// The lease its points were drawn from, if the server was not asked.
        lease: Option<LeaseId>,
    },
    /// It is held until there can be one.
    Waits(Wait),
    /// It can't be placed at all.
    Refused(Refused),
}

/// Why a document waits. *Source*: rules.md R-39.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The server can't be reached, and no points are set aside on this device
    /// for its account.
    NoLease,
    /// The server can't be reached, and the points set aside do not carry it.
    LeaseTooSmall {
        /// What it costs.
        cost: Points,
        /// What is left.
        left: Points,
    },
    /// The server can't be reached, and nothing can be priced without it.
    NoPrice,
    /// The user has to sign in.
    SignIn,
    /// The disk is full.
    DiskFull,
}

/// Why a wish was not fulfilled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declined {
    /// The disk is full.
    DiskFull,
    /// It needs the server, which can't be reached.
    NeedsNetwork,
    /// It is no document of this device, or not in a state for it.
    NotNow,
    /// It can't be sent: a limit is broken.
    Invalid(Refused),
}

impl Refused {
    pub(super) fn of(fault: &crate::wire::Fault) -> Self {
        Self::new(RefusalCode::Malformed, fault.to_string())
    }
}
