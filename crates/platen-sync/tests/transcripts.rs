//! What was recorded of each released protocol is read as what it meant.

use std::collections::BTreeMap;

use jiff::Timestamp;
use platen_domain::{
    AccountId, Balance, Booklet, DocumentId, DocumentState, Finishing, Kind, LeaseId, PageFacts,
    PageRun, PageSet, Passage, Points, PrintRates, RateCard, RateRow, Sides, Size, Ticket, UserId,
    Verdict,
};
use platen_sync::wire::{
    AccountView, Action, Answer, Answered, Answers, Balances, Batch, Card, Document, Done, Draw,
    Enrolled, Enrolment, Facts, Failure, FailureCode, GivenOut, Lease, LeasePolicy, LeaseState,
    NewDocument, Operation, PoolBalance, Received, ReceivedOperation, RefusalCode, Refused,
    Release, Scope, Settings, Settlement, UnreadablePolicy, User, View,
};
use uuid::Uuid;

const V1: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts/v1/");

fn recorded(name: &str) -> Vec<u8> {
    std::fs::read(format!("{V1}{name}.json")).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn points(text: &str) -> Points {
    text.parse().expect("a number of points")
}

fn new_document(number: u128) -> NewDocument {
    NewDocument {
        id: DocumentId(id(number)),
        queue: "secure".into(),
        job_id: 42,
        name: "Thesis “Ω”.pdf".into(),
        submitted_at: at("2026-11-29T10:00:00.25Z"),
    }
}

fn facts() -> Facts {
    let run = |count, size, colour| PageRun {
        count,
        page: PageFacts { size, colour },
    };
    Facts {
        documents: vec![
            vec![run(3, Size::A4, false), run(1, Size::A3, true)],
            vec![],
        ],
        digests: vec![[0xab; 32], [0; 32]],
        format: "application/pdf".into(),
        finishing: Finishing {
            copies: 2,
            sides: Sides::TwoSidedLongEdge,
            number_up: 4,
            ranges: vec![(1, 2), (5, u32::MAX)],
            page_set: PageSet::Odd,
            booklet: Some(Booklet {
                two_up: true,
                signature: Some(8),
            }),
            reverse: true,
            monochrome: true,
            media: Some(Size::A3),
            banners: 1,
        },
        ticket: Ticket {
            copies: Some(3),
            sides: Some(Sides::TwoSidedShortEdge),
            monochrome: Some(false),
        },
        passage: Passage::AsIs,
        priced_options: BTreeMap::from([("sides".to_owned(), "two-sided-long-edge".to_owned())]),
        warnings: vec!["Page 4 is larger than the paper.".into()],
    }
}

fn draw() -> Draw {
    Draw {
        lease: LeaseId(id(0x1ea)),
        account: AccountId(id(0xa)),
        cost: points("7.5"),
        card_version: 3,
        verdict: Some(Verdict::Warning {
            used: points("107.5"),
        }),
    }
}

fn operations() -> Vec<Operation> {
    let document = DocumentId(id(0xd0c));
    let account = AccountId(id(0xa));
    let actions = [
        Action::AskLease {
            lease: LeaseId(id(0x1ea)),
            account,
            points: points("50"),
        },
        Action::Place {
            document: new_document(0xd0c),
            facts: facts(),
            account: Some(account),
        },
        Action::PlaceOnLease {
            document: new_document(0xd0c),
            facts: facts(),
            draw: draw(),
            release: None,
        },
        Action::PlaceOnLease {
            document: new_document(0xd0e),
            facts: Facts::default(),
            draw: draw(),
            release: Some(GivenOut {
                printer: "Floor 2".into(),
                nonce: id(0x91),
            }),
        },
        Action::Reprice {
            document,
            facts: Facts::default(),
        },
        Action::ChangeAccount {
            document,
            account,
            scope: Scope::ThisDocument,
        },
        Action::ChangeAccount {
            document,
            account,
            scope: Scope::AndActive,
        },
        Action::SetActive { account },
        Action::Notified { document },
        Action::BeginRelease {
            document,
            printer: "Floor 2".into(),
            nonce: id(0x90),
        },
        Action::AbandonRelease {
            document,
            reason: "The printer is off.".into(),
        },
        Action::Settle {
            document,
            settlement: Settlement::Printed { sides: 4 },
        },
        Action::Settle {
            document,
            settlement: Settlement::Stopped { sides: 1 },
        },
        Action::Settle {
            document,
            settlement: Settlement::Failed {
                reason: "No toner.".into(),
            },
        },
        Action::Delete { document },
        Action::Unreadable {
            document: new_document(0xd0d),
            problem: "It has a password.".into(),
        },
        Action::ReturnLease {
            lease: LeaseId(id(0x1ea)),
            receipt: None,
        },
    ];
    actions
        .into_iter()
        .zip(7..)
        .map(|(action, sequence)| Operation {
            id: id(0x0b00 + u128::from(sequence)),
            sequence,
            made_at: at("2026-11-29T10:00:01Z"),
            action,
        })
        .collect()
}

fn account() -> AccountView {
    AccountView {
        id: AccountId(id(0xa)),
        name: "Print Quota".into(),
        kind: Kind::Shared,
        limit: Some(points("100")),
        exceed_by: points("10"),
        balance: Balance {
            posted: points("-4.25"),
            pending: points("15"),
            leased: points("50"),
        },
        at_limit: false,
        in_grace: true,
    }
}

fn document() -> Document {
    Document {
        id: DocumentId(id(0xd0c)),
        device: Some(id(0xde)),
        queue: "secure".into(),
        name: "Thesis “Ω”.pdf".into(),
        state: Some(DocumentState::Releasing),
        reason: Some("The printer is slow.".into()),
        account: Some(AccountId(id(0xa))),
        cost: Some(points("7.5")),
        lease: Some(LeaseId(id(0x1ea))),
        charged: None,
        verdict: Some(Verdict::Ready {
            used: points("15"),
            crosses_low: true,
        }),
        release: Some(Release {
            printer: "Floor 2".into(),
            nonce: id(0x90),
            approval: Some("signed".into()),
        }),
        submitted_at: at("2026-11-29T10:00:00.25Z"),
        hold_until: Some(at("2026-11-30T10:00:00.25Z")),
        notified: true,
    }
}

fn lease() -> Lease {
    Lease {
        id: LeaseId(id(0x1ea)),
        account: AccountId(id(0xa)),
        granted: points("50"),
        drawn: points("7.5"),
        state: LeaseState::Open,
        ends_at: at("2026-12-02T10:00:00Z"),
        left_ms: 259_200_000,
        called_back: true,
        signed: Some("signed".into()),
    }
}

fn view() -> View {
    let rates = |cost: &str| PrintRates {
        mono_simplex: points(cost),
        mono_duplex: points(cost),
        colour_simplex: points("4"),
        colour_duplex: points("3.75"),
    };
    View {
        protocol: 1,
        version: 12,
        server_time: at("2026-11-29T10:00:02.5Z"),
        user: User {
            id: UserId::openid("https://id.example", "ana"),
            name: "Ana".into(),
            login: "ana@example.org".into(),
        },
        settings: Settings {
            account_management: true,
            user_portal: false,
            clients_may_quit: false,
            hold_hours: 48,
            unreadable: UnreadablePolicy::Decline,
        },
        accounts: vec![account()],
        active: Some(AccountId(id(0xa))),
        card: Some(Card::from(RateCard {
            version: 3,
            rows: vec![RateRow {
                name: "A4".into(),
                size: Size::A4,
                print: rates("1"),
                copy: rates("0.5"),
            }],
            other_print: rates("10"),
            other_copy: rates("9"),
        })),
        documents: vec![document()],
        closed: vec![Document {
            device: None,
            state: Some(DocumentState::Canceled),
            reason: None,
            lease: None,
            charged: Some(Points::ZERO),
            verdict: Some(Verdict::Declined {
                available: points("2"),
            }),
            release: None,
            hold_until: None,
            notified: false,
            ..document()
        }],
        leases: vec![lease()],
        lease_policy: LeasePolicy {
            points: points("50"),
            days: 3,
            hours: 0,
            share: 100,
        },
        applied: 22,
    }
}

fn answers() -> Answers {
    let results = [
        Answered::Done(Box::new(Done {
            lease: Some(lease()),
            ..Done::default()
        })),
        Answered::Done(Box::new(Done {
            verdict: Some(Verdict::Declined {
                available: points("2"),
            }),
            document: Some(document()),
            account: Some(account()),
            lease: None,
        })),
        Answered::Done(Box::default()),
        Answered::Refused(Refused {
            code: RefusalCode::WrongState,
            sentence: "This can't be done with a document whose status is “Printed”.".into(),
        }),
    ];
    Answers {
        protocol: 1,
        server_time: at("2026-11-29T10:00:02Z"),
        answers: results
            .into_iter()
            .zip(7..)
            .map(|(result, sequence)| Answer {
                id: id(0x0b00 + u128::from(sequence)),
                sequence,
                result,
            })
            .collect(),
    }
}

fn failure() -> Failure {
    Failure {
        code: FailureCode::OutOfOrder,
        sentence: "Operations are missing before these.".into(),
        retry_after_s: Some(30),
        expected: Some(5),
    }
}

#[test]
fn recorded_view_is_read_as_it_was_meant() {
    assert_eq!(View::from_json(&recorded("view")).unwrap(), view());
    let written = view().to_json();
    assert_eq!(View::from_json(written.as_bytes()).unwrap(), view());
}

fn balances() -> Balances {
    Balances {
        protocol: 1,
        base: 41,
        version: 45,
        pools: vec![PoolBalance {
            id: AccountId(id(0xac)),
            balance: Balance {
                posted: Points::from_hundredths(-1_250),
                pending: Points::from_hundredths(300),
                leased: Points::from_hundredths(2_000),
            },
            at_limit: true,
        }],
    }
}

#[test]
fn recorded_balances_are_read_as_they_were_meant() {
    let read = Balances::from_json(&recorded("balances")).unwrap();
    assert_eq!(read, balances());
    let written = balances().to_json();
    assert_eq!(Balances::from_json(written.as_bytes()).unwrap(), balances());
}

#[test]
fn recorded_batch_is_read_as_it_was_meant() {
    let read = Received::from_json(&recorded("batch")).unwrap();
    assert_eq!(read.acknowledged, 6);
    let actions = |operations: Vec<ReceivedOperation>| -> Vec<_> {
        let parts = |one: ReceivedOperation| (one.id, one.sequence, one.made_at, one.action);
        operations.into_iter().map(parts).collect()
    };
    let expected = || {
        operations()
            .into_iter()
            .map(ReceivedOperation::from)
            .collect()
    };
    assert_eq!(actions(read.operations), actions(expected()));
    let json: Vec<_> = operations().iter().map(Operation::to_json).collect();
    let (batch, number) = Batch::of(6, json.iter().map(String::as_str));
    assert_eq!(number, operations().len());
    let read = Received::from_json(batch.json().as_bytes()).unwrap();
    assert_eq!(read.operations, expected());
    for (json, operation) in json.iter().zip(operations()) {
        assert_eq!(Operation::from_json(json).unwrap(), operation);
    }
}

#[test]
fn recorded_answers_are_read_as_they_were_meant() {
    assert_eq!(Answers::from_json(&recorded("answers")).unwrap(), answers());
    let written = answers().to_json();
    assert_eq!(Answers::from_json(written.as_bytes()).unwrap(), answers());
}

#[test]
fn recorded_failure_is_read_as_it_was_meant() {
    assert_eq!(Failure::from_json(&recorded("failure")).unwrap(), failure());
    let written = failure().to_json();
    assert_eq!(Failure::from_json(written.as_bytes()).unwrap(), failure());
}

#[test]
fn recorded_enrolment_is_read_as_it_was_meant() {
    let ask = Enrolment {
        device: id(0xde),
        name: "Ana's laptop".into(),
        system: "Debian 12".into(),
        key: "AAAA".into(),
        login: String::new(),
        gate: String::new(),
        again: false,
    };
    assert_eq!(Enrolment::from_json(&recorded("enrolment")).unwrap(), ask);
    let answer = Enrolled {
        device: id(0xde),
        user: UserId::openid("https://id.example", "ana"),
        token: "secret".into(),
    };
    assert_eq!(Enrolled::from_json(&recorded("enrolled")).unwrap(), answer);
}

#[test]
#[ignore = "writes what the other tests read; run once for each new protocol"]
fn record() {
    let json: Vec<_> = operations().iter().map(Operation::to_json).collect();
    let (batch, _) = Batch::of(6, json.iter().map(String::as_str));
    let messages = [
        ("view", view().to_json()),
        ("balances", balances().to_json()),
        ("batch", batch.json().to_owned()),
        ("answers", answers().to_json()),
        ("failure", failure().to_json()),
    ];
    for (name, json) in messages {
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        let text = serde_json::to_string_pretty(&value).unwrap();
        std::fs::write(format!("{V1}{name}.json"), text + "\n").unwrap();
    }
}
