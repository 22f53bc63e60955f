//! Which computer this is: a key of the gate's own, which leases name.
//!
//! The secret half lies beside what the gate counts and is known to root alone;
//! the public half may be read by everybody and is sent when a device is
//! enrolled. Two computers made from one disk image must not share it: an image
//! is made without it, as without a host key for SSH.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};

use crate::key::{KeyError, PublicKey, SigningKey};
use crate::places::Places;

/// The key of this computer's gate, made where there is none; run as the user
/// that the gate runs as.
///
/// # Errors
/// [`KeyError`]; a key that exists is never replaced.
pub fn load_or_create(places: &Places) -> Result<SigningKey, KeyError> {
    // The open one first: of a private spooler it is the same.
    for (file, mode) in [
        (&places.machine_public, 0o755),
        (&places.machine_key, 0o700),
    ] {
        if let Some(directory) = file.parent() {
            let mut builder = fs::DirBuilder::new();
            let made = builder.recursive(true).mode(mode).create(directory);
            made.map_err(KeyError::File)?;
        }
    }
    let key = SigningKey::load_or_create(&places.machine_key)?;
    if public(places) != Some(key.public()) {
        publish(places, key.public()).map_err(KeyError::File)?;
    }
    Ok(key)
}

/// The public half of the key of this computer's gate, as a device sends it when
/// it is enrolled ([`PublicKey::to_base64`]); none where no gate is installed.
#[must_use]
pub fn public(places: &Places) -> Option<PublicKey> {
    let text = fs::read_to_string(&places.machine_public).ok()?;
    text.trim().parse().ok()
}

/// Removes the key, unless something was counted with it: what was would not be
/// believed any more.
///
/// # Errors
/// It can't be removed.
pub fn remove_unused(places: &Places) -> std::io::Result<()> {
    if places.leases.exists() {
        return Ok(());
    }
    for file in [&places.machine_public, &places.machine_key] {
        match fs::remove_file(file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            removed => removed?,
        }
    }
    Ok(())
}

fn publish(places: &Places, key: PublicKey) -> std::io::Result<()> {
    let fresh = places.machine_public.with_extension("new");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o644)
        .open(&fresh)?;
    writeln!(file, "{key}")?;
    file.sync_all()?;
    fs::rename(&fresh, &places.machine_public)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn key_is_made_once_and_its_public_half_is_there_for_everybody() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places::below(&dir.path().join("gate"));
        assert_eq!(public(&places), None);
        let key = load_or_create(&places).unwrap().public();
        assert_eq!(public(&places), Some(key));
        fs::remove_file(&places.machine_public).unwrap();
        assert_eq!(load_or_create(&places).unwrap().public(), key);
        assert_eq!(public(&places), Some(key));
        // One that something was counted with stays.
        fs::create_dir(&places.leases).unwrap();
        remove_unused(&places).unwrap();
        assert_eq!(public(&places), Some(key));
        fs::remove_dir(&places.leases).unwrap();
        remove_unused(&places).unwrap();
        remove_unused(&places).unwrap();
        assert_eq!(public(&places), None);
        assert!(!places.machine_key.exists());
        let key = load_or_create(&places).unwrap();
        assert_eq!(public(&places), Some(key.public()));
        let mode = |path: &Path| {
            use std::os::unix::fs::PermissionsExt as _;
            fs::metadata(path).unwrap().permissions().mode() & 0o777
        };
        assert_eq!(mode(&places.machine_key), 0o600);
        assert_eq!(mode(&places.machine_public) & 0o444, 0o444);
        assert_eq!(mode(&dir.path().join("gate")) & 0o555, 0o555);
    }
}
