//! What a person asks for: another account, another printer, another way of
//! printing, or not at all. Every wish waits its turn on its document.

use std::fmt::{Display, Formatter};
use std::sync::Arc;

use platen_domain::{AccountId, DocumentId, DocumentState, Person, Verdict};
use platen_ledger::{Document, LedgerError, Refusal, Scope};
use platen_spooler::{FinishingChange, Job, Spooler, SpoolerError};
use platen_web::facts::{Finish, set_finish};
use platen_web::words::{ENGLISH, Words};
use platen_web::{Answer, from_ledger};
use platen_words::fill;

use super::{Client, WorkError, at, service};
use crate::books::BooksError;

/// Why a wish was not granted; each is a sentence for a person.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WishError {
    /// Nobody is signed in.
    SignedOut,
    /// There is no such document of this person.
    Gone,
    /// The rules, the ledger or the print server.
    Books(BooksError),
    /// The print system refuses or doesn't answer.
    Spooler(#[from] SpoolerError),
    /// The print system no longer has the document's pages.
    NotKept,
    /// No queue of that name is managed here, or it is no printer.
    NoSuchPrinter,
    /// What was priced is not what the job is now.
    Changed,
    /// It could not be read again.
    Work(WorkError),
    /// The client is ending.
    Ending,
}

impl WishError {
    /// What a person reads.
    pub(crate) fn sentence(&self, words: &Words) -> String {
        let said = &words.client;
        match self {
            Self::SignedOut => said.sign_in_first,
            Self::Gone => said.document_gone,
            Self::Books(error) => return error.sentence(words),
            Self::Spooler(error) => {
                let reason = service(words, &error.to_string());
                return fill(said.print_system_refused, &[&reason]);
            }
            Self::NotKept => said.not_kept,
            Self::NoSuchPrinter => said.no_such_printer,
            Self::Changed => said.changed_meanwhile,
            Self::Work(error) => return fill(said.not_read, &[&error.to_string()]),
            Self::Ending => said.ending,
        }
        .to_owned()
    }
}

/// As it is logged: in English.
impl Display for WishError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.sentence(&ENGLISH))
    }
}

impl From<BooksError> for WishError {
    fn from(error: BooksError) -> Self {
        Self::Books(error)
    }
}

impl From<WorkError> for WishError {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Books(error) => Self::Books(error),
            WorkError::Spooler(error) => Self::Spooler(error),
            WorkError::Changed => Self::Changed,
            WorkError::NoSuchPrinter => Self::NoSuchPrinter,
            error @ WorkError::File(_) => Self::Work(error),
        }
    }
}

impl Client {
    /// Makes `account` the active one.
    ///
    /// *Errors*: [`WishError`].
    pub(crate) async fn use_account(&self, account: AccountId) -> Result<(), WishError> {
        let person = self.person().ok_or(WishError::SignedOut)?;
        Ok(self.books().set_active(&person, account, at()).await?)
    }

    /// Moves a document to another account, and revives it if it was declined
    /// . A declined answer changed nothing.
    ///
    /// *Errors*: [`WishError`].
    pub(crate) async fn change_account(
        self: &Arc<Self>,
        document: DocumentId,
        account: AccountId,
        scope: Scope,
    ) -> Result<Answer, WishError> {
        let client = self.clone();
        self.in_turn(document, async move {
            let (person, known) = client.own(document).await?;
            if known.state == DocumentState::Canceled {
                client.revive(&person, &known, account, scope).await
            } else {
                let outcome = client
                    .books()
                    .change_account(document, &person, (account, scope), at())
                    .await?;
                Ok(from_ledger::answer(outcome))
            }
        })
        .await
    }

    /// The job comes back to held first: were it the other way round, a crash
    /// in between would look as if its owner had cancelled it.
    async fn revive(
        &self,
        person: &Person,
        document: &Document,
        account: AccountId,
        scope: Scope,
    ) -> Result<Answer, WishError> {
        let (books, spooler) = (self.books(), &self.parts.spooler);
        let preview = books
            .preview(document.id, person, (Some(account), None), at())
            .await?;
        if let Verdict::Declined { .. } = preview.verdict {
            return Ok(from_ledger::foreseen(preview));
        }
        let job = self.job_of(document).await?.ok_or(WishError::NotKept)?;
        if job.state.is_finished() {
            match spooler.restart_held(job.id).await {
                Ok(()) => {}
                Err(SpoolerError::DocumentsGone) => return Err(WishError::NotKept),
                Err(error) => return Err(error.into()),
            }
        }
        let outcome = books
            .change_account(document.id, person, (account, scope), at())
            .await?;
        Ok(from_ledger::answer(outcome))
    }

