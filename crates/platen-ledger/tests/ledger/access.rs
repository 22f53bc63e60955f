//! Accounts, access, the active account and its grace period.

use std::collections::BTreeSet;

use jiff::civil::date;
use platen_domain::{Access, Account, AccountId, Barred, DocumentState, Kind, Points};
use platen_ledger::{Change, Refusal, Scope, Settlement};
use uuid::Uuid;

use crate::support::*;

async fn codes(bench: &Bench, user: &str) -> Vec<String> {
    let view = bench
        .ledger
        .view(&person(user), now(), TODAY)
        .await
        .unwrap();
    view.accounts
        .into_iter()
        .map(|view| view.account.code.clone())
        .collect()
}

async fn change(bench: &Bench, code: &str, change: impl FnOnce(&mut Account)) {
    let mut account = bench.ledger.account_by_code(code).await.unwrap().unwrap();
    change(&mut account);
    bench.ledger.save_account(account).await.unwrap();
}

#[tokio::test]
async fn site_groups_are_added_to_the_persons_own() {
    let bench = Bench::new().await;
    assert_eq!(
        codes(&bench, "alice").await,
        ["department", "quota", "research"]
    );
    assert_eq!(codes(&bench, "bob").await, ["department", "quota"]);
    let mut claimed = person("bob");
    claimed.groups.insert("research".into());
    let view = bench.ledger.view(&claimed, now(), TODAY).await.unwrap();
    assert_eq!(view.accounts.len(), 3);
    let alice = bench
        .ledger
        .view(&person("alice"), now(), TODAY)
        .await
        .unwrap();
    assert_eq!(alice.person.groups, BTreeSet::from(["research".to_owned()]));
}

#[tokio::test]
async fn shared_pool_is_used_by_all_and_individual_accounts_by_each() {
    let bench = Bench::with_site(&format!(
        "{}{CARD}",
        SITE.replace("[\"alice\"]", "[\"alice\", \"bob\"]")
    ))
    .await;
    bench.print(1, "alice", "research", 30).await;
    bench.print(2, "alice", "quota", 10).await;
    let outcome = bench.print(3, "bob", "research", 50).await;
    assert_eq!(outcome.verdict, ready("80", true));
    assert_eq!(
        bench.balance("alice", "research").await,
        "80/100 points used"
    );
    assert_eq!(bench.balance("bob", "quota").await, "0/50 points used");
}

#[tokio::test]
async fn active_account_is_the_first_at_first_and_then_the_last_charged_or_chosen() {
    let bench = Bench::new().await;
    assert_eq!(bench.active("alice", now()).await.unwrap(), "department");
    bench.submit(1, "alice").await;
    let outcome = bench.reserve(1, "alice", None, facts(1)).await.unwrap();
    assert_eq!(outcome.account.unwrap().account.code, "department");
    bench.print(2, "alice", "research", 1).await;
    assert_eq!(bench.active("alice", now()).await.unwrap(), "research");
    let quota = bench.account("quota").await;
    bench
        .ledger
        .set_active(&person("alice"), quota, now(), TODAY)
        .await
        .unwrap();
    bench.submit(3, "alice").await;
    let outcome = bench.reserve(3, "alice", None, facts(1)).await.unwrap();
    assert_eq!(outcome.account.unwrap().account.code, "quota");
    // A declined document is not charged and leaves the choice alone.
    bench.print(4, "alice", "department", 99).await;
    assert_eq!(bench.active("alice", now()).await.unwrap(), "quota");
}

#[tokio::test]
async fn account_at_its_hard_limit_is_shown_and_can_not_be_chosen() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 1).await;
    bench
        .adjust(
            9,
            "department",
            Some("alice"),
            Change::SetTo(points("29.99")),
        )
        .await
        .unwrap();
    let alice = person("alice");
    let department = bench.account("department").await;
    let view = async || bench.ledger.view(&alice, now(), TODAY).await.unwrap();
    assert!(!view().await.accounts[0].at_limit);
    bench
        .adjust(10, "department", Some("alice"), Change::SetTo(points("30")))
        .await
        .unwrap();
    assert!(view().await.accounts[0].at_limit);
    let chosen = bench.ledger.set_active(&alice, department, now(), TODAY);
    assert_eq!(refusal(chosen.await), Refusal::AtLimit);
}

