//! The signed-in person's link, and what this computer knows of his documents.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use platen_domain::{DocumentId, UserId, Verdict};
use platen_ledger::{Document, LedgerError};
use platen_link::{Link, Told};
use platen_sync::engine::{Decision, Shown, Wait};
use platen_web::words::Words;
use tokio::sync::{mpsc, watch};

use super::change::said;
use super::record::{Record, Stored};
use super::{convert, link};

/// How long what the engine wrote may take to be shown.
const SHOWN_SOON: Duration = Duration::from_secs(5);

/// The signed-in person's link, and what this computer knows of his documents.
pub(super) struct Member {
    pub(super) user: UserId,
    /// What he reads.
    pub(super) words: &'static Words,
    pub(super) link: Link,
    pub(super) shown: watch::Receiver<Arc<Shown>>,
    records: Mutex<HashMap<DocumentId, Record>>,
    /// One change of records at a time: each is read, written and then in force.
    writing: tokio::sync::Mutex<()>,
    /// Whose documents are, of all who signed in on this computer.
    owners: Mutex<HashMap<DocumentId, UserId>>,
    waits: Mutex<HashMap<DocumentId, Wait>>,
    /// Verdicts that were told, whether that could be stored or not.
    told: Mutex<HashMap<DocumentId, Option<Verdict>>>,
    wishes: Mutex<HashMap<Option<DocumentId>, Waiting>>,
    /// One choice of an account at a time.
    pub(super) choosing: tokio::sync::Mutex<()>,
}

struct Waiting {
    told: mpsc::UnboundedSender<Told>,
    /// What the server refuses is for whoever waits; else a person is told.
    takes_refusals: bool,
}

/// Somebody who waits for what is told of a document.
pub(super) struct Wish<'m> {
    member: &'m Member,
    about: Option<DocumentId>,
    told: mpsc::UnboundedReceiver<Told>,
}

impl Member {
    /// What the store has of him.
    ///
    /// *Errors*: the disk can't be read.
    pub(super) async fn load(
        user: UserId,
        link: Link,
        words: &'static Words,
    ) -> std::result::Result<Arc<Self>, LedgerError> {
        let kept = link.kept().await?;
        let owners = link.owners().await?;
        // One that can't be read is written anew when its job is seen.
        let read = |(id, value): (DocumentId, String)| {
            let record = serde_json::from_str(&value);
            record.ok().map(|record| (id, record))
        };
        Ok(Arc::new(Self {
            user,
            words,
            shown: link.shown(),
            link,
            records: Mutex::new(kept.into_iter().filter_map(read).collect()),
            writing: tokio::sync::Mutex::default(),
            owners: Mutex::new(owners.into_iter().collect()),
            waits: Mutex::default(),
            told: Mutex::default(),
            wishes: Mutex::default(),
            choosing: tokio::sync::Mutex::default(),
        }))
    }

    /// This computer's documents.
    pub(super) fn known(&self) -> Vec<DocumentId> {
        self.records().keys().copied().collect()
    }

    pub(super) fn record(&self, id: DocumentId) -> Option<Record> {
        self.records().get(&id).cloned()
    }

    /// A document as the rest of the client knows it; none: not of this computer.
    pub(super) fn document(&self, id: DocumentId) -> Option<Document> {
        let record = self.record(id)?;
        let waits = self.why_it_waits(id);
        let told = self.told().get(&id).copied();
        let shown = self.shown.borrow();
        let mut document = convert::document(&shown, id, &self.user, &record, waits.as_deref());
        if told == Some(document.verdict) && record.refused.is_none() {
            document.notified_at = Some(document.submitted_at);
        }
        Some(document)
    }

    /// Somebody else's document on this computer, of which no more is known.
    pub(super) fn of_another(&self, id: DocumentId) -> Option<Document> {
        let owner = self.owners().get(&id).cloned();
        let owner = owner.filter(|owner| *owner != self.user)?;
        Some(convert::of_another(id, owner))
    }

    /// A new document is this person's from now on, for whoever signs in later.
    pub(super) async fn claim(&self, id: DocumentId) -> std::result::Result<(), LedgerError> {
        self.link.own(id, Some(&self.user)).await?;
        self.owners().insert(id, self.user.clone());
        Ok(())
    }

    /// The verdict on a document was told.
    pub(super) fn note_told(&self, id: DocumentId) {
        let verdict =
            convert::find(&self.shown.borrow(), id).and_then(|found| found.document.verdict);
        self.told().insert(id, verdict);
    }

