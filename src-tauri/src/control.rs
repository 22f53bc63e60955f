//! One running client per login session, and how others talk to it.
//!
//! A second start, `platen open` and scripts reach the first through a socket
//! that only the user can open: one line of JSON there, one line back.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// What can be asked of the running client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "ask")]
pub(crate) enum Request {
    /// Open the portal window, at a document if one is named.
    Open {
        /// The document.
        document: Option<Uuid>,
    },
    /// A single-use address of the portal, for a browser of one's own.
    Link {
        /// The document.
        document: Option<Uuid>,
    },
    /// Start the sign-in; with `link`, answer its address instead of opening the browser.
    SignIn {
        /// Answer the address.
        link: bool,
    },
    /// Sign out and forget.
    SignOut,
    /// What is going on.
    Status {
        /// For programs.
        json: bool,
    },
    /// End the client.
    Quit,
    /// Become the program that is installed now.
    Restart,
}

/// The answer: text for a person, or what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Response {
    /// Done; with a text to print where one was asked for.
    Done(Option<String>),
    /// Refused, and why.
    Refused(String),
}

/// A request and where its answer goes.
pub(crate) type Asked = (Request, oneshot::Sender<Response>);

/// Requests are short.
const LONGEST_LINE: u64 = 4096;
/// Nobody keeps the client waiting.
const PATIENCE: Duration = Duration::from_secs(20);

/// The proof that this is the only client of the session.
pub(crate) struct Instance {
    /// Locked as long as the client lives.
    _lock: File,
    socket: PathBuf,
}

impl Instance {
    /// Becomes the one client of the session; none: another one is running.
    ///
    /// *Errors*: the directory can't be written. *Source*: flock(2).
    pub(crate) fn claim(dir: &Path) -> Result<Option<Self>> {
        let lock = File::create(dir.join("lock")).context("can’t write the runtime directory")?;
        if lock.try_lock().is_err() {
            return Ok(None);
        }
        let socket = socket_path(dir);
        // Left over from a client that was killed: the lock says nobody owns it.
        if socket.exists() {
            std::fs::remove_file(&socket)?;
        }
        Ok(Some(Self {
            _lock: lock,
            socket,
        }))
    }

    /// Answers requests until `asked` closes.
    ///
    /// *Errors*: the socket can't be made.
    pub(crate) async fn serve(&self, asked: mpsc::Sender<Asked>) -> Result<()> {
        let listener = UnixListener::bind(&self.socket).context("can’t open the control socket")?;
        while !asked.is_closed() {
            let (stream, _) = listener.accept().await?;
            let asked = asked.clone();
            tokio::spawn(async move {
                if let Err(error) = tokio::time::timeout(PATIENCE, answer(stream, asked)).await {
                    tracing::debug!(%error, "control connection timed out");
                }
            });
        }
        Ok(())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // The lock is what counts; a socket that stays is removed by the next start.
        let _ = std::fs::remove_file(&self.socket);
    }
}

async fn answer(stream: tokio::net::UnixStream, asked: mpsc::Sender<Asked>) {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut reader = tokio::io::BufReader::new(read.take(LONGEST_LINE));
    if reader.read_line(&mut line).await.is_err() {
        return;
    }
    let response = match serde_json::from_str(&line) {
        Ok(request) => {
            let (reply, answered) = oneshot::channel();
            match asked.send((request, reply)).await {
                Ok(()) => answered.await.unwrap_or_else(|_| ending()),
                Err(_) => ending(),
            }
        }
        Err(error) => {
            Response::Refused(format!("Platen does not understand this request: {error}"))
        }
    };
    if let Ok(mut text) = serde_json::to_string(&response) {
        text.push('\n');
        // Whoever asked may be gone; then nobody needs the answer.
        let _ = write.write_all(text.as_bytes()).await;
    }
}

fn ending() -> Response {
    Response::Refused("Platen is ending.".to_owned())
}

/// Asks the running client.
///
/// *Errors*: none is running, or it doesn't answer in time.
pub(crate) fn ask(dir: &Path, request: &Request) -> Result<Response> {
    let mut stream = UnixStream::connect(socket_path(dir)).context("Platen is not running")?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_string(request)?;
    line.push('\n');
    stream.write_all(line.as_bytes())?;
    let mut text = String::new();
    BufReader::new(stream.take(1 << 20)).read_line(&mut text)?;
    serde_json::from_str(&text).context("Platen ended without an answer")
}

fn socket_path(dir: &Path) -> PathBuf {
    dir.join("control.sock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn second_start_reaches_the_first_and_garbage_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let first = Instance::claim(dir.path()).unwrap().unwrap();
        assert!(Instance::claim(dir.path()).unwrap().is_none());
        let (sender, mut asked) = mpsc::channel(1);
        let serving = tokio::spawn(async move { first.serve(sender).await });
        let path = dir.path().to_owned();
        let client = tokio::task::spawn_blocking(move || {
            while !socket_path(&path).exists() {
                std::thread::yield_now();
            }
            ask(&path, &Request::Open { document: None })
        });
        let (request, reply) = asked.recv().await.unwrap();
        assert_eq!(request, Request::Open { document: None });
        reply.send(Response::Done(None)).unwrap();
        assert_eq!(client.await.unwrap().unwrap(), Response::Done(None));

        let path = socket_path(dir.path());
        let garbage = tokio::task::spawn_blocking(move || {
            let mut stream = UnixStream::connect(path).unwrap();
            stream.write_all(b"\xff\xfe reboot\n").unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).map(|_| text)
        });
        // Broken UTF-8 ends the connection; nothing reaches the client.
        assert_eq!(garbage.await.unwrap().unwrap(), "");
        serving.abort();
    }

    #[test]
    fn socket_of_a_killed_client_is_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(socket_path(dir.path()), "").unwrap();
        assert!(Instance::claim(dir.path()).unwrap().is_some());
        assert!(ask(dir.path(), &Request::Status { json: true }).is_err());
    }
}
