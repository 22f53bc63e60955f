//! Who has access: in an account's properties.

use super::console_words;

console_words!(AccessWords {
    who: "Who may use it", "Wer es benutzen darf";
    everyone: "All users", "Alle Benutzer";
    everyone_hint: "Everybody who signs in here.", "Jeder, der sich hier anmeldet.";
    only: "Specific groups and users", "Bestimmte Gruppen und Benutzer";
    only_hint: "Whoever is in one of the groups or is named himself.", "Wer in einer der Gruppen ist oder selbst genannt wird.";
    groups: "Groups", "Gruppen";
    users: "Users", "Benutzer";
    add_group: "Add a group", "Gruppe hinzufügen";
    add_user: "Add a user", "Benutzer hinzufügen";
    group_hint: "As your identity provider names it, or as you named it here.", "Wie Ihr Anmeldedienst sie nennt oder wie Sie sie hier genannt haben.";
    user_hint: "A name or e-mail address; also of somebody who has not signed in yet.", "Ein Name oder eine E-Mail-Adresse; auch von jemandem, der sich noch nie angemeldet hat.";
    remove: "Remove {0}", "{0} entfernen";
    new: "new", "neu";
    already_there: "{0} has access already.", "{0} hat schon Zugriff.";
    more_users: "{0} more users are named directly.", "{0} weitere Benutzer sind direkt genannt.";
    all_users: "Search and edit all {0} users", "Alle {0} Benutzer durchsuchen und bearbeiten";
    members_title: "Users with direct access to “{0}”", "Benutzer mit direktem Zugriff auf „{0}“";
    members_intro: "Those who have access through a group are not listed here.", "Wer über eine Gruppe Zugriff hat, steht hier nicht.";
    members_empty_title: "Nobody is named directly", "Niemand ist direkt genannt";
    members_empty_text: "Add users by name or e-mail address; groups are added in the account’s properties.", "Fügen Sie Benutzer nach Name oder E-Mail-Adresse hinzu; Gruppen kommen in den Kontoeigenschaften dazu.";
    member_added: "{0} has access to “{1}” now.", "{0} hat jetzt Zugriff auf „{1}“.";
    member_removed: "{0} is not named for “{1}” any more.", "{0} ist für „{1}“ nicht mehr genannt.";
    who_has_access: "Everybody with access", "Alle mit Zugriff";
    not_seen: "has not signed in yet", "noch nie angemeldet";
    everyone_note: "This account is for all users: nobody needs to be named.", "Dieses Konto ist für alle: Niemand muss genannt werden.";
});
