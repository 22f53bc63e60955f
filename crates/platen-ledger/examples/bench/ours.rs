//! The same with our rules: documents placed on accounts, each answered after
//! its commit is durable.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use platen_domain::{
    Account, AccountId, DocumentId, PageFacts, PageRun, Person, Points, Size, UserId, Verdict,
};
use platen_ledger::{Facts, Ledger, NewDocument, Outcome, Reserve, Site};
use uuid::Uuid;

use crate::Result;
use crate::measure::{self, Caller, Measured};
use crate::worker;

pub(crate) const TODAY: Date = date(2026, 11, 22);
/// Of each document. Units: hundredths of a point.
const COST: i64 = 1_000;
/// Documents that the last room of an account carries, and callers that want it.
const ROOM: u64 = 50;
const CROWD: usize = 64;

/// An engine's ledger with a site of one hot pool and some others.
pub(crate) struct Ours {
    pub(crate) ledger: Ledger,
    hot: AccountId,
    others: Vec<AccountId>,
    /// Reservations that were acknowledged.
    placed: u64,
}

/// Where documents are placed.
#[derive(Clone, Copy)]
pub(crate) enum Spread {
    Hot,
    Others,
}

impl Ours {
    /// In a new file, beside `others` further accounts.
    pub(crate) async fn on_file(path: &Path, others: usize) -> Result<Self> {
        Self::with(Ledger::open(path)?, others).await
    }

    /// In an empty database.
    pub(crate) async fn on_server(url: &str, others: usize) -> Result<Self> {
        Self::with(Ledger::connect(url).await?, others).await
    }

    async fn with(ledger: Ledger, others: usize) -> Result<Self> {
        ledger.load_site(Site::from_toml(&site(others))?).await?;
        let accounts = ledger.accounts().await?;
        let hot = hot(&ledger).await?.id;
        let others = accounts.iter().map(|account| account.id);
        Ok(Self {
            ledger,
            hot,
            others: others.filter(|id| *id != hot).collect(),
            placed: 0,
        })
    }

    /// So many callers for `time`; afterwards every sum agrees.
    pub(crate) async fn measure(
        &mut self,
        callers: usize,
        spread: Spread,
        time: Duration,
    ) -> Result<Measured> {
        let measured = measure::run(self.callers(callers, spread), time).await?;
        self.check(measured.operations).await?;
        Ok(measured)
    }

    /// As [`Ours::measure`] on the hot account, by two programs with half of the
    /// callers each.
    pub(crate) async fn measure_two(
        &mut self,
        url: &str,
        callers: usize,
        time: Duration,
    ) -> Result<Measured> {
        let measured = worker::run(url, 2, callers / 2, time).await?;
        self.check(measured.operations).await?;
        Ok(measured)
    }

    pub(crate) fn callers(&self, count: usize, spread: Spread) -> Vec<Placing> {
        let accounts = match spread {
            Spread::Hot => vec![self.hot],
            Spread::Others => self.others.clone(),
        };
        (0..count)
            .map(|number| Placing::new(&self.ledger, accounts.clone(), number))
            .collect()
    }

    /// Counts `placed` reservations more, and compares with the ledger.
    pub(crate) async fn check(&mut self, placed: u64) -> Result<()> {
        self.placed += placed;
        let verified = self.ledger.verify().await?;
        let mut pending = 0;
        for row in self.ledger.balances(None).await? {
            pending += row.balance.pending.hundredths();
        }
        let expected = i64::try_from(self.placed)? * COST;
        if pending != expected || verified.documents < self.placed {
            return Err(format!("{pending} are pending and {expected} acknowledged").into());
        }
        Ok(())
    }

