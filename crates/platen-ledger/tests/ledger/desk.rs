//! Administrators' changes, each with its entry in the log.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use platen_domain::{Access, Account, AccountId, Points, RateRow, UserId};
use platen_ledger::site::CardSpec;
use platen_ledger::{
    ACTIONS, Actor, Adjustment, AuditEntry, AuditFilter, BulkAdjustment, CardFault, Change, Desk,
    LedgerError, PageAsk, Refusal, Settings, Site,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::sessions::{digest, session};
use crate::support::*;

pub(crate) fn desk(bench: &Bench) -> Desk {
    bench.ledger.desk(Actor {
        id: UserId::local("root"),
        name: "root".into(),
        address: "192.0.2.1".into(),
    })
}

async fn entries(bench: &Bench) -> Vec<AuditEntry> {
    let all = AuditFilter::default();
    bench.ledger.audit(all).await.unwrap().rows
}

/// What was written down since the last time.
struct Log<'bench> {
    bench: &'bench Bench,
    seen: usize,
}

impl<'bench> Log<'bench> {
    fn of(bench: &'bench Bench) -> Self {
        Self { bench, seen: 0 }
    }

    /// The one entry that is new: action, subject and detail.
    #[track_caller]
    fn new_one<'log>(&'log mut self) -> impl Future<Output = (String, String, Value)> + 'log {
        let place = std::panic::Location::caller();
        async move {
            let mut new = self.new_ones().await;
            assert_eq!(new.len(), 1, "{place}: {new:?}");
            let entry = new.remove(0);
            assert!(ACTIONS.contains(&entry.action.as_str()), "{}", entry.action);
            let by = (entry.actor.as_str(), entry.name.as_str());
            assert_eq!(by, ("local#root", "root"));
            assert_eq!((entry.at, entry.address.as_str()), (now(), "192.0.2.1"));
            let detail = serde_json::from_str(&entry.detail).unwrap();
            (entry.action, entry.subject, detail)
        }
    }

    async fn new_ones(&mut self) -> Vec<AuditEntry> {
        let mut all = entries(self.bench).await;
        let count = all.len() - self.seen;
        self.seen = all.len();
        all.truncate(count);
        all
    }

    async fn nothing_new(&mut self) {
        let new = self.new_ones().await;
        assert!(new.is_empty(), "{new:?}");
    }
}

/// Makes a rate card one that makes no sense.
type Spoil = fn(&mut CardSpec);

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[tokio::test]
async fn account_and_its_entry_are_written_together_or_not_at_all() {
    let bench = Bench::new().await;
    let (desk, mut log) = (desk(&bench), Log::of(&bench));
    let quota = bench.ledger.account_by_code("quota").await.unwrap();
    let quota = quota.unwrap();
    let new = Account {
        id: AccountId(Uuid::from_u128(7)),
        name: "Neues Konto “ä”".into(),
        code: "new".into(),
        limit: Some(points("7.5")),
        version: 0,
        ..quota.clone()
    };
    let saved = desk.save_account(new.clone(), now()).await.unwrap();
    let (action, subject, detail) = log.new_one().await;
    assert_eq!(
        (action.as_str(), subject),
        ("account.create", new.name.clone())
    );
    assert_eq!(detail["limit"], json!([null, "7.5"]));
    assert_eq!(detail["access"], json!([null, "everyone"]));

    // The same again is no change.
    assert_eq!(desk.save_account(new, now()).await.unwrap(), saved);
    log.nothing_new().await;

    let changed = Account {
        limit: None,
        access: Access::Only {
            groups: set(&["staff"]),
            users: set(&[]),
        },
        ..saved.clone()
    };
    let changed = desk.save_account(changed, now()).await.unwrap();
    let (action, _, detail) = log.new_one().await;
    assert_eq!(action, "account.change");
    let expected = json!({
        "access": ["everyone", "only"],
        "groups": [[], ["staff"]],
        "limit": ["7.5", null],
    });
    assert_eq!(detail, expected);

    // Refused, nothing is written: not even what came before in the same breath.
    let taken = Account {
        name: "Print Quota".into(),
        ..changed.clone()
    };
    let refused = desk.save_account(taken, now()).await;
    assert_eq!(refusal(refused), Refusal::NotUnique { what: "name" });
    assert_eq!(
        refusal(desk.save_account(saved, now()).await),
        Refusal::Changed
    );
    log.nothing_new().await;

    let archived = desk.archive_account(changed.id, now()).await.unwrap();
    let (action, _, detail) = log.new_one().await;
    assert_eq!(action, "account.archive");
    assert_eq!(detail, json!({ "archived": [false, true] }));
    let again = desk.archive_account(changed.id, now()).await.unwrap();
    assert_eq!(again, archived);
    log.nothing_new().await;
    desk.restore_account(changed.id, now()).await.unwrap();
    assert_eq!(log.new_one().await.0, "account.restore");
    let unknown = AccountId(Uuid::nil());
    let refused = refusal(desk.archive_account(unknown, now()).await);
    assert_eq!(refused, Refusal::UnknownAccount(unknown));
    log.nothing_new().await;
}

