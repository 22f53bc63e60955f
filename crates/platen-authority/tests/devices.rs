//! Devices against a real ledger: what they send is carried out once, and what
//! they are told is true.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use platen_authority::{Caller, Moment, Pool, apply, balances, view};
use platen_domain::{
    AccountId, DocumentId, DocumentState, LeaseId, PageFacts, PageRun, Person, Points, Size,
    UserId, Verdict,
};
use platen_ledger::{Actor, Adjustment, Change, Device, Ledger, Site};
use platen_sync::wire::{
    Action, Answered, Answers, Balances, Draw, Facts, Failure, FailureCode, GivenOut, LeaseState,
    NewDocument, Operation, Received, RefusalCode, Settlement, View,
};
use tempfile::TempDir;
use uuid::Uuid;

const SITE: &str = "
[settings]
lease_points = 20
lease_hours = 48

[[account]]
name = \"Print Quota\"
code = \"quota\"
limit = 120

[[account]]
name = \"Zoology\"
code = \"pool\"
kind = \"shared\"
limit = 150

[rates.A4]
mono = { simplex = 1, duplex = 0.5 }
colour = { simplex = 3, duplex = 2.5 }
[rates.other]
mono = { simplex = 10, duplex = 10 }
colour = { simplex = 20, duplex = 20 }
";

struct Rig {
    ledger: Ledger,
    caller: Caller,
    quota: AccountId,
    next: u64,
    _place: TempDir,
}

fn at(hour: i64) -> Moment {
    let now: Timestamp = "2026-11-29T10:00:00Z".parse().unwrap();
    Moment {
        now: now + SignedDuration::from_hours(hour),
        today: date(2026, 11, 29),
    }
}

fn points(text: &str) -> Points {
    text.parse().unwrap()
}

fn person() -> Person {
    Person {
        id: UserId::local("anna"),
        name: "Anna".into(),
        login: "anna".into(),
        groups: BTreeSet::new(),
    }
}

fn document(number: u128) -> NewDocument {
    NewDocument {
        id: DocumentId(Uuid::from_u128(number)),
        queue: "secure".into(),
        job_id: i32::try_from(number).unwrap(),
        name: format!("document {number}"),
        submitted_at: at(0).now,
    }
}

fn facts(pages: u32) -> Facts {
    let page = PageFacts {
        size: Size::A4,
        colour: false,
    };
    Facts {
        documents: vec![vec![PageRun { count: pages, page }]],
        digests: vec![[7; 32]],
        format: "pdf".into(),
        ..Facts::default()
    }
}

impl Rig {
    async fn new() -> Self {
        let place = TempDir::new().unwrap();
        let ledger = Ledger::open(&place.path().join("ledger.sqlite")).unwrap();
        ledger
            .load_site(Site::from_toml(SITE).unwrap())
            .await
            .unwrap();
        let device = Device {
            id: Uuid::from_u128(0xd0),
            user: person().id,
            name: "Laptop".into(),
            key: [1; 32],
            login: "alice".into(),
            gate: None,
            session: Uuid::from_u128(1),
            applied: 0,
            made_at: at(0).now,
            seen_at: at(0).now,
        };
        let device = ledger.enrol(device).await.unwrap().id;
        let quota = ledger.account_by_code("quota").await.unwrap().unwrap().id;
        Self {
            ledger,
            caller: Caller {
                device,
                person: person(),
            },
            quota,
            next: 1,
            _place: place,
        }
    }

    fn operation(&mut self, action: Action) -> Operation {
        let sequence = self.next;
        self.next += 1;
        Operation {
            id: Uuid::from_u128(0xabc0_0000 + u128::from(sequence)),
            sequence,
            made_at: at(0).now,
            action,
        }
    }

    async fn send(&self, operations: &[Operation], hour: i64) -> Result<Answers, Failure> {
        let received = Received {
            acknowledged: 0,
            operations: operations.iter().cloned().map(Into::into).collect(),
        };
        apply(&self.ledger, &self.caller, received, at(hour)).await
    }

    async fn deliver(&mut self, action: Action, hour: i64) -> Answered {
        let operation = self.operation(action);
        let answers = self.send(&[operation], hour).await.unwrap();
        answers.answers[0].result.clone()
    }

    fn place(&self, number: u128, pages: u32) -> Action {
        Action::Place {
            document: document(number),
            facts: facts(pages),
            account: Some(self.quota),
        }
    }

