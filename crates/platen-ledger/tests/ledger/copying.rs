//! Copies.

use platen_domain::{Barred, DocumentState, Finishing, PageFacts, PageRun, Points, Size};
use platen_ledger::{ActivityKind, Copied, CopyAsk, LedgerError, MayCopy, Refusal, Settlement};
use uuid::Uuid;

use crate::support::*;

/// Copying costs half of what printing does.
const COPY_CARD: &str = "
[rates.A4]
mono = { simplex = 1, duplex = 1 }
colour = { simplex = 3, duplex = 3 }
copy.mono = { simplex = 0.5, duplex = 0.5 }
copy.colour = { simplex = 1.5, duplex = 1.5 }
[rates.other]
mono = { simplex = 10, duplex = 10 }
colour = { simplex = 20, duplex = 20 }
";

async fn ask(bench: &Bench, number: u128, user: &str, code: &str, pages: u32) -> CopyAsk {
    CopyAsk {
        id: Uuid::from_u128(number),
        person: person(user),
        account: Some(bench.account(code).await),
        device: "copier".into(),
        pages: vec![PageRun {
            count: pages,
            page: PageFacts {
                size: Size::A4,
                colour: false,
            },
        }],
        finishing: Finishing::default(),
    }
}

async fn copy(bench: &Bench, ask: CopyAsk) -> Result<Copied, LedgerError> {
    bench.ledger.copy(ask, now(), TODAY).await
}

async fn may_copy(bench: &Bench, user: &str, code: Option<&str>) -> Result<MayCopy, LedgerError> {
    let account = match code {
        Some(code) => Some(bench.account(code).await),
        None => None,
    };
    let user = person(user);
    bench.ledger.may_copy(&user, account, now(), TODAY).await
}

