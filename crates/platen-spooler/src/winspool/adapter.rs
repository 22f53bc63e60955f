//! The requests that Platen makes of Windows' spooler.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use platen_windows::{Control, JobRecord, Printer, Refusal, WinspoolError, printers};

use super::calls::Calls;
use super::convert::{self, same};
use super::numbers::{Numbers, Place};
use crate::{FinishingChange, Job, Queue, SpoolerError};

/// Longest wait for an answer.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);
/// Most calls at once, those that never answer among them.
const MOST_CALLS: usize = 8;

/// Of the whole process, for there is one spooler.
static CALLS: Calls = Calls::new(MOST_CALLS, DEADLINE);

/// For whom the spooler is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WinspoolConfig {
    /// The name of the user whose process this is, without a domain: jobs carry
    /// it so.
    pub user: String,
    /// The names of the managed queues, in any case; none manages none.
    pub queues: Option<Vec<String>>,
}

/// Windows' spooler, asked in the name of one user. Cheap to clone.
///
/// Only managed queues are asked for jobs: others may be on servers that are
/// far away. Every request has a deadline of 20 s, and every answer a largest
/// size; a spooler that never answers keeps a few threads, whatever is asked. A
/// job's number means this one document, whatever Windows gives the same number
/// to later. *Cancel safety*: a dropped request may or may not have reached the
/// spooler.
#[derive(Clone, Debug)]
pub struct Winspool {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    config: WinspoolConfig,
    numbers: Mutex<Numbers>,
}

impl Winspool {
    /// Whether a job can be moved, printed otherwise than submitted, and given an
    /// approval.
    pub const CHANGES_JOBS: bool = false;
    /// Whether managed queues hold their jobs by themselves. One that is paused holds
    /// them, and prints none that is released.
    pub const QUEUES_HOLD: bool = false;

    /// Prepares to talk to the spooler; no request is made yet.
    #[must_use]
    pub fn connect(config: WinspoolConfig) -> Self {
        Self {
            shared: Arc::new(Shared {
                config,
                numbers: Mutex::default(),
            }),
        }
    }

    /// The queues of this computer and those that the user is connected to,
    /// managed or not.
    ///
    /// *Errors*: the spooler does not run or refuses; an empty list is none.
    /// *Source*: learn.microsoft.com, “`EnumPrinters` function”.
    pub async fn queues(&self) -> Result<Vec<Queue>, SpoolerError> {
        let shared = Arc::clone(&self.shared);
        within(move || shared.queues()).await
    }

    /// The user's jobs in managed queues, oldest first.
    ///
    /// *Errors*: as for [`Self::queues`], also when one managed queue can't be
    /// asked: its jobs would seem to be gone.
    /// *Source*: learn.microsoft.com, “`EnumJobs` function”.
    pub async fn open_jobs(&self) -> Result<Vec<Job>, SpoolerError> {
        let shared = Arc::clone(&self.shared);
        within(move || {
            let mut jobs = Vec::new();
            for queue in shared.managed()? {
                let records = shared.records(&queue)?;
                jobs.extend(records.into_iter().map(|record| shared.job(record, &queue)));
            }
            jobs.retain(|job| !job.state.is_finished());
            jobs.sort_by_key(|job| (job.submitted_at, job.id));
            Ok(jobs)
        })
        .await
    }

    /// One job. Windows removes finished jobs at once.
    ///
    /// *Errors*: `NotFound` also for a job of somebody else.
    /// *Source*: learn.microsoft.com, “`GetJob` function”.
    pub async fn job(&self, job_id: i32) -> Result<Job, SpoolerError> {
        self.about(job_id, |shared, printer, place| {
            let record = shared.known(printer, &place)?;
            Ok(shared.job(record, &place.queue))
        })
        .await
    }

    /// Holds a job until it is released; one that prints already stops where it is.
    /// *Source*: learn.microsoft.com, “`SetJob` function”, `JOB_CONTROL_PAUSE`.
    pub async fn hold(&self, job_id: i32) -> Result<(), SpoolerError> {
        self.control(job_id, Control::Pause).await
    }

    /// Lets a held job print. *Errors*: none when it isn't held.
    /// *Source*: `JOB_CONTROL_RESUME`.
    pub async fn release(&self, job_id: i32) -> Result<(), SpoolerError> {
        self.control(job_id, Control::Resume).await
    }

    /// Deletes a job. Windows has no place for the reason.
    /// *Source*: `JOB_CONTROL_DELETE`.
    pub async fn cancel(&self, job_id: i32, reason: &str) -> Result<(), SpoolerError> {
        tracing::debug!(reason, "cancelled a job");
        self.control(job_id, Control::Delete).await
    }

    /// Removes a finished job, where the queue keeps them.
    pub async fn purge(&self, job_id: i32) -> Result<(), SpoolerError> {
        match self.control(job_id, Control::Delete).await {
            Err(SpoolerError::NotFound) => Ok(()),
            answer => answer,
        }
    }

    /// *Errors*: always `DocumentsGone`: a deleted job is gone with its document.
    pub async fn restart_held(&self, job_id: i32) -> Result<(), SpoolerError> {
        tracing::debug!(job_id, "a deleted job can't be brought back");
        std::future::ready(Err(SpoolerError::DocumentsGone)).await
    }

    /// *Errors*: always `Unsupported`, except to the queue where the job is. No
    /// function moves one job; `SetPrinter` gives all jobs of a queue another
    /// port.
    pub async fn move_to(&self, job_id: i32, queue: &str) -> Result<(), SpoolerError> {
        if same(&self.job(job_id).await?.queue, queue) {
            return Ok(());
        }
        Err(SpoolerError::Unsupported("move a job to another queue"))
    }

