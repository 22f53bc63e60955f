//! Random operations against a naive model that keeps no balance at all: it
//! adds everything up anew each time. proptest prints the seed of a failure.

use std::collections::BTreeMap;

use platen_domain::{DocumentState as State, Verdict};
use platen_ledger::{Change, LedgerError, Scope, Settlement};
use proptest::prelude::*;
use uuid::Uuid;

use crate::support::*;

const SITE: &str = "
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
limit = 60
[[account]]
name = \"Open\"
code = \"open\"
kind = \"shared\"
";

/// Code, soft limit, hard limit, shared; in alphabetical order of the names.
const ACCOUNTS: [(&str, Option<i64>, Option<i64>, bool); 4] = [
    ("department", Some(20), Some(30), false),
    ("open", None, None, true),
    ("quota", Some(50), Some(50), false),
    ("research", Some(60), Some(60), true),
];
const USERS: [&str; 2] = ["alice", "bob"];
const DOCUMENTS: usize = 6;
const NOBODY: usize = usize::MAX;

/// The owner of a document never changes.
const fn owner(document: usize) -> usize {
    document % USERS.len()
}

#[derive(Clone, Debug)]
enum Step {
    Submit(usize),
    Reserve(usize, Option<usize>, u32),
    Reprice(usize, u32),
    Move(usize, usize, bool),
    Unreadable(usize),
    Delete(usize),
    BeginRelease(usize),
    Abandon(usize),
    Settle(usize, u8, u64),
    Adjust(u128, usize, usize, u8, i64),
    SetActive(usize, usize),
    Expire,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let document = 0..DOCUMENTS;
    let account = 0..ACCOUNTS.len();
    let user = 0..USERS.len();
    let pages = 0u32..40;
    prop_oneof![
        4 => document.clone().prop_map(Step::Submit),
        8 => (document.clone(), proptest::option::of(account.clone()), pages.clone())
            .prop_map(|(document, account, pages)| Step::Reserve(document, account, pages)),
        2 => (document.clone(), pages).prop_map(|(document, pages)| Step::Reprice(document, pages)),
        4 => (document.clone(), account.clone(), any::<bool>())
            .prop_map(|(document, account, active)| Step::Move(document, account, active)),
        1 => document.clone().prop_map(Step::Unreadable),
        1 => document.clone().prop_map(Step::Delete),
        5 => document.clone().prop_map(Step::BeginRelease),
        1 => document.clone().prop_map(Step::Abandon),
        4 => (document, 0u8..3, 0u64..45)
            .prop_map(|(document, kind, sides)| Step::Settle(document, kind, sides)),
        2 => (0u128..8, account.clone(), user.clone(), 0u8..3, 1i64..30).prop_map(
            |(id, account, user, kind, points)| Step::Adjust(id, account, user, kind, points)
        ),
        1 => (user, account).prop_map(|(user, account)| Step::SetActive(user, account)),
        1 => Just(Step::Expire),
        1 => Just(Step::Reopen),
    ]
}

#[derive(Clone, Debug, PartialEq)]
struct Paper {
    state: State,
    account: Option<usize>,
    cost: i64,
    posted: i64,
    verdict: Option<Verdict>,
    asked: Option<(Option<usize>, u32)>,
    settled: Option<(u8, u64)>,
}

/// Account, user, kind, points.
type AdjustAsk = (usize, usize, u8, i64);

/// What a step answers: refused, or the verdict where there is one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    Refused,
    Done(Option<Verdict>),
}

#[derive(Default)]
struct Model {
    papers: BTreeMap<usize, Paper>,
    /// By id: what was asked for, and what it added.
    adjustments: BTreeMap<u128, (AdjustAsk, i64)>,
    active: BTreeMap<usize, usize>,
}

impl Model {
    fn holder(account: usize, user: usize) -> usize {
        if ACCOUNTS[account].3 { NOBODY } else { user }
    }