#[tokio::test]
async fn copy_under_way_is_never_cut_and_the_next_one_refused() {
    let site = SITE.replace("limit = 50", "limit = 30");
    let bench = Bench::with_site(&format!("{site}{CARD}")).await;
    let debit = platen_ledger::Change::Debit(points("29"));
    bench
        .adjust(9, "quota", Some("alice"), debit)
        .await
        .unwrap();
    let allowed = may_copy(&bench, "alice", Some("quota")).await.unwrap();
    assert!(allowed.allowed);
    let four = ask(&bench, 1, "alice", "quota", 4).await;
    let copied = copy(&bench, four).await.unwrap();
    assert_eq!(copied.balance.posted, points("33"));
    let refused = may_copy(&bench, "alice", Some("quota")).await.unwrap();
    assert!(!refused.allowed);
    assert_eq!(refused.account.unwrap().balance, copied.balance);
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn copy_is_charged_by_the_rates_for_copying_to_whoever_copied() {
    let bench = Bench::with_site(&format!("{SITE}{COPY_CARD}")).await;
    let ten = CopyAsk {
        finishing: Finishing {
            copies: 3,
            ..Finishing::default()
        },
        ..ask(&bench, 1, "alice", "research", 10).await
    };
    let activity = copy(&bench, ten).await.unwrap().activity.unwrap();
    assert_eq!(activity.kind, ActivityKind::Copy);
    assert_eq!(activity.points, points("15"));
    assert_eq!(activity.holder, None);
    assert_eq!(activity.user, Some(person("alice").id));
    assert_eq!(activity.reason, "copier");
    assert_eq!(activity.card_version, Some(1));
    // Charged, the account becomes the active one.
    assert_eq!(
        bench.active("alice", now()).await.as_deref(),
        Some("research")
    );
}

#[tokio::test]
async fn without_an_account_the_active_one_is_asked_and_charged() {
    let bench = Bench::new().await;
    let view = may_copy(&bench, "alice", None).await.unwrap();
    assert_eq!(view.account.unwrap().account.code, "department");
    let unnamed = CopyAsk {
        account: None,
        ..ask(&bench, 1, "alice", "quota", 2).await
    };
    copy(&bench, unnamed).await.unwrap();
    assert_eq!(
        bench.balance("alice", "department").await,
        "2/20 points used"
    );
    let nobodys = Bench::with_site(&format!(
        "[[account]]\nname = \"A\"\ncode = \"a\"\ngroups = []\n{CARD}"
    ))
    .await;
    let none = may_copy(&nobodys, "alice", None).await.unwrap();
    assert_eq!((none.allowed, none.account), (false, None));
    let unnamed = CopyAsk {
        account: None,
        ..ask(&nobodys, 1, "alice", "a", 2).await
    };
    assert_eq!(
        refusal(copy(&nobodys, unnamed).await),
        Refusal::Barred(Barred::NoAccess)
    );
}

#[tokio::test]
async fn where_accounts_are_not_in_use_copies_are_free() {
    let bench = Bench::new().await;
    let two = ask(&bench, 1, "alice", "quota", 2).await;
    let off = format!("[settings]\naccount_management = false\n{SITE}{CARD}");
    bench.load(&off).await;
    let allowed = may_copy(&bench, "alice", None).await.unwrap();
    assert_eq!((allowed.allowed, allowed.account), (true, None));
    let free = copy(&bench, two.clone()).await.unwrap();
    assert_eq!(
        (free.activity.clone(), free.balance.posted),
        (None, Points::ZERO)
    );
    // Asked again it stays free, whatever was switched on since.
    bench.load(&format!("{SITE}{CARD}")).await;
    assert_eq!(copy(&bench, two).await.unwrap(), free);
    assert_eq!(bench.activity_count().await, 0);
}

#[tokio::test]
async fn copying_twice_charges_once_and_other_content_is_refused() {
    let bench = Bench::new().await;
    let first = ask(&bench, 1, "alice", "quota", 2).await;
    let copied = copy(&bench, first.clone()).await.unwrap();
    assert_eq!(copy(&bench, first.clone()).await.unwrap(), copied);
    // The stored answer, even where the account is closed by now.
    let account = bench.account("quota").await;
    bench.ledger.archive_account(account).await.unwrap();
    assert_eq!(copy(&bench, first.clone()).await.unwrap(), copied);
    let others = [
        ask(&bench, 1, "bob", "quota", 2).await,
        ask(&bench, 1, "alice", "department", 2).await,
        ask(&bench, 1, "alice", "quota", 3).await,
        CopyAsk {
            device: "other".into(),
            ..first.clone()
        },
        CopyAsk {
            account: None,
            ..first.clone()
        },
        CopyAsk {
            finishing: Finishing {
                copies: 2,
                ..Finishing::default()
            },
            ..first
        },
    ];
    for other in others {
        assert_eq!(
            refusal(copy(&bench, other).await),
            Refusal::ExistsWithDifferent { what: "content" }
        );
    }
    assert_eq!(bench.activity_count().await, 1);
}

#[tokio::test]
async fn one_id_serves_one_purpose() {
    let bench = Bench::new().await;
    let taken = Refusal::ExistsWithDifferent { what: "purpose" };
    let debit = || platen_ledger::Change::Debit(points("1"));
    bench.print(1, "alice", "quota", 1).await;
    bench
        .adjust(2, "quota", Some("alice"), debit())
        .await
        .unwrap();
    for number in [1, 2] {
        let copied = copy(&bench, ask(&bench, number, "alice", "quota", 1).await).await;
        assert_eq!(refusal(copied), taken);
    }
    copy(&bench, ask(&bench, 3, "alice", "quota", 1).await)
        .await
        .unwrap();
    let adjusted = bench.adjust(1, "quota", Some("alice"), debit()).await;
    assert_eq!(refusal(adjusted), taken);
    let adjusted = bench.adjust(3, "quota", Some("alice"), debit()).await;
    assert_eq!(
        refusal(adjusted),
        Refusal::ExistsWithDifferent { what: "change" }
    );
    // A document whose id is taken is not charged under it, nor set free.
    bench.print(2, "alice", "quota", 4).await;
    let printed = Settlement::Printed { sides: 4 };
    let settled = bench.ledger.settle(document_id(2), printed, now()).await;
    assert_eq!(refusal(settled), taken);
    assert_eq!(bench.document(2).await.state, DocumentState::Held);
    assert_eq!(bench.activity_count().await, 2);
}

#[tokio::test]
async fn refusals_of_a_copy_come_in_their_order() {
    let bench = Bench::empty().await;
    let card_only =
        |accounts: &str| platen_ledger::Site::from_toml(&format!("{accounts}{CARD}")).unwrap();
    bench.ledger.load_site(card_only(SITE)).await.unwrap();
    let given = |ask: CopyAsk| async { refusal(copy(&bench, ask).await) };
    let wrong = CopyAsk {
        device: " ".into(),
        pages: vec![
            PageRun {
                count: u32::MAX,
                page: PageFacts {
                    size: Size::A4,
                    colour: false,
                },
            };
            2
        ],
        ..ask(&bench, 1, "bob", "research", 1).await
    };
    let unknown = platen_domain::AccountId(Uuid::from_u128(404));
    let nowhere = CopyAsk {
        account: Some(unknown),
        ..wrong.clone()
    };
    assert_eq!(given(nowhere).await, Refusal::UnknownAccount(unknown));
    assert_eq!(
        given(wrong.clone()).await,
        Refusal::Barred(Barred::NoAccess)
    );
    let with_access = CopyAsk {
        person: person("alice"),
        ..wrong
    };
    assert_eq!(
        given(with_access.clone()).await,
        Refusal::Missing { what: "device" }
    );
    let with_device = CopyAsk {
        device: "copier".into(),
        ..with_access
    };
    assert_eq!(given(with_device).await, Refusal::TooManyPages);
}
