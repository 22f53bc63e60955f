//! What happens to the ledger, at random.

use platen_domain::DocumentState;
use platen_ledger::LeaseState;
use proptest::prelude::*;
use proptest::sample::select;

use super::naive::{ACCOUNTS, DOCUMENTS, Model, USERS, owner};

/// Hours that a clock may jump by; the last ones are past every end.
const JUMPS: [i64; 8] = [-30, -5, -1, 1, 5, 13, 25, 100];

/// Limits and what they may be exceeded by; some below what is soon used.
const LIMITS: [(Option<i64>, i64); 7] = [
    (None, 0),
    (Some(0), 0),
    (Some(3), 2),
    (Some(20), 10),
    (Some(20), 0),
    (Some(50), 0),
    (Some(60), 5),
];

#[derive(Clone, Debug)]
pub(super) enum Step {
    Submit(usize),
    Reserve(usize, Ask),
    Reprice(usize, u32),
    Move(usize, usize, bool),
    Unreadable(usize),
    Delete(usize),
    BeginRelease(usize),
    Abandon(usize),
    Settle(usize, u8, u64),
    Adjust(u128, Change),
    AdjustAll(u128, Change),
    SetActive(usize, usize),
    Grant(u128, Grant),
    GiveBack(u128),
    Copy(u128, Copy),
    Edit(usize, Edit),
    Archive(usize, bool),
    Expire,
    Clock(i64),
    Reopen,
}

/// What a reservation asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ask {
    pub(super) account: Option<usize>,
    pub(super) lease: Option<u128>,
    pub(super) pages: u32,
}

/// A credit (0), a debit (1) or a setting (2) of one balance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) account: usize,
    pub(super) user: usize,
    pub(super) kind: u8,
    pub(super) points: i64,
}

/// What a lease asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grant {
    pub(super) account: usize,
    pub(super) user: usize,
    pub(super) points: i64,
    /// In hours after the start, whatever the clock says.
    pub(super) expires: i64,
}

/// A copy that a device has made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Copy {
    pub(super) user: usize,
    pub(super) account: Option<usize>,
    pub(super) pages: u32,
}

/// What an administrator makes of an account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edit {
    pub(super) limit: (Option<i64>, i64),
    pub(super) enabled: bool,
    /// Which of the users may use it; none means everyone.
    pub(super) only: Option<usize>,
    /// Its last day, in days after the start.
    pub(super) expiry: Option<i64>,
    /// How many changes ago the account was loaded that is edited.
    pub(super) behind: u64,
}

/// A step, and whether it is asked for a second time at once.
pub(super) type Asked = (Step, bool);

/// Anything, and often something that has a chance to be done.
pub(super) fn asked(model: &Model) -> BoxedStrategy<Asked> {
    let twice = proptest::bool::weighted(0.2);
    let sensible = sensible(model);
    if sensible.is_empty() {
        return (step(), twice).boxed();
    }
    let step = prop_oneof![2 => step(), 1 => select(sensible)];
    (step, twice).boxed()
}

fn sensible(model: &Model) -> Vec<Step> {
    let mut steps = Vec::new();
    for (id, lease) in &model.leases {
        let left = lease.granted - lease.drawn;
        if lease.state != LeaseState::Open {
            continue;
        }
        if lease.drawn > 0 {
            steps.extend([Step::GiveBack(*id), Step::Expire]);
        }
        let of_user = |document: &usize| owner(*document) == lease.ask.user;
        for (document, paper) in &model.papers {
            if paper.state == DocumentState::Submitted && of_user(document) {
                let pages = u32::try_from((left + 1) / 2).unwrap();
                let (account, lease) = (None, Some(*id));
                let ask = Ask {
                    account,
                    lease,
                    pages,
                };
                steps.push(Step::Reserve(*document, ask));
            }
        }
    }
    for (document, paper) in &model.papers {
        match paper.state {
            DocumentState::Held => {
                let pages = u32::try_from(paper.cost.unwrap_or(0) + 2).unwrap();
                steps.extend([Step::BeginRelease(*document), Step::Delete(*document)]);
                steps.push(Step::Reprice(*document, pages));
            }
            DocumentState::Releasing => {
                let cost = u64::try_from(paper.cost.unwrap_or(0)).unwrap();
                let sides = [cost / 2, cost + 3, cost + 30];
                steps.extend(sides.map(|sides| Step::Settle(*document, 0, sides)));
            }
            _ => {}
        }
    }
    steps
}

