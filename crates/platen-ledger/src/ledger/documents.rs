//! What the ledger does with documents.

use jiff::Timestamp;
use jiff::civil::Date;
use platen_domain::{AccountId, DocumentId, Person, Receipt, UserId};
use uuid::Uuid;

use super::Ledger;
use crate::document::{
    Document, Facts, NewDocument, Outcome, Preview, Reserve, Scope, Settled, Settlement, Submitted,
};
use crate::error::LedgerError;
use crate::rules::documents::Release;
use crate::rules::preview::{self, PreviewAsk};
use crate::rules::reserve::ChangeAccount;
use crate::rules::{Moment, documents, reserve, settle};
use crate::store::Hints;
use crate::store::kept;
use crate::view::{Cursor, HistoryPage};

/// Documents in one page of the history at most.
const PAGE: u32 = 200;

/// An operation that needs one document.
fn of(id: DocumentId) -> impl Fn(&mut Hints) + Send + 'static {
    move |hints| hints.documents.push(id)
}

/// What a verdict on a document needs.
fn reservation(ask: &Reserve) -> impl Fn(&mut Hints) + Send + 'static {
    let (id, user, account) = (ask.id, ask.person.id.clone(), ask.account);
    let lease = ask.lease;
    move |hints| {
        hints.documents.push(id);
        hints.leases.extend(lease);
        hints.people.push(user.clone());
        let balance = account.map(|account| (account, Some(user.clone())));
        hints.balances.extend(balance);
    }
}

impl Ledger {
    /// Records a document under the job's own id, before anything else.
    ///
    /// *Errors*: [`Refusal::ExistsWithDifferent`](crate::Refusal) when the id
    /// was used for another owner, job number or name. *Source*: rules.md R-18.
    pub async fn submit(&self, mut document: NewDocument) -> Result<Submitted, LedgerError> {
        document.submitted_at = kept(document.submitted_at);
        let id = document.id;
        self.write(of(id), move |tx| documents::submit(tx, &document))
            .await
    }

    /// Prices a document, judges it, and reserves its points if the verdict
    /// permits; otherwise the document is cancelled and nothing is charged.
    ///
    /// Asked again with the same content it gives the stored answer.
    /// *Errors*: an unknown document, somebody else's, other content under the
    /// same id, an account that is named and can't be used, no rate card.
    /// *Source*: rules.md.
    pub async fn reserve(
        &self,
        ask: Reserve,
        now: Timestamp,
        today: Date,
    ) -> Result<Outcome, LedgerError> {
        let now = kept(now);
        let moment = Moment { now, today };
        self.write(reservation(&ask), move |tx| {
            reserve::reserve(tx, &ask, moment)
        })
        .await
    }

    /// Records a document and gives its verdict in one step: what
    /// [`Ledger::submit`] and then [`Ledger::reserve`] would do.
    ///
    /// *Errors*: those of both, in that order; after one of them the document
    /// is not recorded either. *Source*: rules.md.
    pub async fn place(
        &self,
        mut document: NewDocument,
        ask: Reserve,
        now: Timestamp,
        today: Date,
    ) -> Result<Outcome, LedgerError> {
        document.submitted_at = kept(document.submitted_at);
        let now = kept(now);
        let moment = Moment { now, today };
        let needs = reservation(&ask);
        let hints = move |hints: &mut Hints| {
            needs(hints);
            hints.new_documents.append(&mut hints.documents);
        };
        self.write(hints, move |tx| {
            documents::submit(tx, &document)?;
            reserve::reserve(tx, &ask, moment)
        })
        .await
    }

