//! One running client per login session, and how others talk to it.
//!
//! A second start, `platen open` and scripts reach the first where only its user
//! gets in: one line of JSON there, one line back.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::system::{Door, exchange};

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

/// Requests are short. *Units*: bytes.
const LONGEST_LINE: u64 = 4096;
/// *Units*: bytes.
const LONGEST_ANSWER: u64 = 1 << 20;
/// Nobody keeps the client waiting.
const PATIENCE: Duration = Duration::from_secs(20);
/// Before the door is tried again that could not be opened.
const PAUSE: Duration = Duration::from_secs(1);

/// The proof that this is the only client of the session.
pub(crate) struct Instance(Door);

impl Instance {
    /// Becomes the one client of the session; none: another one is running.
    ///
    /// *Errors*: the meeting place can't be made.
    pub(crate) fn claim(place: &Path) -> Result<Option<Self>> {
        Ok(Door::claim(place)?.map(Self))
    }

    /// Answers requests until `asked` closes.
    pub(crate) async fn serve(mut self, asked: mpsc::Sender<Asked>) {
        while !asked.is_closed() {
            let visitor = match self.0.visitor().await {
                Ok(visitor) => visitor,
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::error!(error, "other starts can’t reach this client");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let asked = asked.clone();
            tokio::spawn(async move {
                if let Err(error) = tokio::time::timeout(PATIENCE, answer(visitor, asked)).await {
                    tracing::debug!(%error, "control connection timed out");
                }
            });
        }
    }
}

async fn answer(visitor: impl AsyncRead + AsyncWrite, asked: mpsc::Sender<Asked>) {
    let (read, mut write) = tokio::io::split(visitor);
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
pub(crate) fn ask(place: &Path, request: &Request) -> Result<Response> {
    let mut line = serde_json::to_string(request)?;
    line.push('\n');
    let text = exchange(place, line.as_bytes(), LONGEST_ANSWER, PATIENCE)?;
    serde_json::from_str(&text).context("Platen ended without an answer")
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
        let serving = tokio::spawn(first.serve(sender));
        let path = dir.path().to_owned();
        let client = tokio::task::spawn_blocking(move || {
            loop {
                // The door is opened a moment after it was claimed.
                if let Ok(answer) = ask(&path, &Request::Open { document: None }) {
                    break answer;
                }
                std::thread::yield_now();
            }
        });
        let (request, reply) = asked.recv().await.unwrap();
        assert_eq!(request, Request::Open { document: None });
        reply.send(Response::Done(None)).unwrap();
        assert_eq!(client.await.unwrap(), Response::Done(None));

        let path = dir.path().to_owned();
        let garbage = tokio::task::spawn_blocking(move || {
            exchange(&path, b"\xff\xfe reboot\n", LONGEST_ANSWER, PATIENCE)
        });
        // Broken UTF-8 ends the connection; nothing reaches the client.
        assert_eq!(garbage.await.unwrap().unwrap(), "");
        serving.abort();
    }

    #[test]
    fn without_a_client_nobody_answers() {
        let dir = tempfile::tempdir().unwrap();
        assert!(ask(dir.path(), &Request::Status { json: true }).is_err());
    }
}
