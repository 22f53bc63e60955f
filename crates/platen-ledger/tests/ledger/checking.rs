//! The check of the whole ledger.

use platen_domain::LeaseId;
use platen_ledger::{Broken, Change, LeaseAsk, LedgerError, Settlement};
use uuid::Uuid;

use crate::place::Place;
use crate::support::*;

/// A ledger with two balances, three activities and one reservation.
async fn used_ledger() -> Bench {
    let bench = Bench::new().await;
    for number in 1..=2 {
        bench.print(number, "alice", "quota", 3).await;
        bench.begin_release(number).await;
        let printed = Settlement::Printed { sides: 3 };
        let id = document_id(number);
        bench.ledger.settle(id, printed, now()).await.unwrap();
    }
    let debit = Change::Debit(points("1"));
    bench.adjust(50, "research", None, debit).await.unwrap();
    bench.print(3, "alice", "quota", 5).await;
    bench
}

#[tokio::test]
async fn check_goes_through_everything() {
    let verified = used_ledger().await.ledger.verify().await.unwrap();
    assert_eq!(verified.activities, 3);
    assert_eq!(verified.balances, 2);
    assert_eq!(verified.documents, 3);
}

#[tokio::test]
async fn check_names_the_first_activity_that_was_tampered_with() {
    for (sql, number) in [
        (
            "UPDATE activity SET points = 1 WHERE sequence = 1 AND document IS NOT NULL",
            1,
        ),
        ("UPDATE activity SET reason = 'x' WHERE sequence = 2", 2),
        (
            "UPDATE activity SET made_by = 'x' WHERE document IS NULL",
            50,
        ),
        (
            "UPDATE activity SET made_at = made_at + 1 WHERE sequence = 2",
            2,
        ),
        ("UPDATE activity SET posted_after = 1 WHERE sequence = 2", 2),
        // Removed: the next one no longer fits.
        (
            "DELETE FROM activity WHERE sequence = 1 AND document IS NOT NULL",
            2,
        ),
    ] {
        let bench = used_ledger().await;
        bench.place.tamper(sql).await;
        match bench.ledger.verify().await {
            Err(LedgerError::Broken(Broken::Activity { activity, .. })) => {
                assert_eq!(activity, Uuid::from_u128(number), "{sql}");
            }
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn check_finds_balances_that_disagree_with_their_records() {
    let forget_head = format!(
        "UPDATE balance SET head = {} WHERE holder = ''",
        Place::ZERO_HASH
    );
    for (sql, wrong) in [
        (
            "UPDATE balance SET posted = posted + 1 WHERE holder <> ''",
            "posted",
        ),
        (
            "UPDATE balance SET pending = pending + 1 WHERE holder <> ''",
            "pending",
        ),
        (
            "UPDATE document SET cost = cost + 1 WHERE state = 'held'",
            "pending",
        ),
        (
            "UPDATE document SET state = 'deleted' WHERE state = 'held'",
            "pending",
        ),
        // The last one removed: nothing follows it that would not fit.
        ("DELETE FROM activity WHERE document IS NULL", "number of"),
        ("DELETE FROM balance WHERE holder = ''", "posted"),
        (&forget_head, "chained"),
    ] {
        let bench = used_ledger().await;
        bench.place.tamper(sql).await;
        match bench.ledger.verify().await {
            Err(LedgerError::Broken(Broken::Balance { what, .. })) => {
                assert_eq!(what, wrong, "{sql}");
            }
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn check_finds_documents_that_disagree_with_their_activity() {
    let copy_a_document = format!(
        "INSERT INTO document (id, person, queue, job_id, name, state, open, account, holder, cost,
             posted, submitted_at, changed_at)
         SELECT {}, person, queue, job_id, name, state, open, account, holder, cost, posted,
             submitted_at, changed_at FROM document WHERE state = 'printed' LIMIT 1",
        Place::ZERO_ID
    );
    for sql in [
        "UPDATE document SET posted = 1 WHERE state = 'printed'",
        "UPDATE document SET state = 'deleted' WHERE state = 'printed'",
        &copy_a_document,
    ] {
        let bench = used_ledger().await;
        bench.place.tamper(sql).await;
        assert!(
            matches!(
                bench.ledger.verify().await,
                Err(LedgerError::Broken(Broken::Document { .. }))
            ),
            "{sql}"
        );
    }
}

#[tokio::test]
async fn database_itself_refuses_to_change_or_remove_activities() {
    let bench = used_ledger().await;
    for sql in ["UPDATE activity SET points = 0", "DELETE FROM activity"] {
        let error = bench.place.refusal_of(sql).await;
        assert!(error.contains("append-only"), "{error}");
    }
}

#[tokio::test]
async fn broken_balance_stops_the_ledger_from_writing() {
    let bench = used_ledger().await;
    bench
        .place
        .tamper("UPDATE balance SET pending = 1 WHERE holder <> ''")
        .await;
    let deleted = bench.ledger.delete(document_id(3), now()).await;
    assert!(matches!(deleted, Err(LedgerError::Broken(_))));
    let submitted = bench.ledger.submit(new_document(9, "alice")).await;
    assert!(matches!(submitted, Err(LedgerError::Halted)));
    // Reading goes on.
    assert!(bench.ledger.accounts().await.is_ok());
}

#[tokio::test]
async fn check_finds_leased_points_that_disagree_with_the_leases() {
    for sql in [
        "UPDATE balance SET leased = leased + 1",
        "UPDATE lease SET drawn = drawn + 1",
        "UPDATE lease SET state = 'returned'",
        "DELETE FROM balance",
    ] {
        let bench = Bench::new().await;
        let lease = LeaseAsk {
            id: LeaseId(Uuid::from_u128(1)),
            account: bench.account("quota").await,
            person: person("alice"),
            device: "laptop".into(),
            points: points("5"),
            expires_at: hours_later(1),
        };
        bench.ledger.grant_lease(lease, now(), TODAY).await.unwrap();
        bench.ledger.verify().await.unwrap();
        bench.place.tamper(sql).await;
        match bench.ledger.verify().await {
            Err(LedgerError::Broken(Broken::Balance { what, .. })) => assert_eq!(what, "leased"),
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_ledger_is_checked_while_others_write_and_progress_rises_to_the_end() {
    // More than one page of activities, on chains that end within pages.
    const ACTIVITIES: u128 = 4_500;
    let bench = Bench::new().await;
    let debit = Change::Debit(points("0.01"));
    let mut charged = tokio::task::JoinSet::new();
    let ledger = bench.ledger.clone();
    let quota = bench.account("quota").await;
    let charge = move |number: u128| {
        let ledger = ledger.clone();
        async move {
            let adjustment = platen_ledger::Adjustment {
                account: quota,
                user: Some(platen_domain::UserId::local(&format!("user{}", number % 7))),
                change: debit,
                reason: "test".into(),
                by: "root".into(),
                corrects: None,
            };
            ledger
                .adjust(Uuid::from_u128(number), adjustment, now())
                .await
        }
    };
    for number in 1..=ACTIVITIES {
        charged.spawn(charge(number));
    }
    while let Some(done) = charged.join_next().await {
        done.unwrap().unwrap();
    }
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    // The check waits in its first step until somebody has written.
    let (written, wait) = std::sync::mpsc::channel::<()>();
    let check = bench.ledger.verify_with(move |progress| {
        sender.send(progress).unwrap();
        if progress.done == 0 {
            wait.recv_timeout(std::time::Duration::from_secs(20))
                .unwrap();
        }
    });
    let write = async {
        let first = receiver.recv().await.unwrap();
        charge(ACTIVITIES + 1).await.unwrap();
        written.send(()).unwrap();
        let mut said = vec![first];
        while let Some(progress) = receiver.recv().await {
            said.push(progress);
        }
        said
    };
    let (verified, said) = tokio::join!(check, write);
    assert_eq!(u128::from(verified.unwrap().activities), ACTIVITIES);
    assert!(said.len() > 3, "{said:?}");
    assert!(said.windows(2).all(|pair| pair[0].done < pair[1].done));
    assert!(
        said.iter()
            .all(|progress| u128::from(progress.total) == ACTIVITIES)
    );
    assert_eq!(
        said.last().map(|last| last.done),
        said.last().map(|last| last.total)
    );
    assert_eq!(u128::from(bench.activity_count().await), ACTIVITIES + 1);
}
