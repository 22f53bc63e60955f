//! The one thread that writes: group commit.
//!
//! Callers queue their operations; the thread drains the queue into one
//! transaction, each operation in a savepoint of its own, commits it durably
//! and only then answers. Many callers thus share one wait for the disk.

#[cfg(test)]
mod tests;

use std::thread;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use crate::error::LedgerError;
use crate::store::{Result, Tx};

/// Operations that wait at most; more callers than this wait to queue theirs.
const QUEUE: usize = 1_024;

/// Operations in one transaction at most; it bounds how long the first of them
/// waits for its answer, and how long other programs wait for the file.
const BATCH: usize = 256;

/// What the thread is asked to do.
pub(crate) enum Request {
    /// Run an operation and answer it.
    Run(Box<dyn Operation>),
    /// Look whether another program wrote.
    Poke,
}

/// One caller's operation.
pub(crate) trait Operation: Send {
    /// Runs it inside its savepoint and keeps its result.
    ///
    /// *Errors*: what has to be taken back.
    fn run(&mut self, tx: Tx<'_>) -> Result<()>;

    /// Gives the caller the kept result; or, when the transaction did not
    /// commit, the reason for that.
    fn answer(self: Box<Self>, committed: Result<()>);
}

/// Makes an operation from a function, and where its answer arrives.
pub(crate) fn operation<T, F>(body: F) -> (Box<dyn Operation>, oneshot::Receiver<Result<T>>)
where
    T: Send + 'static,
    F: FnOnce(Tx<'_>) -> Result<T> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let call = Call {
        body: Some(body),
        result: None,
        reply,
    };
    (Box::new(call), answer)
}

struct Call<T, F> {
    body: Option<F>,
    result: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Operation for Call<T, F>
where
    T: Send,
    F: FnOnce(Tx<'_>) -> Result<T> + Send,
{
    fn run(&mut self, tx: Tx<'_>) -> Result<()> {
        let Some(body) = self.body.take() else {
            return Ok(());
        };
        match body(tx) {
            Ok(value) => {
                self.result = Some(Ok(value));
                Ok(())
            }
            Err(error) => {
                self.result = Some(Err(error.clone()));
                Err(error)
            }
        }
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

/// Starts the thread; it ends when all senders are gone.
///
/// *Errors*: the operating system has no thread left.
pub(crate) fn start(
    connection: Connection,
    changes: watch::Sender<u64>,
) -> std::io::Result<(mpsc::Sender<Request>, thread::JoinHandle<()>)> {
    let (sender, requests) = mpsc::channel(QUEUE);
    let writer = Writer {
        connection,
        requests,
        changes,
        seen: None,
        halted: false,
    };
    let thread = thread::Builder::new()
        .name("ledger-writer".into())
        .spawn(move || writer.work())?;
    Ok((sender, thread))
}

struct Writer {
    connection: Connection,
    requests: mpsc::Receiver<Request>,
    changes: watch::Sender<u64>,
    /// `PRAGMA data_version`: changes when another connection wrote.
    seen: Option<i64>,
    /// Damage was found: nothing is written any more.
    halted: bool,
}

impl Writer {
    fn work(mut self) {
        self.look_for_others();
        while let Some(request) = self.requests.blocking_recv() {
            match request {
                Request::Poke => self.look_for_others(),
                Request::Run(operation) => self.commit_with(operation),
            }
        }
    }

    /// Runs `first` and all that wait behind it in one transaction.
    fn commit_with(&mut self, first: Box<dyn Operation>) {
        if self.halted {
            return first.answer(Err(LedgerError::Halted));
        }
        if let Err(error) = self.connection.execute_batch("BEGIN IMMEDIATE") {
            return first.answer(Err(error.into()));
        }
        let before = self.connection.total_changes();
        let mut batch = Vec::new();
        let mut next = Some(first);
        let mut outcome = Ok(());
        while let Some(mut operation) = next.take() {
            outcome = self.run_one(operation.as_mut());
            batch.push(operation);
            if outcome.is_err() || batch.len() == BATCH {
                break;
            }
            next = self.take_waiting();
        }
        let committed = outcome.and_then(|()| {
            self.connection
                .execute_batch("COMMIT")
                .map_err(LedgerError::from)
        });
        if let Err(error) = &committed {
            self.roll_back(error);
        }
        let wrote = committed.is_ok() && self.connection.total_changes() != before;
        // First the number, so that who has an answer finds it counted.
        if wrote {
            self.changes.send_modify(|count| *count += 1);
        }
        for operation in batch {
            operation.answer(committed.clone());
        }
    }

    /// Runs one operation in its savepoint.
    ///
    /// *Errors*: what ends the whole transaction; a refused operation alone
    /// doesn't.
    fn run_one(&mut self, operation: &mut dyn Operation) -> Result<()> {
        self.execute("SAVEPOINT operation")?;
        let Err(error) = operation.run(Tx::new(&self.connection)) else {
            return self.execute("RELEASE operation");
        };
        if error.is_fatal() {
            return Err(error);
        }
        // On some errors, such as a full disk, SQLite itself rolls back all.
        if self.connection.is_autocommit() {
            return Err(error);
        }
        self.execute("ROLLBACK TO operation")?;
        self.execute("RELEASE operation")
    }

    fn execute(&self, sql: &str) -> Result<()> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    fn take_waiting(&mut self) -> Option<Box<dyn Operation>> {
        loop {
            match self.requests.try_recv() {
                Ok(Request::Run(operation)) => return Some(operation),
                // Inside a transaction nobody else can write, and what was
                // written before it is news to whoever asks now.
                Ok(Request::Poke) => self.changes.send_modify(|count| *count += 1),
                Err(_) => return None,
            }
        }
    }

    fn roll_back(&mut self, error: &LedgerError) {
        if error.is_fatal() {
            self.halted = true;
            tracing::error!(%error, "the ledger is damaged and stops writing");
        } else {
            tracing::warn!(%error, "a ledger transaction was not committed");
        }
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a ledger transaction could not be rolled back");
        }
    }

    fn look_for_others(&mut self) {
        let version = self
            .connection
            .query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0));
        match version {
            Ok(version) => {
                if self
                    .seen
                    .replace(version)
                    .is_some_and(|seen| seen != version)
                {
                    self.changes.send_modify(|count| *count += 1);
                }
            }
            Err(error) => tracing::warn!(%error, "the ledger could not be looked at"),
        }
    }
}
