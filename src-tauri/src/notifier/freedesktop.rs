//! Notifications over the session's bus.
//! *Source*: Desktop Notifications Specification 1.2.

use std::collections::HashMap;

use notify_rust::{Hint, NotificationResponse, Timeout, Urgency};
use platen_agent::{Action, Notification, Slot};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::{NotifierError, PATIENCE};
use crate::system::APPLICATION_ID;

const APP_NAME: &str = "Platen";

/// The desktop's notification service, and what it shows.
pub(super) struct Desktop {
    slots: HashMap<Slot, Shown>,
    markup: Option<bool>,
    chosen: mpsc::Sender<Action>,
}

struct Shown {
    id: u32,
    waiting: JoinHandle<()>,
}

impl Desktop {
    pub(super) fn new(chosen: mpsc::Sender<Action>) -> Self {
        Self {
            slots: HashMap::new(),
            markup: None,
            chosen,
        }
    }

    /// Shows a notification in place of the last one of its slot.
    ///
    /// *Errors*: [`NotifierError`]. *Source*: `Notify`.
    pub(super) async fn show(&mut self, notification: &Notification) -> Result<(), NotifierError> {
        let markup = match self.markup {
            Some(markup) => markup,
            None => *self.markup.insert(understands_markup().await?),
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
            .hint(Hint::DesktopEntry(APPLICATION_ID.to_owned()))
            .urgency(if notification.urgent {
                Urgency::Critical
            } else {
                Urgency::Normal
            })
            .timeout(Timeout::Default);
        for (action, label) in &notification.actions {
            native.action(&action.key(), label);
        }
        if let Some(shown) = self.slots.get(&notification.slot) {
            native.id(shown.id);
        }
        let handle = tokio::time::timeout(PATIENCE, native.show_async())
            .await
            .map_err(|_| NotifierError::Silent)?
            .map_err(|error| NotifierError::Refused(Box::new(error)))?;
        let (id, chosen, known) = (handle.id(), self.chosen.clone(), notification.clone());
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
        if let Some(replaced) = self.slots.insert(notification.slot, Shown { id, waiting }) {
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
