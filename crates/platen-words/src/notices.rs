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
        // Buttons
        show_document: "Show Document", "Dokument zeigen";
        change_account: "Change Account", "Konto ändern";
        charge: "Charge {0}", "{0} belasten";
        sign_in: "Sign In", "Anmelden";
    }
}
