//! A side that is newer or older, or hostile: what is not known is skipped or
//! refused by itself, and nothing makes a reader panic.

use jiff::Timestamp;
use platen_domain::{
    AccountId, Booklet, DocumentId, Finishing, LeaseId, PageFacts, PageRun, Points, Size, Verdict,
};
use platen_sync::wire::{
    Action, Answered, Answers, Balances, Batch, Down, Draw, Enrolled, Enrolment, Facts, Failure,
    FailureCode, Fault, LeaseState, NewDocument, Operation, Received, RefusalCode, Settlement,
    View, limit,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

fn transcript(name: &str) -> Value {
    let path = format!(
        "{}/tests/transcripts/v1/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let bytes = std::fs::read(path).expect("a transcript of this name");
    serde_json::from_slice(&bytes).expect("a transcript is JSON")
}

fn batch(actions: &[Value]) -> Vec<u8> {
    let operations: Vec<_> = actions
        .iter()
        .zip(1_u64..)
        .map(|(action, sequence)| {
            json!({
                "id": Uuid::from_u128(sequence.into()),
                "sequence": sequence,
                "made_at": "2026-11-29T10:00:00Z",
                "action": action,
            })
        })
        .collect();
    json!({ "acknowledged": 0, "operations": operations })
        .to_string()
        .into_bytes()
}

/// Puts a field that nobody knows into every object.
fn with_more(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: serde_json::Map<_, _> = fields
                .iter()
                .map(|(name, value)| match name.as_str() {
                    // Its names are those of the spooler's options.
                    "priced_options" => (name.clone(), value.clone()),
                    _ => (name.clone(), with_more(value)),
                })
                .collect();
            fields.insert("from_the_future".into(), json!({ "a": [1, null] }));
            Value::Object(fields)
        }
        Value::Array(values) => values.iter().map(with_more).collect(),
        other => other.clone(),
    }
}

#[test]
fn fields_that_are_not_known_are_ignored() {
    let both = |name| {
        let value = transcript(name);
        let more = with_more(&value).to_string().into_bytes();
        (value.to_string().into_bytes(), more)
    };
    let (plain, more) = both("view");
    assert_eq!(View::from_json(&more), View::from_json(&plain));
    assert!(View::from_json(&plain).is_ok());
    let (plain, more) = both("balances");
    assert_eq!(Down::from_json(&more), Down::from_json(&plain));
    assert!(Balances::from_json(&plain).is_ok());
    let (plain, more) = both("answers");
    assert_eq!(Answers::from_json(&more), Answers::from_json(&plain));
    let (plain, more) = both("batch");
    let actions = |json: &[u8]| -> Vec<_> {
        let read = Received::from_json(json).unwrap();
        read.operations.into_iter().map(|one| one.action).collect()
    };
    assert_eq!(actions(&more), actions(&plain));
    assert!(actions(&plain).iter().all(Result::is_ok));
}

#[test]
fn client_skips_what_it_does_not_know() {
    let mut view = transcript("view");
    view["documents"][0]["state"] = json!("teleported");
    view["documents"][0]["verdict"] = json!({ "kind": "maybe" });
    view["leases"][0]["state"] = json!("frozen");
    let view = View::from_json(view.to_string().as_bytes()).unwrap();
    assert_eq!(view.documents[0].state, None);
    assert_eq!(view.documents[0].verdict, None);
    assert_eq!(view.leases[0].state, LeaseState::Unknown);

    let mut answers = transcript("answers");
    answers["answers"][0]["result"] = json!({ "is": "postponed", "until": 7 });
    answers["answers"][3]["result"]["code"] = json!("phase_of_the_moon");
    let answers = Answers::from_json(answers.to_string().as_bytes()).unwrap();
    assert_eq!(answers.answers[0].result, Answered::Unknown);
    assert!(matches!(
        &answers.answers[3].result,
        Answered::Refused(refused) if refused.code == RefusalCode::Unknown
    ));

    let news = json!({ "protocol": 1, "after": 7, "weather": "rain" }).to_string();
    assert_eq!(Down::from_json(news.as_bytes()), Ok(Down::Unknown));

    let failure = json!({ "code": "tired", "sentence": "Later." }).to_string();
    let failure = Failure::from_json(failure.as_bytes()).unwrap();
    assert_eq!(failure.code, FailureCode::Unknown);
}

#[test]
fn accounts_of_a_kind_that_is_not_known_are_left_out() {
    for kind in [json!("per_printer"), json!({ "of": "a room" }), Value::Null] {
        let mut message = transcript("view");
        let known = message["accounts"][0].clone();
        let mut account = known.clone();
        account["kind"] = kind.clone();
        account["id"] = json!(Uuid::from_u128(0xff));
        message["accounts"] = json!([account, known]);
        let view = View::from_json(message.to_string().as_bytes()).unwrap();
        let plain = View::from_json(transcript("view").to_string().as_bytes());
        assert_eq!(Ok(view), plain, "{kind}");

        let mut message = transcript("answers");
        message["answers"][1]["result"]["account"]["kind"] = kind;
        let answers = Answers::from_json(message.to_string().as_bytes()).unwrap();
        let Answered::Done(done) = &answers.answers[1].result else {
            panic!("{answers:?}");
        };
        assert_eq!(done.account, None);
        assert!(done.document.is_some());
    }
    // Of one whose kind is known, everything has to make sense.
    let mut message = transcript("view");
    message["accounts"][0]["balance"]["pending"] = json!("much");
    assert!(View::from_json(message.to_string().as_bytes()).is_err());
}

