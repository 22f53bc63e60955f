//! One caller's operation and where its answer goes.

use tokio::sync::oneshot;

use crate::error::LedgerError;
use crate::store::{Hints, Result, Tx};

/// One caller's operation.
pub(crate) trait Operation: Send {
    /// What it will need.
    fn hints(&self) -> Hints;

    /// Runs it and keeps its result; it may have run before, to no avail.
    ///
    /// *Errors*: what it did has to be taken back.
    fn run(&mut self, tx: Tx<'_>) -> Result<()>;

    /// Gives the caller the kept result; or, when the transaction did not
    /// commit, the reason for that.
    fn answer(self: Box<Self>, committed: Result<()>);
}

/// Makes an operation from functions, and where its answer arrives.
pub(crate) fn operation<T, H, F>(
    hints: H,
    body: F,
) -> (Box<dyn Operation>, oneshot::Receiver<Result<T>>)
where
    T: Send + 'static,
    H: Fn(&mut Hints) + Send + 'static,
    F: Fn(Tx<'_>) -> Result<T> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let call = Call {
        hints,
        body,
        result: None,
        reply,
    };
    (Box::new(call), answer)
}

struct Call<T, H, F> {
    hints: H,
    body: F,
    result: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, H, F> Operation for Call<T, H, F>
where
    T: Send,
    H: Fn(&mut Hints) + Send,
    F: Fn(Tx<'_>) -> Result<T> + Send,
{
    fn hints(&self) -> Hints {
        let mut hints = Hints::default();
        (self.hints)(&mut hints);
        hints
    }

    fn run(&mut self, tx: Tx<'_>) -> Result<()> {
        let result = (self.body)(tx);
        let outcome = match &result {
            Ok(_) => Ok(()),
            Err(error) => Err(error.clone()),
        };
        self.result = Some(result);
        outcome
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        // Even a refusal may rest on what another operation of the same
        // transaction did, so it stands only once that is committed.
        let Self { result, reply, .. } = *self;
        let result = committed.and_then(|()| result.unwrap_or(Err(LedgerError::Closed)));
        // A caller that went away is not told; what it asked for is done.
        let _ = reply.send(result);
    }
}
