//! Notifications: on the desktop, and where the portal sends them to a browser.

use crate::words;

words! {
    /// Notifications: on the desktop, and where the portal sends them to a browser.
    NoticeWords {
        // Verdicts
        costs: "“{0}” costs {1}.", "„{0}“ kostet {1}.";
        used_and_left: "{0}, {1} available", "{0}, {1} verfügbar";
        crosses_low:
            "You have now used three quarters of this account.",
            "Drei Viertel dieses Kontos sind nun verbraucht.";
        over: "You are over the limit.", "Das Limit ist überschritten.";
        over_full:
            "You are over the limit, and nothing more is allowed.",
            "Das Limit ist überschritten, und mehr ist nicht erlaubt.";
        over_some:
            "You are over the limit. {0} more allowed.",
            "Das Limit ist überschritten. Noch erlaubt: {0}.";
        declined:
            "“{0}” needs {1}. {2} has {3} available ({4}).\nNothing was charged.",
            "„{0}“ braucht {1}. Verfügbar auf {2}: {3} ({4}).\nEs wurde nichts abgebucht.";
        declined_briefly:
            "“{0}” needs {1}, and {2} are available. Nothing was charged.",
            "„{0}“ braucht {1}, verfügbar: {2}. Es wurde nichts abgebucht.";
        no_other_account:
            "No other account of yours can carry it.",
            "Keines Ihrer anderen Konten reicht dafür.";
        choose_another:
            "Choose another account to print it.",
            "Zum Drucken bitte ein anderes Konto wählen.";
        unreadable:
            "“{0}” is held and nothing was charged, because its cost can’t be worked out.",
            "„{0}“ wird zurückgehalten, weil seine Kosten nicht zu ermitteln sind. Es wurde nichts abgebucht.";
        unprintable:
            "“{0}” can’t be printed. Nothing was charged.",
            "„{0}“ kann nicht gedruckt werden. Es wurde nichts abgebucht.";
        held: "“{0}” is ready to be released.", "„{0}“ kann freigegeben werden.";
        not_printed: "“{0}” was not printed.", "„{0}“ wurde nicht gedruckt.";
        about_document: "“{0}”: {1}", "„{0}“: {1}";
        // What has no verdict yet
        title_waits: "Document Waits", "Dokument wartet";
        waits:
            "“{0}” is held, and nothing was charged.\n{1} Platen says what became of it as soon as it can.",
            "„{0}“ wird zurückgehalten, und es wurde nichts abgebucht.\n{1} Platen sagt, was daraus geworden ist, sobald es geht.";
        title_must_wait: "Documents Must Wait", "Dokumente müssen warten";
        disk_full:
            "The disk is full. Documents stay held, and nothing is charged, until there is space again.",
            "Die Festplatte ist voll. Dokumente bleiben zurückgehalten, und nichts wird abgebucht, bis wieder Platz ist.";
        hindered: "Documents stay held: {0}", "Dokumente bleiben zurückgehalten: {0}";
        title_sign_in: "Sign In to Print", "Zum Drucken anmelden";
        sign_in_one:
            "A document is waiting. Sign in, and Platen says what printing costs.",
            "Ein Dokument wartet. Melden Sie sich an, dann sagt Platen, was das Drucken kostet.";
        sign_in_many:
            "{0} documents are waiting. Sign in, and Platen says what printing costs.",
            "{0} Dokumente warten. Melden Sie sich an, dann sagt Platen, was das Drucken kostet.";
        // The site's server
        title_refused: "Refused by the Print Server", "Vom Druckserver abgelehnt";
        title_not_delivered: "Not Delivered", "Nicht zugestellt";
        // Accounts
        title_account_kept: "Account Not Changed", "Konto nicht geändert";
        account_too_small:
            "{0} can’t carry this document either.",
            "{0} reicht für dieses Dokument auch nicht.";
        // Windows and browsers
        title_sign_in_failed: "Sign-In Failed", "Anmeldung fehlgeschlagen";
        title_sign_in_browser: "Sign-In Needs a Browser", "Zum Anmelden fehlt ein Browser";
        title_portal_browser:
            "The User Portal Needs a Browser",
            "Für das Benutzerportal fehlt ein Browser";
        title_portal_closed:
            "The User Portal Can’t Be Opened",
            "Das Benutzerportal lässt sich nicht öffnen";
        no_browser:
            "No browser could be opened ({0}). Open this address: {1}",
            "Es ließ sich kein Browser öffnen ({0}). Öffnen Sie diese Adresse: {1}";
        // Newer versions
        title_update: "Platen {0} Is Available", "Platen {0} ist verfügbar";
        update_ready:
            "It was downloaded and checked. Nothing is installed before you say so.",
            "Die Version ist heruntergeladen und geprüft. Installiert wird sie erst, wenn Sie es sagen.";
        update_notes: "What is new: {0}", "Was neu ist: {0}";
        title_no_update: "Platen Is Up to Date", "Platen ist aktuell";
        update_newest: "{0} is the newest version.", "{0} ist die neueste Version.";
        update_later:
            "Platen {0} is being handed out step by step. This computer has its turn later.",
            "Platen {0} wird nach und nach verteilt. Dieser Computer kommt später an die Reihe.";
        title_update_failed: "No Update", "Keine Aktualisierung";
        update_busy:
            "Another look for updates is under way.",
            "Es wird bereits nach Aktualisierungen gesucht.";
        update_unreachable:
            "The updates can’t be reached. Platen tries again later.",
            "Die Aktualisierungen sind nicht erreichbar. Platen versucht es später wieder.";
        update_refused:
            "What was offered as an update did not pass the check, and was not used. Your administrator finds the reason in the log.",
            "Was als Aktualisierung angeboten wurde, hat die Prüfung nicht bestanden und wurde nicht benutzt. Den Grund findet Ihre Administration im Protokoll.";
        title_update_waits: "Not Now", "Noch nicht";
        update_waits:
            "A document still waits for its answer. Install the new version when it has one.",
            "Ein Dokument wartet noch auf seine Antwort. Installieren Sie die neue Version danach.";
        update_not_opened:
            "The system’s installer could not be opened: {0}",
            "Das Installationsprogramm des Systems ließ sich nicht öffnen: {0}";
        // Buttons
        install: "Install…", "Installieren…";
        show_document: "Show Document", "Dokument zeigen";
        change_account: "Change Account", "Konto ändern";
        charge: "Charge {0}", "{0} belasten";
        sign_in: "Sign In", "Anmelden";
    }
}
