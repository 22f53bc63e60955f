//! What the portal and the client call alike.

use platen_domain::{Account, Balance, DocumentState, Points, PointsError, Standing};

use crate::{fill, words};

words! {
    /// What the portal and the client call alike.
    Terms {
        // Numbers
        decimal_mark: ".", ",";
        points_one: "1 point", "1 Punkt";
        points_many: "{0} points", "{0} Punkte";
        points_used: "{0}/{1} points used", "{0}/{1} Punkte verbraucht";
        // States of documents
        state_submitted: "Checking", "Wird geprüft";
        state_waits: "Waiting", "Wartet";
        state_unreadable: "Needs attention", "Bitte ansehen";
        state_held: "Ready to release", "Bereit zur Freigabe";
        state_canceled: "Canceled", "Abgebrochen";
        state_releasing: "Printing", "Wird gedruckt";
        state_printed: "Printed", "Gedruckt";
        state_failed: "Failed", "Fehlgeschlagen";
        state_deleted: "Deleted", "Gelöscht";
        state_expired: "Expired", "Verfallen";
        // How full an account is
        standing_unlimited: "Unlimited", "Unbegrenzt";
        standing_good: "Good", "Gut";
        standing_low: "Running low", "Wird knapp";
        standing_over: "Over limit", "Über dem Limit";
        // Titles of notifications, on the desktop, in a page and on a phone
        title_ready: "Job Ready", "Dokument bereit";
        title_warning: "Account Limit Warning", "Kontolimit-Warnung";
        title_declined: "Printing Declined", "Druck abgelehnt";
        title_unreadable: "Document Needs Attention", "Dokument braucht Aufmerksamkeit";
        title_not_printed: "Document Not Printed", "Dokument nicht gedruckt";
        title_unknown: "Printed or Not?", "Gedruckt oder nicht?";
    }
}

impl Terms {
    /// `7.5`, in the language's own way.
    #[must_use]
    pub fn number(&self, points: &Points) -> String {
        points.to_string().replace('.', self.decimal_mark)
    }

    /// `1 point`, `7.5 points`.
    #[must_use]
    pub fn points(&self, points: &Points) -> String {
        if points.hundredths() == 100 {
            self.points_one.to_owned()
        } else {
            fill(self.points_many, &[&self.number(points)])
        }
    }

    /// `one`, or `many` with the number in it.
    #[must_use]
    pub fn counted(&self, number: u64, one: &str, many: &str) -> String {
        if number == 1 {
            one.to_owned()
        } else {
            fill(many, &[&number.to_string()])
        }
    }

    /// `19/50 points used`, or `50 points` when unlimited. *Source*: rules.md R-4.
    #[must_use]
    pub fn balance_of(&self, used: &Points, limit: Option<&Points>) -> String {
        match limit {
            Some(limit) => fill(self.points_used, &[&self.number(used), &self.number(limit)]),
            None => self.points(used),
        }
    }

    /// The same of an account.
    ///
    /// *Errors*: [`PointsError`] for balances beyond the range.
    pub fn account_balance(
        &self,
        account: &Account,
        balance: &Balance,
    ) -> Result<String, PointsError> {
        Ok(self.balance_of(&balance.used()?, account.limit.as_ref()))
    }

    /// Where a document stands, in the words of a list.
    #[must_use]
    pub const fn state(&self, state: &DocumentState) -> &'static str {
        match state {
            DocumentState::Submitted => self.state_submitted,
            DocumentState::Unreadable => self.state_unreadable,
            DocumentState::Held => self.state_held,
            DocumentState::Canceled => self.state_canceled,
            DocumentState::Releasing => self.state_releasing,
            DocumentState::Printed => self.state_printed,
            DocumentState::Failed => self.state_failed,
            DocumentState::Deleted => self.state_deleted,
            DocumentState::Expired => self.state_expired,
        }
    }

    /// How full a balance is; the word that goes with the colour.
    #[must_use]
    pub const fn standing(&self, standing: &Standing) -> &'static str {
        match standing {
            Standing::Unlimited => self.standing_unlimited,
            Standing::Good => self.standing_good,
            Standing::Low => self.standing_low,
            Standing::Over => self.standing_over,
        }
    }
}

#[cfg(test)]
mod tests {
    use platen_domain::{DocumentState, Points, Standing};

    use crate::{ENGLISH, GERMAN};

    fn points(hundredths: i64) -> Points {
        Points::from_hundredths(hundredths)
    }

    #[test]
    fn one_point_is_singular_and_decimals_are_the_languages_own() {
        for (hundredths, english, german) in [
            (100, "1 point", "1 Punkt"),
            (750, "7.5 points", "7,5 Punkte"),
            (0, "0 points", "0 Punkte"),
        ] {
            assert_eq!(ENGLISH.points(&points(hundredths)), english);
            assert_eq!(GERMAN.points(&points(hundredths)), german);
        }
        let of = (points(1950), points(5000));
        assert_eq!(
            GERMAN.balance_of(&of.0, Some(&of.1)),
            "19,5/50 Punkte verbraucht"
        );
        assert_eq!(
            ENGLISH.balance_of(&of.0, Some(&of.1)),
            "19.5/50 points used"
        );
        assert_eq!(ENGLISH.balance_of(&of.1, None), "50 points");
    }

    #[test]
    fn english_is_what_the_domain_says() {
        for state in DocumentState::ALL {
            assert_eq!(ENGLISH.state(&state), state.label());
        }
        for standing in [
            Standing::Unlimited,
            Standing::Good,
            Standing::Low,
            Standing::Over,
        ] {
            assert_eq!(ENGLISH.standing(&standing), standing.word());
        }
    }
}
