//! Deleted documents that are brought back, and a person's history.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use platen_domain::{Access, Account, Barred, DocumentState, Verdict};
use platen_ledger::{
    HistoryQuery, HistorySort, LeaseAsk, LedgerError, NewDocument, PageAsk, Refusal, Reserve,
    Scope, Settlement, Undeleted,
};
use uuid::Uuid;

use crate::support::*;

fn seconds_later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

async fn delete(bench: &Bench, number: u128) {
    let deleted = bench.ledger.delete(document_id(number), now()).await;
    assert_eq!(deleted.unwrap().state, DocumentState::Deleted);
}

async fn undelete_at(
    bench: &Bench,
    number: u128,
    user: &str,
    at: Timestamp,
) -> Result<Undeleted, LedgerError> {
    bench
        .ledger
        .undelete(document_id(number), &person(user), at, TODAY)
        .await
}

async fn undelete(bench: &Bench, number: u128) -> Undeleted {
    undelete_at(bench, number, "alice", seconds_later(60))
        .await
        .unwrap()
}

async fn change(bench: &Bench, code: &str, change: impl FnOnce(&mut Account)) {
    let mut account = bench.ledger.account_by_code(code).await.unwrap().unwrap();
    change(&mut account);
    bench.ledger.save_account(account).await.unwrap();
}

