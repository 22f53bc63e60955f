//! Operations on very many rows of which none is in memory yet.

use platen_domain::{DocumentState, Points, UserId};
use platen_ledger::{Adjustment, BulkAdjustment, Change, Ledger, Reserve, Session, SessionKind};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::looking::device;
use super::sessions::{digest, session};
use crate::support::*;

/// More than the writer asks the engine for, one after the other.
const PEOPLE: u8 = 200;

fn user(number: u8) -> String {
    format!("user{number}")
}

/// Does something for everybody at once.
async fn everybody<F, A>(ledger: &Ledger, each: F)
where
    F: Fn(Ledger, u8) -> A,
    A: Future<Output = ()> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for number in 0..PEOPLE {
        tasks.spawn(each(ledger.clone(), number));
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

#[tokio::test]
async fn sessions_of_many_people_are_seen_together() {
    let bench = Bench::empty().await;
    everybody(&bench.ledger, |ledger, number| async move {
        let session = session(number.into(), &user(number));
        ledger.open_session(digest(number), session).await.unwrap();
    })
    .await;
    let fresh = bench.place.open().await;
    let digests = (0..PEOPLE).map(digest).collect();
    fresh.touch_sessions(digests, hours_later(1)).await.unwrap();
    for number in [0, PEOPLE - 1] {
        let session = fresh.session(digest(number), hours_later(1)).await.unwrap();
        assert_eq!(session.unwrap().seen_at, hours_later(1));
    }
}

#[tokio::test]
async fn documents_of_many_people_end_together() {
    let bench = Bench::new().await;
    let account = Some(bench.account("quota").await);
    everybody(&bench.ledger, |ledger, number| async move {
        let new = new_document(number.into(), &user(number));
        ledger.submit(new).await.unwrap();
        let ask = Reserve {
            id: document_id(number.into()),
            person: person(&user(number)),
            account,
            facts: facts(5),
            lease: None,
        };
        ledger.reserve(ask, now(), TODAY).await.unwrap();
    })
    .await;
    let fresh = bench.place.open().await;
    let expired = fresh.expire_due(hours_later(100)).await.unwrap();
    assert_eq!(expired.len(), usize::from(PEOPLE));
    let ended = |state| state == DocumentState::Expired;
    assert!(expired.iter().all(|document| ended(document.state)));
    for row in fresh.balances(None).await.unwrap() {
        assert_eq!(row.balance.pending, Points::ZERO);
    }
    fresh.verify().await.unwrap();
}

#[tokio::test]
async fn balances_of_many_people_are_adjusted_together() {
    let bench = Bench::new().await;
    let account = bench.account("quota").await;
    everybody(&bench.ledger, |ledger, number| async move {
        let ask = Adjustment {
            account,
            user: Some(UserId::local(&user(number))),
            change: Change::Debit(points("2")),
            reason: "term".into(),
            by: "root".into(),
            corrects: None,
        };
        let id = Uuid::from_u128(number.into());
        ledger.adjust(id, ask, now()).await.unwrap();
    })
    .await;
    let fresh = bench.place.open().await;
    let all = BulkAdjustment {
        account,
        change: Change::SetTo(Points::ZERO),
        reason: "new term".into(),
        by: "root".into(),
    };
    let id = Uuid::from_u128(u128::MAX);
    let adjusted = fresh.adjust_all(id, all, now()).await.unwrap();
    assert_eq!(adjusted.balances, u64::from(PEOPLE));
    fresh.verify().await.unwrap();
}

#[tokio::test]
async fn loss_of_many_peoples_accounts_is_written_down_together() {
    let bench = Bench::new().await;
    let quota = bench.account("quota").await;
    everybody(&bench.ledger, |ledger, number| async move {
        let user = user(number);
        let opened = Session {
            kind: SessionKind::Device,
            ..session(number.into(), &user)
        };
        ledger.enrol(device(number, &user)).await.unwrap();
        ledger.open_session(digest(number), opened).await.unwrap();
        let person = person(&user);
        let chosen = ledger.set_active(&person, quota, now(), TODAY);
        chosen.await.unwrap();
    })
    .await;
    let staff = SITE.replace("limit = 50", "limit = 50\ngroups = [\"staff\"]");
    bench.load(&format!("{staff}{CARD}")).await;
    let fresh = bench.place.open().await;
    let changes = fresh.changes();
    let before = *changes.borrow();
    let digests = (0..PEOPLE).map(digest).collect();
    let sights = fresh.device_sights(digests, now(), TODAY).await.unwrap();
    let commits = *changes.borrow() - before;
    // A ledger that hears of others' commits may hear of something meanwhile.
    assert!(commits < 5, "{commits} commits");
    for sight in sights {
        // For a while they may go on with it.
        assert_eq!(sight.unwrap().view.user.active, Some(quota));
    }
    for number in [0, PEOPLE - 1] {
        let person = person(&user(number));
        let view = fresh.view(&person, hours_later(1_000), TODAY).await;
        assert_ne!(view.unwrap().active, Some(quota), "the while is over");
    }
}
