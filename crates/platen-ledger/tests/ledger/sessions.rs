//! Who is signed in, on which browser or device.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use platen_domain::{Person, UserId};
use platen_ledger::{Device, PageAsk, Refusal, Session, SessionFilter, SessionKind};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::*;

pub(crate) fn session(number: u128, user: &str) -> Session {
    Session {
        id: Uuid::from_u128(number),
        kind: SessionKind::Browser,
        person: person(user),
        administrator: false,
        device: "Firefox on Linux".into(),
        address: "192.0.2.7".into(),
        logout: Some("token".into()),
        made_at: now(),
        seen_at: now(),
        expires_at: hours_later(12),
        ended_at: None,
    }
}

pub(crate) fn digest(number: u8) -> [u8; 32] {
    [number; 32]
}

fn seconds_later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

fn all() -> SessionFilter {
    SessionFilter::default()
}

#[tokio::test]
async fn session_is_found_by_its_secret_until_it_expires() {
    let bench = Bench::empty().await;
    let groups = BTreeSet::from(["research".to_owned(), "“staff” — Ä".to_owned()]);
    let opened = Session {
        kind: SessionKind::Device,
        administrator: true,
        logout: None,
        person: Person {
            groups,
            name: "Alice Ä.".into(),
            ..person("alice")
        },
        ..session(1, "alice")
    };
    let open = || bench.ledger.open_session(digest(1), opened.clone());
    open().await.unwrap();
    // An answer that was lost is asked for again.
    open().await.unwrap();
    let found = |number, at| bench.ledger.session(digest(number), at);
    assert_eq!(found(1, now()).await.unwrap(), Some(opened.clone()));
    assert_eq!(found(2, now()).await.unwrap(), None);
    let last = opened.expires_at - SignedDuration::from_micros(1);
    assert!(found(1, last).await.unwrap().is_some());
    assert_eq!(found(1, opened.expires_at).await.unwrap(), None);
    // Another program finds it as well.
    let other = bench.place.open().await;
    assert_eq!(other.session(digest(1), now()).await.unwrap(), Some(opened));
}

#[tokio::test]
async fn secret_of_somebody_else_opens_nothing() {
    let bench = Bench::empty().await;
    let ledger = &bench.ledger;
    let alice = session(1, "alice");
    ledger.open_session(digest(1), alice.clone()).await.unwrap();
    for other in [session(2, "alice"), session(1, "bob")] {
        let opened = ledger.open_session(digest(1), other).await;
        let what = "session";
        assert_eq!(refusal(opened), Refusal::ExistsWithDifferent { what });
    }
    assert_eq!(ledger.session(digest(1), now()).await.unwrap(), Some(alice));
}

#[tokio::test]
async fn ended_session_lets_nobody_in_and_does_not_come_back() {
    let bench = Bench::empty().await;
    let ledger = &bench.ledger;
    ledger
        .open_session(digest(1), session(1, "alice"))
        .await
        .unwrap();
    let id = Uuid::from_u128(1);
    assert!(ledger.end_session(id, seconds_later(5)).await.unwrap());
    assert!(!ledger.end_session(id, seconds_later(6)).await.unwrap());
    assert!(!ledger.end_session(Uuid::nil(), now()).await.unwrap());
    ledger
        .touch_sessions(vec![digest(1)], seconds_later(600))
        .await
        .unwrap();
    // Nor by opening it again.
    ledger
        .open_session(digest(1), session(1, "alice"))
        .await
        .unwrap();
    assert_eq!(ledger.session(digest(1), now()).await.unwrap(), None);
    let listed = ledger.sessions(all()).await.unwrap().rows;
    assert_eq!(listed[0].ended_at, Some(seconds_later(5)));
    assert_eq!(listed[0].seen_at, now());
}

