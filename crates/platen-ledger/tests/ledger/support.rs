//! A ledger in a place of its own, and short names for what tests do with it.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use platen_domain::{
    AccountId, DocumentId, Finishing, PageFacts, PageRun, Person, Points, Size, UserId, Verdict,
};
use platen_ledger::{
    Adjustment, Change, Document, Facts, Ledger, LedgerError, NewDocument, Outcome, Refusal,
    Reserve, Scope, Site,
};
use uuid::Uuid;

use crate::place::Place;

pub(crate) const TODAY: Date = date(2026, 11, 22);

/// One point for each A4 side in mono.
pub(crate) const CARD: &str = "
[rates.A4]
mono = { simplex = 1, duplex = 0.5 }
colour = { simplex = 3, duplex = 2.5 }
[rates.other]
mono = { simplex = 10, duplex = 10 }
colour = { simplex = 20, duplex = 20 }
";

/// Two individual accounts, one with room above its limit, and a shared pool.
pub(crate) const SITE: &str = "
[[account]]
name = \"Print Quota\"
code = \"quota\"
limit = 50

[[account]]
name = \"Department\"
code = \"department\"
limit = 20
exceed_by = 10

[[account]]
name = \"Research\"
code = \"research\"
kind = \"shared\"
limit = 100
groups = [\"research\"]

[groups]
research = [\"alice\"]
";

pub(crate) fn points(text: &str) -> Points {
    text.parse().unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

pub(crate) fn hours_later(hours: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hours)
}

pub(crate) fn person(name: &str) -> Person {
    Person {
        id: UserId::local(name),
        name: name.to_owned(),
        login: name.to_owned(),
        groups: BTreeSet::new(),
    }
}

pub(crate) fn document_id(number: u128) -> DocumentId {
    DocumentId(Uuid::from_u128(number))
}

pub(crate) fn new_document(number: u128, user: &str) -> NewDocument {
    NewDocument {
        id: document_id(number),
        user: UserId::local(user),
        queue: "secure".into(),
        job_id: i32::try_from(number % 1_000_000).unwrap(),
        name: format!("document {number}"),
        submitted_at: now(),
    }
}

/// A one-sided mono A4 document of this many pages.
pub(crate) fn facts(pages: u32) -> Facts {
    Facts {
        documents: vec![vec![PageRun {
            count: pages,
            page: PageFacts {
                size: Size::A4,
                colour: false,
            },
        }]],
        digests: vec![[7; 32]],
        format: "pdf".into(),
        finishing: Finishing::default(),
        ..Facts::default()
    }
}

#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, LedgerError>) -> Refusal {
    match result {
        Err(LedgerError::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

pub(crate) fn ready(used: &str, crosses_low: bool) -> Verdict {
    Verdict::Ready {
        used: points(used),
        crosses_low,
    }
}

pub(crate) fn warning(used: &str) -> Verdict {
    Verdict::Warning { used: points(used) }
}

pub(crate) fn declined(available: &str) -> Verdict {
    Verdict::Declined {
        available: points(available),
    }
}

pub(crate) struct Bench {
    pub(crate) ledger: Ledger,
    pub(crate) place: Place,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with_site(&format!("{SITE}{CARD}")).await
    }

    pub(crate) async fn with_site(site: &str) -> Self {
        let bench = Self::empty().await;
        bench.load(site).await;
        bench
    }

    /// A ledger in which no site was loaded yet.
    pub(crate) async fn empty() -> Self {
        let place = Place::new().await;
        let ledger = place.open().await;
        Self { ledger, place }
    }

    pub(crate) async fn load(&self, site: &str) {
        let site = Site::from_toml(site).unwrap();
        self.ledger.load_site(site).await.unwrap();
    }

    pub(crate) async fn account(&self, code: &str) -> AccountId {
        let account = self.ledger.account_by_code(code).await.unwrap();
        account.unwrap().id
    }

    pub(crate) async fn submit(&self, number: u128, user: &str) {
        self.ledger
            .submit(new_document(number, user))
            .await
            .unwrap();
    }

    /// Submits and reserves on the account with this code.
    pub(crate) async fn print(&self, number: u128, user: &str, code: &str, pages: u32) -> Outcome {
        self.submit(number, user).await;
        let account = Some(self.account(code).await);
        self.reserve(number, user, account, facts(pages))
            .await
            .unwrap()
    }

    pub(crate) async fn reserve(
        &self,
        number: u128,
        user: &str,
        account: Option<AccountId>,
        facts: Facts,
    ) -> Result<Outcome, LedgerError> {
        let ask = Reserve {
            id: document_id(number),
            person: person(user),
            account,
            facts,
            lease: None,
        };
        self.ledger.reserve(ask, now(), TODAY).await
    }

    pub(crate) async fn move_to(
        &self,
        number: u128,
        user: &str,
        code: &str,
        scope: Scope,
    ) -> Result<Outcome, LedgerError> {
        let account = self.account(code).await;
        self.ledger
            .change_account(
                document_id(number),
                &person(user),
                account,
                scope,
                now(),
                TODAY,
            )
            .await
    }

    pub(crate) async fn begin_release(&self, number: u128) -> Document {
        self.ledger
            .begin_release(
                document_id(number),
                "printer".into(),
                Uuid::from_u128(number),
                now(),
            )
            .await
            .unwrap()
    }

    pub(crate) async fn adjust(
        &self,
        id: u128,
        code: &str,
        user: Option<&str>,
        change: Change,
    ) -> Result<platen_ledger::Adjusted, LedgerError> {
        let adjustment = Adjustment {
            account: self.account(code).await,
            user: user.map(UserId::local),
            change,
            reason: "test".into(),
            by: "root".into(),
            corrects: None,
        };
        self.ledger
            .adjust(Uuid::from_u128(id), adjustment, now())
            .await
    }

    /// `19/50 points used`, as the user sees it.
    pub(crate) async fn balance(&self, user: &str, code: &str) -> String {
        let view = self.ledger.view(&person(user), now(), TODAY).await.unwrap();
        let found = view
            .accounts
            .iter()
            .find(|view| view.account.code == code)
            .unwrap();
        found.balance.text(&found.account).unwrap()
    }

    pub(crate) async fn active(&self, user: &str, at: Timestamp) -> Option<String> {
        let view = self.ledger.view(&person(user), at, TODAY).await.unwrap();
        view.active_account().map(|view| view.account.code.clone())
    }

    pub(crate) async fn document(&self, number: u128) -> Document {
        let document = self.ledger.document(document_id(number)).await.unwrap();
        document.unwrap()
    }

    pub(crate) async fn activity_count(&self) -> u64 {
        self.ledger.verify().await.unwrap().activities
    }
}

/// The seed of a random test: as `PLATEN_TEST_SEED` says, else a new one. It is
/// printed, so that a failure can be had again.
pub(crate) fn seed() -> u64 {
    const SEED: &str = "PLATEN_TEST_SEED";
    let seed = std::env::var(SEED).map_or_else(
        |_| RandomState::new().hash_one(SEED),
        |seed| seed.parse().unwrap(),
    );
    println!("{SEED}={seed}");
    seed
}

/// xorshift64. *Source*: G. Marsaglia, Xorshift RNGs, 2003.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        // Zero would stay zero.
        Self(seed | 1)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
