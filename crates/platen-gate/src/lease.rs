//! A lease as the gate knows it: points that one device may spend on one
//! computer without network, signed by the site's server.
//! *Source*: rules.md; docs/decisions/0010-offline-through-the-gate.md.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platen_domain::{AccountId, LeaseId, Points};
use uuid::Uuid;

use crate::approval::{NotApproved, digest_of};
use crate::authority::Authority;
use crate::key::{PublicKey, SigningKey};
use crate::record::Reader;

/// Signed before the record, so that a signature for anything else never fits.
const PURPOSE: &[u8] = b"platen lease of points, version 1\0";
const VERSION: u8 = 1;
/// version, lease, account, granted, end, device, owner, gate, card.
const TERMS_BYTES: usize = 1 + 16 + 16 + 8 + 8 + 32 + 32 + 32 + 32;
/// The terms with their signature.
pub(crate) const RECORD_BYTES: usize = TERMS_BYTES + 64;

/// What a server grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Its identity.
    pub id: LeaseId,
    /// The account whose points they are.
    pub account: AccountId,
    /// How many, in all.
    pub granted: Points,
    /// Nothing is printed on it from this moment on. *Units*: seconds since 1970, UTC.
    pub ends_unix_s: u64,
    /// The key of the device that may draw on it.
    pub device: PublicKey,
    /// Whose jobs (`job-originating-user-name`).
    pub owner: String,
    /// The gate that counts what is drawn.
    pub gate: PublicKey,
    /// The rate card that prices what is printed: [`crate::card_digest`].
    pub card: [u8; 32],
}

impl Lease {
    /// The length of every signed lease. *Units*: bytes of ASCII.
    pub const TEXT_BYTES: usize = (RECORD_BYTES * 4).div_ceil(3);

    /// The lease as one line of letters, digits, `-` and `_`; the same for the
    /// same lease and key.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        let terms = Terms {
            id: self.id,
            account: self.account,
            granted: self.granted,
            ends_unix_s: self.ends_unix_s,
            device: self.device,
            gate: self.gate,
            card: self.card,
            owner: digest_of([self.owner.as_bytes()]),
        };
        let mut record = terms.to_bytes();
        let signature = key.sign(&signed_message(&record));
        record.extend_from_slice(&signature);
        URL_SAFE_NO_PAD.encode(record)
    }
}

/// What a verified lease says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The lease.
    pub id: LeaseId,
    /// The account.
    pub account: AccountId,
    /// Points in all.
    pub granted: Points,
    /// When it ends. *Units*: seconds since 1970, UTC.
    pub ends_unix_s: u64,
    /// The key of the device that may draw on it.
    pub device: PublicKey,
    /// The gate that counts.
    pub gate: PublicKey,
    /// Fingerprint of the rate card.
    pub card: [u8; 32],
    owner: [u8; 32],
}

impl Terms {
    /// Reads a lease and checks its signature.
    ///
    /// # Errors
    /// [`NotApproved`], whatever the bytes; it never panics.
    pub fn verify(text: &str, owner: &str, authorities: &[Authority]) -> Result<Self, NotApproved> {
        let record = decode(text).ok_or(NotApproved::Malformed)?;
        Self::verify_record(&record, owner, authorities)
    }

    pub(crate) fn verify_record(
        record: &[u8],
        owner: &str,
        authorities: &[Authority],
    ) -> Result<Self, NotApproved> {
        if record.len() != RECORD_BYTES {
            return Err(NotApproved::Malformed);
        }
        let (terms, signature) = record.split_at(TERMS_BYTES);
        let message = signed_message(terms);
        let signed = authorities
            .iter()
            .filter(|authority| authority.may_approve_for(owner))
            .any(|authority| authority.key.verifies(&message, signature));
        if !signed {
            return Err(NotApproved::UnknownSignature);
        }
        Self::from_bytes(terms).ok_or(NotApproved::Malformed)
    }

    /// Whether it is for the jobs of `owner`.
    #[must_use]
    pub fn is_for(&self, owner: &str) -> bool {
        self.owner == digest_of([owner.as_bytes()])
    }

    /// What a lease says of itself, without a look at its signature.
    pub(crate) fn unverified(record: &[u8]) -> Option<Self> {
        Self::from_bytes(record.split_at_checked(TERMS_BYTES)?.0)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(RECORD_BYTES);
        bytes.push(VERSION);
        bytes.extend_from_slice(self.id.0.as_bytes());
        bytes.extend_from_slice(self.account.0.as_bytes());
        bytes.extend_from_slice(&self.granted.hundredths().to_be_bytes());
        bytes.extend_from_slice(&self.ends_unix_s.to_be_bytes());
        bytes.extend_from_slice(&self.device.to_bytes());
        bytes.extend_from_slice(&self.owner);
        bytes.extend_from_slice(&self.gate.to_bytes());
        bytes.extend_from_slice(&self.card);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let [VERSION] = reader.take::<1>()? else {
            return None;
        };
        let (id, account) = (reader.take()?, reader.take()?);
        let (granted, ends) = (reader.take()?, reader.take()?);
        let device = PublicKey::from_bytes(reader.take()?);
        let owner = reader.take()?;
        let gate = PublicKey::from_bytes(reader.take()?);
        let card = reader.take()?;
        reader.end()?;
        Some(Self {
            id: LeaseId(Uuid::from_bytes(id)),
            account: AccountId(Uuid::from_bytes(account)),
            granted: Points::from_hundredths(i64::from_be_bytes(granted)),
            ends_unix_s: u64::from_be_bytes(ends),
            device,
            gate,
            card,
            owner,
        })
    }
}

/// The record in a signed lease's text.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() != Lease::TEXT_BYTES {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn signed_message(terms: &[u8]) -> Vec<u8> {
    [PURPOSE, terms].concat()
}

#[cfg(test)]
pub(crate) mod tests;