    fn ask(&self, number: u128, amount: &str) -> Action {
        Action::AskLease {
            lease: LeaseId(Uuid::from_u128(number)),
            account: self.quota,
            points: points(amount),
        }
    }

    async fn granted(&mut self, number: u128, amount: &str, hour: i64) -> Points {
        let ask = self.ask(number, amount);
        match self.deliver(ask, hour).await {
            Answered::Done(done) => done.lease.unwrap().granted,
            other => panic!("no lease, but {other:?}"),
        }
    }

    async fn refused(&mut self, action: Action, hour: i64) -> RefusalCode {
        match self.deliver(action, hour).await {
            Answered::Refused(refused) => refused.code,
            other => panic!("not refused, but {other:?}"),
        }
    }

    async fn look(&self, after: u64, hour: i64) -> Option<View> {
        match view(&self.ledger, &self.caller, after, at(hour)).await {
            Ok(seen) => seen.view.map(|view| *view),
            Err(failure) => panic!("{failure:?}"),
        }
    }
}

#[tokio::test]
async fn verdict_comes_with_the_answer_and_again_when_asked_again() {
    let mut rig = Rig::new().await;
    let place = rig.place(1, 15);
    let operation = rig.operation(place);
    let first = rig.send(std::slice::from_ref(&operation), 0).await.unwrap();
    let Answered::Done(done) = &first.answers[0].result else {
        panic!("{first:?}");
    };
    let used = points("15");
    let crosses_low = false;
    assert_eq!(done.verdict, Some(Verdict::Ready { used, crosses_low }));
    let shown = done.document.as_ref().unwrap();
    assert_eq!(shown.device, Some(rig.caller.device));
    assert_eq!(done.account.as_ref().unwrap().balance.pending, used);
    let again = rig.send(&[operation], 0).await.unwrap();
    assert_eq!(again.answers, first.answers);
    // A declined one says how much is left.
    let large = rig.place(2, 106);
    let Answered::Done(done) = rig.deliver(large, 0).await else {
        panic!("declined is an answer as well");
    };
    let available = points("105");
    assert_eq!(done.verdict, Some(Verdict::Declined { available }));
    assert_eq!(done.document.unwrap().state, Some(DocumentState::Canceled));
}

#[tokio::test]
async fn view_says_what_is_in_it_and_is_given_once() {
    let mut rig = Rig::new().await;
    let first = rig.look(0, 0).await.unwrap();
    assert_eq!((first.applied, first.documents.len()), (0, 0));
    assert_eq!(first.lease_policy.points, points("20"));
    let settings = rig.ledger.settings().await.unwrap();
    assert_eq!(first.lease_policy.hours, settings.leasing.lease_hours);
    // Hours later nothing changed.
    assert_eq!(rig.look(first.version, 5).await, None);
    let place = rig.place(1, 15);
    rig.deliver(place, 5).await;
    let second = rig.look(first.version, 5).await.unwrap();
    assert!(second.version > first.version);
    assert_eq!((second.applied, second.documents.len()), (1, 1));
    // A server whose clock is behind still says something newer.
    let delete = Action::Delete {
        document: document(1).id,
    };
    rig.deliver(delete, 5).await;
    let third = rig.look(second.version, -50).await.unwrap();
    assert!(third.version > second.version);
    assert_eq!((third.applied, third.documents.len()), (2, 0));
    assert_eq!(third.closed.len(), 1);
    assert_eq!(rig.look(third.version, -50).await, None);
    let read = View::from_json(third.to_json().as_bytes()).unwrap();
    assert_eq!(read, third);
}

