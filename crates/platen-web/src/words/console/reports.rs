//! Use over time.

use super::console_words;

console_words!(ReportWords {
    title: "Reports", "Auswertungen";
    intro: "Points printed, copied and adjusted over time.", "Gedruckte, kopierte und angepasste Punkte über die Zeit.";
    since: "From", "Von";
    until: "To", "Bis";
    by: "By", "Nach";
    by_day: "Day", "Tag";
    by_week: "Week", "Woche";
    by_month: "Month", "Monat";
    account: "Account", "Konto";
    user: "User", "Benutzer";
    all_accounts: "All accounts", "Alle Konten";
    all_users: "All users", "Alle Benutzer";
    show: "Show", "Anzeigen";
    download: "Download CSV", "CSV herunterladen";
    printed: "Printed", "Gedruckt";
    copied: "Copied", "Kopiert";
    adjusted: "Adjusted", "Angepasst";
    documents: "Documents", "Dokumente";
    total: "Total", "Summe";
    period: "Period", "Zeitraum";
    week_of: "Week of {0}", "Woche ab {0}";
    chart_title: "Points from {0} to {1}", "Punkte vom {0} bis {1}";
    chart_text: "Bars: points printed and copied. The same numbers are in the table below.", "Balken: gedruckte und kopierte Punkte. Dieselben Zahlen stehen in der Tabelle darunter.";
    table_title: "The numbers", "Die Zahlen";
    bar: "{0}: {1} printed, {2} copied", "{0}: {1} gedruckt, {2} kopiert";
    top_accounts: "Top accounts", "Konten mit dem meisten Verbrauch";
    top_people: "Top users", "Benutzer mit dem meisten Verbrauch";
    empty_title: "Nothing was used in this time", "In dieser Zeit wurde nichts verbraucht";
    empty_text: "Choose a longer time, or take the account or the user away.", "Wählen Sie eine längere Zeit, oder nehmen Sie Konto oder Benutzer weg.";
    too_long: "This is too long for days: {0} at most. Choose weeks or months.", "Das ist zu lang für Tage: höchstens {0}. Wählen Sie Wochen oder Monate.";
    until_before: "This is before the first day.", "Das liegt vor dem ersten Tag.";
    account_unknown: "No account has this name or code.", "Kein Konto hat diesen Namen oder Code.";
    user_unknown: "Nobody of this name or e-mail address is known.", "Niemand mit diesem Namen oder dieser E-Mail-Adresse ist bekannt.";
    last_30: "Last 30 days", "Letzte 30 Tage";
    last_quarter: "Last 13 weeks", "Letzte 13 Wochen";
    last_year: "Last 12 months", "Letzte 12 Monate";
});
