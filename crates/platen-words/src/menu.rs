//! The tray menu and what the icon says when it is pointed at.

use crate::words;

words! {
    /// The tray menu and what the icon says when it is pointed at.
    MenuWords {
        local_user: "{0} (this computer’s user)", "{0} (Benutzer dieses Computers)";
        not_signed_in: "Not signed in", "Nicht angemeldet";
        active_account: "Active Account", "Aktives Konto";
        active_account_named: "Active Account: {0}", "Aktives Konto: {0}";
        at_limit: "{0}, at its limit", "{0}, am Limit";
        open_portal: "Open User Portal", "Benutzerportal öffnen";
        recent: "Recent Documents", "Letzte Dokumente";
        no_documents: "No documents yet", "Noch keine Dokumente";
        sign_in: "Sign In…", "Anmelden…";
        sign_in_again: "Sign In Again…", "Neu anmelden…";
        sign_out: "Sign Out", "Abmelden";
        check_for_updates: "Check for Updates", "Nach Aktualisierungen suchen";
        install_update: "Install Platen {0}…", "Platen {0} installieren…";
        about: "About & Diagnostics", "Info & Diagnose";
        quit: "Quit", "Beenden";
        tooltip_no_account: "Platen: no account to charge", "Platen: kein Konto zum Belasten";
        tooltip_signed_out: "not signed in", "nicht angemeldet";
        printing_unavailable: "Printing is unavailable: {0}", "Drucken ist nicht möglich: {0}";
    }
}
