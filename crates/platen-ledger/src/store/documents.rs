//! Documents.

use jiff::Timestamp;
use platen_domain::{AccountId, DocumentId, DocumentState, Points, UserId, Verdict};
use rusqlite::{Row, params};
use uuid::Uuid;

use super::{Holder, Result, Tx, points, time, uuid};
use crate::codec;
use crate::document::{Document, Settlement};
use crate::error::LedgerError;
use crate::view::Cursor;

const DOCUMENT: &str = "SELECT id, person, queue, job_id, name, state, reason, account, holder, \
     cost, posted, facts, card_version, request, verdict, verdict_points, verdict_crosses, \
     printer, release_nonce, settlement, settlement_sides, submitted_at, hold_until, notified_at, \
     changed_at FROM document";

const OPEN: &str = "state IN ('submitted', 'unreadable', 'held', 'canceled', 'releasing')";
const CLOSED: &str = "state IN ('printed', 'failed', 'deleted', 'expired')";
const WAITING: &str = "state IN ('unreadable', 'held', 'canceled')";

/// A document with what only the rules need to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) document: Document,
    /// Whose balance carries its reservation.
    pub(crate) holder: Option<Holder>,
    /// Fingerprint of the request that gave the verdict.
    pub(crate) request: Option<[u8; 32]>,
}

impl Tx<'_> {
    pub(crate) fn document(&self, id: DocumentId) -> Result<Option<Record>> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("{DOCUMENT} WHERE id = ?1"))?;
        let mut rows = statement.query(params![id.0.as_bytes()])?;
        rows.next()?.map(record).transpose()
    }

    /// A person's open documents, newest first.
    pub(crate) fn open_documents(&self, user: &UserId) -> Result<Vec<Document>> {
        self.documents(
            &format!("{DOCUMENT} WHERE person = ?1 AND {OPEN} ORDER BY submitted_at DESC, id DESC"),
            params![user.as_str()],
        )
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
            &format!(
                "{DOCUMENT} WHERE person = ?1 AND {CLOSED} AND (submitted_at, id) < (?2, ?3)
                 ORDER BY submitted_at DESC, id DESC LIMIT ?4"
            ),
            params![user.as_str(), time, id.as_bytes(), limit],
        )
    }

    /// Documents that nobody released in time.
    pub(crate) fn overdue_documents(&self, now: Timestamp) -> Result<Vec<Document>> {
        self.documents(
            &format!("{DOCUMENT} WHERE {WAITING} AND hold_until <= ?1 ORDER BY hold_until, id"),
            params![now.as_microsecond()],
        )
    }

    /// When the next document is overdue.
    pub(crate) fn next_overdue(&self) -> Result<Option<Timestamp>> {
        let sql = format!("SELECT MIN(hold_until) FROM document WHERE {WAITING}");
        self.connection
            .prepare_cached(&sql)?
            .query_row([], |row| row.get::<_, Option<i64>>(0))?
            .map(time)
            .transpose()
    }

    fn documents(&self, sql: &str, of: impl rusqlite::Params) -> Result<Vec<Document>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(of)?;
        let mut documents = Vec::new();
        while let Some(row) = rows.next()? {
            documents.push(record(row)?.document);
        }
        Ok(documents)
    }

    pub(crate) fn put_document(&self, record: &Record) -> Result<()> {
        let document = &record.document;
        let (verdict, verdict_points, crosses) = stored_verdict(document.verdict);
        let (settlement, sides) = stored_settlement(document.settlement.as_ref());
        let facts = document
            .facts
            .as_ref()
            .map(codec::facts_to_text)
            .transpose()?;
        self.connection
            .prepare_cached(
                "INSERT INTO document (id, person, queue, job_id, name, state, reason, account,
                     holder, cost, posted, facts, card_version, request, verdict, verdict_points,
                     verdict_crosses, printer, release_nonce, settlement, settlement_sides,
                     submitted_at, hold_until, notified_at, changed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                     ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)
                 ON CONFLICT (id) DO UPDATE SET state = excluded.state, reason = excluded.reason,
                     account = excluded.account, holder = excluded.holder, cost = excluded.cost,
                     posted = excluded.posted, facts = excluded.facts,
                     card_version = excluded.card_version, request = excluded.request,
                     verdict = excluded.verdict, verdict_points = excluded.verdict_points,
                     verdict_crosses = excluded.verdict_crosses, printer = excluded.printer,
                     release_nonce = excluded.release_nonce, settlement = excluded.settlement,
                     settlement_sides = excluded.settlement_sides,
                     hold_until = excluded.hold_until, notified_at = excluded.notified_at,
                     changed_at = excluded.changed_at",
            )?
            .execute(params![
                document.id.0.as_bytes(),
                document.user.as_str(),
                document.queue,
                document.job_id,
                document.name,
                document.state.name(),
                document.reason,
                document.account.map(|id| id.0.into_bytes()),
                record.holder.as_ref().map(Holder::as_str),
                document.cost.map(Points::hundredths),
                document.posted.map(Points::hundredths),
                facts,
                document.card_version,
                record.request,
                verdict,
                verdict_points,
                crosses,
                document.printer,
                document.release_nonce.map(Uuid::into_bytes),
                settlement,
                sides,
                document.submitted_at.as_microsecond(),
                document.hold_until.map(Timestamp::as_microsecond),
                document.notified_at.map(Timestamp::as_microsecond),
                document.changed_at.as_microsecond(),
            ])?;
        Ok(())
    }

    /// What documents hold reserved on each balance, in hundredths.
    pub(crate) fn reserved_sums(&self) -> Result<Vec<(AccountId, Holder, i64)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT account, holder, CAST(SUM(cost) AS INTEGER) FROM document
             WHERE state IN ('held', 'releasing') AND account IS NOT NULL
             GROUP BY account, holder ORDER BY account, holder",
        )?;
        let mut rows = statement.query([])?;
        let mut sums = Vec::new();
        while let Some(row) = rows.next()? {
            sums.push((
                AccountId(uuid(row.get(0)?)),
                Holder::stored(row.get(1)?),
                row.get(2)?,
            ));
        }
        Ok(sums)
    }

    /// Documents and activities that contradict each other, the first of them;
    /// and how many documents there are.
    pub(crate) fn document_contradiction(&self) -> Result<(Option<Uuid>, u64)> {
        let first: Option<[u8; 16]> = self.connection.query_row(
            "SELECT MIN(id) FROM (
                 SELECT document.id FROM document LEFT JOIN activity
                     ON activity.document = document.id
                     WHERE document.state = 'printed' AND document.account IS NOT NULL
                     AND (activity.points IS NULL OR activity.points <> document.posted
                         OR activity.account <> document.account
                         OR activity.holder <> document.holder)
                 UNION ALL
                 SELECT activity.document FROM activity LEFT JOIN document
                     ON document.id = activity.document
                     WHERE activity.document IS NOT NULL
                     AND (document.id IS NULL OR document.state <> 'printed'))",
            [],
            |row| row.get(0),
        )?;
        let count = self
            .connection
            .query_row("SELECT COUNT(*) FROM document", [], |row| row.get(0))?;
        Ok((first.map(uuid), count))
    }
}

