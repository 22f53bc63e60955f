//! Two administrators who edit one account: no silent overwrite.

use platen_domain::{Account, AccountId};
use platen_ledger::{Refusal, Site};
use uuid::Uuid;

use crate::support::*;

async fn load(bench: &Bench, code: &str) -> Account {
    let account = bench.ledger.account_by_code(code).await.unwrap();
    account.unwrap()
}

#[tokio::test]
async fn second_of_two_administrators_is_told_and_overwrites_nothing() {
    let bench = Bench::new().await;
    let loaded = load(&bench, "quota").await;
    let first = Account {
        limit: Some(points("60")),
        ..loaded.clone()
    };
    let second = Account {
        name: "Printing".into(),
        ..loaded.clone()
    };
    let saved = bench.ledger.save_account(first.clone()).await.unwrap();
    assert_eq!(saved.version, loaded.version + 1);
    assert_eq!(
        refusal(bench.ledger.save_account(second.clone()).await),
        Refusal::Changed
    );
    assert_eq!(load(&bench, "quota").await, saved);
    // Loaded again, the second change goes on top of the first.
    let second = Account {
        name: second.name,
        ..saved
    };
    let saved = bench.ledger.save_account(second).await.unwrap();
    assert_eq!((saved.version, saved.limit), (3, Some(points("60"))));
}

#[tokio::test]
async fn saving_the_same_twice_changes_once() {
    let bench = Bench::new().await;
    let new = Account {
        id: AccountId(Uuid::from_u128(7)),
        name: "New".into(),
        code: "new".into(),
        version: 0,
        ..load(&bench, "quota").await
    };
    let saved = bench.ledger.save_account(new.clone()).await.unwrap();
    assert_eq!(saved.version, 1);
    assert_eq!(bench.ledger.save_account(new.clone()).await.unwrap(), saved);
    let other = Account { limit: None, ..new };
    assert_eq!(
        refusal(bench.ledger.save_account(other).await),
        Refusal::Changed
    );
    let unknown = Account {
        id: AccountId(Uuid::from_u128(8)),
        ..saved
    };
    assert_eq!(
        refusal(bench.ledger.save_account(unknown.clone()).await),
        Refusal::UnknownAccount(unknown.id)
    );
}

#[tokio::test]
async fn archiving_counts_as_a_change_once_and_loading_the_same_site_does_not() {
    let bench = Bench::new().await;
    let loaded = load(&bench, "quota").await;
    let archived = bench.ledger.archive_account(loaded.id).await.unwrap();
    assert_eq!(archived.version, loaded.version + 1);
    assert_eq!(
        bench.ledger.archive_account(loaded.id).await.unwrap(),
        archived
    );
    let edited = Account {
        limit: None,
        ..loaded
    };
    // It would bring the account back without a word.
    assert_eq!(
        refusal(bench.ledger.save_account(edited.clone()).await),
        Refusal::Changed
    );
    let restored = bench.ledger.restore_account(edited.id).await.unwrap();
    assert_eq!(restored.version, archived.version + 1);
    let site = |text: &str| Site::from_toml(&format!("{text}{CARD}")).unwrap();
    bench.ledger.load_site(site(SITE)).await.unwrap();
    assert_eq!(load(&bench, "quota").await, restored);
    let changed = SITE.replace("limit = 50", "limit = 51");
    let summary = bench.ledger.load_site(site(&changed)).await.unwrap();
    assert_eq!(summary.updated, ["quota"]);
    assert_eq!(load(&bench, "quota").await.version, restored.version + 1);
}
