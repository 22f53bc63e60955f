//! The client's settings: what there is to set, who may set it, and what makes a
//! value good.
//!
//! The tray app reads them here, and so does `platenctl`, which writes an
//! administrator's as policy. *Source*: docs/configuration.md.

mod check;
mod crashes;
mod files;
mod key;
mod policy;
mod profile;
mod registry;
mod system;
mod updates;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use check::Mistake;
pub use crashes::{LARGEST_CRASH, MOST_CRASHES, crash_directory, crash_reports};
pub use files::{Files, LoadError, Loaded, Managed, Others, Policy};
pub use key::{KEYS, Key, Kind};
pub use policy::{PolicyError, assign, remove};
pub use profile::{PROFILE_FILE, ProfileMistake, from_profile};
pub use registry::{POLICY_KEY, RegistryMistake, RegistryValue, from_registry};
pub use system::{MACHINE_FILE, POLICY_FILE, USER_FILE};
#[cfg(not(unix))]
pub use system::{registry, set_registry, unset_registry};
pub use updates::{Channel, ed25519_public_key};

/// The client's settings; what is none was not set.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where the site's server is; none: the portal of this computer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_url: Option<String>,
    /// The OpenID issuer; none: the computer's own user is the identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The OpenID client, a public native one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// What some providers give to native clients and want back; no secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// Where on this computer the provider sends the browser; none: any free port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// The claim that carries group names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups_claim: Option<String>,
    /// Managed queues; none: every queue that stands behind the gate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queues: Option<Vec<String>>,
    /// The proxy to the site's server; none: the system's own, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// Whether the client starts with the login session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autostart: Option<bool>,
    /// Whether the tray menu has *Quit*.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_quit: Option<bool>,
    /// The language that the client speaks; none: the desktop's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// How much the client logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_level: Option<String>,
    /// Which newer versions the client offers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_channel: Option<String>,
    /// Where newer versions are listed; none: the client offers none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_url: Option<String>,
    /// Whose lists are believed instead of the builder's; an administrator's alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_key: Option<String>,
    /// Accounts, rate card and groups to load at start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pilot: Option<PathBuf>,
    /// The socket of the CUPS server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cups_server: Option<PathBuf>,
    /// Where the ledger, the key and the sealed session are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// The analyser; default: `platen-estimate` beside the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimator: Option<PathBuf>,
}
