//! Documents' contents, in parts.

use std::collections::BTreeSet;

use jiff::Timestamp;
use platen_domain::{DocumentId, DocumentState};

use super::directory::{padded, places};
use super::table::{Kind, Stored, Table};
use super::value::{Row, Value};
use super::{Result, Tx};
use crate::content::{ContentSize, Part};
use crate::document::Document;
use crate::error::LedgerError;

/// Documents asked about in one statement at most.
const AT_ONCE: usize = 256;

impl Stored for Part {
    type Key = (DocumentId, u32);

    const TABLE: &'static Table = &Table {
        name: "content",
        key: 2,
        // Whoever puts a part puts the same.
        locked: false,
        columns: &[
            ("document", Kind::Bytes),
            ("part", Kind::Int),
            ("bytes", Kind::Bytes),
            ("made_at", Kind::Int),
        ],
    };

    fn key_values((document, number): &Self::Key) -> Vec<Value> {
        vec![document.0.into(), (*number).into()]
    }

    fn key(&self) -> Self::Key {
        (self.document, self.number)
    }

    fn values(&self) -> Result<Vec<Value>> {
        Ok(vec![
            self.document.0.into(),
            self.number.into(),
            Value::Bytes(self.bytes.clone()),
            self.made_at.into(),
        ])
    }

    fn read(row: &mut Row) -> Result<Self> {
        Ok(Self {
            document: DocumentId(row.id()?),
            number: u32::try_from(row.int()?)
                .map_err(|_| LedgerError::corrupt("the number of a part"))?,
            bytes: row.any_bytes()?,
            made_at: row.time()?,
        })
    }
}

impl Tx<'_> {
    pub(crate) fn part(&self, document: DocumentId, number: u32) -> Result<Option<Vec<u8>>> {
        let stored = self.row(|set| &mut set.content, &(document, number))?;
        Ok(stored.map(|part| part.bytes.clone()))
    }

    pub(crate) fn put_part(&self, part: Part) {
        self.set().content.put(part);
    }

    /// Removes the parts of a document whose numbers are from `first` on and
    /// below `end`.
    pub(crate) fn remove_parts(&self, document: DocumentId, first: u32, end: u32) {
        let parameters = vec![document.0.into(), first.into(), end.into()];
        self.run(
            "DELETE FROM content WHERE document = ?1 AND part >= ?2 AND part < ?3",
            parameters,
        );
    }

    /// How much of a document is stored; none if nothing is, or if a part is
    /// missing before the last one.
    pub(crate) fn content_size(&self, document: DocumentId) -> Result<Option<ContentSize>> {
        let size = self.sql()?.query_one(
            "SELECT COUNT(*), MAX(part), CAST(SUM(length(bytes)) AS BIGINT) FROM content
             WHERE document = ?1",
            &[document.0.into()],
        )?;
        let Some(mut row) = size else {
            return Ok(None);
        };
        let (count, last, bytes) = (row.count()?, row.optional_count()?, row.optional_count()?);
        let whole = last.is_some_and(|last| last + 1 == count);
        Ok(whole.then(|| ContentSize {
            parts: u32::try_from(count).unwrap_or(u32::MAX),
            bytes: bytes.unwrap_or_default(),
        }))
    }

    /// The number after the last part of a document, whole or not; zero if
    /// nothing is stored.
    pub(crate) fn parts_end(&self, document: DocumentId) -> Result<u32> {
        let last = self.sql()?.query_one(
            "SELECT MAX(part) FROM content WHERE document = ?1",
            &[document.0.into()],
        )?;
        let last = last.map_or(Ok(None), |mut row| row.optional_count())?;
        Ok(last.map_or(0, |last| {
            u32::try_from(last).unwrap_or(u32::MAX).saturating_add(1)
        }))
    }

    /// Those of the documents that content is stored of.
    pub(crate) fn with_content(&self, documents: &[DocumentId]) -> Result<BTreeSet<DocumentId>> {
        let mut found = BTreeSet::new();
        for few in documents.chunks(AT_ONCE) {
            let (list, count) = places(1, few.len());
            let sql = format!("SELECT document FROM content WHERE part = 0 AND document IN {list}");
            let parameters = padded(few.iter().map(|id| id.0.into()), count);
            for mut row in self.sql()?.query(&sql, &parameters)? {
                found.insert(DocumentId(row.id()?));
            }
        }
        Ok(found)
    }

    /// Open documents in a state that content is stored of, and that were not read yet
    /// or whose verdict was not told; those that changed first come first.
    pub(crate) fn unfinished(&self, state: DocumentState, limit: u32) -> Result<Vec<Document>> {
        self.documents(
            "WHERE open = 1 AND state = ?1 AND (notified_at IS NULL OR state = 'submitted')
                 AND id IN (SELECT document FROM content WHERE part = 0)
             ORDER BY changed_at, id LIMIT ?2",
            &[state.name().into(), limit.into()],
        )
    }

    /// Documents with content that nobody needs any more: those that ended,
    /// deleted ones that changed last at `deleted` or before, and those that are
    /// not known while their last part is from `unknown` or before.
    pub(crate) fn needless_content(
        &self,
        deleted: Timestamp,
        unknown: Timestamp,
        limit: u32,
    ) -> Result<Vec<DocumentId>> {
        // The inner list is read from an index, without the contents.
        let rows = self.sql()?.query(
            "SELECT stored.document FROM (SELECT DISTINCT document FROM content) AS stored
                 LEFT JOIN document ON document.id = stored.document
             WHERE document.state IN ('printed', 'failed', 'expired')
                 OR (document.state = 'deleted' AND document.changed_at <= ?1)
                 OR (document.id IS NULL AND (SELECT MAX(content.made_at) FROM content
                     WHERE content.document = stored.document) <= ?2)
             ORDER BY stored.document LIMIT ?3",
            &[deleted.into(), unknown.into(), limit.into()],
        )?;
        let id = |mut row: Row| row.id().map(DocumentId);
        rows.into_iter().map(id).collect()
    }
}
