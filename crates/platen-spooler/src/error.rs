//! What can go wrong between Platen and the spooler.

use std::time::Duration;

/// Why the spooler did not do what it was asked.
///
/// [`SpoolerError::is_temporary`] tells whether asking again later may help.
#[derive(Debug, thiserror::Error)]
pub enum SpoolerError {
    /// Nobody listens on the spooler's socket, the connection broke, or the
    /// spooler does not run.
    #[error("the print service can't be reached")]
    Unreachable(#[source] std::io::Error),
    /// The connection was there and failed in the middle of an exchange.
    #[error("the connection to the print service broke")]
    Interrupted(#[source] hyper::Error),
    /// No complete answer came in time.
    #[error("the print service did not answer within {} ms", .0.as_millis())]
    Deadline(Duration),
    /// The spooler did not accept who asks, or what he may do.
    #[error("the print service does not permit it: {0}")]
    NotPermitted(String),
    /// No such job, queue or document that this user may see.
    #[error("the print service does not know it (any more)")]
    NotFound,
    /// The job is not in a state for it.
    #[error("not possible now: {0}")]
    NotPossible(String),
    /// The job's documents are no longer kept, so it can't be printed again.
    #[error("the print service has deleted the document")]
    DocumentsGone,
    /// The document is larger than the caller accepts.
    #[error("the document is larger than {limit_bytes} bytes")]
    TooLarge {
        /// *Units*: bytes.
        limit_bytes: u64,
    },
    /// The spooler answered with another error.
    #[error("the print service refused (status {status:#06x}): {message}")]
    Refused {
        /// IPP's status code.
        status: u16,
        /// The spooler's own words.
        message: String,
    },
    /// The answer is not IPP, or not the system's, or contradicts itself.
    #[error("the print service gave an answer that can't be understood: {0}")]
    Malformed(&'static str),
    /// A value that IPP can't carry, such as a text over 1023 bytes.
    #[error("a value can't be sent to the print service")]
    Unsendable(#[source] ipp::parser::IppParseError),
    /// This system's spooler has no means for it, whatever the job or the queue.
    #[error("this system's print service can't {0}")]
    Unsupported(&'static str),
    /// The spooler failed, and only it knows why.
    #[error("the print service failed")]
    Failed(#[source] std::io::Error),
    /// The local file could not be written.
    #[error("the document can't be stored")]
    Storage(#[source] std::io::Error),
}

impl SpoolerError {
    /// Whether the spooler itself is away, so that the same request may succeed
    /// once it is back.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::Interrupted(_) | Self::Deadline(_)
        )
    }
}
