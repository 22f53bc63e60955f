//! HTTP over the spooler's local socket.
//!
//! A few kept-alive connections and no timer of any kind: an idle connection
//! costs no wake-up until cupsd closes it. Plain `hyper` rather than `reqwest`,
//! which builds a TLS verifier even for a local socket.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{net::UnixStream, sync::Semaphore, task::JoinHandle};

use crate::{
    error::SpoolerError,
    wire::{Request, Response},
};

/// Requests under way at once. cupsd answers one after the other anyhow; more
/// would only take clients away from others (its `MaxClients`).
const MAX_CONNECTIONS: usize = 4;

/// Largest answer that is read: 10,000 jobs with all their attributes.
pub(crate) const MAX_RESPONSE_BYTES: usize = 32 << 20;

/// Longest wait for an ordinary answer.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// An open connection and the task that drives it.
pub(crate) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Connection {
    async fn open(socket: &PathBuf) -> Result<Self, SpoolerError> {
        let stream = UnixStream::connect(socket)
            .await
            .map_err(SpoolerError::Unreachable)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(SpoolerError::Interrupted)?;
        let driver = tokio::spawn(async move {
            if let Err(problem) = connection.await {
                tracing::debug!(%problem, "a connection to the print service ended");
            }
        });
        Ok(Self { sender, driver })
    }

    /// Returns when the spooler has closed the connection: at once when cupsd
    /// stops or dies, else after its own idle time-out.
    pub(crate) async fn closed(&mut self) {
        // The driver never panics, and an abort ends it as well as an end does.
        let _ended = (&mut self.driver).await;
    }
}

/// The connections of one [`crate::Cups`].
pub(crate) struct Connections {
    socket: PathBuf,
    authorization: String,
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

impl Connections {
    pub(crate) fn new(socket: PathBuf, user: &str) -> Self {
        Self {
            socket,
            authorization: format!("PeerCred {user}"),
            idle: Mutex::new(Vec::new()),
            permits: Semaphore::new(MAX_CONNECTIONS),
        }
    }

    /// The socket they lead to.
    pub(crate) fn socket(&self) -> &PathBuf {
        &self.socket
    }

    /// Who asks, as cupsd can check on the socket.
    pub(crate) fn authorization(&self) -> &str {
        &self.authorization
    }

    /// Opens a connection that carries nothing: its end tells of cupsd's end.
    pub(crate) async fn sentinel(&self) -> Result<Connection, SpoolerError> {
        within(DEADLINE, Connection::open(&self.socket)).await
    }

    /// Sends a request and reads its whole answer.
    pub(crate) async fn call(&self, request: Request) -> Result<Response, SpoolerError> {
        within(DEADLINE, async {
            let exchange = self.exchange(request).await?;
            let limited = Limited::new(exchange.body, MAX_RESPONSE_BYTES);
            let body = limited.collect().await.map_err(|problem| {
                match problem.downcast::<hyper::Error>() {
                    Ok(broken) => SpoolerError::Interrupted(*broken),
                    Err(_) => SpoolerError::Malformed("it is too large"),
                }
            })?;
            self.give_back(exchange.connection);
            Response::decode(&body.to_bytes())
                .map_err(|_| SpoolerError::Malformed("it is not IPP"))?
                .checked()
        })
        .await
    }

    /// Sends a request and hands out the answer while it arrives. A connection
    /// that cupsd closed while it was idle is replaced once, without a trace.
    pub(crate) async fn exchange(&self, request: Request) -> Result<Exchange<'_>, SpoolerError> {
        let may_repeat = request.operation.is_idempotent();
        let proven = request.proven;
        let body = request.encode()?;
        let permit = self
            .permits
            .acquire()
            .await
            .expect("the semaphore is never closed");
        if let Some(connection) = self.take_idle() {
            match self.send(connection, body.clone(), proven).await {
                Ok((connection, body)) => {
                    return Ok(Exchange {
                        connection,
                        body,
                        _permit: permit,
                    });
                }
                Err(SpoolerError::Interrupted(problem)) if may_repeat || problem.is_canceled() => {}
                Err(problem) => return Err(problem),
            }
        }
        let connection = Connection::open(&self.socket).await?;
        let (connection, body) = self.send(connection, body, proven).await?;
        Ok(Exchange {
            connection,
            body,
            _permit: permit,
        })
    }

    async fn send(
        &self,
        mut connection: Connection,
        body: Bytes,
        proven: bool,
    ) -> Result<(Connection, Incoming), SpoolerError> {
        let mut request = http::Request::post("/")
            .header(http::header::HOST, "localhost")
            .header(http::header::CONTENT_TYPE, "application/ipp");
        if proven {
            request = request.header(http::header::AUTHORIZATION, &self.authorization);
        }
        let request = request
            .body(Full::new(body))
            .map_err(|_| SpoolerError::NotPermitted("the user name is not usable".into()))?;
        let response = connection
            .sender
            .send_request(request)
            .await
            .map_err(SpoolerError::Interrupted)?;
        match status_error(response.status()) {
            None => Ok((connection, response.into_body())),
            Some(problem) => Err(problem),
        }
    }

    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|connection| !connection.sender.is_closed());
        idle.pop()
    }

    /// Keeps a connection whose answer has been read to its end.
    pub(crate) fn give_back(&self, connection: Connection) {
        if !connection.sender.is_closed() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(connection);
        }
    }
}

/// What an HTTP status stands for; none where the answer is IPP.
pub(crate) fn status_error(status: http::StatusCode) -> Option<SpoolerError> {
    match status {
        http::StatusCode::OK => None,
        http::StatusCode::UNAUTHORIZED | http::StatusCode::FORBIDDEN => {
            Some(SpoolerError::NotPermitted(status.to_string()))
        }
        _ => Some(SpoolerError::Refused {
            status: status.as_u16(),
            message: status.to_string(),
        }),
    }
}

/// A request that was accepted, and the answer still to be read.
pub(crate) struct Exchange<'a> {
    pub(crate) connection: Connection,
    pub(crate) body: Incoming,
    _permit: tokio::sync::SemaphorePermit<'a>,
}

/// Waits for an answer at most this long.
pub(crate) async fn within<T>(
    deadline: Duration,
    answer: impl Future<Output = Result<T, SpoolerError>>,
) -> Result<T, SpoolerError> {
    tokio::time::timeout(deadline, answer)
        .await
        .unwrap_or(Err(SpoolerError::Deadline(deadline)))
}
