use super::*;
use crate::key::SigningKey;
use proptest::prelude::*;

const NOW: u64 = 1_800_000_000;

pub(crate) fn key() -> (tempfile::TempDir, SigningKey) {
    let dir = tempfile::tempdir().unwrap();
    let key = SigningKey::load_or_create(&dir.path().join("key")).unwrap();
    (dir, key)
}

pub(crate) fn trust(key: &SigningKey, user: Option<&str>) -> Vec<Authority> {
    vec![Authority {
        key: key.public(),
        user: user.map(str::to_owned),
    }]
}

pub(crate) fn approval() -> Approval {
    Approval {
        job: Uuid::from_u128(7),
        queue: "second-floor".into(),
        owner: "alice".into(),
        digests: vec![[1; 32], [2; 32]],
        copies: 2,
        options: [("sides".into(), "two-sided-long-edge".into())].into(),
        expires_unix_s: NOW + 60,
        nonce: Uuid::from_u128(9),
    }
}

fn options(extra: &str) -> Options {
    Options::parse(&format!(
        "sides=two-sided-long-edge job-uuid=urn:uuid:0 platen-approval=x{extra}"
    ))
    .unwrap()
}

fn seen(options: &Options) -> Seen<'_> {
    Seen {
        job: Uuid::from_u128(7),
        queue: "second-floor",
        owner: "alice",
        digests: &[[1; 32], [2; 32]],
        copies: 2,
        options,
        now_unix_s: NOW,
    }
}

fn claims() -> Claims {
    let (_dir, key) = key();
    Claims::verify(&approval().sign(&key), "alice", &trust(&key, None)).unwrap()
}

#[test]
fn signed_approval_is_short_printable_and_verifies() {
    let (_dir, key) = key();
    let text = approval().sign(&key);
    assert_eq!(text.len(), Approval::TEXT_BYTES);
    assert!(text.len() < 1000);
    assert!(
        text.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    );
    let claims = Claims::verify(&text, "alice", &trust(&key, None)).unwrap();
    assert_eq!(claims.nonce, Uuid::from_u128(9));
    assert_eq!(claims.permits(&seen(&options(""))), Ok(()));
}

#[test]
fn each_difference_is_refused_by_name() {
    let plain = options("");
    let base = seen(&plain);
    let other_sides =
        Options::parse("sides=one-sided job-uuid=urn:uuid:0 platen-approval=x").unwrap();
    let late_option = options(" number-up=4");
    let late_driver_option = options(" Duplex=None");
    let cases = [
        (
            Seen {
                job: Uuid::from_u128(8),
                ..base.clone()
            },
            Mismatch::Job,
        ),
        (
            Seen {
                owner: "bob",
                ..base.clone()
            },
            Mismatch::Owner,
        ),
        (
            Seen {
                queue: "first-floor",
                ..base.clone()
            },
            Mismatch::Queue,
        ),
        (
            Seen {
                now_unix_s: NOW + 60,
                ..base.clone()
            },
            Mismatch::Expired,
        ),
        (
            Seen {
                digests: &[[1; 32]],
                ..base.clone()
            },
            Mismatch::Documents,
        ),
        (
            Seen {
                digests: &[[2; 32], [1; 32]],
                ..base.clone()
            },
            Mismatch::Documents,
        ),
        (
            Seen {
                copies: 3,
                ..base.clone()
            },
            Mismatch::Copies,
        ),
        (
            Seen {
                options: &other_sides,
                ..base.clone()
            },
            Mismatch::Options,
        ),
        (
            Seen {
                options: &late_option,
                ..base.clone()
            },
            Mismatch::Options,
        ),
        (
            Seen {
                options: &late_driver_option,
                ..base.clone()
            },
            Mismatch::Contradiction("duplex".into()),
        ),
    ];
    for (seen, expected) in cases {
        assert_eq!(claims().permits(&seen), Err(expected));
    }
}

#[test]
fn last_second_before_expiry_still_counts() {
    let plain = options("");
    let seen = Seen {
        now_unix_s: NOW + 59,
        ..seen(&plain)
    };
    assert_eq!(claims().permits(&seen), Ok(()));
}

#[test]
fn key_bound_to_a_user_approves_nothing_for_others() {
    let (_dir, key) = key();
    let text = approval().sign(&key);
    let bound = trust(&key, Some("bob"));
    let refused = Err(NotApproved::UnknownSignature);
    assert_eq!(Claims::verify(&text, "alice", &bound), refused);
    assert!(Claims::verify(&text, "alice", &trust(&key, Some("alice"))).is_ok());
    // bob's own key cannot claim alice's job to be bob's either.
    let claims = Claims::verify(&text, "bob", &bound).unwrap();
    let plain = options("");
    assert_eq!(
        claims.permits(&Seen {
            owner: "bob",
            ..seen(&plain)
        }),
        Err(Mismatch::Owner)
    );
}

#[test]
fn unknown_key_and_no_key_are_refused() {
    let ((_a, key), (_b, other)) = (key(), key());
    let text = approval().sign(&key);
    let refused = Err(NotApproved::UnknownSignature);
    assert_eq!(
        Claims::verify(&text, "alice", &trust(&other, None)),
        refused
    );
    assert_eq!(Claims::verify(&text, "alice", &[]), refused);
}

proptest! {
    #[test]
    fn no_bytes_are_an_approval(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (_dir, key) = key();
        let trusted = trust(&key, None);
        let encoded = URL_SAFE_NO_PAD.encode(&bytes);
        prop_assert!(Claims::verify(&encoded, "alice", &trusted).is_err());
        let text = String::from_utf8_lossy(&bytes);
        prop_assert!(Claims::verify(&text, "alice", &trusted).is_err());
    }

    #[test]
    fn no_record_of_the_right_length_is_an_approval(
        bytes in proptest::collection::vec(any::<u8>(), CLAIMS_BYTES + SIGNATURE_BYTES),
    ) {
        let (_dir, key) = key();
        let encoded = URL_SAFE_NO_PAD.encode(&bytes);
        prop_assert_eq!(encoded.len(), Approval::TEXT_BYTES);
        prop_assert!(Claims::verify(&encoded, "alice", &trust(&key, None)).is_err());
    }

    #[test]
    fn one_changed_bit_makes_it_worthless(bit in 0..(CLAIMS_BYTES + SIGNATURE_BYTES) * 8) {
        let (_dir, key) = key();
        let mut record = URL_SAFE_NO_PAD.decode(approval().sign(&key)).unwrap();
        record[bit / 8] ^= 1 << (bit % 8);
        let changed = URL_SAFE_NO_PAD.encode(&record);
        prop_assert!(Claims::verify(&changed, "alice", &trust(&key, None)).is_err());
    }
}
