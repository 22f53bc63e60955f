//! The person's own devices, and the points that they keep.

use super::Words;
use super::console::{Fill as _, console_words};
use crate::language::Language;
use crate::portal::Aside;

console_words!(DeviceWords {
    title: "Devices", "Geräte";
    intro: "Computers on which you are signed in to Platen, and the points that they keep so that you can print without network.", "Computer, auf denen Sie bei Platen angemeldet sind, und die Punkte, die sie vorhalten, damit Sie auch ohne Netz drucken können.";
    leases_title: "Points on devices", "Punkte auf Geräten";
    leases_intro: "They are set aside on their account. What a device does not use comes back by itself.", "Sie sind auf ihrem Konto zurückgelegt. Was ein Gerät nicht braucht, kommt von selbst zurück.";
    leases_none: "No device keeps points at the moment.", "Zurzeit hält kein Gerät Punkte vor.";
    aside_one: "{0} set aside on 1 device", "{0} auf 1 Gerät zurückgelegt";
    aside_many: "{0} set aside on {1} devices", "{0} auf {1} Geräten zurückgelegt";
    account: "Account: {0}", "Konto: {0}";
    granted: "Granted: {0}", "Gewährt: {0}";
    drawn: "Used, as far as known: {0}", "Verbraucht, soweit bekannt: {0}";
    left: "{0} left", "{0} übrig";
    ends: "Usable until: {0}", "Benutzbar bis: {0}";
    ended: "Was usable until: {0}", "War benutzbar bis: {0}";
    state_open: "In use", "In Gebrauch";
    state_called: "Called back", "Zurückgerufen";
    state_unreported: "Not reported", "Nicht gemeldet";
    called_note: "What the device has not used returns as soon as it has network.", "Was das Gerät nicht verbraucht hat, kommt zurück, sobald es Netz hat.";
    unreported_note: "The device has not said yet what it printed. Until it does, these points stay set aside.", "Das Gerät hat noch nicht gemeldet, was es gedruckt hat. Bis dahin bleiben diese Punkte zurückgelegt.";
    given_up_from: "If it never does, you can give them up. Possible from: {0}", "Meldet es sich nie, können Sie die Punkte aufgeben. Möglich ab: {0}";
    given_up_by_others: "If it never does, ask your administrator to give them up.", "Meldet es sich nie, bitten Sie Ihre Administration, sie aufzugeben.";
    signed_out_note: "You are signed out on this device. It reports as soon as you sign in there again.", "Auf diesem Gerät sind Sie abgemeldet. Es meldet sich, sobald Sie sich dort wieder anmelden.";
    unnamed: "Unnamed device", "Gerät ohne Namen";
    cancel: "Cancel", "Abbrechen";
    call_back: "Call back", "Zurückrufen";
    call_back_title: "Call these points back?", "Diese Punkte zurückrufen?";
    call_back_text: "“{0}” then uses them no more, and gives back what is left as soon as it has network. Until then they stay set aside.", "„{0}“ verbraucht sie dann nicht mehr und gibt zurück, was übrig ist, sobald es Netz hat. Bis dahin bleiben sie zurückgelegt.";
    called_back: "The points are called back from “{0}”.", "Die Punkte sind von „{0}“ zurückgerufen.";
    give_up: "Give up", "Aufgeben";
    give_up_title: "Stop waiting for “{0}”?", "Nicht länger auf „{0}“ warten?";
    give_up_text: "“{0}” gets {1} back now. Do this if the device is lost or broken, or was set up anew.", "„{0}“ erhält jetzt {1} zurück. Das ist richtig, wenn das Gerät verloren oder defekt ist oder neu eingerichtet wurde.";
    give_up_warning: "If the device does report later, what you printed with it is charged all the same, even beyond your limit.", "Meldet sich das Gerät doch noch, wird berechnet, was Sie damit gedruckt haben, auch über Ihr Limit hinaus.";
    given_up: "“{0}” has got {1} back.", "„{0}“ hat {1} zurückerhalten.";
    devices_title: "Where you are signed in", "Wo Sie angemeldet sind";
    devices_none: "You are not signed in on any computer.", "Sie sind auf keinem Computer angemeldet.";
    seen: "Last seen: {0}", "Zuletzt gesehen: {0}";
    signed_in: "Signed in", "Angemeldet";
    sign_out: "Sign this device out", "Dieses Gerät abmelden";
    sign_out_title: "Sign “{0}” out?", "„{0}“ abmelden?";
    sign_out_text: "You are signed out of Platen there at once. What was printed on it without network is not lost: it is reported when you sign in there again. Until then its points stay set aside.", "Sie werden dort sofort von Platen abgemeldet. Was darauf ohne Netz gedruckt wurde, geht nicht verloren: Es wird gemeldet, wenn Sie sich dort wieder anmelden. Bis dahin bleiben seine Punkte zurückgelegt.";
    signed_out: "“{0}” is signed out.", "„{0}“ ist abgemeldet.";
    lease_gone: "These points are not on a device any more.", "Diese Punkte sind nicht mehr auf einem Gerät.";
    not_to_call: "These points can’t be called back any more.", "Diese Punkte können nicht mehr zurückgerufen werden.";
    device_gone: "You are not signed in on this device any more.", "Auf diesem Gerät sind Sie nicht mehr angemeldet.";
    empty_title: "No devices", "Keine Geräte";
    empty_text: "As soon as you sign in to Platen on a computer, it stands here.", "Sobald Sie sich auf einem Computer bei Platen anmelden, steht er hier.";
});

static ENGLISH: DeviceWords = DeviceWords::ENGLISH;
static GERMAN: DeviceWords = DeviceWords::GERMAN;

impl Language {
    /// The words about devices.
    pub(crate) fn devices(self) -> &'static DeviceWords {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }
}

impl Words {
    /// `25 points set aside on 2 devices`.
    pub(crate) fn aside(&self, aside: &Aside) -> String {
        let w = self.tag.devices();
        let points = self.points(&aside.points);
        match aside.devices {
            1 => w.aside_one.with(points),
            many => w.aside_many.with2(points, many),
        }
    }
}
