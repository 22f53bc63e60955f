//! What the portal shows of documents of the past.

use std::cmp::Reverse;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use platen_domain::{AccountId, DocumentId, DocumentState, Points, Receipt};

use super::{HistorySort, Reason};

/// Which part of the person's history is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    /// What the document's name holds, upper or lower case; empty means any.
    pub search: String,
    /// Charged to this account.
    pub account: Option<AccountId>,
    /// Ended like this.
    pub state: Option<DocumentState>,
    /// Not before this local day.
    pub since: Option<Date>,
    /// Not after this local day.
    pub until: Option<Date>,
    /// In which order.
    pub sort: HistorySort,
    /// The page, counted from zero.
    pub page: u64,
}

impl HistoryQuery {
    /// Documents on a page.
    pub const ROWS: u32 = 25;
    /// How a document of the past may have ended.
    pub const STATES: [DocumentState; 4] = [
        DocumentState::Printed,
        DocumentState::Failed,
        DocumentState::Deleted,
        DocumentState::Expired,
    ];

    /// Whether anything but order and page is asked for.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        let all = Self {
            sort: self.sort,
            page: self.page,
            ..Self::default()
        };
        *self != all
    }
}

/// A page of the person's history.
#[derive(Clone, Debug, Default)]
pub struct HistoryPage {
    /// The documents.
    pub entries: Vec<HistoryRow>,
    /// How many the query finds on all pages.
    pub total: u64,
}

impl HistoryPage {
    /// Answers `query` from everything there is, newest first, for a history
    /// that fits into memory. Days are days in `zone`.
    #[must_use]
    pub fn of_all(
        all: impl IntoIterator<Item = (Option<AccountId>, HistoryRow)>,
        query: &HistoryQuery,
        zone: &TimeZone,
    ) -> Self {
        let search = query.search.to_lowercase();
        let found = all.into_iter().filter(|(account, row)| {
            let day = row.at.to_zoned(zone.clone()).date();
            (search.is_empty() || row.name.to_lowercase().contains(&search))
                && query.account.is_none_or(|wanted| *account == Some(wanted))
                && query.state.is_none_or(|wanted| row.state == wanted)
                && query.since.is_none_or(|since| day >= since)
                && query.until.is_none_or(|until| day <= until)
        });
        let mut rows: Vec<HistoryRow> = found.map(|(_, row)| row).collect();
        match query.sort {
            HistorySort::Newest => rows.sort_by_key(|row| Reverse(row.at)),
            HistorySort::Oldest => rows.sort_by_key(|row| row.at),
            HistorySort::Name => rows.sort_by_cached_key(|row| row.name.to_lowercase()),
            HistorySort::Points => rows.sort_by_key(|row| Reverse(row.charged)),
        }
        let before = query.page.saturating_mul(HistoryQuery::ROWS.into());
        let skipped = usize::try_from(before).unwrap_or(usize::MAX);
        Self {
            total: rows.len() as u64,
            entries: rows
                .into_iter()
                .skip(skipped)
                .take(HistoryQuery::ROWS as usize)
                .collect(),
        }
    }
}

/// One document of the past.
#[derive(Clone, Debug)]
pub struct HistoryRow {
    /// Its identity.
    pub id: DocumentId,
    /// The name its application gave it; never trusted.
    pub name: String,
    /// When it came to its present state.
    pub at: Timestamp,
    /// How it ended.
    pub state: DocumentState,
    /// Why it ended so.
    pub reason: Option<Reason>,
    /// The account.
    pub account_name: Option<String>,
    /// What was charged in the end; none when nothing was.
    pub charged: Option<Points>,
    /// The printer.
    pub printer: Option<String>,
    /// Whether [`super::Portal::receipt`] has something to tell.
    pub has_receipt: bool,
}

/// How a price came about.
#[derive(Clone, Debug)]
pub struct ReceiptView {
    /// The document.
    pub id: DocumentId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: DocumentState,
    /// Since when.
    pub at: Timestamp,
    /// The account.
    pub account_name: Option<String>,
    /// The printer.
    pub printer: Option<String>,
    /// The lines of the price of what was printed, or will be.
    pub receipt: Receipt,
    /// What was set aside before printing; none when nothing was.
    pub reserved: Option<Points>,
    /// What was charged in the end; none while nothing is.
    pub charged: Option<Points>,
}
