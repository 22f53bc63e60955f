//! Notifications of macOS. Their clicks are heard for as long as this client runs, which
//! takes away what an earlier one left.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use platen_agent::{Action, Notification, Slot};
use platen_mac::{Choice, Note, NoteError, Notifications};
use tokio::sync::mpsc;

use super::{NotifierError, PATIENCE};

/// What a click on a notification itself says. *Source*: [`Action::key`].
const CLICK: &str = "default";

/// The desktop's notifications; none: this program can't have any.
pub(super) struct Desktop {
    notifications: Option<Notifications>,
    shown: Arc<Mutex<Shown>>,
    /// How many were shown, which names the next.
    count: u64,
}

/// What is on the screen, with its name.
type Shown = HashMap<Slot, (String, Notification)>;

impl Desktop {
    pub(super) fn new(chosen: mpsc::Sender<Action>) -> Self {
        let shown: Arc<Mutex<Shown>> = Arc::default();
        let known = shown.clone();
        let notifications = Notifications::start(move |choice| {
            if let Some(action) = action(&known, &choice) {
                // A person clicks slower than the client works; none is waited for here,
                // on a thread of macOS'.
                let _ = chosen.try_send(action);
            }
        });
        if let Err(error) = &notifications {
            tracing::warn!(%error, "no notifications");
        }
        Self {
            notifications: notifications.ok(),
            shown,
            count: 0,
        }
    }

    /// Shows a notification in place of the last one of its slot.
    ///
    /// *Errors*: [`NotifierError`].
    pub(super) async fn show(&mut self, notification: &Notification) -> Result<(), NotifierError> {
        let Some(notifications) = &mut self.notifications else {
            return Err(refused(NoteError::NoApp));
        };
        self.count += 1;
        let name = format!("platen-{}", self.count);
        let replaced = {
            let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            let new = (name.clone(), notification.clone());
            shown.insert(notification.slot, new)
        };
        let replaced = replaced.map(|(name, _)| name);
        let showing = notifications.show(note(name, notification), replaced.as_deref());
        tokio::time::timeout(PATIENCE, showing)
            .await
            .map_err(|_| NotifierError::Silent)?
            .map_err(refused)
    }
}

/// What a person chose in what is still on the screen.
fn action(shown: &Mutex<Shown>, choice: &Choice) -> Option<Action> {
    let shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
    let (_, notification) = shown.values().find(|(name, _)| *name == choice.note)?;
    let key = choice.button.as_deref().unwrap_or(CLICK);
    notification.action(key).cloned()
}

fn note(name: String, notification: &Notification) -> Note {
    let buttons = notification.actions.iter();
    // The click on the notification needs no button.
    let buttons = buttons.filter(|(action, _)| action.key() != CLICK);
    Note {
        name,
        title: notification.title.clone(),
        body: notification.body.clone(),
        buttons: buttons
            .map(|(action, label)| (action.key(), label.clone()))
            .collect(),
        sounds: notification.urgent,
    }
}

fn refused(error: NoteError) -> NotifierError {
    match error {
        NoteError::Silent => NotifierError::Silent,
        other => NotifierError::Refused(Box::new(other)),
    }
}