#[test]
fn server_refuses_what_it_does_not_know_and_takes_the_rest() {
    let document = Uuid::from_u128(1);
    let read = Received::from_json(&batch(&[
        json!({ "kind": "teleport", "where": { "to": "roof" } }),
        json!({ "kind": "settle", "document": document, "settlement": { "result": "eaten" } }),
        json!({ "kind": "change_account", "document": document, "account": document,
                "scope": "everything" }),
        json!({ "kind": "delete", "document": document }),
    ]))
    .unwrap();
    let codes: Vec<_> = read
        .operations
        .iter()
        .map(|one| one.action.as_ref().err().map(|refused| refused.code))
        .collect();
    let unsupported = Some(RefusalCode::Unsupported);
    assert_eq!(codes, [unsupported, unsupported, unsupported, None]);
}

#[test]
fn operation_that_makes_no_sense_is_refused_by_itself() {
    let document = Uuid::from_u128(1);
    // Each would take all the memory there is.
    let finishings = [
        Finishing {
            banners: u32::MAX,
            ..Finishing::default()
        },
        Finishing {
            booklet: Some(Booklet {
                two_up: false,
                signature: Some(u32::MAX),
            }),
            ..Finishing::default()
        },
    ];
    let [many_banners, long_signature] = finishings.map(|finishing| {
        let facts = Facts {
            finishing,
            ..Facts::default()
        };
        json!({ "kind": "reprice", "document": document, "facts": facts })
    });
    let wrong = [
        many_banners,
        long_signature,
        json!({ "kind": "settle", "document": document,
                "settlement": { "result": "printed", "sides": u64::MAX } }),
        json!({ "kind": "settle", "document": document,
                "settlement": { "result": "stopped", "sides": (1_u64 << 53) + 1 } }),
        json!({ "kind": "ask_lease", "lease": document, "account": document, "points": "-5" }),
        json!({ "kind": "ask_lease", "lease": document, "account": document, "points": "0" }),
        json!({ "kind": "ask_lease", "lease": document, "account": document, "points": 5 }),
        json!({ "kind": "ask_lease", "lease": document, "account": document,
                "points": "99999999999999999999" }),
        json!({ "kind": "settle", "document": document,
                "settlement": { "result": "printed", "sides": -1 } }),
        json!({ "kind": "abandon_release", "document": document,
                "reason": "x".repeat(limit::SENTENCE + 1) }),
        json!({ "kind": "delete" }),
        json!({ "kind": "delete", "document": "../etc" }),
        json!(7),
        json!([]),
        Value::Null,
    ];
    let mut actions = wrong.to_vec();
    actions.push(json!({ "kind": "delete", "document": document }));
    let read = Received::from_json(&batch(&actions)).unwrap();
    for (operation, action) in read.operations.iter().zip(&wrong) {
        let refused = operation.action.as_ref().expect_err(&action.to_string());
        assert_eq!(refused.code, RefusalCode::Malformed, "{action}");
    }
    assert!(read.operations.last().unwrap().action.is_ok());
}

