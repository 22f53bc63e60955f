//! Signing in with the organisation's identity provider.

use crate::words;

words! {
    /// Signing in with the organisation's identity provider.
    SignInWords {
        // In a few words, in brackets after the person's name
        note_offline: "offline", "ohne Netz";
        note_expired: "the sign-in has run out", "die Anmeldung ist abgelaufen";
        note_revoked: "the sign-in has ended", "die Anmeldung ist beendet";
        note_keyring_locked: "the keyring is locked", "der Schlüsselbund ist gesperrt";
        note_keyring_missing: "there is no keyring", "es gibt keinen Schlüsselbund";
        // Who is signed in
        local: "You are {0}, this computer’s user.", "Sie sind {0}, Benutzer dieses Computers.";
        not_configured:
            "No sign-in service is set up; the computer's own user is used.",
            "Es ist kein Anmeldedienst eingerichtet; es gilt der Benutzer dieses Computers.";
        nobody: "Nobody is signed in.", "Niemand ist angemeldet.";
        signed_in: "Signed in as {0}.", "Angemeldet als {0}.";
        offline:
            "Offline, last signed in as {0}.",
            "Ohne Netz, zuletzt angemeldet als {0}.";
        expired:
            "The sign-in of {0} has run out. Please sign in again.",
            "Die Anmeldung von {0} ist abgelaufen. Bitte melden Sie sich neu an.";
        revoked:
            "The sign-in of {0} has ended or was withdrawn. Please sign in again.",
            "Die Anmeldung von {0} wurde beendet oder zurückgezogen. Bitte melden Sie sich neu an.";
        keyring_locked:
            "The desktop's keyring is locked. Unlock it to keep your sign-in.",
            "Der Schlüsselbund ist gesperrt. Entsperren Sie ihn, damit Ihre Anmeldung erhalten bleibt.";
        keyring_missing:
            "This desktop has no keyring (a Secret Service), so your sign-in can't be kept.",
            "Diese Arbeitsumgebung hat keinen Schlüsselbund (Secret Service); Ihre Anmeldung bleibt deshalb nicht erhalten.";
        forgotten_keyring_locked:
            "It is forgotten when Platen closes, because the desktop's keyring is locked.",
            "Sie wird vergessen, wenn Platen endet, weil der Schlüsselbund gesperrt ist.";
        forgotten_keyring_missing:
            "It is forgotten when Platen closes, because this desktop has no keyring.",
            "Sie wird vergessen, wenn Platen endet, weil es hier keinen Schlüsselbund gibt.";
        forgotten_disk:
            "It is forgotten when Platen closes, because it could not be saved; is the disk full?",
            "Sie wird vergessen, wenn Platen endet, weil sie sich nicht speichern ließ; ist die Festplatte voll?";
        // What is wrong with the provider
        unreachable:
            "The sign-in service {0} can't be reached. Check the network connection and try again.",
            "Der Anmeldedienst {0} ist nicht erreichbar. Prüfen Sie die Netzverbindung und versuchen Sie es noch einmal.";
        insecure:
            "The sign-in service {0} is not reached through https, so Platen does not use it. Please tell your administrator.",
            "Der Anmeldedienst {0} ist nicht über https erreichbar, deshalb benutzt Platen ihn nicht. Bitte sagen Sie Ihrer Administration Bescheid.";
        wrong_issuer:
            "The sign-in service names itself {0}, but Platen was set up for {1}. Please tell your administrator.",
            "Der Anmeldedienst nennt sich {0}, Platen ist aber für {1} eingerichtet. Bitte sagen Sie Ihrer Administration Bescheid.";
        wrong_key:
            "The answer of the sign-in service is signed with a key that is not its own, so it was refused. Please tell your administrator.",
            "Die Antwort des Anmeldedienstes ist mit einem Schlüssel unterschrieben, der nicht seiner ist; sie wurde deshalb abgelehnt. Bitte sagen Sie Ihrer Administration Bescheid.";
        untrusted:
            "The answer of the sign-in service was refused: {0}. Please try again, and tell your administrator if it happens again.",
            "Die Antwort des Anmeldedienstes wurde abgelehnt ({0}). Bitte versuchen Sie es noch einmal; passiert es wieder, sagen Sie Ihrer Administration Bescheid.";
        clock_ahead:
            "This computer's clock is about {0} minutes ahead of the sign-in service. Set the clock (best: let it be set automatically) and sign in again.",
            "Die Uhr dieses Computers geht gegenüber dem Anmeldedienst etwa {0} Minuten vor. Stellen Sie die Uhr (am besten: lassen Sie sie automatisch stellen) und melden Sie sich neu an.";
        clock_behind:
            "This computer's clock is about {0} minutes behind the sign-in service. Set the clock (best: let it be set automatically) and sign in again.",
            "Die Uhr dieses Computers geht gegenüber dem Anmeldedienst etwa {0} Minuten nach. Stellen Sie die Uhr (am besten: lassen Sie sie automatisch stellen) und melden Sie sich neu an.";
        faulty:
            "The sign-in service {0} does not work properly at the moment: {1}. Please try again later.",
            "Der Anmeldedienst {0} arbeitet im Moment nicht richtig ({1}). Bitte versuchen Sie es später noch einmal.";
        // Why a sign-in did not happen
        cancelled:
            "Sign-in was cancelled in the browser.",
            "Die Anmeldung wurde im Browser abgebrochen.";
        refused: "The sign-in service refused: {0}.", "Der Anmeldedienst hat abgelehnt: {0}.";
        timeout:
            "Sign-in was not finished in the browser in time. Please try again.",
            "Die Anmeldung wurde im Browser nicht rechtzeitig beendet. Bitte versuchen Sie es noch einmal.";
        listener:
            "Platen could not wait for the browser's answer on this computer. Please try again.",
            "Platen konnte auf diesem Computer nicht auf die Antwort des Browsers warten. Bitte versuchen Sie es noch einmal.";
        closing: "Platen is closing.", "Platen wird gerade beendet.";
        sign_in_first:
            "Nobody is signed in. Please sign in first.",
            "Niemand ist angemeldet. Bitte melden Sie sich zuerst an.";
        yours_revoked:
            "Your sign-in has ended or was withdrawn. Please sign in again.",
            "Ihre Anmeldung wurde beendet oder zurückgezogen. Bitte melden Sie sich neu an.";
        yours_expired:
            "Your sign-in has run out. Please sign in again.",
            "Ihre Anmeldung ist abgelaufen. Bitte melden Sie sich neu an.";
        // The way into the server's portal
        server_unreachable:
            "The print server {0} can't be reached. Check the network connection and try again.",
            "Der Druckserver {0} ist nicht erreichbar. Prüfen Sie die Netzverbindung und versuchen Sie es noch einmal.";
        server_insecure:
            "The print server {0} is not reached through https. Please tell your administrator.",
            "Der Druckserver {0} ist nicht über https erreichbar. Bitte sagen Sie Ihrer Administration Bescheid.";
        server_not_trusted:
            "The print server does not accept your sign-in. Sign out and in again, and tell your administrator if that does not help.",
            "Der Druckserver nimmt Ihre Anmeldung nicht an. Melden Sie sich ab und wieder an; hilft das nicht, sagen Sie Ihrer Administration Bescheid.";
        server_faulty:
            "The print server {0} answers {1}. Please try again later.",
            "Der Druckserver {0} antwortet nicht wie erwartet ({1}). Bitte versuchen Sie es später noch einmal.";
        no_provider:
            "No identity provider is configured. Please tell your administrator.",
            "Es ist kein Anmeldedienst eingerichtet. Bitte sagen Sie Ihrer Administration Bescheid.";
        // The page in the browser when it is over
        page_signed_in: "You are signed in", "Sie sind angemeldet";
        page_welcome: "Welcome, {0}.", "Willkommen, {0}.";
        page_not_signed_in: "You are not signed in", "Sie sind nicht angemeldet";
        page_close: "You can close this window.", "Sie können dieses Fenster schließen.";
        page_old_address:
            "This address belongs to a sign-in that has ended, or to another one.",
            "Diese Adresse gehört zu einer beendeten oder einer anderen Anmeldung.";
    }
}
