//! The provider, and who we are to it.

use std::fmt;

use url::Url;

use crate::{IdentityConfig, Scopes};

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub(crate) String);

impl Secret {
    /// Keeps `text` out of logs.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What has to be known to speak with a provider.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) issuer: Url,
    pub(crate) client_id: String,
    /// None: a public client.
    pub(crate) client_secret: Option<Secret>,
    pub(crate) scopes: Scopes,
    pub(crate) groups_claim: String,
}

impl Party {
    /// The issuer's name as a person would say it.
    pub(crate) fn host(&self) -> String {
        self.issuer
            .host_str()
            .unwrap_or("the sign-in service")
            .to_owned()
    }

    /// The issuer as the provider spells it: `Url` adds a slash to a bare host.
    pub(crate) fn issuer_text(&self) -> String {
        let text = self.issuer.as_str();
        if self.issuer.path() == "/" && self.issuer.query().is_none() {
            text.trim_end_matches('/').to_owned()
        } else {
            text.to_owned()
        }
    }
}

impl From<&IdentityConfig> for Party {
    fn from(config: &IdentityConfig) -> Self {
        Self {
            issuer: config.issuer.clone(),
            client_id: config.client_id.clone(),
            client_secret: config.client_secret.clone(),
            scopes: config.scopes.clone(),
            groups_claim: config.groups_claim.clone(),
        }
    }
}