    fn sum(&self, account: usize, holder: usize, part: impl Fn(&Paper) -> i64) -> i64 {
        let on_it = |document: &usize, paper: &Paper| {
            paper.account == Some(account) && Self::holder(account, owner(*document)) == holder
        };
        self.papers
            .iter()
            .filter(|(document, paper)| on_it(document, paper))
            .map(|(_, paper)| part(paper))
            .sum()
    }

    fn posted(&self, account: usize, holder: usize) -> i64 {
        let adjusted: i64 = self
            .adjustments
            .values()
            .filter(|((on, user, ..), _)| *on == account && Self::holder(account, *user) == holder)
            .map(|(_, added)| added)
            .sum();
        adjusted + self.sum(account, holder, |paper| paper.posted)
    }

    fn pending(&self, account: usize, holder: usize) -> i64 {
        self.sum(account, holder, |paper| {
            if matches!(paper.state, State::Held | State::Releasing) {
                paper.cost
            } else {
                0
            }
        })
    }

    fn used(&self, account: usize, holder: usize) -> i64 {
        self.posted(account, holder) + self.pending(account, holder)
    }

    fn judge(&self, account: usize, user: usize, cost: i64) -> Verdict {
        let whole = |points: i64| platen_domain::Points::whole(points).unwrap();
        let before = self.used(account, Self::holder(account, user));
        let used = before + cost;
        let (_, limit, hard, _) = ACCOUNTS[account];
        let (Some(limit), Some(hard)) = (limit, hard) else {
            return Verdict::Ready {
                used: whole(used),
                crosses_low: false,
            };
        };
        if used > hard && cost > 0 {
            Verdict::Declined {
                available: whole((hard - before).max(0)),
            }
        } else if used > limit {
            Verdict::Warning { used: whole(used) }
        } else {
            Verdict::Ready {
                used: whole(used),
                crosses_low: 4 * before < 3 * limit && 4 * used >= 3 * limit,
            }
        }
    }

    /// Takes a paper's own reservation away and judges it on an account.
    fn place(&mut self, document: usize, account: usize, cost: i64) -> Verdict {
        let paper = self.papers.get_mut(&document).unwrap();
        (paper.state, paper.cost) = (State::Canceled, cost);
        let verdict = self.judge(account, owner(document), cost);
        let paper = self.papers.get_mut(&document).unwrap();
        paper.account = Some(account);
        paper.verdict = Some(verdict);
        if !matches!(verdict, Verdict::Declined { .. }) {
            paper.state = State::Held;
        }
        verdict
    }

    fn charged(&mut self, user: usize, account: usize, verdict: Verdict) {
        if !matches!(verdict, Verdict::Declined { .. }) {
            self.active.insert(user, account);
        }
    }

    fn run(&mut self, step: &Step) -> Answer {
        match *step {
            Step::Submit(document) => {
                self.papers.entry(document).or_insert(Paper {
                    state: State::Submitted,
                    account: None,
                    cost: 0,
                    posted: 0,
                    verdict: None,
                    asked: None,
                    settled: None,
                });
                Answer::Done(None)
            }
            Step::Adjust(id, account, user, kind, points) => {
                let ask = (account, user, kind, points);
                let same = |stored: AdjustAsk| {
                    let holder = |ask: AdjustAsk| Self::holder(ask.0, ask.1);
                    (stored.0, holder(stored), stored.2, stored.3)
                        == (ask.0, holder(ask), ask.2, ask.3)
                };
                if let Some((stored, _)) = self.adjustments.get(&id) {
                    return if same(*stored) {
                        Answer::Done(None)
                    } else {
                        Answer::Refused
                    };
                }
                let posted = self.posted(account, Self::holder(account, user));
                let added = match kind {
                    0 => -points,
                    1 => points,
                    _ => points - posted,
                };
                self.adjustments.insert(id, (ask, added));
                Answer::Done(None)
            }
            Step::SetActive(user, account) => {
                let used = self.used(account, Self::holder(account, user));
                let full = ACCOUNTS[account].2.is_some_and(|hard| used >= hard);
                if full && self.active.get(&user) != Some(&account) {
                    return Answer::Refused;
                }
                self.active.insert(user, account);
                Answer::Done(None)
            }
            Step::Expire => {
                for paper in self.papers.values_mut() {
                    if matches!(
                        paper.state,
                        State::Held | State::Canceled | State::Unreadable
                    ) {
                        paper.state = State::Expired;
                    }
                }
                Answer::Done(None)
            }
            Step::Reopen => Answer::Done(None),
            Step::Reserve(document, ..)
            | Step::Reprice(document, _)
            | Step::Move(document, ..)
            | Step::Unreadable(document)
            | Step::Delete(document)
            | Step::BeginRelease(document)
            | Step::Abandon(document)
            | Step::Settle(document, ..) => match self.papers.get(&document) {
                Some(paper) => self.run_on(document, paper.clone(), step),
                None => Answer::Refused,
            },
        }
    }

