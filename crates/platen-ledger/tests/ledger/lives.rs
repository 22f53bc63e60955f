//! Documents' lives, told step by step, and whether a ledger still has every
//! step that was told.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use platen_domain::{
    AccountId, DocumentId, DocumentState, PageFacts, PageRun, Person, Points, Size, UserId, Verdict,
};
use platen_ledger::{Adjustment, Change, Facts, Ledger, NewDocument, Reserve, Settlement};
use uuid::Uuid;

const TODAY: Date = date(2026, 11, 22);
const LIMIT: i64 = 2_000;

/// One pool for everybody.
pub(crate) const SITE: &str = "
[[account]]
name = \"Pool\"
code = \"pool\"
kind = \"shared\"
limit = 2000
[rates.other]
mono = { simplex = 1, duplex = 1 }
colour = { simplex = 1, duplex = 1 }
";

/// One document's life, or an adjustment that makes room again.
/// Each answer is told to `told`, in a line.
pub(crate) async fn live(ledger: &Ledger, pool: AccountId, id: Uuid, told: impl Fn(String)) {
    let acknowledge = |what: &str, id: Uuid, points: Points| told(format!("{what} {id} {points}"));
    if id.as_u128() % 5 == 4 {
        let adjusted = adjust(ledger, pool, id).await;
        return acknowledge("adjusted", id, adjusted);
    }
    ledger.submit(document(id)).await.unwrap();
    acknowledge("submitted", id, Points::ZERO);
    let outcome = ledger
        .reserve(reserve(pool, id), now(), TODAY)
        .await
        .unwrap();
    if matches!(outcome.verdict, Verdict::Declined { .. }) {
        return acknowledge("declined", id, Points::ZERO);
    }
    acknowledge("reserved", id, outcome.document.cost.unwrap());
    let nonce = Uuid::from_u128(1);
    ledger
        .begin_release(DocumentId(id), "printer".into(), nonce, now())
        .await
        .unwrap();
    let settled = ledger
        .settle(DocumentId(id), Settlement::Printed { sides: 2 }, now())
        .await
        .unwrap();
    acknowledge("settled", id, settled.posted);
}

/// Everything that was acknowledged is there, once, and asking for it again
/// changes nothing.
pub(crate) async fn compare(ledger: &Ledger, acknowledged: &[String]) {
    let pool = ledger.account_by_code("pool").await.unwrap().unwrap().id;
    let before = ledger.verify().await.unwrap();
    let balance = ledger.balances(Some(pool)).await.unwrap();
    for line in acknowledged {
        let [what, id, points] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("an acknowledgement: {line:?}");
        };
        let (id, points): (Uuid, Points) = (id.parse().unwrap(), points.parse().unwrap());
        let stored = ledger.document(DocumentId(id)).await.unwrap();
        match what {
            "adjusted" => assert_eq!(adjust(ledger, pool, id).await, points),
            "submitted" => {
                assert!(stored.is_some(), "lost: {line}");
            }
            "declined" => assert_eq!(stored.unwrap().state, DocumentState::Canceled),
            "reserved" => {
                let outcome = ledger
                    .reserve(reserve(pool, id), now(), TODAY)
                    .await
                    .unwrap();
                assert_eq!(outcome.document.cost, Some(points), "{line}");
                assert_ne!(outcome.document.state, DocumentState::Submitted, "{line}");
            }
            "settled" => {
                let again = ledger
                    .settle(DocumentId(id), Settlement::Printed { sides: 2 }, now())
                    .await
                    .unwrap();
                assert_eq!(again.posted, points, "{line}");
                assert_eq!(stored.unwrap(), again.document, "{line}");
            }
            other => panic!("unknown: {other}"),
        }
    }
    assert_eq!(ledger.verify().await.unwrap(), before);
    let after = ledger.balances(Some(pool)).await.unwrap();
    assert_eq!(after, balance);
    if let Some(row) = after.first() {
        let hard = Points::whole(LIMIT).unwrap();
        assert!(row.balance.used().unwrap() <= hard, "overspent: {row:?}");
    }
}

async fn adjust(ledger: &Ledger, pool: AccountId, id: Uuid) -> Points {
    let adjustment = Adjustment {
        account: pool,
        user: None,
        change: Change::Credit(Points::whole(6).unwrap()),
        reason: "room".into(),
        by: "root".into(),
        corrects: None,
    };
    let adjusted = ledger.adjust(id, adjustment, now()).await.unwrap();
    adjusted.activity.points
}

fn document(id: Uuid) -> NewDocument {
    NewDocument {
        id: DocumentId(id),
        user: person().id,
        queue: "secure".into(),
        job_id: 1,
        name: "document".into(),
        submitted_at: now(),
    }
}

fn reserve(pool: AccountId, id: Uuid) -> Reserve {
    Reserve {
        id: DocumentId(id),
        person: person(),
        account: Some(pool),
        facts: Facts {
            documents: vec![vec![PageRun {
                count: 3,
                page: PageFacts {
                    size: Size::A4,
                    colour: false,
                },
            }]],
            ..Facts::default()
        },
        lease: None,
    }
}

fn person() -> Person {
    Person {
        id: UserId::local("alice"),
        name: "Alice".into(),
        login: "alice".into(),
        groups: BTreeSet::new(),
    }
}

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH
}
