//! Several servers on one database.

use std::sync::Arc;
use std::time::Duration;

use platen_domain::UserId;
use platen_ledger::{BulkAdjustment, Change, News};
use uuid::Uuid;

use crate::suite::news::listening;
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

async fn next(receiver: &mut Receiver) -> Arc<News> {
    let heard = tokio::time::timeout(DEADLINE, receiver.recv());
    heard.await.unwrap().unwrap()
}

type Receiver = tokio::sync::broadcast::Receiver<Arc<News>>;

#[tokio::test]
async fn servers_hear_each_others_news_and_not_their_own_twice() {
    let bench = Bench::new().await;
    let other = bench.place.open().await;
    let [mut here, mut there] = listening(&bench, [&bench.ledger, &other]).await;
    for (number, user, code) in [(1, "alice", "research"), (2, "bob", "quota")] {
        bench.print(number, user, code, 3).await;
        // The document comes, and then its reservation.
        let submitted = next(&mut there).await;
        assert_eq!(submitted.people, [UserId::local(user)]);
        let reserved = next(&mut there).await;
        let pools = reserved.accounts.len();
        assert_eq!(
            (&reserved.people, pools),
            (&submitted.people, 2 - number as usize)
        );
        for expected in [submitted, reserved] {
            assert_eq!(next(&mut here).await, expected);
        }
    }
    let mut account = other.account_by_code("quota").await.unwrap().unwrap();
    account.limit = None;
    other.save_account(account).await.unwrap();
    let site = News {
        site: true,
        ..News::default()
    };
    assert_eq!(*next(&mut here).await, site);
    assert_eq!(*next(&mut there).await, site);
    assert!(here.try_recv().is_err() && there.try_recv().is_err());
}

#[tokio::test]
async fn server_that_nobody_listens_at_only_says_that_something_changed() {
    let bench = Bench::new().await;
    let other = bench.place.open().await;
    let [mut there] = listening(&bench, [&other]).await;
    bench.submit(1, "alice").await;
    assert_eq!(*next(&mut there).await, News::everything());
}

#[tokio::test]
async fn news_about_too_many_for_a_message_come_in_several_or_are_everything() {
    let bench = Bench::new().await;
    let other = bench.place.open().await;
    let [mut here, mut there] = listening(&bench, [&bench.ledger, &other]).await;
    let quota = bench.account("quota").await;
    // One transaction that touches everybody who was adjusted before it: first as
    // many as need a few messages, then more than are sent at all.
    for (first, count, length) in [(0, 200, 60), (200, 40, 2_000)] {
        for number in first..first + count {
            let name = format!("{number}{}", "x".repeat(length));
            let debit = Change::Debit(points("1"));
            let adjusted = bench.adjust(number, "quota", Some(&name), debit);
            adjusted.await.unwrap();
            next(&mut there).await;
            next(&mut here).await;
        }
        let all = BulkAdjustment {
            account: quota,
            change: Change::SetTo(points("0")),
            reason: "test".into(),
            by: "root".into(),
        };
        let id = Uuid::from_u128(10_000 + first);
        bench.ledger.adjust_all(id, all, now()).await.unwrap();
        let touched = &next(&mut here).await.people;
        assert_eq!(touched.len() as u128, first + count);
        let mut told = Vec::new();
        let mut messages = 0;
        let everything = loop {
            let heard = next(&mut there).await;
            messages += 1;
            told.extend(heard.people.clone());
            if heard.everything || told.len() == touched.len() {
                break heard.everything;
            }
        };
        if first == 0 {
            // 200 of 72 bytes each.
            assert_eq!((messages, everything), (2, false));
            assert!(told == *touched, "others were told of");
        } else {
            assert_eq!((messages, everything), (1, true));
        }
    }
}

#[tokio::test]
async fn listener_that_lost_its_connection_says_everything_when_it_is_back() {
    let bench = Bench::new().await;
    let other = bench.place.open().await;
    let [mut there] = listening(&bench, [&other]).await;
    let mut changes = other.changes();
    changes.mark_unchanged();
    bench.place.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND query = 'LISTEN platen'",
    );
    assert_eq!(*next(&mut there).await, News::everything());
    let heard = tokio::time::timeout(DEADLINE, changes.changed());
    heard.await.unwrap().unwrap();
    let _here = bench.ledger.news();
    bench.submit(1, "alice").await;
    let alice = vec![UserId::local("alice")];
    assert_eq!(next(&mut there).await.people, alice);
}