    fn run_on(&mut self, document: usize, paper: Paper, step: &Step) -> Answer {
        let user = owner(document);
        let stored = self.papers.get_mut(&document).unwrap();
        match (step, paper.state) {
            (Step::Reserve(_, account, pages), State::Submitted | State::Unreadable) => {
                stored.asked = Some((*account, *pages));
                let account = account
                    .or(self.active.get(&user).copied())
                    .unwrap_or_default();
                let verdict = self.place(document, account, i64::from(*pages));
                self.charged(user, account, verdict);
                Answer::Done(Some(verdict))
            }
            (Step::Reserve(_, account, pages), _) => {
                let as_it_is = paper.cost == i64::from(*pages)
                    && (account.is_none() || paper.account == *account);
                if paper.verdict.is_some() && (paper.asked == Some((*account, *pages)) || as_it_is)
                {
                    Answer::Done(paper.verdict)
                } else {
                    Answer::Refused
                }
            }
            (Step::Reprice(_, pages), State::Held | State::Canceled) => {
                if paper.state == State::Held && paper.cost == i64::from(*pages) {
                    return Answer::Done(paper.verdict);
                }
                let account = paper.account.unwrap();
                Answer::Done(Some(self.place(document, account, i64::from(*pages))))
            }
            (Step::Move(_, account, active), State::Held | State::Canceled) => {
                let already = paper.state == State::Held && paper.account == Some(*account);
                let verdict = if already {
                    paper.verdict.unwrap()
                } else {
                    // The document does not count on its new account yet,
                    // unless it is cancelled there and counts nowhere.
                    let verdict = self.judge(*account, user, paper.cost);
                    if matches!(verdict, Verdict::Declined { .. }) {
                        return Answer::Done(Some(verdict));
                    }
                    self.place(document, *account, paper.cost)
                };
                if *active {
                    self.active.insert(user, *account);
                }
                Answer::Done(Some(verdict))
            }
            (
                Step::Unreadable(_),
                State::Submitted | State::Unreadable | State::Held | State::Canceled,
            ) => {
                *stored = Paper {
                    state: State::Unreadable,
                    account: None,
                    cost: 0,
                    verdict: None,
                    asked: None,
                    ..paper
                };
                Answer::Done(None)
            }
            (
                Step::Delete(_),
                State::Submitted
                | State::Unreadable
                | State::Held
                | State::Canceled
                | State::Deleted,
            ) => {
                stored.state = State::Deleted;
                Answer::Done(None)
            }
            (Step::BeginRelease(_), State::Held) => {
                stored.state = State::Releasing;
                Answer::Done(None)
            }
            // The number of its approval is the document's own: all the same.
            (Step::BeginRelease(_), State::Releasing) => Answer::Done(None),
            (Step::BeginRelease(_), State::Printed | State::Failed) if paper.posted >= 0 => {
                match paper.settled {
                    Some((_, sides)) if sides >= RELEASED => Answer::Done(None),
                    _ => Answer::Refused,
                }
            }
            (Step::Abandon(_), State::Held | State::Releasing) => {
                stored.state = State::Held;
                Answer::Done(None)
            }
            (Step::Settle(_, kind, sides), state) => {
                let released = if state == State::Releasing {
                    RELEASED
                } else {
                    0
                };
                let kept = if *kind == 2 { 0 } else { *sides };
                if let Some((stored_kind, stored_sides)) = paper.settled {
                    return if (stored_kind, stored_sides % RELEASED) == (*kind, kept) {
                        Answer::Done(None)
                    } else {
                        Answer::Refused
                    };
                }
                if !matches!(state, State::Held | State::Releasing) {
                    return Answer::Refused;
                }
                let printed = match (*kind, kept) {
                    (0, 0) => paper.cost,
                    (_, sides) => paper.cost.min(i64::try_from(sides).unwrap()),
                };
                stored.settled = Some((*kind, kept + released));
                let failed = *kind == 2 || (*kind == 1 && kept == 0);
                stored.state = if failed {
                    State::Failed
                } else {
                    State::Printed
                };
                stored.posted = if failed { 0 } else { printed };
                Answer::Done(None)
            }
            _ => Answer::Refused,
        }
    }
}

