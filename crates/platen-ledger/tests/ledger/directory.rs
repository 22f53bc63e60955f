//! Looking up accounts, people, groups, who may use what and how much is used.

use std::collections::BTreeSet;

use jiff::civil::date;
use platen_domain::{Access, Account, AccountId, Barred, Kind, Person, Points, Standing, UserId};
use platen_ledger::{
    AccountQuery, AccountSort, Actor, AuditFilter, Change, How, PageAsk, PeopleQuery, Refusal,
    Settlement,
};
use uuid::Uuid;

use crate::support::*;

fn member(name: &str, login: &str, groups: &[&str]) -> Person {
    Person {
        id: UserId::openid("https://id.example", login),
        name: name.into(),
        login: login.into(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

async fn remember(bench: &Bench, people: &[Person]) {
    for person in people {
        bench.ledger.remember(person, now()).await.unwrap();
    }
}

async fn save(bench: &Bench, number: u128, name: &str, change: impl FnOnce(&mut Account)) {
    let mut account = Account {
        id: AccountId(Uuid::from_u128(number)),
        name: name.into(),
        code: format!("code-{number}"),
        enabled: true,
        start: None,
        expiry: None,
        kind: Kind::Individual,
        limit: None,
        exceed_by: Points::ZERO,
        access: Access::Everyone,
        on_clients: true,
        archived: false,
        version: 0,
    };
    change(&mut account);
    bench.ledger.save_account(account).await.unwrap();
}

fn only(groups: &[&str], users: &[&str]) -> Access {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Access::Only {
        groups: set(groups),
        users: set(users),
    }
}

async fn names(bench: &Bench, query: AccountQuery) -> Vec<String> {
    let page = bench.ledger.accounts_page(query).await.unwrap();
    page.rows.into_iter().map(|row| row.account.name).collect()
}

async fn logins(bench: &Bench, query: PeopleQuery) -> Vec<String> {
    let page = bench.ledger.people_page(query).await.unwrap();
    page.rows.into_iter().map(|row| row.person.login).collect()
}

fn find(search: &str) -> PeopleQuery {
    PeopleQuery {
        search: search.into(),
        ..PeopleQuery::default()
    }
}

#[tokio::test]
async fn accounts_are_found_by_words_of_name_or_code_however_they_are_written() {
    let bench = Bench::empty().await;
    for (number, name) in [
        (1, "Straße"),
        (2, "İstanbul 100%"),
        (3, "under_score"),
        (4, "Ｗｉｄｅ"),
        (5, "O'Neill \"the\" lab"),
        (6, "back\\slash"),
    ] {
        save(&bench, number, name, |_| ()).await;
    }
    let found = async |search: &str| {
        let search = search.to_owned();
        let query = AccountQuery {
            search,
            ..AccountQuery::default()
        };
        names(&bench, query).await
    };
    assert_eq!(found("STRASSE").await, ["Straße"]);
    assert_eq!(found("straẞ").await, ["Straße"]);
    assert_eq!(found("i\u{307}stan").await, ["İstanbul 100%"]);
    assert_eq!(found("100%").await, ["İstanbul 100%"]);
    assert_eq!(found("%").await, ["İstanbul 100%"]);
    assert_eq!(found("R_S").await, ["under_score"]);
    assert_eq!(found("_").await, ["under_score"]);
    assert_eq!(found("wide").await, ["Ｗｉｄｅ"]);
    assert_eq!(found("ＷＩＤＥ").await, ["Ｗｉｄｅ"]);
    assert_eq!(found("'").await, ["O'Neill \"the\" lab"]);
    assert_eq!(found("lab \"THE\"").await, ["O'Neill \"the\" lab"]);
    assert_eq!(found("\\").await, ["back\\slash"]);
    assert_eq!(found("CODE-3").await, ["under_score"]);
    assert_eq!(found("code lab").await, ["O'Neill \"the\" lab"]);
    assert_eq!(found("lab nothing").await, [""; 0]);
    assert_eq!(found(" \u{200b} ").await.len(), 6);
    assert_eq!(found("\0").await, [""; 0]);
}

#[tokio::test]
async fn accounts_are_filtered_sorted_and_given_in_pages_that_know_the_total() {
    let bench = Bench::empty().await;
    save(&bench, 1, "beta", |account| {
        account.limit = Some(points("10"));
        account.expiry = Some(date(2027, 1, 1));
    })
    .await;
    save(&bench, 2, "Alpha", |account| account.kind = Kind::Shared).await;
    save(&bench, 3, "gamma", |account| {
        account.limit = Some(points("5"));
        account.enabled = false;
        account.access = only(&["staff"], &[]);
    })
    .await;
    save(&bench, 4, "Delta", |account| {
        account.limit = Some(points("5"));
        account.access = only(&[], &["bob"]);
    })
    .await;
    save(&bench, 5, "old", |_| ()).await;
    let old = AccountId(Uuid::from_u128(5));
    bench.ledger.archive_account(old).await.unwrap();
    let with = async |change: &dyn Fn(&mut AccountQuery)| {
        let mut query = AccountQuery::default();
        change(&mut query);
        names(&bench, query).await
    };
    assert_eq!(with(&|_| ()).await, ["Alpha", "beta", "Delta", "gamma"]);
    assert_eq!(with(&|query| query.archived = true).await, ["old"]);
    assert_eq!(with(&|query| query.enabled = Some(false)).await, ["gamma"]);
    assert_eq!(
        with(&|query| query.kind = Some(Kind::Shared)).await,
        ["Alpha"]
    );
    let sorted = async |sort, descending| {
        with(&|query| {
            query.sort = sort;
            query.descending = descending;
        })
        .await
    };
    use AccountSort::{Code, Expiry, Limit, Name};
    assert_eq!(
        sorted(Name, true).await,
        ["gamma", "Delta", "beta", "Alpha"]
    );
    assert_eq!(
        sorted(Code, false).await,
        ["beta", "Alpha", "gamma", "Delta"]
    );
    assert_eq!(
        sorted(Limit, false).await,
        ["Delta", "gamma", "beta", "Alpha"]
    );
    assert_eq!(
        sorted(Limit, true).await,
        ["Alpha", "beta", "Delta", "gamma"]
    );
    assert_eq!(sorted(Expiry, false).await[0], "beta");
    assert_eq!(sorted(Expiry, true).await[3], "beta");

    let staff = member("Bob", "bob", &["staff"]);
    let access = with(&|query| query.access_of = Some(staff.clone())).await;
    assert_eq!(access, ["Alpha", "beta", "Delta", "gamma"]);
    let access = with(&|query| query.access_of = Some(member("C", "c", &[]))).await;
    assert_eq!(access, ["Alpha", "beta"]);

    let page = async |offset, limit| {
        let query = AccountQuery {
            page: PageAsk { offset, limit },
            ..AccountQuery::default()
        };
        let page = bench.ledger.accounts_page(query).await.unwrap();
        let names = page.rows.into_iter().map(|row| row.account.name);
        (names.collect::<Vec<_>>(), page.total)
    };
    assert_eq!(page(1, 2).await, (vec!["beta".into(), "Delta".into()], 4));
    assert_eq!(page(3, 2).await, (vec!["gamma".into()], 4));
    assert_eq!(page(4, 2).await, (vec![], 4));
    assert_eq!(page(u64::MAX, u32::MAX).await, (vec![], 4));
}

#[tokio::test]
async fn account_row_says_what_all_its_balances_add_up_to() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 10).await;
    bench.print(2, "bob", "quota", 4).await;
    bench
        .adjust(9, "quota", Some("bob"), Change::Credit(points("30")))
        .await
        .unwrap();
    bench.print(3, "alice", "research", 7).await;
    // Moved away: the balance is there and was never used.
    bench.print(4, "carol", "quota", 1).await;
    bench.ledger.delete(document_id(4), now()).await.unwrap();
    let query = AccountQuery {
        sort: AccountSort::Used,
        descending: true,
        ..AccountQuery::default()
    };
    let page = bench.ledger.accounts_page(query).await.unwrap();
    let rows: Vec<_> = page
        .rows
        .iter()
        .map(|row| {
            let code = row.account.code.as_str();
            (code, row.holders, row.posted, row.pending, row.leased)
        })
        .collect();
    let nothing = Points::ZERO;
    assert_eq!(
        rows,
        [
            ("research", 1, nothing, points("7"), nothing),
            ("department", 0, nothing, nothing, nothing),
            ("quota", 2, points("-30"), points("14"), nothing),
        ]
    );
}

#[tokio::test]
async fn sums_of_balances_that_do_not_fit_do_not_hide_the_list() {
    let bench = Bench::new().await;
    let most = "90000000000000000";
    for (number, user) in [(9, "alice"), (10, "bob")] {
        bench
            .adjust(number, "quota", Some(user), Change::SetTo(points(most)))
            .await
            .unwrap();
    }
    for sort in [AccountSort::Name, AccountSort::Used] {
        let query = AccountQuery {
            search: "quota".into(),
            sort,
            ..AccountQuery::default()
        };
        let page = bench.ledger.accounts_page(query).await.unwrap();
        assert_eq!(page.rows[0].posted, Points::MAX, "{sort:?}");
    }
}

#[tokio::test]
async fn people_are_found_by_words_of_name_or_login_however_they_are_written() {
    let bench = Bench::empty().await;
    remember(
        &bench,
        &[
            member("Müller, Anna", "anna@uni.example", &[]),
            member("Ömer İnan", "OMER@uni.example", &[]),
            member("Groß, Karl_Heinz", "karl%1@uni.example", &[]),
            member("Ｗｉｄｅ Person", "w'1\"@uni.example", &[]),
            member("Zoë \\ Back", "zoe@uni.example", &[]),
        ],
    )
    .await;
    let found = async |search: &str| logins(&bench, find(search)).await;
    assert_eq!(found("anna müller").await, ["anna@uni.example"]);
    assert_eq!(found("MU\u{308}LLER").await, ["anna@uni.example"]);
    assert_eq!(found("omer@UNI").await, ["OMER@uni.example"]);
    assert_eq!(found("i\u{307}nan").await, ["OMER@uni.example"]);
    assert_eq!(found("GROSS").await, ["karl%1@uni.example"]);
    assert_eq!(found("l_h").await, ["karl%1@uni.example"]);
    assert_eq!(found("%").await, ["karl%1@uni.example"]);
    assert_eq!(found("WIDE").await, ["w'1\"@uni.example"]);
    assert_eq!(found("w'1\"").await, ["w'1\"@uni.example"]);
    assert_eq!(found("\\").await, ["zoe@uni.example"]);
    assert_eq!(found("!").await, [""; 0]);
    assert_eq!(found(&"x".repeat(60_000)).await, [""; 0]);
    assert_eq!(found("example").await.len(), 5);
    let all = found("").await;
    assert_eq!(all[0], "anna@uni.example");
    assert_eq!(all[2], "OMER@uni.example");
    let page = PeopleQuery {
        page: PageAsk {
            offset: 4,
            limit: 3,
        },
        ..PeopleQuery::default()
    };
    let page = bench.ledger.people_page(page).await.unwrap();
    assert_eq!((page.rows.len(), page.total), (1, 5));
}

#[tokio::test]
async fn members_of_a_group_are_the_providers_and_the_sites_and_nobody_else() {
    let site =
        "[groups]\nlab = [\"anna\", \"local#carl\", \"nobody\"]\n\"x,\\\"lab\" = [\"dora\"]\n";
    let bench = Bench::with_site(&format!("{SITE}{CARD}").replace("[groups]\n", site)).await;
    remember(
        &bench,
        &[
            member("Anna", "anna", &["lab", "staff"]),
            member("Bert", "bert", &["lab"]),
            person("carl"),
            member("Dora", "dora", &["Lab", "labs", "la%", "my \"lab\""]),
        ],
    )
    .await;
    let group = async |group: &str| {
        let query = PeopleQuery {
            group: Some(group.into()),
            ..PeopleQuery::default()
        };
        logins(&bench, query).await
    };
    assert_eq!(group("lab").await, ["anna", "bert", "carl"]);
    assert_eq!(group("Lab").await, ["dora"]);
    assert_eq!(group("la%").await, ["dora"]);
    assert_eq!(group("my \"lab\"").await, ["dora"]);
    assert_eq!(group("x,\"lab").await, ["dora"]);
    assert_eq!(group("l_b").await, [""; 0]);
    assert_eq!(group("").await, [""; 0]);
    assert_eq!(group("la\0b").await, [""; 0]);
    let groups = bench.ledger.groups_page("", PageAsk::default());
    let groups = groups.await.unwrap();
    let of = |name: &str| {
        groups
            .rows
            .iter()
            .find(|(group, _)| group == name)
            .map(|it| it.1)
    };
    assert_eq!(of("lab"), Some(3));
    assert_eq!(of("staff"), Some(1));
    assert_eq!(of("x,\"lab"), Some(1));
    // Named by an account and the site, and nobody known is in it.
    assert_eq!(of("research"), Some(0));
    assert_eq!(of("nothing"), None);
    let mut pages = Vec::new();
    for number in 0.. {
        let ask = PageAsk::number(number, 2);
        let page = bench.ledger.groups_page("", ask).await.unwrap();
        assert_eq!(page.total, groups.total);
        if page.rows.is_empty() {
            break;
        }
        pages.extend(page.rows);
    }
    assert_eq!(pages, groups.rows);
    let found = bench.ledger.groups_page("LAB x", PageAsk::default());
    assert_eq!(found.await.unwrap().rows, [("x,\"lab".to_owned(), 1)]);
    let anna = bench.ledger.person_by_login("ANNA").await.unwrap().unwrap();
    let expected = ["lab", "staff"].map(str::to_owned);
    assert_eq!(anna.person.groups, BTreeSet::from(expected));
}

#[tokio::test]
async fn members_of_a_site_s_group_come_and_go_one_by_one_with_an_entry_each() {
    let bench = Bench::new().await;
    let mut news = bench.ledger.news();
    remember(&bench, &[member("Anna Arnold", "anna", &["lab"])]).await;
    let anna = UserId::openid("https://id.example", "anna");
    while news.recv().await.unwrap().people != [anna.clone()] {}
    let desk = bench.ledger.desk(Actor {
        id: person("root").id,
        name: "root".into(),
        address: "192.0.2.1".into(),
    });
    assert!(desk.add_member("band", " anna ", now()).await.unwrap());
    let told = news.recv().await.unwrap();
    assert_eq!((&*told.people, told.site), (&[anna.clone()][..], false));
    assert!(!desk.add_member("band", "anna", now()).await.unwrap());
    assert!(desk.add_member("band", "zoe", now()).await.unwrap());
    let listed = async |search: &str| {
        let page = bench
            .ledger
            .group_members("band", search, PageAsk::first(1));
        let page = page.await.unwrap();
        let row = page.rows.into_iter().next();
        let known = row.map(|row| (row.login, row.person.map(|person| person.name)));
        (page.total, known)
    };
    let first = Some(("anna".to_owned(), Some("Anna Arnold".to_owned())));
    assert_eq!(listed("").await, (2, first));
    assert_eq!(listed("ZO").await, (1, Some(("zoe".to_owned(), None))));
    assert_eq!(listed("nobody").await, (0, None));
    let row = bench.ledger.person(&anna).await.unwrap().unwrap();
    assert!(row.person.groups.contains("band"));
    // What the provider says is not the site's to take.
    assert!(!desk.remove_member("lab", "anna", now()).await.unwrap());
    assert!(desk.remove_member("band", "anna", now()).await.unwrap());
    let row = bench.ledger.person(&anna).await.unwrap().unwrap();
    assert_eq!(row.person.groups, BTreeSet::from(["lab".to_owned()]));
    for (group, login) in [("", "anna"), ("band", ""), ("band", "\0")] {
        let refused = desk.add_member(group, login, now()).await;
        assert!(refused.is_err(), "{group:?} {login:?}");
    }
    let entries = bench.ledger.audit(AuditFilter::default()).await.unwrap();
    let entries = entries.rows.iter().rev();
    let entries = entries.map(|one| (&*one.action, &*one.subject, &*one.detail));
    let entries: Vec<_> = entries.collect();
    let change = |detail| ("groups.change", "band", detail);
    assert_eq!(
        entries,
        [
            change(r#"{"users":[[],["anna"]]}"#),
            change(r#"{"users":[[],["zoe"]]}"#),
            change(r#"{"users":[["anna"],[]]}"#),
        ]
    );
}

#[tokio::test]
async fn people_with_access_to_an_account_are_those_who_may_use_it() {
    let bench = Bench::new().await;
    remember(
        &bench,
        &[
            member("Anna", "anna", &["staff"]),
            member("Bert", "bert", &[]),
            member("Carl", "carl", &["students"]),
            person("alice"),
        ],
    )
    .await;
    save(&bench, 1, "Mixed", |account| {
        account.access = only(&["staff", "research"], &["bert", "ghost"]);
    })
    .await;
    save(&bench, 2, "By identity", |account| {
        account.access = only(&[], &["https://id.example#carl"]);
    })
    .await;
    save(&bench, 3, "Nobody", |account| {
        account.access = only(&[], &[])
    })
    .await;
    let access = async |account: AccountId| {
        let query = PeopleQuery {
            account: Some(account),
            ..PeopleQuery::default()
        };
        logins(&bench, query).await
    };
    let number = |number| AccountId(Uuid::from_u128(number));
    assert_eq!(access(number(1)).await, ["alice", "anna", "bert"]);
    assert_eq!(access(number(2)).await, ["carl"]);
    assert_eq!(access(number(3)).await, [""; 0]);
    assert_eq!(access(bench.account("quota").await).await.len(), 4);
    let unknown = PeopleQuery {
        account: Some(number(99)),
        ..PeopleQuery::default()
    };
    assert_eq!(
        refusal(bench.ledger.people_page(unknown).await),
        Refusal::UnknownAccount(number(99))
    );
    // What the list says is what the rules say, for each person and account.
    for account in bench.ledger.accounts().await.unwrap() {
        let listed = access(account.id).await;
        for login in ["anna", "bert", "carl", "alice"] {
            let row = bench.ledger.person_by_login(login).await.unwrap().unwrap();
            assert_eq!(
                listed.contains(&login.to_owned()),
                account.access.includes(&row.person),
                "{login} on {}",
                account.name
            );
        }
    }
}

#[tokio::test]
async fn person_is_found_by_login_whatever_its_case_and_width() {
    let bench = Bench::empty().await;
    let first = member("First", "Anna.Groß@uni.example", &[]);
    bench.ledger.remember(&first, now()).await.unwrap();
    let found = async |login: &str| {
        let row = bench.ledger.person_by_login(login).await.unwrap();
        row.map(|row| row.person.name)
    };
    for login in [
        "anna.gross@uni.example",
        "ANNA.GROSS@UNI.EXAMPLE",
        "ａｎｎａ.groß@uni.example",
        " Anna.Groß@uni.example ",
    ] {
        assert_eq!(found(login).await.as_deref(), Some("First"), "{login}");
    }
    for login in [
        "",
        " ",
        "anna",
        "anna.gross@uni.exampl",
        "first",
        "%",
        "a\0",
    ] {
        assert_eq!(found(login).await, None, "{login:?}");
    }
    // The same login at another provider, written otherwise and seen later.
    let second = Person {
        id: UserId::openid("https://other.example", "1"),
        name: "Second".into(),
        login: "anna.gross@uni.example".into(),
        groups: BTreeSet::new(),
    };
    bench
        .ledger
        .remember(&second, hours_later(1))
        .await
        .unwrap();
    assert_eq!(
        found("Anna.Groß@uni.example").await.as_deref(),
        Some("First")
    );
    assert_eq!(
        found("ANNA.GROSS@uni.example").await.as_deref(),
        Some("Second")
    );
    let row = bench.ledger.person(&second.id).await.unwrap().unwrap();
    assert_eq!((row.person, row.seen_at), (second, Some(hours_later(1))));
    for unknown in ["https://id.example#nobody", "", "a\0b"] {
        assert_eq!(
            bench.ledger.person(&UserId::new(unknown)).await.unwrap(),
            None
        );
    }
}

#[tokio::test]
async fn groups_of_a_person_are_those_of_the_last_sign_in_whatever_operations_carry() {
    let bench = Bench::new().await;
    let alice = Person {
        groups: BTreeSet::from(["staff".to_owned()]),
        ..person("alice")
    };
    bench.ledger.remember(&alice, now()).await.unwrap();
    // A document arrives by a program that knows no groups.
    bench.print(1, "alice", "quota", 1).await;
    // Another by one that has them from this very list, the site's own included.
    let row = bench.ledger.person(&alice.id).await.unwrap().unwrap();
    let both = ["research", "staff"].map(str::to_owned);
    assert_eq!(row.person.groups, BTreeSet::from(both));
    let quota = bench.account("quota").await;
    bench
        .ledger
        .set_active(&row.person, quota, now(), TODAY)
        .await
        .unwrap();
    bench.print(2, "bob", "quota", 1).await;
    bench.load(CARD).await;
    let groups = async |user: &str| {
        let row = bench.ledger.person(&person(user).id).await.unwrap();
        row.unwrap().person.groups
    };
    assert_eq!(groups("alice").await, alice.groups);
    assert_eq!(groups("bob").await, BTreeSet::new());
    bench
        .ledger
        .remember(&person("alice"), hours_later(1))
        .await
        .unwrap();
    assert_eq!(groups("alice").await, BTreeSet::new());
}

#[tokio::test]
async fn people_of_an_earlier_program_are_found_too() {
    let bench = Bench::new().await;
    for number in 1..=300u128 {
        let user = format!("Person{number}");
        bench.submit(number, &user).await;
        bench.reserve(number, &user, None, facts(1)).await.unwrap();
    }
    bench.place.tamper("UPDATE person SET search = ''").await;
    let again = bench.place.open().await;
    let page = again.people_page(find("pErSoN30")).await.unwrap();
    assert_eq!(page.total, 2);
    bench.place.tamper("UPDATE person SET search = ''").await;
    let found = bench.place.open().await.person_by_login("PERSON7").await;
    assert_eq!(found.unwrap().unwrap().person.login, "Person7");
}

#[tokio::test]
async fn assignments_say_how_somebody_has_an_account_and_whether_he_can_use_it() {
    let bench = Bench::new().await;
    let alice = Person {
        groups: BTreeSet::from(["staff".to_owned()]),
        ..person("alice")
    };
    save(&bench, 1, "Both ways", |account| {
        account.access = only(&["staff", "research", "other"], &["alice"]);
        account.enabled = false;
    })
    .await;
    save(&bench, 2, "Direct", |account| {
        account.access = only(&["other"], &["local#alice"]);
        account.expiry = Some(date(2026, 11, 21));
    })
    .await;
    save(&bench, 3, "Not hers", |account| {
        account.access = only(&[], &["bob"])
    })
    .await;
    save(&bench, 4, "Old", |_| ()).await;
    let old = AccountId(Uuid::from_u128(4));
    bench.ledger.archive_account(old).await.unwrap();
    bench.print(1, "alice", "quota", 40).await;
    bench.print(2, "alice", "research", 3).await;
    let assignments = bench
        .ledger
        .assignments(&alice, now(), TODAY)
        .await
        .unwrap();
    let told: Vec<_> = assignments
        .iter()
        .map(|it| {
            let name = it.account.name.as_str();
            (name, it.how.clone(), it.direct, it.usable, it.active)
        })
        .collect();
    let groups = |groups: &[&str]| How::Groups(groups.iter().map(|it| (*it).to_owned()).collect());
    assert_eq!(
        told,
        [
            (
                "Both ways",
                groups(&["research", "staff"]),
                true,
                Err(Barred::Disabled),
                false
            ),
            ("Department", How::Everyone, false, Ok(()), false),
            ("Direct", How::Direct, true, Err(Barred::Expired), false),
            ("Print Quota", How::Everyone, false, Ok(()), false),
            ("Research", groups(&["research"]), false, Ok(()), true),
        ]
    );
    let quota = &assignments[3];
    assert_eq!(
        quota.balance.text(&quota.account).unwrap(),
        "40/50 points used"
    );
    assert_eq!(quota.standing, Standing::Low);
    assert_eq!(assignments[4].balance.pending, points("3"));
}

#[tokio::test]
async fn usage_of_a_balance_shows_what_waits_on_it_and_its_last_activities() {
    let bench = Bench::with_site(&format!(
        "{}{CARD}",
        SITE.replace("[\"alice\"]", "[\"alice\", \"bob\"]")
    ))
    .await;
    bench.print(1, "alice", "quota", 4).await;
    bench.begin_release(1).await;
    bench
        .ledger
        .settle(document_id(1), Settlement::Printed { sides: 4 }, now())
        .await
        .unwrap();
    bench.print(2, "alice", "quota", 15).await;
    bench.print(3, "bob", "quota", 9).await;
    bench.print(4, "alice", "quota", 99).await;
    let quota = bench.account("quota").await;
    let alice = person("alice").id;
    let usage = bench.ledger.usage(quota, Some(&alice), 10).await.unwrap();
    assert_eq!(
        usage.balance.text(&usage.account).unwrap(),
        "19/50 points used"
    );
    assert_eq!(usage.holder, Some(alice.clone()));
    assert_eq!((usage.standing, usage.at_limit), (Standing::Good, false));
    let pending: Vec<_> = usage.pending.iter().map(|document| document.id).collect();
    assert_eq!(pending, [document_id(2)]);
    assert_eq!(usage.activities.len(), 1);

    // Of a pool everybody's.
    bench.print(5, "alice", "research", 90).await;
    bench.print(6, "bob", "research", 10).await;
    for (number, change) in [(9, "1"), (10, "2")] {
        bench
            .adjust(number, "research", None, Change::Debit(points(change)))
            .await
            .unwrap();
    }
    let research = bench.account("research").await;
    for user in [Some(&alice), None] {
        let usage = bench.ledger.usage(research, user, 10).await.unwrap();
        assert_eq!((usage.holder, usage.at_limit), (None, true));
        assert_eq!(usage.standing, Standing::Over);
        assert_eq!(usage.pending.len(), 2);
        let charged: Vec<_> = usage.activities.iter().map(|it| it.points).collect();
        assert_eq!(charged, [points("2"), points("1")]);
    }
    let one = bench.ledger.usage(research, None, 1).await.unwrap();
    assert_eq!((one.pending.len(), one.activities.len()), (1, 1));
    let nobody = UserId::new("local#nobody");
    let unused = bench.ledger.usage(quota, Some(&nobody), 10).await.unwrap();
    assert_eq!(unused.balance, platen_domain::Balance::default());

    let without = refusal(bench.ledger.usage(quota, None, 10).await);
    assert!(matches!(without, Refusal::Missing { .. }));
    let odd = UserId::new("a\0b");
    let odd = refusal(bench.ledger.usage(quota, Some(&odd), 10).await);
    assert_eq!(odd, Refusal::Unstorable);
    let unknown = AccountId(Uuid::from_u128(99));
    let unknown_usage = bench.ledger.usage(unknown, None, 10).await;
    assert_eq!(refusal(unknown_usage), Refusal::UnknownAccount(unknown));
    assert_eq!(bench.ledger.account(unknown).await.unwrap(), None);
    let account = bench.ledger.account(quota).await.unwrap().unwrap();
    assert_eq!(account.code, "quota");
}
