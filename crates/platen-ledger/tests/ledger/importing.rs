//! Lists of accounts and people that administrators bring along.

use std::collections::BTreeSet;

use platen_domain::{Access, Kind, Points, UserId};
use platen_ledger::{
    AccountSpec, AuditFilter, CardFault, PeopleImported, PersonSpec, Refusal, Site,
};
use serde_json::{Value, json};

use super::desk::desk;
use super::sessions::{digest, session};
use crate::support::*;

fn account(code: &str) -> AccountSpec {
    AccountSpec {
        name: format!("Account {code}"),
        code: code.into(),
        enabled: true,
        start: None,
        expiry: None,
        kind: Kind::Individual,
        limit: Some(points("10")),
        exceed_by: Points::ZERO,
        access: Access::Everyone,
        on_clients: true,
    }
}

fn person_spec(login: &str, groups: Option<&[&str]>) -> PersonSpec {
    let set = |groups: &[&str]| groups.iter().map(|&group| group.to_owned()).collect();
    PersonSpec {
        id: None,
        login: login.into(),
        name: format!("Name of {login}"),
        groups: groups.map(set),
    }
}

async fn log(bench: &Bench) -> Vec<(String, Value)> {
    let all = AuditFilter::default();
    let entries = bench.ledger.audit(all).await.unwrap().rows.into_iter();
    entries
        .map(|entry| {
            let detail = serde_json::from_str(&entry.detail).unwrap();
            (entry.action, detail)
        })
        .collect()
}

#[tokio::test]
async fn list_of_accounts_creates_changes_and_leaves_alone() {
    let bench = Bench::new().await;
    let desk = desk(&bench);
    let research = AccountSpec {
        limit: None,
        access: Access::Everyone,
        kind: Kind::Shared,
        name: "Research".into(),
        ..account("RESEARCH")
    };
    let list = vec![account("a"), research, account("b")];
    let summary = desk.import_accounts(list.clone(), now()).await.unwrap();
    assert_eq!(summary.created, ["a", "b"]);
    assert_eq!(summary.updated, ["RESEARCH"]);
    assert_eq!(summary.not_in_file, ["department", "quota"]);
    let entries = log(&bench).await;
    assert_eq!(entries.len(), 1);
    let (action, detail) = &entries[0];
    assert_eq!(action, "accounts.import");
    assert_eq!(detail["a"]["limit"], json!([null, "10"]));
    let expected = json!({
        "access": ["only", "everyone"],
        "code": ["research", "RESEARCH"],
        "groups": [["research"], []],
        "limit": ["100", null],
    });
    assert_eq!(detail["RESEARCH"], expected);
    // The same list again changes nothing.
    let summary = desk.import_accounts(list, now()).await.unwrap();
    assert_eq!(summary.unchanged.len(), 3);
    assert_eq!(log(&bench).await.len(), 1);
}

#[tokio::test]
async fn list_of_accounts_with_one_mistake_changes_nothing_and_names_the_row() {
    let bench = Bench::new().await;
    let desk = desk(&bench);
    bench.print(1, "alice", "quota", 1).await;
    let before = bench.ledger.accounts().await.unwrap();
    let import = async |change: fn(&mut AccountSpec)| {
        let mut list = vec![account("a"), account("b"), account("c")];
        change(&mut list[2]);
        match refusal(desk.import_accounts(list, now()).await) {
            Refusal::Row { row: 3, why } => *why,
            other => panic!("{other:?}"),
        }
    };
    let what = "code";
    assert_eq!(
        import(|account| account.code = "A".into()).await,
        Refusal::Twice { what }
    );
    let what = "name";
    assert_eq!(
        import(|account| account.name = "Account B".into()).await,
        Refusal::NotUnique { what }
    );
    for change in [
        (|account| account.name = "a\0".into()) as fn(&mut AccountSpec),
        |account| account.code = " ".into(),
        |account| account.limit = Some(points("-1")),
        |account| account.exceed_by = Points::MAX,
    ] {
        let why = import(change).await;
        assert!(matches!(why, Refusal::InvalidAccount(_)), "{why:?}");
    }
    let in_use = import(|account| {
        account.code = "quota".into();
        account.kind = Kind::Shared;
    });
    assert_eq!(in_use.await, Refusal::KindInUse);
    assert_eq!(bench.ledger.accounts().await.unwrap(), before);
    assert!(log(&bench).await.is_empty());
    let text = Refusal::Row {
        row: 3,
        why: Box::new(CardFault::NoName.into()),
    };
    assert_eq!(text.to_string(), "Row 3: Each paper size needs a name.");
}

