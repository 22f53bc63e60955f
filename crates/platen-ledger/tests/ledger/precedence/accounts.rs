//! Operations on accounts, balances and leases.

use jiff::Timestamp;
use jiff::civil::date;
use platen_domain::{Account, AccountId, Finishing, Kind, LeaseId, Points, UserId};
use platen_ledger::{
    Adjustment, BulkAdjustment, Change, CopyAsk, Facts, LeaseAsk, Ledger, Refusal,
};
use uuid::Uuid;

use super::{any, check, fault};
use crate::support::*;

const OFF: &str = "[settings]\naccount_management = false\n";

fn unknown_account() -> AccountId {
    AccountId(Uuid::from_u128(99))
}

async fn stored(bench: &Bench, code: &str) -> Account {
    let account = bench.ledger.account_by_code(code).await.unwrap();
    account.unwrap()
}

#[tokio::test]
async fn choosing_an_account_gives_the_first_refusal_of_several() {
    let bench = Bench::new().await;
    let off = Bench::with_site(&format!("{OFF}{SITE}{CARD}")).await;
    let full = Change::SetTo(points("30"));
    bench
        .adjust(1, "department", Some("alice"), full)
        .await
        .unwrap();
    #[derive(Clone)]
    struct Ask {
        ledger: Ledger,
        user: &'static str,
        account: AccountId,
    }
    let account = |account| move |ask: &mut Ask| ask.account = account;
    let research = bench.account("research").await;
    let good = Ask {
        ledger: bench.ledger.clone(),
        user: "alice",
        account: bench.account("quota").await,
    };
    let off = off.ledger.clone();
    let faults = [
        fault("ledger", Refusal::AccountsOff, move |ask: &mut Ask| {
            ask.ledger = off.clone();
        }),
        fault("account", any::UNKNOWN_ACCOUNT, account(unknown_account())),
        fault("account", any::BARRED, move |ask: &mut Ask| {
            (ask.user, ask.account) = ("bob", research);
        }),
        fault(
            "account",
            Refusal::AtLimit,
            account(bench.account("department").await),
        ),
    ];
    let choose = |ask: Ask| async move {
        let person = person(ask.user);
        let chosen = ask.ledger.set_active(&person, ask.account, now(), TODAY);
        chosen.await
    };
    check(&good, &faults, choose).await;
}

#[tokio::test]
async fn saving_an_account_gives_the_first_refusal_of_several() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 1).await;
    let quota = stored(&bench, "quota").await;
    let faults = [
        fault("version", Refusal::Changed, |account: &mut Account| {
            account.version += 1;
        }),
        fault("limit", any::INVALID, |account: &mut Account| {
            account.limit = Some(points("-1"));
        }),
        fault("period", any::INVALID, |account: &mut Account| {
            account.start = Some(date(2027, 1, 1));
            account.expiry = Some(date(2026, 1, 1));
        }),
        fault("name", any::NOT_UNIQUE, |account: &mut Account| {
            account.name = "Department".into();
        }),
        fault("code", any::NOT_UNIQUE, |account: &mut Account| {
            account.code = "department".into();
        }),
        fault("kind", Refusal::KindInUse, |account: &mut Account| {
            account.kind = Kind::Shared;
        }),
    ];
    // Otherwise it would be saved already.
    let good = Account {
        enabled: false,
        ..quota
    };
    let save = |account: Account| bench.ledger.save_account(account);
    check(&good, &faults, save).await;
    for known in [false, true] {
        let id = bench.account("quota").await;
        let id = if known { id } else { unknown_account() };
        let archived = bench.ledger.archive_account(id).await;
        assert_eq!(archived.is_ok(), known, "{archived:?}");
    }
}

#[tokio::test]
async fn adjusting_gives_the_first_refusal_of_several() {
    let bench = Bench::new().await;
    let debit = Change::Debit(points("1"));
    bench
        .adjust(1, "quota", Some("alice"), debit)
        .await
        .unwrap();
    type Ask = (u128, Adjustment);
    let good = Adjustment {
        account: bench.account("quota").await,
        user: Some(UserId::local("alice")),
        change: debit,
        reason: "term fee".into(),
        by: "root".into(),
        corrects: None,
    };
    let research = bench.account("research").await;
    let faults = [
        fault("id", any::EXISTS, |ask: &mut Ask| ask.0 = 1),
        fault("account", any::UNKNOWN_ACCOUNT, |ask: &mut Ask| {
            ask.1.account = unknown_account();
        }),
        fault("reason", any::MISSING, |ask: &mut Ask| {
            ask.1.reason.clear();
        }),
        fault("by", any::MISSING, |ask: &mut Ask| ask.1.by = " ".into()),
        fault("account", any::MISSING, |ask: &mut Ask| ask.1.user = None),
        fault("account", Refusal::SharedPool, move |ask: &mut Ask| {
            ask.1.account = research;
        }),
        fault("change", Refusal::NotPositive, |ask: &mut Ask| {
            ask.1.change = Change::Credit(Points::ZERO);
        }),
        fault("corrects", any::UNKNOWN_ACTIVITY, |ask: &mut Ask| {
            ask.1.corrects = Some(Uuid::from_u128(99));
        }),
    ];
    let adjust = |(id, adjustment): Ask| {
        let id = Uuid::from_u128(id);
        bench.ledger.adjust(id, adjustment, now())
    };
    check(&(2, good), &faults, adjust).await;
}

