//! What many devices are told at once: each exactly what it would be told alone.

use platen_domain::{LeaseId, UserId};
use platen_ledger::{Device, LeaseAsk, Session, SessionKind};
use uuid::Uuid;

use super::sessions::{digest, session};
use crate::support::*;

const PEOPLE: [&str; 3] = ["alice", "bob", "carol"];

pub(crate) fn device(number: u8, user: &str) -> Device {
    Device {
        id: Uuid::from_u128(0xd0 + u128::from(number)),
        user: person(user).id,
        name: format!("Laptop of {user}"),
        login: String::new(),
        gate: None,
        key: [5; 32],
        session: Uuid::from_u128(number.into()),
        applied: 0,
        made_at: now(),
        seen_at: now(),
    }
}

/// Everybody with a device, documents open and closed, and a lease.
async fn bench() -> Bench {
    let bench = Bench::new().await;
    let quota = bench.account("quota").await;
    for (number, user) in (1..).zip(PEOPLE) {
        let opened = Session {
            kind: SessionKind::Device,
            ..session(number.into(), user)
        };
        bench.ledger.enrol(device(number, user)).await.unwrap();
        let opened = bench.ledger.open_session(digest(number), opened);
        opened.await.unwrap();
        for document in 0..u128::from(number) * 2 {
            let document = u128::from(number) * 100 + document;
            bench.print(document, user, "quota", 1).await;
            if document % 2 == 0 {
                let deleted = bench.ledger.delete(document_id(document), now()).await;
                deleted.unwrap();
            }
        }
        let ask = LeaseAsk {
            id: LeaseId(Uuid::from_u128(0x1e00 + u128::from(number))),
            account: quota,
            person: person(user),
            device: device(number, user).id.to_string(),
            points: points("3"),
            expires_at: hours_later(24),
        };
        bench.ledger.grant_lease(ask, now(), TODAY).await.unwrap();
    }
    bench
}

#[tokio::test]
async fn many_who_look_together_see_what_each_would_see_alone() {
    let bench = bench().await;
    // Bob has a second device, which has no lease.
    let opened = Session {
        kind: SessionKind::Device,
        ..session(4, "bob")
    };
    bench.ledger.enrol(device(4, "bob")).await.unwrap();
    bench.ledger.open_session(digest(4), opened).await.unwrap();
    let digests = [2, 9, 1, 3, 1, 4].map(digest).to_vec();
    let sights = bench.ledger.device_sights(digests, now(), TODAY).await;
    let sights = sights.unwrap();
    assert_eq!(sights[1], None);
    for (sight, number) in [(0, 2), (2, 1), (3, 3), (4, 1)] {
        let sight = sights[sight].as_ref().unwrap();
        let user = PEOPLE[usize::from(number) - 1];
        assert_eq!(sight.session.person.id, UserId::local(user));
        let alone =
            bench
                .ledger
                .device_view(device(number, user).id, &sight.session.person, now(), TODAY);
        assert_eq!(sight.view, alone.await.unwrap(), "{user}");
        let (open, closed) = (&sight.view.user.documents, &sight.view.closed);
        let whole = (open.len(), closed.len(), sight.view.leases.len());
        assert_eq!(whole, (number.into(), number.into(), 1), "{user}");
        let order = |all: &[platen_ledger::Document]| {
            let keys = all.iter().map(|one| (one.submitted_at, one.id));
            keys.rev().is_sorted()
        };
        assert!(order(open) && order(closed));
        let portal = bench.ledger.view(&sight.session.person, now(), TODAY).await;
        assert_eq!(sight.view.user, portal.unwrap(), "{user}");
    }
    let second = &sights[5].as_ref().unwrap().view;
    let first = &sights[0].as_ref().unwrap().view;
    assert_eq!((&second.user, second.leases.len()), (&first.user, 0));
    assert_eq!(
        (&second.closed, second.device.id),
        (&first.closed, device(4, "bob").id)
    );
    let nobody = bench.ledger.device_sights(Vec::new(), now(), TODAY).await;
    assert_eq!(nobody.unwrap(), []);
}

#[tokio::test]
async fn only_the_session_that_a_device_is_signed_in_with_lets_it_look() {
    let bench = bench().await;
    let (ledger, root) = (&bench.ledger, Uuid::from_u128(0xb0));
    // A browser's session, though a device claims it.
    let browser = Session {
        id: root,
        ..session(4, "alice")
    };
    ledger.open_session(digest(4), browser).await.unwrap();
    let claimed = Device {
        id: Uuid::from_u128(0xdd),
        session: root,
        ..device(1, "alice")
    };
    ledger.enrol(claimed).await.unwrap();
    // Bob's device claims a session of Alice's.
    let opened = Session {
        kind: SessionKind::Device,
        ..session(5, "alice")
    };
    ledger.open_session(digest(5), opened).await.unwrap();
    ledger.enrol(device(5, "bob")).await.unwrap();
    // Carol's device is signed in anew.
    let again = Device {
        session: Uuid::from_u128(0xc0),
        ..device(3, "carol")
    };
    ledger.enrol(again).await.unwrap();
    let in_at = async |number, at| {
        let sights = ledger.device_sights(vec![digest(number)], at, TODAY).await;
        let session = ledger.device_session(digest(number), at).await.unwrap();
        let sight = sights.unwrap().pop().flatten();
        assert_eq!(sight.is_some(), session.is_some());
        sight.is_some()
    };
    assert!(in_at(1, now()).await && in_at(2, now()).await);
    for number in [3, 4, 5, 9] {
        assert!(!in_at(number, now()).await, "{number}");
    }
    assert!(!in_at(1, hours_later(12)).await, "its time is over");
    let alice = Uuid::from_u128(1);
    assert!(ledger.end_session(alice, now()).await.unwrap());
    assert!(!in_at(1, now()).await, "it was ended");
    assert!(in_at(2, now()).await);
}
