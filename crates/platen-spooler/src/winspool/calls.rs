//! Calls that block, a few at a time.
//!
//! A call to the spooler can't be ended. What never answers keeps its thread,
//! and its place among the few; the program ends without waiting for it, which a
//! runtime's own threads for blocking would not allow.

use std::io;
use std::thread;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit, oneshot};
use tokio::time::timeout;

use crate::SpoolerError;

/// How many calls there may be, and how long one is waited for.
#[derive(Debug)]
pub(crate) struct Calls {
    free: Semaphore,
    deadline: Duration,
}

impl Calls {
    pub(crate) const fn new(most: usize, deadline: Duration) -> Self {
        Self {
            free: Semaphore::const_new(most),
            deadline,
        }
    }

    /// Makes a call and waits for its answer.
    ///
    /// *Errors*: `Deadline` also when no place was free in time; no call is made
    /// then.
    /// *Cancel safety*: a call that was begun goes on.
    pub(crate) async fn answer<T: Send + 'static>(
        &'static self,
        call: impl FnOnce() -> Result<T, SpoolerError> + Send + 'static,
    ) -> Result<T, SpoolerError> {
        let answer = async {
            let (tx, rx) = oneshot::channel();
            let permit = self.permit().await?;
            run(permit, move || {
                let _nobody_waits = tx.send(call());
            })?;
            let broken = |_| SpoolerError::Failed(io::ErrorKind::Interrupted.into());
            rx.await.map_err(broken)?
        };
        timeout(self.deadline, answer)
            .await
            .map_err(|_| SpoolerError::Deadline(self.deadline))?
    }

    /// Begins something that tells of itself.
    ///
    /// *Errors*: as for [`Self::answer`].
    pub(crate) async fn begin(
        &'static self,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<(), SpoolerError> {
        let permit = timeout(self.deadline, self.permit()).await;
        let permit = permit.map_err(|_| SpoolerError::Deadline(self.deadline))?;
        run(permit?, work)
    }

    async fn permit(&'static self) -> Result<SemaphorePermit<'static>, SpoolerError> {
        let closed = |_| SpoolerError::Failed(io::ErrorKind::Interrupted.into());
        self.free.acquire().await.map_err(closed)
    }
}

fn run(
    permit: SemaphorePermit<'static>,
    work: impl FnOnce() + Send + 'static,
) -> Result<(), SpoolerError> {
    let work = move || {
        work();
        drop(permit);
    };
    let thread = thread::Builder::new().name("spooler call".to_owned());
    thread.spawn(work).map(drop).map_err(SpoolerError::Failed)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Instant;

    use anyhow::Result;

    use super::*;

    /// Longer than any of these tests is to take.
    const LONG: Duration = Duration::from_secs(20);

    fn calls(most: usize, deadline: Duration) -> &'static Calls {
        Box::leak(Box::new(Calls::new(most, deadline)))
    }

    /// A call that answers when the other end says so, or is gone.
    fn hung() -> (
        mpsc::Sender<()>,
        impl FnOnce() -> Result<(), SpoolerError> + Send + 'static,
    ) {
        let (tx, rx) = mpsc::channel();
        let call = move || {
            let _it_is_time = rx.recv_timeout(LONG);
            Ok(())
        };
        (tx, call)
    }

    #[tokio::test]
    async fn calls_wait_for_a_place() -> Result<()> {
        let calls = calls(2, LONG);
        let asked = (0..50_u32).map(|index| tokio::spawn(calls.answer(move || Ok(index))));
        let asked: Vec<_> = asked.collect();
        for (index, answer) in (0..).zip(asked) {
            let answer: u32 = answer.await??;
            assert_eq!(answer, index);
        }
        Ok(())
    }

    #[tokio::test]
    async fn calls_that_never_answer_let_no_more_begin() -> Result<()> {
        let calls = calls(2, Duration::from_millis(50));
        let mut ends = Vec::new();
        for _ in 0..2 {
            let (end, call) = hung();
            let answer = calls.answer(call).await;
            assert!(
                matches!(answer, Err(SpoolerError::Deadline(_))),
                "{answer:?}"
            );
            ends.push(end);
        }
        let (tx, made) = mpsc::channel();
        let make = move || {
            let _nobody_waits = tx.send(());
        };
        let begin = make.clone();
        let refused = calls
            .answer(move || {
                make();
                Ok(())
            })
            .await;
        assert!(
            matches!(refused, Err(SpoolerError::Deadline(_))),
            "{refused:?}"
        );
        let refused = calls.begin(begin).await;
        assert!(
            matches!(refused, Err(SpoolerError::Deadline(_))),
            "{refused:?}"
        );
        drop(ends);
        assert!(made.recv().is_err(), "a refused call was made");
        let mut answer = calls.answer(|| Ok(7)).await;
        while answer.is_err() {
            answer = calls.answer(|| Ok(7)).await;
        }
        assert_eq!(answer?, 7);
        Ok(())
    }

    #[tokio::test]
    async fn a_call_that_breaks_is_an_error_and_frees_its_place() -> Result<()> {
        let calls = calls(1, LONG);
        let broken = calls.answer::<()>(|| panic!("as the test wants it")).await;
        assert!(matches!(broken, Err(SpoolerError::Failed(_))), "{broken:?}");
        assert_eq!(calls.answer(|| Ok(7)).await?, 7);
        Ok(())
    }

    #[test]
    fn a_program_ends_without_waiting_for_a_call() -> Result<()> {
        let calls = calls(2, Duration::from_millis(50));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_time()
            .build()?;
        let (_end, call) = hung();
        let answer = runtime.block_on(calls.answer(call));
        assert!(
            matches!(answer, Err(SpoolerError::Deadline(_))),
            "{answer:?}"
        );
        let (_other_end, call) = hung();
        runtime.block_on(calls.begin(move || drop(call())))?;
        let ending = Instant::now();
        drop(runtime);
        assert!(ending.elapsed() < LONG / 2, "it waited");
        Ok(())
    }
}
