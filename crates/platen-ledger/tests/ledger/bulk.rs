//! One adjustment for all holders of an account.

use platen_domain::{AccountId, Points};
use platen_ledger::{
    ActivityFilter, ActivityKind, BulkAdjusted, BulkAdjustment, Change, LedgerError, Refusal,
};
use uuid::Uuid;

use crate::support::*;

async fn ask(bench: &Bench, code: &str, change: Change) -> BulkAdjustment {
    BulkAdjustment {
        account: bench.account(code).await,
        change,
        reason: "new term".into(),
        by: "root".into(),
    }
}

async fn adjust_all(
    bench: &Bench,
    id: u128,
    ask: BulkAdjustment,
) -> Result<BulkAdjusted, LedgerError> {
    bench
        .ledger
        .adjust_all(Uuid::from_u128(id), ask, now())
        .await
}

/// Alice used 10, bob 20, carol has 5 pending; dave looked and left.
async fn used() -> Bench {
    let bench = Bench::new().await;
    for (id, user, amount) in [(101, "alice", "10"), (102, "bob", "20")] {
        let debit = Change::Debit(points(amount));
        bench.adjust(id, "quota", Some(user), debit).await.unwrap();
    }
    bench.print(1, "carol", "quota", 5).await;
    bench.print(2, "dave", "quota", 51).await;
    bench
}

