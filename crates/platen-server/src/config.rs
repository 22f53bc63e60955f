//! What the server is told: a file, and the environment, which wins.
//!
//! Everything is checked before anything starts, and all mistakes are reported
//! at once, each with its place and what to do about it.
//! *Source*: docs/server.md.

mod build;
mod entries;
mod keys;
mod network;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use platen_ledger::Site;
use platen_web::{ApiLimits, Scopes};
use url::Url;

pub(crate) use entries::{CONFIG_VARIABLE, Fault, Place};
pub(crate) use keys::KEYS;
pub(crate) use network::Network;

use entries::Entries;

/// Where the file is unless another one is named.
pub(crate) const DEFAULT_FILE: &str = "/etc/platen/server.toml";

/// A text that is shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How the server speaks to whoever connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// TLS with a certificate and its key.
    Tls(TlsFiles),
    /// Plain HTTP: on loopback, or behind a proxy that speaks TLS.
    Plain,
}

/// PEM files, read again when they change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// Where the ledger is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// An SQLite file.
    File(PathBuf),
    /// A PostgreSQL database; its address may hold a password.
    Postgres(Secret),
}

/// How people sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignIn {
    pub(crate) issuer: Url,
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
    pub(crate) scopes: Scopes,
    pub(crate) groups_claim: String,
    /// Administrators by their verified addresses of mail.
    pub(crate) administrator_emails: BTreeSet<String>,
    /// Client ids whose tokens the tray may show.
    pub(crate) tray_clients: BTreeSet<String>,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Human,
    Json,
}

/// Where the metrics are, and whose they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MetricsAccess {
    /// An address of their own; none: where everything else is.
    pub(crate) listen: Option<SocketAddr>,
    /// Who may read them.
    pub(crate) allow: Vec<Network>,
}

/// A configuration without mistakes.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) public_url: Url,
    pub(crate) listen: Vec<SocketAddr>,
    pub(crate) transport: Transport,
    pub(crate) trusted_proxies: Vec<Network>,
    pub(crate) zone: TimeZone,
    pub(crate) data_dir: PathBuf,
    pub(crate) store: Store,
    pub(crate) pilot: Option<Site>,
    pub(crate) upload_limit_bytes: u64,
    pub(crate) estimator: PathBuf,
    /// How long `/readyz` says no before anything else ends.
    pub(crate) drain: Duration,
    /// How long requests may then take.
    pub(crate) shutdown: Duration,
    pub(crate) sign_in: Option<SignIn>,
    pub(crate) administrators: BTreeSet<String>,
    pub(crate) cups_socket: Option<PathBuf>,
    /// Queues without a gate that documents are released to all the same.
    pub(crate) print_queues: Option<Vec<String>>,
    /// How long a process that prints may be silent before others end its releases.
    pub(crate) print_patience: SignedDuration,
    /// Push services that may be called; none: those of the known browsers.
    pub(crate) push_services: Option<Vec<String>>,
    /// How often programs may ask.
    pub(crate) api: ApiLimits,
    pub(crate) log_level: String,
    pub(crate) log_format: LogFormat,
    pub(crate) metrics: MetricsAccess,
}

impl Config {
    /// Reads the file and the environment. Without a file named, the usual one
    /// is read if it is there.
    ///
    /// *Errors*: every mistake that was found.
    pub(crate) fn load(
        named: Option<&Path>,
        environment: &[(String, String)],
    ) -> Result<Self, Vec<Fault>> {
        let mut entries = Entries::default();
        let in_environment = environment
            .iter()
            .find(|(name, _)| name == CONFIG_VARIABLE)
            .map(|(_, path)| PathBuf::from(path));
        let named = named.map(Path::to_owned).or(in_environment);
        let path = named.clone().unwrap_or_else(|| DEFAULT_FILE.into());
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                if !entries.read_file(&path, &text) {
                    return Err(entries.faults);
                }
            }
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let place = Place::File {
                    path,
                    line: 1,
                    column: 1,
                };
                entries.fault(place, format!("the file can't be read: {error}"));
                return Err(entries.faults);
            }
        }
        entries.read_environment(environment.iter().cloned());
        let config = build::config(&mut entries);
        match config {
            Some(config) if entries.faults.is_empty() => Ok(config),
            _ => Err(entries.faults),
        }
    }

    /// What is allowed and yet rarely meant.
    pub(crate) fn warnings(&self) -> Vec<&'static str> {
        let mut warnings = Vec::new();
        match &self.sign_in {
            None => warnings.push("nobody can sign in: sign_in.issuer is not set"),
            Some(sign_in)
                if self.administrators.is_empty() && sign_in.administrator_emails.is_empty() =>
            {
                warnings.push(
                    "nobody is an administrator: neither sign_in.administrators nor \
                     sign_in.administrator_emails is set",
                );
            }
            Some(_) => {}
        }
        if self.trusted_proxies.is_empty()
            && self.public_url.scheme() == "https"
            && self.transport == Transport::Plain
        {
            warnings.push("the proxy's address stands for everybody's: trusted_proxies is not set");
        }
        warnings
    }
}