/// Added to a settlement's sides when the document had been released before.
const RELEASED: u64 = 1_000;

struct Subject {
    bench: Bench,
    hours: i64,
}

impl Subject {
    async fn run(&mut self, step: &Step) -> Result<Option<Verdict>, LedgerError> {
        let bench = &self.bench;
        let ledger = &bench.ledger;
        let number = |document: usize| document as u128 + 1;
        let id = |document: usize| document_id(number(document));
        let at = hours_later(self.hours);
        match *step {
            Step::Submit(document) => {
                let user = USERS[owner(document)];
                let new = new_document(number(document), user);
                ledger.submit(new).await?;
            }
            Step::Reserve(document, account, pages) => {
                let account = match account {
                    Some(account) => Some(bench.account(ACCOUNTS[account].0).await),
                    None => None,
                };
                let user = USERS[owner(document)];
                let asked = bench.reserve(number(document), user, account, facts(pages));
                return Ok(Some(asked.await?.verdict));
            }
            Step::Reprice(document, pages) => {
                let outcome = ledger.reprice(id(document), facts(pages), at).await?;
                return Ok(Some(outcome.verdict));
            }
            Step::Move(document, account, active) => {
                let scope = if active {
                    Scope::AndActive
                } else {
                    Scope::ThisDocument
                };
                let user = USERS[owner(document)];
                let moved = bench.move_to(number(document), user, ACCOUNTS[account].0, scope);
                return Ok(Some(moved.await?.verdict));
            }
            Step::Unreadable(document) => {
                ledger
                    .mark_unreadable(id(document), "Damaged.".into(), at)
                    .await?;
            }
            Step::Delete(document) => drop(ledger.delete(id(document), at).await?),
            Step::BeginRelease(document) => {
                let nonce = Uuid::from_u128(number(document));
                ledger
                    .begin_release(id(document), "printer".into(), nonce, at)
                    .await?;
            }
            Step::Abandon(document) => {
                ledger
                    .abandon_release(id(document), "Off.".into(), at)
                    .await?;
            }
            Step::Settle(document, kind, sides) => {
                let settlement = match kind {
                    0 => Settlement::Printed { sides },
                    1 => Settlement::Stopped { sides },
                    _ => Settlement::Failed {
                        reason: "Jam.".into(),
                    },
                };
                ledger.settle(id(document), settlement, at).await?;
            }
            Step::Adjust(id, account, user, kind, amount) => {
                let amount = platen_domain::Points::whole(amount).unwrap();
                let change = match kind {
                    0 => Change::Credit(amount),
                    1 => Change::Debit(amount),
                    _ => Change::SetTo(amount),
                };
                let (code, .., shared) = ACCOUNTS[account];
                let user = (!shared).then_some(USERS[user]);
                bench.adjust(1_000 + id, code, user, change).await?;
            }
            Step::SetActive(user, account) => {
                let account = bench.account(ACCOUNTS[account].0).await;
                let user = person(USERS[user]);
                ledger.set_active(&user, account, at, TODAY).await?;
            }
            Step::Expire => {
                self.hours += 100;
                ledger.expire_due(hours_later(self.hours)).await?;
            }
            Step::Reopen => self.bench.ledger = self.bench.place.open().await,
        }
        Ok(None)
    }

