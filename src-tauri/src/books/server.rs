//! The ledger's operations, done at the site's server or, without network, by the
//! engine in its place. *Source*: docs/sync.md.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use platen_domain::{AccountId, DocumentId, DocumentState, Person, Receipt, UserId};
use platen_ledger::{
    Document, Facts, LedgerError, NewDocument, Outcome, Preview, Refusal, Scope, Settlement,
    UserView,
};
use platen_link::Told;
use platen_sync::engine::{
    Decision, Declined, Event, RELEASE_PATIENCE_MS, Submission, VERDICT_DEADLINE_MS,
};
use tokio::sync::watch;

use super::change::{PATIENCE, declined, is_judged, is_open, is_releasing, receipt, state_of};
use super::joined::Joined;
use super::record::Record;
use super::{At, Books, BooksError, LinkState, Released, Result, convert};

/// The engine decides in its own time; beyond this the disk has to be slow.
const VERDICT_PATIENCE: Duration = Duration::from_millis(VERDICT_DEADLINE_MS + 5_000);
/// The engine says no by then.
const RELEASE_PATIENCE: Duration = Duration::from_millis(RELEASE_PATIENCE_MS / 6);

#[async_trait]
impl Books for Joined {
    async fn document(&self, id: DocumentId) -> Result<Option<Document>> {
        // Nobody is signed in: nothing is known, and what comes waits for somebody.
        let Ok(member) = self.member() else {
            return Ok(None);
        };
        Ok(member.document(id).or_else(|| member.of_another(id)))
    }

    async fn submit(&self, new: NewDocument) -> Result<()> {
        let member = self.member_of(&new.user)?;
        if member.of_another(new.id).is_some() {
            // Whoever asked did so before it was known who is signed in.
            return Err(LedgerError::Refused(Refusal::NotYours).into());
        }
        if member.record(new.id).is_none() {
            member.claim(new.id).await?;
            let record = Record {
                queue: new.queue,
                job_id: new.job_id,
                name: new.name,
                submitted_at: new.submitted_at,
                facts: None,
                placed: false,
                refused: None,
                told: false,
                release: None,
            };
            member.put(new.id, record).await?;
        }
        Ok(())
    }

    async fn reserve(
        &self,
        id: DocumentId,
        person: &Person,
        facts: Facts,
        _: At,
    ) -> Result<Document> {
        let member = self.member_of(&person.id)?;
        let facts = convert::facts_to(facts);
        let priced = facts.clone();
        member
            .write(id, |record| {
                record.facts = Some(priced);
                record.refused = None;
                record.told = false;
            })
            .await?;
        let submission = Submission {
            document: member.new_document(id)?,
            facts,
            account: None,
        };
        let mut wish = member.wish(Some(id), false);
        member
            .link
            .happened(Event::Submitted(Box::new(submission)))
            .await;
        while let Some(told) = wish.told(VERDICT_PATIENCE).await {
            let Told::Decided(decision) = told else {
                continue;
            };
            if matches!(decision, Decision::Judged { .. }) {
                member.until(|shown| is_judged(shown, id)).await;
            }
            break;
        }
        member.known_document(id)
    }

    async fn mark_unreadable(&self, id: DocumentId, problem: String, _: At) -> Result<Document> {
        let member = self.member()?;
        let document = Box::new(member.new_document(id)?);
        member
            .link
            .happened(Event::Unreadable { document, problem })
            .await;
        member
            .until(|shown| state_of(shown, id) == Some(DocumentState::Unreadable))
            .await;
        member.known_document(id)
    }

    async fn reprice(&self, id: DocumentId, facts: Facts, _: At) -> Result<Outcome> {
        let member = self.member()?;
        let facts = convert::facts_to(facts);
        let priced = facts.clone();
        let event = Event::Repriced {
            document: id,
            facts: Box::new(facts),
        };
        let changed = member.change(id, event).await;
        // What is kept will be so; what is declined changed nothing.
        if matches!(changed, Ok(_) | Err(BooksError::Kept)) {
            member
                .write(id, |record| record.facts = Some(priced))
                .await?;
        }
        changed
    }

