//! What each operating system does in its own way: processor time, limits on a
//! process, and what a process ended with. The same functions everywhere.

#[cfg(unix)]
#[path = "system/unix.rs"]
mod imp;
#[cfg(windows)]
#[path = "system/windows.rs"]
mod imp;

pub(crate) use imp::{
    Confinement, Leash, ThreadClock, end, on_no_screen, standard_input, thread_time,
};

/// What ended a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It came to its own end, whatever it said with it.
    OfItself,
    /// Memory ran out, its stack's included.
    Memory,
    /// Its processor time was over.
    Time,
    /// Something else that the system does not forgive.
    Crash,
}
