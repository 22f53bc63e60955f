//! The client's settings, as far as an administrator's tool needs them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// The client's settings. *Source*: docs/configuration.md.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub(crate) struct Client {
    /// The OpenID issuer; none: the computer's own user is the identity.
    pub(crate) issuer: Option<String>,
    /// The OpenID client.
    pub(crate) client_id: Option<String>,
    /// Where the ledger is.
    pub(crate) data_dir: Option<PathBuf>,
}

impl Client {
    /// Reads `PLATEN_CONFIG`, else the machine's file and then the user's.
    ///
    /// # Errors
    /// A file that cannot be read, with the line of its mistake.
    pub(crate) fn load() -> Result<Self> {
        if let Some(path) = std::env::var_os("PLATEN_CONFIG") {
            return read(Path::new(&path));
        }
        let machine = read(Path::new("/etc/platen/client.toml"))?;
        let user = match user_directory("XDG_CONFIG_HOME", ".config") {
            Some(directory) => read(&directory.join("platen/client.toml"))?,
            None => Self::default(),
        };
        Ok(Self {
            issuer: machine.issuer.or(user.issuer),
            client_id: machine.client_id.or(user.client_id),
            data_dir: machine.data_dir.or(user.data_dir),
        })
    }

    /// Where the ledger is kept.
    pub(crate) fn data_directory(&self) -> Result<PathBuf> {
        self.data_dir
            .clone()
            .or_else(|| Some(user_directory("XDG_DATA_HOME", ".local/share")?.join("platen")))
            .context("there is no home directory; say where the ledger is with --data-dir")
    }
}

fn user_directory(variable: &str, in_home: &str) -> Option<PathBuf> {
    let named = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    named(variable).or_else(|| Some(named("HOME")?.join(in_home)))
}

/// An absent file says nothing.
fn read(path: &Path) -> Result<Client> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Client::default()),
        text => text
            .map_err(anyhow::Error::from)
            .and_then(|text| Ok(toml::from_str(&text)?)),
    }
    .with_context(|| format!("the settings {} have a mistake", path.display()))
}