#[tokio::test]
async fn pool_that_changed_alone_is_told_alone_and_adds_up_to_the_same() {
    let mut rig = Rig::new().await;
    let pool = rig
        .ledger
        .account_by_code("pool")
        .await
        .unwrap()
        .unwrap()
        .id;
    let first = view(&rig.ledger, &rig.caller, 0, at(0)).await.unwrap();
    let (mut told, mut held) = (first.told, *first.view.unwrap());
    let pools = async || {
        let views = rig.ledger.pools(vec![pool, rig.quota]).await.unwrap();
        views.iter().map(Pool::from).collect::<Vec<_>>()
    };
    let before = pools().await;
    assert_eq!(before.len(), 1, "a quota is nobody's pool");
    assert_eq!(balances(&mut told, held.version, &before, at(0).now), None);
    for (round, amount) in ["3", "40", "200"].into_iter().enumerate() {
        let adjustment = Adjustment {
            account: pool,
            user: None,
            change: Change::SetTo(points(amount)),
            reason: "A lecture".into(),
            by: "Root".into(),
            corrects: None,
        };
        let id = Uuid::from_u128(0xad0 + round as u128);
        rig.ledger.adjust(id, adjustment, at(1).now).await.unwrap();
        let now = pools().await;
        let told_now = balances(&mut told, held.version, &now, at(1).now).unwrap();
        let news = Balances::from_json(told_now.line.as_bytes()).unwrap();
        assert_eq!((news.pools.len(), news.version), (1, told_now.version));
        held = held.followed_by(&news).unwrap();
        // Told twice, it is no news.
        assert_eq!(balances(&mut told, held.version, &now, at(1).now), None);
        // Whoever looks at all of it finds that the device has it.
        let whole = view(&rig.ledger, &rig.caller, held.version, at(1))
            .await
            .unwrap();
        assert_eq!((whole.view, &whole.told), (None, &told));
        let whole = rig.look(0, 1).await.unwrap();
        assert_eq!(whole.accounts, held.accounts);
    }
    assert!(held.account(pool).unwrap().at_limit);
    let place = rig.place(1, 15);
    rig.deliver(place, 1).await;
    assert!(rig.look(held.version, 1).await.is_some());
}

#[tokio::test]
async fn device_holds_no_more_than_the_policy_allows() {
    let mut rig = Rig::new().await;
    assert_eq!(rig.granted(1, "15", 0).await, points("15"));
    assert_eq!(rig.granted(2, "15", 0).await, points("5"));
    let more = rig.ask(3, "1");
    assert_eq!(rig.refused(more, 0).await, RefusalCode::NoLease);
    let seen = rig.look(0, 1).await.unwrap();
    let hours: Vec<_> = seen
        .leases
        .iter()
        .map(|lease| lease.left_ms / 3_600_000)
        .collect();
    assert_eq!(hours, [47, 47]);
    // Those whose time is over stand in nobody's way, and still count.
    assert_eq!(rig.granted(4, "20", 48).await, points("20"));
    let seen = rig.look(0, 48).await.unwrap();
    let states: Vec<_> = seen.leases.iter().map(|lease| lease.state).collect();
    let unreported = LeaseState::Unreported;
    assert_eq!(states, [unreported, unreported, LeaseState::Open]);
    assert_eq!(seen.accounts[0].balance.leased, points("40"));
}

#[tokio::test]
async fn points_that_were_called_back_are_not_handed_out_again_at_once() {
    let mut rig = Rig::new().await;
    rig.granted(1, "15", 0).await;
    let lease = LeaseId(Uuid::from_u128(1));
    let ledger = rig.ledger.clone();
    ledger
        .call_back_lease(lease, None, at(1).now)
        .await
        .unwrap();
    assert!(rig.look(0, 1).await.unwrap().leases[0].called_back);
    let more = rig.ask(2, "5");
    assert_eq!(rig.refused(more, 1).await, RefusalCode::NoLease);
    assert_eq!(rig.granted(3, "5", 2).await, points("5"));
}

#[tokio::test]
async fn policy_of_no_points_grants_none() {
    let mut rig = Rig::new().await;
    let none = |settings: &mut platen_ledger::Settings| settings.leasing.lease_points = 0;
    let root = Actor {
        id: UserId::local("root"),
        name: "root".into(),
        address: "192.0.2.1".into(),
    };
    let desk = rig.ledger.desk(root);
    desk.edit_settings(none, at(0).now).await.unwrap();
    let ask = rig.ask(1, "5");
    assert_eq!(rig.refused(ask, 0).await, RefusalCode::NoLease);
}

