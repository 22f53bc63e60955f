//! One person's portal on the central server.

use std::sync::Arc;

use async_trait::async_trait;
use platen_domain::{AccountId, DocumentId};
use platen_ledger::Session;
use tokio::sync::watch;

use super::{Central, Portals};
use crate::from_ledger::{account_choices, document_row, ledger_error};
use crate::language::Language;
use crate::portal::{
    Answer, Diagnostics, FinishingChange, HistoryPage, HistoryQuery, Portal, PortalError,
    PortalView, ReceiptView, Scope,
};

impl Portals for Central {
    fn portal(self: &Arc<Self>, session: &Arc<Session>, _: Language) -> Arc<dyn Portal> {
        Arc::new(Own {
            central: self.clone(),
            session: session.clone(),
        })
    }
}

struct Own {
    central: Arc<Central>,
    session: Arc<Session>,
}

fn not_yet() -> PortalError {
    PortalError::Unavailable("This server can't do that yet.".to_owned())
}

#[async_trait]
impl Portal for Own {
    async fn view(&self) -> Result<PortalView, PortalError> {
        let (now, today) = (self.central.now(), self.central.today());
        let person = &self.session.person;
        let view = self.central.ledger.view(person, now, today).await;
        let user = view.map_err(ledger_error)?;
        Ok(PortalView {
            person_name: person.name.clone(),
            accounts: account_choices(&user)?,
            documents: user
                .documents
                .iter()
                .map(|document| document_row(document, &user))
                .collect(),
            ..PortalView::default()
        })
    }

    async fn set_active(&self, _: AccountId) -> Result<(), PortalError> {
        Err(not_yet())
    }

    async fn change_account(
        &self,
        _: DocumentId,
        _: AccountId,
        _: Scope,
    ) -> Result<Answer, PortalError> {
        Err(not_yet())
    }

    async fn set_finishing(
        &self,
        _: DocumentId,
        _: FinishingChange,
    ) -> Result<Answer, PortalError> {
        Err(not_yet())
    }

    async fn delete(&self, _: DocumentId) -> Result<(), PortalError> {
        Err(not_yet())
    }

    async fn release(&self, _: DocumentId, _: &str) -> Result<(), PortalError> {
        Err(not_yet())
    }

    async fn retry(&self, _: DocumentId) -> Result<(), PortalError> {
        Err(not_yet())
    }

    async fn history(&self, _: HistoryQuery) -> Result<HistoryPage, PortalError> {
        Ok(HistoryPage::default())
    }

    async fn receipt(&self, _: DocumentId) -> Result<ReceiptView, PortalError> {
        Err(PortalError::NotFound)
    }

    async fn diagnostics(&self) -> Result<Diagnostics, PortalError> {
        Err(not_yet())
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.central.ledger.changes()
    }
}