fn step() -> impl Strategy<Value = Step> {
    let document = || 0..DOCUMENTS;
    let account = || 0..ACCOUNTS.len();
    let user = || 0..USERS.len();
    let lease = || 0u128..4;
    prop_oneof![
        20 => documents(),
        2 => (0u128..8, change()).prop_map(|(id, change)| Step::Adjust(id, change)),
        1 => (0u128..4, change()).prop_map(|(id, change)| Step::AdjustAll(id, change)),
        2 => (0u128..6, user(), proptest::option::of(account()), 0u32..8).prop_map(
            |(id, user, account, pages)| Step::Copy(id, Copy { user, account, pages })
        ),
        1 => (user(), account()).prop_map(|(user, account)| Step::SetActive(user, account)),
        4 => (lease(), grant()).prop_map(|(id, grant)| Step::Grant(id, grant)),
        1 => lease().prop_map(Step::GiveBack),
        2 => (account(), edit()).prop_map(|(account, edit)| Step::Edit(account, edit)),
        1 => (account(), proptest::bool::weighted(0.3))
            .prop_map(|(account, archived)| Step::Archive(account, archived)),
        2 => Just(Step::Expire),
        2 => select(&JUMPS[..]).prop_map(Step::Clock),
        1 => Just(Step::Reopen),
        // Once more, so that a document of many steps gets somewhere.
        4 => document().prop_map(Step::BeginRelease),
    ]
}

fn documents() -> impl Strategy<Value = Step> {
    let document = || 0..DOCUMENTS;
    let pages = || 0u32..40;
    prop_oneof![
        4 => document().prop_map(Step::Submit),
        8 => (document(), ask()).prop_map(|(document, ask)| Step::Reserve(document, ask)),
        2 => (document(), pages()).prop_map(|(document, pages)| Step::Reprice(document, pages)),
        4 => (document(), 0..ACCOUNTS.len(), any::<bool>())
            .prop_map(|(document, account, active)| Step::Move(document, account, active)),
        1 => document().prop_map(Step::Unreadable),
        1 => document().prop_map(Step::Delete),
        1 => document().prop_map(Step::Abandon),
        4 => (document(), 0u8..3, 0u64..45)
            .prop_map(|(document, kind, sides)| Step::Settle(document, kind, sides)),
    ]
}

fn ask() -> impl Strategy<Value = Ask> {
    let account = proptest::option::of(0..ACCOUNTS.len());
    let lease = proptest::option::weighted(0.3, 0u128..4);
    let pages = prop_oneof![3 => 0u32..40, 2 => 0u32..8];
    (account, lease, pages).prop_map(|(account, lease, pages)| Ask {
        account,
        lease,
        pages,
    })
}

fn change() -> impl Strategy<Value = Change> {
    let account = 0..ACCOUNTS.len();
    (account, 0..USERS.len(), 0u8..3, 1i64..30).prop_map(|(account, user, kind, points)| Change {
        account,
        user,
        kind,
        points,
    })
}

fn grant() -> impl Strategy<Value = Grant> {
    let account = 0..ACCOUNTS.len();
    let expires = select(&[5, 30, 60, 120, 240][..]);
    (account, 0..USERS.len(), 1i64..30, expires).prop_map(|(account, user, points, expires)| {
        Grant {
            account,
            user,
            points,
            expires,
        }
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    let only = proptest::option::weighted(0.4, 0..USERS.len());
    let expiry = proptest::option::weighted(0.2, 0i64..4);
    let enabled = proptest::bool::weighted(0.85);
    let behind = prop_oneof![5 => Just(0u64), 1 => 1u64..3];
    (select(&LIMITS[..]), enabled, only, expiry, behind).prop_map(
        |(limit, enabled, only, expiry, behind)| Edit {
            limit,
            enabled,
            only,
            expiry,
            behind,
        },
    )
}