#[tokio::test]
async fn lost_active_account_may_be_charged_for_the_grace_period() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "research", 1).await;
    change(&bench, "research", |account| {
        account.access = Access::Only {
            groups: BTreeSet::new(),
            users: BTreeSet::new(),
        };
    })
    .await;
    let view = bench
        .ledger
        .view(&person("alice"), now(), TODAY)
        .await
        .unwrap();
    let research = view.active_account().unwrap();
    assert!(research.in_grace);
    assert_eq!(research.account.code, "research");
    bench.submit(2, "alice").await;
    let outcome = bench.reserve(2, "alice", None, facts(2)).await.unwrap();
    assert_eq!(outcome.account.unwrap().account.code, "research");

    assert_eq!(
        bench.active("alice", hours_later(11)).await.unwrap(),
        "research"
    );
    assert_eq!(
        bench.active("alice", hours_later(12)).await.unwrap(),
        "department"
    );
    // What was reserved in time stays charged where it is.
    assert_eq!(bench.document(2).await.state, DocumentState::Held);
    // Access that comes back makes it the active one again, with a new grace.
    change(&bench, "research", |account| {
        account.access = Access::Everyone
    })
    .await;
    assert_eq!(
        bench.active("alice", hours_later(20)).await.unwrap(),
        "research"
    );
}

#[tokio::test]
async fn account_that_was_switched_off_has_no_grace() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "research", 1).await;
    change(&bench, "research", |account| account.enabled = false).await;
    assert_eq!(bench.active("alice", now()).await.unwrap(), "department");
    let moved = bench.move_to(1, "alice", "research", Scope::ThisDocument);
    assert_eq!(refusal(moved.await), Refusal::Barred(Barred::Disabled));
}

#[tokio::test]
async fn account_outside_of_its_period_is_neither_chosen_nor_charged() {
    let bench = Bench::new().await;
    change(&bench, "quota", |account| {
        account.expiry = Some(date(2026, 11, 21));
    })
    .await;
    assert_eq!(codes(&bench, "alice").await, ["department", "research"]);
    bench.submit(1, "alice").await;
    let quota = bench.account("quota").await;
    let reserved = bench.reserve(1, "alice", Some(quota), facts(1)).await;
    assert_eq!(refusal(reserved), Refusal::Barred(Barred::Expired));
    let alice = person("alice");
    let chosen = bench.ledger.set_active(&alice, quota, now(), TODAY);
    assert_eq!(refusal(chosen.await), Refusal::Barred(Barred::Expired));
}

#[tokio::test]
async fn archived_account_leaves_every_list_and_comes_back_with_its_history() {
    let bench = Bench::new().await;
    bench.print(1, "bob", "quota", 4).await;
    bench.begin_release(1).await;
    let printed = Settlement::Printed { sides: 4 };
    bench
        .ledger
        .settle(document_id(1), printed, now())
        .await
        .unwrap();
    let quota = bench.account("quota").await;
    assert!(bench.ledger.archive_account(quota).await.unwrap().archived);
    // Alice never used it; for her there is no grace either.
    assert_eq!(codes(&bench, "alice").await, ["department", "research"]);
    assert_eq!(bench.activity_count().await, 1);
    bench.ledger.restore_account(quota).await.unwrap();
    assert_eq!(bench.balance("bob", "quota").await, "4/50 points used");
}

#[tokio::test]
async fn person_without_any_account_is_declined() {
    let only = "[[account]]\nname = \"Staff\"\ncode = \"staff\"\nusers = [\"carol\"]\n";
    let bench = Bench::with_site(&format!("{only}{CARD}")).await;
    bench.submit(1, "alice").await;
    let outcome = bench.reserve(1, "alice", None, facts(1)).await.unwrap();
    assert_eq!(outcome.verdict, declined("0"));
    assert_eq!(outcome.account, None);
    assert_eq!(
        outcome.document.reason.as_deref(),
        Some("Printing declined: you have no account that it could be charged to.")
    );
}

