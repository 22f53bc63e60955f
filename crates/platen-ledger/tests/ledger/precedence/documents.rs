//! Operations on documents.

use platen_domain::{AccountId, DocumentId, LeaseId};
use platen_ledger::{Facts, LeaseAsk, Ledger, Refusal, Reserve, Scope, Settlement};
use uuid::Uuid;

use super::{any, check, fault};
use crate::support::*;

const OFF: &str = "[settings]\naccount_management = false\n";
const UNKNOWN: u128 = 99;
const SUBMITTED: u128 = 1;
const OF_BOB: u128 = 2;
const HELD: u128 = 3;
const DELETED: u128 = 4;
const HELD_AND_DELETED: u128 = 5;
const RELEASING: u128 = 6;
const PRINTED: u128 = 7;

/// A ledger with a document in each state, and others that lack something.
struct World {
    bench: Bench,
    /// As the others, but accounts are not in use.
    off: Bench,
    /// As the others, but without a rate card, and so without accounts.
    bare: Bench,
}

impl World {
    async fn new() -> Self {
        let bench = Bench::new().await;
        let off = Bench::with_site(&format!("{OFF}{SITE}{CARD}")).await;
        let bare = Bench::empty().await;
        for (number, user) in [(SUBMITTED, "alice"), (OF_BOB, "bob"), (DELETED, "alice")] {
            for bench in [&bench, &off, &bare] {
                bench.submit(number, user).await;
            }
        }
        for number in [HELD, HELD_AND_DELETED, RELEASING, PRINTED] {
            for bench in [&bench, &off] {
                bench.submit(number, "alice").await;
                let held = bench.reserve(number, "alice", None, facts(1));
                held.await.unwrap();
            }
        }
        let ledger = &bench.ledger;
        for number in [DELETED, HELD_AND_DELETED] {
            ledger.delete(document_id(number), now()).await.unwrap();
        }
        for number in [RELEASING, PRINTED] {
            bench.begin_release(number).await;
        }
        let printed = Settlement::Printed { sides: 1 };
        ledger
            .settle(document_id(PRINTED), printed, now())
            .await
            .unwrap();
        Self { bench, off, bare }
    }
}

#[derive(Clone)]
struct Ask {
    ledger: Ledger,
    user: &'static str,
    number: u128,
    account: Option<AccountId>,
    lease: Option<LeaseId>,
    facts: Facts,
    printer: &'static str,
    nonce: u128,
    sides: u64,
}

impl Ask {
    fn of(world: &World, number: u128) -> Self {
        Self {
            ledger: world.bench.ledger.clone(),
            user: "alice",
            number,
            account: None,
            lease: None,
            facts: facts(1),
            printer: "printer",
            nonce: RELEASING,
            sides: 1,
        }
    }

    fn id(&self) -> DocumentId {
        document_id(self.number)
    }

    async fn reserve(self) -> Result<platen_ledger::Outcome, platen_ledger::LedgerError> {
        let reserve = Reserve {
            id: self.id(),
            person: person(self.user),
            account: self.account,
            lease: self.lease,
            facts: self.facts,
        };
        self.ledger.reserve(reserve, now(), TODAY).await
    }
}

fn number(number: u128) -> impl Fn(&mut Ask) {
    move |ask| ask.number = number
}

fn account(account: AccountId) -> impl Fn(&mut Ask) {
    move |ask| ask.account = Some(account)
}

fn ledger(ledger: &Ledger) -> impl Fn(&mut Ask) + use<> {
    let ledger = ledger.clone();
    move |ask| ask.ledger = ledger.clone()
}

fn too_many_pages(ask: &mut Ask) {
    ask.facts = facts(u32::try_from(Facts::MAX_PAGES + 1).unwrap());
}

fn unknown_account() -> AccountId {
    AccountId(Uuid::from_u128(UNKNOWN))
}

/// An account that exists and that Alice can't use.
async fn barred(bench: &Bench) -> AccountId {
    let mut account = bench
        .ledger
        .account_by_code("department")
        .await
        .unwrap()
        .unwrap();
    account.enabled = false;
    bench.ledger.save_account(account).await.unwrap().id
}

