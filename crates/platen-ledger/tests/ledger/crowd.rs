//! Several programs at once, each operation sent twice, by different programs,
//! at the same time.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use platen_domain::{DocumentState, LeaseId, Points, Verdict};
use platen_ledger::{
    ActivityFilter, Adjustment, Change, Document, Lease, LeaseAsk, LeaseState, Ledger, LedgerError,
    Outcome, Reserve, Scope, Settlement,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::*;

const DEADLINE: Duration = Duration::from_secs(60);
const CALLERS: u128 = 12;
const ROUNDS: u128 = 10;
const PROGRAMS: usize = 3;

const SITE: &str = "
[[account]]
name = \"Pool\"
code = \"pool\"
kind = \"shared\"
limit = 120
exceed_by = 30
[[account]]
name = \"Desk\"
code = \"desk\"
limit = 40
";
const HARD_LIMITS: [(&str, &str); 2] = [("pool", "150"), ("desk", "40")];

/// What one caller was told, the last of it about each thing.
#[derive(Default)]
struct Told {
    documents: Vec<Document>,
    leases: Vec<Lease>,
    credits: BTreeMap<&'static str, Vec<Points>>,
}

struct Caller {
    programs: Vec<Ledger>,
    number: u128,
    random: Random,
    told: Told,
}

impl Caller {
    /// Sends an operation twice at the same time and gives what was answered;
    /// a refusal where both were refused.
    async fn twice<T, F>(&mut self, ask: impl Fn(Ledger) -> F) -> Option<T>
    where
        F: Future<Output = Result<T, LedgerError>>,
    {
        let [first, second] = [0; 2].map(|_| {
            let program = self.random.below(PROGRAMS as u64);
            ask(self.programs[usize::try_from(program).unwrap()].clone())
        });
        let (first, second) = tokio::join!(first, second);
        let done = |result| match result {
            Ok(answer) => Some(answer),
            Err(LedgerError::Refused(_)) => None,
            Err(other) => panic!("an error reaches a caller: {other:?}"),
        };
        let second = done(second);
        done(first).or(second)
    }

    fn user(&self) -> &'static str {
        ["alice", "bob", "carol"][usize::try_from(self.number % 3).unwrap()]
    }

    fn account(&mut self) -> &'static str {
        HARD_LIMITS[usize::from(self.random.below(3) == 0)].0
    }

    async fn work(mut self) -> Told {
        for round in 0..ROUNDS {
            let number = 1 + self.number * ROUNDS + round;
            let code = self.account();
            if self.random.below(5) == 0 {
                self.credit(number).await;
            }
            let new = new_document(number, self.user());
            self.twice(|ledger| {
                let new = new.clone();
                async move { ledger.submit(new).await }
            })
            .await
            .unwrap();
            let outcome = if self.random.below(3) == 0 {
                self.reserve_leased(number, code).await
            } else {
                self.reserve(number, code, None).await
            };
            let Some(outcome) = outcome else {
                continue;
            };
            let document = match outcome.verdict {
                Verdict::Declined { .. } => outcome.document,
                _ => self.go_on(outcome.document, number).await,
            };
            self.told.documents.push(document);
        }
        self.told
    }

    async fn credit(&mut self, number: u128) {
        let points = points("2.5");
        let adjustment = Adjustment {
            account: account_of(&self.programs[0], "pool").await,
            user: None,
            change: Change::Credit(points),
            reason: "room".into(),
            by: "root".into(),
            corrects: None,
        };
        let id = Uuid::from_u128(1_000_000 + number);
        let adjusted = self
            .twice(|ledger| {
                let adjustment = adjustment.clone();
                async move { ledger.adjust(id, adjustment, now()).await }
            })
            .await
            .unwrap();
        assert_eq!(adjusted.activity.id, id);
        self.told.credits.entry("pool").or_default().push(points);
    }

    async fn reserve(
        &mut self,
        number: u128,
        code: &str,
        lease: Option<LeaseId>,
    ) -> Option<Outcome> {
        let ask = Reserve {
            id: document_id(number),
            person: person(self.user()),
            account: Some(account_of(&self.programs[0], code).await),
            facts: facts(1 + u32::try_from(self.random.below(6)).unwrap()),
            lease,
        };
        let outcome = self
            .twice(|ledger| {
                let ask = ask.clone();
                async move { ledger.reserve(ask, now(), TODAY).await }
            })
            .await?;
        check_cap(&outcome);
        Some(outcome)
    }

    /// Reserves on points set aside beforehand, and gives the rest of them
    /// back, or keeps it.
    async fn reserve_leased(&mut self, number: u128, code: &str) -> Option<Outcome> {
        let id = LeaseId(Uuid::from_u128(2_000_000 + number));
        let ask = LeaseAsk {
            id,
            account: account_of(&self.programs[0], code).await,
            person: person(self.user()),
            device: "laptop".into(),
            points: points("8"),
            expires_at: hours_later(1),
        };
        let mut lease = self
            .twice(|ledger| {
                let ask = ask.clone();
                async move { ledger.grant_lease(ask, now(), TODAY).await }
            })
            .await?;
        let outcome = self.reserve(number, code, Some(id)).await;
        if let Some(outcome) = &outcome {
            lease.drawn = outcome.document.cost.unwrap();
        }
        if self.random.below(4) > 0 {
            let returned = self.twice(|ledger| async move { ledger.return_lease(id, now()).await });
            lease = returned.await.unwrap();
        }
        self.told.leases.push(lease);
        outcome
    }

    /// One of the ways in which a reservation ends, or stays.
    async fn go_on(&mut self, document: Document, number: u128) -> Document {
        let id = document.id;
        match self.random.below(6) {
            0 => document,
            1 => {
                let deleted = self.twice(|ledger| async move { ledger.delete(id, now()).await });
                deleted.await.unwrap()
            }
            2 => self.change_account(document).await,
            3 => {
                let document = self.reprice(document).await;
                if document.state != DocumentState::Held {
                    return document;
                }
                self.settle(number, Settlement::Stopped { sides: 0 }).await
            }
            _ => {
                let sides = 1 + self.random.below(8);
                self.settle(number, Settlement::Printed { sides }).await
            }
        }
    }

    async fn change_account(&mut self, document: Document) -> Document {
        let (id, code, person) = (document.id, self.account(), person(self.user()));
        let account = account_of(&self.programs[0], code).await;
        let outcome = self
            .twice(|ledger| {
                let person = person.clone();
                let scope = Scope::AndActive;
                async move {
                    let moved = ledger.change_account(id, &person, account, scope, now(), TODAY);
                    moved.await
                }
            })
            .await
            .unwrap();
        check_cap(&outcome);
        self.as_it_stands(document).await
    }

    async fn reprice(&mut self, document: Document) -> Document {
        let id = document.id;
        let pages = u32::try_from(1 + self.random.below(9)).unwrap();
        let repriced = self
            .twice(|ledger| async move { ledger.reprice(id, facts(pages), now()).await })
            .await;
        check_cap(&repriced.unwrap());
        self.as_it_stands(document).await
    }

    /// What was declined is judged anew when it is asked for again, so that of
    /// two answers either may be the last.
    async fn as_it_stands(&self, document: Document) -> Document {
        let stored = self.programs[0].document(document.id).await;
        stored.unwrap().unwrap()
    }

    async fn settle(&mut self, number: u128, settlement: Settlement) -> Document {
        let (id, nonce) = (document_id(number), Uuid::from_u128(number));
        self.twice(|ledger| async move {
            ledger
                .begin_release(id, "printer".into(), nonce, now())
                .await
        })
        .await
        .unwrap();
        let settled = self
            .twice(|ledger| {
                let settlement = settlement.clone();
                async move { ledger.settle(id, settlement, now()).await }
            })
            .await;
        settled.unwrap().document
    }
}

