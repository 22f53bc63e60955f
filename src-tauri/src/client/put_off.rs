//! Work that this computer hinders, as a full disk does, is said and done
//! again by itself: no event tells when there is space again.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use platen_domain::DocumentId;
use platen_ledger::LedgerError;

use crate::books::BooksError;
use platen_spooler::SpoolerError;
use platen_words::{Speech, fill};

use super::look::error_chain;
use super::{Client, SpoolerState, WorkError};

/// Until the first repetition; each one after it waits twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The wait is doubled this often, up to about a minute.
const DOUBLINGS: u32 = 6;

/// How often a document was put off, and whether its repetition is under way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PutOff {
    times: u32,
    waiting: bool,
}

impl Client {
    /// Says what is in the way, once, and comes back to the document.
    pub(super) async fn put_off(self: &Arc<Self>, document: DocumentId, error: &WorkError) {
        let Some(obstacle) = obstacle(self.words(), error) else {
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
            let title = self.words().notices.title_must_wait;
            self.tell_problem(title, &obstacle).await;
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
fn obstacle(speech: &Speech, error: &WorkError) -> Option<String> {
    let words = &speech.notices;
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
        words.disk_full.to_owned()
    } else {
        fill(words.hindered, &[&error_chain(error)])
    })
}

#[cfg(test)]
mod tests {
    use platen_words::{ENGLISH, GERMAN};

    use super::*;

    #[test]
    fn only_what_lies_in_this_computer_puts_work_off() {
        let file = |kind| WorkError::File(std::io::Error::from(kind));
        assert_eq!(
            obstacle(&ENGLISH, &file(ErrorKind::StorageFull)).as_deref(),
            Some(ENGLISH.notices.disk_full)
        );
        assert_eq!(
            obstacle(&GERMAN, &LedgerError::Full.into()).as_deref(),
            Some(GERMAN.notices.disk_full)
        );
        let other = obstacle(&ENGLISH, &file(ErrorKind::PermissionDenied)).unwrap();
        assert!(
            other.contains("stay held") && other.contains("permission"),
            "{other}"
        );
        assert_eq!(obstacle(&ENGLISH, &SpoolerError::NotFound.into()), None);
        assert_eq!(obstacle(&ENGLISH, &WorkError::Changed), None);
    }
}