    /// *Errors*: always `Unsupported`, except for no change. `SetJob` takes a
    /// device mode and ignores it. *Source*: MS-RPRN, section 2.2.1.3.3.
    pub async fn set_options(
        &self,
        job_id: i32,
        change: &FinishingChange,
    ) -> Result<(), SpoolerError> {
        if *change == FinishingChange::default() {
            return Ok(());
        }
        tracing::debug!(job_id, "a job's settings can't be changed");
        std::future::ready(Err(SpoolerError::Unsupported(
            "change how a job is printed",
        )))
        .await
    }

    /// *Errors*: always `Unsupported`: no gate is there to read an approval.
    pub async fn set_approval(&self, job_id: i32, _approval: &str) -> Result<(), SpoolerError> {
        tracing::debug!(job_id, "no gate reads approvals");
        std::future::ready(Err(SpoolerError::Unsupported(
            "attach an approval to a job",
        )))
        .await
    }

    /// The user's jobs in one queue, as the spooler tells of them.
    pub(crate) async fn records(&self, queue: String) -> Result<Vec<JobRecord>, SpoolerError> {
        let shared = Arc::clone(&self.shared);
        within(move || shared.records(&queue)).await
    }

    /// The job that a record is about.
    pub(crate) fn job_of(&self, record: JobRecord, queue: &str) -> Job {
        self.shared.job(record, queue)
    }

    /// The number of the job that stands, or stood, at this place.
    pub(crate) fn number_of(&self, place: &Place) -> i32 {
        self.shared.numbers().number(place)
    }

    /// Forgets the numbers of jobs of `queue` that are not among `there`.
    pub(crate) fn forget_others(&self, queue: &str, there: &[Place]) {
        self.shared.numbers().retain(queue, there);
    }

    /// Does something with an open printer and a job's place there.
    pub(crate) async fn about<T: Send + 'static>(
        &self,
        job_id: i32,
        act: impl FnOnce(&Shared, &Printer, Place) -> Result<T, SpoolerError> + Send + 'static,
    ) -> Result<T, SpoolerError> {
        let place = self.shared.numbers().place(job_id);
        let place = place.ok_or(SpoolerError::NotFound)?;
        let shared = Arc::clone(&self.shared);
        within(move || {
            let printer = Printer::open(&place.queue).map_err(failed)?;
            act(&shared, &printer, place)
        })
        .await
    }

    async fn control(&self, job_id: i32, control: Control) -> Result<(), SpoolerError> {
        self.about(job_id, move |shared, printer, place| {
            shared.known(printer, &place)?;
            printer.control(place.id, control).map_err(failed)
        })
        .await
    }
}

impl Shared {
    fn queues(&self) -> Result<Vec<Queue>, SpoolerError> {
        let configured = self.config.queues.as_deref();
        let records = printers().map_err(failed)?;
        let queues = records.into_iter();
        Ok(queues
            .map(|record| convert::queue(record, configured))
            .collect())
    }

    fn managed(&self) -> Result<Vec<String>, SpoolerError> {
        let queues = self.queues()?.into_iter();
        Ok(queues
            .filter(|queue| queue.managed)
            .map(|queue| queue.name)
            .collect())
    }

    fn records(&self, queue: &str) -> Result<Vec<JobRecord>, SpoolerError> {
        let printer = Printer::open(queue).map_err(failed)?;
        let mut jobs = printer.jobs().map_err(failed)?;
        jobs.retain(|job| self.owns(job));
        Ok(jobs)
    }

    fn job(&self, record: JobRecord, queue: &str) -> Job {
        let number = self.numbers().number(&Place::of(&record, queue));
        convert::job(record, queue, number)
    }

    /// What the spooler says of the document that was at this place. Whoever
    /// manages a queue could control anybody's, and a later one may have its number.
    pub(crate) fn known(
        &self,
        printer: &Printer,
        place: &Place,
    ) -> Result<JobRecord, SpoolerError> {
        let record = printer.job(place.id).map_err(failed)?;
        if self.owns(&record) && place.holds(&record) {
            Ok(record)
        } else {
            Err(SpoolerError::NotFound)
        }
    }

    fn owns(&self, record: &JobRecord) -> bool {
        same(&record.user, &self.config.user)
    }

    fn numbers(&self) -> MutexGuard<'_, Numbers> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes calls that block, and waits for them at most so long.
pub(crate) async fn within<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, SpoolerError> + Send + 'static,
) -> Result<T, SpoolerError> {
    CALLS.answer(call).await
}

/// What a failed call means for the client.
pub(crate) fn failed(problem: WinspoolError) -> SpoolerError {
    let refusal = problem.refusal();
    match (problem, refusal) {
        (WinspoolError::Refused { .. }, Refusal::NotFound) => SpoolerError::NotFound,
        (WinspoolError::Refused { source, .. }, Refusal::NotPermitted) => {
            SpoolerError::NotPermitted(source.to_string())
        }
        (WinspoolError::Refused { source, .. }, Refusal::Away) => SpoolerError::Unreachable(source),
        (WinspoolError::Refused { source, .. }, Refusal::Other) => SpoolerError::Failed(source),
        (WinspoolError::Malformed(malformed), _) => SpoolerError::Malformed(malformed.0),
        (WinspoolError::TooLarge { .. }, _) => SpoolerError::Malformed("it is too large"),
        (WinspoolError::BadName, _) => SpoolerError::NotFound,
    }
}
