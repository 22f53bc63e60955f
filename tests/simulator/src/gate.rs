//! The gate of a device's computer: it prints on leases, counts, and says what it counted.

use std::collections::BTreeMap;

use platen_authority::{Approval, SignedLease, Signer};
use platen_domain::{DocumentId, LeaseId, Points};
use platen_ledger::LeaseReceipt;
use uuid::Uuid;

/// The key of every gate: which one signed is not simulated.
pub(crate) const KEY: [u8; 32] = [3; 32];

/// Whether a device's computer has a gate; every other one has.
pub(crate) fn is_at(device: Uuid) -> bool {
    device.as_u128().is_multiple_of(2)
}

/// What one gate has counted.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    leases: BTreeMap<LeaseId, Counter>,
}

#[derive(Debug, Default)]
struct Counter {
    closed: bool,
    prints: Vec<(DocumentId, i64)>,
}

impl Gate {
    /// Counts a print; false: the lease was given back, and nothing is printed.
    pub(crate) fn print(&mut self, lease: LeaseId, document: DocumentId, cost: i64) -> bool {
        let counter = self.leases.entry(lease).or_default();
        if !counter.closed {
            counter.prints.push((document, cost));
        }
        !counter.closed
    }

    /// Closes a lease for good, and says what was printed on it.
    pub(crate) fn close(&mut self, lease: LeaseId) -> String {
        let counter = self.leases.entry(lease).or_default();
        counter.closed = true;
        let prints = counter.prints.iter();
        let prints = prints.map(|(document, cost)| format!(" {}={cost}", document.0));
        format!("{}{}", lease.0, prints.collect::<String>())
    }
}

/// What a gate said.
pub(crate) fn read_receipt(text: &str) -> Option<(LeaseId, Vec<(DocumentId, i64)>)> {
    let mut words = text.split(' ');
    let lease = LeaseId(words.next()?.parse().ok()?);
    let print = |word: &str| {
        let (document, cost) = word.split_once('=')?;
        Some((DocumentId(document.parse().ok()?), cost.parse().ok()?))
    };
    Some((lease, words.map(print).collect::<Option<_>>()?))
}

/// Signs as the model does: with what identifies the thing.
pub(crate) struct PlainSigner;

impl Signer for PlainSigner {
    fn approval(&self, approval: &Approval<'_>) -> String {
        approval.nonce.to_string()
    }

    fn lease(&self, lease: &SignedLease<'_>) -> String {
        lease.lease.id.0.to_string()
    }

    fn receipt(&self, text: &str) -> Option<LeaseReceipt> {
        let (lease, prints) = read_receipt(text)?;
        let prints = prints.into_iter();
        Some(LeaseReceipt {
            lease,
            gate: KEY,
            prints: prints
                .map(|(document, cost)| (document, Points::from_hundredths(cost)))
                .collect(),
        })
    }
}
