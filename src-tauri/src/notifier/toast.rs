//! Windows' notifications. Their clicks are heard for as long as this client runs: what
//! Windows keeps of them after it opens nothing.
//! *Source*: learn.microsoft.com, “Windows.UI.Notifications”.

use std::collections::HashMap;

use platen_agent::{Action, Notification, Slot};
use tokio::sync::mpsc;
use windows::Data::Xml::Dom::XmlDocument;
use windows::Foundation::TypedEventHandler;
use windows::UI::Notifications::{
    NotificationSetting, ToastActivatedEventArgs, ToastFailedEventArgs, ToastNotification,
    ToastNotificationManager,
};
use windows::core::{Error, HSTRING, IInspectable, Interface as _, Ref};

use super::{NotifierError, PATIENCE, markup};
use crate::system::APPLICATION_ID;

/// The desktop's notification service, and what it shows.
pub(super) struct Desktop {
    /// Kept, since one that is dropped is not heard.
    slots: HashMap<Slot, ToastNotification>,
    chosen: mpsc::Sender<Action>,
}

/// Notifications are switched off, by the person or a policy.
#[derive(Debug, thiserror::Error)]
#[error("notifications are switched off for this program ({0:?})")]
struct SwitchedOff(NotificationSetting);

impl Desktop {
    pub(super) fn new(chosen: mpsc::Sender<Action>) -> Self {
        Self {
            slots: HashMap::new(),
            chosen,
        }
    }

    /// Shows a notification in place of the last one of its slot.
    ///
    /// *Errors*: [`NotifierError`].
    pub(super) async fn show(&mut self, notification: &Notification) -> Result<(), NotifierError> {
        let (wanted, chosen) = (notification.clone(), self.chosen.clone());
        let showing = tokio::task::spawn_blocking(move || show(&wanted, chosen));
        let toast = match tokio::time::timeout(PATIENCE, showing).await {
            Ok(Ok(shown)) => shown?,
            Ok(Err(error)) => return Err(NotifierError::Refused(Box::new(error))),
            Err(_) => return Err(NotifierError::Silent),
        };
        self.slots.insert(notification.slot, toast);
        Ok(())
    }
}

fn show(
    wanted: &Notification,
    chosen: mpsc::Sender<Action>,
) -> Result<ToastNotification, NotifierError> {
    let refused = |error: Error| NotifierError::Refused(Box::new(error));
    let id = HSTRING::from(APPLICATION_ID);
    let notifier = ToastNotificationManager::CreateToastNotifierWithId(&id).map_err(refused)?;
    // A program that has not notified yet has no setting.
    if let Ok(setting) = notifier.Setting()
        && setting != NotificationSetting::Enabled
    {
        return Err(NotifierError::Refused(Box::new(SwitchedOff(setting))));
    }
    let toast = make(wanted, chosen).map_err(refused)?;
    notifier.Show(&toast).map_err(refused)?;
    Ok(toast)
}

fn make(
    wanted: &Notification,
    chosen: mpsc::Sender<Action>,
) -> windows::core::Result<ToastNotification> {
    let document = XmlDocument::new()?;
    document.LoadXml(&HSTRING::from(markup::toast(wanted)))?;
    let toast = ToastNotification::CreateToastNotification(&document)?;
    // The next one of the same name replaces it.
    toast.SetTag(&HSTRING::from(tag(wanted.slot)))?;
    let known = wanted.clone();
    toast.Activated(&TypedEventHandler::new(
        move |_: Ref<ToastNotification>, said: Ref<IInspectable>| {
            let said = said.ok()?.cast::<ToastActivatedEventArgs>()?;
            if let Some(action) = known.action(&said.Arguments()?.to_string()) {
                // A person clicks slower than the client works; none is waited for here,
                // on a thread of Windows'.
                let _ = chosen.try_send(action.clone());
            }
            Ok(())
        },
    ))?;
    toast.Failed(&TypedEventHandler::new(
        |_: Ref<ToastNotification>, said: Ref<ToastFailedEventArgs>| {
            let error = said.ok()?.ErrorCode()?.message();
            tracing::warn!(error, "Windows did not show a notification");
            Ok(())
        },
    ))?;
    Ok(toast)
}

const fn tag(slot: Slot) -> &'static str {
    match slot {
        Slot::Verdicts => "verdicts",
        Slot::Problems => "problems",
        Slot::Updates => "updates",
    }
}
