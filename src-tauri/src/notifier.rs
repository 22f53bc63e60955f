//! Puts notifications on the desktop and hears their buttons.

#[cfg_attr(windows, path = "notifier/toast.rs")]
#[cfg_attr(target_os = "macos", path = "notifier/mac.rs")]
#[cfg_attr(
    not(any(windows, target_os = "macos")),
    path = "notifier/freedesktop.rs"
)]
mod imp;
#[cfg(any(windows, test))]
mod markup;

use std::sync::Arc;
use std::time::Duration;

use platen_agent::{Action, Notification};
use tokio::sync::{Mutex, mpsc, watch};

use imp::Desktop;

/// A desktop that doesn't answer must not hold documents up.
const PATIENCE: Duration = Duration::from_secs(5);

/// Shows notifications; one after the other, so that each replaces its slot's last.
#[derive(Clone)]
pub(crate) struct Notifier {
    desktop: Arc<Mutex<Desktop>>,
    /// Why the last notification is not on the screen.
    trouble: Arc<watch::Sender<Option<Trouble>>>,
}

/// Why the last notification isn't on the screen, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No notification service, or it refused.
    Refused,
    /// No answer.
    Silent,
}

/// Why a notification isn't on the screen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotifierError {
    /// No notification service, or it refused.
    #[error("The desktop’s notification service refused")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No answer.
    #[error("The desktop’s notification service does not answer")]
    Silent,
}

impl Notifier {
    /// Sends what people choose to `chosen`.
    #[must_use]
    pub(crate) fn new(chosen: mpsc::Sender<Action>) -> Self {
        Self {
            desktop: Arc::new(Mutex::new(Desktop::new(chosen))),
            trouble: Arc::default(),
        }
    }

    /// Shows `notification`, in place of the last one of its slot.
    ///
    /// *Errors*: [`NotifierError`]; the document stays in the menu and portal.
    pub(crate) async fn show(&self, notification: &Notification) -> Result<(), NotifierError> {
        // Held across the call on purpose: what to replace is known only after the
        // one before has been shown.
        let mut desktop = self.desktop.lock().await;
        let shown = desktop.show(notification).await;
        self.trouble
            .send_replace(shown.as_ref().err().map(|error| match error {
                NotifierError::Refused(_) => Trouble::Refused,
                NotifierError::Silent => Trouble::Silent,
            }));
        shown
    }

    /// Why the last notification is not on the screen.
    #[must_use]
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        *self.trouble.borrow()
    }
}
