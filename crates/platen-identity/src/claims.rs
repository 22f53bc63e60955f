//! From a provider's claims to a person.

use std::collections::BTreeSet;

use openidconnect::core::CoreGenderClaim;
use openidconnect::{AdditionalClaims, IdTokenClaims, UserInfoClaims};
use platen_domain::{Person, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Names and groups are shown in menus and compared; longer ones are cut.
const TEXT_LIMIT_CHARS: usize = 200;

/// The claims that the standard does not name; the site says which lists groups.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct SiteClaims(Map<String, Value>);

impl AdditionalClaims for SiteClaims {}

/// What a provider has said about somebody, in one place or in two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    verified_email: Option<String>,
    preferred_username: Option<String>,
    name: Option<String>,
    groups: Option<BTreeSet<String>>,
}

impl Said {
    pub(crate) fn in_id_token(
        claims: &IdTokenClaims<SiteClaims, CoreGenderClaim>,
        groups_claim: &str,
    ) -> Self {
        Self {
            verified_email: claims
                .email()
                .filter(|_| claims.email_verified() == Some(true))
                .map(|email| tidy(email.as_str())),
            preferred_username: claims.preferred_username().map(|name| tidy(name.as_str())),
            name: claims
                .name()
                .and_then(|name| name.get(None))
                .map(|name| tidy(name.as_str())),
            groups: groups(claims.additional_claims(), groups_claim),
        }
    }

    pub(crate) fn at_user_info(
        claims: &UserInfoClaims<SiteClaims, CoreGenderClaim>,
        groups_claim: &str,
    ) -> Self {
        Self {
            verified_email: claims
                .email()
                .filter(|_| claims.email_verified() == Some(true))
                .map(|email| tidy(email.as_str())),
            preferred_username: claims.preferred_username().map(|name| tidy(name.as_str())),
            name: claims
                .name()
                .and_then(|name| name.get(None))
                .map(|name| tidy(name.as_str())),
            groups: groups(claims.additional_claims(), groups_claim),
        }
    }

    /// Whether the user info endpoint may know more: many providers keep the
    /// ID token small.
    pub(crate) fn is_thin(&self) -> bool {
        self.groups.is_none()
            || (self.verified_email.is_none() && self.preferred_username.is_none())
    }

    /// The person's address of mail, if the provider has verified it.
    pub(crate) fn verified_email(&self) -> Option<&str> {
        self.verified_email.as_deref()
    }

    /// Whether it was said what the person is called.
    pub(crate) fn knows_name(&self) -> bool {
        self.name.as_ref().is_some_and(|name| !name.is_empty())
    }

    /// Whether it was said which groups the person is in.
    pub(crate) fn knows_groups(&self) -> bool {
        self.groups.is_some()
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            verified_email: self.verified_email.or(other.verified_email),
            preferred_username: self.preferred_username.or(other.preferred_username),
            name: self.name.or(other.name),
            groups: self.groups.or(other.groups),
        }
    }

    /// The person, named by the subject, which alone is stable.
    ///
    /// *Source*: OpenID Connect Core 1.0, section 5.7.
    pub(crate) fn into_person(self, issuer: &str, subject: &str) -> Person {
        let login = self
            .verified_email
            .or(self.preferred_username)
            .filter(|text| !text.is_empty())
            .unwrap_or_else(|| tidy(subject));
        Person {
            id: UserId::openid(issuer, subject),
            name: self
                .name
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| login.clone()),
            login,
            groups: self.groups.unwrap_or_default(),
        }
    }
}

fn groups(claims: &SiteClaims, claim: &str) -> Option<BTreeSet<String>> {
    match claims.0.get(claim)? {
        Value::String(one) => Some(BTreeSet::from([tidy(one)])),
        Value::Array(several) => Some(several.iter().filter_map(Value::as_str).map(tidy).collect()),
        _ => None,
    }
}

fn tidy(text: &str) -> String {
    let clean: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(TEXT_LIMIT_CHARS)
        .collect();
    clean.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(groups_claim: &str, json: Value) -> Option<BTreeSet<String>> {
        groups(&serde_json::from_value(json).unwrap(), groups_claim)
    }

    #[test]
    fn groups_come_from_the_claim_the_site_names() {
        let json = serde_json::json!({"groups": ["a", "b", 3], "roles": "staff", "n": 1});
        assert_eq!(
            said("groups", json.clone()).unwrap(),
            BTreeSet::from(["a".into(), "b".into()])
        );
        assert_eq!(
            said("roles", json.clone()).unwrap(),
            BTreeSet::from(["staff".into()])
        );
        assert_eq!(said("n", json.clone()), None);
        assert_eq!(said("missing", json), None);
    }

    #[test]
    fn login_is_the_verified_email_else_the_user_name_else_the_subject() {
        let full = Said {
            verified_email: Some("a@x".into()),
            preferred_username: Some("al".into()),
            ..Said::default()
        };
        assert_eq!(full.clone().into_person("https://i", "7").login, "a@x");
        let unverified = Said {
            verified_email: None,
            ..full
        };
        assert_eq!(unverified.into_person("https://i", "7").login, "al");
        let bare = Said::default().into_person("https://i", "7");
        assert_eq!(
            (bare.login.as_str(), bare.name.as_str(), bare.id.as_str()),
            ("7", "7", "https://i#7")
        );
    }

    #[test]
    fn control_characters_never_reach_a_menu() {
        assert_eq!(tidy("  Ali\nce\u{7}\t "), "Alice");
        assert_eq!(tidy(&"x".repeat(5000)).len(), TEXT_LIMIT_CHARS);
    }
}
