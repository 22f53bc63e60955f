//! The signed permission to print what was priced.
//! *Source*: docs/decisions/0002-approval-in-the-job.md.

use jiff::Timestamp;
use platen_domain::Finishing;
use platen_gate::Approval;
use platen_ledger::{Document, Facts};
use platen_spooler::{Job, NewJob, Queue, finishing};

/// A printer may be out of paper over the weekend. *Units*: seconds.
const APPROVAL_LIFE_S: i64 = 3 * 24 * 3600;

/// The job that prints a document as it was priced.
pub(super) fn job_of(document: &Document, facts: &Facts, printer: &str, owner: String) -> NewJob {
    NewJob {
        queue: printer.to_owned(),
        owner,
        name: document.name.clone(),
        mark: document.id.0,
        copies: facts.finishing.copies,
        sides: facts.finishing.sides,
        monochrome: facts.finishing.monochrome,
        media: facts.finishing.media,
    }
}

/// Whether what the job will be printed like is what was priced. Where pages of
/// several sizes were priced one by one, the queue chooses the paper.
pub(super) fn is_as_priced(facts: &Facts, job: &Job, queue: &Queue) -> bool {
    let asked = finishing(job, &queue.defaults, &facts.ticket, facts.passage);
    let asked = Finishing {
        media: asked.media.filter(|_| facts.finishing.media.is_some()),
        ..asked
    };
    let same_paper = match (asked.media, facts.finishing.media) {
        (Some(asked), Some(priced)) => asked.same_paper(priced),
        (asked, priced) => asked == priced,
    };
    let priced = Finishing {
        media: asked.media,
        ..facts.finishing.clone()
    };
    same_paper && asked == priced && job.documents as usize == facts.digests.len()
}

/// What the gate of `job`'s queue wants to see.
pub(super) fn approval_of(
    document: &Document,
    facts: &Facts,
    job: &Job,
    now: Timestamp,
) -> Option<Approval> {
    Some(Approval {
        job: job.uuid,
        queue: job.queue.clone(),
        owner: job.owner.clone(),
        digests: facts.digests.clone(),
        copies: facts.finishing.copies,
        options: job.options_with_paper(),
        expires_unix_s: u64::try_from(now.as_second().saturating_add(APPROVAL_LIFE_S)).ok()?,
        nonce: document.release_nonce?,
    })
}
