//! Answers as cupsd sends them, and as nobody should.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;

/// One encoded value: tag, name and data, each with its length.
fn field(tag: u8, name: &str, data: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_be_bytes();
    let mut bytes = vec![tag];
    bytes.extend(length(name.as_bytes()));
    bytes.extend(name.as_bytes());
    bytes.extend(length(data));
    bytes.extend(data);
    bytes
}

fn answer(fields: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 0, 0, 1, DelimiterTag::JobAttributes as u8];
    bytes.extend(fields.concat());
    bytes.push(3);
    bytes
}

fn job(fields: &[Vec<u8>]) -> Attributes {
    let response = Response::decode(&answer(fields)).unwrap();
    let job = response.groups(DelimiterTag::JobAttributes).next();
    job.unwrap().clone()
}

#[test]
fn several_values_belong_to_the_last_name() {
    let job = job(&[
        field(0x44, "job-sheets", b"none"),
        field(0x44, "", b"standard"),
        field(0x21, "copies", &3_i32.to_be_bytes()),
    ]);
    assert_eq!(job.texts("job-sheets"), ["none", "standard"]);
    assert_eq!(job.integer("copies"), Some(3));
}

#[test]
fn collections_keep_members_with_several_values_apart() {
    let job = job(&[
        field(0x34, "media-col", b""),
        field(0x4a, "", b"media-size"),
        field(0x34, "", b""),
        field(0x4a, "", b"x-dimension"),
        field(0x21, "", &21_000_i32.to_be_bytes()),
        field(0x37, "", b""),
        field(0x4a, "", b"trays"),
        field(0x44, "", b"one"),
        field(0x44, "", b"two"),
        field(0x37, "", b""),
        field(0x44, "sides", b"one-sided"),
    ]);
    let column = job.collection("media-col").unwrap();
    assert_eq!(
        column
            .collection("media-size")
            .unwrap()
            .integer("x-dimension"),
        Some(21_000)
    );
    assert_eq!(column.texts("trays"), ["one", "two"]);
    assert_eq!(job.text("sides"), Some("one-sided"));
}

#[test]
fn one_wrong_value_does_not_hide_the_others() {
    let job = job(&[
        field(0x36, "job-name", &[0x7f, 0xff, b'x']),
        field(0x21, "copies", b"no"),
        field(0x42, "long", &[b'a'; 2000]),
        field(0x44, "sides", b"one-sided"),
    ]);
    assert_eq!(job.text("job-name"), None);
    assert_eq!(job.integer("copies"), None);
    assert_eq!(job.text("long").map(str::len), Some(2000));
    assert_eq!(job.text("sides"), Some("one-sided"));
}

#[test]
fn nesting_is_bounded() {
    let mut fields = vec![field(0x34, "deep", b"")];
    for _ in 0..MAX_DEPTH {
        fields.push(field(0x4a, "", b"deeper"));
        fields.push(field(0x34, "", b""));
    }
    assert!(matches!(
        Response::decode(&answer(&fields)),
        Err(Incomplete::Malformed(_))
    ));
}

#[test]
fn every_beginning_of_an_answer_asks_for_more() {
    let whole = answer(&[field(0x44, "sides", b"one-sided")]);
    for length in 0..whole.len() {
        assert_eq!(
            Response::decode(&whole[..length]),
            Err(Incomplete::NeedsMore),
            "{length} bytes"
        );
    }
    let mut with_document = whole.clone();
    with_document.extend(b"%PDF");
    let response = Response::decode(&with_document).unwrap();
    assert_eq!(&with_document[response.document_offset..], b"%PDF");
}

#[test]
fn refusals_become_typed_errors() {
    let status = |status: u16| {
        let mut bytes = answer(&[]);
        bytes[2..4].copy_from_slice(&status.to_be_bytes());
        Response::decode(&bytes).unwrap().checked()
    };
    assert!(status(0x0001).is_ok());
    assert!(matches!(status(0x0403), Err(SpoolerError::NotPermitted(_))));
    assert!(matches!(status(0x0404), Err(SpoolerError::NotPossible(_))));
    assert!(matches!(status(0x0406), Err(SpoolerError::NotFound)));
    assert!(matches!(
        status(0x0506),
        Err(SpoolerError::Refused { status: 0x0506, .. })
    ));
}

#[test]
fn a_text_that_ipp_cannot_carry_is_refused_before_it_is_sent() {
    let request = Request::job(Operation::SetJobAttributes, "alice", 1).text(
        DelimiterTag::JobAttributes,
        "platen-approval",
        &"x".repeat(1024),
    );
    assert!(matches!(request.encode(), Err(SpoolerError::Unsendable(_))));
}

#[test]
fn a_request_can_be_read_back() {
    let request = Request::job(Operation::SetJobAttributes, "alice", 7)
        .keyword(DelimiterTag::JobAttributes, "sides", "one-sided")
        .delete("Duplex");
    let bytes: Bytes = request.encode().unwrap();
    let read = Response::decode(&bytes).unwrap();
    let operation = read
        .groups(DelimiterTag::OperationAttributes)
        .next()
        .unwrap();
    assert_eq!(read.status, Operation::SetJobAttributes as u16);
    assert_eq!(operation.text("requesting-user-name"), Some("alice"));
    assert_eq!(operation.text("job-uri"), Some("ipp://localhost/jobs/7"));
    let job = read.groups(DelimiterTag::JobAttributes).next().unwrap();
    assert_eq!(job.text("sides"), Some("one-sided"));
    assert_eq!(job.all("Duplex"), [Value::Other]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(response) = Response::decode(&bytes) {
            prop_assert!(response.document_offset <= bytes.len());
        }
    }

    #[test]
    fn damaged_answers_never_panic(
        tags in proptest::collection::vec((0x10_u8..0x4b, proptest::collection::vec(any::<u8>(), 0..12)), 0..20),
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let fields: Vec<_> = tags.iter().map(|(tag, data)| field(*tag, "n", data)).collect();
        let mut bytes = answer(&fields);
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(response) = Response::decode(&bytes) {
            for job in response.groups(DelimiterTag::JobAttributes) {
                let _read = crate::job::Job::from_attributes(job);
            }
        }
    }
}
