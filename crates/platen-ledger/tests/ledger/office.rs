//! Credentials of other programs, keys of the site, addresses for push, and what
//! is swept away.

use jiff::SignedDuration;
use platen_domain::UserId;
use platen_ledger::{
    BulkAdjustment, Change, Credential, KeptAnswer, PushAddress, Refusal, SessionFilter, Swept,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::desk::desk;
use super::sessions::{digest, session};
use crate::support::*;

fn credential(number: u128) -> Credential {
    Credential {
        id: Uuid::from_u128(number),
        name: "Library".into(),
        scopes: vec!["cloudprint:billing-accounts".into()],
        made_by: "whoever".into(),
        made_at: hours_later(-99),
        used_at: Some(now()),
        revoked_at: Some(now()),
    }
}

fn address(number: u32, user: &str) -> PushAddress {
    PushAddress {
        person: UserId::local(user),
        endpoint: format!("https://push.example/{number}"),
        key: vec![4; 65],
        auth: vec![1; 16],
        language: "de".into(),
    }
}

#[tokio::test]
async fn credential_lets_in_until_it_is_revoked() {
    let bench = Bench::empty().await;
    let (ledger, desk) = (&bench.ledger, desk(&bench));
    let add = |name: &str, secret| {
        let name = name.to_owned();
        let credential = Credential {
            name,
            ..credential(1)
        };
        desk.add_credential(credential, digest(secret), now())
    };
    let added = add("Library", 9).await.unwrap();
    let expected = Credential {
        made_by: "root".into(),
        made_at: now(),
        used_at: None,
        revoked_at: None,
        ..credential(1)
    };
    assert_eq!(added, expected);
    assert_eq!(add("Library", 9).await.unwrap(), added);
    let what = "content";
    for other in [add("Library", 8).await, add("Museum", 9).await] {
        assert_eq!(refusal(other), Refusal::ExistsWithDifferent { what });
    }
    let id = added.id;
    let stored = ledger.credential(id).await.unwrap();
    assert_eq!(stored, Some((added, digest(9))));
    assert_eq!(ledger.credential(Uuid::nil()).await.unwrap(), None);

    let mut changes = ledger.changes();
    changes.mark_unchanged();
    for (seconds, written) in [(10, true), (69, false), (70, true)] {
        let at = now() + SignedDuration::from_secs(seconds);
        ledger.credential_used(id, at).await.unwrap();
        assert_eq!(changes.has_changed().unwrap(), written, "at {seconds} s");
        changes.mark_unchanged();
    }
    ledger.credential_used(Uuid::nil(), now()).await.unwrap();

    let later = hours_later(1);
    assert!(desk.revoke_credential(id, later).await.unwrap());
    assert!(!desk.revoke_credential(id, hours_later(2)).await.unwrap());
    assert!(!desk.revoke_credential(Uuid::nil(), later).await.unwrap());
    // Its being used does not bring it back.
    ledger.credential_used(id, hours_later(3)).await.unwrap();
    let other = bench.place.open().await;
    let (stored, _) = other.credential(id).await.unwrap().unwrap();
    let times = (stored.used_at, stored.revoked_at);
    let used = now() + SignedDuration::from_secs(70);
    assert_eq!(times, (Some(used), Some(later)));
    assert_eq!(ledger.credentials().await.unwrap(), [stored]);
    let actions: Vec<_> = ledger.audit(Default::default()).await.unwrap().rows;
    let actions: Vec<_> = actions.into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions, ["credential.revoke", "credential.create"]);
}