#[tokio::test]
async fn leasing_gives_the_first_refusal_of_several() {
    let bench = Bench::new().await;
    let off = Bench::with_site(&format!("{OFF}{SITE}{CARD}")).await;
    let full = Change::SetTo(points("30"));
    bench
        .adjust(1, "department", Some("alice"), full)
        .await
        .unwrap();
    type Ask = (Ledger, LeaseAsk);
    let ask = LeaseAsk {
        id: LeaseId(Uuid::from_u128(1)),
        account: bench.account("quota").await,
        person: person("alice"),
        device: "laptop".into(),
        points: points("1"),
        expires_at: hours_later(1),
    };
    let granted = bench.ledger.grant_lease(ask.clone(), now(), TODAY);
    granted.await.unwrap();
    let second = LeaseAsk {
        id: LeaseId(Uuid::from_u128(2)),
        ..ask
    };
    let research = bench.account("research").await;
    let department = bench.account("department").await;
    let off = off.ledger.clone();
    let faults = [
        fault("id", any::EXISTS, |ask: &mut Ask| {
            ask.1.id = LeaseId(Uuid::from_u128(1));
            // Of other content than the one that exists.
            ask.1.expires_at += jiff::SignedDuration::from_secs(1);
        }),
        fault("end", any::LEASE_ENDED, |ask: &mut Ask| {
            ask.1.expires_at = Timestamp::UNIX_EPOCH;
        }),
        // Where accounts are not in use no lease can have been granted before.
        fault("id", Refusal::AccountsOff, move |ask: &mut Ask| {
            ask.0 = off.clone();
        }),
        fault("account", any::UNKNOWN_ACCOUNT, |ask: &mut Ask| {
            ask.1.account = unknown_account();
        }),
        fault("account", any::BARRED, move |ask: &mut Ask| {
            (ask.1.person, ask.1.account) = (person("bob"), research);
        }),
        fault("device", any::MISSING, |ask: &mut Ask| {
            ask.1.device.clear();
        }),
        fault("points", Refusal::NotPositive, |ask: &mut Ask| {
            ask.1.points = Points::ZERO;
        }),
        fault("account", any::INSUFFICIENT, move |ask: &mut Ask| {
            ask.1.account = department;
        }),
    ];
    let grant = |(ledger, ask): Ask| async move { ledger.grant_lease(ask, now(), TODAY).await };
    check(&(bench.ledger.clone(), second), &faults, grant).await;
    let unknown = LeaseId(Uuid::from_u128(99));
    let returned = bench.ledger.return_lease(unknown, now()).await;
    assert_eq!(refusal(returned), Refusal::UnknownLease(unknown));
}

#[tokio::test]
async fn adjusting_all_gives_the_first_refusal_of_several() {
    let bench = Bench::new().await;
    type Ask = (u128, BulkAdjustment);
    let good = BulkAdjustment {
        account: bench.account("quota").await,
        change: Change::Debit(points("1")),
        reason: "term fee".into(),
        by: "root".into(),
    };
    let adjust = |(id, adjustment): Ask| {
        let id = Uuid::from_u128(id);
        bench.ledger.adjust_all(id, adjustment, now())
    };
    let first = BulkAdjustment {
        by: "somebody".into(),
        ..good.clone()
    };
    adjust((1, first)).await.unwrap();
    let faults = [
        fault("id", any::EXISTS, |ask: &mut Ask| ask.0 = 1),
        fault("account", any::UNKNOWN_ACCOUNT, |ask: &mut Ask| {
            ask.1.account = unknown_account();
        }),
        fault("reason", any::MISSING, |ask: &mut Ask| {
            ask.1.reason.clear();
        }),
        fault("by", any::MISSING, |ask: &mut Ask| ask.1.by = " ".into()),
        fault("change", Refusal::NotPositive, |ask: &mut Ask| {
            ask.1.change = Change::Credit(Points::ZERO);
        }),
    ];
    check(&(2, good), &faults, adjust).await;
}

#[tokio::test]
async fn copying_gives_the_first_refusal_of_several() {
    let bench = Bench::new().await;
    type Ask = (Ledger, CopyAsk);
    let good = CopyAsk {
        id: Uuid::from_u128(2),
        person: person("alice"),
        account: Some(bench.account("quota").await),
        device: "copier".into(),
        pages: facts(1).documents.concat(),
        finishing: Finishing::default(),
    };
    let first = CopyAsk {
        id: Uuid::from_u128(1),
        device: "other".into(),
        ..good.clone()
    };
    bench.ledger.copy(first, now(), TODAY).await.unwrap();
    let research = bench.account("research").await;
    let many = u32::try_from(Facts::MAX_PAGES + 1).unwrap();
    let faults = [
        fault("id", any::EXISTS, |ask: &mut Ask| {
            ask.1.id = Uuid::from_u128(1);
        }),
        fault("account", any::UNKNOWN_ACCOUNT, |ask: &mut Ask| {
            ask.1.account = Some(unknown_account());
        }),
        fault("account", any::BARRED, move |ask: &mut Ask| {
            (ask.1.person, ask.1.account) = (person("bob"), Some(research));
        }),
        fault("device", any::MISSING, |ask: &mut Ask| {
            ask.1.device.clear();
        }),
        fault("pages", Refusal::TooManyPages, move |ask: &mut Ask| {
            ask.1.pages = facts(many).documents.concat();
        }),
    ];
    let copy = |(ledger, ask): Ask| async move { ledger.copy(ask, now(), TODAY).await };
    check(&(bench.ledger.clone(), good), &faults, copy).await;
}
