//! What prints the documents that the server holds, as the portal asks it.

use async_trait::async_trait;
use platen_domain::DocumentId;
use platen_ledger::LedgerError;

use crate::portal::PrinterChoice;

/// The printers that this server reaches.
#[async_trait]
pub trait Printing: Send + Sync + 'static {
    /// Where documents can be released, as it was a moment ago.
    ///
    /// *Errors*: the print system does not answer.
    async fn printers(&self) -> Result<Vec<PrinterChoice>, PrintingError>;

    /// Releases a held document whose content is in the ledger. Returns as soon
    /// as the ledger has it written down: from then on it is printed, also after
    /// a crash, once. *Source*: rules.md.
    ///
    /// *Errors*: [`PrintingError`]; the document is held as before.
    async fn release(&self, document: DocumentId, printer: &str) -> Result<(), PrintingError>;
}

/// Why nothing is printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintingError {
    /// No printer of this name takes documents.
    #[error("This printer is not available.")]
    NoSuchPrinter,
    /// The print system does not answer.
    #[error("The print system does not answer. Try again in a moment.")]
    Away,
    /// The ledger refuses, or does not answer.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}
