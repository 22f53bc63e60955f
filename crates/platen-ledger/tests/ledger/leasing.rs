//! Leases: points that a device may spend without network.

use platen_domain::{DocumentState, LeaseId, Person, Verdict};
use platen_ledger::{
    Change, Lease, LeaseAsk, LeaseFilter, LeaseState, LedgerError, Outcome, Refusal, Reserve,
    Scope, Settlement,
};
use uuid::Uuid;

use crate::support::*;

const LAPTOP: &str = "laptop";

async fn ask(bench: &Bench, number: u128, user: &str, code: &str, amount: &str) -> LeaseAsk {
    LeaseAsk {
        id: LeaseId(Uuid::from_u128(number)),
        account: bench.account(code).await,
        person: person(user),
        device: LAPTOP.into(),
        points: points(amount),
        expires_at: hours_later(24),
    }
}

async fn grant(bench: &Bench, ask: LeaseAsk) -> Result<Lease, LedgerError> {
    bench.ledger.grant_lease(ask, now(), TODAY).await
}

async fn lease(bench: &Bench, number: u128, user: &str, code: &str, amount: &str) -> Lease {
    let ask = ask(bench, number, user, code, amount).await;
    grant(bench, ask).await.unwrap()
}

/// Prints on a lease, at an hour counted from now.
async fn draw(
    bench: &Bench,
    number: u128,
    person: Person,
    lease: u128,
    pages: u32,
    hour: i64,
) -> Result<Outcome, LedgerError> {
    let mut new = new_document(number, "alice");
    new.user = person.id.clone();
    bench.ledger.submit(new).await.unwrap();
    let ask = Reserve {
        id: document_id(number),
        person,
        account: None,
        facts: facts(pages),
        lease: Some(LeaseId(Uuid::from_u128(lease))),
    };
    bench.ledger.reserve(ask, hours_later(hour), TODAY).await
}

/// Posted, pending and leased points of the first stored balance of an account.
async fn parts(bench: &Bench, code: &str) -> [String; 3] {
    let account = bench.account(code).await;
    let rows = bench.ledger.balances(Some(account)).await.unwrap();
    let balance = rows[0].balance;
    [balance.posted, balance.pending, balance.leased].map(|points| points.to_string())
}

#[tokio::test]
async fn lease_is_what_is_asked_for_or_what_the_hard_limit_leaves() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "department", 5).await;
    let first = lease(&bench, 1, "alice", "department", "20").await;
    assert_eq!(first.granted, points("20"));
    assert_eq!(first.state, LeaseState::Open);
    // 20 + 10 exceeded − 5 − 20 = 5.
    let second = lease(&bench, 2, "alice", "department", "20").await;
    assert_eq!(second.granted, points("5"));
    let third = ask(&bench, 3, "alice", "department", "0.01").await;
    assert_eq!(
        refusal(grant(&bench, third).await),
        Refusal::InsufficientPoints {
            available: points("0")
        }
    );
    assert_eq!(parts(&bench, "department").await, ["0", "5", "25"]);
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn leased_points_are_spent_for_everyone_else() {
    let bench = Bench::new().await;
    lease(&bench, 1, "alice", "research", "70").await;
    let outcome = bench.print(1, "alice", "research", 31).await;
    assert_eq!(outcome.verdict, declined("30"));
    let outcome = bench.print(2, "alice", "research", 30).await;
    assert_eq!(outcome.verdict, ready("30", false));
}

