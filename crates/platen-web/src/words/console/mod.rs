//! The words of the administrators' console, English and German side by side.
//!
//! A word that is missing in one language does not compile. Sentences with
//! values have `{0}` and `{1}` where a value stands, since word order belongs to
//! the language; a test holds both languages to the same places.

mod access;
mod accounts;
mod audit;
mod frame;
mod leases;
mod overview;
mod people;
mod rates;
mod reports;
mod site;
mod transfer;

use std::fmt::Display;

pub(crate) use access::AccessWords;
pub(crate) use accounts::AccountWords;
pub(crate) use audit::AuditWords;
pub(crate) use frame::FrameWords;
pub(crate) use leases::LeaseWords;
pub(crate) use overview::OverviewWords;
pub(crate) use people::PeopleWords;
pub(crate) use rates::RateWords;
pub(crate) use reports::ReportWords;
pub(crate) use site::SiteWords;
pub(crate) use transfer::TransferWords;

use crate::language::Language;

/// Declares the words of one part of the console in both languages.
macro_rules! console_words {
    ($name:ident { $($word:ident: $english:literal, $german:literal;)* }) => {
        /// The words of one part of the console.
        #[derive(Debug)]
        pub(crate) struct $name { $(pub(crate) $word: &'static str,)* }

        impl $name {
            pub(crate) const ENGLISH: Self = Self { $($word: $english,)* };
            pub(crate) const GERMAN: Self = Self { $($word: $german,)* };

            /// Each word's name, in English, in German.
            #[cfg(test)]
            pub(crate) fn all() -> Vec<(&'static str, &'static str, &'static str)> {
                vec![$((stringify!($word), $english, $german),)*]
            }
        }
    };
}
pub(crate) use console_words;

/// Everything the console says in one language.
#[derive(Debug)]
pub(crate) struct ConsoleWords {
    pub(crate) frame: FrameWords,
    pub(crate) overview: OverviewWords,
    pub(crate) accounts: AccountWords,
    pub(crate) access: AccessWords,
    pub(crate) audit: AuditWords,
    pub(crate) leases: LeaseWords,
    pub(crate) people: PeopleWords,
    pub(crate) rates: RateWords,
    pub(crate) reports: ReportWords,
    pub(crate) site: SiteWords,
    pub(crate) transfer: TransferWords,
}

static ENGLISH: ConsoleWords = ConsoleWords {
    frame: FrameWords::ENGLISH,
    overview: OverviewWords::ENGLISH,
    accounts: AccountWords::ENGLISH,
    access: AccessWords::ENGLISH,
    audit: AuditWords::ENGLISH,
    leases: LeaseWords::ENGLISH,
    people: PeopleWords::ENGLISH,
    rates: RateWords::ENGLISH,
    reports: ReportWords::ENGLISH,
    site: SiteWords::ENGLISH,
    transfer: TransferWords::ENGLISH,
};

static GERMAN: ConsoleWords = ConsoleWords {
    frame: FrameWords::GERMAN,
    overview: OverviewWords::GERMAN,
    accounts: AccountWords::GERMAN,
    access: AccessWords::GERMAN,
    audit: AuditWords::GERMAN,
    leases: LeaseWords::GERMAN,
    people: PeopleWords::GERMAN,
    rates: RateWords::GERMAN,
    reports: ReportWords::GERMAN,
    site: SiteWords::GERMAN,
    transfer: TransferWords::GERMAN,
};

impl Language {
    /// The console's words in this language.
    pub(crate) fn console(self) -> &'static ConsoleWords {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }
}

/// Puts values into a sentence.
pub(crate) trait Fill {
    /// Puts `value` where `{0}` stands.
    fn with(&self, value: impl Display) -> String;
    /// Puts two values where `{0}` and `{1}` stand.
    fn with2(&self, first: impl Display, second: impl Display) -> String;
    /// Puts values where `{0}`, `{1}` and so on stand.
    fn with_all(&self, values: &[&dyn Display]) -> String;
}

impl Fill for str {
    fn with(&self, value: impl Display) -> String {
        self.with_all(&[&value])
    }

    fn with2(&self, first: impl Display, second: impl Display) -> String {
        self.with_all(&[&first, &second])
    }

    fn with_all(&self, values: &[&dyn Display]) -> String {
        let mut text = String::with_capacity(self.len() + 16);
        let mut rest = self;
        // One pass: a value that looks like a place is left as it is.
        while let Some(start) = rest.find('{') {
            text.push_str(&rest[..start]);
            let after = &rest[start + 1..];
            let place = after.split('}').next().unwrap_or_default();
            match place.parse::<usize>().ok().and_then(|at| values.get(at)) {
                Some(value) => text.push_str(&value.to_string()),
                None => text.push_str(&rest[start..=start + place.len() + 1]),
            }
            rest = &after[place.len() + 1..];
        }
        text.push_str(rest);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> Vec<String> {
        let mut places: Vec<_> = text
            .split('{')
            .skip(1)
            .map(|part| part.split('}').next().unwrap().to_owned())
            .collect();
        places.sort();
        places
    }

    #[test]
    fn both_languages_say_everything_with_the_same_values() {
        let all = [
            FrameWords::all(),
            OverviewWords::all(),
            AccountWords::all(),
            AccessWords::all(),
            AuditWords::all(),
            crate::words::devices::DeviceWords::all(),
            LeaseWords::all(),
            PeopleWords::all(),
            RateWords::all(),
            ReportWords::all(),
            SiteWords::all(),
            TransferWords::all(),
        ]
        .concat();
        assert!(all.len() > 300, "{}", all.len());
        for (word, english, german) in all {
            assert!(!english.trim().is_empty(), "{word}");
            assert!(!german.trim().is_empty(), "{word}");
            assert_eq!(places(english), places(german), "{word}");
            for text in [english, german] {
                assert!(!text.contains("  "), "{word}: a gap in {text:?}");
                assert!(
                    !text.contains('\''),
                    "{word}: a typewriter's quote in {text:?}"
                );
            }
        }
    }

    #[test]
    fn values_are_put_in_once_and_as_they_are() {
        assert_eq!("{1} of {0}".with2("{1}", 2), "2 of {1}");
        assert_eq!("nothing {2} here".with(1), "nothing {2} here");
        assert_eq!("all".with(1), "all");
    }
}