#[tokio::test]
async fn every_used_balance_of_an_individual_account_is_adjusted_once() {
    let bench = used().await;
    let credit = ask(&bench, "quota", Change::Credit(points("4"))).await;
    let adjusted = adjust_all(&bench, 1, credit).await.unwrap();
    assert_eq!(adjusted.balances, 3);
    assert_eq!(bench.balance("alice", "quota").await, "6/50 points used");
    assert_eq!(bench.balance("bob", "quota").await, "16/50 points used");
    assert_eq!(bench.balance("carol", "quota").await, "1/50 points used");
    assert_eq!(bench.balance("dave", "quota").await, "0/50 points used");
    let set = ask(&bench, "quota", Change::SetTo(Points::ZERO)).await;
    adjust_all(&bench, 2, set).await.unwrap();
    assert_eq!(bench.balance("bob", "quota").await, "0/50 points used");
    // Pending documents are not counted in it.
    assert_eq!(bench.balance("carol", "quota").await, "5/50 points used");
    let all = ActivityFilter::default();
    let activities = bench.ledger.activities(all).await.unwrap();
    assert_eq!(activities.len(), 2 + 3 + 3);
    assert!(activities[..3].iter().all(|activity| {
        activity.kind == ActivityKind::Set
            && activity.user == activity.holder
            && activity.reason == "new term"
            && activity.by == "root"
    }));
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn shared_account_adjusts_its_pool_even_where_nobody_printed_yet() {
    let bench = Bench::new().await;
    let debit = ask(&bench, "research", Change::Debit(points("7"))).await;
    let adjusted = adjust_all(&bench, 1, debit).await.unwrap();
    assert_eq!(adjusted.balances, 1);
    assert_eq!(
        bench.balance("alice", "research").await,
        "7/100 points used"
    );
    let nobody = ask(&bench, "quota", Change::Debit(points("7"))).await;
    assert_eq!(adjust_all(&bench, 2, nobody).await.unwrap().balances, 0);
}

#[tokio::test]
async fn adjusting_all_twice_counts_once_and_other_content_is_refused() {
    let bench = used().await;
    let credit = ask(&bench, "quota", Change::Credit(points("4"))).await;
    let first = adjust_all(&bench, 1, credit.clone()).await.unwrap();
    bench.print(3, "erin", "quota", 5).await;
    // The stored answer, without those who came since.
    assert_eq!(adjust_all(&bench, 1, credit.clone()).await.unwrap(), first);
    assert_eq!(bench.balance("erin", "quota").await, "5/50 points used");
    let others = [
        ask(&bench, "department", Change::Credit(points("4"))).await,
        ask(&bench, "quota", Change::Credit(points("5"))).await,
        ask(&bench, "quota", Change::Debit(points("4"))).await,
        BulkAdjustment {
            reason: "other".into(),
            ..credit.clone()
        },
        BulkAdjustment {
            by: "other".into(),
            ..credit.clone()
        },
    ];
    for other in others {
        assert_eq!(
            refusal(adjust_all(&bench, 1, other).await),
            Refusal::ExistsWithDifferent { what: "content" }
        );
    }
    // The id of an adjustment is not one for all, nor the other way round.
    let taken = Refusal::ExistsWithDifferent { what: "purpose" };
    assert_eq!(refusal(adjust_all(&bench, 101, credit).await), taken);
    let debit = Change::Debit(points("1"));
    let adjusted = bench.adjust(1, "quota", Some("alice"), debit).await;
    assert_eq!(refusal(adjusted), taken);
}

#[tokio::test]
async fn one_balance_that_can_not_be_adjusted_leaves_all_as_they_were() {
    let bench = used().await;
    let most = Change::SetTo(Points::MAX);
    bench.adjust(103, "quota", Some("zoe"), most).await.unwrap();
    let debit = ask(&bench, "quota", Change::Debit(points("1"))).await;
    assert!(matches!(
        adjust_all(&bench, 1, debit).await,
        Err(LedgerError::Points(_))
    ));
    assert_eq!(bench.balance("alice", "quota").await, "10/50 points used");
    assert_eq!(bench.activity_count().await, 3);
}

#[tokio::test]
async fn refusals_of_adjustments_come_in_their_order() {
    let bench = Bench::new().await;
    let unknown = AccountId(Uuid::from_u128(404));
    let wrong = BulkAdjustment {
        account: unknown,
        change: Change::Credit(Points::ZERO),
        reason: " ".into(),
        by: String::new(),
    };
    let given = |ask: BulkAdjustment| async { refusal(adjust_all(&bench, 1, ask).await) };
    assert_eq!(given(wrong.clone()).await, Refusal::UnknownAccount(unknown));
    let known = BulkAdjustment {
        account: bench.account("quota").await,
        ..wrong
    };
    assert_eq!(
        given(known.clone()).await,
        Refusal::Missing { what: "reason" }
    );
    let with_reason = BulkAdjustment {
        reason: "test".into(),
        ..known
    };
    assert!(matches!(
        given(with_reason.clone()).await,
        Refusal::Missing { .. }
    ));
    let with_name = BulkAdjustment {
        by: "root".into(),
        ..with_reason
    };
    assert_eq!(given(with_name).await, Refusal::NotPositive);
}

#[tokio::test]
async fn single_adjustment_answers_again_before_anything_else_is_looked_at() {
    let bench = Bench::new().await;
    let good = platen_ledger::Adjustment {
        account: bench.account("quota").await,
        user: Some(person("alice").id),
        change: Change::Debit(points("3")),
        reason: "test".into(),
        by: "root".into(),
        corrects: None,
    };
    let adjust = |ask| bench.ledger.adjust(Uuid::from_u128(1), ask, now());
    adjust(good.clone()).await.unwrap();
    let differently = [
        (
            platen_ledger::Adjustment {
                account: AccountId(Uuid::from_u128(404)),
                ..good.clone()
            },
            "account",
        ),
        (
            platen_ledger::Adjustment {
                user: None,
                ..good.clone()
            },
            "user",
        ),
        (
            platen_ledger::Adjustment {
                change: Change::Credit(Points::ZERO),
                ..good.clone()
            },
            "change",
        ),
        (
            platen_ledger::Adjustment {
                reason: String::new(),
                ..good.clone()
            },
            "reason",
        ),
    ];
    for (other, what) in differently {
        assert_eq!(
            refusal(adjust(other).await),
            Refusal::ExistsWithDifferent { what }
        );
    }
    // Anew, the order is: account, what is missing, the pool, the amount, what
    // it corrects.
    let wrong = platen_ledger::Adjustment {
        account: bench.account("research").await,
        change: Change::Credit(Points::ZERO),
        reason: String::new(),
        corrects: Some(Uuid::from_u128(9)),
        ..good
    };
    let anew = |ask| async { refusal(bench.ledger.adjust(Uuid::from_u128(2), ask, now()).await) };
    assert_eq!(
        anew(wrong.clone()).await,
        Refusal::Missing { what: "reason" }
    );
    let with_reason = platen_ledger::Adjustment {
        reason: "test".into(),
        ..wrong
    };
    assert_eq!(anew(with_reason.clone()).await, Refusal::SharedPool);
    let of_pool = platen_ledger::Adjustment {
        user: None,
        ..with_reason
    };
    assert_eq!(anew(of_pool.clone()).await, Refusal::NotPositive);
    let with_amount = platen_ledger::Adjustment {
        change: Change::Credit(points("1")),
        ..of_pool
    };
    assert_eq!(
        anew(with_amount).await,
        Refusal::UnknownActivity(Uuid::from_u128(9))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hundreds_are_adjusted_one_by_one_at_once_and_all_together() {
    const HOLDERS: u128 = 400;
    let bench = Bench::new().await;
    let account = bench.account("quota").await;
    let mut callers = tokio::task::JoinSet::new();
    for number in 0..HOLDERS {
        let ledger = bench.ledger.clone();
        let adjustment = platen_ledger::Adjustment {
            account,
            user: Some(person(&format!("user {number}")).id),
            change: Change::Debit(points("3")),
            reason: "test".into(),
            by: "root".into(),
            corrects: None,
        };
        let id = Uuid::from_u128(1_000 + number);
        callers.spawn(async move { ledger.adjust(id, adjustment, now()).await });
    }
    while let Some(adjusted) = callers.join_next().await {
        adjusted.unwrap().unwrap();
    }
    let credit = ask(&bench, "quota", Change::Credit(points("1"))).await;
    let adjusted = adjust_all(&bench, 1, credit.clone()).await.unwrap();
    assert_eq!(u128::from(adjusted.balances), HOLDERS);
    assert_eq!(adjust_all(&bench, 1, credit).await.unwrap(), adjusted);
    for row in bench.ledger.balances(Some(account)).await.unwrap() {
        assert_eq!(row.balance.posted, points("2"));
    }
    assert_eq!(u128::from(bench.activity_count().await), 2 * HOLDERS);
}
