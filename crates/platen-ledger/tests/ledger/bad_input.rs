//! What nobody should send: text with every trick, amounts at the ends of the
//! range, clocks that jump, administrators who work on the same thing.

use jiff::{SignedDuration, Timestamp};
use platen_domain::{Account, AccountId, DocumentState, LeaseId, Points, UserId};
use platen_ledger::{
    Adjustment, Change, LeaseAsk, LedgerError, NewDocument, Refusal, Settlement, Submitted,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::*;

/// Texts that programs get wrong: composed and decomposed, right to left with
/// overrides, joined and astral, quotes of several languages, and a lot.
fn tricky() -> Vec<String> {
    let mut texts: Vec<String> = [
        "Zoë — Zoe\u{308}",
        "\u{202e}fdp.exe\u{202c} \u{5d0}\u{5d1}",
        "👩‍🔬👨🏽‍🏫 \u{1f3f4}\u{e0067}\u{e0062}",
        "'; DROP TABLE activity; --",
        "$1 ?1 {name} %s \\x00 \\ \" ` “”",
        "a\tb\r\nc\u{85}\u{2028}",
        "\u{feff}\u{200b}\u{ad}",
        "İıſẞ ﬃ Σς",
        "\u{fffd}\u{fffe}\u{10ffff}",
        "%_*?[]",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("长".repeat(50_000));
    texts
}

fn has_no_place_in_a_name(text: &str) -> bool {
    let hides = |c: char| c.is_control() || matches!(c, '\u{202e}' | '\u{2028}');
    text.chars().any(hides) || text.chars().count() > 199
}

#[tokio::test]
async fn text_comes_back_as_it_was_given() {
    let bench = Bench::new().await;
    let quota = stored(&bench, "quota").await;
    for (number, text) in (1..).zip(tricky()) {
        let user = UserId::local(&text);
        let new = NewDocument {
            user: user.clone(),
            name: text.clone(),
            queue: text.clone(),
            ..new_document(number, "alice")
        };
        let submit = || bench.ledger.submit(new.clone());
        assert_eq!(submit().await.unwrap(), Submitted::Created);
        assert!(matches!(submit().await.unwrap(), Submitted::Exists(_)));
        let document = bench.document(number).await;
        assert_eq!((&document.user, &document.name), (&user, &text));
        let adjustment = Adjustment {
            account: quota.id,
            user: Some(user.clone()),
            change: Change::Debit(points("1")),
            reason: format!("x{text}"),
            by: format!("x{text}"),
            corrects: None,
        };
        let id = Uuid::from_u128(1_000 + number);
        let adjust = || bench.ledger.adjust(id, adjustment.clone(), now());
        assert_eq!(adjust().await.unwrap(), adjust().await.unwrap());
        let account = Account {
            id: AccountId(Uuid::from_u128(number)),
            name: format!("x{text}"),
            code: format!("y{text}"),
            version: 0,
            ..quota.clone()
        };
        let saved = bench.ledger.save_account(account.clone()).await;
        if has_no_place_in_a_name(&text) {
            assert!(matches!(refusal(saved), Refusal::InvalidAccount(_)));
            continue;
        }
        let saved = saved.unwrap();
        assert_eq!(saved.name, account.name);
        let found = bench.ledger.account_by_code(&account.code).await.unwrap();
        assert_eq!(found.unwrap(), saved);
    }
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn text_that_can_not_be_stored_harms_nobody_else() {
    let bench = Bench::new().await;
    let mut tasks = JoinSet::new();
    for number in 1..=40 {
        let ledger = bench.ledger.clone();
        tasks.spawn(async move {
            let nul = number % 4 == 0;
            let new = NewDocument {
                name: if nul { "a\0b".into() } else { "fine".into() },
                ..new_document(number, "alice")
            };
            let submitted = ledger.submit(new).await;
            if nul {
                assert_eq!(refusal(submitted), Refusal::Unstorable);
                let nobody = person("a\0b");
                let quota = ledger.account_by_code("quota").await.unwrap().unwrap();
                let chosen = ledger.set_active(&nobody, quota.id, now(), TODAY).await;
                assert_eq!(refusal(chosen), Refusal::Unstorable);
            } else {
                submitted.unwrap();
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    bench.submit(100, "alice").await;
}

#[tokio::test]
async fn amounts_at_the_ends_of_the_range_are_typed_errors_and_change_nothing() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    let quota = stored(&bench, "quota").await;
    let limits = Account {
        limit: Some(Points::MAX),
        exceed_by: points("0.01"),
        ..quota.clone()
    };
    let saved = ledger.save_account(limits).await;
    assert!(matches!(saved, Err(LedgerError::Points(_))), "{saved:?}");
    let unlimited = Account {
        limit: None,
        ..quota
    };
    let unlimited = ledger.save_account(unlimited).await.unwrap();
    let adjust = |id, change| bench.adjust(id, "quota", Some("alice"), change);
    let lowest = Points::from_hundredths(i64::MIN);
    adjust(1, Change::SetTo(lowest)).await.unwrap();
    let credited = adjust(2, Change::Credit(points("0.01"))).await;
    assert!(matches!(credited, Err(LedgerError::Points(_))));
    // From one end to the other is further than an amount can say.
    let across = adjust(3, Change::SetTo(Points::MAX)).await;
    assert!(matches!(across, Err(LedgerError::Points(_))));
    adjust(4, Change::SetTo(Points::ZERO)).await.unwrap_err();
    adjust(5, Change::Debit(Points::MAX)).await.unwrap();
    let lease = |id, amount| {
        let ask = LeaseAsk {
            id: LeaseId(Uuid::from_u128(id)),
            account: unlimited.id,
            person: person("bob"),
            device: "laptop".into(),
            points: amount,
            expires_at: hours_later(1),
        };
        ledger.grant_lease(ask, now(), TODAY)
    };
    lease(1, Points::MAX).await.unwrap();
    let second = lease(2, points("0.01")).await;
    assert!(matches!(second, Err(LedgerError::Points(_))), "{second:?}");
    let debit = Change::Debit(points("0.01"));
    let debited = bench.adjust(6, "quota", Some("bob"), debit).await;
    assert!(matches!(debited, Err(LedgerError::Points(_))));
    bench.submit(1, "bob").await;
    let printed = bench.reserve(1, "bob", Some(unlimited.id), facts(1)).await;
    assert!(matches!(printed, Err(LedgerError::Points(_))));
    assert_eq!(bench.document(1).await.state, DocumentState::Submitted);
    let verified = ledger.verify().await.unwrap();
    assert_eq!((verified.activities, verified.balances), (2, 2));
}

#[tokio::test]
async fn clock_that_jumps_back_neither_returns_nor_takes_points() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    bench.print(1, "alice", "quota", 5).await;
    bench.print(2, "alice", "quota", 7).await;
    let before = hours_later(-1_000);
    assert_eq!(ledger.expire_due(before).await.unwrap(), []);
    ledger
        .begin_release(document_id(1), "printer".into(), Uuid::nil(), before)
        .await
        .unwrap();
    let printed = Settlement::Printed { sides: 5 };
    let settled = ledger.settle(document_id(1), printed, before).await;
    assert_eq!(settled.unwrap().posted, points("5"));
    let debit = Adjustment {
        account: bench.account("quota").await,
        user: Some(UserId::local("alice")),
        change: Change::Debit(points("1")),
        reason: "test".into(),
        by: "root".into(),
        corrects: Some(Uuid::from_u128(1)),
    };
    for (id, at) in [(10, Timestamp::MIN), (11, Timestamp::MAX), (12, before)] {
        let id = Uuid::from_u128(id);
        ledger.adjust(id, debit.clone(), at).await.unwrap();
    }
    assert_eq!(bench.balance("alice", "quota").await, "15/50 points used");
    ledger.verify().await.unwrap();
    // Held again at the end of all time, it waits there and does no harm.
    let alice = person("alice");
    let department = bench.account("department").await;
    let scope = platen_ledger::Scope::ThisDocument;
    let moved = ledger.change_account(
        document_id(2),
        &alice,
        department,
        scope,
        Timestamp::MAX,
        TODAY,
    );
    moved.await.unwrap();
    assert_eq!(ledger.expire_due(hours_later(1_000)).await.unwrap(), []);
}

#[tokio::test]
async fn times_finer_than_the_ledger_keeps_are_the_same_when_asked_again() {
    let bench = Bench::new().await;
    let at = now() + SignedDuration::from_nanos(123_456_789);
    let ask = LeaseAsk {
        id: LeaseId(Uuid::from_u128(1)),
        account: bench.account("quota").await,
        person: person("alice"),
        device: "laptop".into(),
        points: points("8"),
        expires_at: at + SignedDuration::from_hours(1),
    };
    let grant = || bench.ledger.grant_lease(ask.clone(), at, TODAY);
    assert_eq!(grant().await.unwrap(), grant().await.unwrap());
    bench.print(1, "alice", "quota", 5).await;
    let delete = || bench.ledger.delete(document_id(1), at);
    assert_eq!(delete().await.unwrap(), delete().await.unwrap());
    bench.ledger.verify().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn administrators_on_one_account_never_overwrite_each_other_in_silence() {
    const ADMINISTRATORS: usize = 4;
    const EACH: usize = 8;
    let bench = Bench::new().await;
    let programs = [bench.ledger.clone(), bench.place.open().await];
    let mut tasks = JoinSet::new();
    for administrator in 0..ADMINISTRATORS {
        let ledger = programs[administrator % programs.len()].clone();
        tasks.spawn(async move {
            let mut saved = 0;
            while saved < EACH {
                let account = ledger.account_by_code("quota").await.unwrap().unwrap();
                // What the others wrote stays in it.
                let name = format!("{} {administrator}.{saved}", account.name);
                match ledger.save_account(Account { name, ..account }).await {
                    Ok(_) => saved += 1,
                    Err(LedgerError::Refused(Refusal::Changed)) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    let name = stored(&bench, "quota").await.name;
    for administrator in 0..ADMINISTRATORS {
        for saved in 0..EACH {
            let change = format!(" {administrator}.{saved}");
            assert_eq!(name.matches(&change).count(), 1, "{change} in {name}");
        }
    }
}

async fn stored(bench: &Bench, code: &str) -> Account {
    let account = bench.ledger.account_by_code(code).await.unwrap();
    account.unwrap()
}
