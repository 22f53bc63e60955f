//! The start page.

use super::console_words;

console_words!(OverviewWords {
    title: "Overview", "Übersicht";
    setup: "Set up in this order", "In dieser Reihenfolge einrichten";
    setup_rates: "Set up the Rates Card", "Preisliste anlegen";
    setup_rates_text: "What a printed side costs, by paper, colour and sides.", "Was eine gedruckte Seite kostet, nach Papier, Farbe und Seiten.";
    setup_account: "Add an account", "Konto hinzufügen";
    setup_account_text: "Who may print on how many points.", "Wer auf wie viele Punkte drucken darf.";
    setup_clients: "Turn Account Management on for clients", "Kontenverwaltung auf Clients einschalten";
    setup_clients_text: "Portal, tray app and phones show accounts from then on.", "Von da an zeigen Portal, Tray-App und Telefone Konten.";
    setup_portal: "Enable the User Portal", "Benutzerportal einschalten";
    setup_portal_text: "Users see their documents and switch accounts there.", "Dort sehen Benutzer ihre Dokumente und wechseln das Konto.";
    done: "Done", "Erledigt";
    to_do: "Still open", "Noch offen";

    accounts: "Accounts", "Konten";
    accounts_archived: "{0} archived", "{0} archiviert";
    people: "Users known", "Bekannte Benutzer";
    sessions: "Open sessions", "Offene Sitzungen";
    credentials: "API credentials", "API-Zugangsdaten";
    used_30: "Points, last 30 days", "Punkte in 30 Tagen";
    documents_30: "{0} documents", "{0} Dokumente";
    chart: "Use in the last 30 days", "Verbrauch in den letzten 30 Tagen";
    to_reports: "All reports", "Alle Auswertungen";
    top_accounts: "Most used accounts", "Meistgenutzte Konten";
    top_people: "Who printed most", "Wer am meisten gedruckt hat";
    nothing_used: "Nothing was printed or copied in this time.", "In dieser Zeit wurde nichts gedruckt oder kopiert.";
    recent_changes: "Last changes by administrators", "Letzte Änderungen durch Administratoren";
    no_changes: "No changes yet.", "Noch keine Änderungen.";
    to_audit: "Audit log", "Protokoll";
    portal_link: "Link to the User Portal for your users", "Link zum Benutzerportal für Ihre Benutzer";
});
