//! The one word that ends the server: everything that waits also waits for it.

use std::sync::Arc;

use tokio::sync::watch;

/// Whether the server is to end; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    said: Arc<watch::Sender<bool>>,
}

impl Stop {
    /// Not said yet.
    pub(crate) fn new() -> Self {
        Self {
            said: Arc::new(watch::Sender::new(false)),
        }
    }

    /// Says it.
    pub(crate) fn stop(&self) {
        self.said.send_replace(true);
    }

    /// Whether it was said.
    pub(crate) fn is_stopped(&self) -> bool {
        *self.said.borrow()
    }

    /// Waits until it is said.
    ///
    /// *Cancel safety*: may be dropped at any time.
    pub(crate) async fn stopped(&self) {
        // This value holds the sender, so it can't be gone.
        let _ = self.said.subscribe().wait_for(|said| *said).await;
    }
}
