//! What else the client says: how things are, and why something was not done.

use crate::words;

words! {
    /// What else the client says: how things are, and why something was not done.
    ClientWords {
        // About & diagnostics
        print_system: "Print system", "Drucksystem";
        print_system_up: "It answers.", "Es antwortet.";
        print_system_unknown: "It has not answered yet.", "Es hat noch nicht geantwortet.";
        print_system_down: "It does not answer: {0}.", "Es antwortet nicht: {0}.";
        print_system_down_note:
            "The print system does not answer ({0}). Documents stay where they are.",
            "Das Drucksystem antwortet nicht ({0}). Dokumente bleiben, wo sie sind.";
        this_computer: "This computer", "Dieser Computer";
        sign_in: "Sign-in", "Anmeldung";
        notifications: "Notifications", "Benachrichtigungen";
        notifications_shown: "The desktop shows them.", "Die Arbeitsumgebung zeigt sie.";
        notifications_missing:
            "{0} What they say is in the tray menu and here.",
            "{0} Was darin steht, steht auch im Menü des Symbols und hier.";
        notifications_refused:
            "The desktop’s notification service refused.",
            "Der Benachrichtigungsdienst der Arbeitsumgebung hat abgelehnt.";
        notifications_silent:
            "The desktop’s notification service does not answer.",
            "Der Benachrichtigungsdienst der Arbeitsumgebung antwortet nicht.";
        managed: "Managed settings", "Verwaltete Einstellungen";
        managed_settings: "Set by your administrator: {0}.", "Von Ihrer Administration gesetzt: {0}.";
        managed_file: "{0} in {1}", "{0} durch {1}";
        queues: "Queues", "Warteschlangen";
        no_queue:
            "There is no managed queue. An administrator makes one with “platenctl queue add”.",
            "Es gibt keine verwaltete Warteschlange. Ein Administrator richtet sie mit „platenctl queue add“ ein.";
        queue: "Queue “{0}”", "Warteschlange „{0}“";
        enforced:
            "Enforced: it prints nothing that was not approved.",
            "Erzwungen: Sie druckt nichts, was nicht bewilligt wurde.";
        courtesy:
            "Courtesy: it holds documents, but its users can print past Platen.",
            "Freiwillig: Sie hält Dokumente zurück, aber ihre Benutzer können an Platen vorbei drucken.";
        // The print system
        service_unreachable:
            "the print service can't be reached",
            "der Druckdienst ist nicht erreichbar";
        service_interrupted:
            "the connection to the print service broke",
            "die Verbindung zum Druckdienst brach ab";
        service_silent:
            "the print service did not answer in time",
            "der Druckdienst hat nicht rechtzeitig geantwortet";
        // platen status
        spooler_up: "The print system answers.", "Das Drucksystem antwortet.";
        spooler_unknown:
            "The print system has not answered yet.",
            "Das Drucksystem hat noch nicht geantwortet.";
        spooler_down: "The print system does not answer: {0}", "Das Drucksystem antwortet nicht: {0}";
        // Why a wish was not granted
        sign_in_first: "Sign in first.", "Bitte melden Sie sich zuerst an.";
        document_gone:
            "This document is not there any more.",
            "Dieses Dokument ist nicht mehr da.";
        print_system_refused:
            "The print system could not do it: {0}",
            "Das Drucksystem konnte das nicht tun: {0}";
        not_kept:
            "The print system no longer keeps this document. Print it again from its application.",
            "Das Drucksystem hat dieses Dokument nicht mehr. Drucken Sie es noch einmal aus seinem Programm.";
        no_such_printer: "This printer is not available.", "Dieser Drucker ist nicht verfügbar.";
        changed_meanwhile:
            "The document has changed in the meantime. Look at its price again, then release it.",
            "Das Dokument hat sich inzwischen geändert. Sehen Sie sich den Preis noch einmal an und geben Sie es dann frei.";
        not_read: "The document could not be read: {0}", "Das Dokument ließ sich nicht lesen: {0}";
        ending: "Platen is ending.", "Platen wird gerade beendet.";
    }
}
