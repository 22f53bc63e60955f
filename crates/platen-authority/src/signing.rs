//! What the site signs for the gates of its clients' computers.
//! *Source*: rules.md.

use jiff::SignedDuration;
use platen_domain::{DocumentState, LeaseId, RateCard};
use platen_ledger::{Device, DeviceOperation, Document, Facts, Lease, LeaseReceipt, Ledger};
use platen_sync::wire::{RefusalCode, Refused};
use uuid::Uuid;

use crate::apply::Shows;
use crate::translate::Wanted;

/// A printer may be out of paper over the weekend; after this the document is
/// released again. It counts from the release, so that the approval of a release
/// is the same whenever it is looked at.
const APPROVAL_LIFE: SignedDuration = SignedDuration::from_hours(3 * 24);

/// Signs with the site's key. What it signs is the same text each time.
pub trait Signer: Send + Sync {
    /// The permission to print one document, once.
    fn approval(&self, approval: &Approval<'_>) -> String;

    /// A lease, for the gate that counts what is drawn on it.
    fn lease(&self, lease: &SignedLease<'_>) -> String;

    /// What a gate says of a lease; none if that is not its signature.
    fn receipt(&self, text: &str) -> Option<LeaseReceipt>;
}

/// What a device asks that returns a lease.
pub(crate) fn returned(
    signer: Option<&dyn Signer>,
    lease: LeaseId,
    receipt: Option<&str>,
) -> Wanted {
    let Some(text) = receipt else {
        return Wanted {
            operation: DeviceOperation::ReturnLease(lease, None),
            shows: Shows::Nothing,
        };
    };
    match signer.and_then(|signer| signer.receipt(text)) {
        Some(receipt) => Wanted {
            operation: DeviceOperation::ReturnLease(lease, Some(Box::new(receipt))),
            shows: Shows::Nothing,
        },
        None => Wanted::refused(Refused::new(
            RefusalCode::Malformed,
            "What the computer counted on these points is not signed by it.",
        )),
    }
}

/// What an approval says.
#[derive(Clone, Copy, Debug)]
pub struct Approval<'a> {
    /// The job's own UUID.
    pub job: Uuid,
    /// The queue it is to be printed on.
    pub queue: &'a str,
    /// Its owner's name at the print system.
    pub owner: &'a str,
    /// What was priced.
    pub facts: &'a Facts,
    /// Not valid from this moment on. *Units*: seconds since 1970, UTC.
    pub expires_unix_s: u64,
    /// Makes it good for one printing.
    pub nonce: Uuid,
}

/// What a signed lease says.
#[derive(Clone, Copy, Debug)]
pub struct SignedLease<'a> {
    /// The lease.
    pub lease: &'a Lease,
    /// When it ends. *Units*: seconds since 1970, UTC.
    pub ends_unix_s: u64,
    /// The public key of its device (Ed25519).
    pub device: [u8; 32],
    /// Its user's name at the print system.
    pub owner: &'a str,
    /// The public key of the gate that counts (Ed25519).
    pub gate: [u8; 32],
    /// The prices.
    pub card: &'a RateCard,
}

/// What a server answers its devices from.
#[derive(Clone, Copy)]
pub struct Server<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// Who signs; none: nothing is signed.
    pub signer: Option<&'a dyn Signer>,
}

impl<'a> From<&'a Ledger> for Server<'a> {
    fn from(ledger: &'a Ledger) -> Self {
        Self {
            ledger,
            signer: None,
        }
    }
}

/// Signs for one device.
pub(crate) struct Desk<'a> {
    pub(crate) signer: Option<&'a dyn Signer>,
    pub(crate) device: &'a Device,
    /// The device's leases that are not over.
    pub(crate) leases: &'a [Lease],
    pub(crate) card: Option<&'a RateCard>,
}

impl Desk<'_> {
    /// The approval of a released document, for the device that has it. A document
    /// that was drawn from a lease is printed on that lease while a gate may still
    /// count on it: printed on an approval, its points would be left there too.
    pub(crate) fn approval(&self, document: &Document) -> Option<String> {
        let signer = self.signer?;
        let owner = Some(self.device.login.as_str()).filter(|login| !login.is_empty())?;
        let is_here =
            document.state == DocumentState::Releasing && document.device == Some(self.device.id);
        let is_counted = |lease: &Lease| Some(lease.id) == document.lease && lease.gate.is_some();
        if !is_here || self.leases.iter().any(is_counted) {
            return None;
        }
        let expires = document.changed_at.saturating_add(APPROVAL_LIFE).ok()?;
        Some(signer.approval(&Approval {
            job: document.id.0,
            queue: document.printer.as_deref()?,
            owner,
            facts: document.facts.as_ref()?,
            expires_unix_s: u64::try_from(expires.as_second()).ok()?,
            nonce: document.release_nonce?,
        }))
    }

    /// A lease for the gate of the device's computer; none where that is not the
    /// one that may have counted on it already.
    pub(crate) fn lease(&self, lease: &Lease) -> Option<String> {
        let owner = Some(self.device.login.as_str()).filter(|login| !login.is_empty())?;
        let gate = lease.gate.filter(|gate| self.device.gate == Some(*gate))?;
        Some(self.signer?.lease(&SignedLease {
            lease,
            ends_unix_s: u64::try_from(lease.expires_at.as_second()).ok()?,
            device: self.device.key,
            owner,
            gate,
            card: self.card?,
        }))
    }
}
