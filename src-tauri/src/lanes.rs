//! One thing at a time for each document, many documents at once.
//!
//! The dispatcher owns the queues; work itself runs in tasks. A document that
//! is looked at already is looked at once more afterwards, however many events
//! came in meanwhile.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;

use platen_domain::DocumentId;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Work on one document.
pub(crate) enum Work {
    /// Look at it and do what is due; joined with the same wish already waiting.
    Look,
    /// Something a person asked for.
    Act(Action),
}

/// A person's wish, ready to run.
pub(crate) type Action = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Hands work to the dispatcher.
#[derive(Clone)]
pub(crate) struct Lanes {
    queue: mpsc::Sender<(DocumentId, Work)>,
}

/// Waiting hand-overs; the rest waits in its sender.
const QUEUE_LENGTH: usize = 256;

impl Lanes {
    /// Makes the lanes; [`run`] does the work.
    #[must_use]
    pub(crate) fn new() -> (Self, mpsc::Receiver<(DocumentId, Work)>) {
        let (queue, work) = mpsc::channel(QUEUE_LENGTH);
        (Self { queue }, work)
    }

    /// Asks for a look at a document.
    pub(crate) async fn look(&self, document: DocumentId) {
        // Nobody takes work any more when the client is ending.
        let _ = self.queue.send((document, Work::Look)).await;
    }

    /// Runs `action` when it is its turn and returns its result; none when the
    /// client is ending.
    pub(crate) async fn act<T: Send + 'static>(
        &self,
        document: DocumentId,
        action: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (done, result) = tokio::sync::oneshot::channel();
        let action = Box::pin(async move {
            // Whoever asked may have gone; the action is done all the same.
            let _ = done.send(action.await);
        });
        self.queue.send((document, Work::Act(action))).await.ok()?;
        result.await.ok()
    }
}

/// Takes work until every [`Lanes`] is gone, and ends what is under way.
pub(crate) async fn run<L, F>(mut work: mpsc::Receiver<(DocumentId, Work)>, look: L)
where
    L: Fn(DocumentId) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let mut lanes: HashMap<DocumentId, VecDeque<Work>> = HashMap::new();
    let mut running: JoinSet<()> = JoinSet::new();
    let mut owners: HashMap<tokio::task::Id, DocumentId> = HashMap::new();
    loop {
        let document = tokio::select! {
            next = work.recv() => {
                let Some((document, item)) = next else { break };
                match lanes.get_mut(&document) {
                    Some(waiting) => {
                        let joined = matches!(item, Work::Look)
                            && waiting.iter().any(|one| matches!(one, Work::Look));
                        if !joined {
                            waiting.push_back(item);
                        }
                        continue;
                    }
                    None => {
                        lanes.insert(document, VecDeque::from([item]));
                        document
                    }
                }
            }
            Some(ended) = running.join_next_with_id(), if !running.is_empty() => {
                let id = match ended {
                    Ok((id, ())) => id,
                    Err(error) => {
                        tracing::error!(%error, "work on a document ended by a panic");
                        error.id()
                    }
                };
                let Some(document) = owners.remove(&id) else { continue };
                document
            }
        };
        let next = lanes.get_mut(&document).and_then(VecDeque::pop_front);
        let started = match next {
            None => {
                lanes.remove(&document);
                continue;
            }
            Some(Work::Look) => running.spawn(look(document)),
            Some(Work::Act(action)) => running.spawn(action),
        };
        owners.insert(started.id(), document);
    }
    running.shutdown().await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::Notify;
    use uuid::Uuid;

    #[tokio::test]
    async fn events_during_a_look_cause_one_more_look_and_no_two_at_once() {
        let (lanes, work) = Lanes::new();
        let (started, gate, looks) = (
            Arc::new(Notify::new()),
            Arc::new(Notify::new()),
            Arc::new(AtomicU32::new(0)),
        );
        let look = {
            let (started, gate, looks) = (started.clone(), gate.clone(), looks.clone());
            move |_| {
                let (started, gate, looks) = (started.clone(), gate.clone(), looks.clone());
                async move {
                    looks.fetch_add(1, Ordering::SeqCst);
                    started.notify_one();
                    gate.notified().await;
                }
            }
        };
        let dispatcher = tokio::spawn(run(work, look));
        let document = DocumentId(Uuid::from_u128(1));
        lanes.look(document).await;
        started.notified().await;
        for _ in 0..5 {
            lanes.look(document).await;
        }
        let acted = tokio::spawn({
            let lanes = lanes.clone();
            async move { lanes.act(document, async { 7 }).await }
        });
        gate.notify_one();
        started.notified().await;
        gate.notify_one();
        assert_eq!(acted.await.unwrap(), Some(7));
        assert_eq!(looks.load(Ordering::SeqCst), 2);
        drop(lanes);
        dispatcher.await.unwrap();
    }

    #[tokio::test]
    async fn panic_in_one_document_leaves_its_lane_open() {
        let (lanes, work) = Lanes::new();
        let dispatcher = tokio::spawn(run(work, |_| async { panic!("on purpose") }));
        let document = DocumentId(Uuid::from_u128(1));
        lanes.look(document).await;
        assert_eq!(lanes.act(document, async { 1 }).await, Some(1));
        drop(lanes);
        dispatcher.await.unwrap();
    }
}
