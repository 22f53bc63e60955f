//! Activities for other programs and for people who check the chain.

mod csv;

use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use jiff::Timestamp;
use platen_domain::{AccountId, UserId};
use serde::Serialize;
use uuid::Uuid;

use crate::activity::Activity;
use crate::error::LedgerError;
use crate::store::{Result, Tx};

/// Which activities to export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportFilter {
    /// Of this account only.
    pub account: Option<AccountId>,
    /// Of this person only.
    pub user: Option<UserId>,
    /// Made at this time or later.
    pub since: Option<Timestamp>,
    /// Made before this time.
    pub until: Option<Timestamp>,
}

/// How activities are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma-separated values with a header line. Text that a spreadsheet would
    /// run as a formula, and text that starts with an apostrophe, is preceded by
    /// an apostrophe; without it the text is what was stored.
    /// *Source*: RFC 4180.
    Csv,
    /// A JSON object on each line, every text as it was stored.
    JsonLines,
}

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported<W> {
    /// How many activities.
    pub activities: u64,
    /// What they were written to.
    pub sink: W,
}

/// An activity as it is written; its fields are the columns, in their order.
#[derive(Serialize)]
struct Line<'a> {
    ordinal: i64,
    id: Uuid,
    account: Uuid,
    account_code: &'a str,
    holder: Option<&'a str>,
    sequence: i64,
    kind: &'static str,
    points: String,
    posted_after: String,
    user: Option<&'a str>,
    document: Option<Uuid>,
    change: Option<String>,
    reason: &'a str,
    by: &'a str,
    corrects: Option<Uuid>,
    card_version: Option<u64>,
    at: String,
    hash: String,
}

impl<'a> Line<'a> {
    fn new(activity: &'a Activity, account_code: &'a str) -> Self {
        Self {
            ordinal: activity.ordinal,
            id: activity.id,
            account: activity.account.0,
            account_code,
            holder: activity.holder.as_ref().map(UserId::as_str),
            sequence: activity.sequence,
            kind: activity.kind.name(),
            points: activity.points.to_string(),
            posted_after: activity.posted_after.to_string(),
            user: activity.user.as_ref().map(UserId::as_str),
            document: activity.document.map(|id| id.0),
            change: activity.change.map(|change| change.to_string()),
            reason: &activity.reason,
            by: &activity.by,
            corrects: activity.corrects,
            card_version: activity.card_version,
            at: activity.at.to_string(),
            hash: activity
                .hash
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        }
    }
}

/// Writes activities, oldest first, a page in memory at once.
pub(crate) fn export<W: Write>(
    tx: Tx<'_>,
    filter: &ExportFilter,
    format: ExportFormat,
    sink: W,
) -> Result<Exported<W>> {
    let mut sink = BufWriter::new(sink);
    let mut activities = 0;
    if format == ExportFormat::Csv {
        csv::header(&mut sink).map_err(unwritable)?;
    }
    let mut last = i64::MIN;
    loop {
        let page = tx.activities_since(filter, last)?;
        let Some(newest) = page.last() else { break };
        last = newest.ordinal;
        activities += page.len() as u64;
        for activity in &page {
            let account = tx.account(activity.account)?;
            let code = account.as_ref().map_or("", |account| &account.code);
            let line = Line::new(activity, code);
            match format {
                ExportFormat::Csv => csv::line(&mut sink, &line),
                ExportFormat::JsonLines => json(&mut sink, &line),
            }
            .map_err(unwritable)?;
        }
    }
    let sink = sink
        .into_inner()
        .map_err(|error| unwritable(error.into_error()))?;
    Ok(Exported { activities, sink })
}

fn json(sink: &mut impl Write, line: &Line<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *sink, line)?;
    sink.write_all(b"\n")
}

fn unwritable(error: io::Error) -> LedgerError {
    LedgerError::Unwritable(Arc::new(error))
}
