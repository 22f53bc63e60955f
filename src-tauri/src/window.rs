//! The portal's window and the loopback listener behind it.
//!
//! The listener is there only while a window or a link needs it. The window is
//! an ordinary web view on `http://127.0.0.1:PORT`: no IPC, no capability, no
//! profile that outlives it, and it is destroyed when closed, never hidden.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::middleware::map_request;
use platen_domain::DocumentId;
use platen_web::portal::Portal;
use platen_web::{Entrance, Language};
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindowBuilder, WindowEvent};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const LABEL: &str = "portal";
/// How long the listener stays for a link that was handed out.
const LINK_LIFE: Duration = Duration::from_secs(15 * 60);

/// Where in the portal to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The submitted documents.
    Documents,
    /// One of them, with its choice of account.
    Document(DocumentId),
    /// About & diagnostics.
    About,
}

impl From<Option<uuid::Uuid>> for Place {
    fn from(document: Option<uuid::Uuid>) -> Self {
        document.map_or(Self::Documents, |id| Self::Document(DocumentId(id)))
    }
}

/// Opens the portal.
#[derive(Clone)]
pub(crate) struct PortalWindow {
    app: AppHandle,
    portal: Arc<dyn Portal>,
    entrance: Arc<Entrance>,
    /// The language of all that the client shows. *Source*: BCP 47.
    language: Language,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    server: Option<Server>,
    window_open: bool,
    links_until: Option<Instant>,
}

struct Server {
    port: u16,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl PortalWindow {
    /// Nothing is opened yet.
    #[must_use]
    pub(crate) fn new(app: AppHandle, portal: Arc<dyn Portal>, language: Language) -> Self {
        let entrance = Arc::new(Entrance::new());
        Self {
            app,
            portal,
            entrance,
            language,
            state: Arc::default(),
        }
    }

    /// Brings the portal's window to the front, at `place`.
    ///
    /// *Errors*: no port, or the desktop refuses the window.
    pub(crate) async fn open(&self, place: Place) -> Result<()> {
        let mut state = self.state.lock().await;
        let url = self.address(&mut state, place).await?;
        state.window_open = true;
        drop(state);
        if let Some(window) = self.app.get_webview_window(LABEL) {
            window.navigate(url)?;
            window.unminimize()?;
            window.set_focus()?;
            return Ok(());
        }
        let origin = url.origin();
        let window = WebviewWindowBuilder::new(&self.app, LABEL, WebviewUrl::External(url))
            .title("Platen")
            .inner_size(1080.0, 760.0)
            .min_inner_size(360.0, 480.0)
            .incognito(true)
            .on_navigation(move |url| url.origin() == origin)
            .build()
            .context("the desktop can’t show the portal’s window")?;
        let closed = self.clone();
        window.on_window_event(move |event| {
            if matches!(event, WindowEvent::Destroyed) {
                let closed = closed.clone();
                tauri::async_runtime::spawn(async move {
                    closed.state.lock().await.window_open = false;
                    closed.stop_if_unneeded().await;
                });
            }
        });
        Ok(())
    }

    /// A single-use address for a browser of the person's own.
    ///
    /// *Errors*: no port.
    pub(crate) async fn link(&self, place: Place) -> Result<String> {
        let mut state = self.state.lock().await;
        let url = self.address(&mut state, place).await?;
        let until = Instant::now() + LINK_LIFE;
        state.links_until = Some(until);
        drop(state);
        let later = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep_until(until).await;
            later.stop_if_unneeded().await;
        });
        Ok(url.to_string())
    }

    /// Every portal session ends at once; for sign-out.
    pub(crate) fn end_sessions(&self) {
        self.entrance.revoke_all();
        if let Some(window) = self.app.get_webview_window(LABEL)
            && let Err(error) = window.destroy()
        {
            tracing::warn!(%error, "the portal’s window could not be closed");
        }
    }

    async fn address(&self, state: &mut State, place: Place) -> Result<url::Url> {
        let port = match &state.server {
            Some(server) if !server.task.is_finished() => server.port,
            _ => {
                let server = self.serve().await?;
                state.server.insert(server).port
            }
        };
        let path = self.entrance.mint(&match place {
            Place::Documents => "/".to_owned(),
            Place::Document(id) => format!("/?document={}", id.0),
            Place::About => "/about".to_owned(),
        });
        Ok(url::Url::parse(&format!("http://127.0.0.1:{port}{path}"))?)
    }

    async fn serve(&self) -> Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("no free port for the portal")?;
        let port = listener.local_addr()?.port();
        let host = format!("127.0.0.1:{port}");
        let router = platen_web::router(self.portal.clone(), self.entrance.clone(), host);
        // What the client puts into a page is in its own language, and so is the page.
        let language = HeaderValue::from_static(self.language.tag());
        let router = router.layer(map_request(move |mut request: Request| {
            let headers = request.headers_mut();
            headers.insert(ACCEPT_LANGUAGE, language.clone());
            std::future::ready(request)
        }));
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            tokio::select! {
                served = async { axum::serve(listener, router).await } => {
                    if let Err(error) = served {
                        tracing::error!(%error, "the portal’s listener ended");
                    }
                }
                () = stopped.cancelled() => {}
            }
        });
        Ok(Server { port, stop, task })
    }

    async fn stop_if_unneeded(&self) {
        let mut state = self.state.lock().await;
        let linked = state
            .links_until
            .is_some_and(|until| Instant::now() < until);
        if state.window_open || linked {
            return;
        }
        if let Some(server) = state.server.take() {
            server.stop.cancel();
            self.entrance.revoke_all();
        }
    }
}
