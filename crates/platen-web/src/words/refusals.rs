//! Why the rules forbid something, in the words of a person.

use platen_domain::Barred;
use platen_ledger::Refusal;

use super::{Words, fill};
use crate::portal::PortalError;

impl Words {
    /// Why the ledger refused.
    #[must_use]
    pub fn refusal(&self, refusal: &Refusal) -> String {
        match refusal {
            Refusal::WrongState(state) => {
                return fill(self.refused_wrong_state, &[self.state(state)]);
            }
            Refusal::InvalidAccount(why) => return fill(self.refused_invalid_account, &[why]),
            Refusal::InsufficientPoints { available } => {
                return fill(self.refused_insufficient, &[&self.left(available)]);
            }
            Refusal::Barred(barred) => self.barred(barred),
            Refusal::UnknownDocument(_) => self.refused_unknown_document,
            Refusal::NotYours => self.refused_not_yours,
            Refusal::ExistsWithDifferent { .. } => self.refused_exists_different,
            Refusal::Changed => self.refused_changed,
            Refusal::UnknownLease(_) => self.refused_unknown_lease,
            Refusal::LeaseEnded(_) => self.refused_lease_ended,
            Refusal::AccountsOff => self.refused_accounts_off,
            Refusal::UnknownAccount(_) => self.refused_unknown_account,
            Refusal::NotUnique { what: "code" } => self.refused_code_taken,
            Refusal::NotUnique { .. } => self.refused_name_taken,
            Refusal::KindInUse => self.refused_kind_in_use,
            Refusal::Missing { what: "reason" } => self.refused_reason_missing,
            Refusal::Missing { .. } => self.refused_missing,
            Refusal::SharedPool => self.refused_shared_pool,
            Refusal::NotPositive => self.refused_not_positive,
            Refusal::UnknownActivity(_) => self.refused_unknown_activity,
            Refusal::NoRateCard => self.refused_no_rate_card,
            Refusal::TooManyPages => self.refused_too_many_pages,
            Refusal::AtLimit => self.account_at_limit,
            Refusal::Unstorable => self.refused_unstorable,
            // What a newer ledger may refuse.
            #[expect(unreachable_patterns, reason = "the ledger's rules grow")]
            _ => self.refused_otherwise,
        }
        .to_owned()
    }

    /// Why an account can't be used.
    #[must_use]
    pub fn barred(&self, barred: &Barred) -> &'static str {
        match barred {
            Barred::Archived => self.barred_archived,
            Barred::Disabled => self.barred_disabled,
            Barred::NotOnClients => self.barred_not_on_clients,
            Barred::NotYetOpen => self.barred_not_yet_open,
            Barred::Expired => self.barred_expired,
            Barred::NoAccess => self.barred_no_access,
        }
    }

    /// What a person reads of an error.
    #[must_use]
    pub fn portal_error(&self, error: &PortalError) -> String {
        match error {
            PortalError::NotFound => self.not_found.to_owned(),
            PortalError::Rule(refusal) => self.refusal(refusal),
            PortalError::Refused(text) | PortalError::Unavailable(text) => text.clone(),
        }
    }
}
