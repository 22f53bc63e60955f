//! How a device becomes known to the server.

use platen_domain::UserId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::limit::{self, Fault};

/// A device asks to be known, with the session of whoever signed in on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Made and stored by the device before it asks; asked again with the same
    /// key it is the same device.
    pub device: Uuid,
    /// What people call the device.
    pub name: String,
    /// Its operating system, for people.
    #[serde(default)]
    pub system: String,
    /// The public half of its Ed25519 key, in base64.
    pub key: String,
    /// Its user's name at its print system (`job-originating-user-name`), which
    /// approvals and leases name; empty: it gets none that are signed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub login: String,
    /// The public half of the key of its computer's gate, in base64, which leases
    /// name; empty: it gets none that are signed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub gate: String,
    /// Its user has signed in since the device was signed out at the server.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

/// A device is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// Which device.
    pub device: Uuid,
    /// Who is signed in on it.
    #[serde(with = "super::form")]
    pub user: UserId,
    /// What the device shows with every later request.
    pub token: String,
}

impl Enrolment {
    /// Reads what a device sent.
    ///
    /// *Errors*: it is none, or breaks a limit.
    pub fn from_json(json: &[u8]) -> Result<Self, Fault> {
        limit::size(json, limit::SIGNED)?;
        let ask: Self = serde_json::from_slice(json).map_err(|error| Fault::unreadable(&error))?;
        limit::text(&ask.name, limit::QUEUE, "name of the device")?;
        limit::text(&ask.system, limit::QUEUE, "name of the system")?;
        limit::text(&ask.key, limit::QUEUE, "key of the device")?;
        limit::text(&ask.login, limit::QUEUE, "user's name at the print system")?;
        limit::text(&ask.gate, limit::QUEUE, "key of the gate")?;
        Ok(ask)
    }
}

impl Enrolled {
    /// Reads what a server answered.
    ///
    /// *Errors*: it is none, or breaks a limit.
    pub fn from_json(json: &[u8]) -> Result<Self, Fault> {
        limit::size(json, limit::SIGNED)?;
        let answer: Self =
            serde_json::from_slice(json).map_err(|error| Fault::unreadable(&error))?;
        limit::text(answer.user.as_str(), limit::NAME, "identity of the user")?;
        limit::text(&answer.token, limit::SENTENCE, "token")?;
        Ok(answer)
    }
}
