//! Lists that are read part by part.

use platen_domain::UserId;
use platen_ledger::{AccountQuery, ListPlace, PageAsk, PeopleQuery};

use crate::support::*;

fn of(limit: u32) -> PageAsk {
    PageAsk::first(limit)
}

async fn names(bench: &Bench, after: Option<ListPlace>) -> (Vec<String>, Option<ListPlace>) {
    let query = AccountQuery {
        page: of(1),
        ..AccountQuery::default()
    };
    let listed = bench.ledger.accounts_after(query, after).await.unwrap();
    let names = listed.rows.into_iter().map(|account| account.name);
    (names.collect(), listed.next)
}

#[tokio::test]
async fn accounts_that_come_or_go_meanwhile_move_no_other() {
    let bench = Bench::new().await;
    let (first, next) = names(&bench, None).await;
    assert_eq!(first, ["Department"]);
    // One before the place goes, one after it comes, one before it comes.
    let archived = bench.account("department").await;
    bench.ledger.archive_account(archived).await.unwrap();
    for (number, name) in [(1, "Aardvark"), (2, "Physics")] {
        let account = platen_domain::Account {
            id: platen_domain::AccountId(uuid::Uuid::from_u128(number)),
            name: name.to_owned(),
            code: name.to_owned(),
            version: 0,
            archived: false,
            ..stored(&bench).await
        };
        bench.ledger.save_account(account).await.unwrap();
    }
    let mut found = Vec::new();
    let mut place = next;
    while let Some(after) = place {
        let (rows, next) = names(&bench, Some(after)).await;
        found.extend(rows);
        place = next;
    }
    assert_eq!(found, ["Physics", "Print Quota", "Research"]);
}

async fn stored(bench: &Bench) -> platen_domain::Account {
    let id = bench.account("quota").await;
    bench.ledger.account(id).await.unwrap().unwrap()
}

#[tokio::test]
async fn people_come_once_each_by_login_and_only_those_who_fit() {
    let bench = Bench::new().await;
    for name in ["carol", "alice", "dave", "bob"] {
        bench.ledger.remember(&person(name), now()).await.unwrap();
    }
    let all = |search: &'static str| {
        let bench = &bench;
        async move {
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let query = PeopleQuery {
                    search: search.to_owned(),
                    page: of(1),
                    ..PeopleQuery::default()
                };
                let listed = bench.ledger.people_after(query, after).await.unwrap();
                found.extend(listed.rows.into_iter().map(|row| row.person.login));
                match listed.next {
                    Some(next) => after = Some(next),
                    None => return found,
                }
            }
        }
    };
    assert_eq!(all("").await, ["alice", "bob", "carol", "dave"]);
    assert_eq!(all("a").await, ["alice", "carol", "dave"]);
    assert_eq!(all("nobody").await, Vec::<String>::new());
    // Only those with access, and a place that nobody stands at.
    let query = PeopleQuery {
        account: Some(bench.account("research").await),
        ..PeopleQuery::default()
    };
    let listed = bench.ledger.people_after(query, None).await.unwrap();
    let ids: Vec<_> = listed.rows.iter().map(|row| &row.person.id).collect();
    assert_eq!(ids, [&UserId::local("alice")]);
    let nowhere = Some(("\0".to_owned(), String::new()));
    let listed = bench
        .ledger
        .people_after(PeopleQuery::default(), nowhere)
        .await;
    assert_eq!(listed.unwrap().rows, []);
}
