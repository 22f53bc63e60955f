//! What was used over time, by whom, and what it would cost at other rates.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Ledger;
use crate::error::LedgerError;
use crate::report::{CardPreview, ReportFilter, ReportRow, TopAccount, TopPerson};
use crate::rules::card_preview::{self, Course};
use crate::rules::report;
use crate::site::CardSpec;
use crate::store::kept;

impl Ledger {
    /// What was posted by day, week or month of local time, oldest first; each
    /// has a row, be there anything in it or not, but in reports of more than
    /// 4,000 rows. Archived accounts count as well. *Source*: rules.md.
    pub async fn report(&self, filter: ReportFilter) -> Result<Vec<ReportRow>, LedgerError> {
        self.read(move |tx| report::report(tx, &filter)).await
    }

    /// The accounts that were charged most for prints and copies from the day
    /// `since` to the day `until`, inclusive; at most `limit` and 200 of them.
    pub async fn top_accounts(
        &self,
        since: Date,
        until: Date,
        zone: &TimeZone,
        limit: u32,
    ) -> Result<Vec<TopAccount>, LedgerError> {
        let zone = zone.clone();
        self.read(move |tx| report::top_accounts(tx, [since, until], &zone, limit))
            .await
    }

    /// The people who were charged most for prints and copies from the day
    /// `since` to the day `until`, inclusive; at most `limit` and 200 of them.
    pub async fn top_people(
        &self,
        since: Date,
        until: Date,
        zone: &TimeZone,
        limit: u32,
    ) -> Result<Vec<TopPerson>, LedgerError> {
        let zone = zone.clone();
        self.read(move |tx| report::top_people(tx, [since, until], &zone, limit))
            .await
    }

    /// What the documents that were printed from `since` until before `until`
    /// cost by the cards of their time, and what they would by another one: what
    /// was really printed of them, priced by the one pricing function.
    ///
    /// The last 50,000 documents are looked at, or fewer where they are very
    /// long; the answer says whether that was all. Others go on working: it
    /// reads a few documents at a time.
    /// *Source*: rules.md.
    pub async fn card_preview(
        &self,
        card: CardSpec,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<CardPreview, LedgerError> {
        let (since, until) = (kept(since), kept(until));
        let card = card.with_version(0);
        let mut course = Course::start();
        let Some(stretch) = self.read(move |tx| tx.stretch(since, until)).await? else {
            return Ok(CardPreview {
                complete: true,
                ..course.seen
            });
        };
        loop {
            let card = card.clone();
            let (next, more) = self
                .read(move |tx| card_preview::go_on(tx, course, &stretch, &card))
                .await?;
            course = next;
            if !more {
                return Ok(course.seen);
            }
        }
    }
}
