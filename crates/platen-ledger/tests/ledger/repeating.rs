//! Every operation twice: the same content gets the stored answer, other
//! content is refused.

use platen_domain::DocumentState;
use platen_ledger::{Change, NewDocument, Refusal, Scope, Settlement, Submitted};
use uuid::Uuid;

use crate::support::*;

#[track_caller]
fn check_differs<T: std::fmt::Debug>(result: Result<T, platen_ledger::LedgerError>, what: &str) {
    match refusal(result) {
        Refusal::ExistsWithDifferent { what: found } => assert_eq!(found, what),
        other => panic!("expected another {what}, got {other:?}"),
    }
}

#[tokio::test]
async fn submitting_twice_makes_one_document() {
    let bench = Bench::new().await;
    let submit = |document: NewDocument| bench.ledger.submit(document);
    let first = new_document(1, "alice");
    assert_eq!(submit(first.clone()).await.unwrap(), Submitted::Created);
    let moved = NewDocument {
        queue: "printer".into(),
        submitted_at: hours_later(1),
        ..first.clone()
    };
    let Submitted::Exists(document) = submit(moved).await.unwrap() else {
        panic!("the document was made twice");
    };
    assert_eq!(document.queue, "secure");
    check_differs(submit(new_document(1, "bob")).await, "owner");
    let other_number = NewDocument {
        job_id: 7,
        ..first.clone()
    };
    check_differs(submit(other_number).await, "job number");
    let other_name = NewDocument {
        name: "other".into(),
        ..first
    };
    check_differs(submit(other_name).await, "name");
}

#[tokio::test]
async fn reserving_twice_charges_once() {
    let bench = Bench::new().await;
    let first = bench.print(1, "alice", "quota", 10).await;
    let quota = bench.account("quota").await;
    let again = bench.reserve(1, "alice", Some(quota), facts(10)).await;
    assert_eq!(again.unwrap(), first);
    assert_eq!(
        bench.reserve(1, "alice", None, facts(10)).await.unwrap(),
        first
    );
    check_differs(
        bench.reserve(1, "alice", Some(quota), facts(11)).await,
        "content",
    );
    let department = bench.account("department").await;
    check_differs(
        bench.reserve(1, "alice", Some(department), facts(10)).await,
        "account",
    );
    assert_eq!(bench.balance("alice", "quota").await, "10/50 points used");
}

#[tokio::test]
async fn reserving_again_after_a_change_gives_the_document_as_it_stands() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 10).await;
    let moved = bench
        .move_to(1, "alice", "department", Scope::ThisDocument)
        .await
        .unwrap();
    let quota = bench.account("quota").await;
    let again = bench.reserve(1, "alice", Some(quota), facts(10)).await;
    assert_eq!(again.unwrap(), moved);
    assert_eq!(bench.balance("alice", "quota").await, "0/50 points used");
}

#[tokio::test]
async fn declined_document_stays_declined_when_asked_again() {
    let bench = Bench::new().await;
    let first = bench.print(1, "alice", "quota", 51).await;
    bench
        .adjust(9, "quota", Some("alice"), Change::Credit(points("10")))
        .await
        .unwrap();
    let quota = bench.account("quota").await;
    let again = bench.reserve(1, "alice", Some(quota), facts(51)).await;
    let again = again.unwrap();
    assert_eq!(
        (again.verdict, again.document),
        (first.verdict, first.document)
    );
}

#[tokio::test]
async fn repricing_moving_and_marking_twice_change_nothing_more() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 10).await;
    let reprice = || bench.ledger.reprice(document_id(1), facts(12), now());
    assert_eq!(reprice().await.unwrap(), reprice().await.unwrap());
    assert_eq!(bench.balance("alice", "quota").await, "12/50 points used");
    let moved = || bench.move_to(1, "alice", "department", Scope::AndActive);
    assert_eq!(moved().await.unwrap(), moved().await.unwrap());
    assert_eq!(
        bench.balance("alice", "department").await,
        "12/20 points used"
    );
    let mark = || {
        bench
            .ledger
            .mark_unreadable(document_id(1), "Damaged.".into(), now())
    };
    assert_eq!(mark().await.unwrap(), mark().await.unwrap());
    assert_eq!(
        bench.balance("alice", "department").await,
        "0/20 points used"
    );
    bench
        .ledger
        .mark_notified(document_id(1), now())
        .await
        .unwrap();
    bench
        .ledger
        .mark_notified(document_id(1), now())
        .await
        .unwrap();
    assert_eq!(bench.document(1).await.notified_at, Some(now()));
}

