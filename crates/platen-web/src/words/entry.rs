//! The words of coming in and going out, and of what goes wrong at the door.

use crate::language::Language;

/// Declares the words and their English and German form side by side.
macro_rules! entry_words {
    ($($name:ident: $english:literal, $german:literal;)*) => {
        /// The fixed words of the door in one language.
        #[derive(Debug)]
        #[non_exhaustive]
        pub struct EntryWords {
            $(#[doc = $english] pub $name: &'static str,)*
        }

        const ENGLISH: EntryWords = EntryWords { $($name: $english,)* };
        const GERMAN: EntryWords = EntryWords { $($name: $german,)* };
    };
}

entry_words! {
    went_wrong:
        "Something went wrong on our side, and nothing was changed. Please try again.",
        "Bei uns ist etwas schiefgegangen; geändert wurde nichts. Bitte versuchen Sie es noch einmal.";
    too_slow:
        "The request took too long to arrive, so nothing was done. Please try again.",
        "Die Anfrage kam nicht rechtzeitig an, deshalb wurde nichts getan. Bitte versuchen Sie es noch einmal.";
    too_large:
        "More was sent than Platen takes, so nothing was done.",
        "Es wurde mehr gesendet, als Platen annimmt, deshalb wurde nichts getan.";
    path_unreadable:
        "This address can’t be read. Please start again from your documents.",
        "Diese Adresse ist nicht lesbar. Bitte beginnen Sie wieder bei Ihren Dokumenten.";
    ledger_away:
        "Platen can’t reach its records at the moment. Please try again in a minute.",
        "Platen erreicht seine Daten im Moment nicht. Bitte versuchen Sie es in einer Minute noch einmal.";
    administrators_only:
        "This part of Platen is for administrators, and your sign-in is not one of theirs.",
        "Dieser Teil von Platen ist für die Administration; Ihre Anmeldung gehört nicht dazu.";
    signed_out_meanwhile:
        "You are signed out, so nothing was done. Please load the page again to sign in.",
        "Sie sind abgemeldet, deshalb wurde nichts getan. Bitte laden Sie die Seite neu, um sich anzumelden.";
}

impl Language {
    /// The words of the door.
    #[must_use]
    pub const fn entry(self) -> &'static EntryWords {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }
}
