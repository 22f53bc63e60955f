//! How much one person may bring, so that nobody fills the server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use platen_domain::{Person, UserId};
use platen_ledger::Ledger;

use crate::from_ledger::ledger_error;
use crate::portal::{PortalError, Trouble};

/// Uploads of one person at once; a browser sends one at a time, and there may be a
/// phone beside it.
const AT_ONCE: u32 = 4;
/// Documents that one person has waiting here.
const MOST_DOCUMENTS: usize = 200;
/// What they weigh. *Units*: bytes.
const MOST_BYTES: u64 = 2 << 30;

/// Who brings something just now.
#[derive(Debug, Default)]
pub(super) struct Quota {
    under_way: Mutex<HashMap<UserId, u32>>,
}

/// One upload under way; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    quota: Arc<Quota>,
    user: UserId,
}

impl Quota {
    pub(super) fn turn(self: &Arc<Self>, user: &UserId) -> Option<Turn> {
        let mut under_way = self.lock();
        let count = under_way.entry(user.clone()).or_default();
        if *count >= AT_ONCE {
            return None;
        }
        *count += 1;
        Some(Turn {
            quota: Arc::clone(self),
            user: user.clone(),
        })
    }

    /// Whether one more document may wait here.
    ///
    /// *Errors*: [`PortalError::Refused`]; the ledger's.
    pub(super) async fn check_kept(
        &self,
        ledger: &Ledger,
        person: &Person,
        now: Timestamp,
        today: Date,
    ) -> Result<(), PortalError> {
        let view = ledger.view(person, now, today).await;
        let documents = view.map_err(ledger_error)?.documents;
        let ids: Vec<_> = documents.iter().map(|document| document.id).collect();
        let here = ledger.has_content(&ids).await.map_err(ledger_error)?;
        let mut bytes = 0;
        for id in &here {
            let size = ledger.content_size(*id).await.map_err(ledger_error)?;
            bytes += size.map_or(0, |size| size.bytes);
        }
        if here.len() >= MOST_DOCUMENTS || bytes >= MOST_BYTES {
            return Err(too_many());
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<UserId, u32>> {
        // Counting is never left half done.
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// For a person; the pages translate it.
pub(super) fn too_many_at_once() -> PortalError {
    PortalError::Trouble(Trouble::TooManyAtOnce)
}

/// For a person; the pages translate it.
fn too_many() -> PortalError {
    PortalError::Trouble(Trouble::TooManyKept)
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut under_way = self.quota.lock();
        if let Some(count) = under_way.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_some_turns_and_gets_them_back() {
        let quota = Arc::new(Quota::default());
        let user = UserId::new("alice");
        let turns: Vec<_> = (0..AT_ONCE).map(|_| quota.turn(&user)).collect();
        assert!(turns.iter().all(Option::is_some));
        assert!(quota.turn(&user).is_none());
        assert!(quota.turn(&UserId::new("bob")).is_some());
        drop(turns);
        assert!(quota.turn(&user).is_some());
        assert!(quota.lock().len() <= 1);
    }
}
