//! Measures durable reservations per second, one by one and by 64 callers.
//!
//! Prints `key=value` lines; with `bare` in front, what SQLite alone gives for
//! the same file and the same durability: one guarded update and one insert a
//! transaction.
//!
//! `cargo run --release -p platen-ledger --example reservations [FOLDER]`

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::date;
use platen_domain::{
    AccountId, DocumentId, PageFacts, PageRun, Person, Points, Size, UserId, Verdict,
};
use platen_ledger::{Facts, Ledger, NewDocument, Reserve, Site};
use uuid::Uuid;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const SITE: &str = "
[[account]]
name = \"Hot pool\"
code = \"pool\"
kind = \"shared\"
limit = 1000000000
[rates.other]
mono = { simplex = 1, duplex = 1 }
colour = { simplex = 1, duplex = 1 }
";

const ONE_BY_ONE: usize = 1_000;
const CALLERS: usize = 64;
const EACH: usize = 200;

#[tokio::main]
async fn main() -> Result<()> {
    let parent = std::env::args().nth(1).unwrap_or_else(|| ".".into());
    let folder = tempfile::tempdir_in(parent)?;
    bare(&folder.path().join("bare.sqlite"))?;
    let path = folder.path().join("ledger.sqlite");
    let ledger = Ledger::open(&path)?;
    let site = Site::from_toml(SITE)?;
    ledger.load_site(site).await?;
    let pool = ledger
        .account_by_code("pool")
        .await?
        .ok_or("the pool is missing")?
        .id;

    let documents = submitted(&ledger, ONE_BY_ONE).await?;
    let started = Instant::now();
    let mut waits = Vec::new();
    for id in documents {
        waits.push(reserve(&ledger, pool, id).await?);
    }
    report("one_by_one", started.elapsed(), &mut waits);

    let documents = submitted(&ledger, CALLERS * EACH).await?;
    let started = Instant::now();
    let mut waits = concurrently(&ledger, pool, documents).await?;
    report("concurrent_64", started.elapsed(), &mut waits);

    let started = Instant::now();
    let person = person();
    for _ in 0..1_000 {
        ledger.balances(Some(pool)).await?;
    }
    println!("balance_read_us={}", started.elapsed().as_micros() / 1_000);
    let started = Instant::now();
    let view = ledger.view(&person, now(), date(2026, 11, 22)).await?;
    let open = view.documents.len();
    println!("view_open_documents={open}");
    println!("view_ms={}", started.elapsed().as_millis());

    let started = Instant::now();
    let verified = ledger.verify().await?;
    println!("verify_documents={}", verified.documents);
    println!("verify_ms={}", started.elapsed().as_millis());
    drop(ledger);
    let size = std::fs::metadata(&path)?.len();
    println!("bytes_per_reservation={}", size / verified.documents);
    Ok(())
}

/// The reference: what the engine gives without any of our rules.
fn bare(path: &Path) -> Result<()> {
    let connection = rusqlite::Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE balance (id INTEGER PRIMARY KEY, pending INTEGER NOT NULL) STRICT;
             CREATE TABLE reservation (id BLOB PRIMARY KEY, points INTEGER NOT NULL) STRICT;
             INSERT INTO balance VALUES (1, 0);",
    )?;
    let mut waits = Vec::new();
    let started = Instant::now();
    for _ in 0..ONE_BY_ONE {
        let asked = Instant::now();
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let changed = connection
            .prepare_cached(
                "UPDATE balance SET pending = pending + ?1
                 WHERE id = 1 AND pending + ?1 <= 100000000000",
            )?
            .execute([300])?;
        assert_eq!(changed, 1);
        connection
            .prepare_cached("INSERT INTO reservation VALUES (?1, ?2)")?
            .execute((Uuid::now_v7().into_bytes(), 300))?;
        connection.execute_batch("COMMIT")?;
        waits.push(asked.elapsed());
    }
    report("bare_one_by_one", started.elapsed(), &mut waits);
    Ok(())
}

async fn concurrently(
    ledger: &Ledger,
    pool: AccountId,
    documents: Vec<DocumentId>,
) -> Result<Vec<Duration>> {
    let mut callers = tokio::task::JoinSet::new();
    for share in documents.chunks(EACH) {
        let (ledger, share) = (ledger.clone(), share.to_vec());
        callers.spawn(async move {
            let mut waits = Vec::new();
            for id in share {
                waits.push(reserve(&ledger, pool, id).await?);
            }
            Ok::<_, Box<dyn Error + Send + Sync>>(waits)
        });
    }
    let shares: Result<Vec<_>> = callers.join_all().await.into_iter().collect();
    Ok(shares?.concat())
}

/// Documents that wait for their verdict; making them is not measured.
async fn submitted(ledger: &Ledger, count: usize) -> Result<Vec<DocumentId>> {
    let mut callers = tokio::task::JoinSet::new();
    for job_id in 0..count {
        let ledger = ledger.clone();
        callers.spawn(async move {
            let id = DocumentId(Uuid::now_v7());
            let document = NewDocument {
                id,
                user: person().id,
                queue: "secure".into(),
                job_id: i32::try_from(job_id)?,
                name: "A document with a name of usual length.pdf".into(),
                submitted_at: now(),
            };
            ledger.submit(document).await?;
            Ok(id)
        });
    }
    callers.join_all().await.into_iter().collect()
}

async fn reserve(ledger: &Ledger, pool: AccountId, id: DocumentId) -> Result<Duration> {
    let ask = Reserve {
        id,
        person: person(),
        account: Some(pool),
        facts: Facts {
            documents: vec![vec![PageRun {
                count: 10,
                page: PageFacts {
                    size: Size::A4,
                    colour: false,
                },
            }]],
            digests: vec![[7; 32]],
            format: "pdf".into(),
            ..Facts::default()
        },
    };
    let asked = Instant::now();
    let outcome = ledger.reserve(ask, now(), date(2026, 11, 22)).await?;
    let waited = asked.elapsed();
    assert!(!matches!(outcome.verdict, Verdict::Declined { .. }));
    assert_eq!(outcome.document.cost, Some(Points::from_hundredths(1_000)));
    Ok(waited)
}

fn person() -> Person {
    Person {
        id: UserId::local("alice"),
        name: "Alice".into(),
        login: "alice".into(),
        groups: BTreeSet::new(),
    }
}

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

fn report(key: &str, elapsed: Duration, waits: &mut [Duration]) {
    waits.sort();
    let at = |percent: usize| waits[(waits.len() - 1) * percent / 100].as_micros();
    println!(
        "{key}_per_s={:.0}",
        waits.len() as f64 / elapsed.as_secs_f64()
    );
    println!("{key}_median_us={}", at(50));
    println!("{key}_p99_us={}", at(99));
}
