//! The one thread that talks to the desktop's keyring.
//!
//! Every call into a keyring blocks, for as long as the person thinks about an
//! unlock prompt, and not every OS keeps calls of several threads in order.
//! Callers wait with a deadline; what comes after it can still be waited for.
//! *Source*: keyring 4 README; freedesktop Secret Service specification.

use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use keyring_core::{CredentialStore, Entry, Error};
use tokio::sync::oneshot;

use crate::vault::Key;

/// The entry's user field: one key per service name.
const ENTRY: &str = "session key";
/// More than a program ever asks at once; a full queue means a stuck prompt.
const QUEUE: usize = 16;

/// Why the keyring gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringTrouble {
    /// It is there but locked, or waits for the person to unlock it.
    #[error("the desktop's keyring is locked")]
    Locked,
    /// No keyring answers.
    #[error("this desktop has no keyring (a Secret Service)")]
    Missing,
}

/// The answer to one call; it may come long after.
pub(crate) type Reply<T> = oneshot::Receiver<Result<T, KeyringTrouble>>;

/// The key in the keyring, under a service name.
#[derive(Clone, Debug)]
pub(crate) struct Keyring {
    service: String,
}

impl Keyring {
    pub(crate) fn new(service: &str) -> Self {
        Self {
            service: service.to_owned(),
        }
    }

    /// The key, or nothing if there is none.
    pub(crate) fn load(&self) -> Reply<Option<Key>> {
        let service = self.service.clone();
        call(move |keyring| keyring.attempt(|store| load(store, &service)))
    }

    /// The key; a new one is made and stored if there is none.
    pub(crate) fn load_or_create(&self) -> Reply<Key> {
        let service = self.service.clone();
        call(move |keyring| {
            keyring.attempt(|store| {
                if let Some(key) = load(store, &service)? {
                    return Ok(key);
                }
                let key = Key::fresh();
                entry(store, &service)?.set_password(&BASE64_STANDARD.encode(key.0))?;
                Ok(key)
            })
        })
    }

    /// Forgets the key. Whatever was sealed with it can never be opened again.
    pub(crate) fn forget(&self) -> Reply<()> {
        let service = self.service.clone();
        call(move |keyring| {
            keyring.attempt(|store| match entry(store, &service)?.delete_credential() {
                Err(Error::NoEntry) => Ok(()),
                other => other,
            })
        })
    }
}

fn load(store: &CredentialStore, service: &str) -> Result<Option<Key>, Error> {
    let text = match entry(store, service)?.get_password() {
        Err(Error::NoEntry) => return Ok(None),
        other => other?,
    };
    // Something else under our name is no key: it is replaced.
    Ok(BASE64_STANDARD
        .decode(text)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .map(Key))
}

fn entry(store: &CredentialStore, service: &str) -> Result<Entry, Error> {
    store.build(service, ENTRY, None)
}

/// What the thread owns.
#[derive(Default)]
struct Worker {
    store: Option<Arc<CredentialStore>>,
    asked_before: bool,
}

impl Worker {
    /// Runs a call; a store that has gone away (the service was restarted) is
    /// opened again once.
    fn attempt<T>(
        &mut self,
        run: impl Fn(&CredentialStore) -> Result<T, Error>,
    ) -> Result<T, KeyringTrouble> {
        let had_store = self.store.is_some();
        match self.open().and_then(|store| run(&*store)) {
            Err(error) if had_store && trouble(&error) == KeyringTrouble::Missing => {
                tracing::debug!(%error, "opening the keyring again");
                self.store = None;
                self.open().and_then(|store| run(&*store))
            }
            other => other,
        }
        .map_err(|error| {
            let trouble = trouble(&error);
            if trouble == KeyringTrouble::Missing {
                self.store = None;
            }
            tracing::debug!(%error, ?trouble, "the keyring gave nothing");
            trouble
        })
    }

    fn open(&mut self) -> Result<Arc<CredentialStore>, Error> {
        if let Some(store) = &self.store {
            return Ok(store.clone());
        }
        let store = if self.asked_before {
            reopen()?
        } else {
            first_open()?
        };
        self.asked_before = true;
        self.store = Some(store.clone());
        Ok(store)
    }
}

/// The platform's store, as `keyring` chooses it. It remembers a failure for
/// the life of the process, hence [`reopen`].
fn first_open() -> Result<Arc<CredentialStore>, Error> {
    match keyring::Entry::store_status() {
        Ok(()) => keyring_core::get_default_store().ok_or(Error::NoDefaultStore),
        Err(_) => reopen(),
    }
}

#[cfg(target_os = "linux")]
fn reopen() -> Result<Arc<CredentialStore>, Error> {
    let store: Arc<CredentialStore> = zbus_secret_service_keyring_store::Store::new()?;
    Ok(store)
}

#[cfg(not(target_os = "linux"))]
fn reopen() -> Result<Arc<CredentialStore>, Error> {
    keyring_core::get_default_store().ok_or(Error::NoDefaultStore)
}

fn trouble(error: &Error) -> KeyringTrouble {
    match error {
        Error::NoStorageAccess(_) => KeyringTrouble::Locked,
        _ => KeyringTrouble::Missing,
    }
}

type Job = Box<dyn FnOnce(&mut Worker) + Send>;

fn call<T: Send + 'static>(
    run: impl FnOnce(&mut Worker) -> Result<T, KeyringTrouble> + Send + 'static,
) -> Reply<T> {
    let (sender, receiver) = oneshot::channel();
    let job: Job = Box::new(move |worker| {
        // The caller may have given up waiting.
        let _ = sender.send(run(worker));
    });
    if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = queue().try_send(job) {
        tracing::warn!("the keyring's queue is full: it waits for the person");
    }
    receiver
}

fn queue() -> &'static SyncSender<Job> {
    static QUEUE_IN: OnceLock<SyncSender<Job>> = OnceLock::new();
    QUEUE_IN.get_or_init(|| {
        let (sender, receiver) = sync_channel::<Job>(QUEUE);
        let thread = std::thread::Builder::new()
            .name("keyring".into())
            .spawn(move || {
                let mut worker = Worker::default();
                for job in receiver {
                    job(&mut worker);
                }
            });
        if let Err(error) = thread {
            tracing::error!(%error, "no thread for the keyring");
        }
        sender
    })
}