#[tokio::test]
async fn all_sessions_of_a_person_end_and_those_of_others_stay() {
    let bench = Bench::empty().await;
    let ledger = &bench.ledger;
    for (number, user) in [(1, "alice"), (2, "alice"), (3, "bob"), (4, "alice")] {
        let mut opened = session(u128::from(number), user);
        if number == 4 {
            opened.expires_at = seconds_later(1);
        }
        ledger.open_session(digest(number), opened).await.unwrap();
    }
    let alice = UserId::local("alice");
    let end = || ledger.end_sessions_of(&alice, seconds_later(2));
    // The fourth was over by itself.
    assert_eq!(end().await.unwrap(), 2);
    assert_eq!(end().await.unwrap(), 0);
    assert!(ledger.session(digest(3), now()).await.unwrap().is_some());
    assert!(ledger.session(digest(1), now()).await.unwrap().is_none());
    let nobody = UserId::new("a\0b");
    assert_eq!(ledger.end_sessions_of(&nobody, now()).await.unwrap(), 0);
}

#[tokio::test]
async fn use_of_a_session_is_written_down_once_a_minute() {
    let bench = Bench::empty().await;
    let ledger = &bench.ledger;
    ledger
        .open_session(digest(1), session(1, "alice"))
        .await
        .unwrap();
    for (at, seen) in [(59, 0), (60, 60), (119, 60), (3_600, 3_600)] {
        let at = seconds_later(at);
        ledger.touch_sessions(vec![digest(1)], at).await.unwrap();
        let found = ledger.session(digest(1), at).await.unwrap().unwrap();
        assert_eq!(found.seen_at, seconds_later(seen));
    }
    // Nothing is written where nothing changes. A listener that connects only now
    // says once that anything may have changed.
    let mut quiet = false;
    for _ in 0..3 {
        let mut changes = ledger.changes();
        changes.mark_unchanged();
        ledger
            .touch_sessions(vec![digest(1)], seconds_later(3_601))
            .await
            .unwrap();
        // Expired or unknown, it is not seen.
        ledger
            .touch_sessions(vec![digest(1)], hours_later(13))
            .await
            .unwrap();
        ledger.touch_sessions(vec![digest(9)], now()).await.unwrap();
        quiet |= !changes.has_changed().unwrap();
    }
    assert!(quiet);
}

#[tokio::test]
async fn list_of_sessions_is_filtered_searched_and_given_in_pages() {
    let bench = Bench::empty().await;
    let ledger = &bench.ledger;
    for number in 1..=30u8 {
        let user = if number % 3 == 0 { "bob" } else { "alice" };
        let mut opened = Session {
            made_at: seconds_later(number.into()),
            device: format!("Browser {number} of Zoë"),
            ..session(number.into(), user)
        };
        if number % 2 == 0 {
            opened.kind = SessionKind::Device;
        }
        if number > 25 {
            opened.expires_at = seconds_later(100);
        }
        ledger.open_session(digest(number), opened).await.unwrap();
    }
    ledger.end_session(Uuid::from_u128(1), now()).await.unwrap();
    let count = |filter| async { ledger.sessions(filter).await.unwrap().total };
    assert_eq!(count(all()).await, 30);
    let user = Some(UserId::local("bob"));
    assert_eq!(count(SessionFilter { user, ..all() }).await, 10);
    let kind = Some(SessionKind::Device);
    assert_eq!(count(SessionFilter { kind, ..all() }).await, 15);
    let live_at = Some(seconds_later(100));
    assert_eq!(count(SessionFilter { live_at, ..all() }).await, 24);
    for (search, found) in [
        ("  ZOE\u{308} bob", 10),
        ("browser 30", 1),
        ("firefox", 0),
        ("%", 0),
        ("_", 0),
        ("!", 0),
        ("'; DROP TABLE session; --", 0),
        (&"x".repeat(100_000), 0),
    ] {
        let search = search.to_owned();
        let named = search.chars().take(20).collect::<String>();
        assert_eq!(
            count(SessionFilter { search, ..all() }).await,
            found,
            "{named}"
        );
    }
    let page = PageAsk {
        offset: 10,
        limit: 3,
    };
    let page = ledger
        .sessions(SessionFilter { page, ..all() })
        .await
        .unwrap();
    let numbers: Vec<_> = page.rows.iter().map(|row| row.id.as_u128()).collect();
    assert_eq!((numbers, page.total), (vec![20, 19, 18], 30));
}

