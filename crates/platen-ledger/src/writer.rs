//! The one thread that writes: group commit.
//!
//! Callers queue their operations; the thread runs all that wait in one
//! transaction, each of them whole or not at all, commits it durably and only
//! then answers. Many callers thus share one load of the rows they work on, one
//! write of what they changed and one wait for the disk.

mod gather;
mod operation;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::sync::Arc;
use std::thread;

use tokio::sync::mpsc;

use crate::announce::Announce;
use crate::engine::{Committed, Engine, Loaded};
use crate::error::LedgerError;
use crate::news::News;
use crate::reader::NewestSite;
use crate::store::{Result, SiteState, Tx, WorkingSet};

use gather::Gather;
pub(crate) use operation::{Operation, operation};

/// Operations that wait at most; more callers than this wait to queue theirs.
const QUEUE: usize = 1_024;

/// Operations in one transaction at most; it bounds how long the first of them
/// waits for its answer, and how long other programs wait for the ledger.
const BATCH: usize = 512;

/// How often a batch loads more rows, or starts over, before its operations are carried
/// out one by one. Each time it knows more of what it needs, so that few are enough; only
/// other programs, or an operation that did not say beforehand what it needs, can ask for
/// more.
const ROUNDS: usize = 16;

/// The same of one operation alone, which then gives up.
const ROUNDS_ALONE: usize = 2_000;

/// What the thread is asked to do.
pub(crate) enum Request {
    /// Run an operation and answer it.
    Run(Box<dyn Operation>),
    /// Look whether another program wrote.
    Poke,
}

/// Starts the thread; it ends when all senders are gone.
///
/// *Errors*: the operating system has no thread left.
pub(crate) fn start(
    engine: Box<dyn Engine>,
    announce: Announce,
    newest: NewestSite,
) -> std::io::Result<(mpsc::Sender<Request>, thread::JoinHandle<()>)> {
    let (sender, requests) = mpsc::channel(QUEUE);
    let writer = Writer {
        engine,
        set: RefCell::new(WorkingSet::default()),
        gather: Gather::new(requests),
        announce,
        newest,
        halted: false,
    };
    let thread = thread::Builder::new()
        .name("ledger-writer".into())
        .spawn(move || writer.work())?;
    Ok((sender, thread))
}

struct Writer {
    engine: Box<dyn Engine>,
    set: RefCell<WorkingSet>,
    gather: Gather,
    announce: Announce,
    newest: NewestSite,
    /// Damage was found: nothing is written any more.
    halted: bool,
}

/// What became of a batch.
enum Done {
    /// Something was written.
    Written(News),
    /// There was nothing to write.
    Nothing,
    /// Its operations have to be carried out one by one.
    Apart,
}

/// Whether an error that ended a transaction is about what one operation wrote, and
/// not about the disk or the server.
const fn is_of_one(error: &LedgerError) -> bool {
    matches!(error, LedgerError::Storage(_) | LedgerError::Refused(_))
}

impl Writer {
    fn work(mut self) {
        loop {
            let mut batch = Vec::new();
            let Some(pokes) = self.gather.batch(&mut batch, BATCH) else {
                return;
            };
            if pokes && self.engine.others_wrote() {
                self.announce.anything();
            }
            if !batch.is_empty() {
                // Each operation has its answer.
                let _ = self.carry_out(batch);
            }
        }
    }

    /// Runs a batch in one transaction and answers it. Gives what became of the
    /// transaction.
    fn carry_out(&mut self, mut batch: Vec<Box<dyn Operation>>) -> Result<()> {
        let outcome = if self.halted {
            Err(LedgerError::Halted)
        } else {
            self.commit(&mut batch)
        };
        match &outcome {
            // First the news, so that who has an answer finds it counted.
            Ok(Done::Written(news)) => self.announce.heard(|| news.clone()),
            Ok(Done::Nothing) => {}
            Ok(Done::Apart) => {
                self.take_back();
                self.one_by_one(batch);
                return Ok(());
            }
            Err(error) if batch.len() > 1 && is_of_one(error) => {
                tracing::debug!(%error, "a ledger transaction is taken apart");
                self.take_back();
                self.one_by_one(batch);
                return Ok(());
            }
            Err(error) => self.give_up(error),
        }
        let outcome = outcome.map(drop);
        for operation in batch {
            operation.answer(outcome.clone());
        }
        outcome
    }

