//! The key that a site's servers approve printing with: one for all of them, so
//! that a print server has to trust one.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use platen_gate::{KeyError, SigningKey};
use platen_ledger::{Ledger, LedgerError};

/// Under which name the ledger keeps it.
const SECRET: &str = "authority";
const FILE: &str = "authority.key";
const PUBLIC_FILE: &str = "authority.pub";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum SiteKeyError {
    /// The file can't be used.
    #[error("the key that approves printing can't be used")]
    Key(#[from] KeyError),
    /// The file can't be written.
    #[error("the key that approves printing can't be written")]
    File(#[from] std::io::Error),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The site's key, made by the first of its servers; `authority.key` in
/// `directory` holds it, and `authority.pub` what `platenctl authority trust` needs
/// on print servers and clients.
///
/// *Errors*: [`SiteKeyError`].
pub async fn site_key(ledger: &Ledger, directory: &Path) -> Result<SigningKey, SiteKeyError> {
    let path = directory.join(FILE);
    SigningKey::load_or_create(&path)?;
    let own = std::fs::read(&path)?;
    let sites = ledger.site_secret(SECRET, own.clone()).await?;
    if sites != own {
        let fresh = directory.join(format!("{FILE}.new"));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(&fresh)?;
        file.write_all(&sites)?;
        file.sync_all()?;
        std::fs::rename(&fresh, &path)?;
    }
    let key = SigningKey::load(&path)?;
    let public = format!("{}\n", key.public());
    let file = directory.join(PUBLIC_FILE);
    if std::fs::read_to_string(&file).ok().as_ref() != Some(&public) {
        std::fs::write(&file, public)?;
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn servers_have_one_key_and_its_public_half_stands_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&directory.path().join("ledger.sqlite")).unwrap();
        let mut keys = Vec::new();
        for server in ["one", "two", "one"] {
            let own = directory.path().join(server);
            std::fs::create_dir_all(&own).unwrap();
            let key = site_key(&ledger, &own).await.unwrap().public();
            let beside = std::fs::read_to_string(own.join(PUBLIC_FILE)).unwrap();
            assert_eq!(beside, format!("{key}\n"));
            keys.push(key);
        }
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    }
}
