//! A clock that jumps.

use platen_domain::{DocumentState, Points};
use platen_ledger::{Change, Settlement};

use crate::support::*;

/// Alice loses the account that she used last.
async fn lost() -> Bench {
    let bench = Bench::new().await;
    bench.print(1, "alice", "research", 1).await;
    let without = SITE.replace("research = [\"alice\"]", "research = [\"bob\"]");
    bench.load(&format!("{without}{CARD}")).await;
    bench
}

#[tokio::test]
async fn grace_starts_anew_when_the_clock_is_set_back_and_does_not_last_longer() {
    let bench = lost().await;
    let research = Some("research");
    // Noticed by a clock that is a hundred hours ahead.
    assert_eq!(
        bench.active("alice", hours_later(100)).await.as_deref(),
        research
    );
    // Set right, the twelve hours are counted from here.
    assert_eq!(bench.active("alice", now()).await.as_deref(), research);
    assert_eq!(
        bench.active("alice", hours_later(11)).await.as_deref(),
        research
    );
    assert_ne!(
        bench.active("alice", hours_later(12)).await.as_deref(),
        research
    );
}

#[tokio::test]
async fn documents_wait_for_their_end_whatever_the_clock_said_before() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 5).await;
    let expire = |hours| bench.ledger.expire_due(hours_later(hours));
    assert_eq!(expire(-1_000).await.unwrap(), []);
    assert_eq!(bench.document(1).await.state, DocumentState::Held);
    assert_eq!(expire(24).await.unwrap().len(), 1);
    // What expired stays so, and its points returned once.
    assert_eq!(expire(-1_000).await.unwrap(), []);
    assert_eq!(bench.document(1).await.state, DocumentState::Expired);
    assert_eq!(bench.balance("alice", "quota").await, "0/50 points used");
}

#[tokio::test]
async fn activities_keep_their_order_and_chain_when_time_runs_backwards() {
    let bench = Bench::new().await;
    for (number, hours) in [(1, 5), (2, -5), (3, 0)] {
        bench.print(number, "alice", "quota", 2).await;
        let printed = Settlement::Printed { sides: 2 };
        bench
            .ledger
            .settle(document_id(number), printed, hours_later(hours))
            .await
            .unwrap();
    }
    let activities = bench.ledger.activities(Default::default()).await.unwrap();
    let order: Vec<_> = activities
        .iter()
        .map(|activity| (activity.sequence, activity.posted_after.to_string()))
        .collect();
    assert_eq!(
        order,
        [
            (3, "6".to_owned()),
            (2, "4".to_owned()),
            (1, "2".to_owned())
        ]
    );
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn the_ends_of_time_are_times_like_others() {
    let bench = Bench::new().await;
    let ends = [jiff::Timestamp::MIN, jiff::Timestamp::MAX];
    for (number, at) in (1..).zip(ends) {
        bench.print(number, "alice", "quota", 2).await;
        let facts = facts(3);
        let repriced = bench.ledger.reprice(document_id(number), facts, at).await;
        // A hold that would end after the end of time ends with it.
        assert!(repriced.unwrap().document.hold_until.is_some());
        let printed = Settlement::Printed { sides: 0 };
        let settled = bench.ledger.settle(document_id(number), printed, at).await;
        assert_eq!(settled.unwrap().posted, points("3"));
    }
    bench
        .adjust(9, "quota", Some("alice"), Change::SetTo(Points::ZERO))
        .await
        .unwrap();
    bench.ledger.expire_due(jiff::Timestamp::MAX).await.unwrap();
    bench.ledger.verify().await.unwrap();
}
