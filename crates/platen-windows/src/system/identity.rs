//! How a program shows itself: in the taskbar and notifications, at a console, in a window.

use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::INVALID_HANDLE_VALUE;
use windows_sys::Win32::System::Console::{
    ATTACH_PARENT_PROCESS, AttachConsole, GetStdHandle, STD_ERROR_HANDLE,
};
use windows_sys::Win32::UI::Shell::SetCurrentProcessExplicitAppUserModelID;
use windows_sys::Win32::UI::WindowsAndMessaging::{MB_ICONWARNING, MB_OK, MessageBoxW};

use super::wide;

/// Makes this process one of the application `id`, by which Windows finds its name and
/// picture in the Start menu.
///
/// # Errors
/// Windows refuses the name.
pub fn set_application_id(id: &str) -> io::Result<()> {
    let id = wide(id)?;
    // SAFETY: the text ends with a zero.
    match unsafe { SetCurrentProcessExplicitAppUserModelID(id.as_ptr()) } {
        0.. => Ok(()),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}

/// Lets a program without a console of its own write to that of who started it. False:
/// there is none.
pub fn join_console() -> bool {
    // SAFETY: it takes a number alone.
    unsafe { AttachConsole(ATTACH_PARENT_PROCESS) != 0 }
}

/// Shows a text in a window and waits until it is closed. False: the program has a
/// standard error for it instead, or no window can be shown.
pub fn show_message(title: &str, message: &str) -> bool {
    // SAFETY: it takes a number alone.
    let error = unsafe { GetStdHandle(STD_ERROR_HANDLE) };
    if !error.is_null() && error != INVALID_HANDLE_VALUE {
        return false;
    }
    let (Ok(title), Ok(message)) = (wide(title), wide(message)) else {
        return false;
    };
    // SAFETY: both texts end with a zero; there is no window that it belongs to.
    let answer = unsafe {
        MessageBoxW(
            ptr::null_mut(),
            message.as_ptr(),
            title.as_ptr(),
            MB_OK | MB_ICONWARNING,
        )
    };
    answer != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn application_has_a_name_without_zeros() {
        assert!(set_application_id("org.platen.client").is_ok());
        assert!(set_application_id("org\0platen").is_err());
    }
}