fn record(row: &Row<'_>) -> Result<Record> {
    let optional_time = |index: usize| row.get::<_, Option<i64>>(index)?.map(time).transpose();
    let state = row.get_ref(5)?.as_str().unwrap_or_default();
    let reason: Option<String> = row.get(6)?;
    let document = Document {
        id: DocumentId(uuid(row.get(0)?)),
        user: UserId::new(row.get::<_, String>(1)?),
        queue: row.get(2)?,
        job_id: row.get(3)?,
        name: row.get(4)?,
        state: DocumentState::from_name(state)
            .ok_or_else(|| LedgerError::corrupt("the state of a document"))?,
        account: row.get::<_, Option<_>>(7)?.map(|id| AccountId(uuid(id))),
        cost: row.get::<_, Option<i64>>(9)?.map(points),
        posted: row.get::<_, Option<i64>>(10)?.map(points),
        facts: row
            .get::<_, Option<String>>(11)?
            .map(|text| codec::facts_from_text(&text))
            .transpose()?,
        card_version: row.get(12)?,
        verdict: verdict(row)?,
        printer: row.get(17)?,
        release_nonce: row.get::<_, Option<_>>(18)?.map(uuid),
        settlement: settlement(row, reason.as_deref())?,
        submitted_at: time(row.get(21)?)?,
        hold_until: optional_time(22)?,
        notified_at: optional_time(23)?,
        changed_at: time(row.get(24)?)?,
        reason,
    };
    Ok(Record {
        document,
        holder: row.get::<_, Option<String>>(8)?.map(Holder::stored),
        request: row.get(13)?,
    })
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

fn verdict(row: &Row<'_>) -> Result<Option<Verdict>> {
    let Some(name) = row.get::<_, Option<String>>(14)? else {
        return Ok(None);
    };
    let amount = points(row.get(15)?);
    Ok(Some(match name.as_str() {
        "ready" => Verdict::Ready {
            used: amount,
            crosses_low: row.get(16)?,
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

fn settlement(row: &Row<'_>, reason: Option<&str>) -> Result<Option<Settlement>> {
    let Some(name) = row.get::<_, Option<String>>(19)? else {
        return Ok(None);
    };
    Ok(Some(match name.as_str() {
        "printed" => Settlement::Printed {
            sides: row.get(20)?,
        },
        "stopped" => Settlement::Stopped {
            sides: row.get(20)?,
        },
        "failed" => Settlement::Failed {
            reason: reason.unwrap_or_default().to_owned(),
        },
        _ => return Err(LedgerError::corrupt("the settlement of a document")),
    }))
}