#[tokio::test]
async fn what_can_not_be_kept_is_refused_and_opens_nothing() {
    let bench = Bench::empty().await;
    let ledger = &bench.ledger;
    let long = "x".repeat(100_000);
    let with = |change: &dyn Fn(&mut Session)| {
        let mut opened = session(1, "alice");
        change(&mut opened);
        ledger.open_session(digest(1), opened)
    };
    let what = "identifier";
    let id = with(&|session| session.person.id = UserId::new(long.clone()));
    assert_eq!(refusal(id.await), Refusal::TooLong { what });
    let login = with(&|session| session.person.login = long.clone());
    assert_eq!(refusal(login.await), Refusal::TooLong { what: "login" });
    let many = with(&|session| {
        session.person.groups = (0..3_000).map(|number| number.to_string()).collect();
    });
    let what = "list of groups";
    assert_eq!(refusal(many.await), Refusal::TooLong { what });
    for field in 0..5 {
        let zero = with(&|session| match field {
            0 => session.device = "a\0".into(),
            1 => session.person.name = "a\0".into(),
            2 => session.person.groups = BTreeSet::from(["a\0".to_owned()]),
            3 => session.logout = Some("a\0".into()),
            _ => session.address = "a\0".into(),
        });
        assert_eq!(refusal(zero.await), Refusal::Unstorable, "field {field}");
    }
    assert_eq!(ledger.session(digest(1), now()).await.unwrap(), None);
    assert_eq!(ledger.people().await.unwrap(), []);
    // A browser may say about itself what it likes.
    with(&|session| session.device = "长".repeat(100_000))
        .await
        .unwrap();
    let opened = ledger.session(digest(1), now()).await.unwrap().unwrap();
    assert_eq!(opened.device, "长".repeat(300));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ticket_is_taken_once_however_many_take_it_at_once() {
    let bench = Bench::empty().await;
    let other = bench.place.open().await;
    for round in 1..=5 {
        let payload = format!("sign-in {round}");
        bench
            .ledger
            .put_ticket(digest(round), "sign-in", payload.clone(), hours_later(1))
            .await
            .unwrap();
        let mut callers = JoinSet::new();
        for caller in 0..16 {
            let ledger = if caller % 2 == 0 {
                &bench.ledger
            } else {
                &other
            };
            let ledger = ledger.clone();
            callers.spawn(async move { ledger.take_ticket(digest(round), "sign-in", now()).await });
        }
        let mut taken = Vec::new();
        while let Some(caller) = callers.join_next().await {
            taken.extend(caller.unwrap().unwrap());
        }
        assert_eq!(taken, [payload], "round {round}");
    }
}

#[tokio::test]
async fn ticket_is_for_one_purpose_and_for_a_while() {
    let bench = Bench::empty().await;
    let ledger = &bench.ledger;
    let put = |number, payload: &str| {
        let payload = payload.to_owned();
        ledger.put_ticket(digest(number), "link", payload, seconds_later(60))
    };
    put(1, "alice").await.unwrap();
    put(1, "alice").await.unwrap();
    let what = "purpose";
    let changed = refusal(put(1, "bob").await);
    assert_eq!(changed, Refusal::ExistsWithDifferent { what });
    let take = |number, purpose, at| ledger.take_ticket(digest(number), purpose, at);
    assert_eq!(take(1, "sign-in", now()).await.unwrap(), None);
    assert_eq!(take(1, "link", seconds_later(60)).await.unwrap(), None);
    assert_eq!(take(2, "link", now()).await.unwrap(), None);
    let last = seconds_later(59);
    assert_eq!(take(1, "link", last).await.unwrap(), Some("alice".into()));
    assert_eq!(take(1, "link", last).await.unwrap(), None);
    // Nor is it made valid again.
    let again = refusal(put(1, "alice").await);
    assert_eq!(again, Refusal::ExistsWithDifferent { what });

    assert_eq!(refusal(put(3, "a\0b").await), Refusal::Unstorable);
    let what = "content";
    let long = put(3, &"x".repeat(1_000_000)).await;
    assert_eq!(refusal(long), Refusal::TooLong { what });
    assert_eq!(take(3, "link", now()).await.unwrap(), None);
}

#[tokio::test]
async fn person_is_remembered_with_groups_and_when_he_was_seen() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    let stored = async |column| {
        let sql = format!("SELECT CAST({column} AS TEXT) FROM person WHERE login = 'alice'");
        bench.place.text_of(&sql).await
    };
    let seen = |seconds| seconds_later(seconds).as_microsecond().to_string();
    let open = async |number: u8, groups: &[&str], seconds| {
        let mut opened = session(number.into(), "alice");
        opened.person.groups = groups.iter().map(|&group| group.to_owned()).collect();
        opened.seen_at = seconds_later(seconds);
        ledger.open_session(digest(number), opened).await.unwrap();
    };
    open(1, &["students"], 0).await;
    assert_eq!(stored("groups").await, r#"["students"]"#);
    assert_eq!(stored("seen_at").await, seen(0));
    open(2, &["staff", "students"], 5).await;
    assert_eq!(stored("groups").await, r#"["staff","students"]"#);
    assert_eq!(stored("seen_at").await, seen(5));
    // Being there counts, in any of the sessions; and no earlier than before.
    for (number, at, expected) in [(1, 120, 120), (2, 90, 120), (2, 150, 120), (2, 210, 210)] {
        let at = seconds_later(at);
        ledger
            .touch_sessions(vec![digest(number)], at)
            .await
            .unwrap();
        assert_eq!(stored("seen_at").await, seen(expected));
    }
    // What he chose, and who he is, don't get in each other's way.
    let quota = bench.account("quota").await;
    let alice = person("alice");
    ledger
        .set_active(&alice, quota, now(), TODAY)
        .await
        .unwrap();
    open(3, &[], 600).await;
    assert_eq!(bench.active("alice", now()).await, Some("quota".into()));
    let department = bench.account("department").await;
    let chosen = ledger.set_active(&alice, department, now(), TODAY);
    chosen.await.unwrap();
    assert_eq!(stored("seen_at").await, seen(600));
    assert_eq!(stored("groups").await, "[]");
}

#[tokio::test]
async fn people_see_their_own_devices_and_sign_them_out() {
    let bench = Bench::empty().await;
    let ledger = &bench.ledger;
    for (number, user, seen) in [(1, "alice", 2), (2, "alice", 1), (3, "bob", 3)] {
        let opened = Session {
            kind: SessionKind::Device,
            ..session(number.into(), user)
        };
        ledger.open_session(digest(number), opened).await.unwrap();
        let device = Device {
            id: Uuid::from_u128(0xd0 + u128::from(number)),
            user: person(user).id,
            name: format!("Computer {number}"),
            key: [number; 32],
            login: String::new(),
            gate: None,
            session: Uuid::from_u128(number.into()),
            applied: 0,
            made_at: now(),
            seen_at: hours_later(-seen),
        };
        ledger.enrol(device).await.unwrap();
    }
    let alice = person("alice").id;
    let listed = async |at| {
        let devices = ledger.devices_of(&alice, at).await.unwrap();
        let devices = devices.into_iter();
        let devices = devices.map(|one| (one.device.name, one.signed_in));
        devices.collect::<Vec<_>>()
    };
    let of = |second, first| {
        let name = |number| format!("Computer {number}");
        vec![(name(2), second), (name(1), first)]
    };
    assert_eq!(listed(now()).await, of(true, true));
    let [first, bob_s] = [1, 3].map(|number| Uuid::from_u128(0xd0 + number));
    let foreign = ledger.sign_out_device(bob_s, &alice, now()).await;
    assert_eq!(refusal(foreign), Refusal::UnknownDevice(bob_s));
    assert!(ledger.session(digest(3), now()).await.unwrap().is_some());
    assert!(ledger.sign_out_device(first, &alice, now()).await.unwrap());
    assert!(!ledger.sign_out_device(first, &alice, now()).await.unwrap());
    assert_eq!(ledger.session(digest(1), now()).await.unwrap(), None);
    assert_eq!(listed(now()).await, of(true, false));
    assert_eq!(listed(hours_later(12)).await, of(false, false));
}
