//! The portal's view of this client.

use std::sync::Arc;

use async_trait::async_trait;
use platen_domain::{AccountId, DocumentId, DocumentState, Verdict, layout};
use platen_ledger::{Document, LedgerError, Refusal, UserView};
use platen_spooler::{Queue, QueueState};
use platen_web::portal::{
    AccountChoice, Answer, Diagnostics, DocumentRow, FinishingChange, FinishingView, HistoryPage,
    HistoryRow, Portal, PortalError, PortalView, PrinterChoice, ReceiptView, Scope,
};
use tokio::sync::watch;

use crate::client::{Answered, Client, Finish, SpoolerState, WishError, now, today};
use crate::session::{SessionKind, SessionState};

/// How many documents a page of the history has.
const HISTORY_PAGE: u32 = 50;

/// This client, as the portal asks it.
pub(crate) struct ClientPortal {
    client: Arc<Client>,
    session: watch::Receiver<SessionState>,
    changes: watch::Receiver<u64>,
}

impl ClientPortal {
    /// `changes` grows with everything the portal shows.
    #[must_use]
    pub(crate) fn new(
        client: Arc<Client>,
        session: watch::Receiver<SessionState>,
        changes: watch::Receiver<u64>,
    ) -> Self {
        Self {
            client,
            session,
            changes,
        }
    }

    async fn user_view(&self) -> Result<Option<UserView>, PortalError> {
        let Some(person) = self.client.person() else {
            return Ok(None);
        };
        Ok(Some(
            self.client
                .ledger()
                .view(&person, now(), today())
                .await
                .map_err(ledger_error)?,
        ))
    }
}

#[async_trait]
impl Portal for ClientPortal {
    async fn view(&self) -> Result<PortalView, PortalError> {
        let session = self.session.borrow().clone();
        let queues = self.client.queues().borrow().clone();
        let spooler = self.client.spooler_state().borrow().clone();
        let user = self.user_view().await?;
        let mut view = PortalView {
            person_name: session
                .person
                .as_ref()
                .map(|one| one.name.clone())
                .unwrap_or_default(),
            signed_in_note: (session.kind == SessionKind::Local).then(|| session.sentence.clone()),
            sign_in_note: session.person.is_none().then(|| session.sentence.clone()),
            offline_note: (session.person.is_some() && session.note.is_some())
                .then(|| session.sentence.clone()),
            spooler_note: match spooler {
                SpoolerState::Down(reason) => Some(format!(
                    "The print system does not answer ({reason}). Documents stay where they are."
                )),
                SpoolerState::Hindered(why) => Some(why),
                SpoolerState::Up | SpoolerState::Unknown => None,
            },
            printers: queues
                .iter()
                .filter(|queue| queue.managed && queue.is_printer)
                .map(printer)
                .collect(),
            queues: queues
                .iter()
                .filter(|queue| queue.managed)
                .map(|queue| queue.name.clone())
                .collect(),
            ..PortalView::default()
        };
        if let Some(user) = &user {
            for one in &user.accounts {
                let active = user.active == Some(one.account.id);
                let choice = AccountChoice::new(&one.account, &one.balance, active)
                    .map_err(|error| ledger_error(error.into()))?;
                view.accounts.push(choice);
            }
            view.documents = user
                .documents
                .iter()
                .map(|document| row(document, user))
                .collect();
        }
        Ok(view)
    }

    async fn set_active(&self, account: AccountId) -> Result<(), PortalError> {
        self.client.use_account(account).await.map_err(wish_error)
    }

    async fn change_account(
        &self,
        document: DocumentId,
        account: AccountId,
        scope: Scope,
    ) -> Result<Answer, PortalError> {
        let scope = match scope {
            Scope::ThisDocument => platen_ledger::Scope::ThisDocument,
            Scope::AndActive => platen_ledger::Scope::AndActive,
        };
        self.client
            .change_account(document, account, scope)
            .await
            .map(answer)
            .map_err(wish_error)
    }

    async fn set_finishing(
        &self,
        document: DocumentId,
        change: FinishingChange,
    ) -> Result<Answer, PortalError> {
        let FinishingChange {
            copies,
            sides,
            monochrome,
        } = change;
        let finish = Finish {
            copies,
            sides,
            monochrome,
        };
        self.client
            .finish(document, finish)
            .await
            .map(answer)
            .map_err(wish_error)
    }

    async fn delete(&self, document: DocumentId) -> Result<(), PortalError> {
        self.client.delete(document).await.map_err(wish_error)
    }

    async fn release(&self, document: DocumentId, printer: &str) -> Result<(), PortalError> {
        self.client
            .release(document, printer.to_owned())
            .await
            .map_err(wish_error)
    }

    async fn retry(&self, document: DocumentId) -> Result<(), PortalError> {
        self.client.retry(document).await.map_err(wish_error)
    }