#[tokio::test]
async fn credential_without_a_name_is_refused_and_no_secret_is_in_the_log() {
    let bench = Bench::empty().await;
    let desk = desk(&bench);
    let add = |change: fn(&mut Credential)| {
        let mut credential = credential(1);
        change(&mut credential);
        desk.add_credential(credential, [0xab; 32], now())
    };
    let what = "name";
    let nameless = add(|credential| credential.name = " ".into());
    assert_eq!(refusal(nameless.await), Refusal::NotAName { what });
    let what = "scope";
    let zero = add(|credential| credential.scopes = vec!["a\0".into()]);
    assert_eq!(refusal(zero.await), Refusal::NotAName { what });
    let what = "list of scopes";
    let many = add(|credential| credential.scopes = vec!["a".into(); 100]);
    assert_eq!(refusal(many.await), Refusal::TooLong { what });
    assert!(bench.ledger.credentials().await.unwrap().is_empty());
    add(|_| ()).await.unwrap();
    let log = bench.ledger.audit(Default::default()).await.unwrap();
    assert_eq!(log.total, 1);
    assert!(!format!("{log:?}").to_lowercase().contains("abab"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_all_servers_that_make_a_key_the_first_ones_stays() {
    let bench = Bench::empty().await;
    let other = bench.place.open().await;
    let mut callers = JoinSet::new();
    for caller in 0..16u8 {
        let ledger = if caller % 2 == 0 {
            &bench.ledger
        } else {
            &other
        };
        let ledger = ledger.clone();
        callers.spawn(async move {
            let fresh = vec![caller; 100];
            let id = ledger.site_id().await.unwrap();
            (ledger.site_secret("signing", fresh).await.unwrap(), id)
        });
    }
    let mut found = Vec::new();
    while let Some(caller) = callers.join_next().await {
        found.push(caller.unwrap());
    }
    assert!(found.iter().all(|one| *one == found[0]), "{found:?}");
    assert_eq!(found[0].0.len(), 100);
    assert_ne!(found[0].1, Uuid::nil());
    let another = other.site_secret("another", vec![]).await.unwrap();
    assert_eq!(another, Vec::<u8>::new());
    let zero = bench.ledger.site_secret("a\0", vec![1]).await;
    assert_eq!(refusal(zero), Refusal::Unstorable);
}

#[tokio::test]
async fn address_for_push_is_one_persons_until_it_is_gone() {
    let bench = Bench::empty().await;
    let ledger = &bench.ledger;
    let put = |number, user, hours| ledger.put_push(address(number, user), hours_later(hours));
    let of = async |user| ledger.push_addresses(&UserId::local(user)).await.unwrap();
    put(1, "alice", 0).await.unwrap();
    put(2, "alice", 1).await.unwrap();
    put(1, "alice", 2).await.unwrap();
    assert_eq!(
        of("alice").await,
        [address(2, "alice"), address(1, "alice")]
    );
    // Who signs in next in the same browser gets its messages.
    put(1, "bob", 3).await.unwrap();
    assert_eq!(of("alice").await, [address(2, "alice")]);
    assert_eq!(of("bob").await, [address(1, "bob")]);

    let remove = async |number, user: Option<&str>| {
        let user = user.map(UserId::local);
        let endpoint = address(number, "").endpoint;
        let removed = ledger.remove_push(&endpoint, user.as_ref(), now());
        removed.await.unwrap()
    };
    assert!(!remove(1, Some("alice")).await);
    assert!(!remove(9, None).await);
    assert!(remove(1, Some("bob")).await);
    assert!(!remove(1, None).await);
    assert!(remove(2, None).await);
    assert!(of("bob").await.is_empty() && of("alice").await.is_empty());
    put(1, "bob", 4).await.unwrap();
    assert_eq!(of("bob").await.len(), 1);
    assert!(of("a\0b").await.is_empty());

    let wrong = |change: fn(&mut PushAddress)| {
        let mut address = address(5, "eve");
        change(&mut address);
        ledger.put_push(address, now())
    };
    let what = "address";
    let long = wrong(|address| address.endpoint = "x".repeat(10_000));
    assert_eq!(refusal(long.await), Refusal::TooLong { what });
    let what = "key";
    let long = wrong(|address| address.key = vec![0; 10_000]);
    assert_eq!(refusal(long.await), Refusal::TooLong { what });
    let zero = wrong(|address| address.language = "\0".into());
    assert_eq!(refusal(zero.await), Refusal::Unstorable);
    assert!(of("eve").await.is_empty());
}

#[tokio::test]
async fn newest_twenty_addresses_of_a_person_are_kept() {
    let bench = Bench::empty().await;
    for number in 0..30 {
        let at = hours_later(number.into());
        let put = bench.ledger.put_push(address(number, "alice"), at);
        put.await.unwrap();
    }
    let alice = UserId::local("alice");
    let kept = bench.ledger.push_addresses(&alice).await.unwrap();
    let expected: Vec<_> = (10..30)
        .rev()
        .map(|number| address(number, "alice"))
        .collect();
    assert_eq!(kept, expected);
}

#[tokio::test]
async fn what_is_over_is_swept_away_after_a_while_and_nothing_else() {
    let bench = Bench::empty().await;
    let ledger = &bench.ledger;
    for number in 1..=3u8 {
        let mut opened = session(number.into(), "alice");
        opened.expires_at = hours_later(i64::from(number) * 100 * 24);
        ledger.open_session(digest(number), opened).await.unwrap();
        let expires_at = hours_later(number.into());
        ledger
            .put_ticket(digest(number), "link", String::new(), expires_at)
            .await
            .unwrap();
    }
    // Ended at once, but over for good only later.
    ledger.end_session(Uuid::from_u128(3), now()).await.unwrap();
    ledger.put_push(address(1, "alice"), now()).await.unwrap();
    ledger.put_push(address(2, "alice"), now()).await.unwrap();
    let endpoint = address(1, "").endpoint;
    let gone = ledger.remove_push(&endpoint, None, now()).await;
    assert!(gone.unwrap());
    let sweep = |hours| ledger.sweep(hours_later(hours));
    assert_eq!(sweep(25).await.unwrap(), Swept::default());
    let tickets = Swept {
        tickets: 2,
        ..Swept::default()
    };
    assert_eq!(sweep(27).await.unwrap(), tickets);
    assert_eq!(sweep(27).await.unwrap(), Swept::default());
    let taken = ledger.take_ticket(digest(3), "link", now()).await.unwrap();
    assert_eq!(taken, Some(String::new()));
    let later = Swept {
        tickets: 1,
        sessions: 1,
        pushes: 1,
        ..Swept::default()
    };
    assert_eq!(sweep(100 * 24).await.unwrap(), later);
    let all = SessionFilter::default();
    assert_eq!(ledger.sessions(all).await.unwrap().total, 2);
    assert_eq!(
        ledger
            .push_addresses(&UserId::local("alice"))
            .await
            .unwrap(),
        [address(2, "alice")]
    );
    let sessions = Swept {
        sessions: 1,
        ..Swept::default()
    };
    assert_eq!(sweep(191 * 24).await.unwrap(), sessions);
    // Time that never was does no harm.
    assert_eq!(
        ledger.sweep(jiff::Timestamp::MIN).await.unwrap(),
        Swept::default()
    );
}

#[tokio::test]
async fn answers_are_kept_for_a_day_and_what_was_done_for_good() {
    let bench = Bench::new().await;
    let answer = KeptAnswer {
        request: [1; 32],
        answer: "{}".into(),
    };
    let id = Uuid::from_u128(1);
    let kept = bench.ledger.keep_answer(id, answer.clone(), now()).await;
    assert_eq!(kept.unwrap(), answer);
    let all = BulkAdjustment {
        account: bench.account("quota").await,
        change: Change::Debit(points("1")),
        reason: "term".into(),
        by: "root".into(),
    };
    let adjusted = Uuid::from_u128(2);
    let first = bench.ledger.adjust_all(adjusted, all.clone(), now()).await;
    let sweep = async |hours| bench.ledger.sweep(hours_later(hours)).await.unwrap();
    assert_eq!(sweep(24).await, Swept::default());
    let swept = Swept {
        answers: 1,
        ..Swept::default()
    };
    assert_eq!(sweep(25).await, swept);
    assert_eq!(bench.ledger.kept_answer(id).await.unwrap(), None);
    let again = bench
        .ledger
        .adjust_all(adjusted, all, hours_later(25))
        .await;
    assert_eq!(again.unwrap(), first.unwrap());
    // Its row is what makes it the same.
    assert!(bench.ledger.kept_answer(adjusted).await.unwrap().is_some());
}
