//! Where documents and points are kept: in this computer's own ledger, or, where
//! the site has a server, in step with it.
//!
//! Both answer in the ledger's words, so that nothing else has to know which it is.

mod alone;
mod change;
mod convert;
mod joined;
mod link;
mod member;
mod receipt;
mod record;
mod server;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use platen_domain::{AccountId, DocumentId, Person, Receipt, UserId};
use platen_ledger::{
    Document, Facts, LedgerError, NewDocument, Outcome, Preview, Scope, Settlement, UserView,
};
use platen_web::Language;
use platen_web::words::Words;
use tokio::sync::watch;
use uuid::Uuid;

pub(crate) use joined::{Join, Joined, News};
pub(crate) use link::LinkState;
pub(crate) use receipt::GateDesk;
pub(crate) use record::Released;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BooksError {
    /// The rules or the disk.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The server says no, or it can't be asked; nothing was changed.
    #[error("{0}")]
    Declined(String),
    /// It is kept, and done when the server can be reached.
    #[error("{}", platen_words::ENGLISH.link.kept)]
    Kept,
    /// Nobody is signed in.
    #[error("{}", platen_words::ENGLISH.client.sign_in_first)]
    SignedOut,
}

impl BooksError {
    /// What a person reads.
    pub(crate) fn sentence(&self, words: &Words) -> String {
        match self {
            Self::Ledger(LedgerError::Refused(refusal)) if words.tag != Language::English => {
                words.refusal(refusal)
            }
            Self::Ledger(error) if words.tag == Language::English => error.to_string(),
            Self::Ledger(_) => words.trouble_ledger.to_owned(),
            Self::Declined(sentence) => sentence.clone(),
            Self::Kept => words.link.kept.to_owned(),
            Self::SignedOut => words.client.sign_in_first.to_owned(),
        }
    }
}

/// When something is decided, and which day that is at the site.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    pub now: Timestamp,
    pub today: Date,
}

type Result<T> = std::result::Result<T, BooksError>;

/// Where documents and points are kept.
#[async_trait]
pub(crate) trait Books: Send + Sync {
    /// A document of this computer.
    async fn document(&self, id: DocumentId) -> Result<Option<Document>>;

    /// Writes a new document down, before it is judged.
    async fn submit(&self, new: NewDocument) -> Result<()>;

    /// Asks for the verdict on a document.
    async fn reserve(
        &self,
        id: DocumentId,
        person: &Person,
        facts: Facts,
        at: At,
    ) -> Result<Document>;

    /// Writes down that a document can't be priced.
    async fn mark_unreadable(&self, id: DocumentId, problem: String, at: At) -> Result<Document>;

    /// Prices a held document anew.
    async fn reprice(&self, id: DocumentId, facts: Facts, at: At) -> Result<Outcome>;

    /// Moves a document to another account.
    async fn change_account(
        &self,
        id: DocumentId,
        person: &Person,
        to: (AccountId, Scope),
        at: At,
    ) -> Result<Outcome>;

    /// What moving or pricing it anew would say.
    async fn preview(
        &self,
        id: DocumentId,
        person: &Person,
        with: (Option<AccountId>, Option<Facts>),
        at: At,
    ) -> Result<Preview>;

    /// Makes an account the active one.
    async fn set_active(&self, person: &Person, account: AccountId, at: At) -> Result<()>;

    /// Returns a document's points: it will not be printed.
    async fn delete(&self, id: DocumentId, at: At) -> Result<()>;

    /// Lets a document be printed.
    async fn begin_release(&self, id: DocumentId, printer: String, at: At) -> Result<Document>;

    /// A release did not begin to print.
    async fn abandon_release(&self, id: DocumentId, reason: String, at: At) -> Result<Document>;

    /// The printer is done with a document.
    async fn settle(&self, id: DocumentId, settlement: Settlement, at: At) -> Result<Document>;

    /// Its owner was told of the verdict.
    async fn mark_notified(&self, id: DocumentId, at: At) -> Result<()>;

    /// How a document's price came about.
    async fn receipt(&self, id: DocumentId) -> Result<Receipt>;

    /// What a person's tray and portal show.
    async fn view(&self, person: &Person, at: At) -> Result<UserView>;

    /// A person's documents that are no longer open, newest first: so many, or all.
    async fn history(&self, user: &UserId, most: Option<u32>) -> Result<Vec<Document>>;

    /// An account's name, also of one that the person has lost.
    async fn account_name(&self, account: AccountId) -> Result<Option<String>>;

    /// Returns what nobody released in time and what nobody reported on
    /// and says when to come again. A server does it by itself.
    async fn expire(&self, at: At) -> Result<(Vec<DocumentId>, Option<Timestamp>)>;

    /// Forgets documents that are long over; the print system still has `open`.
    async fn forget_all_but(&self, open: &[DocumentId]) -> Result<()>;

    /// What a document was released with, where the server gave that out.
    fn released(&self, id: DocumentId) -> Option<Released>;

    /// Why a document waits for its verdict, in a sentence.
    fn waits(&self, id: DocumentId) -> Option<String>;

    /// How it stands with the server, where there is one.
    fn link(&self) -> Option<LinkState>;

    /// The person has just signed in.
    async fn signed_in(&self);

    /// The computer may have slept or changed networks.
    async fn network_changed(&self);

    /// Grows with every change.
    fn changes(&self) -> watch::Receiver<u64>;
}

/// A number that makes an approval good for one print.
fn fresh_nonce() -> Uuid {
    Uuid::new_v4()
}
