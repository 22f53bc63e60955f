//! People, as the ledger knows them.

use std::collections::BTreeSet;
use std::fmt;

/// Names one person for good.
///
/// From OpenID it is `issuer#sub`, since neither e-mail nor name is stable;
/// without an issuer it is `local#` and the computer's user name.
/// *Source*: OpenID Connect Core 1.0, section 5.7 (claim stability).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(String);

impl UserId {
    /// Wraps an identifier that was read back from storage.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The identity that the operating system vouches for.
    #[must_use]
    pub fn local(user_name: &str) -> Self {
        Self(format!("local#{user_name}"))
    }

    /// The identity that an OpenID provider vouches for.
    #[must_use]
    pub fn openid(issuer: &str, subject: &str) -> Self {
        Self(format!("{issuer}#{subject}"))
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A signed-in person with what access is decided on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who it is.
    pub id: UserId,
    /// The name shown to people.
    pub name: String,
    /// A name an administrator would write in an access list: verified e-mail
    /// address, or the computer's user name where there is no issuer.
    pub login: String,
    /// Groups from the provider's claims and from administrators.
    pub groups: BTreeSet<String>,
}
