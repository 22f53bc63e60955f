//! What a gate says of a lease when it is given back: what was printed on it, and
//! that nothing more will be.
//!
//! Only the gate that the lease names can sign it, and a server believes nothing else
//! of how much of a lease is left.
//! *Source*: rules.md; docs/decisions/0010-offline-through-the-gate.md.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platen_domain::{LeaseId, Points};
use uuid::Uuid;

use crate::key::{PublicKey, SigningKey};
use crate::record::Reader;

/// Signed before the record, so that a signature for anything else never fits.
const PURPOSE: &[u8] = b"platen receipt of a lease, version 1\0";
const VERSION: u8 = 1;
/// version, lease, gate.
const HEAD_BYTES: usize = 1 + 16 + 32;
/// job, cost.
const PRINT_BYTES: usize = 16 + 8;
const SIGNATURE_BYTES: usize = 64;

/// What was printed on a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The lease.
    pub lease: LeaseId,
    /// The gate that counted.
    pub gate: PublicKey,
    /// Each print: the job, and what it took of the lease. A job that was printed twice
    /// stands there twice.
    pub prints: Vec<(Uuid, Points)>,
}

impl Receipt {
    /// A gate prints no more on one lease.
    pub const MOST_PRINTS: usize = 500;
    /// The length of the longest. *Units*: bytes of ASCII.
    pub const MOST_BYTES: usize =
        ((HEAD_BYTES + Self::MOST_PRINTS * PRINT_BYTES + SIGNATURE_BYTES) * 4).div_ceil(3);

    /// The receipt as one line of letters, digits, `-` and `_`; `key` is the gate's.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        let mut record = vec![VERSION];
        record.extend_from_slice(self.lease.0.as_bytes());
        record.extend_from_slice(&self.gate.to_bytes());
        for (job, cost) in &self.prints {
            record.extend_from_slice(job.as_bytes());
            record.extend_from_slice(&cost.hundredths().to_be_bytes());
        }
        let signature = key.sign(&[PURPOSE, &record].concat());
        record.extend_from_slice(&signature);
        URL_SAFE_NO_PAD.encode(record)
    }

    /// Reads a receipt that the gate which it names has signed; none if it did not,
    /// whatever the bytes. Whether that is the lease's gate is the caller's question.
    #[must_use]
    pub fn verify(text: &str) -> Option<Self> {
        if text.len() > Self::MOST_BYTES {
            return None;
        }
        let record = URL_SAFE_NO_PAD.decode(text).ok()?;
        let length = record.len().checked_sub(SIGNATURE_BYTES)?;
        let (fields, signature) = record.split_at_checked(length)?;
        let receipt = Self::from_bytes(fields)?;
        let message = [PURPOSE, fields].concat();
        receipt
            .gate
            .verifies(&message, signature)
            .then_some(receipt)
    }

    fn from_bytes(fields: &[u8]) -> Option<Self> {
        let mut reader = Reader(fields);
        let [VERSION] = reader.take::<1>()? else {
            return None;
        };
        let lease = LeaseId(Uuid::from_bytes(reader.take()?));
        let gate = PublicKey::from_bytes(reader.take()?);
        let mut prints = Vec::new();
        while reader.end().is_none() {
            let job = Uuid::from_bytes(reader.take()?);
            let cost = Points::from_hundredths(i64::from_be_bytes(reader.take()?));
            if cost.is_negative() {
                return None;
            }
            prints.push((job, cost));
        }
        Some(Self {
            lease,
            gate,
            prints,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approval::tests::key;
    use proptest::prelude::*;

    fn receipt(gate: &SigningKey, prints: usize) -> Receipt {
        let print = |number: usize| {
            let job = Uuid::from_u128(number as u128 + 1);
            (job, Points::from_hundredths(i64::MAX - number as i64))
        };
        Receipt {
            lease: LeaseId(Uuid::from_u128(11)),
            gate: gate.public(),
            prints: (0..prints).map(print).collect(),
        }
    }

    #[test]
    fn receipt_says_what_was_printed_up_to_the_longest() {
        let (_dir, gate) = key();
        for prints in [0, 1, Receipt::MOST_PRINTS] {
            let receipt = receipt(&gate, prints);
            let text = receipt.sign(&gate);
            assert!(text.len() <= Receipt::MOST_BYTES);
            assert_eq!(Receipt::verify(&text), Some(receipt));
        }
        let text = receipt(&gate, Receipt::MOST_PRINTS + 1).sign(&gate);
        assert_eq!(Receipt::verify(&text), None);
    }

    #[test]
    fn receipt_that_another_signed_or_that_was_changed_is_none() {
        let ((_a, gate), (_b, stranger)) = (key(), key());
        let receipt = receipt(&gate, 2);
        assert_eq!(Receipt::verify(&receipt.sign(&stranger)), None);
        let record = URL_SAFE_NO_PAD.decode(receipt.sign(&gate)).unwrap();
        for bit in 0..record.len() * 8 {
            let mut changed = record.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let text = URL_SAFE_NO_PAD.encode(changed);
            assert_eq!(Receipt::verify(&text), None, "bit {bit}");
        }
    }

    #[test]
    fn print_that_takes_less_than_nothing_makes_it_none() {
        let (_dir, gate) = key();
        let mut less = receipt(&gate, 1);
        less.prints[0].1 = Points::from_hundredths(-1);
        assert_eq!(Receipt::verify(&less.sign(&gate)), None);
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_reader(text in ".{0,400}") {
            let _ = Receipt::verify(&text);
        }

        #[test]
        fn no_record_upsets_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Receipt::from_bytes(&bytes);
            let _ = Receipt::verify(&URL_SAFE_NO_PAD.encode(bytes));
        }
    }
}
