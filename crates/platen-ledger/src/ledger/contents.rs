//! Documents that the server itself holds: their contents, their way to a
//! spooler, and their return after they were deleted.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use platen_domain::{DocumentId, DocumentState, Person, UserId};
use uuid::Uuid;

use super::Ledger;
use crate::content::{ContentSize, Part};
use crate::document::{Document, HistoryQuery, Undeleted};
use crate::error::LedgerError;
use crate::page::Page;
use crate::rules::{Moment, content, documents, undelete};
use crate::store::{Hints, kept};

/// Parts that are removed in one transaction at most: the database walks through
/// all of their pages, and others wait for it.
const REMOVED_AT_ONCE: u32 = 16;

/// Documents that one round of the sweep looks at.
const SWEPT_AT_ONCE: u32 = 256;

impl Ledger {
    /// Bytes in one part of a content at most.
    pub const CONTENT_PART: usize = content::PART;

    /// Stores a part of a document's content, of [`Ledger::CONTENT_PART`] bytes
    /// at most; parts are numbered from zero. Each is a transaction of its own,
    /// so that nobody waits for a long document. The same part again changes
    /// nothing.
    ///
    /// *Errors*: other bytes than are stored under this number, a part that is
    /// too long. *Source*: rules.md.
    pub async fn put_content(
        &self,
        document: DocumentId,
        part: u32,
        bytes: Vec<u8>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let part = Part {
            document,
            number: part,
            bytes,
            made_at: kept(now),
        };
        let key = (part.document, part.number);
        let hints = move |hints: &mut Hints| hints.parts.push(key);
        self.write(hints, move |tx| content::put(tx, &part)).await
    }

    /// One part of a document's content.
    pub async fn content(
        &self,
        document: DocumentId,
        part: u32,
    ) -> Result<Option<Vec<u8>>, LedgerError> {
        self.read(move |tx| tx.part(document, part)).await
    }

    /// How much of a document's content is stored; none if nothing is, or if a
    /// part is missing before the last one.
    pub async fn content_size(
        &self,
        document: DocumentId,
    ) -> Result<Option<ContentSize>, LedgerError> {
        self.read(move |tx| tx.content_size(document)).await
    }

    /// Those of the documents that content is stored of.
    pub async fn has_content(
        &self,
        documents: &[DocumentId],
    ) -> Result<BTreeSet<DocumentId>, LedgerError> {
        let documents = documents.to_vec();
        self.read(move |tx| tx.with_content(&documents)).await
    }

    /// Removes a document's content, its first part first, so that it counts as
    /// gone from then on.
    pub async fn drop_content(&self, document: DocumentId) -> Result<(), LedgerError> {
        self.remove_content(document, None).await.map(drop)
    }

    /// Removes contents that nobody needs any more: of documents that were
    /// printed, failed or expired; of deleted ones once they can't be brought
    /// back; and of those that nobody submitted for a day. Gives of how many.
    ///
    /// Cancelled documents keep theirs until they expire, since another account
    /// may revive them. *Source*: rules.md.
    pub async fn sweep_content(&self, now: Timestamp) -> Result<u64, LedgerError> {
        let now = kept(now);
        let mut swept = 0;
        loop {
            let needless = self
                .read(move |tx| content::needless(tx, now, SWEPT_AT_ONCE))
                .await?;
            let mut removed = 0;
            for id in needless {
                removed += u64::from(self.remove_content(id, Some(now)).await?);
            }
            swept += removed;
            if removed == 0 {
                return Ok(swept);
            }
        }
    }

    /// Removes a document's content, or only if nobody needs it at `needless`;
    /// says whether it did.
    async fn remove_content(
        &self,
        document: DocumentId,
        needless: Option<Timestamp>,
    ) -> Result<bool, LedgerError> {
        let end = self.read(move |tx| tx.parts_end(document)).await?;
        let mut first = 0;
        while first < end {
            let hints = move |hints: &mut Hints| hints.documents.push(document);
            let removed = self.write(hints, move |tx| {
                let holds = match needless {
                    Some(now) => content::is_needless(tx, document, now)?,
                    None => true,
                };
                if holds {
                    tx.remove_parts(document, first, first + REMOVED_AT_ONCE);
                }
                Ok(holds)
            });
            if !removed.await? {
                return Ok(false);
            }
            first += REMOVED_AT_ONCE;
        }
        Ok(end > 0)
    }

    /// Records the number of the job by which a spooler carries out a `release` of
    /// a document that the server held. It must not print before.
    ///
    /// *Errors*: an unknown document, one whose release this is not, or not any
    /// more. *Source*: rules.md.
    pub async fn set_job(
        &self,
        id: DocumentId,
        release: Uuid,
        job_id: i32,
        now: Timestamp,
    ) -> Result<Document, LedgerError> {
        let now = kept(now);
        let hints = move |hints: &mut Hints| hints.documents.push(id);
        self.write(hints, move |tx| {
            documents::set_job(tx, id, (release, job_id), now)
        })
        .await
    }

    /// Open documents in a state whose content is here and that were not read yet, or
    /// whose verdict was not told; those that changed first come first: after a
    /// restart, what a server was about to do.
    pub async fn unfinished(
        &self,
        state: DocumentState,
        limit: u32,
    ) -> Result<Vec<Document>, LedgerError> {
        self.read(move |tx| tx.unfinished(state, limit)).await
    }

    /// Brings a deleted document back, within [`Document::UNDO`] and to what it
    /// was before. One that was priced is judged again on its account and holds
    /// its points again. Where the account does not carry them any more, or may
    /// not be charged, the document comes back cancelled, with the reason, so
    /// that another account can revive it. Asked again it changes nothing.
    ///
    /// Only the ledger's side comes back: a document whose bytes are a spooler's
    /// job that was cancelled can't be printed any more, so ask this for those
    /// alone whose bytes are still there.
    ///
    /// *Errors*: an unknown document, somebody else's, one that was deleted too
    /// long ago or ended otherwise. *Source*: rules.md.
    pub async fn undelete(
        &self,
        id: DocumentId,
        person: &Person,
        now: Timestamp,
        today: Date,
    ) -> Result<Undeleted, LedgerError> {
        let moment = Moment {
            now: kept(now),
            today,
        };
        let person = person.clone();
        let user = person.id.clone();
        let hints = move |hints: &mut Hints| {
            hints.documents.push(id);
            hints.people.push(user.clone());
        };
        self.write(hints, move |tx| undelete::undelete(tx, id, &person, moment))
            .await
    }

    /// A page of a person's documents that are no longer open and fit, and how
    /// many there are. *Source*: rules.md R-34.
    pub async fn history_page(
        &self,
        user: &UserId,
        query: HistoryQuery,
    ) -> Result<Page<Document>, LedgerError> {
        let user = user.clone();
        self.read(move |tx| tx.past_documents(&user, &query)).await
    }
}
