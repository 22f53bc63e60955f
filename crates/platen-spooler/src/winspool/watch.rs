//! Telling, without polling, which job to look at.
//!
//! One thread for each managed queue waits for the spooler to say that its jobs
//! changed, one more that printers did. They say no more than that: the jobs are
//! listed and compared with those seen before.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use platen_windows::{Changes, JobRecord, Printer, Stop, Subject, Woken};
use tokio::sync::mpsc;

use super::numbers::Place;
use super::seen::{News, Seen};
use super::{Winspool, failed, within};
use crate::{Queue, SpoolerError, SpoolerEvent};

/// First and longest wait before the spooler is tried again.
const FIRST_RETRY: Duration = Duration::from_millis(50);
const LAST_RETRY: Duration = Duration::from_secs(60);
/// After so long without a change the jobs are listed all the same.
const QUIET: Duration = Duration::from_secs(600);
/// Most queues that are watched; each has a thread.
const MOST_QUEUES: usize = 200;
/// The threads do next to nothing. *Units*: bytes.
const STACK_BYTES: usize = 128 << 10;
/// Signals waiting to be worked on; more make the threads wait, and changes
/// that come meanwhile are told as one.
const SIGNAL_BOUND: usize = 64;

/// What a thread says.
enum Signal {
    Queue(String),
    Printers,
    Lost(SpoolerError),
}

impl Winspool {
    /// Watches the user's jobs in managed queues until the channel's receiver is
    /// dropped.
    ///
    /// The same job may be told more than once. A full channel delays events and
    /// loses none. Idle, each managed queue wakes up once in ten minutes.
    /// *Cancel safety*: dropped halfway, the threads end by themselves.
    pub async fn watch(&self, tx: mpsc::Sender<SpoolerEvent>) {
        let mut retry = FIRST_RETRY;
        let mut is_up = None;
        loop {
            match Session::open(self).await {
                Ok(mut session) => {
                    if is_up != Some(true) && tx.send(SpoolerEvent::Up).await.is_err() {
                        return;
                    }
                    is_up = Some(true);
                    let opened = Instant::now();
                    let end = session.run(self, &tx).await;
                    // One that broke at once is no sign that the next will last.
                    if opened.elapsed() > LAST_RETRY {
                        retry = FIRST_RETRY;
                    }
                    match end {
                        End::NobodyListens => return,
                        End::Anew => continue,
                        End::Lost(problem) => {
                            tracing::debug!(%problem, "the print service went away");
                        }
                    }
                }
                Err(problem) if is_up != Some(false) => {
                    let reason = problem.to_string();
                    if tx.send(SpoolerEvent::Down { reason }).await.is_err() {
                        return;
                    }
                    is_up = Some(false);
                }
                Err(_) => {}
            }
            tokio::select! {
                () = tx.closed() => return,
                () = tokio::time::sleep(retry) => {}
            }
            retry = (retry * 2).min(LAST_RETRY);
        }
    }
}

enum End {
    NobodyListens,
    /// Other printers are managed now.
    Anew,
    Lost(SpoolerError),
}

/// The threads that wait, and what was seen.
struct Session {
    signals: mpsc::Receiver<Signal>,
    stop: Arc<Stop>,
    queues: Vec<Queue>,
    seen: BTreeMap<String, Seen>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

impl Session {
    /// Listens first and looks at jobs then, so that none is missed between.
    async fn open(winspool: &Winspool) -> Result<Self, SpoolerError> {
        let queues = winspool.queues().await?;
        let mut names = managed(&queues);
        if names.len() > MOST_QUEUES {
            tracing::warn!(count = names.len(), "too many queues; not all are watched");
            names.truncate(MOST_QUEUES);
        }
        let stop = Arc::new(Stop::new().map_err(failed)?);
        let (tx, signals) = mpsc::channel(SIGNAL_BOUND);
        let mut session = Self {
            signals,
            stop: Arc::clone(&stop),
            queues,
            seen: BTreeMap::new(),
        };
        let listened = names.clone();
        within(move || listen(&listened, &stop, &tx)).await?;
        for queue in names {
            let records = winspool.records(queue.clone()).await?;
            let mut seen = Seen::default();
            seen.look(&queue, &records);
            session.seen.insert(queue, seen);
        }
        Ok(session)
    }

