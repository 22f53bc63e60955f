//! Callers that ask again and again, and how long they wait.

use std::time::{Duration, Instant};

use crate::Result;

/// Somebody who asks for one thing at a time.
pub(crate) trait Caller: Send + 'static {
    /// Asks once and waits for the answer; gives how many reservations it was.
    fn ask(&mut self) -> impl Future<Output = Result<u64>> + Send;
}

/// What callers found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    pub(crate) operations: u64,
    pub(crate) elapsed: Duration,
    /// Of each answer, ascending.
    pub(crate) waits: Vec<Duration>,
}

impl Measured {
    /// Nothing yet.
    pub(crate) const NONE: Self = Self {
        operations: 0,
        elapsed: Duration::ZERO,
        waits: Vec::new(),
    };

    /// Adds what a later round found.
    pub(crate) fn add(&mut self, other: Self) {
        self.operations += other.operations;
        self.elapsed += other.elapsed;
        self.waits.extend(other.waits);
        self.waits.sort();
    }

    pub(crate) fn new(operations: u64, elapsed: Duration, mut waits: Vec<Duration>) -> Self {
        waits.sort();
        Self {
            operations,
            elapsed,
            waits,
        }
    }

    /// Units: reservations a second.
    pub(crate) fn rate(&self) -> f64 {
        self.operations as f64 / self.elapsed.as_secs_f64()
    }

    /// The wait that `percent` of all don't exceed. Units: microseconds.
    pub(crate) fn wait_us(&self, percent: usize) -> f64 {
        let last = self.waits.len().saturating_sub(1);
        self.waits
            .get(last * percent / 100)
            .map_or(f64::NAN, |wait| wait.as_secs_f64() * 1e6)
    }
}

/// Lets all `callers` ask at once, for `time`.
pub(crate) async fn run<C: Caller>(callers: Vec<C>, time: Duration) -> Result<Measured> {
    let mut tasks = tokio::task::JoinSet::new();
    let started = Instant::now();
    for mut caller in callers {
        tasks.spawn(async move {
            let (mut operations, mut waits) = (0, Vec::new());
            while started.elapsed() < time {
                let asked = Instant::now();
                operations += caller.ask().await?;
                waits.push(asked.elapsed());
            }
            Ok::<_, crate::Problem>((operations, waits))
        });
    }
    let (mut operations, mut waits) = (0, Vec::new());
    while let Some(task) = tasks.join_next().await {
        let (asked, waited) = task??;
        operations += asked;
        waits.extend(waited);
    }
    Ok(Measured::new(operations, started.elapsed(), waits))
}
