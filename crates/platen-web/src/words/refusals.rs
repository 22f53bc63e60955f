//! Why the rules forbid something, in the words of a person.

use platen_domain::Barred;
use platen_ledger::{AccountFault, CardFault, Refusal};

use super::{Words, fill};
use crate::portal::{PortalError, Trouble};

impl Words {
    /// Why the ledger refused.
    #[must_use]
    pub fn refusal(&self, refusal: &Refusal) -> String {
        match refusal {
            Refusal::WrongState(state) => {
                return fill(self.refused_wrong_state, &[self.state(state)]);
            }
            Refusal::InvalidAccount(fault) => {
                return fill(self.refused_invalid_account, &[self.account_fault(fault)]);
            }
            Refusal::InvalidCard(fault) => return self.card_fault(fault),
            Refusal::OutOfRange { least, most, .. } => {
                let range = [least.to_string(), most.to_string()];
                return fill(
                    self.refused_out_of_range,
                    &range.each_ref().map(String::as_str),
                );
            }
            Refusal::Row { row, why } => {
                return fill(self.refused_row, &[&row.to_string(), &self.refusal(why)]);
            }
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
            Refusal::LeaseLasts(_) => self.refused_lease_lasts,
            Refusal::NoReceipt(_) => self.refused_no_receipt,
            Refusal::UnknownDevice(_) => self.refused_unknown_device,
            Refusal::OutOfStep { .. } => self.refused_out_of_step,
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
            Refusal::TooLong { .. } => self.refused_too_long,
            Refusal::NotAName { .. } => self.refused_not_a_name,
            Refusal::EveryonesAccount => self.refused_everyones,
            Refusal::ImportEnded => self.refused_import_ended,
            Refusal::Twice { .. } => self.refused_twice,
            // What a newer ledger may refuse.
            #[expect(unreachable_patterns, reason = "the ledger's rules grow")]
            _ => self.refused_otherwise,
        }
        .to_owned()
    }

    /// What is wrong with an account.
    #[must_use]
    pub fn account_fault(&self, fault: &AccountFault) -> &'static str {
        match fault {
            AccountFault::NoName => self.account_no_name,
            AccountFault::BadName { what: "code", .. } => self.account_bad_code,
            AccountFault::BadName { .. } => self.account_bad_name,
            AccountFault::NegativeLimit => self.account_negative_limit,
            AccountFault::NothingToExceed => self.account_nothing_to_exceed,
            AccountFault::EndsBeforeItStarts => self.account_ends_before_it_starts,
            AccountFault::TooMuch => self.account_too_much,
        }
    }

    /// What is wrong with a rate card.
    #[must_use]
    pub fn card_fault(&self, fault: &CardFault) -> String {
        match fault {
            CardFault::NoName => self.card_no_name.to_owned(),
            CardFault::BadName(name) => fill(self.card_bad_name, &[name]),
            CardFault::SameName(name) => fill(self.card_same_name, &[name]),
            CardFault::SameSize(one, other) => fill(self.card_same_size, &[one, other]),
            CardFault::NoSize(name) => fill(self.card_no_size, &[name]),
            CardFault::Negative(name) => fill(self.card_negative, &[name]),
            CardFault::TooMany => self.card_too_many.to_owned(),
        }
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

    /// What can't be done at the moment.
    #[must_use]
    pub fn trouble(&self, trouble: Trouble) -> &'static str {
        match trouble {
            Trouble::TooManyKept => self.trouble_too_many_kept,
            Trouble::TooManyAtOnce => self.trouble_too_many_at_once,
            Trouble::AnalyserAway => self.trouble_analyser,
            Trouble::NoRoom => self.trouble_no_room,
            Trouble::PrintingAway => self.trouble_printing,
            Trouble::LedgerAway => self.trouble_ledger,
        }
    }

    /// What a person reads of an error.
    #[must_use]
    pub fn portal_error(&self, error: &PortalError) -> String {
        match error {
            PortalError::NotFound => self.not_found.to_owned(),
            PortalError::Rule(refusal) => self.refusal(refusal),
            PortalError::Trouble(trouble) => self.trouble(*trouble).to_owned(),
            PortalError::Refused(text) | PortalError::Unavailable(text) => text.clone(),
        }
    }
}
