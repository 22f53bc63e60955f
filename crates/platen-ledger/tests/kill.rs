//! `kill -9` at random moments: everything that was acknowledged is there
//! afterwards, nothing is there twice, and the ledger checks out.
//!
//! This program starts itself again as a child that works on the ledger and
//! writes a line for each answer it got; the parent kills it after a random
//! number of lines, opens the ledger and compares. It has no test harness,
//! since the child must be nothing but the child.

#![expect(clippy::unwrap_used, reason = "a test, where a panic is the report")]

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::Timestamp;
use jiff::civil::{Date, date};
use platen_domain::{
    AccountId, DocumentId, DocumentState, PageFacts, PageRun, Person, Points, Size, UserId, Verdict,
};
use platen_ledger::{Adjustment, Change, Facts, Ledger, NewDocument, Reserve, Settlement, Site};
use uuid::Uuid;

const NAME: &str = "everything_acknowledged_survives_kill_9";
const CHILD: &str = "PLATEN_LEDGER_KILL_CHILD";
const SEED: &str = "PLATEN_TEST_SEED";
const ROUNDS: u32 = 15;
const CALLERS: u32 = 16;
const TODAY: Date = date(2026, 11, 22);
const LIMIT: i64 = 2_000;

const SITE: &str = "
[[account]]
name = \"Pool\"
code = \"pool\"
kind = \"shared\"
limit = 2000
[rates.other]
mono = { simplex = 1, duplex = 1 }
colour = { simplex = 1, duplex = 1 }
";

fn main() {
    if let Ok(child) = std::env::var(CHILD) {
        let (round, path) = child.split_once(' ').unwrap();
        return work(round.parse().unwrap(), Path::new(path));
    }
    // As much of the harness's command line as other runners need.
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        println!("{NAME}: test");
        return;
    }
    let filters: Vec<_> = arguments
        .iter()
        .filter(|word| !word.starts_with('-'))
        .collect();
    if filters.is_empty() || filters.iter().any(|filter| NAME.contains(filter.as_str())) {
        kill_and_compare();
        println!("test {NAME} ... ok");
    }
}

fn kill_and_compare() {
    let seed = std::env::var(SEED).map_or_else(
        |_| RandomState::new().hash_one(NAME) | 1,
        |seed| seed.parse().unwrap(),
    );
    println!("{SEED}={seed}");
    let mut random = Random(seed);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let runtime = runtime();
    let ledger = Ledger::open(&path).unwrap();
    let site = Site::from_toml(SITE).unwrap();
    runtime.block_on(ledger.load_site(site)).unwrap();
    drop(ledger);
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let lines = 1 + random.below(600);
        acknowledged.extend(child_until_killed(round, &path, lines, random.below(2_000)));
        runtime.block_on(compare(&path, &acknowledged));
    }
    let kinds: BTreeSet<_> = acknowledged
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert!(kinds.len() >= 4, "the children did not get far: {kinds:?}");
    println!("{} operations were acknowledged", acknowledged.len());
}

/// Gives every line that the child wrote whole before it died.
fn child_until_killed(round: u32, path: &Path, lines: u64, spins: u64) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(CHILD, format!("{round} {}", path.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut whole = Vec::new();
    let mut line = String::new();
    let mut killed = false;
    while output.read_line(&mut line).unwrap() > 0 {
        if line.ends_with('\n') {
            whole.push(line.trim_end().to_owned());
        }
        line.clear();
        if !killed && whole.len() as u64 >= lines {
            // Somewhere between two answers, not always just after one.
            for _ in 0..spins {
                std::hint::spin_loop();
            }
            child.kill().unwrap();
            killed = true;
        }
    }
    let status = child.wait().unwrap();
    assert!(
        killed && !status.success(),
        "the child ended by itself: {status}"
    );
    whole
}

/// The child: many callers, each with documents and adjustments of its own.
fn work(round: u32, path: &Path) {
    let path = PathBuf::from(path);
    runtime().block_on(async move {
        let ledger = Ledger::open(&path).unwrap();
        let pool = ledger.account_by_code("pool").await.unwrap().unwrap().id;
        let mut callers = tokio::task::JoinSet::new();
        for caller in 0..CALLERS {
            let ledger = ledger.clone();
            callers.spawn(async move {
                for number in 0.. {
                    let id = Uuid::from_u128(
                        (u128::from(round) << 64) | (u128::from(caller) << 32) | number,
                    );
                    live(&ledger, pool, id).await;
                }
            });
        }
        while callers.join_next().await.is_some() {}
    });
}

/// One document's life, or an adjustment that makes room again.
async fn live(ledger: &Ledger, pool: AccountId, id: Uuid) {
    if id.as_u128() % 5 == 4 {
        let adjusted = adjust(ledger, pool, id).await;
        return acknowledge("adjusted", id, adjusted);
    }
    ledger.submit(document(id)).await.unwrap();
    acknowledge("submitted", id, Points::ZERO);
    let outcome = ledger
        .reserve(reserve(pool, id), now(), TODAY)
        .await
        .unwrap();
    if matches!(outcome.verdict, Verdict::Declined { .. }) {
        return acknowledge("declined", id, Points::ZERO);
    }
    acknowledge("reserved", id, outcome.document.cost.unwrap());
    let nonce = Uuid::from_u128(1);
    ledger
        .begin_release(DocumentId(id), "printer".into(), nonce, now())
        .await
        .unwrap();
    let settled = ledger
        .settle(DocumentId(id), Settlement::Printed { sides: 2 }, now())
        .await
        .unwrap();
    acknowledge("settled", id, settled.posted);
}

fn acknowledge(what: &str, id: Uuid, points: Points) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{what} {id} {points}").unwrap();
    output.flush().unwrap();
}

