//! Reading a balance and asking for a verdict on ledgers of different ages, and
//! what an activity takes on the disk.

use std::path::Path;
use std::time::{Duration, Instant};

use platen_domain::{AccountId, DocumentId, Person, Points};
use platen_ledger::{Adjustment, Change, Ledger};
use uuid::Uuid;

use crate::Result;
use crate::measure::Measured;
use crate::ours::{self, TODAY};

/// How often each is asked.
const ASKED: usize = 2_000;
const WRITERS: u64 = 64;

/// What was found at one age.
#[derive(Clone)]
pub(crate) struct Reads {
    pub(crate) balance: Measured,
    pub(crate) verdict: Measured,
}

/// A ledger that grows between measurements.
pub(crate) struct Growing {
    pub(crate) ledger: Ledger,
    account: AccountId,
    person: Person,
    document: DocumentId,
    activities: u64,
}

impl Growing {
    /// On a ledger of one's own, whose site is loaded.
    pub(crate) async fn new(ledger: Ledger) -> Result<Self> {
        let account = ledger.account_by_code("pool").await?;
        let account = account.ok_or("the account is missing")?.id;
        let person = ours::person(0);
        let document = ours::place(&ledger, &person, account).await?.document.id;
        Ok(Self {
            ledger,
            account,
            person,
            document,
            activities: 0,
        })
    }

    /// Adds activities to the one balance until there are `count`.
    pub(crate) async fn grow_to(&mut self, count: u64) -> Result<()> {
        let mut writers = tokio::task::JoinSet::new();
        let missing = count - self.activities;
        for writer in 0..WRITERS {
            let share = missing / WRITERS + u64::from(writer < missing % WRITERS);
            let (ledger, account) = (self.ledger.clone(), self.account);
            writers.spawn(async move {
                for _ in 0..share {
                    let adjustment = Adjustment {
                        account,
                        user: None,
                        change: Change::Debit(Points::from_hundredths(1)),
                        reason: "copies at the counter".into(),
                        by: "an administrator".into(),
                        corrects: None,
                    };
                    ledger
                        .adjust(Uuid::now_v7(), adjustment, ours::now())
                        .await?;
                }
                Ok::<_, crate::Problem>(())
            });
        }
        while let Some(writer) = writers.join_next().await {
            writer??;
        }
        self.activities = count;
        Ok(())
    }

    pub(crate) async fn measure(&self) -> Result<Reads> {
        let (mut balances, mut verdicts) = (Vec::new(), Vec::new());
        let started = Instant::now();
        for _ in 0..ASKED {
            let asked = Instant::now();
            self.ledger.balances(Some(self.account)).await?;
            balances.push(asked.elapsed());
            let asked = Instant::now();
            self.ledger
                .preview(self.document, &self.person, None, None, ours::now(), TODAY)
                .await?;
            verdicts.push(asked.elapsed());
        }
        let measured = |waits: Vec<Duration>| Measured::new(ASKED as u64, started.elapsed(), waits);
        Ok(Reads {
            balance: measured(balances),
            verdict: measured(verdicts),
        })
    }
}

/// What SQLite stores, its log included. Units: bytes.
pub(crate) fn size_of_file(path: &Path) -> Result<u64> {
    let connection = rusqlite::Connection::open(path)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(std::fs::metadata(path)?.len())
}
