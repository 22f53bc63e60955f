//! Who is printing: sign-in with OpenID Connect, and what is kept of it.
//!
//! The browser signs the person in (authorization code with PKCE, answered on
//! loopback); tokens live sealed in one file, whose key lives in the desktop's
//! keyring; one task refreshes them shortly before they expire. Where no
//! issuer is configured, the computer's own user is the person.
//!
//! A server signs people in by the same code, in their own browsers
//! ([`WebSignIn`]), and lets a client in by the ID token that it holds.
//!
//! *Invariants*: no token leaves this crate, but for the ID token: a client shows
//! it to the site's own server to be let in, and a server keeps it as the hint
//! for signing out; none is ever logged. Nothing is polled: the refresh timer is armed once for the next thing to do. A claim
//! counts only after the ID token's signature, issuer, audience, nonce and
//! times have been checked.
//!
//! *Source*: rules.md R-31; OpenID Connect Core 1.0; RFC 6749, 7009, 7636,
//! 8252 and 9207.

mod claims;
mod error;
mod http;
mod identity;
mod keeper;
mod keyring_thread;
mod local;
mod loopback;
mod page;
mod party;
mod portal_link;
mod provider;
mod scopes;
mod session;
mod sign_in;
mod status;
mod vault;
mod verify;
mod web;

use std::path::PathBuf;

use platen_words::{ENGLISH, Speech};
use url::Url;

pub use error::{ProviderError, RefreshError, SignInError};
pub use http::is_safe;
pub use identity::Identity;
pub use keyring_thread::KeyringTrouble;
pub use local::{LocalUserError, local_person, local_user};
pub use party::Secret;
pub use portal_link::PortalLinkError;
pub use scopes::Scopes;
pub use sign_in::PendingSignIn;
pub use status::{Kept, NotKept, Restored, Revocation, Session, SignedOut, Status};
pub use web::{WebAnswer, WebPending, WebPerson, WebRequest, WebSignIn, WebSignInConfig};

/// What has to be known to sign people in at a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityConfig {
    /// The provider, exactly as it names itself; plain http only on loopback.
    pub issuer: Url,
    /// The public client that the site has registered for Platen.
    pub client_id: String,
    /// What some providers give to programs on people's computers, and want back from
    /// them, though nobody can keep it secret there.
    /// *Source*: RFC 8252, section 8.5.
    pub client_secret: Option<Secret>,
    /// Where the provider sends the browser, an address of this computer; without a port:
    /// at any that is free. None: `http://127.0.0.1/callback`.
    pub redirect: Option<Url>,
    /// Scopes beside `openid`; `offline_access` asks for a refresh token.
    pub scopes: Scopes,
    /// The claim that lists a person's groups, usually `groups`.
    pub groups_claim: String,
    /// The folder for `session.sealed`; made with mode 0700 when missing.
    pub data_dir: PathBuf,
    /// The name under which the key is found in the desktop's keyring.
    pub keyring_service: String,
    /// The person's language, for the page that ends a sign-in.
    pub speech: &'static Speech,
}

impl IdentityConfig {
    /// A configuration with the usual scopes, claim and keyring name.
    #[must_use]
    pub fn new(issuer: Url, client_id: impl Into<String>, data_dir: impl Into<PathBuf>) -> Self {
        Self {
            issuer,
            client_id: client_id.into(),
            client_secret: None,
            redirect: None,
            scopes: Scopes::usual(&["email", "profile", "groups", "offline_access"]),
            groups_claim: "groups".into(),
            data_dir: data_dir.into(),
            keyring_service: "Platen".into(),
            speech: &ENGLISH,
        }
    }
}
