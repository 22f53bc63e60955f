//! What people ask of the client, from its menu, its notifications or another
//! start of the program.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Error, Result};
use platen_agent::Action;
use platen_words::fill;
use tauri::AppHandle;
use tokio::sync::mpsc;
use url::Url;

use crate::client::{Client, error_chain};
use crate::control::Request;
use crate::renew::Renewal;
use crate::session::Session;
use crate::window::{Place, PortalWindow};

/// How long an answer may take to leave before the client does.
const FAREWELL: Duration = Duration::from_millis(100);

/// What the tasks share.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) app: AppHandle,
    pub(crate) client: Arc<Client>,
    pub(crate) session: Session,
    pub(crate) window: PortalWindow,
    /// Where the site's portal is.
    pub(crate) server: Option<Url>,
    pub(crate) renewal: Renewal,
}

impl Desk {
    /// Does what people choose in notifications, until nobody can choose any more.
    pub(crate) async fn hear_choices(self, mut choices: mpsc::Receiver<Action>) {
        while let Some(action) = choices.recv().await {
            match self.client.chosen(action).await {
                Some(Action::OpenDocument(document) | Action::ChangeAccount(document)) => {
                    self.open(Place::Document(document)).await;
                }
                Some(Action::SignIn) => self.sign_in().await,
                Some(Action::InstallUpdate) => self.install_update().await,
                Some(Action::UseAccount(..)) | None => {}
            }
        }
    }

    /// Opens the portal of this computer.
    pub(crate) async fn open(&self, place: Place) {
        if let Err(error) = self.client.refresh_queues().await {
            tracing::warn!(error = %error_chain(&error), "the printers could not be read");
        }
        if let Err(error) = self.window.open(place).await {
            tracing::error!(%error, "the portal could not be opened");
        }
    }

    /// Opens the User Portal: the server's in the person's browser where one is
    /// configured, else that of this computer.
    pub(crate) async fn open_portal(&self) {
        if !self.has_server_portal() {
            return self.open(Place::Documents).await;
        }
        let words = &self.client.words().notices;
        match self.server_link().await {
            Ok(url) => self.browse(&url, words.title_portal_browser).await,
            Err(sentence) => {
                self.client
                    .tell_problem(words.title_portal_closed, &sentence)
                    .await;
            }
        }
    }

    /// Whether the site's portal is there to be opened; else that of this computer
    /// shows what is known here.
    fn has_server_portal(&self) -> bool {
        let link = self.client.books().link();
        self.server.is_some() && link.is_none_or(|link| !link.is_away)
    }

    /// A single-use address of the server's portal, where the person is then
    /// signed in.
    ///
    /// *Errors*: a sentence in the person's language.
    async fn server_link(&self) -> Result<String, String> {
        let words = self.client.words();
        // A server is never configured without a provider.
        let server = self.server.as_ref().zip(self.session.identity());
        let (server, identity) = server.ok_or(words.sign_in.no_provider)?;
        let link = identity.portal_link(server, "/").await;
        link.map(String::from)
            .map_err(|error| error.sentence(words))
    }

    pub(crate) async fn sign_in(&self) {
        let words = &self.client.words().notices;
        let url = match self.begin_sign_in().await {
            Ok(url) => url,
            Err(sentence) => {
                return self
                    .client
                    .tell_problem(words.title_sign_in_failed, &sentence)
                    .await;
            }
        };
        self.browse(&url, words.title_sign_in_browser).await;
    }

    async fn browse(&self, url: &str, title: &str) {
        if let Err(error) = open::that_detached(url) {
            let sentence = self.client.words().notices.no_browser;
            let text = fill(sentence, &[&error.to_string(), url]);
            self.client.tell_problem(title, &text).await;
        }
    }

    /// Starts a sign-in and waits for its end in the background.
    ///
    /// *Errors*: a sentence in the person's language.
    async fn begin_sign_in(&self) -> Result<String, String> {
        /// How long a person may take at the provider's page.
        const PATIENCE: Duration = Duration::from_secs(600);
        let words = self.client.words();
        let identity = self.session.identity();
        let identity = identity.ok_or(words.sign_in.no_provider)?;
        let pending = identity.begin_sign_in().await;
        let pending = pending.map_err(|error| error.sentence(words))?;
        let url = pending.url.to_string();
        let client = self.client.clone();
        tokio::spawn(async move {
            match pending.finish(PATIENCE).await {
                Ok(_) => client.books().signed_in().await,
                Err(error) => {
                    tracing::warn!(error = %error_chain(&error), "sign-in failed");
                    let title = words.notices.title_sign_in_failed;
                    client.tell_problem(title, &error.sentence(words)).await;
                }
            }
        });
        Ok(url)
    }

    pub(crate) async fn sign_out(&self) {
        let Some(identity) = self.session.identity() else {
            return;
        };
        self.window.end_sessions();
        let signed_out = identity.sign_out().await;
        if let Some(url) = signed_out.end_session
            && let Err(error) = open::that_detached(url.as_str())
        {
            tracing::warn!(%error, "the provider’s own session could not be ended in a browser");
        }
    }

    /// Does what another start of the program asks for.
    ///
    /// *Errors*: a sentence for the person at the terminal.
    pub(crate) async fn answer(&self, request: Request) -> Result<Option<String>> {
        match request {
            Request::Open { document: None } if self.has_server_portal() => {
                let url = self.server_link().await.map_err(Error::msg)?;
                open::that_detached(&url)
                    .with_context(|| format!("no browser could be opened; open {url}"))?;
                Ok(None)
            }
            Request::Link { document: None } if self.has_server_portal() => {
                self.server_link().await.map(Some).map_err(Error::msg)
            }
            Request::Open { document } => {
                self.client.refresh_queues().await?;
                self.window.open(document.into()).await?;
                Ok(None)
            }
            Request::Link { document } => {
                self.client.refresh_queues().await?;
                self.window.link(document.into()).await.map(Some)
            }
            Request::SignIn { link: true } => {
                self.begin_sign_in().await.map(Some).map_err(Error::msg)
            }
            Request::SignIn { link: false } => {
                self.session
                    .identity()
                    .context("no identity provider is configured")?;
                self.sign_in().await;
                Ok(None)
            }
            Request::SignOut => {
                self.session
                    .identity()
                    .context("no identity provider is configured")?;
                self.sign_out().await;
                Ok(None)
            }
            Request::Status { json } => crate::status::status(&self.client, &self.session, json)
                .await
                .map(Some),
            Request::Quit => {
                self.end();
                Ok(None)
            }
            Request::Restart => {
                self.renewal.wish()?;
                self.end();
                Ok(None)
            }
        }
    }

    fn end(&self) {
        let app = self.app.clone();
        tokio::spawn(async move {
            // Whoever asked is answered first.
            tokio::time::sleep(FAREWELL).await;
            app.exit(0);
        });
    }
}
