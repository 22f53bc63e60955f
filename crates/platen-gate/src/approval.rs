//! What an approval says, how it is signed and how it is checked.
//!
//! The text is the URL-safe base64 of a record of fixed length: no parser that
//! a hostile user could feed, and no field that could be left out.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platen_domain::Size;
use ring::digest::{Context, SHA256};
use uuid::Uuid;

use crate::authority::Authority;
use crate::key::SigningKey;
use crate::options::{self, Options};

/// Signed before the record, so that a signature for anything else never fits.
const PURPOSE: &[u8] = b"platen approval to print, version 1\0";
const VERSION: u8 = 1;
/// version, job, queue, owner, documents, copies, options, paper, expiry, nonce.
pub(crate) const CLAIMS_BYTES: usize = 1 + 16 + 32 + 32 + 32 + 4 + 32 + 8 + 8 + 16;
const SIGNATURE_BYTES: usize = 64;

/// Everything that was priced: the permission to print exactly this, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// The job's `job-uuid`, without `urn:uuid:`.
    pub job: Uuid,
    /// The queue it is to be printed on.
    pub queue: String,
    /// The user who submitted it (`job-originating-user-name`).
    pub owner: String,
    /// SHA-256 of every document as the spooler stores it, in order.
    pub digests: Vec<[u8; 32]>,
    /// How often everything is printed.
    pub copies: u32,
    /// The job's options; only those that [`options::priced_options`] keeps count.
    pub options: BTreeMap<String, String>,
    /// Not valid from this moment on. *Units*: seconds since 1970, UTC.
    pub expires_unix_s: u64,
    /// Makes this approval good for one printing.
    pub nonce: Uuid,
}

impl Approval {
    /// The length of every signed approval. *Units*: bytes of ASCII.
    pub const TEXT_BYTES: usize = ((CLAIMS_BYTES + SIGNATURE_BYTES) * 4).div_ceil(3);

    /// The approval as one line of letters, digits, `-` and `_`, to be stored
    /// in the job attribute [`crate::APPROVAL_OPTION`].
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        let mut record = self.claims().to_bytes().to_vec();
        let signature = key.sign(&signed_message(&record));
        record.extend_from_slice(&signature);
        URL_SAFE_NO_PAD.encode(record)
    }

    pub(crate) fn claims(&self) -> Claims {
        let priced = options::priced_options(&self.options);
        Claims {
            job: self.job,
            queue: digest_of([self.queue.as_bytes()]),
            owner: digest_of([self.owner.as_bytes()]),
            documents: digest_of(self.digests.iter().map(<[u8; 32]>::as_slice)),
            copies: self.copies,
            options: options::digest(&priced),
            paper: options::paper(&priced),
            expires_unix_s: self.expires_unix_s,
            nonce: self.nonce,
        }
    }
}

/// What a verified approval permits, as fingerprints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The job.
    pub job: Uuid,
    /// When it ends. *Units*: seconds since 1970, UTC.
    pub expires_unix_s: u64,
    /// What makes it good for one printing.
    pub nonce: Uuid,
    queue: [u8; 32],
    owner: [u8; 32],
    documents: [u8; 32],
    copies: u32,
    options: [u8; 32],
    paper: Option<Size>,
}

/// Why a text is no approval of any of the configured authorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotApproved {
    /// Not of the form that [`Approval::sign`] writes.
    #[error("the approval cannot be read")]
    Malformed,
    /// No authority's key made this signature, or not for this user's jobs.
    #[error("the approval was not signed by an authority of this computer")]
    UnknownSignature,
    /// A print on a lease that the lease's device did not sign.
    #[error("the approval was not signed by the device that has the lease")]
    OtherDevice,
    /// A print on another user's lease.
    #[error("the approval is on points that were set aside for another user")]
    OtherOwner,
    /// A print on a lease with other prices than the lease's.
    #[error("the approval has other prices than its lease")]
    OtherCard,
}

/// What the backend found the job to be, at the moment of printing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen<'a> {
    /// The job.
    pub job: Uuid,
    /// The queue that runs the job.
    pub queue: &'a str,
    /// Whose job it is.
    pub owner: &'a str,
    /// SHA-256 of each spooled document, in order.
    pub digests: &'a [[u8; 32]],
    /// The copies that will be made.
    pub copies: u32,
    /// The options that filters and printer will follow.
    pub options: &'a Options,
    /// Now. *Units*: seconds since 1970, UTC.
    pub now_unix_s: u64,
}

/// What differs between the approval and the job; tested in this order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// It was made for another job.
    #[error("the approval is for another document")]
    Job,
    /// It was made for another user's job.
    #[error("the approval is for another user")]
    Owner,
    /// It was made for another queue.
    #[error("the approval is for another printer")]
    Queue,
    /// It is too old.
    #[error("the approval has expired, please release the document again")]
    Expired,
    /// A document was changed, added or removed.
    #[error("the document was changed after it was approved, please release it again")]
    Documents,
    /// Another number of copies.
    #[error("the number of copies was changed after approval, please release it again")]
    Copies,
    /// Another option that decides the price.
    #[error("the print options were changed after approval, please release it again")]
    Options,
    /// An option that appeared after the approval and does not follow from it.
    #[error("the option {0} does not fit what was approved, please release it again")]
    Contradiction(String),
}