    /// Carries out each in a transaction of its own: one that asks for much, or for what
    /// can't be written, spoils nothing for the others.
    fn one_by_one(&mut self, batch: Vec<Box<dyn Operation>>) {
        let mut outcome = Ok(());
        for operation in batch {
            match &outcome {
                // Nobody waits for the same disk or server again and again.
                Err(error) if !is_of_one(error) => operation.answer(Err(error.clone())),
                _ => outcome = self.carry_out(vec![operation]),
            }
        }
    }

    /// Runs a batch until it is committed.
    ///
    /// *Errors*: what ended the whole transaction.
    fn commit(&mut self, batch: &mut [Box<dyn Operation>]) -> Result<Done> {
        let mut fresh = true;
        let rounds = match batch.len() {
            1 => ROUNDS_ALONE,
            _ => ROUNDS,
        };
        for round in 0..rounds {
            if fresh && !self.engine.begin()? {
                self.set.get_mut().forget();
            }
            if fresh {
                let trust = round == 0 && self.engine.finds_doubles();
                for operation in batch.iter() {
                    self.set.get_mut().expect(operation.hints(), trust);
                }
            }
            if !self.load()? {
                self.set.get_mut().load_again();
                fresh = true;
                continue;
            }
            fresh = false;
            for operation in batch.iter_mut() {
                self.run_one(operation.as_mut())?;
            }
            let set = self.set.get_mut();
            if set.is_missing() {
                set.reset();
                continue;
            }
            let steps = set.changes()?;
            if steps.is_empty() {
                self.engine.roll_back();
                set.settle(false);
                return Ok(Done::Nothing);
            }
            let news = self.announce.is_wanted().then(|| set.news());
            match self.engine.commit(&steps, news.as_ref())? {
                Committed::Yes => {
                    let set = self.set.get_mut();
                    set.settle(self.engine.is_alone());
                    self.newest.offer(set.stored_site());
                    return Ok(Done::Written(news.unwrap_or_else(News::everything)));
                }
                Committed::StartOver => {
                    self.set.get_mut().load_again();
                    fresh = true;
                }
            }
        }
        match batch.len() {
            1 => Err(LedgerError::Busy),
            _ => Ok(Done::Apart),
        }
    }

    /// Loads what the operations miss; false if the transaction starts over.
    fn load(&mut self) -> Result<bool> {
        let set = self.set.get_mut();
        let ask = set.ask().unwrap_or_default();
        let Loaded::Here {
            rows,
            ordinals,
            site,
        } = self.engine.load(&ask)?
        else {
            return Ok(false);
        };
        if set.stored_site().version != site {
            let state = SiteState::load(self.engine.sql(), site)?;
            set.set_site(Arc::new(state));
        }
        set.fill(rows)?;
        if ask.site {
            set.lock_site();
        }
        if let Some(ordinals) = ordinals {
            set.fill_ordinals(ordinals);
        }
        set.answer(self.engine.sql())?;
        Ok(true)
    }

    /// Runs one operation and keeps its answer.
    ///
    /// *Errors*: what ends the whole transaction; a refused operation alone
    /// doesn't.
    fn run_one(&mut self, operation: &mut dyn Operation) -> Result<()> {
        let result = operation.run(Tx::new(&self.set));
        let set = self.set.get_mut();
        match result {
            Ok(()) => set.accept(),
            Err(error) if error.is_fatal() => return Err(error),
            Err(_) => set.undo(),
        }
        Ok(())
    }

    fn give_up(&mut self, error: &LedgerError) {
        if error.is_fatal() {
            self.halted = true;
            tracing::error!(%error, "the ledger is damaged and stops writing");
        } else if !matches!(error, LedgerError::Halted) {
            tracing::warn!(%error, "a ledger transaction was not committed");
        }
        self.take_back();
    }

    /// As if nothing had been begun.
    fn take_back(&mut self) {
        self.engine.roll_back();
        self.set.get_mut().forget();
    }
}
