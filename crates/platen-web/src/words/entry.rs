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
    portal_off:
        "The User Portal is switched off at this site. Platen’s program on your computer still shows your accounts and documents.",
        "Das Benutzerportal ist hier abgeschaltet. Das Platen-Programm auf Ihrem Computer zeigt weiterhin Ihre Konten und Dokumente.";
    // Sign-in and sign-out
    sign_in:
        "Sign in",
        "Anmelden";
    sign_in_again:
        "Sign in again",
        "Noch einmal anmelden";
    go_on:
        "Continue",
        "Weiter";
    not_signed_in:
        "You are not signed in",
        "Sie sind nicht angemeldet";
    signed_out_title:
        "You are signed out",
        "Sie sind abgemeldet";
    signed_out_text:
        "Your documents stay held until you release them. You can close this window.",
        "Ihre Dokumente bleiben angehalten, bis Sie sie freigeben. Sie können dieses Fenster schließen.";
    leaving:
        "You are signed out of Platen. Your organisation’s sign-in service now ends your session there.",
        "Bei Platen sind Sie abgemeldet. Der Anmeldedienst Ihrer Organisation beendet jetzt Ihre Sitzung dort.";
    no_provider:
        "Nobody can sign in here, because no sign-in service is set up. Please tell your administrator.",
        "Hier kann sich niemand anmelden, weil kein Anmeldedienst eingerichtet ist. Bitte sagen Sie Ihrer Administration Bescheid.";
    sign_in_over:
        "This sign-in took longer than ten minutes or was used already, so it no longer counts. Nothing is wrong with your account.",
        "Diese Anmeldung hat länger als zehn Minuten gedauert oder wurde schon benutzt und gilt nicht mehr. Mit Ihrem Konto ist alles in Ordnung.";
    other_browser:
        "This sign-in was started in another browser, or this browser keeps no cookies. Please start again here.",
        "Diese Anmeldung wurde in einem anderen Browser begonnen, oder dieser Browser nimmt keine Cookies an. Bitte beginnen Sie hier noch einmal.";
    cancelled:
        "The sign-in was cancelled.",
        "Die Anmeldung wurde abgebrochen.";
    provider_refused:
        "The sign-in service refused: {0}.",
        "Der Anmeldedienst hat abgelehnt: {0}.";
    provider_unreachable:
        "The sign-in service {0} can’t be reached at the moment. Please try again in a minute.",
        "Der Anmeldedienst {0} ist im Moment nicht erreichbar. Bitte versuchen Sie es in einer Minute noch einmal.";
    provider_faulty:
        "The sign-in service {0} does not work properly at the moment. Please try again later.",
        "Der Anmeldedienst {0} arbeitet im Moment nicht richtig. Bitte versuchen Sie es später noch einmal.";
    provider_insecure:
        "The sign-in service {0} is not reached through https, so Platen does not use it. Please tell your administrator.",
        "Der Anmeldedienst {0} ist nicht über https erreichbar, deshalb benutzt Platen ihn nicht. Bitte sagen Sie Ihrer Administration Bescheid.";
    provider_wrong_issuer:
        "The sign-in service has another name than the one that was set up. Please tell your administrator.",
        "Der Anmeldedienst nennt sich anders, als eingerichtet ist. Bitte sagen Sie Ihrer Administration Bescheid.";
    provider_untrusted:
        "The answer of the sign-in service was refused, because it can’t be proven to be its own. Please try again, and tell your administrator if it happens again.",
        "Die Antwort des Anmeldedienstes wurde abgelehnt, weil nicht sicher ist, dass sie von ihm stammt. Bitte versuchen Sie es noch einmal; passiert es wieder, sagen Sie Ihrer Administration Bescheid.";
    clock_off:
        "The clocks of this server and of the sign-in service differ. Please tell your administrator.",
        "Die Uhren dieses Servers und des Anmeldedienstes gehen verschieden. Bitte sagen Sie Ihrer Administration Bescheid.";
    too_often:
        "There were too many sign-ins from your network just now. Please try again in some seconds.",
        "Aus Ihrem Netz kamen gerade zu viele Anmeldungen. Bitte versuchen Sie es in einigen Sekunden noch einmal.";
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
