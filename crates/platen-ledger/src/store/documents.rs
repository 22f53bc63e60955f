//! Documents.

use jiff::Timestamp;
use platen_domain::{AccountId, DocumentId, DocumentState, LeaseId, UserId, Verdict};
use uuid::Uuid;

use super::table::{Kind, Stored, Table};
use super::value::{Row, Value, check_storable, count};
use super::{Holder, Result, Tx};
use crate::codec;
use crate::document::{Document, Settlement};
use crate::error::LedgerError;
use crate::view::Cursor;

/// A document with what only the rules need to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) document: Document,
    /// Whose balance carries its reservation.
    pub(crate) holder: Option<Holder>,
    /// Fingerprint of the request that gave the verdict.
    pub(crate) request: Option<[u8; 32]>,
    /// Its facts as they are stored, where they were written down already;
    /// whoever changes the facts forgets it.
    pub(crate) facts_text: Option<String>,
}

impl Stored for Record {
    type Key = DocumentId;

    const TABLE: &'static Table = &Table {
        name: "document",
        key: 1,
        locked: true,
        columns: &[
            ("id", Kind::Bytes),
            ("person", Kind::Text),
            ("queue", Kind::Text),
            ("job_id", Kind::Int),
            ("name", Kind::Text),
            ("state", Kind::Text),
            ("open", Kind::Int),
            ("reason", Kind::Text),
            ("account", Kind::Bytes),
            ("holder", Kind::Text),
            ("cost", Kind::Int),
            ("posted", Kind::Int),
            ("facts", Kind::Text),
            ("card_version", Kind::Int),
            ("request", Kind::Bytes),
            ("verdict", Kind::Text),
            ("verdict_points", Kind::Int),
            ("verdict_crosses", Kind::Int),
            ("printer", Kind::Text),
            ("release_nonce", Kind::Bytes),
            ("settlement", Kind::Text),
            ("settlement_sides", Kind::Int),
            ("submitted_at", Kind::Int),
            ("hold_until", Kind::Int),
            ("notified_at", Kind::Int),
            ("changed_at", Kind::Int),
            ("lease", Kind::Bytes),
            ("overrun", Kind::Int),
            ("device", Kind::Bytes),
        ],
    };

    fn key_values(key: &DocumentId) -> Vec<Value> {
        vec![key.0.into()]
    }

    fn key(&self) -> DocumentId {
        self.document.id
    }

    fn values(&self) -> Result<Vec<Value>> {
        let document = &self.document;
        let (verdict, verdict_points, crosses) = stored_verdict(document.verdict);
        let (settlement, sides) = stored_settlement(document.settlement.as_ref());
        let facts = match (&document.facts, &self.facts_text) {
            (Some(_), Some(text)) => Some(text.clone()),
            (Some(facts), None) => Some(codec::facts_to_text(facts)?),
            (None, _) => None,
        };
        let optional_count = |number: Option<u64>| {
            number
                .map(count)
                .transpose()
                .map(|it| it.unwrap_or(Value::Null))
        };
        Ok(vec![
            document.id.0.into(),
            document.user.as_str().into(),
            document.queue.as_str().into(),
            document.job_id.into(),
            document.name.as_str().into(),
            document.state.name().into(),
            document.state.is_open().into(),
            document.reason.as_deref().into(),
            document.account.map(|id| id.0).into(),
            self.holder.as_ref().map(Holder::as_str).into(),
            document.cost.into(),
            document.posted.into(),
            facts.into(),
            optional_count(document.card_version)?,
            self.request.into(),
            verdict.into(),
            verdict_points.into(),
            crosses.into(),
            document.printer.as_deref().into(),
            document.release_nonce.into(),
            settlement.into(),
            optional_count(sides)?,
            document.submitted_at.into(),
            document.hold_until.into(),
            document.notified_at.into(),
            document.changed_at.into(),
            document.lease.map(|id| id.0).into(),
            document.overrun.into(),
            document.device.into(),
        ])
    }

    fn read(row: &mut Row) -> Result<Self> {
        let id = DocumentId(row.id()?);
        let user = UserId::new(row.text()?);
        let queue = row.text()?;
        let job_id = i32::try_from(row.int()?)
            .map_err(|_| LedgerError::corrupt("the job number of a document"))?;
        let name = row.text()?;
        let state = DocumentState::from_name(&row.text()?)
            .ok_or_else(|| LedgerError::corrupt("the state of a document"))?;
        // For the index alone; the state tells.
        row.truth()?;
        let reason = row.optional_text()?;
        let account = row.optional_id()?.map(AccountId);
        let holder = row.optional_text()?.map(Holder::stored);
        let (cost, posted) = (row.optional_points()?, row.optional_points()?);
        let facts_text = row.optional_text()?;
        let facts = facts_text
            .as_deref()
            .map(codec::facts_from_text)
            .transpose()?;
        let card_version = row.optional_count()?;
        let request = row.optional_bytes()?;
        let verdict = verdict(row)?;
        let printer = row.optional_text()?;
        let release_nonce = row.optional_id()?;
        let settlement = settlement(row, reason.as_deref())?;
        let document = Document {
            id,
            user,
            queue,
            job_id,
            name,
            state,
            account,
            cost,
            posted,
            facts,
            card_version,
            verdict,
            printer,
            release_nonce,
            settlement,
            submitted_at: row.time()?,
            hold_until: row.optional_time()?,
            notified_at: row.optional_time()?,
            changed_at: row.time()?,
            lease: row.optional_id()?.map(LeaseId),
            overrun: row.optional_points()?,
            device: row.optional_id()?,
            reason,
        };
        Ok(Self {
            document,
            holder,
            request,
            facts_text,
        })
    }
}

