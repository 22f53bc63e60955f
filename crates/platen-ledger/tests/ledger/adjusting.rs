//! Adjustments and activities.

use platen_domain::{Points, UserId};
use platen_ledger::{ActivityFilter, ActivityKind, Adjustment, Change, LedgerError, Refusal};
use uuid::Uuid;

use crate::support::*;

#[tokio::test]
async fn credit_lowers_debit_raises_and_set_reaches_the_target_without_pending() {
    let bench = Bench::new().await;
    bench.print(9, "alice", "quota", 15).await;
    let adjust = |id, change| bench.adjust(id, "quota", Some("alice"), change);
    let posted = |adjusted: platen_ledger::Adjusted| adjusted.balance.posted.to_string();
    let adjusted = adjust(1, Change::Debit(points("10.5"))).await.unwrap();
    assert_eq!(posted(adjusted), "10.5");
    let adjusted = adjust(2, Change::Credit(points("12"))).await.unwrap();
    assert_eq!(posted(adjusted), "-1.5");
    let adjusted = adjust(3, Change::SetTo(points("4"))).await.unwrap();
    assert_eq!(adjusted.activity.points, points("5.5"));
    assert_eq!(adjusted.activity.kind, ActivityKind::Set);
    assert_eq!(bench.balance("alice", "quota").await, "19/50 points used");
    // Administrators may go above the hard limit.
    let adjusted = adjust(4, Change::Debit(points("100"))).await.unwrap();
    assert_eq!(posted(adjusted), "104");
}

#[tokio::test]
async fn adjustment_needs_an_amount_a_reason_a_name_and_the_right_balance() {
    let bench = Bench::new().await;
    for change in [
        Change::Credit(Points::ZERO),
        Change::Debit(points("-1")),
        Change::Credit(points("-1")),
    ] {
        let refused = bench.adjust(1, "quota", Some("alice"), change).await;
        assert_eq!(refusal(refused), Refusal::NotPositive);
    }
    let debit = Change::Debit(points("1"));
    assert!(matches!(
        refusal(bench.adjust(1, "quota", None, debit).await),
        Refusal::Missing { .. }
    ));
    assert_eq!(
        refusal(bench.adjust(1, "research", Some("alice"), debit).await),
        Refusal::SharedPool
    );
    let good = Adjustment {
        account: bench.account("research").await,
        user: None,
        change: debit,
        reason: "term fee".into(),
        by: "root".into(),
        corrects: None,
    };
    let no_reason = Adjustment {
        reason: " ".into(),
        ..good.clone()
    };
    let no_name = Adjustment {
        by: String::new(),
        ..good.clone()
    };
    for wrong in [no_reason, no_name] {
        let refused = bench.ledger.adjust(Uuid::from_u128(1), wrong, now()).await;
        assert!(matches!(refusal(refused), Refusal::Missing { .. }));
    }
    bench
        .ledger
        .adjust(Uuid::from_u128(1), good.clone(), now())
        .await
        .unwrap();
    // A correction names an activity of the same balance.
    let correction = |corrects| Adjustment {
        change: Change::Credit(points("1")),
        corrects: Some(Uuid::from_u128(corrects)),
        ..good.clone()
    };
    let unknown = bench
        .ledger
        .adjust(Uuid::from_u128(2), correction(99), now())
        .await;
    assert_eq!(
        refusal(unknown),
        Refusal::UnknownActivity(Uuid::from_u128(99))
    );
    let corrected = bench
        .ledger
        .adjust(Uuid::from_u128(2), correction(1), now())
        .await
        .unwrap();
    assert_eq!(corrected.balance.posted, Points::ZERO);
}

#[tokio::test]
async fn amounts_at_the_end_of_the_range_are_errors_and_change_nothing() {
    let bench = Bench::new().await;
    let adjust = |id, change| bench.adjust(id, "quota", Some("alice"), change);
    adjust(1, Change::SetTo(Points::MAX)).await.unwrap();
    assert!(matches!(
        adjust(2, Change::Debit(points("0.01"))).await,
        Err(LedgerError::Points(_))
    ));
    // Pending points are on the balance already: the sum would not fit.
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 1).await;
    assert!(matches!(
        bench
            .adjust(3, "quota", Some("alice"), Change::SetTo(Points::MAX))
            .await,
        Err(LedgerError::Points(_))
    ));
    assert_eq!(bench.balance("alice", "quota").await, "1/50 points used");
    assert_eq!(bench.activity_count().await, 0);
}

#[tokio::test]
async fn activities_are_listed_by_account_and_person_newest_first() {
    let bench = Bench::new().await;
    for (id, user) in (1..=6).zip(["alice", "bob"].into_iter().cycle()) {
        let debit = Change::Debit(points("1"));
        bench.adjust(id, "quota", Some(user), debit).await.unwrap();
    }
    let list = |filter| async {
        let activities = bench.ledger.activities(filter).await.unwrap();
        activities
            .into_iter()
            .map(|activity| activity.id.as_u128())
            .collect::<Vec<_>>()
    };
    assert_eq!(list(ActivityFilter::default()).await, [6, 5, 4, 3, 2, 1]);
    let of_bob = ActivityFilter {
        user: Some(UserId::local("bob")),
        limit: 2,
        ..ActivityFilter::default()
    };
    assert_eq!(list(of_bob.clone()).await, [6, 4]);
    let oldest = bench.ledger.activities(of_bob.clone()).await.unwrap()[1].ordinal;
    let older = ActivityFilter {
        before: Some(oldest),
        ..of_bob
    };
    assert_eq!(list(older).await, [2]);
    let of_other = ActivityFilter {
        account: Some(bench.account("research").await),
        ..ActivityFilter::default()
    };
    assert_eq!(list(of_other).await, [0; 0]);
}
