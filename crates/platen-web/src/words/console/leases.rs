//! Points on devices.

use super::console_words;

console_words!(LeaseWords {
    title: "Points on devices", "Punkte auf Geräten";
    intro: "Points that computers hold so that people can print without network. They are set aside on their account until the computer reports.", "Punkte, die Computer vorhalten, damit man auch ohne Netz drucken kann. Sie sind auf ihrem Konto zurückgelegt, bis der Computer sich meldet.";
    only_unreported: "Unreported only", "Nur nicht gemeldete";
    show_all: "All", "Alle";
    person: "User", "Benutzer";
    device: "Device", "Gerät";
    account: "Account", "Konto";
    left: "Points left", "Punkte übrig";
    of: "{0} of {1}", "{0} von {1}";
    ends: "Usable until", "Benutzbar bis";
    state: "State", "Zustand";
    state_open: "In use", "In Gebrauch";
    state_called: "Called back", "Zurückgerufen";
    state_unreported: "Not reported", "Nicht gemeldet";
    call_back: "Call back", "Zurückrufen";
    give_up: "Give up", "Aufgeben";
    deed_named: "{0}: points of {1}", "{0}: Punkte von {1}";
    call_back_title: "Call these points back?", "Diese Punkte zurückrufen?";
    call_back_text: "Left, as far as known: {0}. The device gives back what it has not used as soon as it hears of it. Without network that is later; until then the points stay set aside.", "Übrig, soweit bekannt: {0}. Was das Gerät nicht verbraucht hat, gibt es zurück, sobald es davon erfährt. Ohne Netz ist das später; bis dahin bleiben die Punkte zurückgelegt.";
    give_up_title: "Stop waiting for this device?", "Nicht länger auf dieses Gerät warten?";
    give_up_text: "The account gets {0} back now. If the device reports later, what was printed with it is charged all the same, even beyond the limit.", "Das Konto erhält jetzt {0} zurück. Meldet sich das Gerät doch noch, wird berechnet, was damit gedruckt wurde, auch über das Limit hinaus.";
    nothing_to_do: "There is nothing to do about these points now: they came back, are called back already, or the device may still report.", "Mit diesen Punkten ist gerade nichts zu tun: Sie sind zurück, schon zurückgerufen, oder das Gerät kann sich noch melden.";
    called_back: "The points of {0} are called back.", "Die Punkte von {0} sind zurückgerufen.";
    given_up: "The points of {0} are back on the account.", "Die Punkte von {0} sind wieder auf dem Konto.";
    empty_title: "No points on devices", "Keine Punkte auf Geräten";
    empty_text: "As soon as a print client takes points for use without network, they stand here.", "Sobald ein Druck-Client Punkte zum Drucken ohne Netz vorhält, stehen sie hier.";
});