    async fn run(&mut self, winspool: &Winspool, tx: &mpsc::Sender<SpoolerEvent>) -> End {
        if tx.send(SpoolerEvent::Resync).await.is_err() {
            return End::NobodyListens;
        }
        // Printers may have come after they were listed and before anybody listened.
        if let Some(end) = self.look_at_queues(winspool, tx).await {
            return end;
        }
        loop {
            let signal = tokio::select! {
                () = tx.closed() => return End::NobodyListens,
                signal = self.signals.recv() => signal,
            };
            let queue = match signal {
                Some(Signal::Queue(queue)) => queue,
                Some(Signal::Printers) => match self.look_at_queues(winspool, tx).await {
                    None => continue,
                    Some(end) => return end,
                },
                None => return End::Anew,
                Some(Signal::Lost(problem)) => return End::Lost(problem),
            };
            let records = match winspool.records(queue.clone()).await {
                Ok(records) => records,
                Err(problem) => return End::Lost(problem),
            };
            for event in self.events(winspool, &queue, records) {
                if tx.send(event).await.is_err() {
                    return End::NobodyListens;
                }
            }
        }
    }

    /// Printers tell of every page; only what differs is told on.
    async fn look_at_queues(
        &mut self,
        winspool: &Winspool,
        tx: &mpsc::Sender<SpoolerEvent>,
    ) -> Option<End> {
        let queues = match winspool.queues().await {
            Ok(queues) => queues,
            Err(problem) => return Some(End::Lost(problem)),
        };
        if queues == self.queues {
            return None;
        }
        if managed(&queues) != managed(&self.queues) {
            return Some(End::Anew);
        }
        self.queues = queues;
        let sent = tx.send(SpoolerEvent::Resync).await;
        sent.is_err().then_some(End::NobodyListens)
    }

    fn events(
        &mut self,
        winspool: &Winspool,
        queue: &str,
        records: Vec<JobRecord>,
    ) -> Vec<SpoolerEvent> {
        let seen = self.seen.entry(queue.to_owned()).or_default();
        let news = seen.look(queue, &records);
        let there: Vec<Place> = records
            .iter()
            .map(|record| Place::of(record, queue))
            .collect();
        let events = news
            .into_iter()
            .map(|news| match news {
                News::Arrived(place) => records
                    .iter()
                    .find(|record| record.id == place.id)
                    .map(|record| winspool.job_of(record.clone(), queue))
                    .map_or_else(
                        || SpoolerEvent::Job(winspool.number_of(&place)),
                        |job| SpoolerEvent::Arrived(Box::new(job)),
                    ),
                News::Changed(place) => SpoolerEvent::Job(winspool.number_of(&place)),
            })
            .collect();
        winspool.forget_others(queue, &there);
        events
    }
}

fn managed(queues: &[Queue]) -> Vec<String> {
    let managed = queues.iter().filter(|queue| queue.managed);
    managed.map(|queue| queue.name.clone()).collect()
}

/// Starts a thread for each queue, and one for the printers.
fn listen(
    queues: &[String],
    stop: &Arc<Stop>,
    tx: &mpsc::Sender<Signal>,
) -> Result<(), SpoolerError> {
    let server = Printer::server().map_err(failed)?;
    let printers = Changes::of(server, Subject::Printers).map_err(failed)?;
    start(printers, stop, tx, || Signal::Printers)?;
    for queue in queues {
        let printer = Printer::open(queue).map_err(failed)?;
        let jobs = Changes::of(printer, Subject::Jobs).map_err(failed)?;
        let queue = queue.clone();
        start(jobs, stop, tx, move || Signal::Queue(queue.clone()))?;
    }
    Ok(())
}

fn start(
    changes: Changes,
    stop: &Arc<Stop>,
    tx: &mpsc::Sender<Signal>,
    signal: impl Fn() -> Signal + Send + 'static,
) -> Result<(), SpoolerError> {
    let (stop, tx) = (Arc::clone(stop), tx.clone());
    let thread = std::thread::Builder::new()
        .name("spooler".to_owned())
        .stack_size(STACK_BYTES);
    let wait = move || loop {
        let said = match changes.wait(&stop, QUIET) {
            Ok(Woken::Stopped) => return,
            Ok(Woken::Changed | Woken::Quiet) => tx.blocking_send(signal()),
            Err(problem) => {
                let _nobody_waits = tx.blocking_send(Signal::Lost(failed(problem)));
                return;
            }
        };
        if said.is_err() {
            return;
        }
    };
    // Ended by `stop`, or by the channel's end.
    thread.spawn(wait).map(drop).map_err(SpoolerError::Failed)
}
