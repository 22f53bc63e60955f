//! One uninterrupted time of hearing cupsd's events.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};
use tokio::{sync::mpsc, task::JoinSet};

use super::{
    Signal, Source, SpoolerEvent, bus, is_lost, look, poll,
    socket::{HAS_SENTINEL, SocketWatch},
    subscription::{Delivery, Subscription},
};
use crate::{
    connection::{Connection, within},
    cups::Cups,
    error::SpoolerError,
    job::JobState,
};

/// How often the lease is renewed and everything is looked at anyway.
const CHECKUP: Duration = Duration::from_secs(600);

/// A job of this age has been told of if it ever will be.
const SETTLED: SignedDuration = SignedDuration::from_secs(30);

/// First and longest wait between looks at jobs that are being printed, in case
/// the bus is not told of their end.
const FIRST_PATIENCE: Duration = Duration::from_secs(1);
const LAST_PATIENCE: Duration = Duration::from_secs(30);

/// Longest wait for cupsd when the subscription is given back.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why a session ended.
pub(crate) enum End {
    /// The receiver of the events was dropped.
    NobodyListens,
    /// A job came of which the bus did not tell.
    BusIsDeaf,
    /// What it depends on is gone.
    Over(&'static str),
    /// cupsd did not answer, or has forgotten the subscription.
    Lost(SpoolerError),
}

/// A subscription with everything that watches over it.
pub(crate) struct Session<'a> {
    cups: &'a Cups,
    subscription: Subscription,
    delivery: Delivery,
    source: Source,
    sentinel: Option<Connection>,
    /// Looks under way; one that waited for a first document says for which.
    looks: JoinSet<Option<i32>>,
    /// Jobs whose first document is being waited for.
    arriving: HashSet<i32>,
    /// Jobs of the user that were listed or told of.
    known: HashSet<i32>,
}

impl<'a> Session<'a> {
    /// Subscribes: on the bus where there is one and cupsd has a notifier for it.
    /// The bus is listened to first, so that no event falls in between.
    pub(crate) async fn open(cups: &'a Cups, trust_bus: bool) -> Result<Self, SpoolerError> {
        let sentinel = match HAS_SENTINEL {
            true => Some(cups.shared.connections.sentinel().await?),
            false => None,
        };
        let bus = if trust_bus { bus::listen().await } else { None };
        let (subscription, delivery, source) = match bus {
            Some(source) => match Subscription::create(cups, Delivery::Bus).await {
                Ok(subscription) => (subscription, Delivery::Bus, source),
                Err(problem) if problem.is_temporary() => return Err(problem),
                Err(problem) => {
                    tracing::info!(%problem, "cupsd sends no events over the bus; polling");
                    Self::pull(cups).await?
                }
            },
            None => Self::pull(cups).await?,
        };
        tracing::debug!(?delivery, "subscribed to the print service's events");
        Ok(Self {
            cups,
            subscription,
            delivery,
            source,
            sentinel,
            looks: JoinSet::new(),
            arriving: HashSet::new(),
            known: HashSet::new(),
        })
    }

    async fn pull(cups: &Cups) -> Result<(Subscription, Delivery, Source), SpoolerError> {
        let subscription = Subscription::create(cups, Delivery::Pull).await?;
        let source = poll::listen(cups, subscription);
        Ok((subscription, Delivery::Pull, source))
    }

    /// Tells events until the session ends.
    pub(crate) async fn run(
        mut self,
        tx: &mpsc::Sender<SpoolerEvent>,
        socket: &mut SocketWatch,
    ) -> End {
        let end = match self.tell(tx, socket).await {
            Ok(end) => end,
            Err(problem) => End::Lost(problem),
        };
        if matches!(end, End::NobodyListens | End::BusIsDeaf) {
            self.close().await;
        }
        end
    }

