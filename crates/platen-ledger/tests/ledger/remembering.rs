//! Answers that are given again.

use platen_ledger::{Change, KeptAnswer, Refusal};
use uuid::Uuid;

use crate::support::*;

fn said(request: u8, answer: &str) -> KeptAnswer {
    KeptAnswer {
        request: [request; 32],
        answer: answer.to_owned(),
    }
}

#[tokio::test]
async fn first_answer_stays_whatever_comes_after_it() {
    let bench = Bench::new().await;
    let id = Uuid::from_u128(7);
    assert_eq!(bench.ledger.kept_answer(id).await.unwrap(), None);
    let first = said(1, "{\"status\": 201}");
    let stored = bench.ledger.keep_answer(id, first.clone(), now()).await;
    assert_eq!(stored.unwrap(), first);
    let second = said(2, "another");
    let stored = bench.ledger.keep_answer(id, second, now()).await;
    assert_eq!(stored.unwrap(), first);
    assert_eq!(bench.ledger.kept_answer(id).await.unwrap(), Some(first));
}

#[tokio::test]
async fn of_two_who_answer_at_once_both_give_the_answer_of_one() {
    let bench = Bench::new().await;
    let id = Uuid::from_u128(7);
    let (one, other) = tokio::join!(
        bench.ledger.keep_answer(id, said(1, "one"), now()),
        bench.ledger.keep_answer(id, said(1, "other"), now()),
    );
    assert_eq!(one.unwrap(), other.unwrap());
}

#[tokio::test]
async fn id_of_an_activity_remembers_nothing_else() {
    let bench = Bench::new().await;
    let debit = Change::Debit(points("1"));
    bench
        .adjust(7, "quota", Some("alice"), debit)
        .await
        .unwrap();
    let refused = bench
        .ledger
        .keep_answer(Uuid::from_u128(7), said(1, "x"), now());
    assert!(matches!(
        refusal(refused.await),
        Refusal::ExistsWithDifferent { .. }
    ));
}