#[tokio::test]
async fn deleting_and_expiring_twice_return_points_once() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 10).await;
    bench.print(2, "alice", "quota", 5).await;
    let delete = || bench.ledger.delete(document_id(1), now());
    assert_eq!(delete().await.unwrap(), delete().await.unwrap());
    assert_eq!(bench.balance("alice", "quota").await, "5/50 points used");
    let later = hours_later(48);
    assert_eq!(bench.ledger.expire_due(later).await.unwrap().len(), 1);
    assert_eq!(bench.ledger.expire_due(later).await.unwrap(), []);
    assert_eq!(bench.balance("alice", "quota").await, "0/50 points used");
    assert_eq!(
        refusal(bench.ledger.delete(document_id(2), later).await),
        Refusal::WrongState(DocumentState::Expired)
    );
}

#[tokio::test]
async fn releasing_twice_needs_the_same_number_and_printer() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 10).await;
    let release = |printer: &str, nonce: u128| {
        let nonce = Uuid::from_u128(nonce);
        bench
            .ledger
            .begin_release(document_id(1), printer.into(), nonce, now())
    };
    assert_eq!(
        release("printer", 5).await.unwrap(),
        release("printer", 5).await.unwrap()
    );
    check_differs(release("other", 5).await, "printer");
    assert_eq!(
        refusal(release("printer", 6).await),
        Refusal::WrongState(DocumentState::Releasing)
    );
    let printed = Settlement::Printed { sides: 10 };
    bench
        .ledger
        .settle(document_id(1), printed, now())
        .await
        .unwrap();
    assert_eq!(
        release("printer", 5).await.unwrap().state,
        DocumentState::Printed
    );
    assert_eq!(
        refusal(release("printer", 6).await),
        Refusal::WrongState(DocumentState::Printed)
    );
}

#[tokio::test]
async fn settling_twice_posts_once() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 10).await;
    bench.begin_release(1).await;
    let settle = |sides| {
        let printed = Settlement::Printed { sides };
        bench.ledger.settle(document_id(1), printed, now())
    };
    assert_eq!(settle(7).await.unwrap(), settle(7).await.unwrap());
    check_differs(settle(8).await, "result");
    assert_eq!(bench.balance("alice", "quota").await, "7/50 points used");
    assert_eq!(bench.activity_count().await, 1);
}

#[tokio::test]
async fn adjusting_twice_counts_once() {
    let bench = Bench::new().await;
    let set = |to: &str| bench.adjust(1, "quota", Some("alice"), Change::SetTo(points(to)));
    let first = set("20").await.unwrap();
    bench
        .adjust(2, "quota", Some("alice"), Change::Debit(points("5")))
        .await
        .unwrap();
    // The stored answer, and not another way to twenty.
    let again = set("20").await.unwrap();
    assert_eq!(again.activity, first.activity);
    assert_eq!(again.balance.posted, points("25"));
    check_differs(set("21").await, "change");
    check_differs(
        bench
            .adjust(1, "quota", Some("bob"), Change::SetTo(points("20")))
            .await,
        "user",
    );
    assert_eq!(bench.activity_count().await, 2);
}

#[tokio::test]
async fn loading_the_same_site_again_changes_nothing() {
    let bench = Bench::new().await;
    let before = bench.ledger.accounts().await.unwrap();
    let site = platen_ledger::Site::from_toml(&format!("{SITE}{CARD}")).unwrap();
    let summary = bench.ledger.load_site(site).await.unwrap();
    assert_eq!(summary.unchanged, ["quota", "department", "research"]);
    assert_eq!((summary.card_version, summary.card_changed), (1, false));
    assert_eq!(bench.ledger.accounts().await.unwrap(), before);
}