impl Tx<'_> {
    pub(crate) fn document(&self, id: DocumentId) -> Result<Option<Record>> {
        let stored = self.row(|set| &mut set.documents, &id)?;
        Ok(stored.map(|record| (*record).clone()))
    }

    pub(crate) fn put_document(&self, record: &Record) -> Result<()> {
        let document = &record.document;
        check_storable([
            Some(document.user.as_str()),
            Some(&document.queue),
            Some(&document.name),
            document.reason.as_deref(),
            document.printer.as_deref(),
        ])?;
        self.set().documents.put(record.clone());
        Ok(())
    }

    /// A person's closed documents before a place in the history, newest first.
    pub(crate) fn closed_documents(
        &self,
        user: &UserId,
        before: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<Document>> {
        let (time, id) = before.map_or((i64::MAX, Uuid::max()), |cursor| {
            (cursor.submitted_at.as_microsecond(), cursor.id)
        });
        self.documents(
            "WHERE person = ?1 AND open = 0 AND (submitted_at, id) < (?2, ?3)
             ORDER BY submitted_at DESC, id DESC LIMIT ?4",
            &[user.as_str().into(), time.into(), id.into(), limit.into()],
        )
    }

    /// Documents that nobody released in time.
    pub(crate) fn overdue_documents(&self, now: Timestamp) -> Result<Vec<DocumentId>> {
        let overdue = "SELECT id FROM document WHERE hold_until <= ?1 ORDER BY hold_until, id";
        let rows = self.sql()?.query(overdue, &[now.into()])?;
        rows.into_iter()
            .map(|mut row| row.id().map(DocumentId))
            .collect()
    }

    /// When the next document is overdue.
    pub(crate) fn next_overdue(&self) -> Result<Option<Timestamp>> {
        let next = "SELECT MIN(hold_until) FROM document WHERE hold_until IS NOT NULL";
        let row = self.sql()?.query_one(next, &[])?;
        row.map_or(Ok(None), |mut row| row.optional_time())
    }

    pub(super) fn documents(&self, condition: &str, parameters: &[Value]) -> Result<Vec<Document>> {
        let records: Vec<Record> = self.list(condition, parameters)?;
        Ok(records.into_iter().map(|record| record.document).collect())
    }
}

fn stored_verdict(verdict: Option<Verdict>) -> (Option<&'static str>, Option<i64>, Option<bool>) {
    match verdict {
        None => (None, None, None),
        Some(Verdict::Ready { used, crosses_low }) => {
            (Some("ready"), Some(used.hundredths()), Some(crosses_low))
        }
        Some(Verdict::Warning { used }) => (Some("warning"), Some(used.hundredths()), None),
        Some(Verdict::Declined { available }) => {
            (Some("declined"), Some(available.hundredths()), None)
        }
    }
}

fn verdict(row: &mut Row) -> Result<Option<Verdict>> {
    let (name, amount) = (row.optional_text()?, row.optional_points()?);
    let crosses = row.optional_int()?;
    let Some(name) = name else {
        return Ok(None);
    };
    let amount = amount.ok_or_else(|| LedgerError::corrupt("the points of a verdict"))?;
    Ok(Some(match name.as_str() {
        "ready" => Verdict::Ready {
            used: amount,
            crosses_low: crosses.is_some_and(|crosses| crosses != 0),
        },
        "warning" => Verdict::Warning { used: amount },
        "declined" => Verdict::Declined { available: amount },
        _ => return Err(LedgerError::corrupt("the verdict on a document")),
    }))
}

/// A failure's reason is the document's own.
fn stored_settlement(settlement: Option<&Settlement>) -> (Option<&'static str>, Option<u64>) {
    match settlement {
        None => (None, None),
        Some(Settlement::Printed { sides }) => (Some("printed"), Some(*sides)),
        Some(Settlement::Stopped { sides }) => (Some("stopped"), Some(*sides)),
        Some(Settlement::Failed { .. }) => (Some("failed"), None),
    }
}

fn settlement(row: &mut Row, reason: Option<&str>) -> Result<Option<Settlement>> {
    let (name, sides) = (row.optional_text()?, row.optional_count()?);
    let Some(name) = name else {
        return Ok(None);
    };
    let sides = sides.unwrap_or_default();
    Ok(Some(match name.as_str() {
        "printed" => Settlement::Printed { sides },
        "stopped" => Settlement::Stopped { sides },
        "failed" => Settlement::Failed {
            reason: reason.unwrap_or_default().to_owned(),
        },
        _ => return Err(LedgerError::corrupt("the settlement of a document")),
    }))
}
