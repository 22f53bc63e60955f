//! This computer's own ledger.

use async_trait::async_trait;
use jiff::Timestamp;
use platen_domain::{AccountId, DocumentId, Person, Receipt, UserId};
use platen_ledger::{
    Document, Facts, Ledger, LedgerError, NewDocument, Outcome, Preview, Refusal, Reserve, Scope,
    Settlement, UserView,
};
use tokio::sync::watch;

use super::{At, Books, LinkState, Released, Result, fresh_nonce};

/// How many documents are read at once.
const PAGE: u32 = 200;

#[async_trait]
impl Books for Ledger {
    async fn document(&self, id: DocumentId) -> Result<Option<Document>> {
        Ok(Self::document(self, id).await?)
    }

    async fn submit(&self, new: NewDocument) -> Result<()> {
        Self::submit(self, new).await?;
        Ok(())
    }

    async fn reserve(
        &self,
        id: DocumentId,
        person: &Person,
        facts: Facts,
        at: At,
    ) -> Result<Document> {
        let ask = Reserve {
            id,
            person: person.clone(),
            account: None,
            facts,
            lease: None,
        };
        let outcome = Self::reserve(self, ask, at.now, at.today).await?;
        Ok(outcome.document)
    }

    async fn mark_unreadable(&self, id: DocumentId, problem: String, at: At) -> Result<Document> {
        Ok(Self::mark_unreadable(self, id, problem, at.now).await?)
    }

    async fn reprice(&self, id: DocumentId, facts: Facts, at: At) -> Result<Outcome> {
        Ok(Self::reprice(self, id, facts, at.now).await?)
    }

    async fn change_account(
        &self,
        id: DocumentId,
        person: &Person,
        (account, scope): (AccountId, Scope),
        at: At,
    ) -> Result<Outcome> {
        let outcome = Self::change_account(self, id, person, account, scope, at.now, at.today);
        Ok(outcome.await?)
    }

    async fn preview(
        &self,
        id: DocumentId,
        person: &Person,
        (account, facts): (Option<AccountId>, Option<Facts>),
        at: At,
    ) -> Result<Preview> {
        let preview = Self::preview(self, id, person, account, facts, at.now, at.today);
        Ok(preview.await?)
    }

    async fn set_active(&self, person: &Person, account: AccountId, at: At) -> Result<()> {
        Ok(Self::set_active(self, person, account, at.now, at.today).await?)
    }

    async fn delete(&self, id: DocumentId, at: At) -> Result<()> {
        Self::delete(self, id, at.now).await?;
        Ok(())
    }

    async fn begin_release(&self, id: DocumentId, printer: String, at: At) -> Result<Document> {
        Ok(Self::begin_release(self, id, printer, fresh_nonce(), at.now).await?)
    }

    async fn abandon_release(&self, id: DocumentId, reason: String, at: At) -> Result<Document> {
        Ok(Self::abandon_release(self, id, reason, at.now).await?)
    }

    async fn settle(&self, id: DocumentId, settlement: Settlement, at: At) -> Result<Document> {
        match Self::settle(self, id, settlement, at.now).await {
            Ok(settled) => Ok(settled.document),
            // Settled before, on what was known then; the first answer stands.
            Err(
                error @ LedgerError::Refused(
                    Refusal::WrongState(_) | Refusal::ExistsWithDifferent { .. },
                ),
            ) => Self::document(self, id).await?.ok_or_else(|| error.into()),
            Err(error) => Err(error.into()),
        }
    }

    async fn mark_notified(&self, id: DocumentId, at: At) -> Result<()> {
        Ok(Self::mark_notified(self, id, at.now).await?)
    }

    async fn receipt(&self, id: DocumentId) -> Result<Receipt> {
        Ok(Self::receipt(self, id).await?)
    }

    async fn view(&self, person: &Person, at: At) -> Result<UserView> {
        Ok(Self::view(self, person, at.now, at.today).await?)
    }

    async fn history(&self, user: &UserId, most: Option<u32>) -> Result<Vec<Document>> {
        // One person's own machine: all of it is some thousand rows at most.
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let page = Self::history(self, user, before, most.unwrap_or(PAGE)).await?;
            all.extend(page.documents);
            before = page.next;
            if before.is_none() || most.is_some() {
                return Ok(all);
            }
        }
    }

    async fn account_name(&self, account: AccountId) -> Result<Option<String>> {
        let mut accounts = self.accounts().await?.into_iter();
        Ok(accounts.find(|one| one.id == account).map(|one| one.name))
    }

    async fn expire(&self, at: At) -> Result<(Vec<DocumentId>, Option<Timestamp>)> {
        let expired = self.expire_due(at.now).await?;
        self.write_off_due(at.now).await?;
        let expired = expired.into_iter().map(|document| document.id).collect();
        Ok((expired, self.next_expiry().await?))
    }

    async fn forget_all_but(&self, _: &[DocumentId]) -> Result<()> {
        Ok(())
    }

    fn released(&self, _: DocumentId) -> Option<Released> {
        None
    }

    fn waits(&self, _: DocumentId) -> Option<String> {
        None
    }

    fn link(&self) -> Option<LinkState> {
        None
    }

    async fn signed_in(&self) {}

    async fn network_changed(&self) {}

    fn changes(&self) -> watch::Receiver<u64> {
        Self::changes(self)
    }
}
