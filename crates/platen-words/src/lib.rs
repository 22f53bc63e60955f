//! What the portal and the client call things, in every language.
//!
//! Both import this, so that a document's state, an account's balance or a
//! notification has one name wherever a person meets it. [`Terms`] are the words of
//! both; the rest of [`Speech`] is what the client says beside them. The portal's own
//! pages have their words in `platen-web`.
//!
//! A word that is missing in one language does not compile. A sentence with values has
//! `{0}` and `{1}` where they stand, since word order belongs to the language, and what
//! differs between one and many is two words; a test holds the languages to the same
//! places. Knows no language by the system's name but by its tag; reads no environment.

mod client;
mod link;
mod menu;
mod notices;
mod sign_in;
mod terms;

use std::fmt;
use std::ops::Deref;

pub use client::ClientWords;
pub use link::LinkWords;
pub use menu::MenuWords;
pub use notices::NoticeWords;
pub use sign_in::SignInWords;
pub use terms::Terms;

/// Declares words and their English and German form side by side.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($word:ident: $english:literal, $german:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug)]
        #[non_exhaustive]
        pub struct $name { $(#[doc = $english] pub $word: &'static str,)* }

        impl $name {
            pub(crate) const ENGLISH: Self = Self { $($word: $english,)* };
            pub(crate) const GERMAN: Self = Self { $($word: $german,)* };

            /// Each word's name, in English, in German.
            #[cfg(test)]
            pub(crate) const ALL: &[(&str, &str, &str)] =
                &[$((stringify!($word), $english, $german),)*];
        }
    };
}
pub(crate) use words;

/// Everything that is said in one language, but for the portal's pages.
#[non_exhaustive]
pub struct Speech {
    /// The language. *Source*: BCP 47.
    pub tag: &'static str,
    /// What the portal says as well.
    pub terms: Terms,
    /// The tray menu.
    pub menu: MenuWords,
    /// Notifications.
    pub notices: NoticeWords,
    /// How it stands with the site's server.
    pub link: LinkWords,
    /// Signing in.
    pub sign_in: SignInWords,
    /// The rest of the client.
    pub client: ClientWords,
}

/// English.
pub static ENGLISH: Speech = Speech {
    tag: "en",
    terms: Terms::ENGLISH,
    menu: MenuWords::ENGLISH,
    notices: NoticeWords::ENGLISH,
    link: LinkWords::ENGLISH,
    sign_in: SignInWords::ENGLISH,
    client: ClientWords::ENGLISH,
};

/// German, with “Sie”.
pub static GERMAN: Speech = Speech {
    tag: "de",
    terms: Terms::GERMAN,
    menu: MenuWords::GERMAN,
    notices: NoticeWords::GERMAN,
    link: LinkWords::GERMAN,
    sign_in: SignInWords::GERMAN,
    client: ClientWords::GERMAN,
};

/// The tags of all languages.
pub const TAGS: [&str; 2] = ["en", "de"];

impl Speech {
    /// The language of a locale or tag such as `de_AT.UTF-8`, `de-CH` or `en`, if it is
    /// known.
    ///
    /// *Source*: POSIX.1-2024, section 8.2 (names of locales); BCP 47.
    #[must_use]
    pub fn of_locale(locale: &str) -> Option<&'static Self> {
        let language = locale.split(['_', '-', '.', '@']).next()?;
        let known = [&ENGLISH, &GERMAN].into_iter();
        let mut known = known.filter(|speech| speech.tag.eq_ignore_ascii_case(language));
        known.next()
    }
}

/// There is one of each language.
impl PartialEq for Speech {
    fn eq(&self, other: &Self) -> bool {
        self.tag == other.tag
    }
}

impl Eq for Speech {}

impl fmt::Debug for Speech {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Speech").field(&self.tag).finish()
    }
}

impl Deref for Speech {
    type Target = Terms;

    fn deref(&self) -> &Terms {
        &self.terms
    }
}

/// Puts values where the word has `{0}`, `{1}`, …; values are never looked at again,
/// whatever they hold.
#[must_use]
pub fn fill(word: &str, values: &[&str]) -> String {
    let mut filled = String::with_capacity(word.len() + 32);
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((number, after)) = after.split_once('}') else {
            break;
        };
        let value = number.parse().ok().and_then(|at: usize| values.get(at));
        filled.push_str(value.copied().unwrap_or_default());
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places of a word's values, in no order.
    fn places(word: &str) -> Vec<&str> {
        let parts = word.split('{').skip(1);
        let places = parts.filter_map(|part| part.split_once('}'));
        let mut places: Vec<_> = places.map(|(number, _)| number).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    fn all() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
        [
            Terms::ALL,
            MenuWords::ALL,
            NoticeWords::ALL,
            LinkWords::ALL,
            SignInWords::ALL,
            ClientWords::ALL,
        ]
        .into_iter()
        .flatten()
        .copied()
    }

    #[test]
    fn every_language_is_complete_and_has_the_same_places() {
        for (name, english, german) in all() {
            assert!(!english.trim().is_empty(), "{name}");
            assert!(!german.trim().is_empty(), "{name}");
            assert_eq!(places(english), places(german), "{name}");
            let is_sentence = |text: &str| text.len() > 1 && text.ends_with('.');
            assert_eq!(is_sentence(english), is_sentence(german), "{name}");
        }
    }

    #[test]
    fn german_is_german() {
        for (name, english, german) in all() {
            assert_ne!(english, german, "{name}");
            // Quotation marks are the language's own.
            assert!(!german.contains(['’', '”']), "{name}");
            assert!(!english.contains('„'), "{name}");
        }
    }

    #[test]
    fn locales_are_known_by_their_language() {
        for (locale, tag) in [
            ("de", Some("de")),
            ("de_AT.UTF-8", Some("de")),
            ("DE-ch", Some("de")),
            ("de@euro", Some("de")),
            ("en_GB", Some("en")),
            ("fr_FR.UTF-8", None),
            ("C.UTF-8", None),
            ("POSIX", None),
            ("", None),
            ("den", None),
        ] {
            let found = Speech::of_locale(locale).map(|speech| speech.tag);
            assert_eq!(found, tag, "{locale}");
        }
        assert_eq!(TAGS.map(|tag| Speech::of_locale(tag).unwrap().tag), TAGS);
    }

    #[test]
    fn values_are_put_in_place_once() {
        assert_eq!(fill("{1} of {0}", &["a", "b"]), "b of a");
        assert_eq!(fill("“{0}”", &["{1} <b>"]), "“{1} <b>”");
        assert_eq!(fill("none", &["a"]), "none");
    }
}