/// Everything that was acknowledged is there, once, and asking for it again
/// changes nothing.
async fn compare(path: &Path, acknowledged: &[String]) {
    let ledger = Ledger::open(path).unwrap();
    let pool = ledger.account_by_code("pool").await.unwrap().unwrap().id;
    let before = ledger.verify().await.unwrap();
    let balance = ledger.balances(Some(pool)).await.unwrap();
    for line in acknowledged {
        let [what, id, points] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("a line of the child: {line:?}");
        };
        let (id, points): (Uuid, Points) = (id.parse().unwrap(), points.parse().unwrap());
        let stored = ledger.document(DocumentId(id)).await.unwrap();
        match what {
            "adjusted" => assert_eq!(adjust(&ledger, pool, id).await, points),
            "submitted" => {
                assert!(stored.is_some(), "lost: {line}");
            }
            "declined" => assert_eq!(stored.unwrap().state, DocumentState::Canceled),
            "reserved" => {
                let outcome = ledger
                    .reserve(reserve(pool, id), now(), TODAY)
                    .await
                    .unwrap();
                assert_eq!(outcome.document.cost, Some(points), "{line}");
                assert_ne!(outcome.document.state, DocumentState::Submitted, "{line}");
            }
            "settled" => {
                let again = ledger
                    .settle(DocumentId(id), Settlement::Printed { sides: 2 }, now())
                    .await
                    .unwrap();
                assert_eq!(again.posted, points, "{line}");
                assert_eq!(stored.unwrap(), again.document, "{line}");
            }
            other => panic!("unknown: {other}"),
        }
    }
    assert_eq!(ledger.verify().await.unwrap(), before);
    let after = ledger.balances(Some(pool)).await.unwrap();
    assert_eq!(after, balance);
    if let Some(row) = after.first() {
        let hard = Points::whole(LIMIT).unwrap();
        assert!(row.balance.used().unwrap() <= hard, "overspent: {row:?}");
    }
}

async fn adjust(ledger: &Ledger, pool: AccountId, id: Uuid) -> Points {
    let adjustment = Adjustment {
        account: pool,
        user: None,
        change: Change::Credit(Points::whole(6).unwrap()),
        reason: "room".into(),
        by: "root".into(),
        corrects: None,
    };
    let adjusted = ledger.adjust(id, adjustment, now()).await.unwrap();
    adjusted.activity.points
}

fn document(id: Uuid) -> NewDocument {
    NewDocument {
        id: DocumentId(id),
        user: person().id,
        queue: "secure".into(),
        job_id: 1,
        name: "document".into(),
        submitted_at: now(),
    }
}

fn reserve(pool: AccountId, id: Uuid) -> Reserve {
    Reserve {
        id: DocumentId(id),
        person: person(),
        account: Some(pool),
        facts: Facts {
            documents: vec![vec![PageRun {
                count: 3,
                page: PageFacts {
                    size: Size::A4,
                    colour: false,
                },
            }]],
            ..Facts::default()
        },
        lease: None,
    }
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

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

/// xorshift64. *Source*: G. Marsaglia, Xorshift RNGs, 2003.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