    /// Leaves room for a few documents on the hot account, lets many callers
    /// want it, and finds it filled to the point and no further.
    pub(crate) async fn fill_to_the_cap(&mut self) -> Result<()> {
        let free = self.hot_account().await?;
        let used = self.hot_used().await?;
        let room = i64::try_from(ROOM)? * COST;
        let mut capped = free.clone();
        capped.limit = Some(Points::from_hundredths(used + room + COST / 2));
        self.ledger.save_account(capped).await?;
        let mut callers = tokio::task::JoinSet::new();
        for mut caller in self.callers(CROWD, Spread::Hot) {
            callers.spawn(async move {
                let mut placed = 0;
                while caller.place().await? {
                    placed += 1;
                }
                Ok::<u64, crate::Problem>(placed)
            });
        }
        let mut placed = 0;
        while let Some(caller) = callers.join_next().await {
            placed += caller??;
        }
        let filled = self.hot_used().await?;
        if placed != ROOM || filled != used + room {
            return Err(format!("{placed} documents took a room for {ROOM}").into());
        }
        self.check(placed).await?;
        let mut again = self.hot_account().await?;
        again.limit = free.limit;
        self.ledger.save_account(again).await?;
        Ok(())
    }

    async fn hot_account(&self) -> Result<Account> {
        hot(&self.ledger).await
    }

    /// Units: hundredths of a point.
    async fn hot_used(&self) -> Result<i64> {
        let rows = self.ledger.balances(Some(self.hot)).await?;
        Ok(rows
            .iter()
            .map(|row| row.balance.posted.hundredths() + row.balance.pending.hundredths())
            .sum())
    }
}

/// Places one document after the other.
pub(crate) struct Placing {
    ledger: Ledger,
    accounts: Vec<AccountId>,
    next: usize,
    person: Person,
}

impl Placing {
    /// The caller of this number.
    pub(crate) fn new(ledger: &Ledger, accounts: Vec<AccountId>, number: usize) -> Self {
        Self {
            ledger: ledger.clone(),
            accounts,
            next: number,
            person: person(number),
        }
    }

    /// Whether it was reserved; declined otherwise.
    async fn place(&mut self) -> Result<bool> {
        // A step that meets all accounts, since it has no divisor in common with them.
        self.next = (self.next + 617) % self.accounts.len();
        let account = self.accounts[self.next];
        let outcome = place(&self.ledger, &self.person, account).await?;
        Ok(!matches!(outcome.verdict, Verdict::Declined { .. }))
    }
}

impl Caller for Placing {
    async fn ask(&mut self) -> Result<u64> {
        if self.place().await? {
            Ok(1)
        } else {
            Err("an account is full".into())
        }
    }
}

/// The account that everybody wants.
pub(crate) async fn hot(ledger: &Ledger) -> Result<Account> {
    let account = ledger.account_by_code("pool").await?;
    Ok(account.ok_or("the hot account is missing")?)
}

/// Submits a document and reserves its points.
pub(crate) async fn place(ledger: &Ledger, person: &Person, account: AccountId) -> Result<Outcome> {
    let id = DocumentId(Uuid::now_v7());
    let document = NewDocument {
        id,
        user: person.id.clone(),
        queue: "secure".into(),
        job_id: 1,
        name: "A document with a name of usual length.pdf".into(),
        submitted_at: now(),
    };
    let ask = Reserve {
        id,
        person: person.clone(),
        account: Some(account),
        facts: facts(),
        lease: None,
    };
    Ok(ledger.place(document, ask, now(), TODAY).await?)
}

/// Ten sides of a point each.
fn facts() -> Facts {
    Facts {
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
    }
}

pub(crate) fn person(number: usize) -> Person {
    let login = format!("user{number}");
    Person {
        id: UserId::local(&login),
        name: login.clone(),
        login,
        groups: BTreeSet::new(),
    }
}

pub(crate) fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

/// As TOML; everybody may use every account.
fn site(others: usize) -> String {
    let mut text = String::new();
    let names = std::iter::once(("Hot pool".to_owned(), "pool".to_owned()))
        .chain((0..others).map(|number| (format!("Pool {number}"), format!("pool{number}"))));
    for (name, code) in names {
        text.push_str(&format!(
            "[[account]]\nname = \"{name}\"\ncode = \"{code}\"\nkind = \"shared\"\nlimit = 1000000000\n"
        ));
    }
    text.push_str(
        "[rates.other]\nmono = { simplex = 1, duplex = 1 }\ncolour = { simplex = 1, duplex = 1 }\n",
    );
    text
}