    /// Sets copies, sides and colour, and prices the document anew. A declined
    /// answer changed nothing.
    ///
    /// *Errors*: [`WishError`].
    pub(crate) async fn finish(
        self: &Arc<Self>,
        document: DocumentId,
        finish: Finish,
    ) -> Result<Answer, WishError> {
        if !Spooler::CHANGES_JOBS {
            let cannot = SpoolerError::Unsupported("change how a job is printed");
            return Err(cannot.into());
        }
        let client = self.clone();
        self.in_turn(document, async move {
            let (person, known) = client.own(document).await?;
            let job = client.job_of(&known).await?.ok_or(WishError::NotKept)?;
            let mut facts = known.facts.ok_or(WishError::Gone)?;
            set_finish(&mut facts, finish);
            let change = FinishingChange {
                sides: Some(finish.sides),
                monochrome: Some(finish.monochrome),
                copies: Some(finish.copies),
                number_up: None,
            };
            let books = client.books();
            let preview = books
                .preview(document, &person, (None, Some(facts.clone())), at())
                .await?;
            if matches!(preview.verdict, Verdict::Declined { .. }) {
                return Ok(from_ledger::foreseen(preview));
            }
            // The ledger first: a crash in between is seen as a change of the
            // job and priced back; the other way round it would go unpaid.
            let changed = books.reprice(document, facts, at()).await;
            if matches!(changed, Ok(_) | Err(BooksError::Kept)) {
                client.parts.spooler.set_options(job.id, &change).await?;
            }
            Ok(from_ledger::answer(changed?))
        })
        .await
    }

    /// Deletes a document: it won't print, and its points return.
    ///
    /// *Errors*: [`WishError`].
    pub(crate) async fn delete(self: &Arc<Self>, document: DocumentId) -> Result<(), WishError> {
        let client = self.clone();
        self.in_turn(document, async move {
            let (_, known) = client.own(document).await?;
            if let Some(job) = client
                .job_of(&known)
                .await?
                .filter(|job| !job.state.is_finished())
            {
                client
                    .parts
                    .spooler
                    .cancel(job.id, "Deleted by its owner.")
                    .await?;
            }
            client.books().delete(document, at()).await?;
            Ok(())
        })
        .await
    }

    /// Releases a document at a printer.
    ///
    /// *Errors*: [`WishError`].
    pub(crate) async fn release(
        self: &Arc<Self>,
        document: DocumentId,
        printer: String,
    ) -> Result<(), WishError> {
        let client = self.clone();
        self.in_turn(document, async move {
            client.refresh_queues().await?;
            if !client.has_printer(&printer) {
                return Err(WishError::NoSuchPrinter);
            }
            let (_, known) = client.own(document).await?;
            let job = client.job_of(&known).await?.ok_or(WishError::NotKept)?;
            if client.differs(&known, &job) {
                client.parts.lanes.look(document).await;
                return Err(WishError::Changed);
            }
            let books = client.books();
            let released = books.begin_release(document, printer.clone(), at()).await?;
            if let Err(error) = client.send(&released, &job).await {
                // Nothing prints without the approval, so this may be taken back
                // unless the print system may already have it.
                if !client.memory().sent.contains(&document) {
                    books
                        .abandon_release(document, error.to_string(), at())
                        .await?;
                }
                client.parts.lanes.look(document).await;
                return Err(error.into());
            }
            // It may be through already, before an event could be heard.
            client.parts.lanes.look(document).await;
            Ok(())
        })
        .await
    }

    /// Reads an unreadable document again.
    ///
    /// *Errors*: [`WishError`].
    pub(crate) async fn retry(self: &Arc<Self>, document: DocumentId) -> Result<(), WishError> {
        let client = self.clone();
        self.in_turn(document, async move {
            let (person, known) = client.own(document).await?;
            if known.state != DocumentState::Unreadable {
                let refusal = LedgerError::from(Refusal::WrongState(known.state));
                return Err(BooksError::from(refusal).into());
            }
            let job = client.job_of(&known).await?.ok_or(WishError::NotKept)?;
            let judged = client.read(&job, &known.queue).await?;
            client.decide(document, &person, judged).await?;
            Ok(())
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        document: DocumentId,
        wish: impl Future<Output = Result<T, WishError>> + Send + 'static,
    ) -> Result<T, WishError> {
        self.parts
            .lanes
            .act(document, wish)
            .await
            .unwrap_or(Err(WishError::Ending))
    }

    async fn own(&self, document: DocumentId) -> Result<(Person, Document), WishError> {
        let person = self.person().ok_or(WishError::SignedOut)?;
        let known = self.books().document(document).await?;
        let known = known.ok_or(WishError::Gone)?;
        if known.user != person.id {
            return Err(WishError::Gone);
        }
        Ok((person, known))
    }

    async fn job_of(&self, document: &Document) -> Result<Option<Job>, SpoolerError> {
        let job = self.job(document.job_id).await?;
        Ok(job.filter(|job| DocumentId(job.uuid) == document.id))
    }
}