    async fn history(&self, before: Option<String>) -> Result<HistoryPage, PortalError> {
        let Some(user) = self.user_view().await? else {
            return Ok(HistoryPage::default());
        };
        let before = before
            .map(|text| text.parse())
            .transpose()
            .map_err(|_| PortalError::NotFound)?;
        let page = self
            .client
            .ledger()
            .history(&user.person.id, before, HISTORY_PAGE)
            .await
            .map_err(ledger_error)?;
        let mut entries = Vec::with_capacity(page.documents.len());
        for document in &page.documents {
            entries.push(HistoryRow {
                id: document.id,
                name: document.name.clone(),
                at: document.changed_at,
                state: document.state,
                reason: document.reason.clone(),
                account_name: self.account_name(document.account, &user).await?,
                charged: document.charged(),
                printer: document.printer.clone(),
                has_receipt: document.facts.is_some(),
            });
        }
        Ok(HistoryPage {
            entries,
            next: page.next.map(|next| next.to_string()),
        })
    }

    async fn receipt(&self, document: DocumentId) -> Result<ReceiptView, PortalError> {
        let user = self.user_view().await?.ok_or(PortalError::NotFound)?;
        let ledger = self.client.ledger();
        let known = ledger
            .document(document)
            .await
            .map_err(ledger_error)?
            .filter(|known| known.user == user.person.id)
            .ok_or(PortalError::NotFound)?;
        let receipt = ledger.receipt(document).await.map_err(ledger_error)?;
        Ok(ReceiptView {
            id: known.id,
            charged: known.charged(),
            name: known.name,
            state: known.state,
            at: known.changed_at,
            account_name: self.account_name(known.account, &user).await?,
            printer: known.printer,
            receipt,
            reserved: known.cost,
        })
    }

    async fn diagnostics(&self) -> Result<Diagnostics, PortalError> {
        Ok(self.client.diagnostics(&self.session.borrow().clone()))
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }
}

impl ClientPortal {
    /// Accounts that the person has lost still have a name in his history.
    async fn account_name(
        &self,
        account: Option<AccountId>,
        user: &UserView,
    ) -> Result<Option<String>, PortalError> {
        let Some(id) = account else { return Ok(None) };
        if let Some(one) = user.accounts.iter().find(|one| one.account.id == id) {
            return Ok(Some(one.account.name.clone()));
        }
        let accounts = self
            .client
            .ledger()
            .accounts()
            .await
            .map_err(ledger_error)?;
        Ok(accounts
            .into_iter()
            .find(|one| one.id == id)
            .map(|one| one.name))
    }
}

fn row(document: &Document, user: &UserView) -> DocumentRow {
    let account = user
        .accounts
        .iter()
        .find(|one| Some(one.account.id) == document.account);
    let held = document.state == DocumentState::Held;
    let warning = match document.verdict {
        Some(Verdict::Warning { .. }) if held => {
            Some("This document takes the account over its limit.".to_owned())
        }
        _ => None,
    };
    DocumentRow {
        id: document.id,
        name: document.name.clone(),
        queue: document.queue.clone(),
        submitted_at: document.submitted_at,
        account: document.account,
        account_name: account.map(|one| one.account.name.clone()),
        points: document.cost,
        state: document.state,
        reason: document.reason.clone(),
        warning,
        finishing: finishing(document),
        can_change_account: document.state.account_can_change() && !user.accounts.is_empty(),
        can_set_finishing: held && document.facts.is_some(),
        can_delete: document.state != DocumentState::Releasing,
        can_release: held,
        can_retry: document.state == DocumentState::Unreadable,
    }
}

fn finishing(document: &Document) -> Option<FinishingView> {
    let facts = document.facts.as_ref()?;
    let papers = layout::lay_out(&facts.pages(), &facts.finishing).by_size(facts.finishing.copies);
    Some(FinishingView {
        copies: facts.finishing.copies,
        sides: facts.finishing.sides,
        monochrome: facts.finishing.monochrome,
        has_colour: facts.documents.iter().flatten().any(|run| run.page.colour),
        sheets: papers.iter().map(|paper| paper.sheets).sum(),
        printed_sides: papers.iter().map(|paper| paper.sides).sum(),
    })
}

fn printer(queue: &Queue) -> PrinterChoice {
    PrinterChoice {
        name: queue.name.clone(),
        info: queue.info.clone(),
        location: queue.location.clone(),
        ready: queue.accepting && queue.state != QueueState::Stopped,
        message: Some(queue.state_message.clone()).filter(|message| !message.is_empty()),
    }
}

fn answer(answered: Answered) -> Answer {
    let Answered {
        verdict,
        points,
        account_name,
    } = answered;
    Answer {
        verdict,
        points,
        account_name,
    }
}

fn wish_error(error: WishError) -> PortalError {
    match error {
        WishError::Gone => PortalError::NotFound,
        WishError::Ledger(error) => ledger_error(error),
        WishError::Spooler(_) | WishError::Work(_) | WishError::Ending => {
            PortalError::Unavailable(error.to_string())
        }
        WishError::SignedOut
        | WishError::NotKept
        | WishError::NoSuchPrinter
        | WishError::Changed => PortalError::Refused(error.to_string()),
    }
}

fn ledger_error(error: LedgerError) -> PortalError {
    match error {
        LedgerError::Refused(
            Refusal::UnknownDocument(_) | Refusal::UnknownAccount(_) | Refusal::NotYours,
        ) => PortalError::NotFound,
        LedgerError::Refused(refusal) => PortalError::Refused(refusal.to_string()),
        error => PortalError::Unavailable(error.to_string()),
    }
}
