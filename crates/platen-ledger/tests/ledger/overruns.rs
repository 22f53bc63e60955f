//! What was printed beyond what was reserved.

use platen_domain::{DocumentState, Points, Sides};
use platen_ledger::{
    Activity, ActivityFilter, ActivityKind, Change, Document, Facts, Settled, Settlement,
};

use crate::support::*;

async fn settle(bench: &Bench, number: u128, settlement: Settlement) -> Settled {
    let id = document_id(number);
    bench.ledger.settle(id, settlement, now()).await.unwrap()
}

async fn printed(bench: &Bench, number: u128, sides: u64) -> Settled {
    settle(bench, number, Settlement::Printed { sides }).await
}

async fn activities(bench: &Bench) -> Vec<Activity> {
    let all = ActivityFilter::default();
    bench.ledger.activities(all).await.unwrap()
}

fn reason(document: &Document) -> &str {
    document.reason.as_deref().unwrap_or_default()
}

#[tokio::test]
async fn what_was_printed_beyond_the_estimate_is_a_second_activity() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 10).await;
    bench.begin_release(1).await;
    let settled = printed(&bench, 1, 13).await;
    assert_eq!(
        [settled.posted, settled.returned, settled.overrun],
        [points("10"), Points::ZERO, points("3")]
    );
    assert_eq!(settled.document.charged(), Some(points("13")));
    assert_eq!(settled.document.reason, None);
    assert_eq!(bench.balance("alice", "quota").await, "13/50 points used");
    let activities = activities(&bench).await;
    let kinds: Vec<_> = activities.iter().map(|activity| activity.kind).collect();
    assert_eq!(kinds, [ActivityKind::Overrun, ActivityKind::Print]);
    for activity in &activities {
        assert_eq!(activity.document, Some(document_id(1)));
        assert_eq!(activity.reason, "document 1");
    }
    assert_ne!(activities[0].id, activities[1].id);
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn settling_an_overrun_twice_charges_it_once() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 10).await;
    let first = printed(&bench, 1, 13).await;
    assert_eq!(printed(&bench, 1, 13).await, first);
    assert_eq!(bench.activity_count().await, 2);
}

#[tokio::test]
async fn overrun_takes_no_more_than_the_hard_limit_leaves_and_says_so() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "department", 10).await;
    bench.print(2, "alice", "department", 18).await;
    let settled = printed(&bench, 1, 15).await;
    assert_eq!(settled.overrun, points("2"));
    assert_eq!(
        reason(&settled.document),
        "5 more sides were printed than estimated; 3 of their 5 points were not charged, since \
         Department carries no more."
    );
    // Nothing is left: the print alone is posted.
    let stopped = settle(&bench, 2, Settlement::Stopped { sides: 20 }).await;
    assert_eq!(
        (stopped.posted, stopped.overrun),
        (points("18"), Points::ZERO)
    );
    assert!(reason(&stopped.document).starts_with("Stopped after 20 printed sides. 2 more"));
    assert_eq!(
        bench.balance("alice", "department").await,
        "30/20 points used"
    );
    assert_eq!(bench.activity_count().await, 3);
}

#[tokio::test]
async fn overrun_leaves_leased_points_alone() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 10).await;
    let lease = platen_ledger::LeaseAsk {
        id: platen_domain::LeaseId(uuid::Uuid::from_u128(1)),
        account: bench.account("quota").await,
        person: person("alice"),
        device: "laptop".into(),
        points: points("39"),
        expires_at: hours_later(1),
    };
    bench.ledger.grant_lease(lease, now(), TODAY).await.unwrap();
    assert_eq!(printed(&bench, 1, 20).await.overrun, points("1"));
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn blank_backs_that_a_printer_counts_are_not_charged() {
    let bench = Bench::new().await;
    let two_sided = |pages| {
        let mut facts = facts(pages);
        facts.finishing.sides = Sides::TwoSidedLongEdge;
        facts
    };
    for (number, reported, overrun) in [(1, 5, "0"), (2, 6, "0"), (3, 7, "0.5")] {
        bench.submit(number, "alice").await;
        let quota = Some(bench.account("quota").await);
        bench
            .reserve(number, "alice", quota, two_sided(5))
            .await
            .unwrap();
        // Five pages take three sheets: six sides, of which one is blank.
        let settled = printed(&bench, number, reported).await;
        assert_eq!(settled.overrun, points(overrun), "{reported} sides");
    }
}

#[tokio::test]
async fn report_that_can_not_be_is_not_charged() {
    let bench = Bench::with_site(&format!(
        "[[account]]\nname = \"Open\"\ncode = \"open\"\n{CARD}"
    ))
    .await;
    for (number, sides) in [(1, u64::from(u32::MAX)), (2, i64::MAX as u64)] {
        bench.print(number, "alice", "open", 10).await;
        let settled = printed(&bench, number, sides).await;
        assert_eq!(
            (settled.posted, settled.overrun),
            (points("10"), Points::ZERO)
        );
        assert!(reason(&settled.document).contains("can't be"));
    }
    // The largest that is believed.
    bench.print(3, "alice", "open", 1).await;
    let settled = printed(&bench, 3, 1 + Facts::MAX_PAGES).await;
    assert_eq!(settled.overrun, points("1000000"));
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn overrun_at_the_end_of_the_range_settles_all_the_same() {
    let bench = Bench::with_site(&format!(
        "[[account]]\nname = \"Open\"\ncode = \"open\"\n{CARD}"
    ))
    .await;
    bench.print(1, "alice", "open", 10).await;
    let most = Points::MAX.minus(points("11")).unwrap();
    bench
        .adjust(9, "open", Some("alice"), Change::SetTo(most))
        .await
        .unwrap();
    let settled = printed(&bench, 1, 15).await;
    assert_eq!(settled.overrun, points("1"));
    assert_eq!(settled.document.state, DocumentState::Printed);
    bench.ledger.verify().await.unwrap();
}
