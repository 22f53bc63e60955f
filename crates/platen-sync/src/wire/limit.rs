//! How much of anything one message may have.

use platen_domain::{PageRun, Points};

/// Operations in one batch at most.
pub const OPERATIONS: usize = 64;
/// Bytes of a batch at most.
pub const BATCH_BYTES: usize = 4 << 20;
/// Bytes of one operation at most, so that every one fits into a batch.
pub const OPERATION_BYTES: usize = BATCH_BYTES - 1024;
/// Bytes of what a server sends at most.
pub const DOWN_BYTES: usize = 8 << 20;
/// Characters of a name, of a document or a person, at most.
pub const NAME: usize = 1024;
/// Characters of the name of a queue, printer or device at most.
pub const QUEUE: usize = 255;
/// Characters of a reason or a sentence at most.
pub const SENTENCE: usize = 4096;
/// Characters of something signed at most.
pub const SIGNED: usize = 16 << 10;
/// Documents of one job at most.
pub const DOCUMENTS_OF_JOB: usize = 1000;
/// Pages of one job at most, as the ledger has it.
pub const PAGES: u64 = 1_000_000;
/// Printed sides of one job at most: more than any that is printed, and few enough to be
/// kept.
pub const SIDES: u64 = 1 << 53;
/// Runs of pages that are alike in one job at most.
pub const RUNS: usize = 50_000;
/// Ranges of pages in one job at most.
pub const RANGES: usize = 1000;
/// Options of one job at most.
pub const OPTIONS: usize = 256;
/// Warnings of one estimate at most.
pub const WARNINGS: usize = 64;
/// Accounts in one view at most.
pub const ACCOUNTS: usize = 2000;
/// Documents in one view at most, of each list.
pub const DOCUMENTS: usize = 2000;
/// Leases in one view at most.
pub const LEASES: usize = 200;
/// Rows of a rate card at most, as the ledger has it.
pub const CARD_ROWS: usize = 200;

/// What is wrong with a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is no JSON, or no message of this kind.
    #[error("The message can't be read: {detail}.")]
    Unreadable {
        /// What the reader says.
        detail: String,
    },
    /// It is too large.
    #[error("The message has more than {most} bytes.")]
    TooLarge {
        /// Bytes that it may have.
        most: usize,
    },
    /// A text is too long.
    #[error("The {what} has more than {most} characters.")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// Characters that it may have.
        most: usize,
    },
    /// There are too many of something.
    #[error("There are more than {most} {what}.")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        most: u64,
    },
    /// An amount is out of what makes sense.
    #[error("The {what} can't be {value}.")]
    OutOfRange {
        /// Which amount.
        what: &'static str,
        /// What it was.
        value: String,
    },
    /// It changes another state than the one that this device has.
    #[error("The change does not follow on the state that this device has.")]
    DoesNotFollow,
    /// Operations must be numbered in order, without a gap.
    #[error("The operations are not numbered in order.")]
    OutOfOrder,
}

impl Fault {
    pub(super) fn unreadable(error: &serde_json::Error) -> Self {
        Self::Unreadable {
            detail: error.to_string(),
        }
    }
}

pub(super) fn size(bytes: &[u8], most: usize) -> Result<(), Fault> {
    if bytes.len() > most {
        return Err(Fault::TooLarge { most });
    }
    Ok(())
}

pub(super) fn text(text: &str, most: usize, what: &'static str) -> Result<(), Fault> {
    // Bytes bound characters: the count is needed only where they do not do.
    if text.len() > most && text.chars().count() > most {
        return Err(Fault::TooLong { what, most });
    }
    Ok(())
}

pub(super) fn count(number: usize, most: usize, what: &'static str) -> Result<(), Fault> {
    at_most(number as u64, most as u64, what)
}

pub(super) fn at_most(number: u64, most: u64, what: &'static str) -> Result<(), Fault> {
    if number > most {
        return Err(Fault::TooMany { what, most });
    }
    Ok(())
}

pub(super) fn at_least_zero(points: Points, what: &'static str) -> Result<(), Fault> {
    if points.is_negative() {
        return Err(out_of_range(what, &points));
    }
    Ok(())
}

pub(super) fn above_zero(points: Points, what: &'static str) -> Result<(), Fault> {
    if points <= Points::ZERO {
        return Err(out_of_range(what, &points));
    }
    Ok(())
}

pub(super) fn out_of_range(what: &'static str, value: &impl ToString) -> Fault {
    Fault::OutOfRange {
        what,
        value: value.to_string(),
    }
}

pub(super) fn pages(documents: &[Vec<PageRun>]) -> Result<(), Fault> {
    count(documents.len(), DOCUMENTS_OF_JOB, "documents in the job")?;
    let runs = documents.iter().map(Vec::len).sum();
    count(runs, RUNS, "changes of paper or colour in the job")?;
    let pages: u64 = documents
        .iter()
        .flatten()
        .map(|run| u64::from(run.count))
        .sum();
    at_most(pages, PAGES, "pages in the job")
}
