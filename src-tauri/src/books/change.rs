//! Wishes of a person, carried out by the engine, and what comes of them.

use std::time::Duration;

use platen_domain::price::price;
use platen_domain::{AccountId, DocumentId, DocumentState, Points, Receipt, Verdict, judge};
use platen_ledger::{AccountView, Document, Facts, LedgerError, Outcome, Preview, Refusal};
use platen_link::Told;
use platen_sync::engine::{Decision, Declined, Event, Shown};
use platen_sync::wire::{self, RefusalCode, Refused};
use platen_web::Language;
use platen_web::words::Words;

use super::member::Member;
use super::{BooksError, Result, convert};

/// How long a person looks at a page that asks.
pub(super) const PATIENCE: Duration = Duration::from_secs(4);

impl Member {
    pub(super) fn new_document(&self, id: DocumentId) -> Result<wire::NewDocument> {
        let unknown = LedgerError::Refused(Refusal::UnknownDocument(id));
        let record = self.record(id).ok_or(unknown)?;
        Ok(wire::NewDocument {
            id,
            queue: record.queue,
            job_id: record.job_id,
            name: record.name,
            submitted_at: record.submitted_at,
        })
    }

    pub(super) fn known_document(&self, id: DocumentId) -> Result<Document> {
        let unknown = LedgerError::Refused(Refusal::UnknownDocument(id));
        Ok(self.document(id).ok_or(unknown)?)
    }

    /// Changes a document, and waits for what comes of it.
    pub(super) async fn change(&self, id: DocumentId, event: Event) -> Result<Outcome> {
        let mut wish = self.wish(Some(id), true);
        self.link.happened(event).await;
        let told = wish.told(PATIENCE).await;
        let (verdict, account) = match told {
            Some(Told::Answered(done)) => {
                let account = done.account.as_ref().map(convert::account).transpose();
                let verdict = done.verdict.ok_or(BooksError::Kept)?;
                (verdict, account.map_err(LedgerError::from)?)
            }
            Some(Told::Decided(Decision::Judged {
                verdict, account, ..
            })) => (verdict, self.account(account)?),
            Some(Told::Decided(Decision::Refused(refused))) => {
                return Err(BooksError::Declined(said(self.words, &refused)));
            }
            Some(told @ (Told::Declined(_) | Told::Refused(_))) => {
                return Err(declined(self.words, told));
            }
            _ => return Err(BooksError::Kept),
        };
        Ok(Outcome {
            verdict,
            document: self.known_document(id)?,
            account,
        })
    }

    fn account(&self, account: Option<AccountId>) -> Result<Option<AccountView>> {
        let shown = self.shown.borrow();
        let mut accounts = shown.accounts.iter();
        let found = accounts.find(|one| Some(one.id) == account);
        let view = found.map(convert::account).transpose();
        Ok(view.map_err(LedgerError::from)?)
    }

    pub(super) fn foresee(
        &self,
        id: DocumentId,
        account: Option<AccountId>,
        facts: Option<Facts>,
    ) -> Result<Preview> {
        let document = self.known_document(id)?;
        let account = account.or(document.account).or(self.shown.borrow().active);
        let view = self.account(account)?;
        let facts = facts.or(document.facts);
        let cost = match facts {
            Some(facts) => receipt(&self.shown.borrow(), &convert::facts_to(facts))?.total,
            None => document.cost.unwrap_or_default(),
        };
        let Some(view) = view else {
            let verdict = Verdict::Declined {
                available: Points::ZERO,
            };
            return Ok(Preview {
                verdict,
                cost,
                account: None,
            });
        };
        let mut balance = view.balance;
        if document.state.is_reserved() && document.account == Some(view.account.id) {
            let own = document.cost.unwrap_or_default();
            balance.pending = balance.pending.minus(own).map_err(LedgerError::from)?;
        }
        let verdict = judge(&view.account, balance, cost).map_err(LedgerError::from)?;
        Ok(Preview {
            verdict,
            cost,
            account: Some(view),
        })
    }
}

pub(super) fn receipt(
    shown: &Shown,
    facts: &wire::Facts,
) -> std::result::Result<Receipt, LedgerError> {
    let card = shown.card.as_ref();
    let card = card.ok_or(LedgerError::Refused(Refusal::NoRateCard))?;
    Ok(price(card, &facts.pages(), &facts.finishing)?)
}

pub(super) fn is_judged(shown: &Shown, id: DocumentId) -> bool {
    convert::find(shown, id).is_some_and(|found| found.document.verdict.is_some())
}

pub(super) fn is_open(shown: &Shown, id: DocumentId) -> bool {
    shown.documents.iter().any(|one| one.document.id == id)
}

pub(super) fn state_of(shown: &Shown, id: DocumentId) -> Option<DocumentState> {
    convert::find(shown, id).and_then(|found| found.document.state)
}

pub(super) fn is_releasing(shown: &Shown, id: DocumentId) -> bool {
    state_of(shown, id) == Some(DocumentState::Releasing)
}

/// A sentence for what was not done.
pub(super) fn declined(words: &Words, told: Told) -> BooksError {
    let sentence = match told {
        Told::Declined(Declined::DiskFull) => words.link.unchanged_disk_full,
        Told::Declined(Declined::NeedsNetwork) => words.link.unchanged_away,
        Told::Declined(Declined::NotNow) => words.link.not_now,
        Told::Declined(Declined::Invalid(refused)) | Told::Refused(refused) => {
            return BooksError::Declined(said(words, &refused));
        }
        _ => return BooksError::Kept,
    };
    BooksError::Declined(sentence.into())
}

/// What the print server said no with: it speaks English, and its code tells what it
/// means.
pub(super) fn said(words: &Words, refused: &Refused) -> String {
    if words.tag == Language::English {
        return refused.sentence.clone();
    }
    match refused.code {
        RefusalCode::ExistsWithDifferent => words.refused_exists_different,
        RefusalCode::UnknownDocument => words.refused_unknown_document,
        RefusalCode::NotYours => words.refused_not_yours,
        RefusalCode::WrongState => words.link.not_now,
        RefusalCode::UnknownLease => words.refused_unknown_lease,
        RefusalCode::LeaseEnded => words.refused_lease_ended,
        RefusalCode::AccountsOff => words.refused_accounts_off,
        RefusalCode::UnknownAccount => words.refused_unknown_account,
        RefusalCode::Barred => words.link.account_gone,
        RefusalCode::AtLimit => words.account_at_limit,
        RefusalCode::InsufficientPoints => words.link.account_too_small,
        RefusalCode::NoPrice => words.refused_no_rate_card,
        // A newer server's own, and what no person brings about.
        RefusalCode::NoLease
        | RefusalCode::Invalid
        | RefusalCode::Malformed
        | RefusalCode::Unsupported
        | RefusalCode::Unknown => return refused.sentence.clone(),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use platen_web::words::{ENGLISH, GERMAN};

    use super::*;

    #[test]
    fn what_the_server_refuses_is_told_in_the_persons_language() {
        let refused = Refused::new(RefusalCode::NotYours, "It is Kim’s.");
        assert_eq!(said(&ENGLISH, &refused), "It is Kim’s.");
        assert_eq!(
            said(&GERMAN, &refused),
            "Dieses Dokument gehört jemand anderem."
        );
        let unknown = Refused::new(RefusalCode::Unknown, "Not on Sundays.");
        assert_eq!(said(&GERMAN, &unknown), "Not on Sundays.");
    }
}
