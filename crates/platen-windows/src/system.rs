//! What Platen asks of Windows beside its spooler: limits around processes, who the
//! user is, rights of files, a pipe between programs of one user, clients that are told
//! to end, and what a program shows itself as.
//!
//! *Source*: learn.microsoft.com, “Win32 API”, the page of each function.

mod account;
mod disk;
mod identity;
mod job;
mod pipe;
mod private;
mod quit;
mod time;

use std::io;
use std::os::windows::io::{FromRawHandle as _, OwnedHandle};

use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE, LocalFree};

pub use account::{Account, account};
pub use disk::free_bytes;
pub use identity::{join_console, set_application_id, show_message};
pub use job::{Job, Limits};
pub use pipe::{Pipe, Visitor, connect, pipe_of_this_session};
pub use private::{create_private_directory, create_private_file, is_private, open_private_file};
pub use quit::{Client, QuitRequest, clients, session};
pub use time::{ThreadClock, process_time, thread_time};

/// Owns what a function has just made.
///
/// # Errors
/// It made nothing: the last error says why.
fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() || handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a function has just answered with it, and nobody else closes it.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// # Errors
/// A function that answers with false did.
fn done(answer: windows_sys::core::BOOL) -> io::Result<()> {
    if answer == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// As functions take text: UTF-16 with a zero at its end.
///
/// # Errors
/// There is a zero in it.
fn wide(text: impl AsRef<std::ffi::OsStr>) -> io::Result<Vec<u16>> {
    use std::os::windows::ffi::OsStrExt as _;
    let mut wide: Vec<u16> = text.as_ref().encode_wide().collect();
    if wide.contains(&0) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    wide.push(0);
    Ok(wide)
}

/// Text up to its zero.
fn text(wide: &[u16]) -> String {
    let end = wide.iter().position(|unit| *unit == 0);
    String::from_utf16_lossy(&wide[..end.unwrap_or(wide.len())])
}

/// Copies text that a function has made, and frees it.
///
/// # Safety
/// It must be text with a zero at its end that Windows has allocated, for the caller
/// to free with `LocalFree`; nobody uses it after this.
unsafe fn take_text(made: *mut u16) -> String {
    let mut units = Vec::new();
    // SAFETY: there is text up to its zero, as the caller says.
    while let unit @ 1.. = unsafe { *made.add(units.len()) } {
        units.push(unit);
    }
    // SAFETY: it was copied, and the caller says that it is to be freed so.
    unsafe { LocalFree(made.cast()) };
    String::from_utf16_lossy(&units)
}
