//! The user portal: what it may ask of the program that embeds it.
//!
//! The portal knows neither ledger nor spooler: it asks a [`Portal`], which the
//! tray app implements on its own machine and the server for all of them.
//! *Source*: rules.md R-34.

mod devices;
mod past;
mod reason;
mod upload;
mod view;

pub use devices::{Aside, DeviceRow, DevicesView, LeaseRow, LeaseStanding};
pub use past::{HistoryPage, HistoryQuery, HistoryRow, ReceiptView};
pub use platen_ledger::{HistorySort, Scope};
pub use reason::Reason;
pub use upload::{PushSubscription, Upload, UploadRoom, Uploaded};
pub use view::{
    AccountChoice, Answer, Check, Diagnostics, DocumentRow, FinishingChange, FinishingView,
    PortalView, PrinterChoice,
};

use async_trait::async_trait;
use platen_domain::{AccountId, DocumentId, LeaseId};
use platen_ledger::Refusal;
use tokio::sync::watch;
use uuid::Uuid;

/// What one person can see and do. Who that person is, the implementation
/// knows; every identifier that comes in is checked against it there.
///
/// *Cancel safety*: the router drops a call when its browser goes away; a change
/// must then have happened whole or not at all.
#[async_trait]
pub trait Portal: Send + Sync + 'static {
    /// Accounts, documents and printers as they are now.
    async fn view(&self) -> Result<PortalView, PortalError>;

    /// Makes `account` the one that new documents are charged to.
    async fn set_active(&self, account: AccountId) -> Result<(), PortalError>;

    /// Moves `document` to `account` after a new verdict, and revives it
    /// if it was declined. A declined answer changed nothing, the active
    /// account included.
    async fn change_account(
        &self,
        document: DocumentId,
        account: AccountId,
        scope: Scope,
    ) -> Result<Answer, PortalError>;

    /// Sets copies, sides and colour and prices the document anew. A
    /// declined answer changed nothing.
    async fn set_finishing(
        &self,
        document: DocumentId,
        change: FinishingChange,
    ) -> Result<Answer, PortalError>;

    /// Deletes `document`; its points return.
    async fn delete(&self, document: DocumentId) -> Result<(), PortalError>;

    /// Sends `document` to `printer`.
    async fn release(&self, document: DocumentId, printer: &str) -> Result<(), PortalError>;

    /// Reads an unreadable `document` again.
    async fn retry(&self, document: DocumentId) -> Result<(), PortalError>;

    /// Documents of the past.
    async fn history(&self, query: HistoryQuery) -> Result<HistoryPage, PortalError>;

    /// How the price of `document` came about.
    async fn receipt(&self, document: DocumentId) -> Result<ReceiptView, PortalError>;

    /// Whether [`Portal::undelete`] is to be had; people are asked before a
    /// deletion where it is not.
    fn can_undelete(&self) -> bool {
        false
    }

    /// Takes a deletion back, within five minutes, after a new verdict. A
    /// declined answer leaves the document in the list, cancelled.
    async fn undelete(&self, _document: DocumentId) -> Result<Answer, PortalError> {
        Err(PortalError::NotFound)
    }

    /// *Units*: bytes of the largest document that can be brought here; none
    /// where documents are printed only.
    fn upload_limit(&self) -> Option<u64> {
        None
    }

    /// Room for what one request brings, to be had before its bytes are taken.
    async fn upload_room(&self) -> Result<UploadRoom, PortalError> {
        Err(PortalError::NotFound)
    }

    /// Takes a document in, prices and judges it. A declined answer
    /// leaves the document in the list, cancelled.
    async fn upload(&self, _upload: Upload) -> Result<Uploaded, PortalError> {
        Err(PortalError::NotFound)
    }

    /// The public key that browsers subscribe with, base64url; none where
    /// nothing is pushed. *Source*: RFC 8292.
    fn push_key(&self) -> Option<String> {
        None
    }

    /// Tells this browser of the person's documents from now on.
    async fn put_push(&self, _subscription: PushSubscription) -> Result<(), PortalError> {
        Err(PortalError::NotFound)
    }

    /// Tells the browser behind `endpoint` no more.
    async fn remove_push(&self, _endpoint: &str) -> Result<(), PortalError> {
        Err(PortalError::NotFound)
    }

    /// Whether the person's devices are known here: where there is one machine
    /// alone there is nothing to tell.
    fn knows_devices(&self) -> bool {
        false
    }

    /// The person's own devices, and the points that they keep.
    async fn devices(&self) -> Result<DevicesView, PortalError> {
        Err(PortalError::NotFound)
    }

    /// Asks a device to give back what it has not used.
    async fn call_back(&self, _lease: LeaseId) -> Result<(), PortalError> {
        Err(PortalError::NotFound)
    }

    /// Waits no longer for what a device did with its points.
    async fn give_up(&self, _lease: LeaseId) -> Result<(), PortalError> {
        Err(PortalError::NotFound)
    }

    /// Signs a device out.
    async fn sign_out_device(&self, _device: Uuid) -> Result<(), PortalError> {
        Err(PortalError::NotFound)
    }

    /// What is in order and what is not, for the person and for whoever helps.
    async fn diagnostics(&self) -> Result<Diagnostics, PortalError>;

    /// Grows whenever [`Portal::view`] may have changed.
    fn changes(&self) -> watch::Receiver<u64>;
}

/// Why the portal could not be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortalError {
    /// No such document, account or printer, or not this person's.
    #[error("not there, or somebody else's")]
    NotFound,
    /// The rules forbid it; pages say so in their own language.
    #[error(transparent)]
    Rule(#[from] Refusal),
    /// It can't be done now; pages say so in their own language.
    #[error("{0:?}")]
    Trouble(Trouble),
    /// It can't be done as things are; asking again won't help. A person reads it.
    #[error("{0}")]
    Refused(String),
    /// It can't be done now; asking again later may help. A person reads it.
    #[error("{0}")]
    Unavailable(String),
}

/// What stands in the way for the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The person keeps too many documents.
    TooManyKept,
    /// The person brings too many documents at once.
    TooManyAtOnce,
    /// Documents can't be read.
    AnalyserAway,
    /// Documents can't be written.
    NoRoom,
    /// The print system does not answer.
    PrintingAway,
    /// The ledger does not answer.
    LedgerAway,
}
