//! Work that this computer hinders, as a full disk does, is said and done
//! again by itself: no event tells when there is space again.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use platen_domain::DocumentId;
use platen_ledger::LedgerError;

use crate::books::BooksError;
use platen_spooler::SpoolerError;

use super::look::error_chain;
use super::{Client, SpoolerState, WorkError};

/// Until the first repetition; each one after it waits twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The wait is doubled this often, up to about a minute.
const DOUBLINGS: u32 = 6;

/// What a person is told of a full disk.
const FULL: &str = "The disk is full. Documents stay held, and nothing is charged, until there \
                    is space again.";

/// How often a document was put off, and whether its repetition is under way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PutOff {
    times: u32,
    waiting: bool,
}

impl Client {
    /// Says what is in the way, once, and comes back to the document.
    pub(super) async fn put_off(self: &Arc<Self>, document: DocumentId, error: &WorkError) {
        let Some(obstacle) = obstacle(error) else {
            return;
        };
        let (first, wait) = {
            let mut memory = self.memory();
            let first = memory.put_off.is_empty();
            let entry = memory.put_off.entry(document).or_default();
            let wait = (!entry.waiting).then(|| FIRST_WAIT * 2_u32.pow(entry.times.min(DOUBLINGS)));
            entry.times = entry.times.saturating_add(1);
            entry.waiting = true;
            (first, wait)
        };
        self.set_spooler(SpoolerState::Hindered(obstacle.clone()));
        if let Some(wait) = wait {
            let client = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                if let Some(entry) = client.memory().put_off.get_mut(&document) {
                    entry.waiting = false;
                }
                client.parts.lanes.look(document).await;
            });
        }
        if first {
            self.tell_problem("Documents Must Wait", &obstacle).await;
        }
    }

    /// A document was worked on to its end.
    pub(super) fn not_put_off(&self, document: DocumentId) {
        let last = {
            let mut memory = self.memory();
            memory.put_off.remove(&document).is_some() && memory.put_off.is_empty()
        };
        if last && matches!(*self.spooler.borrow(), SpoolerState::Hindered(_)) {
            self.set_spooler(SpoolerState::Up);
        }
    }
}

/// What to tell a person of an error that lies in this computer.
fn obstacle(error: &WorkError) -> Option<String> {
    let full = match error {
        WorkError::File(error) | WorkError::Spooler(SpoolerError::Storage(error)) => matches!(
            error.kind(),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
        ),
        WorkError::Books(
            BooksError::Ledger(LedgerError::Refused(_) | LedgerError::Points(_))
            | BooksError::Declined(_)
            | BooksError::Kept
            | BooksError::SignedOut,
        )
        | WorkError::Spooler(_)
        | WorkError::Changed
        | WorkError::NoSuchPrinter => return None,
        WorkError::Books(error) => {
            matches!(error, BooksError::Ledger(LedgerError::Full))
        }
    };
    Some(if full {
        FULL.to_owned()
    } else {
        format!("Documents stay held: {}", error_chain(error))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_in_this_computer_puts_work_off() {
        let file = |kind| WorkError::File(std::io::Error::from(kind));
        assert_eq!(
            obstacle(&file(ErrorKind::StorageFull)).as_deref(),
            Some(FULL)
        );
        assert_eq!(obstacle(&LedgerError::Full.into()).as_deref(), Some(FULL));
        let other = obstacle(&file(ErrorKind::PermissionDenied)).unwrap();
        assert!(
            other.contains("stay held") && other.contains("permission"),
            "{other}"
        );
        assert_eq!(obstacle(&SpoolerError::NotFound.into()), None);
        assert_eq!(obstacle(&WorkError::Changed), None);
    }
}
