//! Points on devices.

use super::console_words;

console_words!(LeaseWords {
    title: "Points on devices", "Punkte auf Geräten";
    intro: "Points that computers hold so that people can print without network. They count as used until the computer reports.", "Punkte, die Computer vorhalten, damit Leute auch ohne Netz drucken können. Sie gelten als benutzt, bis der Computer berichtet.";
    only_unreported: "Unreported only", "Nur ohne Bericht";
    show_all: "All", "Alle";
    person: "User", "Benutzer";
    device: "Device", "Gerät";
    account: "Account", "Konto";
    left: "Left, as far as known", "Übrig, soweit bekannt";
    of: "{0} of {1}", "{0} von {1}";
    ends: "Usable until", "Benutzbar bis";
    state_open: "In use", "In Gebrauch";
    state_called: "Called back", "Zurückgerufen";
    state_unreported: "Not reported", "Ohne Bericht";
    call_back: "Call back", "Zurückrufen";
    give_up: "Give up waiting", "Nicht länger warten";
    deed_named: "{0}: points of {1}", "{0}: Punkte von {1}";
    call_back_title: "Call these points back?", "Diese Punkte zurückrufen?";
    call_back_text: "{0} points return to the account as soon as the device hears of it, less what it has used meanwhile. Without network it hears of it later.", "{0} Punkte kehren auf das Konto zurück, sobald das Gerät davon erfährt, abzüglich dessen, was es inzwischen benutzt hat. Ohne Netz erfährt es davon später.";
    give_up_title: "Stop waiting for this device?", "Nicht länger auf dieses Gerät warten?";
    give_up_text: "{0} points return to the account now. If the device reports later, what it printed is charged all the same, beyond the limit if need be.", "{0} Punkte kehren jetzt auf das Konto zurück. Meldet sich das Gerät später, wird Gedrucktes trotzdem berechnet, notfalls über das Limit hinaus.";
    called_back: "The points of {0} are called back.", "Die Punkte von {0} sind zurückgerufen.";
    given_up: "The points of {0} are back on the account.", "Die Punkte von {0} sind wieder auf dem Konto.";
    empty_title: "No points on devices", "Keine Punkte auf Geräten";
    empty_text: "As soon as a print client takes points for use without network, they stand here.", "Sobald ein Druck-Client Punkte für den Gebrauch ohne Netz übernimmt, stehen sie hier.";
});
