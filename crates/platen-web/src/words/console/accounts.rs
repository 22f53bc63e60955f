//! Account Management.

use super::console_words;

console_words!(AccountWords {
    title: "Account Management", "Kontenverwaltung";
    intro: "Accounts say who may print on how many points. Each user sees the accounts he has access to.", "Konten legen fest, wer auf wie viele Punkte drucken darf. Jeder sieht die Konten, auf die er Zugriff hat.";
    add: "Add", "Hinzufügen";
    add_title: "New account", "Neues Konto";
    archive: "Archive", "Archivieren";
    restore: "Restore", "Wiederherstellen";
    enable: "Enable", "Aktivieren";
    disable: "Disable", "Deaktivieren";
    enable_on_client: "Enable on client", "Auf Clients aktivieren";
    disable_on_client: "Disable on client", "Auf Clients ausblenden";
    view_archived: "View archived accounts", "Archivierte Konten anzeigen";
    view_current: "View accounts in use", "Verwendete Konten anzeigen";
    archived_title: "Archived accounts", "Archivierte Konten";
    archived_intro: "Nobody can print on these. Their history stays for reports, and they can be restored.", "Auf diese kann niemand drucken. Ihr Verlauf bleibt für Auswertungen erhalten, und sie lassen sich wiederherstellen.";
    search_label: "Name or code", "Name oder Code";

    clients_title: "Account Management on clients", "Kontenverwaltung auf Clients";
    clients_on: "On: the portal, the tray app and phones show accounts, and documents are charged.", "An: Portal, Tray-App und Telefone zeigen Konten, und Dokumente werden berechnet.";
    clients_off: "Off: clients show no accounts and nothing is charged.", "Aus: Clients zeigen keine Konten, und nichts wird berechnet.";
    clients_turn_on: "Turn on for all clients", "Für alle Clients einschalten";
    clients_turn_off: "Turn off for all clients", "Für alle Clients ausschalten";
    clients_turned_on: "Account Management is on for clients now.", "Die Kontenverwaltung ist jetzt auf Clients eingeschaltet.";
    clients_turned_off: "Account Management is off for clients now: nothing is charged.", "Die Kontenverwaltung ist jetzt auf Clients ausgeschaltet: Es wird nichts berechnet.";

    name: "Name", "Name";
    code: "Code", "Code";
    status: "Status", "Status";
    status_enabled: "Enabled", "Aktiviert";
    status_disabled: "Disabled", "Deaktiviert";
    status_archived: "Archived", "Archiviert";
    status_expired: "Expired", "Abgelaufen";
    status_not_open: "Not open yet", "Noch nicht offen";
    kind: "Type", "Art";
    kind_individual: "Individual", "Individuell";
    kind_shared: "Shared", "Gemeinsam";
    limit: "Limit", "Limit";
    unlimited: "Unlimited", "Unbegrenzt";
    used: "Used", "Verbraucht";
    used_by: "{0} by {1} users", "{0} von {1} Benutzern";
    used_by_one: "{0} by 1 user", "{0} von 1 Benutzer";
    access: "Access", "Zugriff";
    access_everyone: "All users", "Alle Benutzer";
    access_nobody: "Nobody", "Niemand";
    groups_one: "1 group", "1 Gruppe";
    groups_many: "{0} groups", "{0} Gruppen";
    users_one: "1 user", "1 Benutzer";
    users_many: "{0} users", "{0} Benutzer";
    on_client: "On client", "Auf Clients";
    expiry: "Expiry", "Ablauf";
    select: "Select {0}", "{0} auswählen";
    select_all: "Select all on this page", "Alle auf dieser Seite auswählen";
    selected_do: "With the selected accounts", "Mit den ausgewählten Konten";
    filter_status: "Status", "Status";
    filter_kind: "Type", "Art";
    usage: "Usage", "Verbrauch";

    empty_title: "No accounts yet", "Noch keine Konten";
    empty_text: "Without an account nobody can be charged. Begin with one for everybody, such as “Print Quota”.", "Ohne Konto kann niemandem etwas berechnet werden. Beginnen Sie mit einem für alle, etwa „Druckkontingent“.";
    empty_step_general: "Give it a name that users understand, and a code for you", "Geben Sie ihm einen Namen, den Benutzer verstehen, und einen Code für Sie";
    empty_step_allocation: "Say how many points each user has, or all share", "Legen Sie fest, wie viele Punkte jeder hat oder alle teilen";
    empty_step_access: "Choose all users, or groups and users", "Wählen Sie alle Benutzer oder Gruppen und Benutzer";
    archived_empty_title: "No archived accounts", "Keine archivierten Konten";
    archived_empty_text: "Accounts that you archive are kept here with all of their history.", "Konten, die Sie archivieren, bleiben hier mit ihrem ganzen Verlauf erhalten.";

    edit_title: "Account Properties", "Kontoeigenschaften";
    general: "General", "Allgemein";
    name_hint: "Users see it when they choose what to charge.", "Benutzer sehen ihn, wenn sie wählen, was belastet wird.";
    code_hint: "For you and for other programs; users never see it.", "Für Sie und andere Programme; Benutzer sehen ihn nie.";
    start: "Start date", "Startdatum";
    start_hint: "The first day of use. Empty: at once.", "Der erste Tag der Nutzung. Leer: sofort.";
    expiry_date: "Expiry date", "Ablaufdatum";
    expiry_hint: "The last day of use. Empty: never. Expired accounts stay for reports.", "Der letzte Tag der Nutzung. Leer: nie. Abgelaufene Konten bleiben für Auswertungen erhalten.";
    on_client_hint: "Users see the account and can choose it. Off: clients don’t show it.", "Benutzer sehen das Konto und können es wählen. Aus: Clients zeigen es nicht.";
    allocation: "Allocation", "Zuteilung";
    individual_hint: "Each user has the full number of points to himself.", "Jeder Benutzer hat die volle Punktzahl für sich.";
    shared_hint: "All who have access draw on one pool.", "Alle mit Zugriff schöpfen aus einem Topf.";
    kind_fixed: "It has been used, so its type can’t change any more.", "Es wurde schon benutzt, deshalb lässt sich die Art nicht mehr ändern.";
    limit_hint: "Points. Empty: unlimited.", "Punkte. Leer: unbegrenzt.";
    exceed: "Allow limit to be exceeded", "Überschreiten des Limits erlauben";
    exceed_by: "By amount", "Um";
    exceed_hint: "Users are warned above the limit and stopped at limit + amount.", "Über dem Limit wird gewarnt, bei Limit + Betrag ist Schluss.";

    created: "“{0}” was added.", "„{0}“ wurde hinzugefügt.";
    saved: "“{0}” was saved.", "„{0}“ wurde gespeichert.";
    unchanged: "Nothing was changed.", "Es wurde nichts geändert.";
    archived_one: "“{0}” was archived.", "„{0}“ wurde archiviert.";
    restored_one: "“{0}” was restored.", "„{0}“ wurde wiederhergestellt.";
    bulk_done_one: "1 account was changed.", "1 Konto wurde geändert.";
    bulk_done: "{0} accounts were changed.", "{0} Konten wurden geändert.";
    bulk_none: "Nothing was changed: no account was selected, or all were so already.", "Nichts geändert: Es war kein Konto ausgewählt, oder alle waren schon so.";
    bulk_stopped: "{0} accounts were changed, then it stopped: {1}", "{0} Konten wurden geändert, dann brach es ab: {1}";
    archive_title: "Archive “{0}”?", "„{0}“ archivieren?";
    archive_text: "It disappears from the list and from all clients at once. Nothing of its history is lost, and it can be restored.", "Es verschwindet sofort aus der Liste und von allen Clients. Von seinem Verlauf geht nichts verloren, und es lässt sich wiederherstellen.";
    keep: "Keep it", "Behalten";

    changed_title: "Somebody else changed this account meanwhile.", "Jemand anderes hat dieses Konto inzwischen geändert.";
    changed_text: "What you typed is kept below. Where it differs from what is stored now, that is shown. Save again to put your values in force.", "Ihre Eingaben sind unten erhalten. Wo sie vom jetzt Gespeicherten abweichen, steht das dabei. Speichern Sie noch einmal, um Ihre Werte zu übernehmen.";
    now_stored: "Stored now: {0}", "Jetzt gespeichert: {0}";
    is_archived: "This account is archived. Restore it to use it again.", "Dieses Konto ist archiviert. Stellen Sie es wieder her, um es zu benutzen.";

    name_taken: "Another account has this name already.", "Ein anderes Konto hat diesen Namen schon.";
    code_taken: "Another account has this code already.", "Ein anderes Konto hat diesen Code schon.";
    expiry_before_start: "It would expire before it starts.", "Es würde ablaufen, bevor es beginnt.";
    exceed_needs_limit: "An account without a limit is unlimited: there is nothing to exceed.", "Ein Konto ohne Limit ist unbegrenzt: Es gibt nichts zu überschreiten.";
    exceed_missing: "By how much may it be exceeded?", "Um wie viel darf es überschritten werden?";
});
