//! Notifications of macOS, and what is chosen in them.
//!
//! They are for apps alone: a program that was not started from its app's directory
//! has none. *Source*: Apple, “User Notifications”; the functions may be called on any
//! thread.

use std::ptr::NonNull;

use block2::{DynBlock, RcBlock};
use objc2::rc::Retained;
use objc2::runtime::{Bool, NSObject, NSObjectProtocol, ProtocolObject};
use objc2::{AnyThread, DefinedClass, define_class, msg_send};
use objc2_foundation::{NSArray, NSBundle, NSError, NSSet, NSString};
use objc2_user_notifications::{
    UNAuthorizationOptions, UNMutableNotificationContent, UNNotification, UNNotificationAction,
    UNNotificationActionOptions, UNNotificationCategory, UNNotificationCategoryOptions,
    UNNotificationDefaultActionIdentifier, UNNotificationPresentationOptions,
    UNNotificationRequest, UNNotificationResponse, UNNotificationSound, UNUserNotificationCenter,
    UNUserNotificationCenterDelegate,
};
use tokio::sync::oneshot;

/// What a notification shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its name; a later one of the same name is another one to [`Choice::note`].
    pub name: String,
    /// In bold.
    pub title: String,
    /// Plain text, lines separated by `\n`.
    pub body: String,
    /// Names of buttons with their labels.
    pub buttons: Vec<(String, String)>,
    /// Whether it makes a sound.
    pub sounds: bool,
}

/// What somebody chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The notification's name.
    pub note: String,
    /// The button's name; none: a click on the notification itself.
    pub button: Option<String>,
}

/// Why there is no notification.
#[derive(Debug, thiserror::Error)]
pub enum NoteError {
    /// This program was not started from an app.
    #[error("notifications are for apps alone, and this program was not started from its app")]
    NoApp,
    /// The person, or a profile, does not want them.
    #[error("notifications are switched off for this app")]
    SwitchedOff,
    /// macOS says this.
    #[error("macOS refuses: {0}")]
    Refused(String),
    /// It never answered.
    #[error("macOS does not answer")]
    Silent,
}

/// The app's notifications, of which there is one in a program.
#[derive(Debug)]
pub struct Notifications {
    /// Whose buttons macOS has to know, by name.
    known: Vec<Note>,
}

type Hear = Box<dyn Fn(Choice) + Send + Sync>;

define_class!(
    // SAFETY: `NSObject` asks nothing of those that inherit from it, and nothing is done
    // when it is dropped.
    #[unsafe(super(NSObject))]
    #[name = "PlatenNotificationDelegate"]
    #[ivars = Hear]
    struct Delegate;

    // SAFETY: it asks for nothing.
    unsafe impl NSObjectProtocol for Delegate {}

    // SAFETY: the two functions take what the protocol says that they do.
    unsafe impl UNUserNotificationCenterDelegate for Delegate {
        #[unsafe(method(userNotificationCenter:willPresentNotification:withCompletionHandler:))]
        fn will_present(
            &self,
            _center: &UNUserNotificationCenter,
            _notification: &UNNotification,
            answer: &DynBlock<dyn Fn(UNNotificationPresentationOptions)>,
        ) {
            // Without this nothing is shown while the app's own window is in front.
            answer.call((UNNotificationPresentationOptions::Banner
                | UNNotificationPresentationOptions::List
                | UNNotificationPresentationOptions::Sound,));
        }

        #[unsafe(method(userNotificationCenter:didReceiveNotificationResponse:withCompletionHandler:))]
        fn did_receive(
            &self,
            _center: &UNUserNotificationCenter,
            response: &UNNotificationResponse,
            done: &DynBlock<dyn Fn()>,
        ) {
            let chosen = response.actionIdentifier();
            // SAFETY: it is a constant of the framework, which is there by now.
            let click = unsafe { UNNotificationDefaultActionIdentifier };
            (self.ivars())(Choice {
                note: response.notification().request().identifier().to_string(),
                button: (*chosen != *click).then(|| chosen.to_string()),
            });
            done.call(());
        }
    }
);

impl Delegate {
    fn new(hear: Hear) -> Retained<Self> {
        let this = Self::alloc().set_ivars(hear);
        // SAFETY: `init` of `NSObject` takes nothing and answers with the object.
        unsafe { msg_send![super(this), init] }
    }
}

impl Notifications {
    /// Hears what is chosen from now on, and asks the person for permission the first
    /// time. What an earlier run left is taken away, since nobody could answer it.
    ///
    /// `hear` is called on a thread of macOS'. To be called once in a program.
    ///
    /// # Errors
    /// [`NoteError::NoApp`].
    pub fn start(hear: impl Fn(Choice) + Send + Sync + 'static) -> Result<Self, NoteError> {
        let center = center()?;
        let delegate = Delegate::new(Box::new(hear));
        center.setDelegate(Some(ProtocolObject::from_ref(&*delegate)));
        // macOS keeps no reference to it; it is needed until the program ends.
        let _ = Retained::into_raw(delegate);
        center.removeAllDeliveredNotifications();
        drop(ask(&center));
        Ok(Self { known: Vec::new() })
    }