#[tokio::test]
async fn document_printed_without_network_is_charged_once() {
    let mut rig = Rig::new().await;
    rig.granted(1, "15", 0).await;
    let lease = LeaseId(Uuid::from_u128(1));
    let draw = Draw {
        lease,
        account: rig.quota,
        cost: points("8"),
        card_version: 1,
        verdict: None,
    };
    let id = document(1).id;
    let outbox = [
        Action::PlaceOnLease {
            document: document(1),
            facts: facts(8),
            draw,
            release: Some(GivenOut {
                printer: "printer".into(),
                nonce: Uuid::from_u128(5),
            }),
        },
        Action::Settle {
            document: id,
            settlement: Settlement::Printed { sides: 8 },
        },
        Action::ReturnLease {
            lease,
            receipt: None,
        },
    ];
    let outbox: Vec<_> = outbox.into_iter().map(|one| rig.operation(one)).collect();
    // It is held no more from the first moment at which the server knows it.
    rig.send(&outbox[..1], 100).await.unwrap();
    let known = rig.ledger.document(id).await.unwrap().unwrap();
    assert_eq!(known.state, DocumentState::Releasing);
    assert_eq!(known.printer.as_deref(), Some("printer"));
    for _ in 0..3 {
        let answers = rig.send(&outbox, 100).await.unwrap();
        for answer in &answers.answers {
            assert!(matches!(answer.result, Answered::Done(_)), "{answer:?}");
        }
    }
    let seen = rig.look(0, 100).await.unwrap();
    let balance = seen.accounts[0].balance;
    assert_eq!(balance.posted, points("8"));
    assert_eq!(
        (balance.leased, balance.pending),
        (Points::ZERO, Points::ZERO)
    );
    assert_eq!(seen.closed[0].charged, Some(points("8")));
    rig.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn outbox_with_a_gap_or_another_past_is_told() {
    let mut rig = Rig::new().await;
    let place = rig.place(1, 1);
    let first = rig.operation(place);
    let place = rig.place(2, 1);
    let second = rig.operation(place);
    let failure = rig
        .send(std::slice::from_ref(&second), 0)
        .await
        .unwrap_err();
    assert_eq!(
        (failure.code, failure.expected),
        (FailureCode::OutOfOrder, Some(1))
    );
    rig.send(&[first.clone(), second], 0).await.unwrap();
    let other = Operation {
        id: Uuid::from_u128(77),
        ..first
    };
    let failure = rig.send(&[other], 0).await.unwrap_err();
    assert_eq!(failure.code, FailureCode::Diverged);
    let mut stranger = rig.caller.clone();
    stranger.device = Uuid::from_u128(9);
    let unknown = view(&rig.ledger, &stranger, 0, at(0)).await.unwrap_err();
    assert_eq!(unknown.code, FailureCode::Diverged);
}

#[tokio::test]
async fn what_this_version_does_not_know_is_refused_and_holds_nothing_up() {
    let mut rig = Rig::new().await;
    let json = format!(
        r#"{{"operations":[
            {{"id":"{}","sequence":1,"made_at":"2026-11-29T10:00:00Z","action":{{"kind":"fold"}}}},
            {{"id":"{}","sequence":2,"action":{{"kind":"delete"}}}}]}}"#,
        Uuid::from_u128(1),
        Uuid::from_u128(2)
    );
    let received = Received::from_json(json.as_bytes()).unwrap();
    let answers = apply(&rig.ledger, &rig.caller, received, at(0))
        .await
        .unwrap();
    let codes: Vec<_> = answers
        .answers
        .iter()
        .map(|answer| match &answer.result {
            Answered::Refused(refused) => refused.code,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(codes, [RefusalCode::Unsupported, RefusalCode::Malformed]);
    rig.next = 3;
    let place = rig.place(1, 1);
    assert!(matches!(rig.deliver(place, 0).await, Answered::Done(_)));
}

#[tokio::test]
async fn points_that_are_lost_with_computers_are_not_given_over_and_over() {
    let mut rig = Rig::new().await;
    let device = rig.ledger.device(rig.caller.device).await.unwrap().unwrap();
    let gate = Some([3; 32]);
    rig.ledger.enrol(Device { gate, ..device }).await.unwrap();
    assert_eq!(rig.granted(1, "50", 0).await, points("20"));
    let back = Action::ReturnLease {
        lease: lease_id(1),
        receipt: None,
    };
    // The gate has not said what it printed.
    assert_eq!(rig.refused(back, 1).await, RefusalCode::Invalid);
    // Whoever loses one computer a year gets points on the next.
    rig.ledger.expire_leases(at(100).now).await.unwrap();
    assert_eq!(rig.granted(2, "50", 100).await, points("20"));
    rig.ledger.expire_leases(at(200).now).await.unwrap();
    let none = rig.ask(3, "1");
    assert_eq!(rig.refused(none, 200).await, RefusalCode::NoLease);
    assert_eq!(rig.granted(4, "50", 200 + 366 * 24).await, points("20"));
}

fn lease_id(number: u128) -> LeaseId {
    LeaseId(Uuid::from_u128(number))
}