    pub(super) fn why_it_waits(&self, id: DocumentId) -> Option<String> {
        let wait = self.waits().get(&id).copied()?;
        Some(link::waits(self.words, wait))
    }

    /// Changes a record, on the disk first.
    pub(super) async fn write(
        &self,
        id: DocumentId,
        change: impl FnOnce(&mut Record),
    ) -> std::result::Result<(), LedgerError> {
        let turn = self.writing.lock().await;
        let Some(mut record) = self.record(id) else {
            return Ok(());
        };
        change(&mut record);
        self.store(id, record, &turn).await
    }

    /// Writes a record where there is none.
    pub(super) async fn put(
        &self,
        id: DocumentId,
        record: Record,
    ) -> std::result::Result<(), LedgerError> {
        let turn = self.writing.lock().await;
        self.store(id, record, &turn).await
    }

    async fn store(
        &self,
        id: DocumentId,
        record: Record,
        _: &tokio::sync::MutexGuard<'_, ()>,
    ) -> std::result::Result<(), LedgerError> {
        let text = serde_json::to_string(&record).expect("a record always has a JSON form");
        self.link.keep(id, Some(text)).await?;
        self.records().insert(id, record);
        Ok(())
    }

    pub(super) async fn forget(&self, id: DocumentId) -> std::result::Result<(), LedgerError> {
        let _turn = self.writing.lock().await;
        self.link.keep(id, None).await?;
        self.link.own(id, None).await?;
        self.records().remove(&id);
        self.owners().remove(&id);
        self.waits().remove(&id);
        self.told().remove(&id);
        Ok(())
    }

    /// Takes down what was told of a document, before anything is done about it.
    pub(super) async fn take_down(
        &self,
        id: DocumentId,
        told: &Told,
    ) -> std::result::Result<(), LedgerError> {
        match told {
            Told::Decided(Decision::Waits(wait)) => {
                self.waits().insert(id, *wait);
                Ok(())
            }
            Told::Decided(Decision::Judged { .. }) => {
                self.waits().remove(&id);
                self.write(id, |record| record.placed = true).await
            }
            Told::Decided(Decision::Refused(refused)) => {
                self.waits().remove(&id);
                let sentence = said(self.words, refused);
                self.write(id, |record| {
                    record.refused = Some(sentence);
                    record.told = false;
                })
                .await
            }
            Told::Release(released) => {
                let stored = Stored::from((**released).clone());
                self.write(id, |record| record.release = Some(stored)).await
            }
            _ => Ok(()),
        }
    }

    /// Gives what was told to whoever waits for it; false: nobody does.
    pub(super) fn hand_over(&self, about: Option<DocumentId>, told: Told) -> bool {
        let wishes = self.wishes();
        let Some(waiting) = wishes.get(&about) else {
            return false;
        };
        let takes = waiting.takes_refusals || !matches!(told, Told::Refused(_));
        takes && waiting.told.send(told).is_ok()
    }

    /// Waits for what is told of a document from now on.
    pub(super) fn wish(&self, about: Option<DocumentId>, takes_refusals: bool) -> Wish<'_> {
        let (sender, told) = mpsc::unbounded_channel();
        let waiting = Waiting {
            told: sender,
            takes_refusals,
        };
        self.wishes().insert(about, waiting);
        Wish {
            member: self,
            about,
            told,
        }
    }

    /// Waits until what is shown is so, but not for long.
    pub(super) async fn until(&self, is_so: impl Fn(&Shown) -> bool) -> bool {
        let mut shown = self.shown.clone();
        let waiting = shown.wait_for(|shown| is_so(shown));
        matches!(tokio::time::timeout(SHOWN_SOON, waiting).await, Ok(Ok(_)))
    }

    fn records(&self) -> std::sync::MutexGuard<'_, HashMap<DocumentId, Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waits(&self) -> std::sync::MutexGuard<'_, HashMap<DocumentId, Wait>> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn owners(&self) -> std::sync::MutexGuard<'_, HashMap<DocumentId, UserId>> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn told(&self) -> std::sync::MutexGuard<'_, HashMap<DocumentId, Option<Verdict>>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wishes(&self) -> std::sync::MutexGuard<'_, HashMap<Option<DocumentId>, Waiting>> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wish<'_> {
    /// The next thing told; none: not in time.
    pub(super) async fn told(&mut self, patience: Duration) -> Option<Told> {
        tokio::time::timeout(patience, self.told.recv())
            .await
            .ok()
            .flatten()
    }
}

impl Drop for Wish<'_> {
    fn drop(&mut self) {
        self.member.wishes().remove(&self.about);
    }
}
