//! Newer versions: when to look for them, what to say of them, and the system's installer.
//!
//! Nothing is installed in silence: whoever chooses it gets the system's own installer,
//! with files that were compared with the signed list just before.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use platen_agent::Notification;
use platen_agent::menu::Update;
use platen_domain::DocumentState;
use platen_settings::Loaded;
use platen_update::{CheckError, Found, Release, Updater};
use platen_words::fill;
use tokio::sync::{Notify, watch};

use crate::client::error_chain;
use crate::desk::Desk;

/// What `platenctl updates check` has fetched meanwhile is in the menu after this.
const LATEST: Duration = Duration::from_secs(3600);
const SOONEST: Duration = Duration::from_secs(60);

/// Newer versions, as this client knows them.
pub(crate) struct Updates {
    /// None: nobody is to look.
    updater: Option<Arc<Updater>>,
    shown: watch::Sender<Update>,
    asked: Notify,
}

/// Why the installer was not opened.
#[derive(Debug, thiserror::Error)]
enum NotOpened {
    #[error("the update can’t be used")]
    Update(#[from] CheckError),
    #[error("the installer can’t be opened")]
    Installer(#[source] io::Error),
}

impl Updates {
    /// As the settings say. What keeps it from looking is logged, and keeps nobody from
    /// printing.
    pub(crate) fn new(loaded: &Loaded, data_dir: &Path) -> Arc<Self> {
        let updater = Updater::of(loaded, data_dir).unwrap_or_else(|error| {
            tracing::error!(error = %error_chain(&error), "nobody looks for updates");
            None
        });
        let shown = updater.as_ref().map_or(Update::Off, |_| Update::Unknown);
        Arc::new(Self {
            updater: updater.map(Arc::new),
            shown: watch::Sender::new(shown),
            asked: Notify::new(),
        })
    }

    /// What the menu says of them.
    pub(crate) fn shown(&self) -> watch::Receiver<Update> {
        self.shown.subscribe()
    }

    /// Looks at once.
    pub(crate) fn look(&self) {
        self.asked.notify_one();
    }
}

impl Desk {
    /// Looks when it is time or somebody asks; ends at once where nobody is to look.
    pub(crate) async fn keep_looking_for_updates(self) {
        let updates = self.client.updates();
        let Some(updater) = &updates.updater else {
            return;
        };
        loop {
            self.show_update(updater).await;
            let wait = updater.due_in().clamp(SOONEST, LATEST);
            let by_hand = tokio::select! {
                () = updates.asked.notified() => true,
                () = tokio::time::sleep(wait) => false,
            };
            if !by_hand && !updater.due_in().is_zero() {
                continue;
            }
            let found = updater.check().await;
            match &found {
                Ok(Found::Ready(release)) => {
                    tracing::info!(version = %release.version, "an update is ready");
                }
                Ok(Found::Later(_) | Found::Newest) => tracing::info!("no update"),
                Err(error) => {
                    tracing::warn!(error = %error_chain(error), "updates could not be had");
                }
            }
            if by_hand {
                self.tell_found(updater, found).await;
            }
        }
    }

    /// Shows what is ready, and tells it once.
    async fn show_update(&self, updater: &Updater) {
        let ready = updater.ready().unwrap_or_else(|error| {
            tracing::warn!(error = %error_chain(&error), "an update counts no more");
            None
        });
        let now = match &ready {
            Some(release) => Update::Ready(release.version.to_string()),
            None => Update::Unknown,
        };
        self.client.updates().shown.send_if_modified(|shown| {
            let changed = *shown != now;
            *shown = now;
            changed
        });
        if let Some(release) = ready
            && updater.is_first_told(release.version)
        {
            self.tell_ready(&release).await;
        }
    }

    async fn tell_ready(&self, release: &Release) {
        let (words, version) = (self.client.words(), release.version.to_string());
        let notes = release.notes.as_ref().map(url::Url::as_str);
        let shown = Notification::update(words, &version, notes);
        self.client.show(&shown).await;
    }

    /// Whoever asked gets an answer, whatever it is.
    async fn tell_found(&self, updater: &Updater, found: Result<Found, CheckError>) {
        let words = &self.client.words().notices;
        match found {
            Ok(Found::Ready(release)) => {
                // Told now, and so not once more.
                let _ = updater.is_first_told(release.version);
                self.tell_ready(&release).await;
            }
            Ok(Found::Newest) => {
                let text = fill(words.update_newest, &[env!("CARGO_PKG_VERSION")]);
                self.tell_of_updates(words.title_no_update, &text).await;
            }
            Ok(Found::Later(version)) => {
                let text = fill(words.update_later, &[&version.to_string()]);
                self.tell_of_updates(words.title_no_update, &text).await;
            }
            Err(error) => {
                self.tell_of_updates(words.title_update_failed, self.sentence(&error))
                    .await;
            }
        }
    }

    fn sentence(&self, error: &CheckError) -> &'static str {
        let words = &self.client.words().notices;
        match error {
            CheckError::Busy => words.update_busy,
            error if error.is_temporary() => words.update_unreachable,
            _ => words.update_refused,
        }
    }

    async fn tell_of_updates(&self, title: &str, text: &str) {
        let shown = Notification::about_updates(title, text);
        self.client.show(&shown).await;
    }

    /// Opens the system's installer with what is ready; not while a document waits for its
    /// answer.
    pub(crate) async fn install_update(&self) {
        let updates = self.client.updates();
        let Some(updater) = updates.updater.clone() else {
            return;
        };
        let words = &self.client.words().notices;
        if self.has_waiting_document().await {
            return self
                .tell_of_updates(words.title_update_waits, words.update_waits)
                .await;
        }
        let opened = tokio::task::spawn_blocking(move || {
            let (version, files) = updater.verified()?;
            open_installer(&files).map_err(NotOpened::Installer)?;
            Ok::<_, NotOpened>(version)
        });
        match opened.await {
            Ok(Ok(version)) => tracing::info!(%version, "the installer was opened"),
            Ok(Err(error)) => {
                tracing::error!(error = %error_chain(&error), "the update was not installed");
                let text = match &error {
                    NotOpened::Update(error) => self.sentence(error).to_owned(),
                    NotOpened::Installer(error) => {
                        fill(words.update_not_opened, &[&error.to_string()])
                    }
                };
                self.tell_of_updates(words.title_update_failed, &text).await;
                // What can't be used is fetched anew.
                updates.look();
            }
            Err(error) => tracing::error!(%error, "the update was not installed"),
        }
    }

    /// Where the books can't be read nobody waits for them, and a newer version may help.
    async fn has_waiting_document(&self) -> bool {
        let session = self.session.state().borrow().clone();
        let recent = self.client.recent(&session).await;
        recent.is_ok_and(|(_, documents)| {
            documents
                .iter()
                .any(|document| document.state == DocumentState::Submitted)
        })
    }
}

/// Packages for Linux are several that need each other, so that people see them together.
#[cfg(not(windows))]
fn open_installer(files: &[PathBuf]) -> io::Result<()> {
    let what = match files {
        [one] => Some(one.as_path()),
        several => several.first().and_then(|file| file.parent()),
    };
    open::that_detached(what.ok_or(io::ErrorKind::NotFound)?)
}

/// It asks for an administrator itself. *Source*: Windows Installer, command-line options.
#[cfg(windows)]
fn open_installer(files: &[PathBuf]) -> io::Result<()> {
    let [file] = files else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let windows = std::env::var_os("SystemRoot").ok_or(io::ErrorKind::NotFound)?;
    let installer = PathBuf::from(windows).join(r"System32\msiexec.exe");
    let mut install = std::process::Command::new(installer);
    install.arg("/i").arg(file).spawn().map(drop)
}
