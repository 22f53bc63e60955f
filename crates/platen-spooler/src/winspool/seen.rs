//! What is new in a queue, by comparing its jobs with those seen before.
//!
//! Windows tells that something changed, and may tell several changes as one or
//! say of none what it was; a list of jobs says what is.

use std::collections::BTreeMap;

use platen_windows::JobRecord;

use super::convert::has_arrived;
use super::numbers::Place;

/// What there is to tell of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// Its document has completely arrived.
    Arrived(Place),
    /// Something about it changed, or it is gone.
    Changed(Place),
}

/// What was last seen of the jobs of one queue.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    jobs: BTreeMap<u32, Sight>,
}

#[derive(Debug, PartialEq, Eq)]
struct Sight {
    place: Place,
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
            let known = before.filter(|before| before.place == sight.place);
            let had_arrived = known.is_some_and(|known| known.arrived);
            if sight.arrived && !had_arrived {
                news.push(News::Arrived(sight.place.clone()));
            } else if before != Some(sight) {
                news.push(News::Changed(sight.place.clone()));
            }
        }
        let is_there = |place: &Place| now.get(&place.id).is_some_and(|job| job.place == *place);
        let before = self.jobs.values().map(|sight| &sight.place);
        let gone = before.filter(|place| !is_there(place));
        news.extend(gone.cloned().map(News::Changed));
        self.jobs = now;
        news
    }
}

impl Sight {
    fn of(queue: &str, job: &JobRecord) -> Self {
        Self {
            place: Place::of(job, queue),
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

    fn place(id: u32) -> Place {
        Place::of(&record(id, JobStatus::default()), "Laser")
    }

    #[test]
    fn a_job_arrives_when_it_is_spooled_and_only_once() {
        let mut seen = Seen::default();
        let mut look = |status| seen.look("Laser", &[record(7, status)]);
        assert_eq!(look(JobStatus::SPOOLING), [News::Changed(place(7))]);
        assert_eq!(look(JobStatus::SPOOLING), []);
        assert_eq!(look(JobStatus::default()), [News::Arrived(place(7))]);
        assert_eq!(look(JobStatus::default()), []);
        assert_eq!(look(JobStatus::PRINTING), [News::Changed(place(7))]);
    }

    #[test]
    fn a_job_that_is_gone_is_told_once() {
        let mut seen = Seen::default();
        seen.look("Laser", &[record(7, JobStatus::default())]);
        assert_eq!(seen.look("Laser", &[]), [News::Changed(place(7))]);
        assert_eq!(seen.look("Laser", &[]), []);
    }

    #[test]
    fn another_job_under_the_same_number_arrives_and_the_first_is_gone() {
        let mut seen = Seen::default();
        seen.look("Laser", &[record(7, JobStatus::default())]);
        let mut another = record(7, JobStatus::default());
        another.submitted = Moment {
            year: 2026,
            ..Moment::default()
        };
        let arrived = News::Arrived(Place::of(&another, "Laser"));
        let gone = News::Changed(place(7));
        assert_eq!(seen.look("Laser", &[another]), [arrived, gone]);
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
                    if let News::Arrived(place) = news {
                        told.insert(place.id, true);
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