impl Claims {
    /// Reads an approval and checks its signature.
    ///
    /// A key that is bound to a user counts for this user's jobs alone.
    ///
    /// # Errors
    /// [`NotApproved`], whatever the bytes; it never panics.
    pub fn verify(text: &str, owner: &str, authorities: &[Authority]) -> Result<Self, NotApproved> {
        if text.len() != Approval::TEXT_BYTES {
            return Err(NotApproved::Malformed);
        }
        let record = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| NotApproved::Malformed)?;
        let (claims, signature) = record
            .split_at_checked(CLAIMS_BYTES)
            .ok_or(NotApproved::Malformed)?;
        let message = signed_message(claims);
        let signed = authorities
            .iter()
            .filter(|authority| authority.may_approve_for(owner))
            .any(|authority| authority.key.verifies(&message, signature));
        if !signed {
            return Err(NotApproved::UnknownSignature);
        }
        Self::from_bytes(claims).ok_or(NotApproved::Malformed)
    }

    /// Compares what was approved with what is about to be printed.
    ///
    /// # Errors
    /// The first difference.
    pub fn permits(&self, seen: &Seen<'_>) -> Result<(), Mismatch> {
        let holds = |condition: bool, otherwise: Mismatch| condition.then_some(()).ok_or(otherwise);
        holds(self.job == seen.job, Mismatch::Job)?;
        holds(
            self.owner == digest_of([seen.owner.as_bytes()]),
            Mismatch::Owner,
        )?;
        holds(
            self.queue == digest_of([seen.queue.as_bytes()]),
            Mismatch::Queue,
        )?;
        holds(seen.now_unix_s < self.expires_unix_s, Mismatch::Expired)?;
        let documents = digest_of(seen.digests.iter().map(<[u8; 32]>::as_slice));
        holds(self.documents == documents, Mismatch::Documents)?;
        holds(self.copies == seen.copies, Mismatch::Copies)?;
        let approved = priced(seen.options);
        holds(
            self.options == options::digest(&approved),
            Mismatch::Options,
        )?;
        seen.options
            .derived_fit(&approved, self.paper)
            .map_err(Mismatch::Contradiction)
    }

    pub(crate) fn to_bytes(&self) -> [u8; CLAIMS_BYTES] {
        let mut bytes = [0; CLAIMS_BYTES];
        let mut at = 0;
        let mut put = |part: &[u8]| {
            bytes[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        };
        put(&[VERSION]);
        put(self.job.as_bytes());
        put(&self.queue);
        put(&self.owner);
        put(&self.documents);
        put(&self.copies.to_be_bytes());
        put(&self.options);
        let paper = self.paper.map_or((0, 0), |size| (size.width, size.height));
        put(&paper.0.to_be_bytes());
        put(&paper.1.to_be_bytes());
        put(&self.expires_unix_s.to_be_bytes());
        put(self.nonce.as_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        if *version != VERSION {
            return None;
        }
        let (job, rest) = rest.split_first_chunk::<16>()?;
        let (queue, rest) = rest.split_first_chunk::<32>()?;
        let (owner, rest) = rest.split_first_chunk::<32>()?;
        let (documents, rest) = rest.split_first_chunk::<32>()?;
        let (copies, rest) = rest.split_first_chunk::<4>()?;
        let (options, rest) = rest.split_first_chunk::<32>()?;
        let (width, rest) = rest.split_first_chunk::<4>()?;
        let (height, rest) = rest.split_first_chunk::<4>()?;
        let (width, height) = (u32::from_be_bytes(*width), u32::from_be_bytes(*height));
        let (expires, rest) = rest.split_first_chunk::<8>()?;
        let (nonce, rest) = rest.split_first_chunk::<16>()?;
        rest.is_empty().then_some(Self {
            job: Uuid::from_bytes(*job),
            queue: *queue,
            owner: *owner,
            documents: *documents,
            copies: u32::from_be_bytes(*copies),
            options: *options,
            paper: (width > 0 && height > 0).then_some(Size { width, height }),
            expires_unix_s: u64::from_be_bytes(*expires),
            nonce: Uuid::from_bytes(*nonce),
        })
    }
}

/// What the user asked for: everything before cupsd's own additions.
fn priced(options: &Options) -> BTreeMap<String, String> {
    options::priced_options(options.asked())
}

fn signed_message(claims: &[u8]) -> Vec<u8> {
    [PURPOSE, claims].concat()
}

/// SHA-256 over parts that cannot be shifted into each other.
pub(crate) fn digest_of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

#[cfg(test)]
pub(crate) mod tests;
