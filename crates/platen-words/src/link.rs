//! How it stands with the site's server.

use crate::words;

words! {
    /// How it stands with the site's server.
    LinkWords {
        // In a few words, in brackets after the person's name
        note_broken: "not connected", "nicht verbunden";
        note_certificate: "the print server is not trusted", "dem Druckserver wird nicht vertraut";
        note_not_ours: "the network wants a sign-in", "das Netz verlangt eine Anmeldung";
        note_garbled: "the print server is out of order", "der Druckserver ist gestört";
        note_outdated: "an update is needed", "eine Aktualisierung ist nötig";
        note_disk_full: "the disk is full", "die Festplatte ist voll";
        note_away: "print server away", "Druckserver nicht erreichbar";
        note_stopped: "sign in again", "bitte neu anmelden";
        // As a sentence
        nobody:
            "Nobody is signed in at the print server.",
            "Am Druckserver ist niemand angemeldet.";
        starting:
            "The print server has not answered yet.",
            "Der Druckserver hat noch nicht geantwortet.";
        connected: "The print server answers.", "Der Druckserver antwortet.";
        unreachable:
            "The print server can’t be reached.",
            "Der Druckserver ist nicht erreichbar.";
        certificate:
            "What answers in the print server’s place shows a certificate that is not trusted on this computer, so nothing is sent to it. Tell your administrator if this happens in your usual network.",
            "Was an der Stelle des Druckservers antwortet, zeigt ein Zertifikat, dem dieser Computer nicht vertraut; deshalb wird ihm nichts gesendet. Sagen Sie Ihrer Administration Bescheid, wenn das in Ihrem gewohnten Netz geschieht.";
        not_ours:
            "Something else answers in the print server’s place: this network may want a sign-in in the browser first.",
            "An der Stelle des Druckservers antwortet etwas anderes: Vielleicht verlangt dieses Netz zuerst eine Anmeldung im Browser.";
        garbled:
            "What the print server says makes no sense, so nothing of it is taken in. Tell your administrator.",
            "Was der Druckserver sagt, ergibt keinen Sinn; deshalb wird nichts davon übernommen. Sagen Sie Ihrer Administration Bescheid.";
        unavailable:
            "The print server can’t do its work at the moment.",
            "Der Druckserver kann im Moment nicht arbeiten.";
        client_too_old:
            "This version of Platen is too old for its server. Update Platen on this computer.",
            "Diese Version von Platen ist zu alt für ihren Server. Aktualisieren Sie Platen auf diesem Computer.";
        server_too_old:
            "The print server is too old for this version of Platen. Ask your administrator to update the server.",
            "Der Druckserver ist zu alt für diese Version von Platen. Bitten Sie Ihre Administration, ihn zu aktualisieren.";
        misunderstood:
            "The print server does not understand this version of Platen. Tell your administrator.",
            "Der Druckserver versteht diese Version von Platen nicht. Sagen Sie Ihrer Administration Bescheid.";
        disk_full:
            "The disk is full. Free some space; what the print server says can’t be kept.",
            "Die Festplatte ist voll. Schaffen Sie Platz; was der Druckserver sagt, lässt sich nicht aufbewahren.";
        signed_out:
            "The print server wants you to sign in again. Documents stay held until then.",
            "Der Druckserver verlangt, dass Sie sich neu anmelden. Bis dahin bleiben Dokumente zurückgehalten.";
        revoked:
            "An administrator shut this computer out of the print server. Sign out and in again, or ask your administrator.",
            "Dieser Computer wurde vom Druckserver ausgeschlossen. Melden Sie sich ab und wieder an, oder fragen Sie Ihre Administration.";
        somebody_else:
            "The print server knows somebody else under this sign-in. Sign out and in again.",
            "Der Druckserver kennt unter dieser Anmeldung jemand anderen. Melden Sie sich ab und wieder an.";
        diverged:
            "What this computer remembers does not fit the print server’s records: one of them was put back to an earlier day. Sign out and in again; this computer then begins anew.",
            "Was dieser Computer weiß, passt nicht zu den Daten des Druckservers: Eines von beiden wurde auf einen früheren Tag zurückgesetzt. Melden Sie sich ab und wieder an; dieser Computer beginnt dann von vorn.";
        damaged:
            "What this computer remembers of the print server is damaged. Sign out and in again; this computer then begins anew, and the damaged file is kept.",
            "Was dieser Computer vom Druckserver weiß, ist beschädigt. Melden Sie sich ab und wieder an; dieser Computer beginnt dann von vorn, und die beschädigte Datei bleibt erhalten.";
        newer_version:
            "A newer version of Platen was used on this computer. Install that version again; nothing was changed.",
            "Auf diesem Computer wurde eine neuere Version von Platen benutzt. Installieren Sie diese wieder; es wurde nichts geändert.";
        memory_full:
            "The disk of this computer is full. Free some space; until then documents stay held.",
            "Die Festplatte dieses Computers ist voll. Schaffen Sie Platz; bis dahin bleiben Dokumente zurückgehalten.";
        not_opened:
            "This computer can’t work with the print server: {0}",
            "Dieser Computer kann nicht mit dem Druckserver arbeiten: {0}";
        // What may be printed without it
        lease: "{0} on {1}", "{0} auf {1}";
        no_leases:
            "Documents stay held until it is back.",
            "Dokumente bleiben zurückgehalten, bis er wieder da ist.";
        leases:
            "Until it is back, this computer prints with the points set aside for it: {0}.",
            "Bis er wieder da ist, druckt dieser Computer mit den Punkten, die für ihn zurückgelegt sind: {0}.";
        // Why a document waits
        waits_no_lease:
            "The print server can’t be reached, and no points are set aside on this computer for your account.",
            "Der Druckserver ist nicht erreichbar, und auf diesem Computer sind für Ihr Konto keine Punkte zurückgelegt.";
        waits_lease_small:
            "The print server can’t be reached. It costs {0}, and of those set aside on this computer {1} are left.",
            "Der Druckserver ist nicht erreichbar. Es kostet {0}; auf diesem Computer noch zurückgelegt: {1}.";
        waits_no_price:
            "The print server can’t be reached, and without it nothing can be priced yet.",
            "Der Druckserver ist nicht erreichbar, und ohne ihn steht noch kein Preis fest.";
        waits_sign_in:
            "You have to sign in again first.",
            "Sie müssen sich zuerst neu anmelden.";
        waits_disk_full:
            "The disk of this computer is full.",
            "Die Festplatte dieses Computers ist voll.";
        // What was not delivered
        lost_choice: "What was last chosen on it", "Was zuletzt darauf gewählt wurde,";
        lost_one: "What was done with “{0}”", "Was mit „{0}“ geschah,";
        lost_some: "What was done with {0} and “{1}”", "Was mit {0} und „{1}“ geschah,";
        lost_more: "What was done with {0} and {1} more documents", "Was mit {0} und {1} weiteren Dokumenten geschah,";
        lost_name: "“{0}”", "„{0}“";
        not_delivered:
            "This computer begins anew. {0} may not have reached the print server, and will not: what is still held gets a new verdict, and what was printed is not charged by itself. Tell your administrator.",
            "Dieser Computer beginnt von vorn. {0} hat den Druckserver vielleicht nicht erreicht und wird es nicht mehr: Was noch zurückgehalten ist, wird neu geprüft, und was gedruckt wurde, wird nicht von selbst abgebucht. Sagen Sie Ihrer Administration Bescheid.";
        // What was not done
        kept:
            "The print server can’t be reached. What you chose is kept, and done when it is back.",
            "Der Druckserver ist nicht erreichbar. Ihre Wahl ist aufbewahrt und wird ausgeführt, sobald er wieder da ist.";
        unchanged_disk_full:
            "The disk of this computer is full; nothing was changed.",
            "Die Festplatte dieses Computers ist voll; es wurde nichts geändert.";
        unchanged_away:
            "It needs the print server, which can’t be reached; nothing was changed.",
            "Dafür wird der Druckserver gebraucht, und der ist nicht erreichbar; es wurde nichts geändert.";
        not_now:
            "It can’t be done with this document now.",
            "Das geht mit diesem Dokument jetzt nicht.";
        account_gone:
            "This account carries nothing more, or is not yours any more.",
            "Dieses Konto trägt nichts mehr oder gehört nicht mehr zu Ihren.";
        account_too_small:
            "This account does not carry it.",
            "Dieses Konto reicht dafür nicht.";
        release_pending:
            "The print server has not answered yet. The document is printed if it does within two minutes.",
            "Der Druckserver hat noch nicht geantwortet. Das Dokument wird gedruckt, wenn er es innerhalb von zwei Minuten tut.";
    }
}
