//! Looking at a job after an event, to see whether it is worth telling.

use std::time::{Duration, Instant};

use ipp::model::DelimiterTag;
use tokio::sync::mpsc;

use super::SpoolerEvent;
use crate::{cups::Cups, error::SpoolerError, job::JobState, wire::Operation};

/// Waits between looks for further documents of a job whose first has come:
/// cupsd has no event for them, and no sign that a held job is complete.
const FURTHER_DOCUMENTS_MS: [u64; 6] = [2, 8, 30, 120, 400, 1000];

/// The little that decides whether an event is told.
struct Glance {
    own: bool,
    documents: i32,
    finished: bool,
    held: bool,
}

impl Cups {
    async fn glance(&self, job_id: i32) -> Result<Glance, SpoolerError> {
        let request = self
            .about(Operation::GetJobAttributes, job_id)
            .requesting(&[
                "job-originating-user-name",
                "number-of-documents",
                "job-state",
            ]);
        let response = self.shared.connections.call(request).await?;
        let job = response
            .groups(DelimiterTag::JobAttributes)
            .next()
            .ok_or(SpoolerError::NotFound)?;
        let state = job.integer("job-state").and_then(JobState::from_ipp);
        Ok(Glance {
            own: self.owns(job),
            documents: job.integer("number-of-documents").unwrap_or(0),
            finished: state.is_some_and(JobState::is_finished),
            held: state == Some(JobState::Held),
        })
    }
}

/// Waits until a new job's document has completely arrived and tells it, then
/// again whenever a further one has. Tells too when the job ends before.
///
/// cupsd counts a document only once it has all of it (measured), so there is
/// nothing to wait on but the count. The waits are an eighth of the time passed:
/// a document that took 8 ms is told at most about 1 ms late.
pub(crate) async fn arrival(cups: Cups, tx: mpsc::Sender<SpoolerEvent>, job_id: i32) {
    let started = Instant::now();
    let mut told = 0;
    let mut further = FURTHER_DOCUMENTS_MS.into_iter();
    loop {
        // The whole job at once: whoever is told asks for all of it anyway.
        let Ok(job) = cups.job(job_id).await else {
            // Another user's or gone, or cupsd is: the end of the session is
            // followed by a resync.
            return;
        };
        let finished = job.state.is_finished();
        if finished && told > 0 {
            return;
        }
        if job.documents > told || finished {
            told = job.documents;
            if tx.send(SpoolerEvent::Arrived(Box::new(job))).await.is_err() || finished {
                return;
            }
            further = FURTHER_DOCUMENTS_MS.into_iter();
        }
        let wait = if told == 0 {
            wait_for_first(started.elapsed())
        } else if let Some(wait_ms) = further.next() {
            Duration::from_millis(wait_ms)
        } else {
            return;
        };
        tokio::time::sleep(wait).await;
    }
}

/// From 1 ms to 500 ms; after a minute somebody is typing into `lp`, or is dead.
fn wait_for_first(passed: Duration) -> Duration {
    if passed > Duration::from_secs(60) {
        return Duration::from_secs(5);
    }
    (passed / 8).clamp(Duration::from_millis(1), Duration::from_millis(500))
}

/// Tells a job that changed, if it is the user's and has a document, or is gone.
///
/// One that is on its way to a printer is followed from then on: a backend that
/// puts it back to held does so within milliseconds, and not every event of that
/// arrives (seen with CUPS 2.4.2).
pub(crate) async fn change(cups: Cups, tx: mpsc::Sender<SpoolerEvent>, job_id: i32, known: bool) {
    let tell = match cups.glance(job_id).await {
        Ok(glance) => {
            if glance.own && !glance.held && !glance.finished {
                cups.shared.released.add(job_id);
            }
            glance.own && (glance.documents > 0 || glance.finished)
        }
        Err(SpoolerError::NotFound) => known,
        Err(_) => false,
    };
    if tell {
        // The receiver's end is noticed by the session.
        let _closed = tx.send(SpoolerEvent::Job(job_id)).await;
    }
}

/// Tells a released job once it has ended or is held again.
pub(crate) async fn end(cups: Cups, tx: mpsc::Sender<SpoolerEvent>, job_id: i32) {
    let ended = match cups.glance(job_id).await {
        Ok(glance) => glance.finished || glance.held,
        Err(problem) => matches!(problem, SpoolerError::NotFound),
    };
    if ended {
        cups.shared.released.remove(job_id);
        // The receiver's end is noticed by the session.
        let _closed = tx.send(SpoolerEvent::Job(job_id)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_with_the_time_passed_and_stay_bounded() {
        let wait_ms = |passed_ms| wait_for_first(Duration::from_millis(passed_ms)).as_millis();
        assert_eq!(wait_ms(0), 1);
        assert_eq!(wait_ms(8), 1);
        assert_eq!(wait_ms(80), 10);
        assert_eq!(wait_ms(30_000), 500);
        assert_eq!(wait_ms(61_000), 5000);
    }
}
