//! Does what is due with one document, step by step, until nothing is.

use std::sync::Arc;

use platen_agent::{JobPhase, KnownDocument, SeenJob, Settlement, Step, next_step};
use platen_domain::{DocumentId, DocumentState, UserId};
use platen_ledger::{Document, LedgerError, NewDocument};
use platen_spooler::{Job, JobState, Spooler};
use platen_web::names::shown_name;
use platen_web::words::ENGLISH;

use super::judge::Judged;
use super::{Client, WorkError, at};
use crate::books::BooksError;

/// Every step changes the ledger or the spooler, so a document is at rest long
/// before; a bug must not turn into a busy loop.
const MOST_STEPS: u32 = 12;

impl Client {
    /// Looks at a document and does what is due; what fails is logged and
    /// repeated with the next event.
    pub(crate) async fn look(self: Arc<Self>, document: DocumentId) {
        let followed = self.follow(document).await;
        match &followed {
            Ok(()) => self.not_put_off(document),
            Err(error) => self.put_off(document, error).await,
        }
        if let Err(error) = followed {
            match &error {
                WorkError::Books(BooksError::Ledger(
                    LedgerError::Broken(_) | LedgerError::Halted,
                )) => {
                    tracing::error!(document.id = %document.0, error = %error_chain(&error), "the ledger stopped");
                }
                error => {
                    tracing::warn!(document.id = %document.0, error = %error_chain(error), "work on a document was put off");
                }
            }
        }
    }

    async fn follow(&self, id: DocumentId) -> Result<(), WorkError> {
        for _ in 0..MOST_STEPS {
            let known = self.books().document(id).await?;
            if known
                .as_ref()
                .is_some_and(|document| !self.is_mine(&document.user))
            {
                return Ok(());
            }
            let job = self.job_to_look_at(id, known.as_ref()).await?;
            let step = self.next(known.as_ref(), job.as_ref());
            tracing::debug!(document.id = %id.0, ?step, "next step");
            if !self.take(step, id, known, job).await? {
                return Ok(());
            }
        }
        tracing::error!(document.id = %id.0, "a document does not come to rest");
        Ok(())
    }

    async fn job_to_look_at(
        &self,
        id: DocumentId,
        known: Option<&Document>,
    ) -> Result<Option<Job>, WorkError> {
        let arrived = self.memory().arrived.remove(&id);
        if known.is_none() && arrived.is_some() {
            return Ok(arrived);
        }
        let number = known.map(|document| document.job_id);
        let Some(number) = number.or_else(|| self.memory().jobs.get(&id).copied()) else {
            return Ok(None);
        };
        // The number may have been given to another job since: the UUID counts.
        Ok(self
            .job(number)
            .await?
            .filter(|job| DocumentId(job.uuid) == id))
    }

    fn is_mine(&self, user: &UserId) -> bool {
        self.person().is_some_and(|person| person.id == *user)
    }

    fn next(&self, known: Option<&Document>, job: Option<&Job>) -> Step {
        let seen = job.map(seen);
        let known = known.map(|document| KnownDocument {
            state: document.state,
            notified: document.notified_at.is_some(),
            changed_since_priced: job.is_some_and(|job| self.differs(document, job)),
            sent_to_printer: self.memory().sent.contains(&document.id),
        });
        next_step(known.as_ref(), seen.as_ref())
    }

    /// Takes one step; false: the document is at rest.
    async fn take(
        &self,
        step: Step,
        id: DocumentId,
        known: Option<Document>,
        job: Option<Job>,
    ) -> Result<bool, WorkError> {
        let books = self.books();
        match (step, known, job) {
            (Step::Record, _, Some(job)) => self.record(id, &job).await,
            (Step::Judge, Some(document), Some(job)) => self.judge(&document, &job).await,
            (Step::Notify, Some(document), _) => {
                self.tell(&document).await?;
                Ok(true)
            }
            (Step::CancelJob, Some(document), Some(job)) => {
                let reason = document.reason.as_deref().unwrap_or(document.state.label());
                self.parts.spooler.cancel(job.id, reason).await?;
                Ok(true)
            }
            (Step::Return, Some(document), _) => {
                books.delete(document.id, at()).await?;
                Ok(true)
            }
            (Step::Send, Some(document), Some(job)) => match self.send(&document, &job).await {
                Err(error @ (WorkError::Changed | WorkError::NoSuchPrinter)) => {
                    let reason = error.to_string();
                    books.abandon_release(document.id, reason, at()).await?;
                    Ok(true)
                }
                sent => sent.map(|()| false),
            },
            (Step::BackToHeld, Some(document), Some(job)) => {
                let reason = job
                    .message
                    .unwrap_or_else(|| ENGLISH.stored_gate_here.into());
                self.memory().sent.remove(&id);
                let document = books
                    .abandon_release(document.id, reason.clone(), at())
                    .await?;
                self.tell_not_printed(&document, &reason).await;
                Ok(true)
            }
            (Step::Settle(settlement), Some(document), job) => {
                self.settle(&document, settlement, job.as_ref()).await?;
                Ok(false)
            }
            _ => Ok(false),
        }
    }

