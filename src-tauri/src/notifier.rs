//! Puts notifications on the desktop and hears their buttons.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use notify_rust::{Hint, NotificationResponse, Timeout, Urgency};
use platen_agent::{Action, Notification, Slot};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinHandle;

/// A desktop that doesn't answer must not hold documents up.
const PATIENCE: Duration = Duration::from_secs(5);
const APP_NAME: &str = "Platen";
const DESKTOP_ENTRY: &str = "org.platen.client";

/// Shows notifications; one after the other, so that each replaces its slot's last.
#[derive(Clone)]
pub(crate) struct Notifier {
    inner: Arc<Mutex<Inner>>,
    /// Why the last notification is not on the screen.
    trouble: Arc<watch::Sender<Option<Trouble>>>,
}

struct Inner {
    slots: HashMap<Slot, Shown>,
    markup: Option<bool>,
    chosen: mpsc::Sender<Action>,
}

struct Shown {
    id: u32,
    waiting: JoinHandle<()>,
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
    Refused(#[source] Box<notify_rust::error::Error>),
    /// No answer.
    #[error("The desktop’s notification service does not answer")]
    Silent,
}

impl Notifier {
    /// Sends what people choose to `chosen`.
    #[must_use]
    pub(crate) fn new(chosen: mpsc::Sender<Action>) -> Self {
        Self {
            inner: Arc::new(Mutex::new(Inner {
                slots: HashMap::new(),
                markup: None,
                chosen,
            })),
            trouble: Arc::default(),
        }
    }

    /// Shows `notification`, in place of the last one of its slot.
    ///
    /// *Errors*: [`NotifierError`]; the document stays in the menu and portal.
    /// *Source*: Desktop Notifications Specification 1.2, `Notify`.
    pub(crate) async fn show(&self, notification: &Notification) -> Result<(), NotifierError> {
        let shown = self.show_now(notification).await;
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

    async fn show_now(&self, notification: &Notification) -> Result<(), NotifierError> {
        // Held across the call on purpose: the id to replace is known only
        // after the one before has been shown.
        let mut inner = self.inner.lock().await;
        let markup = match inner.markup {
            Some(markup) => markup,
            None => *inner.markup.insert(understands_markup().await?),
        };
        let mut native = notify_rust::Notification::new();
        native
            .appname(APP_NAME)
            .icon("printer")
            .summary(&notification.title)
            .body(&if markup {
                escaped(&notification.body)
            } else {
                notification.body.clone()
            })
            .hint(Hint::DesktopEntry(DESKTOP_ENTRY.to_owned()))
            .urgency(if notification.urgent {
                Urgency::Critical
            } else {
                Urgency::Normal
            })
            .timeout(Timeout::Default);
        for (action, label) in &notification.actions {
            native.action(&action.key(), label);
        }
        if let Some(shown) = inner.slots.get(&notification.slot) {
            native.id(shown.id);
        }
        let handle = tokio::time::timeout(PATIENCE, native.show_async())
            .await
            .map_err(|_| NotifierError::Silent)?
            .map_err(|error| NotifierError::Refused(Box::new(error)))?;
        let (id, chosen, known) = (handle.id(), inner.chosen.clone(), notification.clone());
        // The task ends when the notification closes or is replaced.
        let waiting = tokio::spawn(async move {
            let mut key = None;
            let heard = |response: &NotificationResponse| {
                key = match response {
                    NotificationResponse::Default => Some("default".to_owned()),
                    NotificationResponse::Action(key) => Some(key.clone()),
                    _ => None,
                };
            };
            handle.wait_for_action_async(heard).await;
            if let Some(action) = key.and_then(|key| known.action(&key).cloned()) {
                // The client is ending when nobody listens.
                let _ = chosen.send(action).await;
            }
        });
        if let Some(replaced) = inner.slots.insert(notification.slot, Shown { id, waiting }) {
            replaced.waiting.abort();
        }
        Ok(())
    }
}

async fn understands_markup() -> Result<bool, NotifierError> {
    let capabilities = tokio::task::spawn_blocking(notify_rust::get_capabilities);
    match tokio::time::timeout(PATIENCE, capabilities).await {
        Ok(Ok(Ok(capabilities))) => Ok(capabilities.iter().any(|one| one == "body-markup")),
        Ok(Ok(Err(error))) => Err(NotifierError::Refused(Box::new(error))),
        Ok(Err(_)) | Err(_) => Err(NotifierError::Silent),
    }
}

/// Names of documents are data, not markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_names_can_not_carry_markup() {
        assert_eq!(escaped("<b>R&D</b>"), "&lt;b&gt;R&amp;D&lt;/b&gt;");
    }
}