    async fn change_account(
        &self,
        id: DocumentId,
        _: &Person,
        (account, scope): (AccountId, Scope),
        _: At,
    ) -> Result<Outcome> {
        let member = self.member()?;
        let event = Event::AccountChanged {
            document: id,
            account,
            scope: convert::scope_to(scope),
        };
        member.change(id, event).await
    }

    async fn preview(
        &self,
        id: DocumentId,
        _: &Person,
        (account, facts): (Option<AccountId>, Option<Facts>),
        _: At,
    ) -> Result<Preview> {
        self.member()?.foresee(id, account, facts)
    }

    async fn set_active(&self, _: &Person, account: AccountId, _: At) -> Result<()> {
        let member = self.member()?;
        let _turn = member.choosing.lock().await;
        let mut wish = member.wish(None, false);
        member.link.happened(Event::ActiveChosen { account }).await;
        let chosen = member.until(|shown| shown.active == Some(account));
        tokio::select! {
            biased;
            told = wish.told(PATIENCE) => match told {
                Some(Told::Declined(Declined::NotNow)) => Err(BooksError::Declined(
                    self.words.link.account_gone.into(),
                )),
                Some(told) => Err(declined(self.words, told)),
                None => Err(BooksError::Kept),
            },
            true = chosen => Ok(()),
        }
    }

    async fn delete(&self, id: DocumentId, _: At) -> Result<()> {
        let member = self.member()?;
        if convert::find(&member.shown.borrow(), id).is_none() {
            return Ok(member.forget(id).await?);
        }
        let mut wish = member.wish(Some(id), false);
        member.link.happened(Event::Deleted { document: id }).await;
        let deleted = member.until(|shown| !is_open(shown, id));
        tokio::select! {
            true = deleted => Ok(()),
            Some(told @ Told::Declined(_)) = wish.told(PATIENCE) => Err(declined(self.words, told)),
            else => Err(BooksError::Kept),
        }
    }

    async fn begin_release(&self, id: DocumentId, printer: String, _: At) -> Result<Document> {
        let member = self.member()?;
        let mut wish = member.wish(Some(id), true);
        let event = Event::ReleaseAsked {
            document: id,
            printer,
        };
        member.link.happened(event).await;
        while let Some(told) = wish.told(RELEASE_PATIENCE).await {
            match told {
                Told::Release(_) => {
                    member.until(|shown| is_releasing(shown, id)).await;
                    return member.known_document(id);
                }
                Told::Declined(_) | Told::Refused(_) => {
                    return Err(declined(self.words, told));
                }
                _ => {}
            }
        }
        Err(BooksError::Declined(self.words.link.release_pending.into()))
    }

    async fn abandon_release(&self, id: DocumentId, reason: String, _: At) -> Result<Document> {
        let member = self.member()?;
        let event = Event::Abandoned {
            document: id,
            reason,
        };
        member.link.happened(event).await;
        member.until(|shown| !is_releasing(shown, id)).await;
        member.write(id, |record| record.release = None).await?;
        member.known_document(id)
    }

    async fn settle(&self, id: DocumentId, settlement: Settlement, _: At) -> Result<Document> {
        let member = self.member()?;
        let event = Event::Settled {
            document: id,
            settlement: convert::settlement_to(settlement),
        };
        member.link.happened(event).await;
        member.until(|shown| !is_open(shown, id)).await;
        member.known_document(id)
    }

    async fn mark_notified(&self, id: DocumentId, _: At) -> Result<()> {
        let member = self.member()?;
        let is_refused = member
            .record(id)
            .is_some_and(|record| record.refused.is_some());
        let is_known = !is_refused && {
            let shown = member.shown.borrow();
            convert::find(&shown, id).is_some_and(|found| {
                found.document.verdict.is_some()
                    || found.document.state == Some(DocumentState::Unreadable)
            })
        };
        if !is_known {
            return Ok(member.write(id, |record| record.told = true).await?);
        }
        // It was, whether that can be stored or not.
        member.note_told(id);
        member.link.happened(Event::Notified { document: id }).await;
        member
            .until(|shown| convert::find(shown, id).is_none_or(|found| found.document.notified))
            .await;
        Ok(())
    }

