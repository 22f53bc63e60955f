//! The sealed file: a record that only the holder of the keyring's key can read.
//!
//! Layout: 16 bytes of header (`PLATEN-SESSION`, a zero, the version), which is
//! authenticated too; 12 bytes of nonce, fresh for every write; the sealed JSON
//! with its 16-byte tag.
//! *Source*: RFC 8439 (ChaCha20-Poly1305).

use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};

use crate::session::Record;

const HEADER: &[u8; 16] = b"PLATEN-SESSION\x00\x01";
const FILE_NAME: &str = "session.sealed";
/// Tokens with hundreds of groups stay well below.
const FILE_LIMIT_BYTES: u64 = 256 << 10;

/// The secret that lives in the keyring.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key(pub(crate) [u8; 32]);

impl Key {
    pub(crate) fn fresh() -> Self {
        let mut bytes = [0; 32];
        random(&mut bytes);
        Self(bytes)
    }

    fn cipher(&self) -> LessSafeKey {
        let key =
            UnboundKey::new(&CHACHA20_POLY1305, &self.0).expect("the key has the cipher's length");
        LessSafeKey::new(key)
    }
}

/// The file does not open: damaged, made with another key, or another version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sealed session can't be opened")]
pub(crate) struct Unreadable;

pub(crate) fn seal(key: &Key, plain: &[u8]) -> Vec<u8> {
    let mut nonce = [0; NONCE_LEN];
    random(&mut nonce);
    let mut sealed = plain.to_vec();
    key.cipher()
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(HEADER),
            &mut sealed,
        )
        .expect("a session is far shorter than the cipher's limit");
    [HEADER.as_slice(), &nonce, &sealed].concat()
}

pub(crate) fn open(key: &Key, file: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let rest = file.strip_prefix(HEADER).ok_or(Unreadable)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>().ok_or(Unreadable)?;
    let mut plain = sealed.to_vec();
    let length = key
        .cipher()
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(HEADER),
            &mut plain,
        )
        .map_err(|_| Unreadable)?
        .len();
    plain.truncate(length);
    Ok(plain)
}

/// The folder in which the sealed file lives.
#[derive(Clone, Debug)]
pub(crate) struct Vault {
    folder: PathBuf,
}

impl Vault {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The sealed bytes, or nothing if there is no file.
    pub(crate) fn read(&self) -> std::io::Result<Option<Vec<u8>>> {
        let file = match std::fs::File::open(self.path()) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let mut bytes = Vec::new();
        file.take(FILE_LIMIT_BYTES).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Replaces the file: after a crash there is the old one or the new one.
    pub(crate) fn write(&self, key: &Key, record: &Record) -> std::io::Result<()> {
        self.make_folder()?;
        // NamedTempFile is made with mode 0600, and on Windows with the folder's rights.
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&seal(key, &record.to_json()))?;
        file.as_file().sync_all()?;
        file.persist(self.path()).map_err(|error| error.error)?;
        #[cfg(unix)]
        std::fs::File::open(&self.folder)?.sync_all()?;
        Ok(())
    }

    pub(crate) fn remove(&self) -> std::io::Result<()> {
        match std::fs::remove_file(self.path()) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    fn make_folder(&self) -> std::io::Result<()> {
        make_private(&self.folder)
    }

    fn path(&self) -> PathBuf {
        self.folder.join(FILE_NAME)
    }
}

#[cfg(unix)]
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

#[cfg(windows)]
use platen_windows::system::create_private_directory as make_private;

fn random(bytes: &mut [u8]) {
    SystemRandom::new()
        .fill(bytes)
        .expect("the operating system gives random bytes");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_text_is_never_sealed_to_the_same_bytes() {
        let key = Key::fresh();
        assert_ne!(seal(&key, b"text"), seal(&key, b"text"));
    }

    #[test]
    fn another_key_or_another_version_does_not_open() {
        let key = Key::fresh();
        let sealed = seal(&key, b"text");
        assert_eq!(open(&key, &sealed).unwrap(), b"text");
        assert_eq!(open(&Key::fresh(), &sealed), Err(Unreadable));
        let mut newer = sealed;
        newer[15] = 2;
        assert_eq!(open(&key, &newer), Err(Unreadable));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_open(body in proptest::collection::vec(any::<u8>(), 0..200), with_header: bool) {
            let mut file = if with_header { HEADER.to_vec() } else { Vec::new() };
            file.extend(body);
            prop_assert_eq!(open(&Key([7; 32]), &file), Err(Unreadable));
        }

        #[test]
        fn one_changed_bit_anywhere_does_not_open(
            text in proptest::collection::vec(any::<u8>(), 0..100),
            place in any::<prop::sample::Index>(),
            bit in 0_u8..8,
        ) {
            let key = Key([7; 32]);
            let mut file = seal(&key, &text);
            prop_assert_eq!(open(&key, &file).unwrap(), text);
            let place = place.index(file.len());
            file[place] ^= 1 << bit;
            prop_assert_eq!(open(&key, &file), Err(Unreadable));
        }

        #[test]
        fn arbitrary_text_under_the_right_key_is_no_session(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let key = Key([7; 32]);
            let plain = open(&key, &seal(&key, &text)).unwrap();
            prop_assert!(Record::from_json(&plain).is_none());
        }
    }
}