#[tokio::test]
async fn reserving_gives_the_first_refusal_of_several() {
    let world = World::new().await;
    let faults = [
        fault("document", any::UNKNOWN_DOCUMENT, number(UNKNOWN)),
        fault("document", Refusal::NotYours, number(OF_BOB)),
        fault("document", any::WRONG_STATE, number(DELETED)),
        fault("account", any::UNKNOWN_ACCOUNT, account(unknown_account())),
        fault("account", any::BARRED, account(barred(&world.bench).await)),
        fault("facts", Refusal::TooManyPages, too_many_pages),
    ];
    check(&Ask::of(&world, SUBMITTED), &faults, Ask::reserve).await;
}

#[tokio::test]
async fn reserving_where_something_is_switched_off_says_so_after_the_document() {
    let world = World::new().await;
    let faults = [
        fault("document", any::UNKNOWN_DOCUMENT, number(UNKNOWN)),
        fault("document", Refusal::NotYours, number(OF_BOB)),
        fault("account", Refusal::AccountsOff, account(unknown_account())),
        fault("facts", Refusal::TooManyPages, too_many_pages),
    ];
    let mut good = Ask::of(&world, SUBMITTED);
    ledger(&world.off.ledger)(&mut good);
    check(&good, &faults, Ask::reserve).await;
    let faults = [
        fault("ledger", Refusal::NoRateCard, ledger(&world.bare.ledger)),
        fault("document", any::UNKNOWN_DOCUMENT, number(UNKNOWN)),
        fault("document", Refusal::NotYours, number(OF_BOB)),
        fault("facts", Refusal::TooManyPages, too_many_pages),
        fault("account", any::UNKNOWN_ACCOUNT, account(unknown_account())),
    ];
    check(&Ask::of(&world, SUBMITTED), &faults, Ask::reserve).await;
}

#[tokio::test]
async fn reserving_again_with_other_content_is_told_before_the_state() {
    let world = World::new().await;
    let other = |ask: &mut Ask| ask.facts = facts(2);
    for number in [HELD, HELD_AND_DELETED, RELEASING, PRINTED] {
        let faults = [fault("facts", any::EXISTS, other)];
        check(&Ask::of(&world, number), &faults, Ask::reserve).await;
        let faults = [
            fault("facts", any::EXISTS, too_many_pages),
            fault("account", any::EXISTS, account(unknown_account())),
        ];
        check(&Ask::of(&world, number), &faults, Ask::reserve).await;
    }
}

#[tokio::test]
async fn reserving_on_a_lease_gives_the_first_refusal_of_several() {
    let world = World::new().await;
    let bench = &world.bench;
    let quota = bench.account("quota").await;
    let grant = |id: u128, expires_at| {
        let ask = LeaseAsk {
            id: LeaseId(Uuid::from_u128(id)),
            account: quota,
            person: person("alice"),
            device: "laptop".into(),
            points: points("3"),
            expires_at,
        };
        bench.ledger.grant_lease(ask, now(), TODAY)
    };
    let open = grant(1, hours_later(1)).await.unwrap().id;
    let ended = grant(2, hours_later(1)).await.unwrap().id;
    bench.ledger.return_lease(ended, now()).await.unwrap();
    let lease = |id| move |ask: &mut Ask| ask.lease = Some(id);
    let unknown = LeaseId(Uuid::from_u128(UNKNOWN));
    let department = bench.account("department").await;
    let faults = [
        fault("document", any::UNKNOWN_DOCUMENT, number(UNKNOWN)),
        fault("document", Refusal::NotYours, number(OF_BOB)),
        fault("document", any::WRONG_STATE, number(DELETED)),
        fault("lease", any::UNKNOWN_LEASE, lease(unknown)),
        fault("lease", any::LEASE_ENDED, lease(ended)),
        fault("account", any::LEASE_ENDED, account(department)),
        fault("facts", Refusal::TooManyPages, too_many_pages),
        fault("facts", any::INSUFFICIENT, |ask: &mut Ask| {
            ask.facts = facts(4);
        }),
    ];
    let good = Ask {
        lease: Some(open),
        ..Ask::of(&world, SUBMITTED)
    };
    check(&good, &faults, Ask::reserve).await;
}

