//! What was used over time, by whom, and what it would cost at other rates.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use platen_domain::{Account, AccountId, Points, UserId};

/// Which activities to add up, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFilter {
    /// Of this account only.
    pub account: Option<AccountId>,
    /// Of this person only.
    pub user: Option<UserId>,
    /// The first day.
    pub since: Date,
    /// The last day, inclusive.
    pub until: Date,
    /// What a row stands for.
    pub by: Bucket,
    /// Where days begin and end.
    pub zone: TimeZone,
}

/// What a row of a report stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bucket {
    /// A day.
    #[default]
    Day,
    /// A week, from Monday to Sunday. *Source*: ISO 8601.
    Week,
    /// A month of the calendar.
    Month,
}

/// What was posted in a day, a week or a month. A sum that does not fit stands at
/// the end of the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportRow {
    /// Its first day within the report.
    pub start: Date,
    /// Points for prints, with what was printed beyond estimates.
    pub printed: Points,
    /// Points for copies.
    pub copied: Points,
    /// What adjustments added; negative where they took more away.
    pub adjusted: Points,
    /// How many documents were printed and charged.
    pub documents: u64,
}

/// An account by what it was charged for prints and copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopAccount {
    /// The account.
    pub account: Account,
    /// Points for prints and copies.
    pub points: Points,
    /// How many documents were printed and charged.
    pub documents: u64,
}

/// A person by what he was charged for prints and copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopPerson {
    /// Who.
    pub user: UserId,
    /// His name; his identifier where the ledger knows none.
    pub name: String,
    /// His login; empty where the ledger knows none.
    pub login: String,
    /// Points for prints and copies.
    pub points: Points,
    /// How many documents were printed and charged.
    pub documents: u64,
}

/// What printed documents cost by the card that was in force, and what by
/// another. *Source*: rules.md.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CardPreview {
    /// Documents that were looked at, those that could not be priced included.
    pub documents: u64,
    /// What those that could be priced cost by the card of their time.
    pub charged: Points,
    /// What they would cost by the other card.
    pub would_be: Points,
    /// Documents that would cost more.
    pub dearer: u64,
    /// Documents that would cost less.
    pub cheaper: u64,
    /// Documents that would cost the same.
    pub same: u64,
    /// Documents that could not be priced by one of the cards.
    pub unpriced: u64,
    /// All documents of that time were looked at; else the last ones.
    pub complete: bool,
}
