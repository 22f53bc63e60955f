//! Times, and what is made of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Result;

/// How long each of many took, and all of them together.
pub(crate) struct Times {
    /// Sorted. Units: milliseconds.
    each_ms: Vec<f64>,
    all: Duration,
}

impl Times {
    pub(crate) fn new(each: impl IntoIterator<Item = Duration>, all: Duration) -> Self {
        let mut each_ms: Vec<f64> = each
            .into_iter()
            .map(|time| time.as_secs_f64() * 1_000.0)
            .collect();
        each_ms.sort_by(f64::total_cmp);
        Self { each_ms, all }
    }

    /// The nearest value at or above that rank. Units: milliseconds.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let rank = (percent / 100.0 * self.each_ms.len() as f64).ceil() as usize;
        let last = self.each_ms.len().saturating_sub(1);
        self.each_ms
            .get(rank.saturating_sub(1).min(last))
            .copied()
            .unwrap_or(f64::NAN)
    }

    pub(crate) fn a_second(&self) -> f64 {
        self.each_ms.len() as f64 / self.all.as_secs_f64()
    }

    /// The line of a table: what, median, 99 %, a second, the median beside
    /// that of `reference`.
    pub(crate) fn line(&self, what: &str, reference: Option<&Self>) -> String {
        let beside = reference.map_or_else(String::new, |reference| {
            let times = self.percentile(50.0) / reference.percentile(50.0);
            format!("{times:.1}×")
        });
        format!(
            "{what}\t{:.2}\t{:.2}\t{:.0}\t{beside}",
            self.percentile(50.0),
            self.percentile(99.0),
            self.a_second(),
        )
    }
}

/// Has `callers` ask at once, one after the other each, until `count` questions
/// are answered or `time` is over. `ask` gets the question's number.
pub(crate) async fn run<F, A>(callers: usize, count: usize, time: Duration, ask: F) -> Result<Times>
where
    F: Fn(usize) -> A + Clone + Send + 'static,
    A: Future<Output = Result<()>> + Send + 'static,
{
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let (next, ask) = (next.clone(), ask.clone());
        tasks.spawn(async move {
            let mut times = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count || started.elapsed() > time {
                    return Ok::<_, crate::Problem>(times);
                }
                let asked = Instant::now();
                ask(number).await?;
                times.push(asked.elapsed());
            }
        });
    }
    let mut times = Vec::new();
    while let Some(done) = tasks.join_next().await {
        times.extend(done??);
    }
    Ok(Times::new(times, started.elapsed()))
}
