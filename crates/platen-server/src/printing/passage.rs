//! One released document on its way to paper.

use std::time::Duration;

use jiff::Timestamp;
use platen_domain::{DocumentId, DocumentState};
use platen_ledger::{Document, Facts, LedgerError, Refusal, Settlement};
use platen_spooler::{Enforcement, Job, JobState, Queue, SpoolerError};
use platen_web::central::{fetch_content, tell_not_printed};
use platen_web::words::ENGLISH;

use super::Shared;
use super::approve::{approval_of, is_as_priced, job_of};

/// How long a print system may be away before a release is given up that it has
/// not seen yet.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
const SHORTEST_LOOK: Duration = Duration::from_millis(300);
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// The way of one document.
pub(super) struct Passage<'s> {
    shared: &'s Shared,
    id: DocumentId,
    /// The job that was told to print since this began.
    released: bool,
}

/// Why it goes no further.
enum Stop {
    /// For now; it is taken up again.
    Later(Box<dyn std::error::Error + Send + Sync>),
    /// It can't be printed like this: it is held again, and this is why.
    Back(String),
    /// Others ended the release meanwhile: this host was taken for gone.
    Over,
}

impl From<LedgerError> for Stop {
    fn from(error: LedgerError) -> Self {
        Self::Later(error.into())
    }
}

impl From<SpoolerError> for Stop {
    fn from(error: SpoolerError) -> Self {
        match error {
            SpoolerError::NotFound => Self::Back(ENGLISH.stored_no_printer.to_owned()),
            SpoolerError::Refused { .. } | SpoolerError::NotPermitted(_) => {
                tracing::warn!(%error, "the print system refuses a document");
                Self::Back(format!("The printer does not take it: {error}."))
            }
            error => Self::Later(error.into()),
        }
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Later(error.into())
    }
}

impl<'s> Passage<'s> {
    pub(super) fn new(shared: &'s Shared, id: DocumentId) -> Self {
        Self {
            shared,
            id,
            released: false,
        }
    }

    /// Brings the document to its end, or as far as it goes now.
    pub(super) async fn follow(mut self) {
        match self.all_the_way().await {
            Ok(()) => {}
            Err(Stop::Later(error)) => {
                tracing::warn!(document.id = %self.id.0, error, "printing a document was put off");
                // Without a pause the worker would take it up at once.
                tokio::time::sleep(LONGEST_LOOK).await;
            }
            Err(Stop::Over) => {
                tracing::warn!(document.id = %self.id.0, "a release was ended by others");
            }
            Err(Stop::Back(reason)) => {
                tracing::info!(document.id = %self.id.0, "a release was taken back");
                if let Err(error) = self.take_back(reason).await {
                    tracing::warn!(document.id = %self.id.0, %error, "a release could not be taken back");
                }
            }
        }
    }

    async fn all_the_way(&mut self) -> Result<(), Stop> {
        let ledger = &self.shared.parts.ledger;
        let Some(document) = ledger.document(self.id).await? else {
            return Ok(());
        };
        if document.state != DocumentState::Releasing {
            return Ok(());
        }
        let (Some(printer), Some(facts)) = (&document.printer, &document.facts) else {
            return Err(Stop::Back(ENGLISH.stored_damaged.to_owned()));
        };
        let job = if document.job_id > 0 {
            self.known_job(&document).await?
        } else {
            Some(self.make(&document, facts, printer).await?)
        };
        let Some(job) = job else {
            // Its number was written down, so it may have been released.
            return self.settle(&document, unknown()).await;
        };
        self.watch(&document, facts, job).await
    }

    /// The job with the number in the ledger, if it is this document's.
    async fn known_job(&self, document: &Document) -> Result<Option<Job>, Stop> {
        match self.shared.parts.cups.any_job(document.job_id).await {
            Ok(job) => Ok(Some(job).filter(|job| job.mark == Some(document.id.0))),
            Err(SpoolerError::NotFound) => Ok(None),
            Err(error) => Err(Stop::Later(error.into())),
        }
    }

