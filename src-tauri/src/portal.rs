//! The portal's view of this client.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use platen_domain::{AccountId, DocumentId};
use platen_ledger::UserView;
use platen_spooler::{Queue, QueueState};
use platen_web::portal::{
    Answer, Diagnostics, FinishingChange, HistoryPage, HistoryQuery, Portal, PortalError,
    PortalView, PrinterChoice, ReceiptView, Scope,
};
use platen_words::fill;
use tokio::sync::watch;

use platen_web::facts::Finish;
use platen_web::from_ledger::{
    account_choices, account_of, document_row, history_row, ledger_error, receipt_view,
};

use crate::books::BooksError;
use crate::client::{Client, SpoolerState, WishError, at, service};
use crate::session::{SessionKind, SessionState};

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
        match self.client.books().view(&person, at()).await {
            Err(BooksError::SignedOut) => Ok(None),
            view => view.map(Some).map_err(|error| self.books_error(error)),
        }
    }
}

#[async_trait]
impl Portal for ClientPortal {
    async fn view(&self) -> Result<PortalView, PortalError> {
        let words = self.client.words();
        let session = self.client.known(&self.session.borrow());
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
                SpoolerState::Down(reason) => {
                    let sentence = words.client.print_system_down_note;
                    Some(fill(sentence, &[&service(words, &reason)]))
                }
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
            view.accounts = account_choices(user)?;
            view.documents = user
                .documents
                .iter()
                .map(|document| document_row(document, user))
                .collect();
        }
        Ok(view)
    }

    async fn set_active(&self, account: AccountId) -> Result<(), PortalError> {
        self.client
            .use_account(account)
            .await
            .map_err(|error| self.wish_error(error))
    }

    async fn change_account(
        &self,
        document: DocumentId,
        account: AccountId,
        scope: Scope,
    ) -> Result<Answer, PortalError> {
        self.client
            .change_account(document, account, scope)
            .await
            .map_err(|error| self.wish_error(error))
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
            .map_err(|error| self.wish_error(error))
    }

    async fn delete(&self, document: DocumentId) -> Result<(), PortalError> {
        self.client
            .delete(document)
            .await
            .map_err(|error| self.wish_error(error))
    }

    async fn release(&self, document: DocumentId, printer: &str) -> Result<(), PortalError> {
        self.client
            .release(document, printer.to_owned())
            .await
            .map_err(|error| self.wish_error(error))
    }

    async fn retry(&self, document: DocumentId) -> Result<(), PortalError> {
        self.client
            .retry(document)
            .await
            .map_err(|error| self.wish_error(error))
    }

    async fn history(&self, query: HistoryQuery) -> Result<HistoryPage, PortalError> {
        let Some(user) = self.user_view().await? else {
            return Ok(HistoryPage::default());
        };
        let past = self.client.books().history(&user.person.id, None).await;
        let mut all = Vec::new();
        for document in past.map_err(|error| self.books_error(error))? {
            let account = self.account_name(document.account, &user).await?;
            all.push((document.account, history_row(&document, account)));
        }
        Ok(HistoryPage::of_all(all, &query, &TimeZone::system()))
    }

    async fn receipt(&self, document: DocumentId) -> Result<ReceiptView, PortalError> {
        let user = self.user_view().await?.ok_or(PortalError::NotFound)?;
        let books = self.client.books();
        let known = books
            .document(document)
            .await
            .map_err(|error| self.books_error(error))?
            .filter(|known| known.user == user.person.id)
            .ok_or(PortalError::NotFound)?;
        let receipt = books
            .receipt(document)
            .await
            .map_err(|error| self.books_error(error))?;
        let account = self.account_name(known.account, &user).await?;
        Ok(receipt_view(known, account, receipt))
    }

    async fn diagnostics(&self) -> Result<Diagnostics, PortalError> {
        Ok(self
            .client
            .diagnostics(&self.client.known(&self.session.borrow())))
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
        if let Some(name) = account_of(user, account) {
            return Ok(Some(name));
        }
        let name = self.client.books().account_name(id).await;
        name.map_err(|error| self.books_error(error))
    }
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

impl ClientPortal {
    fn wish_error(&self, error: WishError) -> PortalError {
        match error {
            WishError::Gone => PortalError::NotFound,
            WishError::Books(error) => self.books_error(error),
            WishError::Spooler(_) | WishError::Work(_) | WishError::Ending => {
                PortalError::Unavailable(error.sentence(self.client.words()))
            }
            WishError::SignedOut
            | WishError::NotKept
            | WishError::NoSuchPrinter
            | WishError::Changed => PortalError::Refused(error.sentence(self.client.words())),
        }
    }

    fn books_error(&self, error: BooksError) -> PortalError {
        let sentence = error.sentence(self.client.words());
        match error {
            BooksError::Ledger(error) => ledger_error(error),
            BooksError::Declined(_) | BooksError::SignedOut => PortalError::Refused(sentence),
            BooksError::Kept => PortalError::Unavailable(sentence),
        }
    }
}
