//! What a commit touched, so that open pages know whether they are out of date.

use std::collections::BTreeSet;

use platen_domain::{AccountId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Bytes of a message between servers at most. *Source*: PostgreSQL, `NOTIFY`: a
/// payload has fewer than 8,000; the sender's name goes before this.
const LONGEST: usize = 7_900;

/// Messages about one commit at most; a commit that touched more touched
/// everything.
const MESSAGES: usize = 8;

/// What changed, here or on another server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// People whose documents, balances, leases, active account or sessions
    /// changed.
    pub people: Vec<UserId>,
    /// Shared pools whose balance changed.
    pub accounts: Vec<AccountId>,
    /// The site's accounts, rates, groups or settings changed.
    pub site: bool,
    /// Anything may have changed.
    pub everything: bool,
}

/// News on their way to another server.
#[derive(Default, Serialize, Deserialize)]
struct Message {
    #[serde(default, rename = "p", skip_serializing_if = "Vec::is_empty")]
    people: Vec<String>,
    #[serde(default, rename = "a", skip_serializing_if = "Vec::is_empty")]
    accounts: Vec<Uuid>,
    #[serde(default, rename = "s", skip_serializing_if = "std::ops::Not::not")]
    site: bool,
}

impl News {
    /// Something may have been missed.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            everything: true,
            ..Self::default()
        }
    }

    /// Whether nothing changed that anybody looks at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn new(people: BTreeSet<UserId>, accounts: BTreeSet<AccountId>, site: bool) -> Self {
        Self {
            people: people.into_iter().collect(),
            accounts: accounts.into_iter().collect(),
            site,
            everything: false,
        }
    }

    /// The messages that tell it; none where it is too much to tell.
    pub(crate) fn messages(&self) -> Option<Vec<String>> {
        if self.everything {
            return None;
        }
        let mut messages = Vec::new();
        let mut next = Message {
            site: self.site,
            ..Message::default()
        };
        // Braces, names and the site's letter.
        let empty = 40;
        let mut length = empty;
        // Quotation marks and a comma go with each.
        let accounts = self.accounts.iter().map(|id| (39, Named::Account(id.0)));
        let people = self.people.iter().map(|id| {
            let text = serde_json::to_string(id.as_str()).map_or(LONGEST, |text| text.len());
            (text + 1, Named::Person(id.as_str().to_owned()))
        });
        for (size, named) in accounts.chain(people) {
            if length + size > LONGEST {
                if length == empty || messages.len() + 1 == MESSAGES {
                    return None;
                }
                messages.push(serde_json::to_string(&std::mem::take(&mut next)).ok()?);
                length = empty;
                if length + size > LONGEST {
                    return None;
                }
            }
            length += size;
            match named {
                Named::Account(id) => next.accounts.push(id),
                Named::Person(id) => next.people.push(id),
            }
        }
        messages.push(serde_json::to_string(&next).ok()?);
        Some(messages)
    }

    /// Reads a message; what can't be read may be about anything.
    pub(crate) fn read(message: &str) -> Self {
        let Ok(message) = serde_json::from_str::<Message>(message) else {
            return Self::everything();
        };
        Self {
            people: message.people.into_iter().map(UserId::new).collect(),
            accounts: message.accounts.into_iter().map(AccountId).collect(),
            site: message.site,
            everything: false,
        }
    }
}

enum Named {
    Account(Uuid),
    Person(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(count: usize, length: usize) -> News {
        let name = |number| UserId::new(format!("{number:06}{}", "\"".repeat(length)));
        News {
            people: (0..count).map(name).collect(),
            ..News::default()
        }
    }

    fn told(news: &News) -> News {
        let mut told = News::default();
        for message in news.messages().expect("not too much") {
            assert!(message.len() <= LONGEST, "{} bytes", message.len());
            let part = News::read(&message);
            assert!(!part.everything);
            told.people.extend(part.people);
            told.accounts.extend(part.accounts);
            told.site |= part.site;
        }
        told
    }

    #[test]
    fn messages_tell_everything_that_was_in_the_news() {
        let some = News {
            people: vec![UserId::new("https://id.example/#a\n\"ü"), UserId::new("")],
            accounts: vec![AccountId(Uuid::from_u128(7))],
            site: true,
            everything: false,
        };
        for news in [News::default(), some, people(500, 20), people(1, 3_000)] {
            assert_eq!(told(&news), news);
        }
        assert_eq!(people(500, 20).messages().map(|all| all.len()), Some(4));
    }

    #[test]
    fn what_is_too_much_or_unreadable_is_everything() {
        assert_eq!(people(100_000, 20).messages(), None);
        assert_eq!(people(1, 10_000).messages(), None);
        let mut last = people(3, 0);
        last.people.push(UserId::new("x".repeat(10_000)));
        assert_eq!(last.messages(), None);
        assert_eq!(News::everything().messages(), None);
        for text in ["", "7", "{\"p\":7}", "nothing"] {
            assert!(News::read(text).everything, "{text}");
        }
    }
}
