//! The model: it keeps lists of what happened and no balance at all, and adds
//! everything up anew each time. Points are whole, times are hours after the
//! start.

mod accounts;
mod documents;
mod points;

use std::collections::BTreeMap;

use platen_domain::{DocumentState as State, Verdict};
use platen_ledger::{ActivityKind, LeaseState};

use super::steps::{Ask, Change, Copy, Grant, Step};

pub(super) const SITE: &str = "
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

/// In alphabetical order of the names.
pub(super) const ACCOUNTS: [&str; 4] = ["department", "open", "quota", "research"];
const LIMITS: [(Option<i64>, i64); 4] = [(Some(20), 10), (None, 0), (Some(50), 0), (Some(60), 0)];
const SHARED: [bool; 4] = [false, true, false, true];
pub(super) const USERS: [&str; 2] = ["alice", "bob"];
pub(super) const DOCUMENTS: usize = 6;
/// Whose the balance of a shared account is.
pub(super) const NOBODY: usize = usize::MAX;

/// The owner of a document never changes.
pub(super) const fn owner(document: usize) -> usize {
    document % USERS.len()
}

pub(super) const fn is_shared(account: usize) -> bool {
    SHARED[account]
}

/// Whose balance of an account a user spends.
pub(super) const fn holder(account: usize, user: usize) -> usize {
    if is_shared(account) { NOBODY } else { user }
}

/// What a step answers: refused, or the verdict where there is one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Answer {
    Refused,
    Done(Option<Verdict>),
}

#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) limit: Option<i64>,
    pub(super) exceed_by: i64,
    pub(super) enabled: bool,
    pub(super) only: Option<usize>,
    pub(super) expiry: Option<i64>,
    pub(super) archived: bool,
    pub(super) version: u64,
}

impl Account {
    pub(super) fn hard_limit(&self) -> Option<i64> {
        self.limit.map(|limit| limit + self.exceed_by)
    }
}

/// A document.
#[derive(Clone, Debug)]
pub(super) struct Paper {
    pub(super) state: State,
    pub(super) account: Option<usize>,
    pub(super) lease: Option<u128>,
    pub(super) cost: Option<i64>,
    pub(super) verdict: Option<Verdict>,
    asked: Option<Ask>,
    released: bool,
    settled: Option<(u8, u64)>,
    hold_until: Option<i64>,
}

impl Default for Paper {
    fn default() -> Self {
        Self {
            state: State::Submitted,
            account: None,
            lease: None,
            cost: None,
            verdict: None,
            asked: None,
            released: false,
            settled: None,
            hold_until: None,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub(super) ask: Grant,
    pub(super) granted: i64,
    pub(super) drawn: i64,
    pub(super) state: LeaseState,
}

/// One activity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Posting {
    pub(super) account: usize,
    pub(super) holder: usize,
    pub(super) kind: ActivityKind,
    pub(super) points: i64,
    /// The document that it charges.
    pub(super) document: Option<usize>,
}

/// The account that was chosen or charged last, and when its loss was noticed.
#[derive(Clone, Copy, Debug, Default)]
struct Active {
    account: Option<usize>,
    lost_at: Option<i64>,
}

#[derive(Clone)]
pub(super) struct Model {
    pub(super) hour: i64,
    pub(super) accounts: Vec<Account>,
    pub(super) papers: BTreeMap<usize, Paper>,
    pub(super) leases: BTreeMap<u128, Lease>,
    pub(super) postings: Vec<Posting>,
    adjusted: BTreeMap<u128, Change>,
    adjusted_all: BTreeMap<u128, Change>,
    copied: BTreeMap<u128, Copy>,
    active: [Active; USERS.len()],
    /// What the last step answered.
    pub(super) answer: Answer,
    /// What was committed on each balance before the last step.
    before: BTreeMap<(usize, usize), i64>,
    /// The last step was one that may take a balance above its limit.
    may_exceed: bool,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What is printed of a failure begins with it; it always begins empty.
        f.write_str("Model")
    }
}

impl Model {
    pub(super) fn new() -> Self {
        let account = |(limit, exceed_by)| Account {
            limit,
            exceed_by,
            enabled: true,
            only: None,
            expiry: None,
            archived: false,
            version: 1,
        };
        Self {
            hour: 0,
            accounts: LIMITS.map(account).to_vec(),
            papers: BTreeMap::new(),
            leases: BTreeMap::new(),
            postings: Vec::new(),
            adjusted: BTreeMap::new(),
            adjusted_all: BTreeMap::new(),
            copied: BTreeMap::new(),
            active: [Active::default(); USERS.len()],
            answer: Answer::Done(None),
            before: BTreeMap::new(),
            may_exceed: false,
        }
    }