#[tokio::test]
async fn thousands_of_accounts_are_taken_at_once() {
    let bench = Bench::new().await;
    let list: Vec<_> = (0..3_000).map(|n| account(&format!("n{n:05}"))).collect();
    let here = desk(&bench);
    let imported = here.import_accounts(list.clone(), now());
    assert_eq!(imported.await.unwrap().created.len(), 3_000);
    let other = bench.place.open().await;
    assert_eq!(other.accounts().await.unwrap().len(), 3_003);
    let changed = list.into_iter().map(|spec| AccountSpec {
        limit: None,
        ..spec
    });
    let there = other.desk(here.actor().clone());
    let imported = there.import_accounts(changed.collect(), now());
    assert_eq!(imported.await.unwrap().updated.len(), 3_000);
    let accounts = bench.ledger.accounts().await.unwrap();
    let unlimited = accounts.iter().filter(|account| account.limit.is_none());
    assert_eq!(unlimited.count(), 3_000);
    let entries = log(&bench).await;
    assert_eq!(entries[0].1["+"], json!(2_950));
    assert_eq!(entries[0].1.as_object().unwrap().len(), 51);
}

#[tokio::test]
async fn people_are_known_by_identifier_or_login_and_others_are_waited_for() {
    let bench = Bench::new().await;
    let (ledger, desk) = (&bench.ledger, desk(&bench));
    let mut opened = session(1, "alice");
    opened.person.groups = BTreeSet::from(["students".to_owned()]);
    ledger.open_session(digest(1), opened).await.unwrap();
    let bob = PersonSpec {
        id: Some(UserId::openid("https://id.example", "7")),
        ..person_spec("bob", None)
    };
    let list = vec![
        // Known by a login that is written otherwise.
        person_spec("ALICE", Some(&["staff", "research"])),
        bob,
        person_spec("zoe", Some(&["research"])),
    ];
    let imported = desk.import_people(list.clone(), now()).await.unwrap();
    let expected = PeopleImported {
        created: 1,
        updated: 1,
        unchanged: 0,
        waiting: 1,
        groups_changed: true,
    };
    assert_eq!(imported, expected);
    let people = ledger.people().await.unwrap();
    let names: Vec<_> = people
        .iter()
        .map(|person| (person.id.as_str(), person.login.as_str()))
        .collect();
    let expected = [("local#alice", "alice"), ("https://id.example#7", "bob")];
    assert_eq!(names, expected);
    assert_eq!(people[0].name, "Name of ALICE");
    // The groups that the provider names are the provider's.
    let groups = "SELECT groups FROM person WHERE login = 'alice'";
    assert_eq!(bench.place.text_of(groups).await, r#"["students"]"#);
    // Who was waited for has what waited for him.
    let view = ledger.view(&person("zoe"), now(), TODAY).await.unwrap();
    assert!(view.person.groups.contains("research"));
    let view = ledger.view(&person("alice"), now(), TODAY).await.unwrap();
    assert!(view.person.groups.contains("staff"));
    let entries = log(&bench).await;
    let expected = json!({
        "created": 1,
        "groups": { "research": [[], ["zoe"]], "staff": [[], ["alice"]] },
        "updated": 1,
        "waiting": 1,
    });
    assert_eq!(entries, [("people.import".to_owned(), expected)]);

    let imported = desk.import_people(list, now()).await.unwrap();
    let expected = PeopleImported {
        unchanged: 2,
        waiting: 1,
        ..PeopleImported::default()
    };
    assert_eq!(imported, expected);
    assert_eq!(log(&bench).await.len(), 1);
    // Out of all groups, and into none.
    let out = vec![person_spec("alice", Some(&[]))];
    assert!(desk.import_people(out, now()).await.unwrap().groups_changed);
    let view = ledger.view(&person("alice"), now(), TODAY).await.unwrap();
    assert!(view.person.groups.is_empty());
}

#[tokio::test]
async fn list_of_people_with_one_mistake_changes_nothing_and_names_the_row() {
    let bench = Bench::new().await;
    let desk = desk(&bench);
    let import = async |change: fn(&mut PersonSpec)| {
        let first = PersonSpec {
            id: Some(UserId::local("first")),
            ..person_spec("first", Some(&["staff"]))
        };
        let mut second = person_spec("second", None);
        change(&mut second);
        match refusal(desk.import_people(vec![first, second], now()).await) {
            Refusal::Row { row: 2, why } => *why,
            other => panic!("{other:?}"),
        }
    };
    let what = "login";
    assert_eq!(
        import(|person| person.login = "FIRST".into()).await,
        Refusal::Twice { what }
    );
    assert_eq!(
        import(|person| person.login = "\u{200b}".into()).await,
        Refusal::NotAName { what }
    );
    let what = "name";
    assert_eq!(
        import(|person| person.name = "a\0".into()).await,
        Refusal::NotAName { what }
    );
    let what = "group";
    assert_eq!(
        import(|person| person.groups = Some(BTreeSet::from([String::new()]))).await,
        Refusal::NotAName { what }
    );
    let what = "identifier";
    assert_eq!(
        import(|person| person.id = Some(UserId::new(""))).await,
        Refusal::Missing { what }
    );
    assert_eq!(
        import(|person| person.id = Some(UserId::new("x".repeat(10_000)))).await,
        Refusal::TooLong { what }
    );
    assert_eq!(
        import(|person| person.id = Some(UserId::new("a\0"))).await,
        Refusal::Unstorable
    );
    assert!(bench.ledger.people().await.unwrap().is_empty());
    assert!(log(&bench).await.is_empty());
    let view = bench.ledger.view(&person("first"), now(), TODAY).await;
    assert!(view.unwrap().person.groups.is_empty());
}

#[tokio::test]
async fn loading_the_same_site_again_writes_nothing() {
    let bench = Bench::new().await;
    let mut changes = bench.ledger.changes();
    changes.mark_unchanged();
    let site = Site::from_toml(&format!("{SITE}{CARD}")).unwrap();
    let summary = bench.ledger.load_site(site).await.unwrap();
    assert_eq!(summary.unchanged.len(), 3);
    assert_eq!((summary.card_version, summary.groups), (1, 1));
    assert!(!changes.has_changed().unwrap());
}

/// More than one transaction's worth.
fn crowd() -> Vec<PersonSpec> {
    let login = |n| person_spec(&format!("n{n:05}"), Some(&["crowd"]));
    (0..1_200).map(login).collect()
}

#[tokio::test]
async fn others_get_their_turn_while_a_long_list_is_imported() {
    let bench = Bench::new().await;
    let ended = std::cell::Cell::new(false);
    let import = async {
        let list = (0..20_000).map(|n| person_spec(&format!("n{n:05}"), Some(&["crowd"])));
        desk(&bench)
            .import_people(list.collect(), now())
            .await
            .unwrap();
        ended.set(true);
    };
    let other = async {
        let mut changes = bench.ledger.changes();
        loop {
            changes.changed().await.unwrap();
            let under_way = bench.ledger.imports_under_way().await.unwrap();
            match under_way.first() {
                Some(run) if run.done == 0 => {}
                _ => break,
            }
        }
        bench.submit(1, "alice").await;
        assert!(!ended.get(), "the import was waited for");
    };
    tokio::join!(import, other);
    assert_eq!(log(&bench).await.len(), 1);
}

#[tokio::test]
async fn import_that_was_broken_off_is_written_down_and_completed_by_repeating() {
    let bench = Bench::new().await;
    let (ledger, desk) = (&bench.ledger, desk(&bench));
    let mut import = desk.begin_people(crowd(), now()).await.unwrap();
    assert!(import.step(now()).await.unwrap());
    let run = ledger.import(import.run().id).await.unwrap().unwrap();
    assert_eq!((run.done, run.waiting, run.total), (500, 500, 1_200));
    assert_eq!(&run, import.run());
    // Its server goes down. Nobody knows yet.
    assert_eq!(ledger.end_silent_imports(hours_later(0)).await.unwrap(), 0);
    assert_eq!(ledger.groups_by_login().await.unwrap().len(), 501);
    assert!(log(&bench).await.is_empty());
    assert_eq!(ledger.end_silent_imports(hours_later(1)).await.unwrap(), 1);
    assert_eq!(ledger.end_silent_imports(hours_later(1)).await.unwrap(), 0);
    let (action, detail) = &log(&bench).await[0];
    assert_eq!(action, "people.import");
    assert_eq!(detail["written"], json!("500/1200"));
    // Had it only been slow, it would not go on in silence.
    assert_eq!(
        refusal(import.step(now()).await.map(drop)),
        Refusal::ImportEnded
    );
    drop(import);

    let imported = desk.import_people(crowd(), hours_later(2)).await.unwrap();
    assert_eq!(imported.waiting, 1_200);
    assert_eq!(ledger.groups_by_login().await.unwrap().len(), 1_201);
    let other = bench.place.open().await;
    assert_eq!(
        other.groups_by_login().await.unwrap(),
        ledger.groups_by_login().await.unwrap()
    );
    let entries = log(&bench).await;
    assert_eq!(entries.len(), 2, "one for each import");
    let joined = &entries[0].1["groups"]["crowd"][1];
    assert_eq!(joined.as_array().unwrap().len(), 51);
    assert_eq!(joined[50], json!("+650"));
    assert!(ledger.imports_under_way().await.unwrap().is_empty());
}

#[tokio::test]
async fn row_that_others_made_impossible_meanwhile_ends_the_import_there() {
    let bench = Bench::new().await;
    let (ledger, desk) = (&bench.ledger, desk(&bench));
    let list: Vec<_> = (0..900).map(|n| account(&format!("n{n:05}"))).collect();
    let mut import = desk.begin_accounts(list.clone(), now()).await.unwrap();
    let mut taken = ledger.account_by_code("quota").await.unwrap().unwrap();
    taken.name = "Account n00700".into();
    let mut taken = ledger.save_account(taken).await.unwrap();
    assert!(import.step(now()).await.unwrap());
    let why = match refusal(import.step(now()).await.map(drop)) {
        Refusal::Row { row: 701, why } => *why,
        other => panic!("{other:?}"),
    };
    assert_eq!(why, Refusal::NotUnique { what: "name" });
    import.break_off("Row 701", now()).await.unwrap();
    let entries = log(&bench).await;
    assert_eq!(entries[0].1["written"], json!("500/900"));
    assert_eq!(entries[0].1["trouble"], json!("Row 701"));
    assert_eq!(entries[0].1["+"], json!(450));

    taken.name = "Print Quota".into();
    ledger.save_account(taken).await.unwrap();
    let summary = desk.import_accounts(list, hours_later(1)).await.unwrap();
    assert_eq!((summary.created.len(), summary.unchanged.len()), (400, 500));
    assert_eq!(summary.not_in_file.len(), 3);
}