    /// Everything the ledger says must be what the model adds up.
    async fn compare(&self, model: &Model) -> Result<(), TestCaseError> {
        let ledger = &self.bench.ledger;
        let whole = |points: i64| platen_domain::Points::whole(points).unwrap();
        for (document, paper) in &model.papers {
            let stored = self.bench.document(*document as u128 + 1).await;
            prop_assert_eq!(stored.state, paper.state);
            prop_assert_eq!(stored.verdict, paper.verdict);
            prop_assert_eq!(stored.cost.unwrap_or_default(), whole(paper.cost));
            prop_assert_eq!(stored.posted.unwrap_or_default(), whole(paper.posted));
        }
        for (number, user) in USERS.into_iter().enumerate() {
            let view = ledger.view(&person(user), now(), TODAY).await.unwrap();
            let active = model.active.get(&number).copied().unwrap_or_default();
            let code = &view.active_account().unwrap().account.code;
            prop_assert_eq!(code, ACCOUNTS[active].0);
            for (account, view) in view.accounts.iter().enumerate() {
                let holder = Model::holder(account, number);
                prop_assert_eq!(&view.account.code, ACCOUNTS[account].0);
                prop_assert_eq!(view.balance.posted, whole(model.posted(account, holder)));
                prop_assert_eq!(view.balance.pending, whole(model.pending(account, holder)));
            }
        }
        let verified = ledger.verify().await;
        prop_assert!(verified.is_ok(), "{:?}", verified);
        let printed = model.papers.values();
        let printed = printed
            .filter(|paper| paper.state == State::Printed)
            .count();
        let activities = verified.unwrap().activities;
        prop_assert_eq!(activities, (printed + model.adjustments.len()) as u64);
        Ok(())
    }
}

async fn check(steps: &[Step]) -> Result<(), TestCaseError> {
    let bench = Bench::with_site(&format!("{SITE}{CARD}")).await;
    let mut subject = Subject { bench, hours: 0 };
    let mut model = Model::default();
    for step in steps {
        let balances = || {
            (0..ACCOUNTS.len()).flat_map(|account| {
                [0, 1, NOBODY].map(|holder| (account, holder, ACCOUNTS[account].2))
            })
        };
        let before: Vec<_> = balances()
            .map(|(account, holder, _)| model.used(account, holder))
            .collect();
        let expected = model.run(step);
        let answer = match subject.run(step).await {
            Ok(verdict) => Answer::Done(verdict),
            Err(LedgerError::Refused(_)) => Answer::Refused,
            Err(other) => return Err(TestCaseError::fail(format!("{step:?}: {other:?}"))),
        };
        prop_assert_eq!(answer, expected, "{:?}", step);
        subject.compare(&model).await?;
        // only an administrator takes a balance above its hard limit.
        for ((account, holder, hard), before) in balances().zip(before) {
            let used = model.used(account, holder);
            let by_hand = matches!(step, Step::Adjust(..));
            prop_assert!(by_hand || hard.is_none_or(|hard| used <= hard.max(before)));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn ledger_agrees_with_the_model_after_every_step(
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap()
            .block_on(check(&steps))?;
    }
}