#[tokio::test]
async fn document_that_is_brought_back_holds_its_points_again_once() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 10).await;
    delete(&bench, 1).await;
    assert_eq!(bench.balance("alice", "quota").await, "0/50 points used");
    let back = undelete(&bench, 1).await;
    assert_eq!(back.document.state, DocumentState::Held);
    assert_eq!(back.verdict, Some(ready("10", false)));
    assert_eq!(back.account.unwrap().balance.pending, points("10"));
    assert_eq!(
        back.document.hold_until,
        Some(seconds_later(24 * 3600 + 60))
    );
    assert_eq!(bench.balance("alice", "quota").await, "10/50 points used");
    // A double click.
    let again = undelete(&bench, 1).await;
    assert_eq!(again.document, back.document);
    assert_eq!(bench.balance("alice", "quota").await, "10/50 points used");
    bench.ledger.verify().await.unwrap();
    // It goes on as any other.
    bench.begin_release(1).await;
    let settled = bench
        .ledger
        .settle(document_id(1), Settlement::Printed { sides: 10 }, now())
        .await
        .unwrap();
    assert_eq!(settled.posted, points("10"));
    assert_eq!(
        refusal(undelete_at(&bench, 1, "alice", now()).await),
        Refusal::WrongState(DocumentState::Printed)
    );
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn document_comes_back_for_five_minutes_and_only_to_its_owner() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 10).await;
    bench.print(2, "alice", "quota", 10).await;
    delete(&bench, 1).await;
    delete(&bench, 2).await;
    assert_eq!(
        refusal(undelete_at(&bench, 1, "bob", now()).await),
        Refusal::NotYours
    );
    let late = seconds_later(301);
    assert!(!bench.document(1).await.can_be_undeleted(late));
    assert_eq!(
        refusal(undelete_at(&bench, 1, "alice", late).await),
        Refusal::WrongState(DocumentState::Deleted)
    );
    let last = seconds_later(300);
    assert!(bench.document(2).await.can_be_undeleted(last));
    undelete_at(&bench, 2, "alice", last).await.unwrap();
    assert!(!bench.document(2).await.can_be_undeleted(last));
    assert_eq!(
        refusal(undelete_at(&bench, 9, "alice", now()).await),
        Refusal::UnknownDocument(document_id(9))
    );
    // The clock was set back.
    bench.print(3, "alice", "quota", 1).await;
    delete(&bench, 3).await;
    let before = now() - SignedDuration::from_hours(1);
    let back = undelete_at(&bench, 3, "alice", before).await.unwrap();
    assert_eq!(back.document.state, DocumentState::Held);
    assert_eq!(bench.balance("alice", "quota").await, "11/50 points used");
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn document_that_does_not_fit_any_more_comes_back_cancelled_and_can_be_revived() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 20).await;
    delete(&bench, 1).await;
    bench.print(2, "alice", "quota", 40).await;
    let back = undelete(&bench, 1).await;
    assert_eq!(back.document.state, DocumentState::Canceled);
    assert_eq!(back.verdict, Some(declined("10")));
    assert_eq!(
        back.document.reason.as_deref(),
        Some("Printing declined: this document needs 20 points, and Print Quota has 10 left.")
    );
    assert_eq!(bench.balance("alice", "quota").await, "40/50 points used");
    let again = undelete(&bench, 1).await;
    assert_eq!(again.document, back.document);
    bench
        .move_to(1, "alice", "department", Scope::ThisDocument)
        .await
        .unwrap();
    assert_eq!(
        bench.balance("alice", "department").await,
        "20/20 points used"
    );
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn document_whose_account_may_not_be_charged_comes_back_cancelled_with_the_reason() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 20).await;
    delete(&bench, 1).await;
    change(&bench, "quota", |account| account.enabled = false).await;
    let back = undelete(&bench, 1).await;
    assert_eq!(back.document.state, DocumentState::Canceled);
    assert_eq!(back.document.account, Some(bench.account("quota").await));
    assert_eq!(
        back.document.reason,
        Some(format!("Printing declined. {}", Barred::Disabled))
    );
    assert!(matches!(back.verdict, Some(Verdict::Declined { .. })));
    assert!(back.document.hold_until.is_some());
    bench.ledger.verify().await.unwrap();
    // It expires like any other cancelled document.
    let expired = bench.ledger.expire_due(hours_later(25)).await.unwrap();
    assert_eq!(expired.len(), 1);
    assert_eq!(bench.document(1).await.state, DocumentState::Expired);
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn lost_active_account_carries_a_document_that_comes_back_in_its_grace_period() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "research", 20).await;
    delete(&bench, 1).await;
    change(&bench, "research", |account| {
        account.access = Access::Only {
            groups: BTreeSet::new(),
            users: BTreeSet::new(),
        };
    })
    .await;
    let back = undelete(&bench, 1).await;
    assert_eq!(back.document.state, DocumentState::Held);
    assert!(back.account.unwrap().in_grace);
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn what_was_cancelled_unreadable_or_new_comes_back_as_that() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 60).await;
    bench.submit(2, "alice").await;
    bench.submit(3, "alice").await;
    let problem = "It is encrypted.".to_owned();
    bench
        .ledger
        .mark_unreadable(document_id(2), problem.clone(), now())
        .await
        .unwrap();
    for number in 1..=3 {
        delete(&bench, number).await;
    }
    let back = undelete(&bench, 1).await;
    assert_eq!(back.document.state, DocumentState::Canceled);
    assert_eq!(back.verdict, Some(declined("50")));
    let back = undelete(&bench, 2).await;
    assert_eq!(back.document.state, DocumentState::Unreadable);
    assert_eq!((back.document.reason, back.verdict), (Some(problem), None));
    assert!(back.document.hold_until.is_some());
    let back = undelete(&bench, 3).await;
    assert_eq!(back.document.state, DocumentState::Submitted);
    let outcome = bench.reserve(3, "alice", None, facts(1)).await.unwrap();
    assert_eq!(outcome.document.state, DocumentState::Held);
    // A declined document that fits meanwhile is revived.
    delete(&bench, 1).await;
    change(&bench, "quota", |account| account.limit = None).await;
    assert_eq!(
        undelete(&bench, 1).await.document.state,
        DocumentState::Held
    );
    assert_eq!(bench.balance("alice", "quota").await, "60 points");
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn leased_document_comes_back_on_the_account_itself() {
    let bench = Bench::new().await;
    let quota = bench.account("quota").await;
    let lease = platen_domain::LeaseId(Uuid::from_u128(70));
    let ask = LeaseAsk {
        id: lease,
        person: person("alice"),
        account: quota,
        device: "laptop".into(),
        points: points("30"),
        expires_at: hours_later(8),
    };
    bench.ledger.grant_lease(ask, now(), TODAY).await.unwrap();
    bench.submit(1, "alice").await;
    let reserve = Reserve {
        id: document_id(1),
        person: person("alice"),
        account: None,
        facts: facts(10),
        lease: Some(lease),
    };
    bench.ledger.reserve(reserve, now(), TODAY).await.unwrap();
    delete(&bench, 1).await;
    let back = undelete(&bench, 1).await;
    assert_eq!(back.document.lease, None);
    let balance = back.account.unwrap().balance;
    assert_eq!(
        (balance.pending, balance.leased),
        (points("10"), points("20"))
    );
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn without_account_management_a_document_comes_back_uncharged() {
    let off = "[settings]\naccount_management = false\n";
    let bench = Bench::with_site(&format!("{off}{SITE}{CARD}")).await;
    bench.submit(1, "alice").await;
    bench.reserve(1, "alice", None, facts(99)).await.unwrap();
    delete(&bench, 1).await;
    let back = undelete(&bench, 1).await;
    assert_eq!(back.document.state, DocumentState::Held);
    assert!(back.account.is_none());
    // Switched on meanwhile, the active account is charged.
    delete(&bench, 1).await;
    bench.load(&format!("{SITE}{CARD}")).await;
    let back = undelete(&bench, 1).await;
    assert_eq!(back.document.state, DocumentState::Canceled);
    assert_eq!(back.account.unwrap().account.code, "department");
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn deleting_and_bringing_back_at_random_conserves_points() {
    let bench = Bench::new().await;
    let mut random = Random::new(seed());
    let mut time = now();
    for number in 1..=6 {
        let pages = 1 + u32::try_from(random.below(25)).unwrap();
        bench.print(number, "alice", "quota", pages).await;
    }
    for _ in 0..60 {
        time += SignedDuration::from_secs(i64::try_from(random.below(100)).unwrap());
        let number = u128::from(1 + random.below(6));
        let id = document_id(number);
        let done = match random.below(4) {
            0 => bench.ledger.delete(id, time).await.map(drop),
            1 => bench
                .move_to(number, "alice", "department", Scope::ThisDocument)
                .await
                .map(drop),
            _ => undelete_at(&bench, number, "alice", time).await.map(drop),
        };
        match done {
            Ok(()) | Err(LedgerError::Refused(Refusal::WrongState(_))) => {}
            Err(other) => panic!("{other:?}"),
        }
        bench.ledger.verify().await.unwrap();
    }
}

/// A closed document with a name, submitted so many seconds later.
async fn past(bench: &Bench, number: u128, name: &str, seconds: i64, pages: u32, print: bool) {
    let new = NewDocument {
        name: name.into(),
        submitted_at: seconds_later(seconds),
        ..new_document(number, "alice")
    };
    bench.ledger.submit(new).await.unwrap();
    let account = if print { "quota" } else { "department" };
    let account = bench.account(account).await;
    bench
        .reserve(number, "alice", Some(account), facts(pages))
        .await
        .unwrap();
    if print {
        bench.begin_release(number).await;
        let sides = u64::from(pages);
        bench
            .ledger
            .settle(document_id(number), Settlement::Printed { sides }, now())
            .await
            .unwrap();
    } else {
        delete(bench, number).await;
    }
}

async fn numbers(bench: &Bench, query: HistoryQuery) -> Vec<u128> {
    let user = person("alice").id;
    let page = bench.ledger.history_page(&user, query).await.unwrap();
    page.rows.iter().map(|it| it.id.0.as_u128()).collect()
}

#[tokio::test]
async fn history_is_searched_filtered_sorted_and_given_in_pages() {
    let bench = Bench::new().await;
    past(&bench, 1, "Straßenplan 50%.pdf", 10, 1, true).await;
    past(&bench, 2, "İzin_Belgesi", 20, 7, true).await;
    past(&bench, 3, "ａｂｃ report", 30, 3, false).await;
    past(&bench, 4, "Report \"Q1\"", 40, 3, true).await;
    past(&bench, 5, "zebra", 50, 1, false).await;
    bench.print(6, "alice", "quota", 1).await;
    bench.print(7, "bob", "quota", 1).await;
    delete(&bench, 7).await;
    let with = async |change: &dyn Fn(&mut HistoryQuery)| {
        let mut query = HistoryQuery::default();
        change(&mut query);
        numbers(&bench, query).await
    };
    let search = async |text: &str| with(&|query| query.search = text.into()).await;
    assert_eq!(with(&|_| ()).await, [5, 4, 3, 2, 1]);
    assert_eq!(search("STRASSE").await, [1]);
    assert_eq!(search("%").await, [1]);
    assert_eq!(search("i\u{307}zin").await, [2]);
    assert_eq!(search("n_b").await, [2]);
    assert_eq!(search("REPORT").await, [4, 3]);
    assert_eq!(search("q1\" rep").await, [4]);
    assert_eq!(search("ABC").await, [3]);
    assert_eq!(search("nothing").await, [0; 0]);
    assert_eq!(search("\0").await, [0; 0]);
    let sorted = async |sort| with(&|query| query.sort = sort).await;
    assert_eq!(sorted(HistorySort::Oldest).await, [1, 2, 3, 4, 5]);
    // ａｂｃ, izin, report, strassenplan, zebra
    assert_eq!(sorted(HistorySort::Name).await, [3, 2, 4, 1, 5]);
    assert_eq!(sorted(HistorySort::Points).await, [2, 4, 1, 5, 3]);
    let quota = bench.account("quota").await;
    let on_quota = with(&|query| query.account = Some(quota)).await;
    assert_eq!(on_quota, [4, 2, 1]);
    let state = async |state| with(&|query| query.state = Some(state)).await;
    assert_eq!(state(DocumentState::Deleted).await, [5, 3]);
    assert_eq!(state(DocumentState::Held).await, [0; 0]);
    let between = with(&|query| {
        query.since = Some(seconds_later(20));
        query.until = Some(seconds_later(40));
    })
    .await;
    assert_eq!(between, [3, 2]);
    let both = with(&|query| {
        query.search = "r".into();
        query.state = Some(DocumentState::Printed);
        query.sort = HistorySort::Name;
    })
    .await;
    assert_eq!(both, [4, 1]);
    // By the database, and by what was searched.
    for search in ["", "b"] {
        let query = HistoryQuery {
            search: search.into(),
            page: PageAsk {
                offset: 1,
                limit: 2,
            },
            ..HistoryQuery::default()
        };
        let user = person("alice").id;
        let page = bench.ledger.history_page(&user, query).await.unwrap();
        let found: Vec<_> = page.rows.iter().map(|it| it.id.0.as_u128()).collect();
        // With a “b” are zebra, abc and Belgesi.
        let expected = if search.is_empty() {
            (vec![4, 3], 5)
        } else {
            (vec![3, 2], 3)
        };
        assert_eq!((found, page.total), expected);
    }
    let beyond = with(&|query| query.page.offset = 5).await;
    assert_eq!(beyond, [0; 0]);
    let odd = platen_domain::UserId::new("a\0b");
    let odd = bench
        .ledger
        .history_page(&odd, HistoryQuery::default())
        .await;
    assert_eq!(odd.unwrap().total, 0);
}
