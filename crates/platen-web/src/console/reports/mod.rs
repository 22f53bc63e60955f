//! Use over time: a chart, a table, a file, and who used most.

pub(super) mod chart;
mod file;
mod period;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::ToSpan as _;
use platen_domain::{AccountId, Points, UserId};
use platen_ledger::{ReportFilter, ReportRow, TopAccount, TopPerson};

use self::chart::{Chart, Stretch};
use self::period::Period;
use super::fields::Faults;
use super::frame::{Ask, Frame, Here, page_with};
use super::listing::Listing;
use super::people::assign::named_account;
use super::stop::Stop;
use crate::words::console::{Fill as _, ReportWords};

const NAMES: [&str; 5] = ["since", "until", "by", "account", "user"];
/// Accounts and people in the lists of those who used most.
const TOP: u32 = 10;

#[derive(Template)]
#[template(path = "console/reports.html")]
struct ReportsPage {
    frame: Frame,
    w: &'static ReportWords,
    list: Listing,
    period: Period,
    faults: Faults,
    rows: Vec<Row>,
    total: Row,
    chart: Chart,
    /// Of the whole site: they stand only where nothing is chosen.
    top_accounts: Vec<TopAccount>,
    top_people: Vec<TopPerson>,
}

/// A stretch of time in the table.
#[derive(Default)]
struct Row {
    label: String,
    printed: Points,
    copied: Points,
    adjusted: Points,
    documents: u64,
}

/// What a report is of, once the address was understood.
struct Chosen {
    period: Period,
    account: Option<AccountId>,
    user: Option<UserId>,
    faults: Faults,
}

pub(super) async fn report(ask: Ask) -> Result<Response, Stop> {
    let list = Listing::read("/console/reports", &NAMES, &ask.query);
    let chosen = chosen(&ask, &list).await?;
    let found = rows(&ask, &chosen).await?;
    let period = &chosen.period;
    let (top_accounts, top_people) = if chosen.account.is_none() && chosen.user.is_none() {
        top(&ask, period).await?
    } else {
        Default::default()
    };
    let show = ask.show();
    let w = &ask.words().reports;
    let stretches: Vec<_> = found
        .iter()
        .map(|row| Stretch {
            start: row.start,
            printed: row.printed,
            copied: row.copied,
            label: w.bar.with_all(&[
                &period.label(row.start, &show),
                &show.amount(row.printed),
                &show.amount(row.copied),
            ]),
        })
        .collect();
    let rows: Vec<_> = found
        .iter()
        .map(|row| Row {
            label: period.label(row.start, &show),
            printed: row.printed,
            copied: row.copied,
            adjusted: row.adjusted,
            documents: row.documents,
        })
        .collect();
    let status = if chosen.faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    page_with(
        status,
        &ReportsPage {
            frame: ask.frame(Here::Reports),
            w,
            list,
            total: total(&rows),
            rows,
            chart: Chart::draw(&stretches, &show),
            period: chosen.period,
            faults: chosen.faults,
            top_accounts,
            top_people,
        },
    )
}

/// Who and what used most.
pub(super) async fn top(
    ask: &Ask,
    period: &Period,
) -> Result<(Vec<TopAccount>, Vec<TopPerson>), Stop> {
    let ledger = &ask.central.ledger;
    let (since, until, zone) = (period.since, period.until, &ask.central.config.zone);
    let accounts = ledger.top_accounts(since, until, zone, TOP).await?;
    let people = ledger.top_people(since, until, zone, TOP).await?;
    Ok((accounts, people))
}

async fn chosen(ask: &Ask, list: &Listing) -> Result<Chosen, Stop> {
    let w = &ask.words().reports;
    let mut faults = Faults::default();
    let period = Period::read(list, &ask.show(), &mut faults);
    let account = match list.get("account") {
        "" => None,
        typed => {
            let account = named_account(ask, typed).await?;
            if account.is_none() {
                faults.add("account", w.account_unknown);
            }
            account.map(|account| account.id)
        }
    };
    let user = match list.get("user") {
        "" => None,
        typed => {
            let ledger = &ask.central.ledger;
            let row = match ledger.person_by_login(typed).await? {
                Some(row) => Some(row),
                None => ledger.person(&UserId::new(typed)).await?,
            };
            if row.is_none() {
                faults.add("user", w.user_unknown);
            }
            row.map(|row| row.person.id)
        }
    };
    Ok(Chosen {
        period,
        account,
        user,
        faults,
    })
}

/// Every stretch of the period, also those in which nothing was used.
async fn rows(ask: &Ask, chosen: &Chosen) -> Result<Vec<ReportRow>, Stop> {
    if !chosen.faults.is_empty() {
        return Ok(Vec::new());
    }
    let period = &chosen.period;
    let found = ask
        .central
        .ledger
        .report(ReportFilter {
            account: chosen.account,
            user: chosen.user.clone(),
            since: period.since,
            until: period.until,
            by: period.by,
            zone: ask.central.config.zone.clone(),
        })
        .await?;
    Ok(period.filled(found))
}

fn total(rows: &[Row]) -> Row {
    let mut total = Row::default();
    let sum = |a: Points, b: Points| a.plus(b).unwrap_or(Points::MAX);
    for row in rows {
        total.printed = sum(total.printed, row.printed);
        total.copied = sum(total.copied, row.copied);
        total.adjusted = sum(total.adjusted, row.adjusted);
        total.documents = total.documents.saturating_add(row.documents);
    }
    total
}

/// The same numbers as a file.
pub(super) async fn download(ask: Ask) -> Result<Response, Stop> {
    let list = Listing::read("/console/reports", &NAMES, &ask.query);
    let chosen = chosen(&ask, &list).await?;
    if !chosen.faults.is_empty() {
        return report(ask).await;
    }
    let found = rows(&ask, &chosen).await?;
    file::csv(&found)
}

/// Points of each day of the last thirty, for the overview.
pub(super) async fn last_month(ask: &Ask) -> Result<(Period, Vec<ReportRow>), Stop> {
    let chosen = Chosen {
        period: Period::last_30(&ask.show()),
        account: None,
        user: None,
        faults: Faults::default(),
    };
    let rows = rows(ask, &chosen).await?;
    Ok((chosen.period, rows))
}

impl ReportsPage {
    fn is_empty(&self) -> bool {
        let used = |row: &Row| {
            [row.printed, row.copied, row.adjusted]
                .iter()
                .any(|points| *points != Points::ZERO)
                || row.documents > 0
        };
        !self.rows.iter().any(used)
    }

    /// Thirteen weeks, this one included.
    fn last_quarter(&self) -> String {
        let since = self.frame.today().saturating_sub(12.weeks());
        format!("/console/reports?since={since}&by=week")
    }

    /// Twelve months, this one included.
    fn last_year(&self) -> String {
        let since = self
            .frame
            .today()
            .first_of_month()
            .saturating_sub(11.months());
        format!("/console/reports?since={since}&by=month")
    }

    /// The same report as a file.
    fn file(&self) -> String {
        self.list
            .here()
            .replacen("/console/reports", "/console/reports.csv", 1)
    }
}
