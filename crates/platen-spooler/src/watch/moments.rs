//! When events are to be fetched: all the time, where nobody says that there are some.

use std::time::Duration;

use super::Signal;

/// cupsd does not support waiting for events (`notify-wait`; measured), so this
/// is how late a notification may be.
const INTERVAL: Duration = Duration::from_millis(500);

/// When to fetch.
pub(crate) struct Moments;

impl Moments {
    pub(crate) const fn new() -> Self {
        Self
    }

    /// Waits until events are to be fetched, and says what else is to be looked at.
    pub(crate) async fn next(&mut self) -> Option<Signal> {
        tokio::time::sleep(INTERVAL).await;
        None
    }
}
