//! What the audit log says of each action and field.

use super::console_words;

console_words!(AuditWords {
    account_create: "Account added", "Konto hinzugefügt";
    account_change: "Account changed", "Konto geändert";
    account_archive: "Account archived", "Konto archiviert";
    account_restore: "Account restored", "Konto wiederhergestellt";
    account_assign: "Account assigned", "Konto zugewiesen";
    account_unassign: "Assignment removed", "Zuweisung entfernt";
    accounts_import: "Accounts imported", "Konten importiert";
    accounts_export: "Accounts exported", "Konten exportiert";
    rates_change: "Rates changed", "Preise geändert";
    settings_change: "Settings changed", "Einstellungen geändert";
    groups_change: "Groups changed", "Gruppen geändert";
    people_import: "Users imported", "Benutzer importiert";
    people_export: "Users exported", "Benutzer exportiert";
    points_adjust: "Points adjusted", "Punkte angepasst";
    points_adjust_all: "Points of all adjusted", "Punkte aller angepasst";
    credential_create: "Credentials generated", "Zugangsdaten erzeugt";
    credential_revoke: "Credentials revoked", "Zugangsdaten widerrufen";
    session_end: "Session ended", "Sitzung beendet";
    sessions_end: "All sessions ended", "Alle Sitzungen beendet";
    note: "Note", "Vermerk";

    field_name: "Name", "Name";
    field_code: "Code", "Code";
    field_enabled: "Enabled", "Aktiviert";
    field_start: "Start date", "Startdatum";
    field_expiry: "Expiry date", "Ablaufdatum";
    field_kind: "Type", "Art";
    field_limit: "Limit", "Limit";
    field_exceed_by: "May be exceeded by", "Überschreitbar um";
    field_access: "Access", "Zugriff";
    field_groups: "Groups", "Gruppen";
    field_users: "Users", "Benutzer";
    field_on_clients: "On client", "Auf Clients";
    field_reason: "Reason", "Grund";
    field_change: "Change", "Änderung";
    field_points: "Points", "Punkte";
    field_version: "Version", "Version";
    field_hold_hours: "Hours held", "Stunden aufbewahrt";
    field_grace_hours: "Grace period", "Schonfrist";
    field_session_hours: "Hours of a session", "Stunden einer Sitzung";
    field_unreadable: "Unreadable documents", "Unlesbare Dokumente";
    field_account_management: "Account Management on clients", "Kontenverwaltung auf Clients";
    field_user_portal: "User Portal", "Benutzerportal";
    field_upload: "Upload", "Hochladen";
    field_clients_may_quit: "Client may be quit", "Client darf beendet werden";
});
