//! Several servers on one database.

use std::time::Duration;

use crate::support::*;

const DEADLINE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn changes_of_another_server_are_heard_without_asking() {
    let bench = Bench::new().await;
    let mut changes = bench.ledger.changes();
    let other = bench.place.open().await;
    // Listening begins with one announcement, of what may have been missed.
    let heard = tokio::time::timeout(DEADLINE, changes.wait_for(|count| *count > 1));
    heard.await.unwrap().unwrap();
    changes.mark_unchanged();
    other.submit(new_document(1, "alice")).await.unwrap();
    let heard = tokio::time::timeout(DEADLINE, changes.changed());
    heard.await.unwrap().unwrap();
}

#[tokio::test]
async fn site_that_another_server_changed_is_in_force_at_once() {
    let bench = Bench::new().await;
    let other = bench.place.open().await;
    bench.print(1, "alice", "quota", 10).await;
    let mut account = other.account_by_code("quota").await.unwrap().unwrap();
    account.limit = Some(points("15"));
    other.save_account(account).await.unwrap();
    let outcome = bench.print(2, "alice", "quota", 6).await;
    assert_eq!(outcome.verdict, declined("5"));
}
