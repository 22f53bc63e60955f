//! Many callers and several programs at once.

use std::sync::Arc;
use std::time::Duration;

use platen_domain::{DocumentState, Points, Verdict};
use platen_ledger::{Change, Ledger, Reserve, Settlement};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::*;

const DEADLINE: Duration = Duration::from_secs(30);

/// Has `callers` reserve ten documents each of one point on the shared pool,
/// settle some and delete some; gives how many were permitted.
async fn storm(ledgers: &[Ledger], callers: u128, settle: bool) -> u64 {
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let ledger = ledgers[caller as usize % ledgers.len()].clone();
        tasks.spawn(async move {
            let research = ledger.account_by_code("research").await.unwrap().unwrap();
            let mut permitted = 0;
            for round in 0..10 {
                let number = 1 + caller * 10 + round;
                ledger.submit(new_document(number, "alice")).await.unwrap();
                let ask = Reserve {
                    id: document_id(number),
                    person: person("alice"),
                    account: Some(research.id),
                    facts: facts(1),
                    lease: None,
                };
                let outcome = ledger.reserve(ask, now(), TODAY).await.unwrap();
                if matches!(outcome.verdict, Verdict::Declined { .. }) {
                    continue;
                }
                permitted += 1;
                let used = outcome.account.unwrap().balance.committed().unwrap();
                assert!(used <= points("100"), "overspent: {used}");
                if settle && round % 2 == 0 {
                    let nonce = Uuid::from_u128(number);
                    let id = document_id(number);
                    ledger
                        .begin_release(id, "printer".into(), nonce, now())
                        .await
                        .unwrap();
                    let printed = Settlement::Printed { sides: 1 };
                    ledger.settle(id, printed, now()).await.unwrap();
                }
            }
            permitted
        });
    }
    let mut permitted = 0;
    while let Some(task) = tasks.join_next().await {
        permitted += task.unwrap();
    }
    permitted
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_callers_never_overspend_a_hot_pool() {
    let bench = Bench::new().await;
    // 640 points are asked for, 100 are there.
    let ledgers = [bench.ledger.clone()];
    let permitted = tokio::time::timeout(DEADLINE, storm(&ledgers, 64, true));
    assert_eq!(permitted.await.unwrap(), 100);
    assert_eq!(
        bench.balance("alice", "research").await,
        "100/100 points used"
    );
    bench.ledger.verify().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_programs_on_one_ledger_never_overspend() {
    let bench = Bench::new().await;
    // Nothing is shared between handles but the database, so that three of
    // them stand for three programs.
    let ledgers = [
        bench.ledger.clone(),
        bench.place.open().await,
        bench.place.open().await,
    ];
    let permitted = tokio::time::timeout(DEADLINE, storm(&ledgers, 24, true));
    assert_eq!(permitted.await.unwrap(), 100);
    bench.ledger.verify().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_id_asked_for_by_many_at_once_is_charged_once() {
    let bench = Bench::new().await;
    let mut tasks = JoinSet::new();
    for _ in 0..64 {
        let ledger = bench.ledger.clone();
        tasks.spawn(async move {
            ledger.submit(new_document(1, "alice")).await.unwrap();
            let ask = Reserve {
                id: document_id(1),
                person: person("alice"),
                account: None,
                facts: facts(3),
                lease: None,
            };
            ledger.reserve(ask, now(), TODAY).await.unwrap().document
        });
    }
    while let Some(task) = tasks.join_next().await {
        assert_eq!(task.unwrap().state, DocumentState::Held);
    }
    assert_eq!(
        bench.balance("alice", "department").await,
        "3/20 points used"
    );
}

#[tokio::test]
async fn commits_are_announced_and_those_of_other_programs_after_a_poke() {
    let bench = Bench::new().await;
    let mut changes = bench.ledger.changes();
    changes.mark_unchanged();
    bench.submit(1, "alice").await;
    let changed = tokio::time::timeout(DEADLINE, changes.changed());
    changed.await.unwrap().unwrap();

    // What changed nothing is no news.
    bench.submit(1, "alice").await;
    bench.ledger.poke().await;
    bench
        .adjust(9, "quota", Some("alice"), Change::SetTo(Points::ZERO))
        .await
        .unwrap();
    changes.mark_unchanged();
    let other = bench.place.open().await;
    other.submit(new_document(2, "alice")).await.unwrap();
    bench.ledger.poke().await;
    let changed = tokio::time::timeout(DEADLINE, changes.changed());
    changed.await.unwrap().unwrap();
    assert!(
        bench
            .ledger
            .document(document_id(2))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn activities_in_batches_of_any_size_find_their_places() {
    let bench = Arc::new(Bench::new().await);
    for batch in 1..=30 {
        let mut tasks = JoinSet::new();
        for caller in 0..batch {
            let bench = Arc::clone(&bench);
            tasks.spawn(async move {
                let change = Change::Debit(points("1"));
                let id = batch * 100 + caller;
                bench.adjust(id, "quota", Some("alice"), change).await
            });
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap().unwrap();
        }
    }
    let verified = bench.ledger.verify().await.unwrap();
    // 1 + 2 + … + 30
    assert_eq!(verified.activities, 465);
}

#[tokio::test]
async fn operation_whose_caller_went_away_is_carried_out() {
    let bench = Bench::new().await;
    let mut changes = bench.ledger.changes();
    changes.mark_unchanged();
    {
        let submitting = bench.ledger.submit(new_document(1, "alice"));
        let mut submitting = std::pin::pin!(submitting);
        // Polled once it is queued; then its caller goes away.
        tokio::select! {
            biased;
            _ = &mut submitting => {}
            () = std::future::ready(()) => {}
        }
    }
    let changed = tokio::time::timeout(DEADLINE, changes.changed());
    changed.await.unwrap().unwrap();
    assert_eq!(bench.document(1).await.state, DocumentState::Submitted);
}

#[tokio::test]
async fn last_handle_waits_for_what_is_queued() {
    let Bench { ledger, place } = Bench::new().await;
    let tasks: Vec<_> = (1..=50)
        .map(|number| {
            let ledger = ledger.clone();
            tokio::spawn(async move { ledger.submit(new_document(number, "alice")).await })
        })
        .collect();
    drop(ledger);
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let ledger = place.open().await;
    assert_eq!(ledger.verify().await.unwrap().documents, 50);
}

#[tokio::test]
async fn everything_is_there_after_reopening() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 4).await;
    bench.print(2, "alice", "department", 99).await;
    let alice = person("alice");
    let before = bench.ledger.view(&alice, now(), TODAY).await.unwrap();
    let Bench { ledger, place } = bench;
    drop(ledger);
    let ledger = place.open().await;
    let after = ledger.view(&alice, now(), TODAY).await.unwrap();
    assert_eq!(after, before);
}
