//! The doors: sockets, the limits of a connection, TLS in front of it.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Control, Handle, Server};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// How long a request's head may take, and how long a connection may be idle.
const HEAD: Duration = Duration::from_secs(30);
/// How long a connection may take to say anything.
const FIRST_WORD: Duration = Duration::from_secs(15);
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Heads are smaller; browsers' cookies for one host among them.
const HEAD_BYTES: usize = 32 * 1024;
/// What the doors may take beyond the connections' own time to close.
const CLOSING: Duration = Duration::from_secs(2);

/// Open doors; they close together.
pub(crate) struct Doors {
    control: Control,
    open: JoinSet<std::io::Result<()>>,
}

impl Doors {
    /// None yet; `control` closes those that come.
    pub(crate) fn new(control: Control) -> Self {
        Self {
            control,
            open: JoinSet::new(),
        }
    }

    /// Serves `pages` to who connects.
    ///
    /// *Errors*: the listener is gone.
    pub(crate) fn open(
        &mut self,
        listener: TcpListener,
        pages: Router,
        tls: Option<RustlsConfig>,
    ) -> Result<()> {
        let address = listener.local_addr()?;
        tracing::info!(%address, tls = tls.is_some(), "listening");
        let mut server = Server::<SocketAddr>::from_listener(listener)
            .handle(Handle::with_control(self.control.clone()))
            .first_request_timeout(FIRST_WORD)
            .accept_error_handler(|_, error| {
                // Who breaks off a handshake is no fault of ours.
                tracing::debug!(%error, "a connection was not made");
            });
        server
            .http_builder()
            .http1()
            .header_read_timeout(HEAD)
            .max_buf_size(HEAD_BYTES)
            .http2()
            .max_header_list_size(HEAD_BYTES as u32)
            .keep_alive_interval(HEAD)
            .keep_alive_timeout(HEAD);
        let pages = pages.into_make_service_with_connect_info::<SocketAddr>();
        match tls {
            None => {
                let server = server.acceptor(NoDelayAcceptor::new());
                self.open.spawn(server.serve(pages));
            }
            Some(tls) => {
                let acceptor = RustlsAcceptor::new(tls)
                    .handshake_timeout(HANDSHAKE)
                    .acceptor(NoDelayAcceptor::new());
                self.open.spawn(server.acceptor(acceptor).serve(pages));
            }
        }
        Ok(())
    }

    /// Waits until all are closed, which they were told to be.
    pub(crate) async fn closed(mut self, within: Duration) {
        let all = async {
            while let Some(closed) = self.open.join_next().await {
                match closed {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::error!(%error, "a listener failed"),
                    Err(error) => tracing::error!(%error, "a listener ended by a panic"),
                }
            }
        };
        if tokio::time::timeout(within + CLOSING, all).await.is_err() {
            tracing::warn!("connections were cut: they did not end in time");
        }
    }
}
