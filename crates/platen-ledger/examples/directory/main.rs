//! How fast administrators' lists are with a hundred thousand people and ten
//! thousand accounts.
//!
//! `cargo run --release -p platen-ledger --example directory`

mod fill;

use std::error::Error;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use platen_domain::{AccountId, DocumentId, DocumentState, UserId};
use platen_lab::{Postgres, PostgresOptions, Scratch};
use platen_ledger::{
    AccountQuery, AccountSort, Bucket, HistoryQuery, HistorySort, HostName, Ledger, LedgerError,
    PageAsk, PeopleQuery, ReportFilter, Site,
};
use uuid::Uuid;

type Problem = Box<dyn Error + Send + Sync>;
type Result<T> = std::result::Result<T, Problem>;

/// How often each is asked; the middle one of the answers is told.
const ASKED: usize = 9;

const SITE: &str = "
[rates.A4]
mono = { simplex = 1, duplex = 1 }
colour = { simplex = 2, duplex = 2 }
[rates.other]
mono = { simplex = 1, duplex = 1 }
colour = { simplex = 2, duplex = 2 }
";

#[tokio::main]
async fn main() -> Result<()> {
    let scratch = Scratch::new("platen-directory")?;
    let path = scratch.join("ledger.sqlite");
    let ledger = Ledger::open(&path)?;
    ledger.load_site(Site::from_toml(SITE)?).await?;
    fill::sqlite(&path)?;
    measure("SQLite", Ledger::open(&path)?).await?;

    let server = Postgres::start(&scratch.join("pg"), &PostgresOptions::default())?;
    server.create_database("ledger")?;
    let url = server.url("ledger");
    let ledger = Ledger::connect(&url).await?;
    ledger.load_site(Site::from_toml(SITE)?).await?;
    fill::postgres(&server, "ledger")?;
    measure("PostgreSQL", Ledger::connect(&url).await?).await
}

