//! What each operating system does in its own way: where a user's things are, how the
//! programs of a session meet, the print system, the log. The same functions on all.

#[cfg_attr(windows, path = "system/windows.rs")]
#[cfg_attr(target_os = "macos", path = "system/mac.rs")]
#[cfg_attr(not(any(windows, target_os = "macos")), path = "system/linux.rs")]
mod imp;
#[cfg(any(windows, target_os = "macos", test))]
mod log;
#[cfg(any(windows, target_os = "macos"))]
mod no_gate;
#[cfg(unix)]
mod unix;

pub(crate) use imp::{
    CAN_FOLLOW, Door, SETTINGS, ask_gate, complain, computer_name, data_home, exchange, follow,
    gate, introduce, is_opened_again, log_writer, meeting_place, print_system, private_directory,
    stay_in_the_tray, when_told_to_end,
};

/// As the Start menu's shortcut, the desktop's entry and the app have it.
pub(crate) const APPLICATION_ID: &str = "org.platen.client";