async fn account_of(ledger: &Ledger, code: &str) -> platen_domain::AccountId {
    ledger.account_by_code(code).await.unwrap().unwrap().id
}

/// At no moment more is committed than the hard limit allows.
#[track_caller]
fn check_cap(outcome: &Outcome) {
    let Some(view) = &outcome.account else {
        return;
    };
    let hard = view.account.hard_limit().unwrap().unwrap();
    let committed = view.balance.committed().unwrap();
    assert!(committed <= hard, "overspent: {committed} of {hard}");
}

async fn check_sums(ledger: &Ledger, told: &[Told]) {
    ledger.verify().await.unwrap();
    let documents = || told.iter().flat_map(|told| &told.documents);
    for document in documents() {
        let stored = ledger.document(document.id).await.unwrap().unwrap();
        assert_eq!(stored, *document, "other than what was answered last");
    }
    let mut activities = 0;
    for (code, hard) in HARD_LIMITS {
        let account = account_of(ledger, code).await;
        let on_it = || documents().filter(|document| document.account == Some(account));
        let printed = on_it().filter_map(|document| document.charged());
        let credits = told.iter().filter_map(|told| told.credits.get(code));
        let credits: Vec<_> = credits.flatten().collect();
        let held = on_it().filter(|document| document.state.is_reserved());
        let leases = told.iter().flat_map(|told| &told.leases);
        let leased = leases
            .filter(|lease| lease.account == account && lease.state == LeaseState::Open)
            .map(|lease| lease.left().unwrap());
        let rows = ledger.balances(Some(account)).await.unwrap();
        let stored = |part: fn(&platen_domain::Balance) -> Points| {
            sum(rows.iter().map(|row| part(&row.balance)))
        };
        let posted = sum(printed).minus(sum(credits.iter().copied().copied()));
        assert_eq!(stored(|balance| balance.posted), posted.unwrap(), "{code}");
        let pending = sum(held.map(|document| document.cost.unwrap()));
        assert_eq!(stored(|balance| balance.pending), pending, "{code}");
        assert_eq!(stored(|balance| balance.leased), sum(leased), "{code}");
        for row in &rows {
            assert!(row.balance.committed().unwrap() <= points(hard), "{row:?}");
        }
        let printed = on_it().filter(|document| document.state == DocumentState::Printed);
        let overruns = on_it().filter(|document| document.overrun.is_some());
        activities += printed.count() + overruns.count() + credits.len();
    }
    let all = ActivityFilter {
        limit: 10_000,
        ..ActivityFilter::default()
    };
    let stored = ledger.activities(all).await.unwrap();
    assert_eq!(stored.len(), activities);
}

