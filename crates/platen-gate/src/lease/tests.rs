use super::*;
use crate::approval::tests::{key, trust};
use proptest::prelude::*;

/// A lease of 5 points for alice.
pub(crate) fn lease(device: &SigningKey, gate: PublicKey) -> Lease {
    Lease {
        id: LeaseId(Uuid::from_u128(11)),
        account: AccountId(Uuid::from_u128(12)),
        granted: Points::from_hundredths(500),
        ends_unix_s: 1_800_000_600,
        device: device.public(),
        owner: "alice".into(),
        gate,
        card: [3; 32],
    }
}

#[test]
fn signed_lease_is_the_same_each_time_and_says_what_was_granted() {
    let ((_a, server), (_b, device)) = (key(), key());
    let lease = lease(&device, server.public());
    let text = lease.sign(&server);
    assert_eq!(text, lease.sign(&server));
    assert_eq!(text.len(), Lease::TEXT_BYTES);
    let terms = Terms::verify(&text, "alice", &trust(&server, None)).unwrap();
    assert_eq!((terms.id, terms.account), (lease.id, lease.account));
    assert_eq!(
        (terms.granted, terms.ends_unix_s),
        (lease.granted, lease.ends_unix_s)
    );
    assert_eq!((terms.device, terms.gate), (lease.device, lease.gate));
    assert_eq!(terms.card, lease.card);
    assert!(terms.is_for("alice") && !terms.is_for("bob"));
}

#[test]
fn lease_of_a_stranger_or_of_another_users_authority_is_none() {
    let ((_a, server), (_b, device), (_c, stranger)) = (key(), key(), key());
    let lease = lease(&device, server.public());
    let refused = |text: &str, authorities: &[Authority]| {
        assert_eq!(
            Terms::verify(text, "alice", authorities),
            Err(NotApproved::UnknownSignature)
        );
    };
    refused(&lease.sign(&stranger), &trust(&server, None));
    refused(&lease.sign(&server), &trust(&server, Some("bob")));
    refused(&lease.sign(&server), &[]);
}

#[test]
fn every_changed_bit_is_refused() {
    let ((_a, server), (_b, device)) = (key(), key());
    let record = decode(&lease(&device, server.public()).sign(&server)).unwrap();
    for bit in 0..record.len() * 8 {
        let mut changed = record.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let verified = Terms::verify_record(&changed, "alice", &trust(&server, None));
        assert!(verified.is_err(), "bit {bit}");
    }
}

proptest! {
    #[test]
    fn no_text_upsets_the_reader(text in ".{0,400}") {
        let _ = Terms::verify(&text, "alice", &[]);
    }

    #[test]
    fn no_record_upsets_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Terms::unverified(&bytes);
        let _ = Terms::verify_record(&bytes, "alice", &[]);
    }
}
