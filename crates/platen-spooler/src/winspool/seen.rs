//! What is new in a queue, by comparing its jobs with those seen before.
//!
//! Windows tells that something changed, and may tell several changes as one or
//! say of none what it was; a list of jobs says what is.

use std::collections::BTreeMap;

use platen_windows::JobRecord;
use uuid::Uuid;

use super::convert::{has_arrived, identity};

/// What there is to tell of a job, by its number in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// Its document has completely arrived.
    Arrived(u32),
    /// Something about it changed, or it is gone.
    Changed(u32),
}

/// What was last seen of the jobs of one queue.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    jobs: BTreeMap<u32, Sight>,
}

#[derive(Debug, PartialEq, Eq)]
struct Sight {
    identity: Uuid,
    arrived: bool,
    status: u32,
    status_text: String,
    pages_printed: u32,
}

impl Seen {
    /// Compares the jobs of the queue now with what was seen, and remembers them.
    pub(crate) fn look(&mut self, queue: &str, jobs: &[JobRecord]) -> Vec<News> {
        let now: BTreeMap<u32, Sight> = jobs
            .iter()
            .map(|job| (job.id, Sight::of(queue, job)))
            .collect();
        let mut news = Vec::new();
        for (id, sight) in &now {
            let before = self.jobs.get(id);
            let known = before.filter(|before| before.identity == sight.identity);
            let had_arrived = known.is_some_and(|known| known.arrived);
            if sight.arrived && !had_arrived {
                news.push(News::Arrived(*id));
            } else if before != Some(sight) {
                news.push(News::Changed(*id));
            }
        }
        let gone = self.jobs.keys().filter(|id| !now.contains_key(id));
        news.extend(gone.map(|id| News::Changed(*id)));
        self.jobs = now;
        news
    }
}

impl Sight {
    fn of(queue: &str, job: &JobRecord) -> Self {
        Self {
            identity: identity(job, queue),
            arrived: has_arrived(job.status),
            status: job.status.0,
            status_text: job.status_text.clone(),
            pages_printed: job.pages_printed,
        }
    }
}

#[cfg(test)]
mod tests {
    use platen_windows::{JobStatus, Moment};
    use proptest::prelude::*;

    use super::*;

    fn record(id: u32, status: JobStatus) -> JobRecord {
        JobRecord {
            id,
            status,
            ..JobRecord::default()
        }
    }

    #[test]
    fn a_job_arrives_when_it_is_spooled_and_only_once() {
        let mut seen = Seen::default();
        let mut look = |status| seen.look("Laser", &[record(7, status)]);
        assert_eq!(look(JobStatus::SPOOLING), [News::Changed(7)]);
        assert_eq!(look(JobStatus::SPOOLING), []);
        assert_eq!(look(JobStatus::default()), [News::Arrived(7)]);
        assert_eq!(look(JobStatus::default()), []);
        assert_eq!(look(JobStatus::PRINTING), [News::Changed(7)]);
    }

    #[test]
    fn a_job_that_is_gone_is_told_once() {
        let mut seen = Seen::default();
        seen.look("Laser", &[record(7, JobStatus::default())]);
        assert_eq!(seen.look("Laser", &[]), [News::Changed(7)]);
        assert_eq!(seen.look("Laser", &[]), []);
    }

    #[test]
    fn another_job_under_the_same_number_arrives_again() {
        let mut seen = Seen::default();
        seen.look("Laser", &[record(7, JobStatus::default())]);
        let mut another = record(7, JobStatus::default());
        another.submitted = Moment {
            year: 2026,
            ..Moment::default()
        };
        assert_eq!(seen.look("Laser", &[another]), [News::Arrived(7)]);
    }

    proptest! {
        #[test]
        fn every_document_that_arrives_is_told(
            steps in prop::collection::vec(prop::collection::btree_map(0..4_u32, 0..0x20_u32, 0..4), 1..12),
        ) {
            let mut seen = Seen::default();
            let mut told = BTreeMap::new();
            for step in steps {
                let jobs: Vec<_> = step.iter().map(|(id, status)| record(*id, JobStatus(*status))).collect();
                for news in seen.look("Laser", &jobs) {
                    if let News::Arrived(id) = news {
                        told.insert(id, true);
                    }
                }
                for job in &jobs {
                    if has_arrived(job.status) {
                        prop_assert!(told.contains_key(&job.id));
                    }
                }
                prop_assert_eq!(seen.look("Laser", &jobs), []);
            }
        }
    }
}
