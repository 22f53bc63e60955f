//! The stream of changes: whom it tells what, and when it ends.

use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use jiff::Timestamp;
use platen_domain::{Access, Account, AccountId, DocumentId, Kind, UserId};
use platen_ledger::{NewDocument, SessionFilter};
use uuid::Uuid;

use crate::support::{Browser, Site};

/// Much longer than a change takes, much shorter than a sign of life.
const SOON: Duration = Duration::from_secs(5);
const QUIET: Duration = Duration::from_millis(400);

/// Numbers as a page's stream tells them.
struct Numbers(std::pin::Pin<Box<dyn Stream<Item = String> + Send>>);

async fn follow(browser: &Browser, path: &str) -> Numbers {
    let response = browser.request("GET", path).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let bytes = response.bytes_stream();
    let events = bytes
        .filter_map(|bytes| std::future::ready(bytes.ok()))
        .map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
    Numbers(Box::pin(events))
}

impl Numbers {
    async fn next(&mut self) -> Option<u64> {
        let event = tokio::time::timeout(SOON, self.0.next())
            .await
            .expect("nothing comes")?;
        let number = event
            .strip_prefix("event: changed\ndata: ")
            .expect("a change");
        Some(number.trim().parse().unwrap())
    }

    /// Nothing comes, and it does not end.
    async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(QUIET, self.0.next()).await.is_err()
    }
}

async fn user(site: &Site, login: &str) -> UserId {
    let row = site
        .ledger
        .person_by_login(&format!("{login}@example.edu"))
        .await
        .unwrap();
    row.unwrap().person.id
}

async fn submit(site: &Site, login: &str) {
    let new = NewDocument {
        id: DocumentId(Uuid::new_v4()),
        user: user(site, login).await,
        queue: "secure".into(),
        job_id: 1,
        name: "essay.pdf".into(),
        submitted_at: Timestamp::now(),
    };
    site.ledger.submit(new).await.unwrap();
}

fn pool(groups: &[&str]) -> Account {
    Account {
        id: AccountId(Uuid::new_v4()),
        name: "Pool".into(),
        code: "pool".into(),
        enabled: true,
        start: None,
        expiry: None,
        kind: Kind::Shared,
        limit: None,
        exceed_by: platen_domain::Points::ZERO,
        access: Access::Only {
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            users: std::collections::BTreeSet::new(),
        },
        on_clients: true,
        archived: false,
        version: 0,
    }
}

#[tokio::test]
async fn only_pages_that_a_change_concerns_are_told() {
    let site = Site::start().await;
    let (alice, carol) = (site.signed_in("alice").await, site.signed_in("carol").await);
    let mut to_alice = follow(&alice, "/events").await;
    let mut to_carol = follow(&carol, "/events").await;
    let (first, _) = (
        to_alice.next().await.unwrap(),
        to_carol.next().await.unwrap(),
    );
    assert!(to_alice.is_quiet().await);

    submit(&site, "alice").await;
    assert!(to_alice.next().await.unwrap() > first);
    assert!(
        to_carol.is_quiet().await,
        "a stranger's document is not told"
    );

    // What the site decides concerns everybody.
    let pool = site.ledger.save_account(pool(&["staff"])).await.unwrap();
    to_alice.next().await.unwrap();
    to_carol.next().await.unwrap();

    // A pool's balance concerns those who may use it.
    let charge = platen_ledger::Adjustment {
        account: pool.id,
        user: None,
        change: platen_ledger::Change::Debit(platen_domain::Points::from_hundredths(100)),
        reason: "test".into(),
        by: "test".into(),
        corrects: None,
    };
    site.ledger
        .adjust(Uuid::new_v4(), charge, Timestamp::now())
        .await
        .unwrap();
    to_carol.next().await.unwrap();
    assert!(to_alice.is_quiet().await, "not a student's pool");
}

#[tokio::test]
async fn page_and_stream_agree_on_the_number_until_something_changes() {
    let site = Site::start().await;
    let alice = site.signed_in("alice").await;
    let version = |text: &str| -> u64 {
        let rest = text.split_once("data-version=\"").unwrap().1;
        rest.split('"').next().unwrap().parse().unwrap()
    };
    let page = version(&alice.get("/").await.expect(200).text);
    assert_eq!(follow(&alice, "/events").await.next().await, Some(page));
    // A change between page and stream is noticed.
    submit(&site, "alice").await;
    let mut later = follow(&alice, "/events").await;
    let deadline = std::time::Instant::now() + SOON;
    let mut told = later.next().await.unwrap();
    while told == page {
        assert!(std::time::Instant::now() < deadline);
        told = later.next().await.unwrap();
    }
    assert_eq!(version(&alice.get("/").await.expect(200).text), told);
}

#[tokio::test]
async fn stream_ends_with_its_session_and_no_other() {
    let site = Site::start().await;
    let (first, second) = (site.signed_in("alice").await, site.signed_in("alice").await);
    let mut to_first = follow(&first, "/events").await;
    let mut to_second = follow(&second, "/events").await;
    to_first.next().await.unwrap();
    to_second.next().await.unwrap();
    // What the site decides ends nobody's session, nor does it hide its end.
    site.ledger.save_account(pool(&[])).await.unwrap();
    to_first.next().await.unwrap();
    to_second.next().await.unwrap();
    // The newest is listed first.
    let sessions = site
        .ledger
        .sessions(SessionFilter::default())
        .await
        .unwrap()
        .rows;
    let started = std::time::Instant::now();
    site.ledger
        .end_session(sessions[1].id, Timestamp::now())
        .await
        .unwrap();
    while to_first.next().await.is_some() {}
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
    first.get("/events").await.expect(401);
    // The other is told, at most, that something about the person changed.
    while !to_second.is_quiet().await {}
    submit(&site, "alice").await;
    assert!(to_second.next().await.is_some());
}

#[tokio::test]
async fn only_administrators_follow_the_site() {
    let site = Site::start().await;
    let admin = site.signed_in("admin").await;
    let mut events = follow(&admin, "/events?topic=site").await;
    events.next().await.unwrap();
    submit(&site, "admin").await;
    assert!(events.is_quiet().await);
    site.ledger.save_account(pool(&[])).await.unwrap();
    events.next().await.unwrap();

    let alice = site.signed_in("alice").await;
    alice.get("/events?topic=site").await.expect(403);
    alice.get("/events?topic=everything").await.expect(404);
}
