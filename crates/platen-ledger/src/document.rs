//! Documents as the ledger keeps them, and what is asked of it about them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use platen_domain::{
    AccountId, DocumentId, DocumentState, Finishing, LeaseId, PageFacts, PageRun, Passage, Person,
    Points, Ticket, UserId, Verdict,
};
use uuid::Uuid;

use crate::page::PageAsk;
use crate::view::AccountView;

/// What a price is made of, and what an approval must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The pages of each of the job's documents, in order.
    pub documents: Vec<Vec<PageRun>>,
    /// SHA-256 of each of them.
    pub digests: Vec<[u8; 32]>,
    /// The format that the estimate recognised.
    pub format: String,
    /// The options that change the price.
    pub finishing: Finishing,
    /// What the document itself asks for, where the job is silent.
    pub ticket: Ticket,
    /// Whether filters or the document itself decide how it is printed.
    pub passage: Passage,
    /// The same options as the spooler spells them; the approval names them.
    pub priced_options: BTreeMap<String, String>,
    /// What the estimate wants people to know.
    pub warnings: Vec<String>,
}

impl Facts {
    /// The longest job that is priced; it bounds the memory of one operation.
    pub const MAX_PAGES: u64 = 1_000_000;

    /// Pages of all documents, before any option is applied.
    #[must_use]
    pub fn page_count(&self) -> u64 {
        self.documents
            .iter()
            .flatten()
            .map(|run| u64::from(run.count))
            .sum()
    }

    /// The pages, unfolded for the pricing function.
    #[must_use]
    pub fn pages(&self) -> Vec<Vec<PageFacts>> {
        self.documents
            .iter()
            .map(|runs| PageRun::unfold(runs))
            .collect()
    }
}

/// A document that the spooler holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDocument {
    /// The job's own UUID.
    pub id: DocumentId,
    /// Whose it is.
    pub user: UserId,
    /// The queue it was submitted to.
    pub queue: String,
    /// The spooler's number for the job.
    pub job_id: i32,
    /// What the application called it.
    pub name: String,
    /// When the spooler accepted it.
    pub submitted_at: Timestamp,
}

/// The answer to [`Ledger::submit`](crate::Ledger::submit).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// It is new.
    Created,
    /// It was known already, as it stands now.
    Exists(Box<Document>),
}

/// Asks for a verdict and, if it permits, the reservation of the points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserve {
    /// The document.
    pub id: DocumentId,
    /// Its owner, with the groups of the identity provider.
    pub person: Person,
    /// The account to charge; none means the active one.
    pub account: Option<AccountId>,
    /// What is priced.
    pub facts: Facts,
    /// The lease whose points it takes; none means the account's own.
    pub lease: Option<LeaseId>,
}

/// The answer to everything that ends in a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// as it was when it was given.
    pub verdict: Verdict,
    /// The document afterwards.
    pub document: Document,
    /// The account that was asked for, as it stands now; none where accounts
    /// are not in use or the person has none.
    pub account: Option<AccountView>,
}

/// The answer to [`Ledger::undelete`](crate::Ledger::undelete).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undeleted {
    /// The document, which is back.
    pub document: Document,
    /// none for a document that was never priced.
    pub verdict: Option<Verdict>,
    /// Its account, as it stands now.
    pub account: Option<AccountView>,
}

/// Which of a person's documents to list that are no longer open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Words that the name has in it, in whatever case; empty: all. Of somebody
    /// with more than 50,000 documents the newest are searched.
    pub search: String,
    /// On this account only.
    pub account: Option<AccountId>,
    /// In this state only.
    pub state: Option<DocumentState>,
    /// Submitted at this time or later.
    pub since: Option<Timestamp>,
    /// Submitted before this time.
    pub until: Option<Timestamp>,
    /// The order.
    pub sort: HistorySort,
    /// Which part of the list.
    pub page: PageAsk,
}

/// An order of documents; those that are equal in it come newest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HistorySort {
    /// The one that was submitted last comes first.
    #[default]
    Newest,
    /// The one that was submitted first comes first.
    Oldest,
    /// By name.
    Name,
    /// The one that was charged most comes first.
    Points,
}

