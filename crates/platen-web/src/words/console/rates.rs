//! The Rates Card.

use super::console_words;

console_words!(RateWords {
    title: "Rates Card", "Preisliste";
    intro: "What one printed side costs in points. A duplex rate counts where both sides of the sheet are printed.", "Was eine gedruckte Seite in Punkten kostet. Der Preis für beidseitig gilt, wo beide Seiten des Blatts bedruckt sind.";
    version: "Version {0} in force", "Version {0} in Kraft";
    none_yet: "No rates are set up yet: nothing can be priced. Fill in the card and save it.", "Noch sind keine Preise festgelegt: Es kann nichts berechnet werden. Füllen Sie die Liste aus und speichern Sie sie.";
    size: "Paper size", "Papierformat";
    size_hint: "A common name such as A4 or Letter, or a media name such as custom_poster_500x700mm.", "Ein üblicher Name wie A4 oder Letter oder ein Mediename wie custom_poster_500x700mm.";
    print: "Print", "Druck";
    copy: "Copy", "Kopie";
    mono: "Black and white", "Schwarzweiß";
    colour: "Colour", "Farbe";
    simplex: "One-sided", "Einseitig";
    duplex: "Two-sided", "Beidseitig";
    other: "Other size", "Andere Größe";
    other_hint: "Only for paper larger than everything above; smaller paper takes the nearest larger size.", "Nur für Papier, das größer ist als alles oben; kleineres nimmt die nächstgrößere Größe.";
    cell: "{0}, {1}", "{0}, {1}";
    column: "{0}, {1}, {2}", "{0}, {1}, {2}";
    add_size: "Add a size", "Größe hinzufügen";
    remove_size: "Remove {0}", "{0} entfernen";
    new_size: "new size", "neue Größe";
    preview: "Preview", "Vorschau";
    save: "Save", "Speichern";
    save_anyway: "Save these rates", "Diese Preise speichern";
    saved: "The new rates are in force: version {0}.", "Die neuen Preise sind in Kraft: Version {0}.";
    unchanged: "The rates were so already.", "Die Preise waren schon so.";
    size_unknown: "This paper is not known.", "Dieses Papier ist nicht bekannt.";
    size_twice: "This is the same paper as “{0}”.", "Das ist dasselbe Papier wie „{0}“.";
    rate_bad: "A number of points such as 1 or 0.75", "Eine Punktzahl wie 1 oder 0,75";
    mistakes_one: "One field needs another look. Nothing was saved.", "Ein Feld braucht noch einen Blick. Es wurde nichts gespeichert.";
    mistakes: "{0} fields need another look. Nothing was saved.", "{0} Felder brauchen noch einen Blick. Es wurde nichts gespeichert.";
    preview_title: "What these rates would have cost from {0} to {1}", "Was diese Preise vom {0} bis {1} gekostet hätten";
    preview_none: "Nothing was printed in this time, so there is nothing to compare.", "In dieser Zeit wurde nichts gedruckt, es gibt also nichts zu vergleichen.";
    preview_documents: "Documents", "Dokumente";
    preview_charged: "Charged then", "Damals berechnet";
    preview_would: "With these rates", "Mit diesen Preisen";
    preview_difference: "Difference", "Unterschied";
    preview_dearer: "Dearer", "Teurer";
    preview_cheaper: "Cheaper", "Günstiger";
    preview_same: "The same", "Gleich";
    preview_unpriced: "{0} could not be priced again and are left out.", "{0} ließen sich nicht neu berechnen und fehlen hier.";
    preview_last: "Only the last of them were compared: there are very many.", "Nur die letzten davon wurden verglichen: Es sind sehr viele.";
    changed_meanwhile: "Somebody else changed the rates meanwhile: version {0} is in force now. Your rates are kept below; save again to put them in force.", "Jemand anderes hat die Preise inzwischen geändert: Version {0} ist jetzt in Kraft. Ihre Preise sind unten erhalten; speichern Sie noch einmal, um sie zu übernehmen.";
    future_only: "New rates count for documents from now on. What was charged stays as it was.", "Neue Preise gelten für Dokumente ab jetzt. Was berechnet wurde, bleibt, wie es war.";
});
