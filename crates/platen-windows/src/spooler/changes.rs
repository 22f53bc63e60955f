//! Waiting for the spooler to say that something changed.

use std::ptr;
use std::time::Duration;

use windows_sys::Win32::Foundation::{
    CloseHandle, HANDLE, INVALID_HANDLE_VALUE, WAIT_FAILED, WAIT_OBJECT_0,
};
use windows_sys::Win32::Graphics::Printing::{
    FindClosePrinterChangeNotification, FindFirstPrinterChangeNotification,
    FindNextPrinterChangeNotification, PRINTER_CHANGE_ADD_JOB, PRINTER_CHANGE_DELETE_JOB,
    PRINTER_CHANGE_PRINTER, PRINTER_CHANGE_SET_JOB,
};
use windows_sys::Win32::System::Threading::{CreateEventW, SetEvent, WaitForMultipleObjects};

use super::{Printer, WinspoolError};

/// What changes are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Jobs that come, change their state and go. That a document grows is not
    /// told: its end changes the job's state.
    Jobs,
    /// Printers that come, change and go; of a print server.
    Printers,
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Woken {
    /// Something changed; several changes may be told as one.
    Changed,
    /// Nothing changed for as long as was waited.
    Quiet,
    /// [`Stop::stop`] was called.
    Stopped,
}

/// Ends waits, from another thread.
#[derive(Debug)]
pub struct Stop {
    event: HANDLE,
}

// SAFETY: an event may be set and waited for by any thread at any time.
unsafe impl Send for Stop {}
// SAFETY: as above.
unsafe impl Sync for Stop {}

impl Stop {
    /// Makes one that has not been called.
    ///
    /// # Errors
    /// Windows has no resources left.
    pub fn new() -> Result<Self, WinspoolError> {
        // SAFETY: no security attributes and no name; it stays set once it was.
        let event = unsafe { CreateEventW(ptr::null(), 1, 0, ptr::null()) };
        if event.is_null() {
            return Err(WinspoolError::last("CreateEventW"));
        }
        Ok(Self { event })
    }

    /// Ends all waits, those to come as well.
    pub fn stop(&self) {
        // SAFETY: the event is open as long as this lives.
        unsafe { SetEvent(self.event) };
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        // SAFETY: the event is open, and nobody uses it after this.
        unsafe { CloseHandle(self.event) };
    }
}

/// Changes of one printer's jobs, or of the computer's printers, from the moment
/// of its making on.
pub struct Changes {
    handle: HANDLE,
    // Closed after the handle that was made from it.
    _printer: Printer,
}

// SAFETY: the handle belongs to the process, not to a thread.
unsafe impl Send for Changes {}

impl Changes {
    /// Starts listening.
    ///
    /// # Errors
    /// The printer does not tell of changes, or the spooler can't be reached.
    pub fn of(printer: Printer, subject: Subject) -> Result<Self, WinspoolError> {
        let filter = match subject {
            Subject::Jobs => {
                PRINTER_CHANGE_ADD_JOB | PRINTER_CHANGE_SET_JOB | PRINTER_CHANGE_DELETE_JOB
            }
            Subject::Printers => PRINTER_CHANGE_PRINTER,
        };
        // SAFETY: the printer is open; a filter needs no options.
        let handle =
            unsafe { FindFirstPrinterChangeNotification(printer.handle, filter, 0, ptr::null()) };
        if handle == INVALID_HANDLE_VALUE || handle.is_null() {
            return Err(WinspoolError::last("FindFirstPrinterChangeNotification"));
        }
        Ok(Self {
            handle,
            _printer: printer,
        })
    }

    /// Waits until something changes, for `longest` at most. What changes after
    /// this returned ends the next wait: look after waiting, and nothing is
    /// missed.
    ///
    /// # Errors
    /// The spooler went away: listen anew.
    pub fn wait(&self, stop: &Stop, longest: Duration) -> Result<Woken, WinspoolError> {
        let handles = [stop.event, self.handle];
        let longest_ms = u32::try_from(longest.as_millis()).unwrap_or(u32::MAX - 1);
        // SAFETY: both handles are open as long as they are borrowed, and the
        // array has two of them.
        let woken = unsafe { WaitForMultipleObjects(2, handles.as_ptr(), 0, longest_ms) };
        if woken == WAIT_FAILED {
            return Err(WinspoolError::last("WaitForMultipleObjects"));
        }
        if woken == WAIT_OBJECT_0 {
            return Ok(Woken::Stopped);
        }
        if woken != WAIT_OBJECT_0 + 1 {
            return Ok(Woken::Quiet);
        }
        let mut change = 0;
        // SAFETY: the handle is open; `change` is writable; neither options nor
        // details are asked for.
        let reset = unsafe {
            FindNextPrinterChangeNotification(
                self.handle,
                &raw mut change,
                ptr::null(),
                ptr::null_mut(),
            )
        };
        if reset == 0 {
            return Err(WinspoolError::last("FindNextPrinterChangeNotification"));
        }
        Ok(Woken::Changed)
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        // SAFETY: the handle is open, and nobody uses it after this.
        unsafe { FindClosePrinterChangeNotification(self.handle) };
    }
}