#[tokio::test]
async fn person_is_assigned_to_an_account_and_taken_off_it_again() {
    let bench = Bench::new().await;
    let (desk, mut log) = (desk(&bench), Log::of(&bench));
    let research = bench.account("research").await;
    let assigned = desk.assign(research, " bob ", now()).await.unwrap();
    let expected = Access::Only {
        groups: set(&["research"]),
        users: set(&["bob"]),
    };
    assert_eq!(assigned.access, expected);
    let (action, subject, detail) = log.new_one().await;
    assert_eq!(
        (action.as_str(), subject.as_str()),
        ("account.assign", "Research")
    );
    assert_eq!(detail, json!({ "users": [[], ["bob"]] }));
    assert_eq!(bench.balance("bob", "research").await, "0/100 points used");
    assert_eq!(desk.assign(research, "bob", now()).await.unwrap(), assigned);
    log.nothing_new().await;

    let taken = desk.unassign(research, "bob", now()).await.unwrap();
    let (action, _, detail) = log.new_one().await;
    assert_eq!(action, "account.unassign");
    assert_eq!(detail, json!({ "users": [["bob"], []] }));
    assert_eq!(desk.unassign(research, "bob", now()).await.unwrap(), taken);
    assert_eq!(desk.unassign(research, "eve", now()).await.unwrap(), taken);

    let quota = bench.account("quota").await;
    let same = desk.assign(quota, "bob", now()).await.unwrap();
    assert_eq!(same.access, Access::Everyone);
    let refused = refusal(desk.unassign(quota, "bob", now()).await);
    assert_eq!(refused, Refusal::EveryonesAccount);
    for login in ["", " \u{200b}", "a\0b", "a\nb", &"x".repeat(10_000)] {
        let refused = refusal(desk.assign(research, login, now()).await);
        assert_eq!(refused, Refusal::NotAName { what: "login" }, "{login:?}");
    }
    log.nothing_new().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn assignments_by_two_servers_at_once_are_all_kept() {
    let bench = Bench::new().await;
    let other = Bench {
        ledger: bench.place.open().await,
        place: bench.place,
    };
    let (one, two) = (
        bench.ledger.desk(desk(&other).actor().clone()),
        desk(&other),
    );
    let research = other.account("research").await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..20 {
        let desk = if number % 2 == 0 { &one } else { &two };
        let desk = desk.clone();
        tasks.spawn(async move {
            let login = format!("user{number}");
            desk.assign(research, &login, now()).await.unwrap();
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    let account = other.ledger.account_by_code("research").await.unwrap();
    let Access::Only { users, .. } = account.unwrap().access else {
        panic!("everyone's");
    };
    assert_eq!(users.len(), 20);
    assert_eq!(entries(&other).await.len(), 20);
}

#[tokio::test]
async fn adjustment_is_written_down_once_with_its_reason() {
    let bench = Bench::new().await;
    let (desk, mut log) = (desk(&bench), Log::of(&bench));
    bench
        .ledger
        .open_session(digest(1), session(1, "alice"))
        .await
        .unwrap();
    let quota = bench.account("quota").await;
    let adjustment = Adjustment {
        account: quota,
        user: Some(UserId::local("alice")),
        change: Change::Debit(points("7.5")),
        reason: "paper jam".into(),
        by: "somebody else".into(),
        corrects: None,
    };
    let adjust = |change| {
        let adjustment = Adjustment {
            change,
            ..adjustment.clone()
        };
        desk.adjust(Uuid::from_u128(1), adjustment, now())
    };
    let debit = Change::Debit(points("7.5"));
    let adjusted = adjust(debit).await.unwrap();
    assert_eq!(adjusted.activity.by, "root");
    let (action, subject, detail) = log.new_one().await;
    assert_eq!(
        (action.as_str(), subject.as_str()),
        ("points.adjust", "Print Quota")
    );
    let expected = json!({
        "change": "debit 7.5",
        "points": ["0", "7.5"],
        "reason": "paper jam",
        "user": "alice",
    });
    assert_eq!(detail, expected);
    // Asked again by its id it is answered and not done, nor written down.
    assert_eq!(adjust(debit).await.unwrap(), adjusted);
    let what = "change";
    let other = refusal(adjust(Change::Credit(points("1"))).await);
    assert_eq!(other, Refusal::ExistsWithDifferent { what });
    log.nothing_new().await;

    let all = |id: u128, reason: &str| {
        let adjustment = BulkAdjustment {
            account: quota,
            change: Change::SetTo(Points::ZERO),
            reason: reason.into(),
            by: String::new(),
        };
        desk.adjust_all(Uuid::from_u128(id), adjustment, now())
    };
    assert_eq!(all(2, "new term").await.unwrap().balances, 1);
    let (action, _, detail) = log.new_one().await;
    assert_eq!(action, "points.adjust-all");
    let expected = json!({ "balances": 1, "change": "set 0", "reason": "new term" });
    assert_eq!(detail, expected);
    assert_eq!(all(2, "new term").await.unwrap().balances, 1);
    let missing = refusal(all(3, " ").await);
    assert!(matches!(missing, Refusal::Missing { .. }), "{missing:?}");
    log.nothing_new().await;
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn rates_get_a_new_version_only_where_they_differ() {
    let bench = Bench::new().await;
    let (desk, mut log) = (desk(&bench), Log::of(&bench));
    let before = bench.ledger.rate_card().await.unwrap().unwrap();
    let spec = Site::from_toml(CARD).unwrap().card;
    let same = desk.put_card(spec.clone(), Some(1), now()).await.unwrap();
    assert_eq!(same, before);
    log.nothing_new().await;
    let mut dearer = spec.clone();
    dearer.rows[0].print.colour_duplex = points("2.75");
    let put = desk.put_card(dearer, Some(1), now()).await.unwrap();
    assert_eq!(put.version, before.version + 1);
    assert_eq!(bench.ledger.rate_card().await.unwrap().unwrap(), put);
    let (action, _, detail) = log.new_one().await;
    assert_eq!(action, "rates.change");
    let expected = json!({ "A4: print colour duplex": ["2.5", "2.75"] });
    assert_eq!(detail, expected);

    let faults: [(Spoil, CardFault); 6] = [
        (|card| card.rows[0].name = " ".into(), CardFault::NoName),
        (
            |card| card.rows[0].name = "a\0".into(),
            CardFault::BadName("a\0".into()),
        ),
        (
            |card| {
                let row = card.rows[0].clone();
                card.rows.push(RateRow {
                    name: "a4".into(),
                    ..row
                });
            },
            CardFault::SameName("a4".into()),
        ),
        (
            |card| {
                let row = card.rows[0].clone();
                card.rows.push(RateRow {
                    name: "B".into(),
                    ..row
                });
            },
            CardFault::SameSize("A4".into(), "B".into()),
        ),
        (
            |card| card.rows[0].size.width = 0,
            CardFault::NoSize("A4".into()),
        ),
        (
            |card| card.rows[0].copy.mono_duplex = points("-0.01"),
            CardFault::Negative("A4".into()),
        ),
    ];
    for (make, fault) in faults {
        let mut card = spec.clone();
        make(&mut card);
        let refused = refusal(desk.put_card(card, None, now()).await);
        assert_eq!(refused, Refusal::InvalidCard(fault));
    }
    log.nothing_new().await;
}

#[tokio::test]
async fn settings_change_where_they_make_sense() {
    let bench = Bench::new().await;
    let (desk, mut log) = (desk(&bench), Log::of(&bench));
    let settings = bench.ledger.settings().await.unwrap();
    assert_eq!(settings, Settings::default());
    desk.put_settings(settings, settings, now()).await.unwrap();
    log.nothing_new().await;
    let changed = Settings {
        upload: false,
        hold_hours: 48,
        ..settings
    };
    desk.put_settings(changed, settings, now()).await.unwrap();
    assert_eq!(bench.ledger.settings().await.unwrap(), changed);
    let (action, _, detail) = log.new_one().await;
    assert_eq!(action, "settings.change");
    let expected = json!({ "hold_hours": [24, 48], "upload": [true, false] });
    assert_eq!(detail, expected);
    for wrong in [
        Settings {
            hold_hours: 0,
            ..settings
        },
        Settings {
            session_hours: 0,
            ..settings
        },
        Settings {
            grace_hours: u32::MAX,
            ..settings
        },
    ] {
        let refused = refusal(desk.put_settings(wrong, changed, now()).await);
        assert!(matches!(refused, Refusal::OutOfRange { .. }), "{refused:?}");
    }
    assert_eq!(bench.ledger.settings().await.unwrap(), changed);
    log.nothing_new().await;
}

#[tokio::test]
async fn groups_are_put_in_place_of_the_former() {
    let bench = Bench::new().await;
    let (desk, mut log) = (desk(&bench), Log::of(&bench));
    let groups = |list: &[(&str, &[&str])]| -> BTreeMap<_, _> {
        let group = |(name, logins): &(&str, &[&str])| ((*name).to_owned(), set(logins));
        list.iter().map(group).collect()
    };
    let stored = groups(&[("research", &["alice"])]);
    desk.put_groups(stored, now()).await.unwrap();
    log.nothing_new().await;
    let other = groups(&[("research", &["bob"]), ("staff", &["bob"]), ("empty", &[])]);
    desk.put_groups(other, now()).await.unwrap();
    let (action, _, detail) = log.new_one().await;
    assert_eq!(action, "groups.change");
    let expected = json!({
        "research": [["alice"], ["bob"]],
        "staff": [[], ["bob"]],
    });
    assert_eq!(detail, expected);
    assert_eq!(bench.balance("bob", "research").await, "0/100 points used");
    for (wrong, what) in [
        (groups(&[("", &["bob"])]), "group"),
        (groups(&[("a\0", &["bob"])]), "group"),
        (groups(&[("staff", &["a\u{202e}b"])]), "login"),
    ] {
        let refused = refusal(desk.put_groups(wrong, now()).await);
        assert_eq!(refused, Refusal::NotAName { what });
    }
    log.nothing_new().await;
}

#[tokio::test]
async fn ended_sessions_are_written_down_where_there_were_any() {
    let bench = Bench::new().await;
    let (desk, mut log) = (desk(&bench), Log::of(&bench));
    for number in 1..=3 {
        let opened = session(number.into(), "alice");
        bench
            .ledger
            .open_session(digest(number), opened)
            .await
            .unwrap();
    }
    let id = Uuid::from_u128(1);
    assert!(desk.end_session(id, now()).await.unwrap());
    let (action, subject, detail) = log.new_one().await;
    assert_eq!(
        (action.as_str(), subject.as_str()),
        ("session.end", "alice")
    );
    let expected = json!({ "devices": ["Firefox on Linux"], "sessions": 1 });
    assert_eq!(detail, expected);
    assert!(!desk.end_session(id, now()).await.unwrap());
    log.nothing_new().await;
    let alice = UserId::local("alice");
    assert_eq!(desk.end_sessions_of(&alice, now()).await.unwrap(), 2);
    let (action, _, detail) = log.new_one().await;
    assert_eq!(action, "sessions.end");
    assert_eq!(detail["sessions"], json!(2));
    assert_eq!(desk.end_sessions_of(&alice, now()).await.unwrap(), 0);
    log.nothing_new().await;
}

#[tokio::test]
async fn log_is_searched_filtered_and_given_in_pages() {
    let bench = Bench::empty().await;
    let desk = desk(&bench);
    for number in 0..30i64 {
        let action = if number % 2 == 0 { "door.open" } else { "note" };
        let subject = format!("Zoë's door {number}");
        let at = now() + SignedDuration::from_secs(number);
        let note = desk.note(action, &subject, r#"{"why":"100%"}"#, at);
        note.await.unwrap();
    }
    let total = |filter| async { bench.ledger.audit(filter).await.unwrap().total };
    let all = AuditFilter::default;
    assert_eq!(total(all()).await, 30);
    for (search, found) in [
        ("ZOE\u{308} root", 30),
        ("door.open", 15),
        ("192.0.2.1 note", 15),
        ("100%", 30),
        ("1%0", 0),
        ("nobody", 0),
        ("a\0b", 0),
    ] {
        let search = search.to_owned();
        let filter = AuditFilter { search, ..all() };
        assert_eq!(total(filter.clone()).await, found, "{filter:?}");
    }
    for (action, found) in [("note", 15), ("NOTE", 0), ("no\0te", 0)] {
        let action = Some(action.to_owned());
        assert_eq!(total(AuditFilter { action, ..all() }).await, found);
    }
    let filter = AuditFilter {
        since: Some(now() + SignedDuration::from_secs(10)),
        until: Some(now() + SignedDuration::from_secs(20)),
        page: PageAsk {
            offset: 4,
            limit: 2,
        },
        ..all()
    };
    let page = bench.ledger.audit(filter).await.unwrap();
    let subjects: Vec<_> = page.rows.into_iter().map(|entry| entry.subject).collect();
    let expected = ["Zoë's door 15", "Zoë's door 14"].map(str::to_owned);
    assert_eq!((subjects, page.total), (expected.to_vec(), 10));
}

#[tokio::test]
async fn note_that_can_not_be_kept_is_refused() {
    let bench = Bench::empty().await;
    let desk = desk(&bench);
    let long = "x".repeat(1_000_000);
    let note = |action: &str, subject: &str, detail: &str| {
        let texts = [action, subject, detail].map(str::to_owned);
        let desk = desk.clone();
        async move { desk.note(&texts[0], &texts[1], &texts[2], now()).await }
    };
    let what = "action";
    assert_eq!(
        refusal(note(&long, "", "").await),
        Refusal::TooLong { what }
    );
    let what = "detail";
    assert_eq!(
        refusal(note("a", "", &long).await),
        Refusal::TooLong { what }
    );
    assert_eq!(refusal(note("a", "b\0", "").await), Refusal::Unstorable);
    note("a", &long, "{}").await.unwrap();
    let entries = entries(&bench).await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].subject.len(), 500);
}

#[tokio::test]
async fn database_refuses_to_change_or_remove_the_log() {
    let bench = Bench::empty().await;
    desk(&bench).note("note", "a", "{}", now()).await.unwrap();
    for sql in [
        "UPDATE audit SET name = 'eve'",
        "DELETE FROM audit",
        "UPDATE audit SET detail = '' WHERE action = 'note'",
    ] {
        let error = bench.place.refusal_of(sql).await;
        assert!(error.contains("append-only"), "{error}");
    }
    assert_eq!(entries(&bench).await.len(), 1);
}

#[tokio::test]
async fn change_that_fails_while_it_is_written_leaves_no_entry() {
    let bench = Bench::new().await;
    let desk = desk(&bench);
    let quota = bench.ledger.account_by_code("quota").await.unwrap();
    let too_much = Account {
        limit: Some(Points::MAX),
        exceed_by: points("1"),
        ..quota.unwrap()
    };
    let saved = desk.save_account(too_much, now()).await;
    assert!(matches!(saved, Err(LedgerError::Points(_))), "{saved:?}");
    assert!(entries(&bench).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_those_who_change_one_version_at_once_exactly_one_wins() {
    const RIVALS: u32 = 12;
    let bench = Bench::new().await;
    let other = bench.place.open().await;
    let desks = [desk(&bench), other.desk(desk(&bench).actor().clone())];
    let spec = Site::from_toml(CARD).unwrap().card;
    for version in 1..=4 {
        let (mut cards, mut settings) = (Vec::new(), Vec::new());
        let seen = bench.ledger.settings().await.unwrap();
        for rival in 0..RIVALS {
            let desk = desks[rival as usize % 2].clone();
            let mut spec = spec.clone();
            let price = u32::try_from(version).unwrap() * 100 + rival;
            spec.rows[0].print.mono_simplex = points(&price.to_string());
            let card = async move { desk.put_card(spec, Some(version), now()).await };
            cards.push(tokio::spawn(card));
            let desk = desks[rival as usize % 2].clone();
            let wanted = Settings {
                hold_hours: price,
                ..seen
            };
            let changed = async move { desk.put_settings(wanted, seen, now()).await };
            settings.push(tokio::spawn(changed));
        }
        let (mut cards_won, mut settings_won) = (0, 0);
        for (card, settings) in cards.into_iter().zip(settings) {
            match card.await.unwrap() {
                Ok(card) => {
                    assert_eq!(card.version, version + 1);
                    cards_won += 1;
                }
                lost => assert_eq!(refusal(lost), Refusal::Changed),
            }
            match settings.await.unwrap() {
                Ok(()) => settings_won += 1,
                lost => assert_eq!(refusal(lost), Refusal::Changed),
            }
        }
        assert_eq!((cards_won, settings_won), (1, 1), "version {version}");
    }
    assert_eq!(entries(&bench).await.len(), 8);
}