/// All programs at once, several times each, end what is over: so many find it
/// still open before the first of them ends it, and yet each thing ends once.
async fn check_ends(programs: &[Ledger], told: &[Told]) {
    let mut tasks = JoinSet::new();
    for program in programs.iter().cycle().take(4 * programs.len()) {
        let program = program.clone();
        tasks.spawn(async move {
            let leases = program.expire_leases(hours_later(2));
            let documents = program.expire_due(hours_later(100));
            let (leases, documents) = tokio::join!(leases, documents);
            (leases.unwrap().len(), documents.unwrap().len())
        });
    }
    let mut ended = (0, 0);
    while let Some(task) = tasks.join_next().await {
        let (leases, documents) = task.unwrap();
        ended = (ended.0 + leases, ended.1 + documents);
    }
    let open = |lease: &&Lease| lease.state == LeaseState::Open;
    let leases = told.iter().flat_map(|told| &told.leases).filter(open);
    let waits = |document: &&Document| document.hold_until.is_some();
    let documents = told.iter().flat_map(|told| &told.documents).filter(waits);
    assert_eq!(ended, (leases.count(), documents.count()));
    for row in programs[0].balances(None).await.unwrap() {
        let nothing = (Points::ZERO, Points::ZERO);
        assert_eq!((row.balance.pending, row.balance.leased), nothing);
    }
    programs[0].verify().await.unwrap();
}

fn sum(points: impl Iterator<Item = Points>) -> Points {
    points.reduce(|a, b| a.plus(b).unwrap()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_programs_at_once_lose_nothing_and_do_nothing_twice() {
    let seed = seed();
    let bench = Bench::with_site(&format!("{SITE}{CARD}")).await;
    let mut programs = Vec::new();
    for _ in 0..PROGRAMS {
        programs.push(bench.place.open().await);
    }
    let mut callers = JoinSet::new();
    for number in 0..CALLERS {
        let caller = Caller {
            programs: programs.clone(),
            number,
            random: Random::new(seed.wrapping_mul(2 * u64::try_from(number).unwrap() + 3)),
            told: Told::default(),
        };
        callers.spawn(tokio::time::timeout(DEADLINE, caller.work()));
    }
    let mut told = Vec::new();
    while let Some(caller) = callers.join_next().await {
        told.push(caller.unwrap().unwrap());
    }
    for program in &programs {
        check_sums(program, &told).await;
    }
    check_ends(&programs, &told).await;
}
