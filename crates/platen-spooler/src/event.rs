//! What a watcher of the spooler tells.

use crate::job::Job;

/// What the watcher of the spooler tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpoolerEvent {
    /// The spooler answers (again). A `Resync` follows.
    Up,
    /// The spooler can't be reached; it is tried again until it can.
    Down {
        /// For people.
        reason: String,
    },
    /// Events may have been missed: list the open jobs and the queues.
    Resync,
    /// A document of this job of the user has completely arrived.
    Arrived(Box<Job>),
    /// Look at this job of the user now: something about it changed, or it is
    /// gone.
    Job(i32),
}

impl SpoolerEvent {
    /// The number of the job that the event is about, if it is about one.
    #[must_use]
    pub fn job_id(&self) -> Option<i32> {
        match self {
            Self::Arrived(job) => Some(job.id),
            Self::Job(id) => Some(*id),
            Self::Up | Self::Down { .. } | Self::Resync => None,
        }
    }
}
