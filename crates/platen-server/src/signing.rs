//! The site's key at work for its clients: approvals and leases that the gates of
//! their computers take. *Source*: rules.md.

use platen_domain::{DocumentId, Points};
use platen_gate::{Approval, Lease, PublicKey, Receipt, SigningKey, card_digest, released_options};
use platen_web::central::{self, LeaseReceipt, SignedLease, Signer};

/// Signs with the site's key.
#[derive(Debug)]
pub struct SiteSigner(pub SigningKey);

impl Signer for SiteSigner {
    fn approval(&self, approval: &central::Approval<'_>) -> String {
        let facts = approval.facts;
        Approval {
            job: approval.job,
            queue: approval.queue.to_owned(),
            owner: approval.owner.to_owned(),
            digests: facts.digests.clone(),
            copies: facts.finishing.copies,
            options: released_options(&facts.priced_options, &facts.finishing),
            expires_unix_s: approval.expires_unix_s,
            nonce: approval.nonce,
        }
        .sign(&self.0)
    }

    fn lease(&self, lease: &SignedLease<'_>) -> String {
        Lease {
            id: lease.lease.id,
            account: lease.lease.account,
            granted: lease.lease.granted.max(Points::ZERO),
            ends_unix_s: lease.ends_unix_s,
            device: PublicKey::from_bytes(lease.device),
            owner: lease.owner.to_owned(),
            gate: PublicKey::from_bytes(lease.gate),
            card: card_digest(lease.card),
        }
        .sign(&self.0)
    }

    fn receipt(&self, text: &str) -> Option<LeaseReceipt> {
        let receipt = Receipt::verify(text)?;
        let prints = receipt.prints.iter();
        Some(LeaseReceipt {
            lease: receipt.lease,
            gate: receipt.gate.to_bytes(),
            prints: prints
                .map(|(job, cost)| (DocumentId(*job), *cost))
                .collect(),
        })
    }
}
