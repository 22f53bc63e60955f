//! From a job's options to what decides its price.
//!
//! The options themselves are read by `platen_domain::options`, as on the
//! command line. *Source*: rules.md R-11.

use platen_domain::{Finishing, JobOptions, Passage, Ticket};

use crate::{job::Job, queue::QueueDefaults};

/// What the job will be printed like, its document's ticket and its queue's
/// defaults filled in.
///
/// A value that makes no sense counts as not given.
#[must_use]
pub fn finishing(
    job: &Job,
    defaults: &QueueDefaults,
    ticket: &Ticket,
    passage: Passage,
) -> Finishing {
    stated(job).finishing(&defaults.as_options(), ticket, passage)
}

/// What the job says, wherever it says it.
fn stated(job: &Job) -> JobOptions {
    let pairs = job
        .options
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let mut options = JobOptions::read(pairs).options;
    options.copies = job.copies;
    options.media = options.media.or(job.media_size);
    options.banners = (!job.sheets.is_empty()).then(|| banners(&job.sheets));
    options
}

impl QueueDefaults {
    fn as_options(&self) -> JobOptions {
        let mode = self
            .colour_mode
            .iter()
            .map(|mode| ("print-color-mode", mode.as_str()));
        JobOptions {
            copies: self.copies,
            sides: self.sides,
            number_up: self.number_up,
            media: self.media,
            banners: Some(banners(&self.sheets)),
            ..JobOptions::read(mode).options
        }
    }
}

fn banners(sheets: &[String]) -> u32 {
    let joined = sheets.join(",");
    JobOptions::read([("job-sheets", joined.as_str())])
        .options
        .banners
        .unwrap_or(0)
}

#[cfg(test)]
mod tests;
