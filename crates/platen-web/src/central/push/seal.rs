//! What only one browser can read. *Source*: RFC 8291; RFC 8188.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::{SecureRandom, SystemRandom};

/// An uncompressed point of P-256. *Source*: RFC 8291, section 2.
pub(super) const PUBLIC_KEY_BYTES: usize = 65;
/// *Source*: RFC 8291, section 3.2.
pub(super) const AUTH_BYTES: usize = 16;
/// The one record's size. *Source*: RFC 8291, section 4.
const RECORD_BYTES: u32 = 4096;
const SALT_BYTES: usize = 16;
const TAG_BYTES: usize = 16;
/// What fits into a record: header, delimiter and tag take the rest.
pub(super) const LONGEST_BYTES: usize =
    RECORD_BYTES as usize - SALT_BYTES - 5 - PUBLIC_KEY_BYTES - 1 - TAG_BYTES;
/// Ends the last record. *Source*: RFC 8188, section 2.
const LAST_RECORD: u8 = 2;

/// A length for HKDF.
#[derive(Clone, Copy)]
struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

/// Encrypts `text` for the browser with these keys.
///
/// *Errors*: keys that are none, a text over [`LONGEST_BYTES`].
/// *Source*: RFC 8291, section 3.4.
pub(super) fn seal(text: &[u8], key: &[u8], auth: &[u8]) -> Result<Vec<u8>, Unspecified> {
    if text.len() > LONGEST_BYTES || key.len() != PUBLIC_KEY_BYTES || auth.len() != AUTH_BYTES {
        return Err(Unspecified);
    }
    let random = SystemRandom::new();
    let ours = EphemeralPrivateKey::generate(&ECDH_P256, &random)?;
    let our_public = ours.compute_public_key()?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, key);
    let keying = agree_ephemeral(ours, &theirs, |secret| {
        let info = [b"WebPush: info\0", key, our_public.as_ref()];
        derive(&Salt::new(HKDF_SHA256, auth), secret, &info, 32)
    })??;

    let mut salt = [0; SALT_BYTES];
    random.fill(&mut salt)?;
    let salted = Salt::new(HKDF_SHA256, &salt);
    let content_key = derive(&salted, &keying, &[b"Content-Encoding: aes128gcm\0"], 16)?;
    let nonce = derive(&salted, &keying, &[b"Content-Encoding: nonce\0"], 12)?;

    let mut record = text.to_vec();
    record.push(LAST_RECORD);
    let content_key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &content_key)?);
    let nonce = Nonce::try_assume_unique_for_key(&nonce)?;
    content_key.seal_in_place_append_tag(nonce, Aad::empty(), &mut record)?;

    let mut message = salt.to_vec();
    message.extend(RECORD_BYTES.to_be_bytes());
    message.push(PUBLIC_KEY_BYTES as u8);
    message.extend(our_public.as_ref());
    message.extend(record);
    Ok(message)
}

fn derive(
    salt: &Salt,
    secret: &[u8],
    info: &[&[u8]],
    length: usize,
) -> Result<Vec<u8>, Unspecified> {
    let mut derived = vec![0; length];
    salt.extract(secret)
        .expand(info, Bytes(length))?
        .fill(&mut derived)?;
    Ok(derived)
}
