//! Ed25519 keys, and how they are kept. *Source*: RFC 8032.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use crate::private;

/// Why a key could not be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file could not be read or written.
    #[error("the key file could not be used")]
    File(#[source] io::Error),
    /// Others than its owner may read it, so it may be known to anyone.
    #[error("the key file may be read by others; it must be its owner’s alone (mode 600)")]
    Exposed,
    /// It holds something else than a key.
    #[error("the file holds no Ed25519 key")]
    Malformed,
    /// The operating system gave no random numbers.
    #[error("no random numbers to make a key from")]
    NoRandomness,
}

/// The secret half: whoever holds it may approve printing.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// Reads the key from `path`, or makes one there, readable by its owner alone.
    ///
    /// Two programs that start at once end up with the same key.
    ///
    /// # Errors
    /// [`KeyError`]; a file that exists is never overwritten.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        match Self::load(path) {
            Err(KeyError::File(error)) if error.kind() == io::ErrorKind::NotFound => {}
            loaded => return loaded,
        }
        match create(path) {
            Err(KeyError::File(error)) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(()) => {}
        }
        Self::load(path)
    }

    /// Reads the key from `path`.
    ///
    /// # Errors
    /// [`KeyError`], also when others than the owner may read the file.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        if !private::is_private(path).map_err(KeyError::File)? {
            return Err(KeyError::Exposed);
        }
        let text = fs::read_to_string(path).map_err(KeyError::File)?;
        let pkcs8 = STANDARD
            .decode(text.trim())
            .map_err(|_| KeyError::Malformed)?;
        Ed25519KeyPair::from_pkcs8(&pkcs8)
            .map(Self)
            .map_err(|_| KeyError::Malformed)
    }

    /// The half that may be known to everyone.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(bytes)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.0.sign(message).as_ref());
        signature
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(public {})", self.public())
    }
}

/// Writes a new key beside `path` and links it there, so that nobody ever
/// reads half a key and an existing one is kept.
fn create(path: &Path) -> Result<(), KeyError> {
    let pkcs8 =
        Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| KeyError::NoRandomness)?;
    let fresh = path.with_extension(format!("{}.new", uuid::Uuid::new_v4()));
    let written = private::create(&fresh)
        .and_then(|mut file| {
            writeln!(file, "{}", STANDARD.encode(pkcs8.as_ref()))?;
            file.sync_all()
        })
        .and_then(|()| fs::hard_link(&fresh, path));
    // The name beside it has served whether or not the link was made.
    let removed = fs::remove_file(&fresh);
    written.and(removed).map_err(KeyError::File)
}

/// The public half of a key; its text form is `ed25519 BASE64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    const ALGORITHM: &str = "ed25519";

    /// The key of these bytes. *Source*: RFC 8032, section 5.1.5.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// Its bytes in base64, as a device sends them when it is enrolled.
    #[must_use]
    pub fn to_base64(self) -> String {
        STANDARD.encode(self.0)
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0)
            .verify(message, signature)
            .is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", Self::ALGORITHM, STANDARD.encode(self.0))
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut words = text.split_ascii_whitespace();
        let (Some(Self::ALGORITHM), Some(encoded), None) =
            (words.next(), words.next(), words.next())
        else {
            return Err(KeyError::Malformed);
        };
        let bytes = STANDARD.decode(encoded).map_err(|_| KeyError::Malformed)?;
        <[u8; 32]>::try_from(bytes.as_slice())
            .map(Self)
            .map_err(|_| KeyError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use super::*;

    #[test]
    fn two_programs_that_start_at_once_get_the_same_key() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("authority.key");
        let keys: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| SigningKey::load_or_create(&path).unwrap().public()))
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn key_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("authority.key");
        SigningKey::load_or_create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            SigningKey::load_or_create(&path),
            Err(KeyError::Exposed)
        ));
    }

    #[test]
    fn damaged_key_is_reported_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("authority.key");
        fs::write(&path, "nonsense").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(
            SigningKey::load_or_create(&path),
            Err(KeyError::Malformed)
        ));
        assert_eq!(fs::read_to_string(&path).unwrap(), "nonsense");
    }

    #[test]
    fn public_key_survives_its_text_form() {
        let dir = tempfile::tempdir().unwrap();
        let key = SigningKey::load_or_create(&dir.path().join("k")).unwrap();
        let text = key.public().to_string();
        assert_eq!(text.parse::<PublicKey>().unwrap(), key.public());
        for wrong in ["", "ed25519", "rsa AAAA", "ed25519 AAAA", "ed25519 !!"] {
            assert!(wrong.parse::<PublicKey>().is_err(), "{wrong}");
        }
    }
}
