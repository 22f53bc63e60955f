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

/// How often a batch loads more rows or starts over before it gives up. Each
/// time it knows more of what it needs, so that few are enough; only other
/// programs can ask for more.
const ROUNDS: usize = 50;

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
                self.carry_out(batch);
            }
        }
    }

    /// Runs a batch in one transaction and answers it.
    fn carry_out(&mut self, mut batch: Vec<Box<dyn Operation>>) {
        let outcome = if self.halted {
            Err(LedgerError::Halted)
        } else {
            self.commit(&mut batch)
        };
        match &outcome {
            // First the news, so that who has an answer finds it counted.
            Ok(Some(news)) => self.announce.heard(|| news.clone()),
            Ok(None) => {}
            Err(error) => self.give_up(error),
        }
        let outcome = outcome.map(drop);
        for operation in batch {
            operation.answer(outcome.clone());
        }
    }

    /// Runs a batch until it is committed. Gives the news, if anything was
    /// written.
    ///
    /// *Errors*: what ended the whole transaction.
    fn commit(&mut self, batch: &mut [Box<dyn Operation>]) -> Result<Option<News>> {
        let mut fresh = true;
        for round in 0..ROUNDS {
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
                return Ok(None);
            }
            let news = self.announce.is_wanted().then(|| set.news());
            match self.engine.commit(&steps, news.as_ref())? {
                Committed::Yes => {
                    let set = self.set.get_mut();
                    set.settle(self.engine.is_alone());
                    self.newest.offer(set.stored_site());
                    return Ok(Some(news.unwrap_or_else(News::everything)));
                }
                Committed::StartOver => {
                    self.set.get_mut().load_again();
                    fresh = true;
                }
            }
        }
        Err(LedgerError::Busy)
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
        self.engine.roll_back();
        self.set.get_mut().forget();
    }
}
