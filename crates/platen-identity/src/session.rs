//! What is kept of a sign-in, in memory and sealed on disk.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use platen_domain::{Person, UserId};
use serde::{Deserialize, Serialize};

/// A sign-in: who, where, and the tokens to renew it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) subject: String,
    /// A refreshed ID token may repeat it, but may bring no other.
    pub(crate) nonce: String,
    pub(crate) person: Person,
    /// None once the provider has withdrawn them.
    pub(crate) tokens: Option<Tokens>,
}

/// Secrets: deliberately without `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    /// The ID token, handed back to the provider as a hint at sign-out.
    pub(crate) id: String,
    pub(crate) received: Timestamp,
    pub(crate) fresh_until: Timestamp,
}

impl Tokens {
    /// When to renew: shortly before the end, by a fifth of the lifetime, at
    /// least one second and at most one minute ahead.
    pub(crate) fn refresh_at(&self) -> Timestamp {
        let lifetime_s = self.fresh_until.duration_since(self.received).as_secs();
        self.fresh_until - SignedDuration::from_secs((lifetime_s / 5).clamp(1, 60))
    }
}

impl Record {
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let stored = Stored {
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            subject: self.subject.clone(),
            nonce: self.nonce.clone(),
            person_id: self.person.id.as_str().to_owned(),
            name: self.person.name.clone(),
            login: self.person.login.clone(),
            groups: self.person.groups.clone(),
            tokens: self.tokens.clone(),
        };
        serde_json::to_vec(&stored).expect("strings and times always have a JSON form")
    }

    pub(crate) fn from_json(json: &[u8]) -> Option<Self> {
        let stored: Stored = serde_json::from_slice(json).ok()?;
        Some(Self {
            issuer: stored.issuer,
            client_id: stored.client_id,
            subject: stored.subject,
            nonce: stored.nonce,
            person: Person {
                id: UserId::new(stored.person_id),
                name: stored.name,
                login: stored.login,
                groups: stored.groups,
            },
            tokens: stored.tokens,
        })
    }
}

/// The form on disk; its version is in the file's header.
#[derive(Serialize, Deserialize)]
struct Stored {
    issuer: String,
    client_id: String,
    subject: String,
    nonce: String,
    person_id: String,
    name: String,
    login: String,
    groups: BTreeSet<String>,
    tokens: Option<Tokens>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(lifetime_s: i64) -> Tokens {
        let received = Timestamp::from_second(1_000_000).unwrap();
        Tokens {
            access: String::new(),
            refresh: None,
            id: String::new(),
            received,
            fresh_until: received + SignedDuration::from_secs(lifetime_s),
        }
    }

    #[test]
    fn tokens_are_renewed_a_fifth_of_their_life_but_at_most_a_minute_before_the_end() {
        for (lifetime_s, ahead_s) in [(600, 60), (3600, 60), (100, 20), (10, 2), (3, 1)] {
            let tokens = tokens(lifetime_s);
            let ahead = tokens.fresh_until.duration_since(tokens.refresh_at());
            assert_eq!(ahead.as_secs(), ahead_s, "lifetime {lifetime_s} s");
        }
    }
}