    /// Writes a new document down while it is fetched and analysed, then asks
    /// for the verdict.
    async fn record(&self, id: DocumentId, job: &Job) -> Result<bool, WorkError> {
        self.keep(id, job).await;
        let Some(person) = self.person() else {
            self.wait_for_sign_in(id).await;
            return Ok(false);
        };
        let new = NewDocument {
            id,
            user: person.id.clone(),
            queue: job.queue.clone(),
            job_id: job.id,
            name: shown_name(&job.name),
            submitted_at: job.submitted_at,
        };
        if job.documents == 0 {
            self.books().submit(new).await?;
            return Ok(true);
        }
        let (submitted, judged) =
            tokio::join!(self.books().submit(new), self.read(job, &job.queue));
        submitted?;
        let document = self.decide(id, &person, judged?).await?;
        if document.state == DocumentState::Held && document.notified_at.is_none() {
            // What the next look would find, a request to the spooler sooner.
            self.tell(&document).await?;
        }
        Ok(true)
    }

    /// Holds a new document where its queue does not. One that prints all the same is
    /// charged when it has.
    async fn keep(&self, id: DocumentId, job: &Job) {
        let runs = matches!(job.state, JobState::Pending | JobState::Processing);
        if Spooler::QUEUES_HOLD || !runs {
            return;
        }
        if let Err(error) = self.parts.spooler.hold(job.id).await {
            tracing::warn!(document.id = %id.0, error = %error_chain(&error), "a document could not be held");
        }
    }

    async fn judge(&self, document: &Document, job: &Job) -> Result<bool, WorkError> {
        let Some(person) = self.person() else {
            self.wait_for_sign_in(document.id).await;
            return Ok(false);
        };
        let judged = self.read(job, &document.queue).await?;
        if document.state == DocumentState::Held {
            self.price_again(document, judged).await?;
        } else {
            self.decide(document.id, &person, judged).await?;
        }
        Ok(true)
    }

    /// Options or documents changed while it was held.
    async fn price_again(&self, document: &Document, judged: Judged) -> Result<(), WorkError> {
        match judged {
            Judged::Priceable(facts) => {
                self.books().reprice(document.id, facts, at()).await?;
            }
            Judged::Unreadable(problem) => {
                self.books()
                    .mark_unreadable(document.id, problem, at())
                    .await?;
            }
        }
        Ok(())
    }

    async fn settle(
        &self,
        document: &Document,
        settlement: Settlement,
        job: Option<&Job>,
    ) -> Result<(), WorkError> {
        let failure = || {
            job.and_then(|job| job.message.clone())
                .unwrap_or_else(|| ENGLISH.stored_print_failed.into())
        };
        // CUPS counts what its filters send, again with each attempt, so it never
        // tells of more than the estimate.
        let estimated = self.books().receipt(document.id).await?.sides;
        let settlement = match settlement {
            Settlement::Printed { sides } => platen_ledger::Settlement::Printed {
                sides: sides.min(estimated),
            },
            Settlement::Stopped { sides } => platen_ledger::Settlement::Stopped {
                sides: sides.min(estimated),
            },
            Settlement::Failed => platen_ledger::Settlement::Failed { reason: failure() },
        };
        let settled = self.books().settle(document.id, settlement, at()).await?;
        self.memory().sent.remove(&document.id);
        tracing::info!(document.id = %document.id.0, state = settled.state.name(), "settled");
        if settled.state == DocumentState::Failed && document.state != DocumentState::Failed {
            self.tell_not_printed(&settled, &failure()).await;
            if let Some(job) = job {
                // Its approval may be unused, and its points are returned.
                self.parts.spooler.purge(job.id).await?;
            }
        }
        Ok(())
    }

    async fn wait_for_sign_in(&self, document: DocumentId) {
        let waiting = {
            let mut memory = self.memory();
            memory.waiting.insert(document);
            if std::mem::replace(&mut memory.asked_to_sign_in, true) {
                return;
            }
            memory.waiting.len()
        };
        self.ask_to_sign_in(waiting).await;
    }

    /// Somebody signed in: what waited is looked at now.
    pub(crate) async fn signed_in(&self) -> Result<(), WorkError> {
        {
            let mut memory = self.memory();
            memory.waiting.clear();
            memory.asked_to_sign_in = false;
        }
        self.resync().await
    }
}

fn seen(job: &Job) -> SeenJob {
    let phase = match job.state {
        JobState::Held => JobPhase::Held,
        JobState::Pending | JobState::Processing | JobState::Stopped => JobPhase::Printing,
        JobState::Canceled => JobPhase::Canceled,
        JobState::Aborted => JobPhase::Aborted,
        JobState::Completed => JobPhase::Completed,
    };
    let refused = job
        .message
        .as_deref()
        .is_some_and(|message| message.starts_with(platen_gate::MESSAGE_PREFIX));
    SeenJob {
        phase,
        has_document: job.documents > 0,
        refused_by_gate: refused,
        printed_sides: u64::from(job.impressions_completed),
    }
}

/// The error with its causes, for the log.
pub(crate) fn error_chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