    /// Prices and judges a held or cancelled document again because its
    /// options or content changed: old and new reservation change places in
    /// one step, on the same account.
    ///
    /// Declined, the document is cancelled and its points returned: use
    /// [`Ledger::preview`] first where the change is still a wish.
    /// *Errors*: an unknown document, a state that does not allow it.
    /// *Source*: rules.md.
    pub async fn reprice(
        &self,
        id: DocumentId,
        facts: Facts,
        now: Timestamp,
    ) -> Result<Outcome, LedgerError> {
        let now = kept(now);
        self.write(of(id), move |tx| reserve::reprice(tx, id, &facts, now))
            .await
    }

    /// What a change of account, options or both would say; changes nothing.
    /// What is none stays as it is.
    ///
    /// *Errors*: an unknown document, somebody else's, an account that can't
    /// be used. *Source*: rules.md.
    pub async fn preview(
        &self,
        id: DocumentId,
        person: &Person,
        account: Option<AccountId>,
        facts: Option<Facts>,
        now: Timestamp,
        today: Date,
    ) -> Result<Preview, LedgerError> {
        let now = kept(now);
        let ask = PreviewAsk {
            id,
            person: person.clone(),
            account,
            facts,
        };
        self.read(move |tx| preview::preview(tx, &ask, Moment { now, today }))
            .await
    }

    /// Moves a document to another account, or revives a declined one on it.
    /// Both balances change, or, when the new account declines, nothing does
    /// and the outcome says so.
    ///
    /// *Errors*: an unknown document, somebody else's, a state that does not
    /// allow it, an account that can't be used. *Source*: rules.md.
    pub async fn change_account(
        &self,
        id: DocumentId,
        person: &Person,
        account: AccountId,
        scope: Scope,
        now: Timestamp,
        today: Date,
    ) -> Result<Outcome, LedgerError> {
        let now = kept(now);
        let ask = ChangeAccount {
            id,
            person: person.clone(),
            account,
            scope,
        };
        let user = ask.person.id.clone();
        let hints = move |hints: &mut Hints| {
            hints.documents.push(id);
            hints.people.push(user.clone());
            hints.balances.push((account, Some(user.clone())));
        };
        self.write(hints, move |tx| {
            reserve::change_account(tx, &ask, Moment { now, today })
        })
        .await
    }

    /// Records that a document can't be analysed: held until somebody decides, or
    /// cancelled, as the site's policy says. What it held returns.
    ///
    /// *Errors*: an unknown document, a state that does not allow it.
    /// *Source*: rules.md R-13.
    pub async fn mark_unreadable(
        &self,
        id: DocumentId,
        problem: String,
        now: Timestamp,
    ) -> Result<Document, LedgerError> {
        let now = kept(now);
        self.write(of(id), move |tx| {
            documents::mark_unreadable(tx, id, &problem, now)
        })
        .await
    }

    /// Deletes a document that was not released; its points return.
    ///
    /// *Errors*: an unknown document, a state that does not allow it.
    /// *Source*: rules.md.
    pub async fn delete(&self, id: DocumentId, now: Timestamp) -> Result<Document, LedgerError> {
        let now = kept(now);
        self.write(of(id), move |tx| documents::delete(tx, id, now))
            .await
    }

    /// Expires every document that nobody released in time; their points
    /// return. Gives those that expired now. *Source*: rules.md R-19.
    pub async fn expire_due(&self, now: Timestamp) -> Result<Vec<Document>, LedgerError> {
        let now = kept(now);
        let due = self.read(move |tx| tx.overdue_documents(now)).await?;
        let mut expired = Vec::new();
        for few in due.chunks(super::EXPIRED_AT_ONCE) {
            let few = few.to_vec();
            let ids = few.clone();
            let hints = move |hints: &mut Hints| hints.documents.extend(&ids);
            let documents = self
                .write(hints, move |tx| documents::expire(tx, &few, now))
                .await?;
            expired.extend(documents);
        }
        Ok(expired)
    }