    pub(super) fn step(&mut self, step: &Step) {
        self.before = Self::balances()
            .map(|(account, holder)| ((account, holder), self.committed(account, holder)))
            .collect();
        self.may_exceed = matches!(
            step,
            Step::Adjust(..) | Step::AdjustAll(..) | Step::Copy(..)
        );
        self.answer = self.run(step);
        // Whoever compares looks at everyone's view, which notices losses.
        for user in 0..USERS.len() {
            self.notice(user);
        }
    }

    fn run(&mut self, step: &Step) -> Answer {
        match *step {
            Step::Adjust(id, change) => self.adjust(id, change),
            Step::AdjustAll(id, change) => self.adjust_all(id, change),
            Step::Copy(id, copy) => self.copy(id, copy),
            Step::Grant(id, grant) => self.grant(id, grant),
            Step::GiveBack(id) => self.give_back(id),
            Step::SetActive(user, account) => self.set_active(user, account),
            Step::Edit(account, edit) => self.edit(account, edit),
            Step::Archive(account, archived) => self.archive(account, archived),
            Step::Expire => self.expire(),
            Step::Clock(jump) => {
                self.hour += jump;
                Answer::Done(None)
            }
            Step::Reopen => Answer::Done(None),
            _ => self.on_document(step),
        }
    }

    /// Every balance that there can be.
    pub(super) fn balances() -> impl Iterator<Item = (usize, usize)> {
        (0..ACCOUNTS.len()).flat_map(|account| {
            let users = (0..USERS.len()).map(move |user| (account, holder(account, user)));
            users.take(if is_shared(account) { 1 } else { USERS.len() })
        })
    }

    pub(super) fn posted(&self, account: usize, holder: usize) -> i64 {
        let on_it = |posting: &&Posting| (posting.account, posting.holder) == (account, holder);
        let postings = self.postings.iter().filter(on_it);
        postings.map(|posting| posting.points).sum()
    }

    pub(super) fn pending(&self, account: usize, of: usize) -> i64 {
        let on_it = |(document, paper): &(&usize, &Paper)| {
            paper.account == Some(account)
                && holder(account, owner(**document)) == of
                && matches!(paper.state, State::Held | State::Releasing)
        };
        let papers = self.papers.iter().filter(on_it);
        papers.map(|(_, paper)| paper.cost.unwrap_or(0)).sum()
    }

    pub(super) fn leased(&self, account: usize, of: usize) -> i64 {
        let on_it = |lease: &&Lease| {
            lease.ask.account == account
                && holder(account, lease.ask.user) == of
                && lease.state == LeaseState::Open
        };
        let leases = self.leases.values().filter(on_it);
        leases.map(|lease| lease.granted - lease.drawn).sum()
    }

    pub(super) fn used(&self, account: usize, holder: usize) -> i64 {
        self.posted(account, holder) + self.pending(account, holder)
    }

    pub(super) fn committed(&self, account: usize, holder: usize) -> i64 {
        self.used(account, holder) + self.leased(account, holder)
    }

    /// What the hard limit leaves, zero at least; none when unlimited.
    pub(super) fn room(&self, account: usize, holder: usize) -> Option<i64> {
        let hard = self.accounts[account].hard_limit()?;
        Some((hard - self.committed(account, holder)).max(0))
    }

    /// only an administrator or a copy takes a balance above its hard
    /// limit; where it is above already, nothing takes it further.
    pub(super) fn overspent(&self) -> Option<(usize, usize)> {
        Self::balances().find(|&(account, holder)| {
            let committed = self.committed(account, holder);
            let before = self.before.get(&(account, holder)).copied();
            !self.may_exceed
                && self.accounts[account]
                    .hard_limit()
                    .is_some_and(|hard| committed > hard.max(before.unwrap_or(0)))
        })
    }

    fn post(
        &mut self,
        account: usize,
        of: usize,
        kind: ActivityKind,
        points: i64,
        document: Option<usize>,
    ) {
        self.postings.push(Posting {
            account,
            holder: of,
            kind,
            points,
            document,
        });
    }
}
