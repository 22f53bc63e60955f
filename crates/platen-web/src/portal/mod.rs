//! The user portal: what it may ask of the program that embeds it.
//!
//! The portal knows neither ledger nor spooler: it asks a [`Portal`], which the
//! tray app implements on its own machine and the server for all of them.
//! *Source*: rules.md R-34.

mod view;

pub use view::{
    AccountChoice, Answer, Check, Diagnostics, DocumentRow, FinishingChange, FinishingView,
    HistoryPage, HistoryRow, PortalView, PrinterChoice, ReceiptView, Scope,
};

use async_trait::async_trait;
use platen_domain::{AccountId, DocumentId};
use tokio::sync::watch;

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

    /// Documents of the past, newest first, from `before` on, which is the
    /// `next` of the page before.
    async fn history(&self, before: Option<String>) -> Result<HistoryPage, PortalError>;

    /// How the price of `document` came about.
    async fn receipt(&self, document: DocumentId) -> Result<ReceiptView, PortalError>;

    /// What is in order and what is not, for the person and for whoever helps.
    async fn diagnostics(&self) -> Result<Diagnostics, PortalError>;

    /// Grows whenever [`Portal::view`] may have changed.
    fn changes(&self) -> watch::Receiver<u64>;
}

/// Why the portal could not be served. What it carries is read by a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortalError {
    /// No such document, account or printer, or not this person's.
    #[error("{}", crate::words::ENGLISH.not_found)]
    NotFound,
    /// It can't be done as things are; asking again won't help.
    #[error("{0}")]
    Refused(String),
    /// It can't be done now; asking again later may help.
    #[error("{0}")]
    Unavailable(String),
}