#[tokio::test]
async fn unlimited_account_leases_in_full_up_to_the_end_of_the_range() {
    let bench = Bench::with_site(&format!(
        "[[account]]\nname = \"Open\"\ncode = \"open\"\n{CARD}"
    ))
    .await;
    let most = lease(&bench, 1, "alice", "open", "92233720368547758.07").await;
    assert_eq!(most.granted, platen_domain::Points::MAX);
    let more = ask(&bench, 2, "alice", "open", "0.01").await;
    assert!(matches!(
        grant(&bench, more).await,
        Err(LedgerError::Points(_))
    ));
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn document_on_a_lease_moves_points_from_leased_to_pending() {
    let bench = Bench::new().await;
    lease(&bench, 1, "alice", "quota", "40").await;
    let outcome = draw(&bench, 1, person("alice"), 1, 15, 1).await.unwrap();
    assert_eq!(outcome.verdict, ready("15", false));
    assert_eq!(outcome.document.state, DocumentState::Held);
    assert_eq!(outcome.document.lease, Some(LeaseId(Uuid::from_u128(1))));
    assert_eq!(parts(&bench, "quota").await, ["0", "15", "25"]);
    bench.begin_release(1).await;
    let printed = Settlement::Printed { sides: 10 };
    let id = document_id(1);
    bench.ledger.settle(id, printed, now()).await.unwrap();
    // What was not printed returns to the account, not to the lease.
    assert_eq!(parts(&bench, "quota").await, ["10", "0", "25"]);
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn lease_carries_a_document_even_where_the_account_no_longer_would() {
    let bench = Bench::new().await;
    lease(&bench, 1, "alice", "quota", "40").await;
    let debit = Change::Debit(points("30"));
    bench
        .adjust(9, "quota", Some("alice"), debit)
        .await
        .unwrap();
    let account = bench.account("quota").await;
    bench.ledger.archive_account(account).await.unwrap();
    let outcome = draw(&bench, 1, person("alice"), 1, 40, 1).await.unwrap();
    assert_eq!(outcome.verdict, warning("70"));
    assert_eq!(parts(&bench, "quota").await, ["30", "40", "0"]);
}

#[tokio::test]
async fn lease_without_enough_left_refuses_and_the_document_stays_as_it_was() {
    let bench = Bench::new().await;
    lease(&bench, 1, "alice", "quota", "10").await;
    draw(&bench, 1, person("alice"), 1, 7, 1).await.unwrap();
    let refused = draw(&bench, 2, person("alice"), 1, 4, 1).await;
    assert_eq!(
        refusal(refused),
        Refusal::InsufficientPoints {
            available: points("3")
        }
    );
    assert_eq!(bench.document(2).await.state, DocumentState::Submitted);
    assert_eq!(parts(&bench, "quota").await, ["0", "7", "3"]);
    // The account's own points carry it.
    let quota = Some(bench.account("quota").await);
    let outcome = bench.reserve(2, "alice", quota, facts(4)).await.unwrap();
    assert_eq!(outcome.verdict, ready("11", false));
}

#[tokio::test]
async fn lease_that_is_over_or_of_others_is_not_drawn_on() {
    let bench = Bench::new().await;
    let id = LeaseId(Uuid::from_u128(1));
    lease(&bench, 1, "alice", "research", "10").await;
    let mut bob = person("bob");
    bob.groups.insert("research".into());
    let ended = Refusal::LeaseEnded(id);
    assert_eq!(refusal(draw(&bench, 1, bob, 1, 1, 1).await), ended);
    // Its last moment is the one before its end.
    let late = draw(&bench, 2, person("alice"), 1, 1, 24).await;
    assert_eq!(refusal(late), ended);
    let other = Reserve {
        id: document_id(2),
        person: person("alice"),
        account: Some(bench.account("quota").await),
        facts: facts(1),
        lease: Some(id),
    };
    let other = bench.ledger.reserve(other, now(), TODAY).await;
    assert_eq!(refusal(other), ended);
    bench.ledger.return_lease(id, now()).await.unwrap();
    let returned = draw(&bench, 2, person("alice"), 1, 1, 1).await;
    assert_eq!(refusal(returned), ended);
    let unknown = draw(&bench, 2, person("alice"), 7, 1, 1).await;
    assert_eq!(
        refusal(unknown),
        Refusal::UnknownLease(LeaseId(Uuid::from_u128(7)))
    );
    assert_eq!(parts(&bench, "research").await, ["0", "0", "0"]);
}

#[tokio::test]
async fn drawing_twice_takes_points_once() {
    let bench = Bench::new().await;
    lease(&bench, 1, "alice", "quota", "10").await;
    lease(&bench, 2, "alice", "quota", "10").await;
    let first = draw(&bench, 1, person("alice"), 1, 7, 1).await.unwrap();
    let id = LeaseId(Uuid::from_u128(1));
    bench.ledger.return_lease(id, now()).await.unwrap();
    // The stored answer, though the lease is over by now.
    let again = draw(&bench, 1, person("alice"), 1, 7, 30).await.unwrap();
    assert_eq!(
        (again.verdict, again.document),
        (first.verdict, first.document)
    );
    assert_eq!(
        refusal(draw(&bench, 1, person("alice"), 2, 7, 1).await),
        Refusal::ExistsWithDifferent { what: "lease" }
    );
    assert_eq!(parts(&bench, "quota").await, ["0", "7", "10"]);
}

#[tokio::test]
async fn moved_document_leaves_its_lease_behind() {
    let bench = Bench::new().await;
    lease(&bench, 1, "alice", "quota", "10").await;
    draw(&bench, 1, person("alice"), 1, 7, 1).await.unwrap();
    let moved = bench.move_to(1, "alice", "department", Scope::ThisDocument);
    assert_eq!(moved.await.unwrap().document.lease, None);
    assert_eq!(parts(&bench, "quota").await, ["0", "0", "3"]);
    assert_eq!(parts(&bench, "department").await, ["0", "7", "0"]);
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn returned_lease_gives_back_what_was_not_drawn_once() {
    let bench = Bench::new().await;
    let id = lease(&bench, 1, "alice", "quota", "10").await.id;
    draw(&bench, 1, person("alice"), 1, 7, 1).await.unwrap();
    let returned = bench.ledger.return_lease(id, hours_later(2)).await.unwrap();
    assert_eq!(returned.state, LeaseState::Returned);
    assert_eq!(returned.drawn, points("7"));
    let again = bench.ledger.return_lease(id, hours_later(3)).await.unwrap();
    assert_eq!(again, returned);
    assert_eq!(parts(&bench, "quota").await, ["0", "7", "0"]);
    assert_eq!(
        bench.ledger.expire_leases(hours_later(99)).await.unwrap(),
        []
    );
    let unknown = LeaseId(Uuid::from_u128(7));
    assert_eq!(
        refusal(bench.ledger.return_lease(unknown, now()).await),
        Refusal::UnknownLease(unknown)
    );
}

#[tokio::test]
async fn lease_expires_at_its_end_and_stays_so_when_the_clock_jumps_back() {
    let bench = Bench::new().await;
    let id = lease(&bench, 1, "alice", "quota", "10").await.id;
    // The site's settings wait for a report for thirty days more.
    let due = hours_later(31 * 24);
    assert_eq!(bench.ledger.next_expiry().await.unwrap(), Some(due));
    let early = hours_later(31 * 24 - 1);
    assert_eq!(bench.ledger.write_off_due(early).await.unwrap(), []);
    assert_eq!(
        bench.ledger.expire_leases(hours_later(23)).await.unwrap(),
        []
    );
    let expired = bench.ledger.expire_leases(hours_later(24)).await.unwrap();
    assert_eq!(expired.len(), 1);
    assert_eq!(expired[0].state, LeaseState::Expired);
    assert_eq!(parts(&bench, "quota").await, ["0", "0", "0"]);
    assert_eq!(bench.ledger.next_expiry().await.unwrap(), None);
    let late = draw(&bench, 1, person("alice"), 1, 1, -48).await;
    assert_eq!(refusal(late), Refusal::LeaseEnded(id));
    // Returning it answers, since the device can't know.
    let returned = bench.ledger.return_lease(id, hours_later(25)).await;
    assert_eq!(returned.unwrap(), expired[0]);
}

#[tokio::test]
async fn asking_twice_leases_once_and_other_content_is_refused() {
    let bench = Bench::new().await;
    let first = ask(&bench, 1, "alice", "quota", "60").await;
    let granted = grant(&bench, first.clone()).await.unwrap();
    assert_eq!(granted.granted, points("50"));
    assert_eq!(grant(&bench, first.clone()).await.unwrap(), granted);
    let others = [
        (
            "account",
            LeaseAsk {
                account: bench.account("department").await,
                ..first.clone()
            },
        ),
        (
            "user",
            LeaseAsk {
                person: person("bob"),
                ..first.clone()
            },
        ),
        (
            "device",
            LeaseAsk {
                device: "phone".into(),
                ..first.clone()
            },
        ),
        (
            "number of points",
            LeaseAsk {
                points: points("50"),
                ..first.clone()
            },
        ),
        (
            "end",
            LeaseAsk {
                expires_at: hours_later(25),
                ..first.clone()
            },
        ),
    ];
    for (what, other) in others {
        assert_eq!(
            refusal(grant(&bench, other).await),
            Refusal::ExistsWithDifferent { what }
        );
    }
    bench.ledger.return_lease(first.id, now()).await.unwrap();
    // The stored answer, even after its end and on a closed account.
    let account = first.account;
    bench.ledger.archive_account(account).await.unwrap();
    let again = bench.ledger.grant_lease(first, hours_later(48), TODAY);
    assert_eq!(again.await.unwrap().state, LeaseState::Returned);
}

#[tokio::test]
async fn refusals_of_a_lease_come_in_their_order() {
    let bench = Bench::new().await;
    let good = ask(&bench, 1, "bob", "research", "1").await;
    let wrong = LeaseAsk {
        device: " ".into(),
        points: points("-1"),
        expires_at: now(),
        ..good
    };
    let given = |ask: LeaseAsk| async { refusal(grant(&bench, ask).await) };
    assert_eq!(given(wrong.clone()).await, Refusal::LeaseEnded(wrong.id));
    let in_time = LeaseAsk {
        expires_at: hours_later(1),
        ..wrong
    };
    assert_eq!(
        given(in_time.clone()).await,
        Refusal::Barred(platen_domain::Barred::NoAccess)
    );
    let with_access = LeaseAsk {
        person: person("alice"),
        ..in_time
    };
    assert_eq!(
        given(with_access.clone()).await,
        Refusal::Missing { what: "device" }
    );
    let with_device = LeaseAsk {
        device: LAPTOP.into(),
        ..with_access
    };
    assert_eq!(given(with_device).await, Refusal::NotPositive);
    bench
        .load(&format!(
            "[settings]\naccount_management = false\n{SITE}{CARD}"
        ))
        .await;
    let off = ask(&bench, 1, "alice", "research", "1").await;
    assert_eq!(given(off).await, Refusal::AccountsOff);
}

#[tokio::test]
async fn leases_are_listed_by_account_person_device_and_whether_open() {
    let bench = Bench::new().await;
    lease(&bench, 1, "alice", "quota", "1").await;
    lease(&bench, 2, "bob", "quota", "2").await;
    let phone = LeaseAsk {
        device: "phone".into(),
        ..ask(&bench, 3, "alice", "research", "3").await
    };
    grant(&bench, phone).await.unwrap();
    let first = LeaseId(Uuid::from_u128(1));
    bench.ledger.return_lease(first, now()).await.unwrap();
    let list = |filter: LeaseFilter| async {
        let leases = bench.ledger.leases(filter).await.unwrap();
        leases
            .into_iter()
            .map(|lease| lease.id.0.as_u128())
            .collect::<Vec<_>>()
    };
    let all = LeaseFilter::default();
    assert_eq!(list(all.clone()).await, [1, 2, 3]);
    let open = LeaseFilter {
        open_only: true,
        ..all.clone()
    };
    assert_eq!(list(open).await, [2, 3]);
    let of_alice = LeaseFilter {
        user: Some(person("alice").id),
        ..all.clone()
    };
    assert_eq!(list(of_alice).await, [1, 3]);
    let of_phone = LeaseFilter {
        device: Some("phone".into()),
        ..all.clone()
    };
    assert_eq!(list(of_phone).await, [3]);
    let of_quota = LeaseFilter {
        account: Some(bench.account("quota").await),
        open_only: true,
        ..all
    };
    assert_eq!(list(of_quota).await, [2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_devices_never_lease_more_than_there_is() {
    let bench = Bench::new().await;
    let mut devices = tokio::task::JoinSet::new();
    for number in 1..=32 {
        let ask = LeaseAsk {
            device: format!("device {number}"),
            ..ask(&bench, number, "alice", "research", "7").await
        };
        let ledger = bench.ledger.clone();
        devices.spawn(async move { ledger.grant_lease(ask, now(), TODAY).await });
    }
    let mut sum = platen_domain::Points::ZERO;
    while let Some(granted) = devices.join_next().await {
        match granted.unwrap() {
            Ok(lease) => sum = sum.plus(lease.granted).unwrap(),
            Err(LedgerError::Refused(Refusal::InsufficientPoints { .. })) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(sum, points("100"));
    let outcome = bench.print(1, "alice", "research", 1).await;
    assert!(matches!(outcome.verdict, Verdict::Declined { .. }));
    bench.ledger.verify().await.unwrap();
}