#[tokio::test]
async fn changing_a_document_gives_the_first_refusal_of_several() {
    let world = World::new().await;
    let faults = [
        fault("document", any::UNKNOWN_DOCUMENT, number(UNKNOWN)),
        fault("document", Refusal::NotYours, number(OF_BOB)),
        fault("document", any::WRONG_STATE, number(RELEASING)),
        fault("account", any::UNKNOWN_ACCOUNT, account(unknown_account())),
        fault("account", any::BARRED, account(barred(&world.bench).await)),
    ];
    let good = Ask {
        account: Some(world.bench.account("quota").await),
        ..Ask::of(&world, HELD)
    };
    let change = |ask: Ask| async move {
        let (id, account) = (ask.id(), ask.account.unwrap());
        let (alice, scope) = (person(ask.user), Scope::AndActive);
        let changed = ask
            .ledger
            .change_account(id, &alice, account, scope, now(), TODAY);
        changed.await
    };
    check(&good, &faults, change).await;
    let faults = [
        fault("document", any::UNKNOWN_DOCUMENT, number(UNKNOWN)),
        fault("document", any::WRONG_STATE, number(SUBMITTED)),
        fault("facts", Refusal::TooManyPages, too_many_pages),
    ];
    let reprice =
        |ask: Ask| async move { ask.ledger.reprice(ask.id(), ask.facts.clone(), now()).await };
    check(&Ask::of(&world, HELD), &faults, reprice).await;
}

#[tokio::test]
async fn releasing_and_settling_give_the_first_refusal_of_several() {
    let world = World::new().await;
    let good = Ask::of(&world, RELEASING);
    let release = |ask: Ask| async move {
        let nonce = Uuid::from_u128(ask.nonce);
        let begun = ask
            .ledger
            .begin_release(ask.id(), ask.printer.into(), nonce, now());
        begun.await
    };
    let faults = [
        fault("document", any::UNKNOWN_DOCUMENT, number(UNKNOWN)),
        fault("document", any::WRONG_STATE, number(DELETED)),
        fault("printer", any::EXISTS, |ask: &mut Ask| {
            ask.printer = "other"
        }),
    ];
    // A document of another state was not asked for with another printer.
    check(&good, &faults[2..], release).await;
    check(&good, &faults[..2], release).await;
    let settle = |ask: Ask| async move {
        let sides = ask.sides;
        let printed = Settlement::Printed { sides };
        ask.ledger.settle(ask.id(), printed, now()).await
    };
    check(&good, &faults[..2], settle).await;
    let other = fault("sides", any::EXISTS, |ask: &mut Ask| ask.sides = 2);
    check(&Ask::of(&world, PRINTED), &[other], settle).await;
    for state in [DELETED, PRINTED] {
        let faults = [
            fault("document", any::UNKNOWN_DOCUMENT, number(UNKNOWN)),
            fault("document", any::WRONG_STATE, number(state)),
        ];
        let abandon = |ask: Ask| async move {
            let abandoned = ask.ledger.abandon_release(ask.id(), "Off.".into(), now());
            abandoned.await
        };
        check(&Ask::of(&world, HELD), &faults, abandon).await;
    }
    let faults = [
        fault("document", any::UNKNOWN_DOCUMENT, number(UNKNOWN)),
        fault("document", any::WRONG_STATE, number(PRINTED)),
    ];
    let mark = |ask: Ask| async move {
        let marked = ask
            .ledger
            .mark_unreadable(ask.id(), "Damaged.".into(), now());
        marked.await
    };
    check(&Ask::of(&world, HELD), &faults, mark).await;
    let delete = |ask: Ask| async move { ask.ledger.delete(ask.id(), now()).await };
    check(&Ask::of(&world, HELD), &faults, delete).await;
}