/// Asks for something again and again, and tells how long it takes.
async fn time<T>(
    what: &str,
    ask: impl AsyncFn() -> std::result::Result<T, LedgerError>,
    told: impl Fn(&T) -> String,
) -> Result<()> {
    let mut times = Vec::new();
    // The first one warms the caches up.
    let mut answer = ask().await?;
    let worked = processor_time();
    for _ in 0..ASKED {
        let start = Instant::now();
        answer = ask().await?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let middle = times.get(ASKED / 2).copied().unwrap_or(Duration::MAX);
    let milliseconds = middle.as_secs_f64() * 1_000.0;
    let worked = processor_time().saturating_sub(worked);
    let each = worked.as_secs_f64() * 1_000.0 / ASKED as f64;
    println!(
        "{milliseconds:9.2} ms {each:9.2} ms  {what} ({})",
        told(&answer)
    );
    Ok(())
}

/// How long all threads of this program have worked, where the kernel tells: on a
/// machine that others use as well it says more than the clock.
fn processor_time() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let told = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        told.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

async fn measure(engine: &str, ledger: Ledger) -> Result<()> {
    println!("\n{engine}: by the clock, of this program's processor, what");
    people(&ledger).await?;
    accounts(&ledger).await?;
    documents(&ledger).await?;
    reports(&ledger).await
}

async fn people(ledger: &Ledger) -> Result<()> {
    let page = |offset, limit| PageAsk { offset, limit };
    let queries = [
        ("people, first page", "", None, None, page(0, 50)),
        ("people, last page", "", None, None, page(99_950, 50)),
        (
            "people, words that many have",
            "uni ex",
            None,
            None,
            page(0, 50),
        ),
        (
            "people, a word that one has",
            "person 77777",
            None,
            None,
            page(0, 50),
        ),
        (
            "people, a word that nobody has",
            "nothing",
            None,
            None,
            page(0, 50),
        ),
        (
            "people, a provider's group",
            "",
            Some("faculty-7"),
            None,
            page(0, 50),
        ),
        (
            "people, everyone's group",
            "",
            Some("students"),
            None,
            page(0, 50),
        ),
        (
            "people, a site's group",
            "",
            Some("site-3"),
            None,
            page(0, 50),
        ),
        (
            "people with an account by groups",
            "",
            None,
            Some(3),
            page(0, 50),
        ),
        (
            "people with an account by names",
            "",
            None,
            Some(4),
            page(0, 50),
        ),
    ];
    for (what, search, group, account, page) in queries {
        let query = PeopleQuery {
            search: search.to_owned(),
            group: group.map(str::to_owned),
            account: account.map(fill::account_id).map(AccountId),
            page,
        };
        time(
            what,
            async || ledger.people_page(query.clone()).await,
            |page| format!("{} of {}", page.rows.len(), page.total),
        )
        .await?;
    }
    let login = "USER77777@uni.example";
    time(
        "a person by login",
        async || ledger.person_by_login(login).await,
        |person| person.is_some().to_string(),
    )
    .await?;
    time(
        "a page of groups",
        async || ledger.groups_page("", PageAsk::default()).await,
        |page| page.total.to_string(),
    )
    .await?;
    let person = ledger.person_by_login(login).await?;
    let person = person.ok_or("nobody")?.person;
    let (now, today) = (Timestamp::UNIX_EPOCH, date(2026, 1, 1));
    time(
        "a person's assignments",
        async || ledger.assignments(&person, now, today).await,
        |assignments| assignments.len().to_string(),
    )
    .await
}

async fn accounts(ledger: &Ledger) -> Result<()> {
    let person = ledger.person_by_login("user500@uni.example").await?;
    let person = person.map(|row| row.person);
    for (what, search, sort, access_of, offset) in [
        ("accounts, first page", "", AccountSort::Name, None, 0),
        ("accounts, last page", "", AccountSort::Name, None, 9_950),
        ("accounts, searched", "lab 77", AccountSort::Name, None, 0),
        ("accounts by limit", "", AccountSort::Limit, None, 0),
        ("accounts by points used", "", AccountSort::Used, None, 0),
        ("accounts of a person", "", AccountSort::Name, person, 0),
    ] {
        let query = AccountQuery {
            search: search.to_owned(),
            sort,
            descending: true,
            access_of,
            page: PageAsk { offset, limit: 50 },
            ..AccountQuery::default()
        };
        time(
            what,
            async || ledger.accounts_page(query.clone()).await,
            |page| format!("{} of {}", page.rows.len(), page.total),
        )
        .await?;
    }
    for (what, number, user) in [
        ("usage of a person", 1, Some(fill::user_id(1))),
        ("usage of the largest pool", 2, None),
    ] {
        let account = AccountId(fill::account_id(number));
        let user = user.map(UserId::new);
        time(
            what,
            async || ledger.usage(account, user.as_ref(), 50).await,
            |usage| format!("{} + {}", usage.pending.len(), usage.activities.len()),
        )
        .await?;
    }
    Ok(())
}

async fn documents(ledger: &Ledger) -> Result<()> {
    let user = UserId::new(fill::user_id(1));
    for (what, search, sort) in [
        ("history, newest", "", HistorySort::Newest),
        ("history, most points", "", HistorySort::Points),
        ("history, searched", "document 12", HistorySort::Newest),
        ("history by name", "", HistorySort::Name),
    ] {
        let query = HistoryQuery {
            search: search.to_owned(),
            sort,
            ..HistoryQuery::default()
        };
        time(
            what,
            async || ledger.history_page(&user, query.clone()).await,
            |page| format!("{} of {}", page.rows.len(), page.total),
        )
        .await?;
    }
    let ids: Vec<_> = (0..200u128)
        .map(|it| DocumentId(Uuid::from_u128(it)))
        .collect();
    time(
        "which documents have content",
        async || ledger.has_content(&ids).await,
        |found| found.len().to_string(),
    )
    .await?;
    time(
        "documents to print",
        async || ledger.releases_of(HostName([0; 8]), 50).await,
        |found| found.len().to_string(),
    )
    .await?;
    time(
        "held documents that nobody was told of",
        async || ledger.unfinished(DocumentState::Held, 50).await,
        |found| found.len().to_string(),
    )
    .await?;
    let early = Timestamp::UNIX_EPOCH;
    time(
        "sweep with nothing to do",
        async || ledger.sweep_content(early).await,
        ToString::to_string,
    )
    .await
}

async fn reports(ledger: &Ledger) -> Result<()> {
    let zone = TimeZone::get("Europe/Berlin")?;
    let year = ReportFilter {
        account: None,
        user: None,
        since: date(2026, 1, 1),
        until: date(2026, 12, 31),
        by: Bucket::Day,
        zone: zone.clone(),
    };
    let month = ReportFilter {
        since: date(2026, 12, 1),
        ..year.clone()
    };
    let of = |filter: &ReportFilter, account, user| ReportFilter {
        account,
        user,
        ..filter.clone()
    };
    let largest = Some(AccountId(fill::account_id(1)));
    let small = Some(AccountId(fill::account_id(777)));
    let user = Some(UserId::new(fill::user_id(5)));
    for (what, filter) in [
        ("report of a month", of(&month, None, None)),
        ("report of a year", of(&year, None, None)),
        (
            "report of a year, the largest account",
            of(&year, largest, None),
        ),
        ("report of a year, a small account", of(&year, small, None)),
        ("report of a year, a person", of(&year, None, user)),
    ] {
        time(
            what,
            async || ledger.report(filter.clone()).await,
            |rows| rows.len().to_string(),
        )
        .await?;
    }
    let (since, until) = (month.since, month.until);
    time(
        "accounts charged most in a month",
        async || ledger.top_accounts(since, until, &zone, 10).await,
        |top| top.len().to_string(),
    )
    .await?;
    time(
        "people charged most in a month",
        async || ledger.top_people(since, until, &zone, 10).await,
        |top| top.len().to_string(),
    )
    .await?;
    let card = Site::from_toml(SITE)?.card;
    let day = |day: jiff::civil::Date| day.to_zoned(zone.clone()).map(|it| it.timestamp());
    let (since, until) = (day(since)?, day(date(2027, 1, 1))?);
    time(
        "rates tried on a month",
        async || ledger.card_preview(card.clone(), since, until).await,
        |preview| format!("{}, all: {}", preview.documents, preview.complete),
    )
    .await
}
