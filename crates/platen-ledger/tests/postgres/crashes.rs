//! The server dies under a ledger whose callers go on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use platen_domain::Points;
use platen_lab::{Postgres, PostgresOptions, Scratch};
use platen_ledger::{Ledger, Site};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::lives::{SITE, compare, live};

const CALLERS: u128 = 16;
/// Answers before the server dies, and again after it is back.
const ANSWERS: usize = 200;
const DEADLINE: Duration = Duration::from_secs(60);

/// Callers that never hear of the server's death.
struct Work {
    ledger: Ledger,
    answers: Arc<Mutex<Vec<String>>>,
    ends: Arc<AtomicBool>,
    callers: JoinSet<()>,
}

impl Work {
    async fn start(url: &str) -> Self {
        let ledger = Ledger::connect(url).await.unwrap();
        ledger
            .load_site(Site::from_toml(SITE).unwrap())
            .await
            .unwrap();
        let pool = ledger.account_by_code("pool").await.unwrap().unwrap().id;
        let answers = Arc::new(Mutex::new(Vec::new()));
        let ends = Arc::new(AtomicBool::new(false));
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            let (ledger, ends) = (ledger.clone(), Arc::clone(&ends));
            let answers = Arc::clone(&answers);
            callers.spawn(async move {
                let mut number = 0;
                while !ends.load(Ordering::Relaxed) {
                    let id = Uuid::from_u128((caller << 32) | number);
                    let told = |line| answers.lock().unwrap().push(line);
                    live(&ledger, pool, id, told).await;
                    number += 1;
                }
            });
        }
        Self {
            ledger,
            answers,
            ends,
            callers,
        }
    }

    fn answered(&self) -> usize {
        self.answers.lock().unwrap().len()
    }

    async fn until_answered(&self, count: usize) {
        let enough = async {
            let mut changes = self.ledger.changes();
            while self.answered() < count {
                changes.changed().await.unwrap();
            }
        };
        tokio::time::timeout(DEADLINE, enough)
            .await
            .expect("the callers got no answers");
    }

    /// Ends the callers. Every answer holds; and since none is outstanding, the
    /// answers alone make up the balance.
    async fn end(mut self) {
        self.ends.store(true, Ordering::Relaxed);
        while let Some(caller) = self.callers.join_next().await {
            caller.unwrap();
        }
        let answers = self.answers.lock().unwrap().clone();
        compare(&self.ledger, &answers).await;
        let posted = |line: &String| -> Option<Points> {
            let points = line
                .strip_prefix("settled ")
                .or_else(|| line.strip_prefix("adjusted "))?;
            Some(points.split_once(' ')?.1.parse().unwrap())
        };
        let posted: i64 = answers
            .iter()
            .filter_map(posted)
            .map(Points::hundredths)
            .sum();
        let [row] = &self.ledger.balances(None).await.unwrap()[..] else {
            panic!("there is one balance");
        };
        assert_eq!(row.balance.pending, Points::ZERO);
        assert_eq!(row.balance.posted, Points::from_hundredths(posted));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn server_killed_in_full_flight_loses_and_repeats_nothing() {
    let scratch = Scratch::new("ledger-crash").unwrap();
    let mut server = Postgres::start(&scratch.join("a"), &PostgresOptions::default()).unwrap();
    let work = Work::start(&server.url("postgres")).await;
    for _ in 0..2 {
        work.until_answered(work.answered() + ANSWERS).await;
        server.kill().unwrap();
        server.restart().unwrap();
    }
    work.until_answered(work.answered() + ANSWERS).await;
    work.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promoted_standby_has_everything_acknowledged_and_nothing_twice() {
    let scratch = Scratch::new("ledger-failover").unwrap();
    let options = PostgresOptions {
        tcp: true,
        ..PostgresOptions::default()
    };
    let mut primary = Postgres::start(&scratch.join("a"), &options).unwrap();
    let standby = primary.standby(&scratch.join("b"), "second").unwrap();
    let work = Work::start(&Postgres::url_of(&[&primary, &standby], "postgres")).await;
    work.until_answered(ANSWERS).await;
    primary.kill().unwrap();
    let before = work.answered();
    standby.promote().unwrap();
    work.until_answered(before + ANSWERS).await;
    work.end().await;
}
