//! What is asked of a provider beside `openid`.

use openidconnect::Scope;
use url::Url;

/// A refresh token. *Source*: OpenID Connect Core 1.0, section 11.
const OFFLINE: &str = "offline_access";
/// Entra ID: gives refresh tokens without asking the person, and where administrators
/// consent for everybody it turns away whoever is sent to be asked again.
/// *Source*: Microsoft, "Troubleshoot consent issues" (AADSTS90094); national clouds.
const NEVER_ASK: [&str; 3] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
];

/// Scopes beside `openid`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scopes {
    /// Those of them that the provider has; all, if it does not say which it has.
    IfOffered(Vec<String>),
    /// All of them, whatever the provider says.
    Exactly(Vec<String>),
}

impl Scopes {
    /// Those that are usual, where the provider has them.
    #[must_use]
    pub fn usual(names: &[&str]) -> Self {
        Self::IfOffered(names.iter().map(|name| (*name).to_owned()).collect())
    }

    /// What to ask a provider for that offers these; none: it does not say.
    ///
    /// Some providers refuse a sign-in that asks for a scope they do not know.
    /// *Source*: OpenID Connect Discovery 1.0, section 3 (`scopes_supported`).
    pub(crate) fn of(&self, offered: Option<&Vec<Scope>>) -> Vec<Scope> {
        let (names, offered) = match self {
            Self::IfOffered(names) => (names, offered),
            Self::Exactly(names) => (names, None),
        };
        let wanted = names.iter().cloned().map(Scope::new);
        wanted
            .filter(|scope| offered.is_none_or(|offered| offered.contains(scope)))
            .collect()
    }
}

/// Whether the person has to be asked for consent, without which other providers ignore
/// the wish for a refresh token. *Source*: OpenID Connect Core 1.0, section 11.
pub(crate) fn ask_for_consent(issuer: &Url, asked: &[Scope]) -> bool {
    let asks = asked.iter().any(|scope| scope.as_str() == OFFLINE);
    let never = issuer
        .host_str()
        .is_some_and(|host| NEVER_ASK.contains(&host));
    asks && !never
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(names: &[&str]) -> Option<Vec<Scope>> {
        let scopes = names.iter().map(|name| Scope::new((*name).to_owned()));
        Some(scopes.collect())
    }

    #[track_caller]
    fn check(scopes: &Scopes, offered: Option<&Vec<Scope>>, expected: &[&str]) {
        let asked = scopes.of(offered);
        let asked: Vec<&str> = asked.iter().map(|scope| scope.as_str()).collect();
        assert_eq!(asked, expected);
    }

    #[test]
    fn scope_that_the_provider_does_not_have_is_asked_for_by_order_alone() {
        let usual = Scopes::usual(&["email", "groups", OFFLINE]);
        // As Google, Entra ID and Okta describe themselves.
        let google = offered(&["openid", "email", "profile"]);
        check(&usual, google.as_ref(), &["email"]);
        let entra = offered(&["openid", "profile", "email", OFFLINE]);
        check(&usual, entra.as_ref(), &["email", OFFLINE]);
        let okta = offered(&["openid", "email", "groups", OFFLINE]);
        check(&usual, okta.as_ref(), &["email", "groups", OFFLINE]);
        check(&usual, None, &["email", "groups", OFFLINE]);
        let exactly = Scopes::Exactly(vec!["eduperson".into()]);
        check(&exactly, google.as_ref(), &["eduperson"]);
    }

    #[test]
    fn consent_is_asked_for_a_refresh_token_but_never_at_entra() {
        let asked = [Scope::new(OFFLINE.to_owned())];
        let (asked, none): (&[Scope], &[Scope]) = (&asked, &[]);
        for (issuer, scopes, expected) in [
            ("https://login.example.edu/realm", asked, true),
            ("https://login.example.edu/realm", none, false),
            ("https://login.microsoftonline.com/7/v2.0", asked, false),
            (
                "https://login.microsoftonline.com.evil.example/",
                asked,
                true,
            ),
        ] {
            let issuer = Url::parse(issuer).unwrap();
            assert_eq!(ask_for_consent(&issuer, scopes), expected, "{issuer}");
        }
    }
}