    /// Makes a held job of the content and writes its number down.
    async fn make(&self, document: &Document, facts: &Facts, printer: &str) -> Result<Job, Stop> {
        let parts = &self.shared.parts;
        let queue = self.queue(document, printer).await?;
        // What a crash left there was never released: its number would be known.
        for job in parts.cups.all_open_jobs(printer).await? {
            if job.mark == Some(document.id.0) {
                parts.cups.purge(job.id).await?;
            }
        }
        let file = tempfile::Builder::new()
            .prefix("print-")
            .tempfile_in(&parts.scratch)?;
        let digest = fetch_content(&parts.ledger, document.id, file.path())
            .await
            .map_err(|error| Stop::Later(error.into()))?;
        if digest.is_none_or(|digest| facts.digests != [digest]) {
            return Err(Stop::Back(ENGLISH.stored_damaged.to_owned()));
        }
        let person = parts.ledger.person(&document.user).await?;
        let owner = person.map_or_else(String::new, |row| row.person.login);
        let new = job_of(document, facts, printer, owner);
        let job = parts.cups.submit(&new, file.path()).await?;
        if !is_as_priced(facts, &job, &queue) {
            parts.cups.purge(job.id).await?;
            return Err(Stop::Back(ENGLISH.stored_not_as_priced.to_owned()));
        }
        let release = document.release_nonce.unwrap_or_default();
        let set = parts
            .ledger
            .set_job(document.id, release, job.id, Timestamp::now());
        match set.await {
            Ok(_) => Ok(job),
            Err(LedgerError::Refused(_)) => {
                parts.cups.purge(job.id).await?;
                Err(Stop::Over)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The queue, as it is now. A print system that is away for long is given up.
    async fn queue(&self, document: &Document, printer: &str) -> Result<Queue, Stop> {
        match self.shared.parts.cups.queues().await {
            Ok(queues) => queues
                .into_iter()
                .find(|queue| queue.name == printer && super::is_offered(queue))
                .ok_or_else(|| Stop::Back(ENGLISH.stored_no_printer.to_owned())),
            Err(error) => {
                let waited = Timestamp::now().duration_since(document.changed_at);
                if waited.unsigned_abs() > PATIENCE {
                    return Err(Stop::Back(ENGLISH.stored_print_away.to_owned()));
                }
                Err(Stop::Later(error.into()))
            }
        }
    }

    /// Lets the job print and waits for its end.
    async fn watch(&mut self, document: &Document, facts: &Facts, job: Job) -> Result<(), Stop> {
        let mut job = Some(job);
        let mut pause = SHORTEST_LOOK;
        while let Some(seen) = job {
            match seen.state {
                JobState::Held if self.released && is_refused(&seen) => {
                    self.shared.parts.cups.purge(seen.id).await?;
                    let message = seen
                        .message
                        .unwrap_or_else(|| ENGLISH.stored_gate.to_owned());
                    return Err(Stop::Back(message));
                }
                JobState::Held if !self.released => {
                    self.let_print(document, facts, &seen).await?;
                    self.released = true;
                    pause = SHORTEST_LOOK;
                }
                JobState::Completed => {
                    let sides = u64::from(seen.impressions_completed);
                    self.settle(document, Settlement::Printed { sides }).await?;
                    self.clear(&seen).await;
                    return Ok(());
                }
                JobState::Canceled => {
                    let sides = u64::from(seen.impressions_completed);
                    self.settle(document, Settlement::Stopped { sides }).await?;
                    self.clear(&seen).await;
                    return Ok(());
                }
                JobState::Aborted => {
                    let reason = seen
                        .message
                        .clone()
                        .unwrap_or_else(|| ENGLISH.stored_print_failed.to_owned());
                    self.settle(document, Settlement::Failed { reason }).await?;
                    self.clear(&seen).await;
                    return Ok(());
                }
                JobState::Held | JobState::Pending | JobState::Processing | JobState::Stopped => {}
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(LONGEST_LOOK);
            job = match self.known_job_again(document, &seen).await {
                Ok(job) => job,
                // A print system that restarts knows the job again.
                Err(Stop::Later(_)) => Some(seen),
                Err(back) => return Err(back),
            };
        }
        self.settle(document, unknown()).await
    }

    async fn known_job_again(&self, document: &Document, seen: &Job) -> Result<Option<Job>, Stop> {
        let known = Document {
            job_id: seen.id,
            ..document.clone()
        };
        self.known_job(&known).await
    }

    async fn let_print(&self, document: &Document, facts: &Facts, job: &Job) -> Result<(), Stop> {
        let parts = &self.shared.parts;
        let queue = self.queue(document, &job.queue).await?;
        if queue.enforcement == Enforcement::Enforced {
            let approval = approval_of(document, facts, job, Timestamp::now());
            let approval = approval.ok_or_else(|| Stop::Back(ENGLISH.stored_damaged.to_owned()))?;
            parts
                .cups
                .set_approval(job.id, &approval.sign(&parts.key))
                .await?;
        }
        if !self.is_ours(document).await? {
            parts.cups.purge(job.id).await?;
            return Err(Stop::Over);
        }
        match parts.cups.release(job.id).await {
            // Released before, by whoever went down since.
            Ok(()) | Err(SpoolerError::NotPossible(_)) => {}
            Err(error) => return Err(error.into()),
        }
        tracing::info!(document.id = %document.id.0, "released");
        Ok(())
    }

    /// Whether nobody took the release back meanwhile.
    async fn is_ours(&self, document: &Document) -> Result<bool, Stop> {
        let stored = self.shared.parts.ledger.document(document.id).await?;
        Ok(stored.is_some_and(|stored| {
            stored.state == DocumentState::Releasing
                && stored.release_nonce == document.release_nonce
        }))
    }

    async fn settle(&self, document: &Document, settlement: Settlement) -> Result<(), Stop> {
        let ledger = &self.shared.parts.ledger;
        // CUPS counts what its filters send, again with each attempt, so it never
        // tells of more than the estimate.
        let estimated = ledger.receipt(document.id).await?.sides;
        let settlement = match settlement {
            Settlement::Printed { sides } => Settlement::Printed {
                sides: sides.min(estimated),
            },
            Settlement::Stopped { sides } => Settlement::Stopped {
                sides: sides.min(estimated),
            },
            failed @ Settlement::Failed { .. } => failed,
        };
        match ledger
            .settle(document.id, settlement, Timestamp::now())
            .await
        {
            Ok(settled) => {
                let state = settled.document.state;
                tracing::info!(document.id = %document.id.0, state = state.name(), "settled");
                if state == DocumentState::Failed {
                    self.tell(&settled.document).await;
                }
                Ok(())
            }
            // Settled before, on what was known then; the first answer stands.
            Err(LedgerError::Refused(
                Refusal::WrongState(_) | Refusal::ExistsWithDifferent { .. },
            )) => Err(Stop::Over),
            Err(error) => Err(error.into()),
        }
    }

    /// What was printed is not kept, and nobody prints it again.
    async fn clear(&self, job: &Job) {
        if let Err(error) = self.shared.parts.cups.purge(job.id).await {
            tracing::warn!(%error, "a job that is over could not be removed");
        }
    }

    async fn take_back(&self, reason: String) -> Result<(), LedgerError> {
        let parts = &self.shared.parts;
        let Some(document) = parts.ledger.document(self.id).await? else {
            return Ok(());
        };
        if let Ok(Some(job)) = self.known_job(&document).await {
            self.clear(&job).await;
        }
        // The next release makes a job of its own.
        let release = document.release_nonce.unwrap_or_default();
        let now = Timestamp::now();
        parts.ledger.set_job(self.id, release, 0, now).await?;
        let document = parts
            .ledger
            .abandon_release(self.id, reason, Timestamp::now())
            .await?;
        self.tell(&document).await;
        Ok(())
    }

    async fn tell(&self, document: &Document) {
        let Some(push) = &self.shared.parts.push else {
            return;
        };
        if let Err(error) = tell_not_printed(push, document).await {
            tracing::warn!(%error, "a failure could not be told");
        }
    }
}

/// What is settled of a job that vanished without an end. What CUPS had counted by
/// then is what its filters made, not what the printer printed.
fn unknown() -> Settlement {
    Settlement::Failed {
        reason: ENGLISH.stored_unknown.to_owned(),
    }
}

fn is_refused(job: &Job) -> bool {
    let message = job.message.as_deref();
    message.is_some_and(|message| message.starts_with(platen_gate::MESSAGE_PREFIX))
}