    async fn tell(
        &mut self,
        tx: &mpsc::Sender<SpoolerEvent>,
        socket: &mut SocketWatch,
    ) -> Result<End, SpoolerError> {
        self.resync(tx).await?;
        let mut checkup = Instant::now() + CHECKUP;
        let mut patience = FIRST_PATIENCE;
        loop {
            let printing = self.cups.shared.released.all();
            tokio::select! {
                () = tx.closed() => return Ok(End::NobodyListens),
                signal = self.source.signals.recv() => match signal {
                    Some(Signal::Created(id)) => self.look_for_arrival(tx, id),
                    Some(Signal::Changed(id)) => self.look_for_change(tx, id),
                    Some(Signal::Gap) => { self.resync(tx).await?; }
                    Some(Signal::Everything) => {
                        self.subscription.renew(self.cups).await?;
                        self.resync(tx).await?;
                    }
                    None => return Ok(End::Over("the source of events ended")),
                },
                Some(looked) = self.looks.join_next() => {
                    if let Ok(Some(id)) = looked {
                        self.arriving.remove(&id);
                    }
                }
                () = self.cups.shared.released.added() => patience = FIRST_PATIENCE,
                () = tokio::time::sleep(patience), if !printing.is_empty() => {
                    patience = (patience * 2).min(LAST_PATIENCE);
                    self.look_for_ends(tx, &printing);
                }
                () = socket.changed() => {
                    return Ok(End::Over("the socket was replaced"));
                }
                () = closed(&mut self.sentinel) => {
                    self.sentinel = Some(self.cups.shared.connections.sentinel().await?);
                    self.subscription.renew(self.cups).await?;
                    self.resync(tx).await?;
                }
                () = tokio::time::sleep_until(checkup.into()) => {
                    checkup = Instant::now() + CHECKUP;
                    self.subscription.renew(self.cups).await?;
                    if self.resync(tx).await? && self.delivery == Delivery::Bus {
                        return Ok(End::BusIsDeaf);
                    }
                }
            }
        }
    }

    /// Tells that everything is to be listed, waits for the documents of jobs
    /// that have none yet, and follows those that are being printed: they were
    /// released before a restart, here or of this program. Returns whether there
    /// is a job that no event told of.
    async fn resync(&mut self, tx: &mpsc::Sender<SpoolerEvent>) -> Result<bool, SpoolerError> {
        let jobs = self.cups.open_jobs().await?;
        let settled = Timestamp::now() - SETTLED;
        let unheard = jobs
            .iter()
            .any(|job| job.submitted_at < settled && !self.known.contains(&job.id));
        for job in jobs.iter().filter(|job| job.documents == 0) {
            self.look_for_arrival(tx, job.id);
        }
        for job in jobs.iter().filter(|job| job.state != JobState::Held) {
            self.cups.shared.released.add(job.id);
        }
        self.known = jobs.iter().map(|job| job.id).collect();
        // A closed channel is noticed by the loop.
        let _closed = tx.send(SpoolerEvent::Resync).await;
        Ok(unheard)
    }

    fn look_for_arrival(&mut self, tx: &mpsc::Sender<SpoolerEvent>, job_id: i32) {
        self.known.insert(job_id);
        if self.arriving.insert(job_id) {
            let (cups, tx) = (self.cups.clone(), tx.clone());
            self.looks.spawn(async move {
                look::arrival(cups, tx, job_id).await;
                Some(job_id)
            });
        }
    }

    fn look_for_change(&mut self, tx: &mpsc::Sender<SpoolerEvent>, job_id: i32) {
        let known = self.known.contains(&job_id);
        let (cups, tx) = (self.cups.clone(), tx.clone());
        self.looks.spawn(async move {
            look::change(cups, tx, job_id, known).await;
            None
        });
    }

    fn look_for_ends(&mut self, tx: &mpsc::Sender<SpoolerEvent>, job_ids: &[i32]) {
        for &job_id in job_ids {
            let (cups, tx) = (self.cups.clone(), tx.clone());
            self.looks.spawn(async move {
                look::end(cups, tx, job_id).await;
                None
            });
        }
    }

    /// Gives the subscription back, if cupsd is there to take it.
    pub(crate) async fn close(self) {
        let cancelled = within(FAREWELL, self.subscription.cancel(self.cups)).await;
        if let Err(problem) = cancelled.as_ref()
            && !is_lost(problem)
        {
            tracing::debug!(%problem, "the subscription could not be given back");
        }
    }
}

/// Returns when the spooler has closed it; never where there is none.
async fn closed(sentinel: &mut Option<Connection>) {
    match sentinel {
        Some(sentinel) => sentinel.closed().await,
        None => std::future::pending().await,
    }
}
