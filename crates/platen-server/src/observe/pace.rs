//! Bodies that come too slowly are cut, so that nobody holds a connection and
//! its memory for nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, Bytes};
use futures_util::{Stream, StreamExt, stream};
use tokio::time::Instant;

/// How slowly a body may come.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// What every body may take.
    patience: Duration,
    /// What it must keep to beyond that. Units: bytes a second.
    least_rate: u32,
    /// The longest pause between two parts.
    longest_pause: Duration,
}

const PACE: Pace = Pace {
    patience: Duration::from_secs(20),
    least_rate: 4 * 1024,
    longest_pause: Duration::from_secs(20),
};

/// Whether a body was cut.
#[derive(Clone, Debug, Default)]
pub(super) struct Cut(Arc<AtomicBool>);

impl Cut {
    pub(super) fn is_cut(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
struct TooSlow;

/// The body, which fails when it comes too slowly; then `Cut` says so.
pub(super) fn paced(body: Body) -> (Body, Cut) {
    let cut = Cut::default();
    let parts = limited(body.into_data_stream(), cut.clone(), PACE);
    (Body::from_stream(parts), cut)
}

fn limited<S, E>(
    parts: S,
    cut: Cut,
    pace: Pace,
) -> impl Stream<Item = Result<Bytes, BoxError>> + Send
where
    S: Stream<Item = Result<Bytes, E>> + Send + Unpin,
    E: Into<BoxError>,
{
    let started = Instant::now();
    let state = (parts, cut, 0_u64);
    stream::unfold(Some(state), move |state| async move {
        let (mut parts, cut, bytes) = state?;
        let earned = Duration::from_millis(bytes * 1_000 / u64::from(pace.least_rate));
        let deadline = (started + pace.patience + earned).min(Instant::now() + pace.longest_pause);
        match tokio::time::timeout_at(deadline, parts.next()).await {
            Err(_) => {
                cut.0.store(true, Ordering::Relaxed);
                Some((Err(TooSlow.into()), None))
            }
            Ok(None) => None,
            Ok(Some(Err(error))) => Some((Err(error.into()), None)),
            Ok(Some(Ok(part))) => {
                let bytes = bytes + part.len() as u64;
                Some((Ok(part), Some((parts, cut, bytes))))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Pace = Pace {
        patience: Duration::from_millis(300),
        least_rate: 1_000,
        longest_pause: Duration::from_millis(200),
    };

    /// Sends `size` bytes every `pause_ms`, `count` times; how much of it arrives.
    async fn arrived(size: usize, pause_ms: u64, count: usize) -> (usize, bool) {
        let parts = stream::unfold(0, move |sent| async move {
            if sent == count {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            Some((Ok::<_, BoxError>(Bytes::from(vec![0; size])), sent + 1))
        });
        let cut = Cut::default();
        let bytes = limited(Box::pin(parts), cut.clone(), QUICK)
            .filter_map(|part| async { part.ok().map(|part| part.len()) })
            .fold(0, |sum, size| async move { sum + size })
            .await;
        (bytes, cut.is_cut())
    }

    #[tokio::test]
    async fn a_slow_but_steady_upload_arrives() {
        // Five times what is asked for, for twice the patience.
        assert_eq!(arrived(100, 20, 30).await, (3_000, false));
    }

    #[tokio::test]
    async fn drops_and_silence_are_cut() {
        let (bytes, cut) = arrived(1, 50, 1_000).await;
        assert!(cut && bytes < 8, "{bytes} arrived");
        assert_eq!(arrived(1, 10_000, 2).await, (0, true));
        // A good start earns no endless pause.
        let (bytes, cut) = arrived(100_000, 10_000, 2).await;
        assert!(cut && bytes == 0, "{bytes} arrived");
    }
}