    /// Shows `note`; the one named `replaced` goes.
    ///
    /// It waits as long as the person thinks about the permission.
    /// *Cancel safety*: it may or may not be shown.
    ///
    /// # Errors
    /// All of [`NoteError`].
    pub async fn show(&mut self, note: Note, replaced: Option<&str>) -> Result<(), NoteError> {
        let permitted = ask(&*center()?);
        permitted.await.map_err(|_| NoteError::Silent)??;
        self.known.retain(|one| Some(one.name.as_str()) != replaced);
        self.known.push(note.clone());
        let known = categories(&self.known)?;
        // Answered after the categories have been taken over.
        known.await.map_err(|_| NoteError::Silent)?;
        let added = add(&note, replaced)?;
        added.await.map_err(|_| NoteError::Silent)?
    }
}

fn center() -> Result<Retained<UNUserNotificationCenter>, NoteError> {
    // Without an identifier the center does not answer but raises an exception.
    NSBundle::mainBundle()
        .bundleIdentifier()
        .map(|_| UNUserNotificationCenter::currentNotificationCenter())
        .ok_or(NoteError::NoApp)
}

/// Whether notifications are permitted; it asks the person if nobody has yet.
fn ask(center: &UNUserNotificationCenter) -> oneshot::Receiver<Result<(), NoteError>> {
    let (answer, answered) = once();
    let heard = RcBlock::new(move |granted: Bool, error: *mut NSError| {
        // Where they are switched off macOS names that as an error as well.
        if let Some(text) = refusal(error) {
            tracing::debug!(text, "notifications are not permitted");
        }
        let permitted = granted.as_bool().then_some(());
        answer(permitted.ok_or(NoteError::SwitchedOff));
    });
    let wanted = UNAuthorizationOptions::Alert | UNAuthorizationOptions::Sound;
    center.requestAuthorizationWithOptions_completionHandler(wanted, &heard);
    answered
}

/// Makes the buttons of all that is shown known, and answers when they are.
fn categories(notes: &[Note]) -> Result<oneshot::Receiver<()>, NoteError> {
    let center = center()?;
    let categories: Vec<_> = notes.iter().map(category).collect();
    center.setNotificationCategories(&NSSet::from_retained_slice(&categories));
    let (answer, answered) = once();
    let heard = RcBlock::new(move |_: NonNull<NSSet<UNNotificationCategory>>| answer(()));
    center.getNotificationCategoriesWithCompletionHandler(&heard);
    Ok(answered)
}

fn category(note: &Note) -> Retained<UNNotificationCategory> {
    let actions: Vec<_> = note
        .buttons
        .iter()
        .map(|(name, label)| {
            UNNotificationAction::actionWithIdentifier_title_options(
                &NSString::from_str(name),
                &NSString::from_str(label),
                UNNotificationActionOptions::Foreground,
            )
        })
        .collect();
    UNNotificationCategory::categoryWithIdentifier_actions_intentIdentifiers_options(
        &NSString::from_str(&note.name),
        &NSArray::from_retained_slice(&actions),
        &NSArray::new(),
        UNNotificationCategoryOptions::empty(),
    )
}

fn add(
    note: &Note,
    replaced: Option<&str>,
) -> Result<oneshot::Receiver<Result<(), NoteError>>, NoteError> {
    let center = center()?;
    if let Some(replaced) = replaced {
        let names = NSArray::from_retained_slice(&[NSString::from_str(replaced)]);
        center.removeDeliveredNotificationsWithIdentifiers(&names);
    }
    let name = NSString::from_str(&note.name);
    let content = UNMutableNotificationContent::new();
    content.setTitle(&NSString::from_str(&note.title));
    content.setBody(&NSString::from_str(&note.body));
    content.setCategoryIdentifier(&name);
    if note.sounds {
        content.setSound(Some(&UNNotificationSound::defaultSound()));
    }
    let request =
        UNNotificationRequest::requestWithIdentifier_content_trigger(&name, &content, None);
    let (answer, answered) = once();
    let heard = RcBlock::new(move |error: *mut NSError| {
        answer(refusal(error).map_or(Ok(()), |text| Err(NoteError::Refused(text))));
    });
    center.addNotificationRequest_withCompletionHandler(&request, Some(&heard));
    Ok(answered)
}

fn refusal(error: *mut NSError) -> Option<String> {
    // SAFETY: it is null, or an error that lives as long as macOS calls with it.
    let error = unsafe { error.as_ref() }?;
    Some(error.localizedDescription().to_string())
}

/// What a block may call whenever it likes, and what hears the first time.
fn once<T>() -> (impl Fn(T), oneshot::Receiver<T>) {
    let (answer, answered) = oneshot::channel();
    let answer = std::sync::Mutex::new(Some(answer));
    let answer = move |value| {
        let mut first = answer.lock().unwrap_or_else(|broken| broken.into_inner());
        if let Some(first) = first.take() {
            // Whoever asked may have given up.
            let _ = first.send(value);
        }
    };
    (answer, answered)
}