    async fn receipt(&self, id: DocumentId) -> Result<Receipt> {
        let member = self.member()?;
        let record = member.record(id).and_then(|record| record.facts);
        let facts = record.ok_or(LedgerError::Refused(Refusal::UnknownDocument(id)))?;
        Ok(receipt(&member.shown.borrow(), &facts)?)
    }

    async fn view(&self, person: &Person, _: At) -> Result<UserView> {
        let member = self.member()?;
        let shown = member.shown.borrow().clone();
        let open = shown.documents.iter();
        let documents = open.filter_map(|found| member.document(found.document.id));
        let mut documents: Vec<_> = documents.collect();
        // What is still being counted, and what can't be placed, is here alone.
        for id in member.known() {
            if convert::find(&shown, id).is_none()
                && let Some(document) = member.document(id)
                && document.state.is_open()
            {
                documents.push(document);
            }
        }
        for document in &mut documents {
            // It is held, but nobody can release it before it has a verdict.
            if document.state == DocumentState::Held && document.verdict.is_none() {
                document.state = DocumentState::Submitted;
            }
        }
        documents.sort_by_key(|one| (std::cmp::Reverse(one.submitted_at), one.job_id));
        Ok(convert::view(&shown, person, documents).map_err(LedgerError::from)?)
    }

    async fn history(&self, _: &UserId, most: Option<u32>) -> Result<Vec<Document>> {
        let member = self.member()?;
        let known = member.known().into_iter();
        let mut past: Vec<_> = known
            // What became of older ones is for the server's portal to say.
            .filter(|id| convert::find(&member.shown.borrow(), *id).is_some())
            .filter_map(|id| member.document(id))
            .filter(|document| !document.state.is_open())
            .collect();
        past.sort_by_key(|one| (std::cmp::Reverse(one.submitted_at), one.job_id));
        past.truncate(most.map_or(usize::MAX, |most| most as usize));
        Ok(past)
    }

    async fn account_name(&self, account: AccountId) -> Result<Option<String>> {
        let member = self.member()?;
        let shown = member.shown.borrow();
        let found = shown.accounts.iter().find(|one| one.id == account);
        Ok(found.map(|one| one.name.clone()))
    }

    async fn expire(&self, _: At) -> Result<(Vec<DocumentId>, Option<Timestamp>)> {
        Ok((Vec::new(), None))
    }

    async fn forget_all_but(&self, open: &[DocumentId]) -> Result<()> {
        let Ok(member) = self.member() else {
            return Ok(());
        };
        let has_view = member.shown.borrow().user.is_some();
        for id in member.known() {
            let is_shown = convert::find(&member.shown.borrow(), id).is_some();
            let is_over = member
                .record(id)
                .is_some_and(|record| record.placed || record.refused.is_some());
            if has_view && is_over && !is_shown && !open.contains(&id) {
                member.forget(id).await?;
            }
        }
        Ok(())
    }

    fn released(&self, id: DocumentId) -> Option<Released> {
        let member = self.member().ok()?;
        let stored = member.record(id)?.release?;
        let shown = member.shown.borrow();
        let lease = convert::find(&shown, id).and_then(|found| found.document.lease);
        let mut leases = shown.leases.iter();
        let lease = leases.find(|one| Some(one.id) == lease);
        let signed = lease.and_then(|lease| lease.signed.clone());
        Some(stored.released(signed, shown.card.clone()))
    }

    fn waits(&self, id: DocumentId) -> Option<String> {
        let member = self.member().ok()?;
        let judged = is_judged(&member.shown.borrow(), id);
        member.why_it_waits(id).filter(|_| !judged)
    }

    fn link(&self) -> Option<LinkState> {
        Some(self.state())
    }

    async fn signed_in(&self) {
        if let Ok(member) = self.member() {
            member.link.happened(Event::SignedIn).await;
        }
    }

    async fn network_changed(&self) {
        if let Ok(member) = self.member() {
            member.link.happened(Event::NetworkChanged).await;
        }
    }

    fn changes(&self) -> watch::Receiver<u64> {
        Self::changes(self)
    }
}