impl HistorySort {
    /// Every order.
    pub const ALL: [Self; 4] = [Self::Newest, Self::Oldest, Self::Name, Self::Points];

    /// Its name in an address.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Name => "name",
            Self::Points => "points",
        }
    }
}

/// What an operation would say, without doing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    ///
    pub verdict: Verdict,
    /// The document's points.
    pub cost: Points,
    /// The account that was asked about, as it stands now.
    pub account: Option<AccountView>,
}

/// How far a change of account reaches. *Source*: rules.md R-22.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This document alone (the portal).
    ThisDocument,
    /// This document, and the account becomes the active one (a notification).
    AndActive,
}

/// What became of a released document. *Source*: rules.md R-20.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The printer finished.
    Printed {
        /// Sides that it reports; zero means that it reports nothing, and the
        /// whole estimate is posted.
        sides: u64,
    },
    /// It was stopped on its way.
    Stopped {
        /// Sides that were printed until then; zero returns everything.
        sides: u64,
    },
    /// It failed; everything returns.
    Failed {
        /// What a person reads.
        reason: String,
    },
}

/// The answer to [`Ledger::settle`](crate::Ledger::settle).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The document afterwards.
    pub document: Document,
    /// Points of the reservation that were charged.
    pub posted: Points,
    /// Points that were reserved and not charged.
    pub returned: Points,
    /// Points that were charged beyond, for what was printed beyond the
    /// estimate.
    pub overrun: Points,
}

/// One document, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The job's own UUID.
    pub id: DocumentId,
    /// Whose it is.
    pub user: UserId,
    /// The device whose spooler holds it, where one delivered it.
    pub device: Option<Uuid>,
    /// The queue it was submitted to.
    pub queue: String,
    /// The spooler's number for the job.
    pub job_id: i32,
    /// What the application called it.
    pub name: String,
    /// Where it stands.
    pub state: DocumentState,
    /// Why it stands there, where there is something to say.
    pub reason: Option<String>,
    /// The account it is or was to be charged to.
    pub account: Option<AccountId>,
    /// What it costs by its facts; reserved while the state holds a reservation.
    pub cost: Option<Points>,
    /// The lease that its reservation was drawn from.
    pub lease: Option<LeaseId>,
    /// What of its cost was charged in the end.
    pub posted: Option<Points>,
    /// What was charged beyond its cost, as an activity of its own.
    pub overrun: Option<Points>,
    /// What the price was made of.
    pub facts: Option<Facts>,
    /// The rate card that priced it.
    pub card_version: Option<u64>,
    /// The last verdict on it.
    pub verdict: Option<Verdict>,
    /// The printer it was released to.
    pub printer: Option<String>,
    /// The number of its approval, used once.
    pub release_nonce: Option<Uuid>,
    /// What became of it.
    pub settlement: Option<Settlement>,
    /// When the spooler accepted it.
    pub submitted_at: Timestamp,
    /// When it expires if nobody releases it.
    pub hold_until: Option<Timestamp>,
    /// When its owner was told.
    pub notified_at: Option<Timestamp>,
    /// When anything on it changed last.
    pub changed_at: Timestamp,
}

impl Document {
    /// How long a deleted document may be brought back.
    pub const UNDO: SignedDuration = SignedDuration::from_mins(5);

    /// Whether [`Ledger::undelete`](crate::Ledger::undelete) brings it back: it
    /// was deleted, and not too long ago.
    #[must_use]
    pub fn can_be_undeleted(&self, now: Timestamp) -> bool {
        self.state == DocumentState::Deleted && now.duration_since(self.changed_at) <= Self::UNDO
    }

    /// What was charged in the end, with what was printed beyond its cost.
    /// *Source*: rules.md R-20.
    #[must_use]
    pub fn charged(&self) -> Option<Points> {
        let overrun = self.overrun.unwrap_or_default();
        // No settlement is stored whose sum does not fit.
        self.posted
            .map(|posted| posted.plus(overrun).unwrap_or(Points::MAX))
    }
}
