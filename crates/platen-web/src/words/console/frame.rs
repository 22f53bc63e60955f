//! What surrounds every page, and what several pages say.

use super::console_words;

console_words!(FrameWords {
    console: "Console", "Konsole";
    menu: "Menu", "Menü";
    navigation: "Console pages", "Seiten der Konsole";
    skip_to_content: "Skip to content", "Zum Inhalt springen";
    to_portal: "My documents", "Meine Dokumente";
    sign_out: "Sign out", "Abmelden";
    signed_in_as: "Signed in as {0}", "Angemeldet als {0}";
    link_lost: "Platen is not answering. This page follows again as soon as it does.", "Platen antwortet nicht. Diese Seite folgt wieder, sobald es antwortet.";
    close: "Close", "Schließen";

    nav_overview: "Overview", "Übersicht";
    nav_people: "Users", "Benutzer";
    nav_users: "User Management", "Benutzerverwaltung";
    nav_accounts: "Account Management", "Kontenverwaltung";
    nav_groups: "Groups", "Gruppen";
    nav_costs: "Costs", "Kosten";
    nav_rates: "Rates Card", "Preisliste";
    nav_reports: "Reports", "Auswertungen";
    nav_site: "Site", "Standort";
    nav_settings: "Settings", "Einstellungen";
    nav_api: "API", "API";
    nav_sessions: "Sessions and devices", "Sitzungen und Geräte";
    nav_leases: "Points on devices", "Punkte auf Geräten";
    nav_audit: "Audit log", "Protokoll";
    nav_transfer: "Import and export", "Import und Export";

    search: "Search", "Suchen";
    all: "All", "Alle";
    reset: "Reset", "Zurücksetzen";
    save: "Save", "Speichern";
    cancel: "Cancel", "Abbrechen";
    add: "Add", "Hinzufügen";
    on: "On", "An";
    off: "Off", "Aus";
    previous: "Previous", "Zurück";
    next: "Next", "Weiter";
    pages: "Pages of the list", "Seiten der Liste";
    range: "{0}–{1} of {2}", "{0}–{1} von {2}";
    nothing_found_title: "Nothing found", "Nichts gefunden";
    nothing_found_text: "Nothing matches your search. Try fewer letters, or take a filter away.", "Zu dieser Suche gibt es nichts. Versuchen Sie es mit weniger Buchstaben oder nehmen Sie einen Filter weg.";
    never: "Never", "Nie";
    today: "Today, {0}", "Heute, {0}";
    yesterday: "Yesterday, {0}", "Gestern, {0}";
    one_point: "1 point", "1 Punkt";
    points: "{0} points", "{0} Punkte";
    used_of: "{0}/{1} points used", "{0}/{1} Punkten verbraucht";
    standing_unlimited: "Unlimited", "Unbegrenzt";
    standing_good: "Good", "Gut";
    standing_low: "Running low", "Wird knapp";
    standing_over: "Over limit", "Über dem Limit";
    mistakes: "Please look at the marked fields. Nothing was saved yet.", "Bitte sehen Sie sich die markierten Felder an. Es wurde noch nichts gespeichert.";
    more_matches: "{0} more match. Type more letters.", "{0} weitere passen. Tippen Sie weitere Buchstaben.";
    no_matches: "Nobody and nothing of this name is known yet.", "Unter diesem Namen ist noch niemand und nichts bekannt.";
    matches: "{0} suggestions", "{0} Vorschläge";

    gone: "This is not there any more. Somebody may have changed it meanwhile.", "Das gibt es nicht mehr. Vielleicht hat es jemand inzwischen geändert.";
    form_unreadable: "The form could not be read. Please go back and send it again.", "Das Formular war nicht lesbar. Bitte gehen Sie zurück und senden Sie es noch einmal.";
    form_too_large: "This is too large to be taken in.", "Das ist zu groß, um angenommen zu werden.";
    unavailable: "The ledger can’t be reached just now. Please try again in a moment; nothing was changed.", "Die Datenbank ist gerade nicht zu erreichen. Bitte versuchen Sie es gleich noch einmal; es wurde nichts geändert.";

    must_fill: "Please fill this in.", "Bitte ausfüllen.";
    must_choose: "Please choose one of these.", "Bitte eines davon auswählen.";
    must_be_points: "Please write a number of points such as 15 or 7.5.", "Bitte eine Punktzahl schreiben, zum Beispiel 15 oder 7,5.";
    points_too_fine: "Points have at most two decimal places.", "Punkte haben höchstens zwei Nachkommastellen.";
    points_too_large: "That is more than can be counted.", "Das ist mehr, als sich zählen lässt.";
    points_negative: "This can’t be below zero.", "Das kann nicht unter null liegen.";
    points_not_positive: "The points must be above zero.", "Die Punkte müssen über null liegen.";
    must_be_date: "Please write a day such as 2026-09-01.", "Bitte einen Tag schreiben, zum Beispiel 2026-09-01.";
    must_be_number: "Please write a whole number from {0} to {1}.", "Bitte eine ganze Zahl von {0} bis {1} schreiben.";
    too_long: "This is too long: {0} characters at most.", "Das ist zu lang: höchstens {0} Zeichen.";
    unstorable: "This holds a character that can’t be stored.", "Darin ist ein Zeichen, das sich nicht speichern lässt.";
});