#[tokio::test]
async fn without_account_management_nothing_is_shown_or_charged() {
    let off = "[settings]\naccount_management = false\n";
    let bench = Bench::with_site(&format!("{off}{SITE}{CARD}")).await;
    assert_eq!(codes(&bench, "alice").await, [""; 0]);
    bench.submit(1, "alice").await;
    let outcome = bench.reserve(1, "alice", None, facts(99)).await.unwrap();
    assert_eq!(outcome.verdict, ready("0", false));
    assert_eq!(outcome.document.state, DocumentState::Held);
    bench.begin_release(1).await;
    let settled = bench
        .ledger
        .settle(document_id(1), Settlement::Printed { sides: 99 }, now())
        .await
        .unwrap();
    assert_eq!(
        (settled.posted, settled.returned),
        (Points::ZERO, Points::ZERO)
    );
    let verified = bench.ledger.verify().await.unwrap();
    assert_eq!((verified.activities, verified.balances), (0, 0));
    let moved = bench.move_to(1, "alice", "quota", Scope::ThisDocument);
    assert_eq!(
        refusal(moved.await),
        Refusal::WrongState(DocumentState::Printed)
    );
    let quota = bench.account("quota").await;
    let alice = person("alice");
    let chosen = bench.ledger.set_active(&alice, quota, now(), TODAY);
    assert_eq!(refusal(chosen.await), Refusal::AccountsOff);
}

#[tokio::test]
async fn accounts_that_contradict_themselves_or_others_are_refused() {
    let bench = Bench::new().await;
    let quota = bench
        .ledger
        .account_by_code("quota")
        .await
        .unwrap()
        .unwrap();
    let save = |account: Account| async { refusal(bench.ledger.save_account(account).await) };
    let new = Account {
        id: AccountId(Uuid::from_u128(77)),
        version: 0,
        ..quota.clone()
    };
    assert_eq!(save(new.clone()).await, Refusal::NotUnique { what: "name" });
    let renamed = Account {
        name: "Other".into(),
        ..new
    };
    assert_eq!(save(renamed).await, Refusal::NotUnique { what: "code" });
    for wrong in [
        Account {
            limit: None,
            exceed_by: points("1"),
            ..quota.clone()
        },
        Account {
            limit: Some(points("-1")),
            ..quota.clone()
        },
        Account {
            name: " ".into(),
            ..quota.clone()
        },
        Account {
            start: Some(date(2026, 2, 1)),
            expiry: Some(date(2026, 1, 1)),
            ..quota.clone()
        },
    ] {
        assert!(matches!(save(wrong).await, Refusal::InvalidAccount(_)));
    }
    bench.print(1, "alice", "quota", 1).await;
    let shared = Account {
        kind: Kind::Shared,
        ..quota
    };
    assert_eq!(save(shared).await, Refusal::KindInUse);
}

#[tokio::test]
async fn site_is_loaded_as_a_whole_or_not_at_all() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 1).await;
    let before = bench.ledger.accounts().await.unwrap();
    let site = SITE
        .replace("limit = 20", "limit = 21")
        .replace("code = \"quota\"", "code = \"quota\"\nkind = \"shared\"");
    let site = platen_ledger::Site::from_toml(&format!("{site}{CARD}")).unwrap();
    assert_eq!(
        refusal(bench.ledger.load_site(site).await),
        Refusal::KindInUse
    );
    assert_eq!(bench.ledger.accounts().await.unwrap(), before);
}

#[tokio::test]
async fn without_a_rate_card_nothing_is_priced() {
    let Bench {
        ledger,
        place: _place,
    } = Bench::empty().await;
    ledger.submit(new_document(1, "alice")).await.unwrap();
    let ask = platen_ledger::Reserve {
        id: document_id(1),
        person: person("alice"),
        account: None,
        facts: facts(1),
        lease: None,
    };
    assert_eq!(
        refusal(ledger.reserve(ask, now(), TODAY).await),
        Refusal::NoRateCard
    );
    assert_eq!(ledger.rate_card().await.unwrap(), None);
}
