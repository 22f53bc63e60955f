//! Where administrators begin: what is set up, how much is used, what changed.

use askama::Template;
use axum::response::Response;
use platen_domain::Points;
use platen_ledger::{
    AccountQuery, AuditEntry, AuditFilter, PageAsk, PeopleQuery, ReportRow, SessionFilter,
    TopAccount, TopPerson,
};

use super::frame::{Ask, Frame, Here, page};
use super::reports::chart::{Chart, Stretch};
use super::reports::{last_month, top};
use super::show::Show;
use super::site::audit::named;
use super::stop::Stop;
use crate::words::console::{Fill as _, OverviewWords, ReportWords};

#[derive(Template)]
#[template(path = "console/overview.html")]
struct OverviewPage {
    frame: Frame,
    w: &'static OverviewWords,
    r: &'static ReportWords,
    steps: Vec<Step>,
    accounts: u64,
    archived: u64,
    people: u64,
    sessions: u64,
    credentials: u64,
    used: Points,
    documents: u64,
    chart: Chart,
    chart_title: String,
    top_accounts: Vec<TopAccount>,
    top_people: Vec<TopPerson>,
    changes: Vec<AuditEntry>,
    portal_url: String,
}

/// A step of setting up.
struct Step {
    name: &'static str,
    text: &'static str,
    path: &'static str,
    done: bool,
}

pub(super) async fn overview(ask: Ask) -> Result<Response, Stop> {
    let ledger = &ask.central.ledger;
    let w = &ask.words().overview;
    let r = &ask.words().reports;
    let show = ask.show();
    let accounts = count_accounts(&ask, false).await?;
    let settings = ledger.settings().await?;
    let (period, rows) = last_month(&ask).await?;
    let (top_accounts, top_people) = top(&ask, &period).await?;
    let sum = |a: Points, b: Points| a.plus(b).unwrap_or(Points::MAX);
    let used = rows.iter().fold(Points::ZERO, |used, row| {
        sum(used, sum(row.printed, row.copied))
    });
    let changes = ledger
        .audit(AuditFilter {
            page: PageAsk::first(6),
            ..AuditFilter::default()
        })
        .await?;
    let sessions = SessionFilter {
        live_at: Some(ask.central.now()),
        page: PageAsk::first(1),
        ..SessionFilter::default()
    };
    let people = PeopleQuery {
        page: PageAsk::first(1),
        ..PeopleQuery::default()
    };
    let credentials = ledger.credentials().await?;
    let in_use = credentials
        .iter()
        .filter(|credential| credential.revoked_at.is_none());
    let step = |name, text, path, done| Step {
        name,
        text,
        path,
        done,
    };
    page(&OverviewPage {
        frame: ask.frame(Here::Overview),
        w,
        r,
        steps: vec![
            step(
                w.setup_rates,
                w.setup_rates_text,
                "/console/rates",
                ledger.rate_card().await?.is_some(),
            ),
            step(
                w.setup_account,
                w.setup_account_text,
                "/console/accounts/new",
                accounts > 0,
            ),
            step(
                w.setup_clients,
                w.setup_clients_text,
                "/console/accounts",
                settings.account_management,
            ),
            step(
                w.setup_portal,
                w.setup_portal_text,
                "/console/settings",
                settings.user_portal,
            ),
        ],
        accounts,
        archived: count_accounts(&ask, true).await?,
        people: ledger.people_page(people).await?.total,
        sessions: ledger.sessions(sessions).await?.total,
        credentials: in_use.count() as u64,
        used,
        documents: rows.iter().map(|row| row.documents).sum(),
        chart: Chart::draw(&stretches(&rows, &show, r), &show),
        chart_title: r
            .chart_title
            .with2(show.date(period.since), show.date(period.until)),
        top_accounts: top_accounts.into_iter().take(5).collect(),
        top_people: top_people.into_iter().take(5).collect(),
        changes: changes.rows,
        portal_url: ask.central.config.public_url.to_string(),
    })
}

fn stretches(rows: &[ReportRow], show: &Show, r: &ReportWords) -> Vec<Stretch> {
    let stretch = |row: &ReportRow| Stretch {
        start: row.start,
        printed: row.printed,
        copied: row.copied,
        label: r.bar.with_all(&[
            &show.date(row.start),
            &show.amount(row.printed),
            &show.amount(row.copied),
        ]),
    };
    rows.iter().map(stretch).collect()
}

async fn count_accounts(ask: &Ask, archived: bool) -> Result<u64, Stop> {
    let query = AccountQuery {
        archived,
        page: PageAsk::first(1),
        ..AccountQuery::default()
    };
    Ok(ask.central.ledger.accounts_page(query).await?.total)
}

impl OverviewPage {
    fn change(&self, entry: &AuditEntry) -> String {
        named(self.frame.language, &entry.action)
    }

    fn is_set_up(&self) -> bool {
        self.steps.iter().all(|step| step.done)
    }
}
