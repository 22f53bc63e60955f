//! A print job as the spooler tells of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use platen_domain::Size;
use uuid::Uuid;

use crate::{Spooler, SpoolerError};

#[cfg(unix)]
mod ipp;

#[cfg(unix)]
pub(crate) use ipp::MARK;

impl Spooler {
    /// Those of these jobs that exist and are the user's, in the order asked for.
    pub async fn jobs(&self, job_ids: &[i32]) -> Result<Vec<Job>, SpoolerError> {
        let mut jobs = Vec::with_capacity(job_ids.len());
        for id in job_ids {
            match self.job(*id).await {
                Ok(job) => jobs.push(job),
                Err(SpoolerError::NotFound) => {}
                Err(problem) => return Err(problem),
            }
        }
        Ok(jobs)
    }
}

/// Where a job stands. *Source*: RFC 8011, section 5.3.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Waits for its turn.
    Pending,
    /// Held until somebody releases it.
    Held,
    /// On its way to the printer.
    Processing,
    /// On its way, but its printer has stopped.
    Stopped,
    /// Somebody cancelled it.
    Canceled,
    /// The spooler or the printer gave it up.
    Aborted,
    /// Done.
    Completed,
}

impl JobState {
    /// Reads IPP's enum.
    #[must_use]
    pub const fn from_ipp(state: i32) -> Option<Self> {
        Some(match state {
            3 => Self::Pending,
            4 => Self::Held,
            5 => Self::Processing,
            6 => Self::Stopped,
            7 => Self::Canceled,
            8 => Self::Aborted,
            9 => Self::Completed,
            _ => return None,
        })
    }

    /// Whether nothing more will happen to the job by itself.
    #[must_use]
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Canceled | Self::Aborted | Self::Completed)
    }
}

/// One job of the user. The key is `uuid`: cupsd may give `id` to another job
/// after a crash or a purge (measured), so it is good for addressing only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The spooler's number for it, for requests.
    pub id: i32,
    /// What names it for good.
    pub uuid: Uuid,
    /// What whoever submitted it through Platen knows it by.
    pub mark: Option<Uuid>,
    /// The queue that it is in.
    pub queue: String,
    /// Its name, as the application gave it.
    pub name: String,
    /// The user who submitted it.
    pub owner: String,
    /// Where it stands.
    pub state: JobState,
    /// What the queue's backend or whoever cancelled it said
    /// (`job-printer-state-message`).
    pub message: Option<String>,
    /// Documents completely received so far. Zero again once the files are gone.
    pub documents: u32,
    /// Copies asked for, if it says so; in a backend's `argv[4]`.
    pub copies: Option<u32>,
    /// Banner pages before and after (`job-sheets`), `none` included. CUPS
    /// prints them as documents of their own; no backend sees this option.
    pub sheets: Vec<String>,
    /// The size in `media-col`, which CUPS does not tell backends.
    pub media_size: Option<Size>,
    /// The options as cupsd writes them into a backend's `argv[5]`, unescaped;
    /// booleans are `true` and `false`. What cupsd adds for queues with a PPD
    /// (`Duplex`, `PageSize`, `media`) is not in it.
    pub options: BTreeMap<String, String>,
    /// Sides printed, as the filters or the printer count them.
    pub impressions_completed: u32,
    /// Format of the last document, detected by cupsd.
    pub format: Option<String>,
    /// When it was created.
    pub submitted_at: Timestamp,
    /// When it was finished.
    pub completed_at: Option<Timestamp>,
}

impl Job {
    /// The options with the paper that is only given as a collection, as the
    /// gate names it.
    #[must_use]
    pub fn options_with_paper(&self) -> BTreeMap<String, String> {
        let mut options = self.options.clone();
        if let Some(size) = self.media_size {
            options.insert(
                "media-col".to_owned(),
                format!("{}x{}", size.width, size.height),
            );
        }
        options
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_of_the_standard_is_known() {
        let known: Vec<_> = (0..12).filter_map(JobState::from_ipp).collect();
        assert_eq!(known.len(), 7);
        assert_eq!(known.iter().filter(|state| state.is_finished()).count(), 3);
    }
}
