//! Ledgers of earlier schemas, as the programs of their time wrote them.
//!
//! The one of schema 1 has documents in every state, prints, adjustments and a
//! correction, three rate cards, and an archived account named *Straße*.

use std::collections::BTreeMap;

use platen_domain::{DocumentState, LeaseId};
use platen_ledger::{Activity, ActivityFilter, ActivityKind, Change, LeaseAsk, Settlement};
use uuid::Uuid;

use crate::place::Place;
use crate::support::*;

async fn bench_of_schema_1() -> Bench {
    let place = Place::of_schema_1().await;
    let ledger = place.open().await;
    Bench { ledger, place }
}

async fn activities(bench: &Bench) -> Vec<Activity> {
    let all = ActivityFilter::default();
    bench.ledger.activities(all).await.unwrap()
}

#[tokio::test]
async fn ledger_of_schema_1_keeps_everything_and_verifies() {
    let bench = bench_of_schema_1().await;
    let verified = bench.ledger.verify().await.unwrap();
    assert_eq!(
        (verified.balances, verified.activities, verified.documents),
        (3, 7, 18)
    );
    let kinds: Vec<_> = activities(&bench)
        .await
        .into_iter()
        .map(|activity| (activity.ordinal, activity.kind.name(), activity.points))
        .collect();
    assert_eq!(
        kinds,
        [
            (7, "credit", points("-30")),
            (6, "debit", points("30")),
            (5, "set", points("-10.5")),
            (4, "debit", points("10.5")),
            (3, "print", points("25")),
            (2, "print", points("1")),
            (1, "print", points("3")),
        ]
    );
    let mut states = BTreeMap::new();
    for number in (1..=9).chain(12..=20) {
        let state = bench.document(number).await.state;
        *states.entry(state.name()).or_insert(0) += 1;
    }
    assert_eq!(states.len(), DocumentState::ALL.len());
    assert_eq!(bench.balance("alice", "quota").await, "10/50 points used");
    let accounts = bench.ledger.accounts().await.unwrap();
    assert_eq!(accounts.len(), 4);
    assert!(accounts.iter().all(|account| account.version == 1));
}

#[tokio::test]
async fn ledger_of_schema_1_goes_on() {
    let bench = bench_of_schema_1().await;
    let before = activities(&bench).await;
    // What was under way is settled, and answered again as it was.
    let printed = Settlement::Printed { sides: 2 };
    let id = document_id(13);
    let settled = bench.ledger.settle(id, printed.clone(), now());
    let settled = settled.await.unwrap();
    assert_eq!(settled.posted, points("2"));
    let again = bench.ledger.settle(id, printed, now()).await.unwrap();
    assert_eq!(again, settled);
    let quota = bench.account("quota").await;
    let again = bench.reserve(12, "alice", Some(quota), facts(3)).await;
    assert_eq!(again.unwrap().document, bench.document(12).await);
    bench
        .adjust(200, "quota", Some("alice"), Change::Debit(points("1")))
        .await
        .unwrap();
    let lease = LeaseAsk {
        id: LeaseId(Uuid::from_u128(1)),
        account: quota,
        person: person("alice"),
        device: "laptop".into(),
        points: points("5"),
        expires_at: hours_later(1),
    };
    bench.ledger.grant_lease(lease, now(), TODAY).await.unwrap();
    bench.ledger.verify().await.unwrap();
    let after = activities(&bench).await;
    assert_eq!(after[2..], before);
    let new: Vec<_> = after[..2].iter().map(|activity| activity.kind).collect();
    assert_eq!(new, [ActivityKind::Debit, ActivityKind::Print]);
    assert!(after.is_sorted_by_key(|activity| std::cmp::Reverse(activity.ordinal)));
}

#[tokio::test]
async fn migrated_database_refuses_to_change_or_remove_activities() {
    let bench = bench_of_schema_1().await;
    for sql in [
        "UPDATE activity SET points = 0",
        "DELETE FROM activity",
        "UPDATE activity SET reason = '' WHERE kind = 'credit'",
    ] {
        let error = bench.place.refusal_of(sql).await;
        assert!(error.contains("append-only"), "{error}");
    }
    // A second charge for a document is refused by the database itself.
    let columns = "account, holder, points, posted_after, person, document, reason, made_by, \
                   made_at, hash";
    for (id, why) in [("id", "unique"), (Place::ZERO_ID, "check")] {
        let sql = format!(
            "INSERT INTO activity (id, ordinal, sequence, kind, {columns})
             SELECT {id}, 99, 99, kind, {columns} FROM activity WHERE kind = 'print' LIMIT 1"
        );
        let error = bench.place.refusal_of(&sql).await.to_lowercase();
        assert!(error.contains(why), "{error}");
    }
}
