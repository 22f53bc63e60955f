//! Telling, within milliseconds and without polling, which job to look at.
//!
//! Sources, in order of trust: cupsd's list of jobs (whenever a [`Resync`] is
//! told), its events over the system bus, or fetched where there is no bus: on macOS
//! when cupsd posts that there are some; the socket's directory; an idle connection
//! whose end means that cupsd ended; and the machine's wake-up, or another network.
//! Events only say where to look: they carry no owner and no identity, get lost when
//! cupsd restarts, and anybody may forge them.
//!
//! [`Resync`]: SpoolerEvent::Resync

#[cfg_attr(target_os = "macos", path = "watch/no_bus.rs")]
mod bus;
mod look;
#[cfg_attr(target_os = "macos", path = "watch/posts.rs")]
mod moments;
mod poll;
mod session;
#[cfg_attr(target_os = "macos", path = "watch/launchd.rs")]
mod socket;
mod subscription;

use std::time::Duration;

use tokio::sync::mpsc;

use crate::{SpoolerEvent, cups::Cups, error::SpoolerError};
use session::{End, Session};
use socket::SocketWatch;

/// First and longest wait before cupsd is tried again. The socket's directory
/// tells of its return at once; the waits are for where that can't be watched.
const FIRST_RETRY: Duration = Duration::from_millis(50);
const LAST_RETRY: Duration = Duration::from_secs(60);

impl Cups {
    /// Watches the user's jobs until the channel's receiver is dropped, then
    /// gives its subscription back.
    ///
    /// The same job may be told more than once, and jobs of unmanaged queues are
    /// told as well. A full channel delays events and loses none.
    ///
    /// Idle on the system bus it wakes up once in ten minutes, and when cupsd
    /// closes the idle connection. *Cancel safety*: dropped halfway, the
    /// subscription stays with cupsd until its lease of an hour ends.
    pub async fn watch(&self, tx: mpsc::Sender<SpoolerEvent>) {
        let mut socket = SocketWatch::new(self.shared.connections.socket());
        let mut retry = FIRST_RETRY;
        let mut state = Reach::Unknown;
        let mut trust_bus = true;
        loop {
            match Session::open(self, trust_bus).await {
                Ok(session) => {
                    if state != Reach::Up && tx.send(SpoolerEvent::Up).await.is_err() {
                        session.close().await;
                        return;
                    }
                    state = Reach::Up;
                    retry = FIRST_RETRY;
                    match session.run(&tx, &mut socket).await {
                        End::NobodyListens => return,
                        End::BusIsDeaf => {
                            tracing::warn!("cupsd's events do not reach the bus; polling instead");
                            trust_bus = false;
                        }
                        End::Over(reason) => {
                            tracing::debug!(reason, "the spooler's events start anew");
                        }
                        End::Lost(problem) => {
                            tracing::debug!(%problem, "the print service went away");
                        }
                    }
                    continue;
                }
                Err(problem) if state != Reach::Down => {
                    let reason = problem.to_string();
                    if tx.send(SpoolerEvent::Down { reason }).await.is_err() {
                        return;
                    }
                    state = Reach::Down;
                }
                Err(_) => {}
            }
            tokio::select! {
                () = tx.closed() => return,
                () = socket.changed() => {}
                () = tokio::time::sleep(retry) => {}
            }
            retry = (retry * 2).min(LAST_RETRY);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Unknown,
    Up,
    Down,
}

/// What a source of events says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// A job was created; its documents are still to come.
    Created(i32),
    /// A job changed.
    Changed(i32),
    /// Queues, the server or the machine changed: anything may be different.
    Everything,
    /// The subscription is not known any more, or events were dropped.
    Gap,
}

/// Events waiting to be worked on; more makes the source wait.
const SIGNAL_BOUND: usize = 256;

/// A source of events: a task of its own that ends when it can't go on.
pub(crate) struct Source {
    pub(crate) signals: mpsc::Receiver<Signal>,
    task: tokio::task::JoinHandle<()>,
}

impl Source {
    fn start<F>(run: impl FnOnce(mpsc::Sender<Signal>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (tx, signals) = mpsc::channel(SIGNAL_BOUND);
        Self {
            signals,
            task: tokio::spawn(run(tx)),
        }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Whether the subscription must be made anew after this error.
fn is_lost(problem: &SpoolerError) -> bool {
    problem.is_temporary() || matches!(problem, SpoolerError::NotFound)
}
