//! How a device asks its gate to close a lease: with the signed lease and a word of
//! its own, so that nobody else on the computer can end what is not his.
//! *Source*: docs/decisions/0010-offline-through-the-gate.md.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::approval::NotApproved;
use crate::authority::Authority;
use crate::draw::NotOnLease;
use crate::key::SigningKey;
use crate::lease::{self, Terms};

/// Signed before the lease, so that a signature for anything else never fits.
const PURPOSE: &[u8] = b"platen close of a lease, version 1\0";
const VERSION: u8 = 1;
const SIGNATURE_BYTES: usize = 64;
/// Of the name of the lease's user at the print system.
const OWNER_BYTES: usize = 255;

/// What a device asks the gate, as one line of letters, digits, `-` and `_`; `owner` is
/// whose lease it is.
///
/// # Errors
/// [`NotOnLease`], where the gate would refuse it.
pub fn closing(
    signed_lease: &str,
    owner: &str,
    device_key: &SigningKey,
) -> Result<String, NotOnLease> {
    let lease = lease::decode(signed_lease).ok_or(NotOnLease::Malformed)?;
    let terms = Terms::unverified(&lease).ok_or(NotOnLease::Malformed)?;
    if terms.device != device_key.public() {
        return Err(NotOnLease::OtherDevice);
    }
    if !terms.is_for(owner) || owner.len() > OWNER_BYTES {
        return Err(NotOnLease::OtherOwner);
    }
    let mut record = vec![VERSION];
    record.extend_from_slice(&lease);
    record.extend_from_slice(&device_key.sign(&signed_message(&lease)));
    record.extend_from_slice(owner.as_bytes());
    Ok(URL_SAFE_NO_PAD.encode(record))
}

/// What a gate was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// The lease to close.
    pub lease: Terms,
}

impl Closing {
    /// The length of the longest. *Units*: bytes of ASCII.
    pub const MOST_BYTES: usize =
        ((1 + lease::RECORD_BYTES + SIGNATURE_BYTES + OWNER_BYTES) * 4).div_ceil(3);

    /// Reads what a device asks and checks both signatures.
    ///
    /// # Errors
    /// [`NotApproved`], whatever the bytes; it never panics.
    pub fn verify(text: &str, authorities: &[Authority]) -> Result<Self, NotApproved> {
        if text.len() > Self::MOST_BYTES {
            return Err(NotApproved::Malformed);
        }
        let record = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| NotApproved::Malformed)?;
        let [VERSION, record @ ..] = &record[..] else {
            return Err(NotApproved::Malformed);
        };
        let parts = record.split_at_checked(lease::RECORD_BYTES);
        let (lease, rest) = parts.ok_or(NotApproved::Malformed)?;
        let parts = rest.split_at_checked(SIGNATURE_BYTES);
        let (signature, owner) = parts.ok_or(NotApproved::Malformed)?;
        let owner = str::from_utf8(owner).map_err(|_| NotApproved::Malformed)?;
        let terms = Terms::verify_record(lease, owner, authorities)?;
        if !terms.is_for(owner) {
            return Err(NotApproved::OtherOwner);
        }
        if !terms.device.verifies(&signed_message(lease), signature) {
            return Err(NotApproved::OtherDevice);
        }
        Ok(Self { lease: terms })
    }
}

fn signed_message(lease: &[u8]) -> Vec<u8> {
    [PURPOSE, lease].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approval::tests::{key, trust};
    use crate::lease::tests::lease;
    use proptest::prelude::*;

    #[test]
    fn device_asks_for_its_own_lease_alone() {
        let ((_a, server), (_b, device), (_c, other)) = (key(), key(), key());
        let signed = lease(&device, server.public()).sign(&server);
        let trusted = trust(&server, None);
        let text = closing(&signed, "alice", &device).unwrap();
        assert!(text.len() <= Closing::MOST_BYTES);
        let asked = Closing::verify(&text, &trusted).unwrap().lease;
        assert_eq!(asked, Terms::verify(&signed, "alice", &trusted).unwrap());
        assert_eq!(
            closing(&signed, "alice", &other),
            Err(NotOnLease::OtherDevice)
        );
        assert_eq!(
            closing(&signed, "bob", &device),
            Err(NotOnLease::OtherOwner)
        );
        assert_eq!(closing("x", "alice", &device), Err(NotOnLease::Malformed));
        assert_eq!(
            Closing::verify(&text, &trust(&other, None)),
            Err(NotApproved::UnknownSignature)
        );
    }

    #[test]
    fn every_changed_bit_is_refused() {
        let ((_a, server), (_b, device)) = (key(), key());
        let signed = lease(&device, server.public()).sign(&server);
        let text = closing(&signed, "alice", &device).unwrap();
        let record = URL_SAFE_NO_PAD.decode(text).unwrap();
        for bit in 0..record.len() * 8 {
            let mut changed = record.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let text = URL_SAFE_NO_PAD.encode(changed);
            let verified = Closing::verify(&text, &trust(&server, None));
            assert!(verified.is_err(), "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_reader(text in ".{0,800}") {
            let _ = Closing::verify(&text, &[]);
        }

        #[test]
        fn no_record_upsets_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..700)) {
            let _ = Closing::verify(&URL_SAFE_NO_PAD.encode(bytes), &[]);
        }
    }
}
