//! The key that lists of releases are signed with.

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use platen_settings::ed25519_public_key;
use ring::signature::{ED25519, ED25519_PUBLIC_KEY_LEN, UnparsedPublicKey};

/// The key of whoever built this program, as OpenSSL writes it in one line of base64.
const BUILT_IN: Option<&str> = option_env!("PLATEN_UPDATE_PUBLIC_KEY");

/// *Source*: RFC 8410: 44 bytes, which are 60 letters.
const _: () = assert!(
    match BUILT_IN {
        Some(text) => text.is_empty() || text.len() == 60,
        None => true,
    },
    "PLATEN_UPDATE_PUBLIC_KEY is no Ed25519 public key in one line of base64"
);

/// An Ed25519 public key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; ED25519_PUBLIC_KEY_LEN]);

impl PublicKey {
    /// A key of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; ED25519_PUBLIC_KEY_LEN]) -> Self {
        Self(bytes)
    }

    /// The key that this program was built with, if it was built with one.
    #[must_use]
    pub fn built_in() -> Option<Self> {
        ed25519_public_key(BUILT_IN?).map(Self)
    }

    /// Whether `signature`, in base64, is this key's over exactly these bytes.
    ///
    /// *Source*: RFC 8032.
    #[must_use]
    pub fn has_signed(&self, bytes: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = BASE64_STANDARD.decode(signature.trim_ascii()) else {
            return false;
        };
        let key = UnparsedPublicKey::new(&ED25519, self.0);
        key.verify(bytes, &signature).is_ok()
    }

    /// Tells the key apart from others in what is kept.
    pub(crate) fn name(&self) -> String {
        BASE64_STANDARD.encode(self.0)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_that_the_program_was_built_with_is_one() {
        let named = BUILT_IN.is_some_and(|text| !text.is_empty());
        assert_eq!(PublicKey::built_in().is_some(), named);
    }
}
