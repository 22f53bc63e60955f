//! A print without network: an approval that a device gives itself, on points
//! that a lease has set aside for it.
//!
//! The text holds the server's signed lease, what an approval says, what it
//! costs, the device's signature over all of that, and the rate card that the
//! lease names. Only its card differs in length.
//! *Source*: docs/decisions/0010-offline-through-the-gate.md.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platen_domain::{Points, RateCard};

use crate::approval::{Approval, CLAIMS_BYTES, Claims, NotApproved};
use crate::authority::Authority;
use crate::card;
use crate::key::SigningKey;
use crate::lease::{self, Terms};
use crate::record::Reader;

/// Signed before the record, so that a signature for anything else never fits.
const PURPOSE: &[u8] = b"platen print on a lease, version 1\0";
const VERSION: u8 = 1;
/// version, signed lease, claims, cost.
const SIGNED_BYTES: usize = 1 + lease::RECORD_BYTES + CLAIMS_BYTES + 8;
/// Longer than with any card that a ledger takes. *Units*: bytes of ASCII.
const LONGEST: usize = 16 * 1024;

/// Why a device can't approve a print on this lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOnLease {
    /// The lease's text is none.
    #[error("the signed lease can't be read")]
    Malformed,
    /// The lease is another device's.
    #[error("the lease is another device's")]
    OtherDevice,
    /// The lease is for another user's jobs.
    #[error("the lease is for another user's documents")]
    OtherOwner,
    /// The document was priced with another rate card than the lease names.
    #[error("prices have changed since the document was priced")]
    OtherCard,
    /// It costs less than nothing, or more than was granted in all.
    #[error("the lease does not carry that many points")]
    Cost,
}

/// The approval of a print on a lease, for the job attribute
/// [`crate::APPROVAL_OPTION`]; `card` is the one that gave the document its
/// `cost`. The gate asks the same questions again, and more.
///
/// # Errors
/// [`NotOnLease`], where the gate would refuse it whatever it has counted.
pub fn on_lease(
    approval: &Approval,
    cost: Points,
    signed_lease: &str,
    card: &RateCard,
    device_key: &SigningKey,
) -> Result<String, NotOnLease> {
    let lease = lease::decode(signed_lease).ok_or(NotOnLease::Malformed)?;
    let terms = Terms::unverified(&lease).ok_or(NotOnLease::Malformed)?;
    let card = card::encode(card);
    if terms.device != device_key.public() {
        return Err(NotOnLease::OtherDevice);
    }
    if !terms.is_for(&approval.owner) {
        return Err(NotOnLease::OtherOwner);
    }
    if terms.card != card::fingerprint(&card) {
        return Err(NotOnLease::OtherCard);
    }
    if cost.is_negative() || cost > terms.granted {
        return Err(NotOnLease::Cost);
    }
    let mut record = vec![VERSION];
    record.extend_from_slice(&lease);
    record.extend_from_slice(&approval.claims().to_bytes());
    record.extend_from_slice(&cost.hundredths().to_be_bytes());
    let signature = device_key.sign(&signed_message(&record));
    record.extend_from_slice(&signature);
    record.extend_from_slice(&card);
    Ok(URL_SAFE_NO_PAD.encode(record))
}

/// A verified print on a lease; what it is for, when and how often is not
/// checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The lease.
    pub lease: Terms,
    /// What is to be printed.
    pub claims: Claims,
    /// What the device says that it costs.
    pub cost: Points,
    /// The card that the lease names.
    pub card: RateCard,
}

impl Draw {
    /// Whether a text is to be read as a print on a lease, and not as an
    /// [`Approval`].
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        text.len() > Approval::TEXT_BYTES
    }

    /// Reads a print on a lease of `owner` and checks both signatures, and that the
    /// card is the lease's. cupsd puts commas between the parts of a long text.
    ///
    /// # Errors
    /// [`NotApproved`], whatever the bytes; it never panics.
    pub fn verify(text: &str, owner: &str, authorities: &[Authority]) -> Result<Self, NotApproved> {
        if text.len() > LONGEST {
            return Err(NotApproved::Malformed);
        }
        let record = URL_SAFE_NO_PAD
            .decode(text.replace(',', ""))
            .map_err(|_| NotApproved::Malformed)?;
        let parts = Parts::of(&record).ok_or(NotApproved::Malformed)?;
        let lease = Terms::verify_record(parts.lease, owner, authorities)?;
        if !lease.is_for(owner) {
            return Err(NotApproved::OtherOwner);
        }
        let message = signed_message(parts.signed);
        if !lease.device.verifies(&message, parts.signature) {
            return Err(NotApproved::OtherDevice);
        }
        if lease.card != card::fingerprint(parts.card) {
            return Err(NotApproved::OtherCard);
        }
        let claims = Claims::from_bytes(parts.claims).ok_or(NotApproved::Malformed)?;
        Ok(Self {
            lease,
            claims,
            cost: parts.cost,
            card: card::decode(parts.card).ok_or(NotApproved::Malformed)?,
        })
    }
}

/// A text's record, taken apart.
struct Parts<'a> {
    signed: &'a [u8],
    lease: &'a [u8],
    claims: &'a [u8],
    cost: Points,
    signature: &'a [u8],
    card: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(record: &'a [u8]) -> Option<Self> {
        let (signed, rest) = record.split_at_checked(SIGNED_BYTES)?;
        let (signature, card) = rest.split_at_checked(64)?;
        let mut reader = Reader(signed);
        let [VERSION] = reader.take::<1>()? else {
            return None;
        };
        Some(Self {
            signed,
            lease: reader.slice(lease::RECORD_BYTES)?,
            claims: reader.slice(CLAIMS_BYTES)?,
            cost: Points::from_hundredths(i64::from_be_bytes(reader.take()?)),
            signature,
            card,
        })
    }
}

fn signed_message(record: &[u8]) -> Vec<u8> {
    [PURPOSE, record].concat()
}

#[cfg(test)]
pub(crate) mod tests;