#[test]
fn batch_that_is_too_large_or_out_of_order_is_refused_as_a_whole() {
    let large = vec![b' '; limit::BATCH_BYTES + 1];
    let most = limit::BATCH_BYTES;
    assert_eq!(Received::from_json(&large), Err(Fault::TooLarge { most }));
    let many = vec![json!({ "kind": "x" }); limit::OPERATIONS + 1];
    assert!(matches!(
        Received::from_json(&batch(&many)),
        Err(Fault::TooMany { .. })
    ));
    let numbered = |numbers: &[u64]| {
        let operations: Vec<_> = numbers
            .iter()
            .map(|number| json!({ "id": Uuid::nil(), "sequence": number, "action": {} }))
            .collect();
        let batch = json!({ "operations": operations }).to_string();
        Received::from_json(batch.as_bytes())
    };
    assert!(numbered(&[3, 4, 5]).is_ok());
    assert!(numbered(&[]).is_ok());
    for numbers in [&[1, 3][..], &[2, 1], &[1, 1], &[u64::MAX, 0], &[0]] {
        assert!(numbered(numbers).is_err(), "{numbers:?}");
    }
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    let deep = format!("{}{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
    assert!(Received::from_json(deep.as_bytes()).is_err());
    let inside = format!("{{\"operations\":[{deep}]}}");
    assert!(Received::from_json(inside.as_bytes()).is_err());
    // What nobody looks at is skipped without going into it.
    let ignored = format!("{{\"code\":\"busy\",\"sentence\":\"\",\"more\":{deep}}}");
    assert!(Failure::from_json(ignored.as_bytes()).is_ok());
}

#[test]
fn batch_takes_as_many_operations_as_fit() {
    let large = "x".repeat(limit::BATCH_BYTES / 3);
    let (batch, number) = Batch::of(0, [large.as_str(); 5]);
    assert_eq!(number, 2);
    assert!(batch.json().len() <= limit::BATCH_BYTES);
    let largest = "x".repeat(limit::OPERATION_BYTES);
    assert_eq!(Batch::of(u64::MAX, [largest.as_str()]).1, 1);
    assert_eq!(
        Batch::of(0, ["{}"; limit::OPERATIONS + 5]).1,
        limit::OPERATIONS
    );
}

fn facts() -> impl Strategy<Value = Facts> {
    let run = (1..500_000_u32, 0..100_000_u32, any::<bool>()).prop_map(|(count, width, colour)| {
        PageRun {
            count,
            page: PageFacts {
                size: Size { width, height: 7 },
                colour,
            },
        }
    });
    let runs = prop::collection::vec(run, 0..4);
    (
        prop::collection::vec(runs, 0..4),
        prop::collection::vec(any::<[u8; 32]>(), 0..3),
        prop::collection::btree_map(".{0,20}", ".{0,20}", 0..3),
        prop::collection::vec(".{0,20}", 0..3),
    )
        .prop_map(|(documents, digests, priced_options, warnings)| Facts {
            documents,
            digests,
            priced_options,
            warnings,
            ..Facts::default()
        })
}

fn document() -> impl Strategy<Value = NewDocument> {
    (any::<u128>(), ".{0,300}", any::<i32>(), ".{0,1100}").prop_map(|(id, queue, job_id, name)| {
        NewDocument {
            id: DocumentId(Uuid::from_u128(id)),
            queue,
            job_id,
            name,
            submitted_at: Timestamp::UNIX_EPOCH,
        }
    })
}

fn action() -> impl Strategy<Value = Action> {
    let place = (document(), facts(), any::<Option<u128>>()).prop_map(|(document, facts, id)| {
        Action::Place {
            document,
            facts,
            account: id.map(|id| AccountId(Uuid::from_u128(id))),
        }
    });
    let drawn = (document(), facts(), any::<i64>()).prop_map(|(document, facts, hundredths)| {
        Action::PlaceOnLease {
            document,
            facts,
            draw: Draw {
                lease: LeaseId(Uuid::nil()),
                account: AccountId(Uuid::nil()),
                cost: Points::from_hundredths(hundredths),
                card_version: u64::MAX,
                verdict: Some(Verdict::Declined {
                    available: Points::from_hundredths(hundredths),
                }),
            },
            release: None,
        }
    });
    let lease = any::<i64>().prop_map(|hundredths| Action::AskLease {
        lease: LeaseId(Uuid::nil()),
        account: AccountId(Uuid::nil()),
        points: Points::from_hundredths(hundredths),
    });
    let settle = any::<u64>().prop_map(|sides| Action::Settle {
        document: DocumentId(Uuid::nil()),
        settlement: Settlement::Printed { sides },
    });
    prop_oneof![place, drawn, lease, settle]
}

proptest! {
    #[test]
    fn operation_within_its_limits_arrives_as_it_was_made(
        id: u128, sequence: u64, action in action()
    ) {
        let operation = Operation {
            id: Uuid::from_u128(id),
            sequence,
            made_at: Timestamp::UNIX_EPOCH,
            action,
        };
        let json = operation.to_json();
        match operation.check() {
            Ok(()) => {
                prop_assert_eq!(Operation::from_json(&json), Ok(operation.clone()));
                let (batch, _) = Batch::of(0, [json.as_str()]);
                let read = Received::from_json(batch.json().as_bytes()).unwrap();
                prop_assert_eq!(&read.operations, &[operation.into()]);
            }
            Err(fault) => prop_assert_eq!(Operation::from_json(&json), Err(fault)),
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Received::from_json(&bytes);
        let _ = View::from_json(&bytes);
        let _ = Down::from_json(&bytes);
        let _ = Answers::from_json(&bytes);
        let _ = Failure::from_json(&bytes);
        let _ = Enrolment::from_json(&bytes);
        let _ = Enrolled::from_json(&bytes);
    }

    #[test]
    fn message_that_was_damaged_on_its_way_is_an_error_or_keeps_its_limits(
        which in 0..5_usize, place: prop::sample::Index, byte: u8
    ) {
        let name = ["view", "batch", "answers", "failure", "balances"][which];
        let mut bytes = transcript(name).to_string().into_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        match which {
            0 => if let Ok(view) = View::from_json(&bytes) {
                prop_assert!(view.lease_policy.points >= Points::ZERO);
            },
            1 => if let Ok(batch) = Received::from_json(&bytes) {
                for operation in batch.operations {
                    prop_assert!(operation.sequence > 0);
                    if let Ok(action) = operation.action {
                        prop_assert_eq!(action.check(), Ok(()));
                    }
                }
            },
            2 => drop(Answers::from_json(&bytes)),
            4 => drop(Down::from_json(&bytes)),
            _ => drop(Failure::from_json(&bytes)),
        }
    }
}
