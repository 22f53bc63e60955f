//! Prints the documents that the server holds, through the CUPS of its host.
//!
//! A release is written down in the ledger, under a number that says whose work
//! it is ([`Host`]), before anything else happens; one worker for each host then
//! carries it out, step by step, each of which may be repeated after a crash:
//! a held job is made of the content, its number is written down, it is
//! approved and released, and what the printer reports is settled. A job is
//! never released before the ledger has its number, and jobs that nobody
//! released are removed, so that nothing is printed twice. Releases of a host that
//! never comes back are ended by the others ([`Lost`]).
//! *Source*: rules.md.

mod approve;
mod host;
mod key;
mod lost;
mod passage;
mod work;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use platen_domain::DocumentId;
use platen_gate::SigningKey;
use platen_ledger::Ledger;
use platen_spooler::{Cups, Queue, QueueState};
use platen_web::central::{Printing, PrintingError, Push};
use platen_web::portal::PrinterChoice;
use tokio::sync::Notify;

pub use host::{Host, HostError};
pub use key::{SiteKeyError, site_key};
pub use lost::Lost;
pub use work::PrintingWork;

/// What is shown of the printers is at most this old: every page asks.
const FRESH: Duration = Duration::from_secs(3);

/// What printing needs.
pub struct PrintingParts {
    /// Where documents are.
    pub ledger: Ledger,
    /// The print system. Its user must be one of those that administer it: it
    /// looks after other people's jobs.
    pub cups: Cups,
    /// Who does the work.
    pub host: Host,
    /// What the gates of this host's queues trust.
    pub key: SigningKey,
    /// A private directory for documents on their way.
    pub scratch: PathBuf,
    /// Tells people that nothing was printed.
    pub push: Option<Push>,
}

struct Shared {
    parts: PrintingParts,
    released: Notify,
    seen: Mutex<Option<(Instant, Vec<Queue>)>>,
}

/// The printers of this host's CUPS.
#[derive(Clone)]
pub struct CupsPrinting {
    shared: Arc<Shared>,
}

impl CupsPrinting {
    /// The printers, and the work that whoever runs the server owns.
    #[must_use]
    pub fn new(parts: PrintingParts) -> (Self, PrintingWork) {
        let shared = Arc::new(Shared {
            parts,
            released: Notify::new(),
            seen: Mutex::new(None),
        });
        let work = PrintingWork::new(shared.clone());
        (Self { shared }, work)
    }
}

impl Shared {
    /// The queues, at most [`FRESH`] old.
    async fn queues(&self) -> Result<Vec<Queue>, PrintingError> {
        let seen = self.lock().clone();
        if let Some((at, queues)) = seen
            && at.elapsed() < FRESH
        {
            return Ok(queues);
        }
        let queues = self.parts.cups.queues().await.map_err(|error| {
            tracing::warn!(%error, "the print system does not answer");
            PrintingError::Away
        })?;
        *self.lock() = Some((Instant::now(), queues.clone()));
        Ok(queues)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Instant, Vec<Queue>)>> {
        // What is behind it is replaced as a whole.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether documents can be released at this queue.
fn is_offered(queue: &Queue) -> bool {
    queue.managed && queue.is_printer
}

#[async_trait]
impl Printing for CupsPrinting {
    async fn printers(&self) -> Result<Vec<PrinterChoice>, PrintingError> {
        let queues = self.shared.queues().await?;
        Ok(queues
            .into_iter()
            .filter(is_offered)
            .map(|queue| PrinterChoice {
                ready: queue.accepting && queue.state != QueueState::Stopped,
                message: Some(queue.state_message).filter(|message| !message.is_empty()),
                name: queue.name,
                info: queue.info,
                location: queue.location,
            })
            .collect())
    }

    async fn release(&self, document: DocumentId, printer: &str) -> Result<(), PrintingError> {
        let queues = self.shared.queues().await?;
        let there = queues
            .iter()
            .any(|queue| queue.name == printer && is_offered(queue) && queue.accepting);
        if !there {
            return Err(PrintingError::NoSuchPrinter);
        }
        let parts = &self.shared.parts;
        let number = parts.host.number();
        parts
            .ledger
            .begin_release(document, printer.to_owned(), number, Timestamp::now())
            .await?;
        self.shared.released.notify_one();
        Ok(())
    }
}
