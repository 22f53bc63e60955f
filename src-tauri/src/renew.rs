//! Becoming the program that is installed now, after an upgrade.
//!
//! The process stays the same one: it keeps its place in the login session, its
//! environment and its number, whoever asked for the upgrade. Everything else ends
//! as on *Quit*; what is open is closed by execve(2), the lock of the session and
//! the connection to the desktop among it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, ensure};

use crate::system::{CAN_FOLLOW, follow};

/// Whether this program is to be followed by the one that has its place.
#[derive(Clone)]
pub(crate) struct Renewal {
    /// Asked for at the start: once the file is replaced, the system calls it deleted.
    program: Arc<PathBuf>,
    wanted: Arc<AtomicBool>,
}

impl Renewal {
    /// *Errors*: the system does not say which file this program is.
    pub(crate) fn of_this_program() -> Result<Self> {
        let program = std::env::current_exe().context("this program’s file is not known")?;
        Ok(Self {
            program: Arc::new(program),
            wanted: Arc::default(),
        })
    }

    /// When this program ends, the installed one follows it.
    ///
    /// *Errors*: there is none, or this system can't do it.
    pub(crate) fn wish(&self) -> Result<()> {
        ensure!(
            CAN_FOLLOW,
            "Platen can’t start anew by itself on this system; end it and start it again"
        );
        ensure!(
            self.program.is_file(),
            "{} is not installed any more",
            self.program.display()
        );
        self.wanted.store(true, Ordering::Release);
        Ok(())
    }

    /// The last thing that this program does, if that was wished; comes back if not.
    pub(crate) fn carry_out(&self) {
        if !self.wanted.load(Ordering::Acquire) {
            return;
        }
        let error = follow(&self.program);
        tracing::error!(%error, "the new program could not be started");
    }
}
