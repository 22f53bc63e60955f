//! Whose approvals count.

use std::str::FromStr;

use crate::key::PublicKey;

/// A key that may approve printing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// The key.
    pub key: PublicKey,
    /// If given, only this user's jobs.
    pub user: Option<String>,
}

impl Authority {
    /// Whether the key may approve jobs of `owner`.
    #[must_use]
    pub fn may_approve_for(&self, owner: &str) -> bool {
        self.user.as_deref().is_none_or(|user| user == owner)
    }
}

/// The line `ed25519 BASE64` or `ed25519 BASE64 user=NAME`; lines that begin
/// with `#` are comments.
impl FromStr for Authority {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut lines = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (Some(line), None) = (lines.next(), lines.next()) else {
            return Err("one line with a key was expected".into());
        };
        let (key, user) = match line.split_once(" user=") {
            Some((key, user)) if !user.is_empty() => (key, Some(user.to_owned())),
            Some(_) => return Err("user= names nobody".into()),
            None => (line, None),
        };
        let key = key.parse().map_err(|error| format!("{error}"))?;
        Ok(Self { key, user })
    }
}

impl std::fmt::Display for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.key)?;
        match &self.user {
            Some(user) => write!(f, " user={user}"),
            None => Ok(()),
        }
    }
}
