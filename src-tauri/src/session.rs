//! Who is printing: the signed-in person, or the computer's own user.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use platen_domain::Person;
use platen_identity::{Identity, IdentityConfig, Secret, Status};
use platen_settings::Settings;
use platen_words::{Speech, fill};
use tokio::sync::watch;

/// How the person is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionKind {
    /// By the computer, since no issuer is configured.
    Local,
    /// By an OpenID provider.
    OpenId,
}

/// Who is printing now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SessionState {
    /// How the person is known.
    pub kind: SessionKind,
    /// The person that documents are charged to; none: nobody may print.
    pub person: Option<Person>,
    /// What is not in order, in a few words.
    pub note: Option<String>,
    /// The same as a sentence.
    pub sentence: String,
}

/// The session and, where one is configured, the identity provider behind it.
#[derive(Clone)]
pub(crate) struct Session {
    identity: Option<Identity>,
    /// Kept here so that who waits for a change waits for ever where there is none.
    state: Arc<watch::Sender<SessionState>>,
}

impl Session {
    /// Starts with what is known without any network.
    ///
    /// *Errors*: the issuer's address is none, or the computer doesn't know its user.
    pub(crate) async fn start(
        settings: &Settings,
        data_dir: &Path,
        speech: &'static Speech,
    ) -> Result<Self> {
        let Some(issuer) = settings.issuer()? else {
            let person =
                platen_identity::local_user().context("this computer’s user is not known")?;
            let state = SessionState {
                kind: SessionKind::Local,
                sentence: fill(speech.sign_in.local, &[&person.name]),
                person: Some(person),
                note: None,
            };
            return Ok(Self {
                identity: None,
                state: Arc::new(watch::Sender::new(state)),
            });
        };
        let client_id = settings
            .client_id
            .clone()
            .unwrap_or_else(|| "platen".to_owned());
        let mut config = IdentityConfig::new(issuer, client_id, data_dir);
        config.client_secret = settings.client_secret.as_ref().map(Secret::new);
        config.redirect = settings.redirect_uri()?;
        if let Some(claim) = &settings.groups_claim {
            config.groups_claim.clone_from(claim);
        }
        config.speech = speech;
        let identity = Identity::new(config);
        identity.restore().await;
        let mut status = identity.status();
        let state = Arc::new(watch::Sender::new(state_of(
            &status.borrow_and_update(),
            speech,
        )));
        let sender = state.clone();
        tokio::spawn(async move {
            while status.changed().await.is_ok() {
                let now = state_of(&status.borrow_and_update(), speech);
                sender.send_if_modified(|state| {
                    let changed = *state != now;
                    *state = now;
                    changed
                });
            }
        });
        Ok(Self {
            identity: Some(identity),
            state,
        })
    }

    /// Follows who is printing.
    #[must_use]
    pub(crate) fn state(&self) -> watch::Receiver<SessionState> {
        self.state.subscribe()
    }

    /// The provider, where one is configured.
    #[must_use]
    pub(crate) fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }
}

/// An expired or revoked sign-in may not charge anybody; an offline one may.
fn state_of(status: &Status, speech: &Speech) -> SessionState {
    let words = &speech.sign_in;
    let (person, note) = match status {
        Status::SignedIn { person, .. } => (Some(person.clone()), None),
        Status::Offline { person, .. } => (Some(person.clone()), Some(words.note_offline)),
        Status::Expired { .. } => (None, Some(words.note_expired)),
        Status::Revoked { .. } => (None, Some(words.note_revoked)),
        Status::KeyringLocked => (None, Some(words.note_keyring_locked)),
        Status::KeyringMissing => (None, Some(words.note_keyring_missing)),
        Status::SignedOut | Status::NotConfigured => (None, None),
    };
    SessionState {
        kind: SessionKind::OpenId,
        person,
        note: note.map(str::to_owned),
        sentence: status.sentence(speech),
    }
}
