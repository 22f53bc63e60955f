//! Wishes of a person, carried out by the engine, and what comes of them.

use std::time::Duration;

use platen_domain::price::price;
use platen_domain::{AccountId, DocumentId, DocumentState, Points, Receipt, Verdict, judge};
use platen_ledger::{AccountView, Document, Facts, LedgerError, Outcome, Preview, Refusal};
use platen_link::Told;
use platen_sync::engine::{Decision, Declined, Event, Shown};
use platen_sync::wire;

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
                return Err(BooksError::Declined(refused.sentence));
            }
            Some(told @ (Told::Declined(_) | Told::Refused(_))) => return Err(declined(told)),
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
pub(super) fn declined(told: Told) -> BooksError {
    let sentence = match told {
        Told::Declined(Declined::DiskFull) => {
            "The disk of this computer is full; nothing was changed."
        }
        Told::Declined(Declined::NeedsNetwork) => {
            "It needs the print server, which can’t be reached; nothing was changed."
        }
        Told::Declined(Declined::NotNow) => "It can’t be done with this document now.",
        Told::Declined(Declined::Invalid(refused)) | Told::Refused(refused) => {
            return BooksError::Declined(refused.sentence);
        }
        _ => return BooksError::Kept,
    };
    BooksError::Declined(sentence.into())
}