    /// When the next document expires or the next lease is written off, so that
    /// nobody has to keep asking. *Source*: rules.md.
    pub async fn next_expiry(&self) -> Result<Option<Timestamp>, LedgerError> {
        self.read(|tx| {
            let leasing = tx.settings()?.leasing;
            let lease = tx.next_lease_end()?;
            let lease = lease.and_then(|end| leasing.is_written_off_at(end));
            let ends = [tx.next_overdue()?, lease];
            Ok(ends.into_iter().flatten().min())
        })
        .await
    }

    /// Records that a document is about to be approved for `printer` with an
    /// approval of the number `nonce`; done before the approval is given out.
    ///
    /// *Errors*: an unknown document, a state that does not allow it, a
    /// release with another number under way. *Source*: rules.md.
    pub async fn begin_release(
        &self,
        id: DocumentId,
        printer: String,
        nonce: Uuid,
        now: Timestamp,
    ) -> Result<Document, LedgerError> {
        let now = kept(now);
        let ask = Release { id, printer, nonce };
        self.write(of(id), move |tx| documents::begin_release(tx, &ask, now))
            .await
    }

    /// Takes a release back that did not begin to print.
    ///
    /// *Errors*: an unknown document, a state that does not allow it.
    /// *Source*: rules.md R-20.
    pub async fn abandon_release(
        &self,
        id: DocumentId,
        reason: String,
        now: Timestamp,
    ) -> Result<Document, LedgerError> {
        let now = kept(now);
        self.write(of(id), move |tx| {
            documents::abandon_release(tx, id, &reason, now)
        })
        .await
    }

    /// Posts what was printed and returns the rest of the reservation. What was
    /// printed beyond is a second activity, as far as the hard limit carries it.
    ///
    /// *Errors*: an unknown document, another result than the one that was
    /// settled first, a state that does not allow it.
    /// *Source*: rules.md.
    pub async fn settle(
        &self,
        id: DocumentId,
        settlement: Settlement,
        now: Timestamp,
    ) -> Result<Settled, LedgerError> {
        let now = kept(now);
        let hints = move |hints: &mut Hints| {
            hints.documents.push(id);
            hints.activities.push(id.0);
            // More than was reserved may have been printed.
            hints.posts = 2;
        };
        self.write(hints, move |tx| settle::settle(tx, id, &settlement, now))
            .await
    }

    /// Records that the owner was told of the verdict. *Source*: rules.md R-38.
    pub async fn mark_notified(&self, id: DocumentId, now: Timestamp) -> Result<(), LedgerError> {
        let now = kept(now);
        self.write(of(id), move |tx| documents::mark_notified(tx, id, now))
            .await
    }

    /// One document.
    pub async fn document(&self, id: DocumentId) -> Result<Option<Document>, LedgerError> {
        self.look_up(move |tx| Ok(tx.document(id)?.map(|record| record.document)))
            .await
    }

    /// A person's documents that are no longer open, newest first; a page of
    /// `limit` of them, at most 200, from where the former page ended.
    /// *Source*: rules.md R-34.
    pub async fn history(
        &self,
        user: &UserId,
        before: Option<Cursor>,
        limit: u32,
    ) -> Result<HistoryPage, LedgerError> {
        let user = user.clone();
        let limit = limit.clamp(1, PAGE);
        self.read(move |tx| {
            // One more than asked for tells whether there is a next page.
            let mut documents = tx.closed_documents(&user, before, limit + 1)?;
            let more = documents.len() > limit as usize;
            documents.truncate(limit as usize);
            let next = documents.last().filter(|_| more).map(|last| Cursor {
                submitted_at: last.submitted_at,
                id: last.id.0,
            });
            Ok(HistoryPage { documents, next })
        })
        .await
    }

    /// A document's receipt, computed again from its facts and the rate card
    /// that priced it; of what was printed, once that is settled.
    ///
    /// *Errors*: an unknown document, one that was never priced.
    /// *Source*: rules.md.
    pub async fn receipt(&self, id: DocumentId) -> Result<Receipt, LedgerError> {
        self.read(move |tx| documents::receipt(tx, id)).await
    }
}
