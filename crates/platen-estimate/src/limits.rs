//! What one document may cost.

use crate::report::Problem;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// The most that analysing one document may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wall-clock time.
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
    fn default() -> Self {
        Self {
            time: Duration::from_secs(20),
            memory_bytes: 1 << 30,
            max_pages: 50_000,
            document_bytes: 1_000_000_000,
        }
    }
}

/// A running analysis' share of its limits.
#[derive(Debug)]
pub(crate) struct Budget {
    deadline: Instant,
    pub(crate) max_pages: usize,
    pub(crate) inflated_bytes: usize,
    steps: Cell<u32>,
}

impl Budget {
    pub(crate) fn start(limits: &Limits) -> Self {
        let now = Instant::now();
        Self {
            deadline: now.checked_add(limits.time).unwrap_or(now),
            max_pages: limits.max_pages as usize,
            inflated_bytes: usize::try_from(limits.memory_bytes / 4).unwrap_or(usize::MAX),
            steps: Cell::new(0),
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
        if Instant::now() > self.deadline {
            Err(Problem::limit("time"))
        } else {
            Ok(())
        }
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
