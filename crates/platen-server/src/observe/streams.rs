//! Answers that go on: counted while they are open, ended when the server drains.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::response::Response;
use futures_util::StreamExt;
use futures_util::stream::{AbortHandle, abortable};
use prometheus_client::metrics::gauge::Gauge;

use crate::stop::Stop;

/// All open streams.
#[derive(Debug)]
pub(crate) struct Streams {
    count: Gauge,
    drained: Stop,
    // Each has an end of its own: thousands that wait for one word would ask for it
    // whenever they have something to say.
    open: Mutex<Ends>,
}

#[derive(Debug, Default)]
struct Ends {
    next: u64,
    all: HashMap<u64, AbortHandle>,
}

impl Streams {
    /// Counts in `count`, and ends them with `drained`.
    ///
    /// Has to be called inside a tokio runtime.
    pub(crate) fn new(count: Gauge, drained: Stop) -> Arc<Self> {
        let streams = Arc::new(Self {
            count,
            drained: drained.clone(),
            open: Mutex::default(),
        });
        let ending = Arc::downgrade(&streams);
        tokio::spawn(async move {
            drained.stopped().await;
            if let Some(streams) = ending.upgrade() {
                streams.lock().all.values().for_each(AbortHandle::abort);
            }
        });
        streams
    }

    /// The same answer as one of them.
    pub(super) fn add(self: &Arc<Self>, response: Response) -> Response {
        let (head, body) = response.into_parts();
        let (stream, end) = abortable(body.into_data_stream());
        let open = self.open(end);
        let stream = stream.map(move |part| {
            let _open = &open;
            part
        });
        Response::from_parts(head, Body::from_stream(stream))
    }

    fn open(self: &Arc<Self>, end: AbortHandle) -> Open {
        self.count.inc();
        let mut ends = self.lock();
        // Whoever says it sees all that are there by then.
        if self.drained.is_stopped() {
            end.abort();
        }
        let number = ends.next;
        ends.next += 1;
        ends.all.insert(number, end);
        Open {
            streams: self.clone(),
            number,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Ends> {
        // Every change is complete at each step.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the open streams.
struct Open {
    streams: Arc<Streams>,
    number: u64,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.streams.count.dec();
        self.streams.lock().all.remove(&self.number);
    }
}
