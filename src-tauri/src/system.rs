//! What each operating system does in its own way: where a user's things are, how the
//! programs of a session meet, the print system, the log. The same functions on all.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use self::unix as imp;
#[cfg(windows)]
use self::windows as imp;

pub(crate) use imp::{
    CAN_FOLLOW, Door, SETTINGS, ask_gate, complain, data_home, exchange, follow, gate, introduce,
    log_writer, meeting_place, print_system, private_directory, when_told_to_end,
};

/// As the Start menu's shortcut and the desktop's entry have it.
pub(crate) const APPLICATION_ID: &str = "org.platen.client";
