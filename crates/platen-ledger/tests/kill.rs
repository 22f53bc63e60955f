//! `kill -9` at random moments: everything that was acknowledged is there
//! afterwards, nothing is there twice, and the ledger checks out.
//!
//! This program starts itself again as a child that works on the ledger and
//! writes a line for each answer it got; the parent kills it after a random
//! number of lines, opens the ledger and compares. It has no test harness,
//! since the child must be nothing but the child.

#![expect(clippy::unwrap_used, reason = "a test, where a panic is the report")]

#[path = "ledger/lives.rs"]
mod lives;

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use platen_lab::{Postgres, PostgresOptions, Scratch};
use platen_ledger::{Ledger, Site};
use uuid::Uuid;

use lives::{SITE, compare, live};

const CHILD: &str = "PLATEN_LEDGER_KILL_CHILD";
const SEED: &str = "PLATEN_TEST_SEED";
const CALLERS: u32 = 16;

/// A name and what it stands for, which is told its name.
type Test = (&'static str, fn(&str));

const TESTS: [Test; 2] = [
    (
        "everything_acknowledged_survives_kill_9_on_sqlite",
        on_sqlite,
    ),
    (
        "everything_acknowledged_survives_kill_9_on_postgresql",
        on_postgresql,
    ),
];

fn main() {
    if let Ok(child) = std::env::var(CHILD) {
        let (round, address) = child.split_once(' ').unwrap();
        return runtime().block_on(work(round.parse().unwrap(), address));
    }
    // As much of the harness's command line as other runners need.
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let list = arguments.iter().any(|argument| argument == "--list");
    let filters: Vec<_> = arguments
        .iter()
        .filter(|word| !word.starts_with('-'))
        .collect();
    for (name, test) in TESTS {
        if list {
            println!("{name}: test");
        } else if filters.is_empty() || filters.iter().any(|word| name.contains(word.as_str())) {
            test(name);
            println!("test {name} ... ok");
        }
    }
}

fn on_sqlite(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    kill_and_compare(name, &path.display().to_string(), 15, 600);
}

fn on_postgresql(name: &str) {
    let scratch = Scratch::new("ledger-kill").unwrap();
    let server = Postgres::start(&scratch.join("a"), &PostgresOptions::default()).unwrap();
    kill_and_compare(name, &server.url("postgres"), 5, 150);
}

/// Opens the ledger in a file or at a server.
async fn open(address: &str) -> Ledger {
    if address.starts_with("postgresql:") {
        Ledger::connect(address).await.unwrap()
    } else {
        Ledger::open(Path::new(address)).unwrap()
    }
}

/// So many children, each killed after at most so many lines.
fn kill_and_compare(name: &str, address: &str, rounds: u32, lines: u64) {
    let seed = std::env::var(SEED).map_or_else(
        |_| RandomState::new().hash_one(name) | 1,
        |seed| seed.parse().unwrap(),
    );
    println!("{SEED}={seed}");
    let mut random = Random(seed);
    let runtime = runtime();
    runtime.block_on(async {
        let site = Site::from_toml(SITE).unwrap();
        open(address).await.load_site(site).await.unwrap();
    });
    let mut acknowledged = Vec::new();
    for round in 0..rounds {
        let lines = 1 + random.below(lines);
        let spins = random.below(2_000);
        acknowledged.extend(child_until_killed(round, address, lines, spins));
        runtime.block_on(async { compare(&open(address).await, &acknowledged).await });
    }
    let kinds: BTreeSet<_> = acknowledged
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert!(kinds.len() >= 4, "the children did not get far: {kinds:?}");
    println!("{} operations were acknowledged", acknowledged.len());
}

/// Gives every line that the child wrote whole before it died.
fn child_until_killed(round: u32, address: &str, lines: u64, spins: u64) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(CHILD, format!("{round} {address}"))
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
async fn work(round: u32, address: &str) {
    let ledger = open(address).await;
    let pool = ledger.account_by_code("pool").await.unwrap().unwrap().id;
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..CALLERS {
        let ledger = ledger.clone();
        callers.spawn(async move {
            for number in 0.. {
                let id = Uuid::from_u128(
                    (u128::from(round) << 64) | (u128::from(caller) << 32) | number,
                );
                live(&ledger, pool, id, tell).await;
            }
        });
    }
    while callers.join_next().await.is_some() {}
}

fn tell(line: String) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}").unwrap();
    output.flush().unwrap();
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
