//! Gathering the operations of one transaction.

use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

use super::{Operation, Request};

/// How long a batch that is smaller than the one before it waits for callers
/// that were just answered and are about to ask again. It is what a commit
/// takes at its fastest, so that waiting costs less than it saves.
const PATIENCE: Duration = Duration::from_micros(60);

/// The queue, and how many operations came at once lately.
pub(super) struct Gather {
    requests: mpsc::Receiver<Request>,
    /// How many operations the last batch had.
    expected: usize,
}

impl Gather {
    pub(super) const fn new(requests: mpsc::Receiver<Request>) -> Self {
        Self {
            requests,
            expected: 0,
        }
    }

    /// Waits for an operation and takes all that wait with it, `most` of them
    /// at most. Gives whether it was asked to look for others' changes; none
    /// once nobody is there to ask any more.
    pub(super) fn batch(
        &mut self,
        batch: &mut Vec<Box<dyn Operation>>,
        most: usize,
    ) -> Option<bool> {
        let mut poked = false;
        match self.requests.blocking_recv()? {
            Request::Run(operation) => batch.push(operation),
            Request::Poke => poked = true,
        }
        let mut deadline = None;
        while batch.len() < most {
            match self.requests.try_recv() {
                Ok(Request::Run(operation)) => batch.push(operation),
                Ok(Request::Poke) => poked = true,
                Err(TryRecvError::Disconnected) => break,
                Err(TryRecvError::Empty) => {
                    if batch.is_empty() || batch.len() >= self.expected {
                        break;
                    }
                    let now = Instant::now();
                    if now >= *deadline.get_or_insert(now + PATIENCE) {
                        break;
                    }
                    thread::yield_now();
                }
            }
        }
        if !batch.is_empty() {
            self.expected = batch.len();
        }
        Some(poked)
    }
}
