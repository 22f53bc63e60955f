//! What those who look on are told of a commit.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use platen_domain::{AccountId, LeaseId, UserId};
use platen_ledger::{Change, LeaseAsk, Ledger, News, Settlement};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;
use uuid::Uuid;

use super::sessions::{digest, session};
use crate::place::Place;
use crate::support::*;

const DEADLINE: Duration = Duration::from_secs(20);
const SOON: Duration = Duration::from_millis(300);

/// News of a ledger, without what a listener says when it begins.
struct Ear(Receiver<Arc<News>>);

impl Ear {
    async fn of(bench: &Bench) -> Self {
        let [news] = listening(bench, [&bench.ledger]).await;
        Self(news)
    }

    /// All that was told until now; what was answered was told before.
    fn now(&mut self) -> News {
        let mut all = News::default();
        loop {
            match self.0.try_recv() {
                Ok(news) => {
                    all.people.extend(news.people.clone());
                    all.accounts.extend(news.accounts.clone());
                    all.site |= news.site;
                    all.everything |= news.everything;
                }
                Err(TryRecvError::Empty) => break,
                Err(error) => panic!("{error}"),
            }
        }
        all.people.sort();
        all.people.dedup();
        all.accounts.dedup();
        all
    }
}

/// News of ledgers that hear each other by now, where they do at all. When they
/// begin to they say so, sooner or later.
pub(crate) async fn listening<const N: usize>(
    bench: &Bench,
    ledgers: [&Ledger; N],
) -> [Receiver<Arc<News>>; N] {
    let mut all = ledgers.map(Ledger::news);
    if !Place::LISTENS {
        return all;
    }
    let other = bench.place.open().await;
    let _listens = other.news();
    for number in 900_000..900_100 {
        // Messages keep their order: who hears the last of these heard all.
        let marker = format!("marker {number}");
        let document = new_document(number, &marker);
        other.submit(document).await.unwrap();
        let heard = async {
            for news in &mut all {
                while news.recv().await.unwrap().people != [UserId::local(&marker)] {}
            }
        };
        if tokio::time::timeout(SOON, heard).await.is_ok() {
            return all;
        }
    }
    panic!("nothing is heard");
}

fn of(people: &[&str], accounts: &[AccountId]) -> News {
    News {
        people: people.iter().map(|name| UserId::local(name)).collect(),
        accounts: accounts.to_vec(),
        ..News::default()
    }
}

#[tokio::test]
async fn news_name_whose_documents_and_balances_changed() {
    let bench = Bench::new().await;
    let mut ear = Ear::of(&bench).await;
    let research = bench.account("research").await;
    bench.submit(1, "bob").await;
    assert_eq!(ear.now(), of(&["bob"], &[]));
    bench.print(2, "alice", "quota", 3).await;
    assert_eq!(ear.now(), of(&["alice"], &[]));
    bench.print(3, "alice", "research", 3).await;
    assert_eq!(ear.now(), of(&["alice"], &[research]));
    bench.begin_release(3).await;
    // Nothing moved on the balance.
    assert_eq!(ear.now(), of(&["alice"], &[]));
    let printed = Settlement::Printed { sides: 2 };
    let settled = bench.ledger.settle(document_id(3), printed, now());
    settled.await.unwrap();
    assert_eq!(ear.now(), of(&["alice"], &[research]));
    let debit = Change::Debit(points("1"));
    bench.adjust(50, "research", None, debit).await.unwrap();
    assert_eq!(ear.now(), of(&[], &[research]));
    bench.adjust(51, "quota", Some("eve"), debit).await.unwrap();
    assert_eq!(ear.now(), of(&["eve"], &[]));
    let lease = LeaseAsk {
        id: LeaseId(Uuid::from_u128(1)),
        account: research,
        person: person("alice"),
        device: "laptop".into(),
        points: points("5"),
        expires_at: hours_later(1),
    };
    let granted = bench.ledger.grant_lease(lease, now(), TODAY).await;
    granted.unwrap();
    assert_eq!(ear.now(), of(&["alice"], &[research]));
    let quota = bench.account("quota").await;
    let zoe = person("zoe");
    let chosen = bench.ledger.set_active(&zoe, quota, now(), TODAY);
    chosen.await.unwrap();
    assert_eq!(ear.now(), of(&["zoe"], &[]));
}

#[tokio::test]
async fn what_changes_nothing_that_is_looked_at_is_no_news() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 3).await;
    let ledger = &bench.ledger;
    ledger
        .open_session(digest(1), session(1, "alice"))
        .await
        .unwrap();
    let mut ear = Ear::of(&bench).await;
    let mut changes = ledger.changes();
    changes.mark_unchanged();
    // Asked again, refused, read.
    bench.submit(1, "alice").await;
    refusal(
        bench
            .adjust(9, "quota", None, Change::SetTo(points("1")))
            .await,
    );
    bench.balance("alice", "quota").await;
    assert!(!changes.has_changed().unwrap());
    // Written, and of no interest.
    let later = now() + SignedDuration::from_secs(100);
    ledger.touch_sessions(vec![digest(1)], later).await.unwrap();
    let payload = String::new();
    let put = ledger.put_ticket(digest(2), "link", payload, hours_later(1));
    put.await.unwrap();
    ledger.take_ticket(digest(2), "link", now()).await.unwrap();
    ledger.sweep(hours_later(999)).await.unwrap();
    assert!(changes.has_changed().unwrap());
    assert_eq!(ear.now(), News::default());
}

#[tokio::test]
async fn ended_session_is_news_of_its_person_and_a_changed_site_of_all() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    for (number, user) in [(1, "alice"), (2, "bob"), (3, "bob")] {
        let opened = session(number.into(), user);
        ledger.open_session(digest(number), opened).await.unwrap();
    }
    let mut ear = Ear::of(&bench).await;
    ledger.end_session(Uuid::from_u128(1), now()).await.unwrap();
    assert_eq!(ear.now(), of(&["alice"], &[]));
    let bob = UserId::local("bob");
    ledger.end_sessions_of(&bob, now()).await.unwrap();
    ledger.end_sessions_of(&bob, now()).await.unwrap();
    assert_eq!(ear.now(), of(&["bob"], &[]));
    bench.load(&format!("{SITE}{CARD}")).await;
    assert_eq!(ear.now(), News::default());
    let quota = bench.account("quota").await;
    ledger.archive_account(quota).await.unwrap();
    let site = News {
        site: true,
        ..News::default()
    };
    assert_eq!(ear.now(), site);
}

#[tokio::test]
async fn other_programs_changes_are_heard_of_at_once_or_after_a_poke() {
    let bench = Bench::new().await;
    let mut ear = Ear::of(&bench).await;
    bench.ledger.poke().await;
    let other = bench.place.open().await;
    other.submit(new_document(1, "alice")).await.unwrap();
    bench.ledger.poke().await;
    let heard = tokio::time::timeout(DEADLINE, ear.0.recv()).await;
    assert_eq!(*heard.unwrap().unwrap(), News::everything());
}

#[tokio::test]
async fn news_end_with_the_ledger() {
    let Bench { ledger, place } = Bench::empty().await;
    let mut news = ledger.news();
    drop(ledger);
    let ended = async {
        loop {
            if news.recv().await.is_err() {
                break;
            }
        }
    };
    tokio::time::timeout(DEADLINE, ended).await.unwrap();
    drop(place);
}
