//! What one document may cost.

use crate::report::Problem;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// A document of this length may take the limit on time once more.
/// *Units*: bytes.
const LENGTH_THAT_DOUBLES_TIME: u64 = 20_000_000;

/// The most that analysing one document may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Processor time for a small document; large ones have more, see
    /// [`Limits::time_for`].
    pub time: Duration,
    /// Address space above the document's own bytes, when run isolated; a
    /// quarter of it is the most that any one compressed part may inflate to.
    pub memory_bytes: u64,
    /// Pages.
    pub max_pages: u32,
    /// Bytes of the document as it lies in the file.
    pub document_bytes: u64,
}

impl Default for Limits {
    /// What is hostile is short and ends within two seconds and 256 MiB; what
    /// is honest and long may finish.
    fn default() -> Self {
        Self {
            time: Duration::from_millis(1500),
            memory_bytes: 256 << 20,
            max_pages: 50_000,
            document_bytes: 1_000_000_000,
        }
    }
}

impl Limits {
    /// The processor time that a document of that length may take.
    ///
    /// It grows with the length, so that the limit is one on how badly a
    /// document behaves and not on how much of it there is.
    #[must_use]
    pub fn time_for(&self, length: u64) -> Duration {
        let shares = length.min(self.document_bytes) as f64 / LENGTH_THAT_DOUBLES_TIME as f64;
        self.time.saturating_add(self.time.mul_f64(shares))
    }
}

/// A running analysis' share of its limits.
#[derive(Debug)]
pub(crate) struct Budget {
    started: Instant,
    allowed: Duration,
    deadline: Duration,
    pub(crate) max_pages: usize,
    pub(crate) inflated_bytes: usize,
    steps: Cell<u32>,
    /// What other threads have used of it.
    elsewhere: Cell<Duration>,
    /// Something in the document would overrun a library that draws it.
    undrawable: Cell<bool>,
}

impl Budget {
    /// What a short document may take, from now on.
    #[cfg(test)]
    pub(crate) fn start(limits: &Limits) -> Self {
        Self::start_for(limits, 0)
    }

    /// What a document of that `length` may take, from now on.
    pub(crate) fn start_for(limits: &Limits, length: usize) -> Self {
        let allowed = limits.time_for(length as u64);
        Self {
            started: Instant::now(),
            allowed,
            deadline: processor_time().saturating_add(allowed),
            max_pages: limits.max_pages as usize,
            inflated_bytes: usize::try_from(limits.memory_bytes / 4).unwrap_or(usize::MAX),
            steps: Cell::new(0),
            elsewhere: Cell::default(),
            undrawable: Cell::new(false),
        }
    }

    /// Counts a step; looks at the clock at every 256th.
    pub(crate) fn step(&self) -> Result<(), Problem> {
        let steps = self.steps.get().wrapping_add(1);
        self.steps.set(steps);
        if steps & 0xff == 0 {
            self.check()
        } else {
            Ok(())
        }
    }

    /// Fails once the time is up.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        // No more processor time passes than time, whose clock costs far less.
        if self.started.elapsed() > self.allowed && self.left().is_zero() {
            Err(Problem::limit("time"))
        } else {
            Ok(())
        }
    }

    /// The time that is left.
    pub(crate) fn left(&self) -> Duration {
        let used = processor_time().saturating_add(self.elsewhere.get());
        self.deadline.saturating_sub(used)
    }

    /// Counts what another thread has used.
    pub(crate) fn spend(&self, time: Duration) {
        self.elsewhere
            .set(self.elsewhere.get().saturating_add(time));
    }

    /// Whether so much time is gone that the rest is for counting pages, and
    /// colour stays unknown.
    pub(crate) fn is_short(&self) -> bool {
        let half = self.allowed / 2;
        self.started.elapsed() > half && self.left() < half
    }

    /// Keeps the document from libraries that draw without limits of their own.
    pub(crate) fn forbid_drawing(&self) {
        self.undrawable.set(true);
    }

    /// Whether nothing was met so far that would overrun such a library.
    pub(crate) fn may_draw(&self) -> bool {
        !self.undrawable.get()
    }

    /// Fails when there are more pages than may be counted.
    pub(crate) fn allow_pages(&self, pages: usize) -> Result<(), Problem> {
        if pages > self.max_pages {
            Err(Problem::limit("pages"))
        } else {
            Ok(())
        }
    }
}

/// What this thread has used: a machine busy with other things must not make a
/// document uncountable.
pub(crate) fn processor_time() -> Duration {
    crate::system::thread_time()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_documents_have_more_time_and_short_ones_do_not() {
        let limits = Limits::default();
        assert!(limits.time_for(1_000_000) < Duration::from_secs(2));
        assert_eq!(limits.time_for(20_000_000), Duration::from_secs(3));
        assert!(limits.time_for(200_000_000) > Duration::from_secs(15));
        // No more than for the longest that is looked at.
        let longest = limits.time_for(limits.document_bytes);
        assert_eq!(limits.time_for(u64::MAX), longest);
    }

    #[test]
    fn time_that_passes_unused_is_not_counted() {
        let limits = Limits {
            time: Duration::from_millis(30),
            ..Limits::default()
        };
        let budget = Budget::start(&limits);
        // Another thread's work is not this document's.
        let other = std::thread::spawn(move || {
            let busy = Budget::start(&limits);
            while busy.check().is_ok() {}
        });
        other.join().unwrap();
        assert_eq!(budget.check(), Ok(()));
    }
}
