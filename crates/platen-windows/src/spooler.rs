//! The calls.
//!
//! Every function here blocks until the spooler has answered, which has no
//! deadline of its own. *Source*: learn.microsoft.com, “Print Spooler API”.

mod changes;

use std::ptr;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_FILE_NOT_FOUND, ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_HANDLE,
    ERROR_INVALID_PARAMETER, ERROR_INVALID_PRINTER_NAME, ERROR_PRINT_CANCELLED,
    ERROR_PRINTER_DELETED, GetLastError,
};
use windows_sys::Win32::Graphics::Printing::{
    ClosePrinter, EnumJobsW, EnumPrintersW, GetJobW, JOB_ACCESS_READ, JOB_CONTROL_DELETE,
    JOB_CONTROL_PAUSE, JOB_CONTROL_RESUME, OpenPrinterW, PRINTER_ACCESS_USE, PRINTER_DEFAULTSW,
    PRINTER_ENUM_CONNECTIONS, PRINTER_ENUM_LOCAL, PRINTER_HANDLE, ReadPrinter,
    SERVER_ACCESS_ENUMERATE, SetJobW,
};

use crate::answer::{Answer, MOST_RECORDS, Malformed};
use crate::job::JobRecord;
use crate::printer::PrinterRecord;

pub use changes::{Changes, Stop, Subject, Woken};

/// The spooler's service does not run, or ended within a call.
/// *Source*: learn.microsoft.com, “System Error Codes (1700-3999)”.
const RPC_S_SERVER_UNAVAILABLE: u32 = 1722;
const RPC_S_CALL_FAILED: u32 = 1726;

/// The largest answer that is taken from the spooler. *Units*: bytes.
pub const MOST_ANSWER_BYTES: u32 = 32 << 20;

/// How often an answer may outgrow its buffer: jobs come while it is asked.
const MOST_ATTEMPTS: usize = 8;

/// `JOB_READ` of winspool.h: standard rights to read, and the job's document.
const JOB_READ: u32 = 0x0002_0000 | JOB_ACCESS_READ;

/// Why the spooler did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum WinspoolError {
    /// A call failed.
    #[error("{call} failed")]
    Refused {
        /// The function's name.
        call: &'static str,
        /// What it failed for, as Windows says it.
        #[source]
        source: std::io::Error,
    },
    /// The answer is larger than is taken.
    #[error("{call} answers with {bytes} bytes")]
    TooLarge {
        /// The function's name.
        call: &'static str,
        /// *Units*: bytes.
        bytes: u32,
    },
    /// The answer contradicts itself.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A name that can't be one.
    #[error("a name with a null character")]
    BadName,
}

/// What a failed call means for who called it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// No such printer or job (any more).
    NotFound,
    /// The user may not.
    NotPermitted,
    /// The spooler does not run, or went away.
    Away,
    /// Anything else.
    Other,
}

impl WinspoolError {
    /// What it means.
    ///
    /// `ERROR_INVALID_PARAMETER` is what the spooler says of a job's number that
    /// it does not know. *Source*: learn.microsoft.com, “System Error Codes”.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        let Self::Refused { source, .. } = self else {
            return Refusal::Other;
        };
        match source.raw_os_error().map(i32::cast_unsigned) {
            Some(
                ERROR_INVALID_PARAMETER
                | ERROR_FILE_NOT_FOUND
                | ERROR_INVALID_PRINTER_NAME
                | ERROR_PRINTER_DELETED
                | ERROR_PRINT_CANCELLED,
            ) => Refusal::NotFound,
            Some(ERROR_ACCESS_DENIED) => Refusal::NotPermitted,
            Some(RPC_S_SERVER_UNAVAILABLE | RPC_S_CALL_FAILED | ERROR_INVALID_HANDLE) => {
                Refusal::Away
            }
            _ => Refusal::Other,
        }
    }

    fn last(call: &'static str) -> Self {
        // SAFETY: it reads a number that belongs to this thread.
        let code = unsafe { GetLastError() };
        Self::Refused {
            call,
            source: std::io::Error::from_raw_os_error(code.cast_signed()),
        }
    }
}

/// The printers of this computer and those that the user is connected to.
///
/// # Errors
/// The spooler can't be reached, or its answer makes no sense.
pub fn printers() -> Result<Vec<PrinterRecord>, WinspoolError> {
    let flags = PRINTER_ENUM_LOCAL | PRINTER_ENUM_CONNECTIONS;
    let (answer, count) = ask("EnumPrintersW", |buffer, length, needed, count| {
        // SAFETY: `buffer` is null or writable for `length` bytes and aligned
        // for the structures; `needed` and `count` are writable; a null name
        // means this computer.
        unsafe { EnumPrintersW(flags, ptr::null(), 2, buffer, length, needed, count) }
    })?;
    Ok(PrinterRecord::read_all(&answer, count)?)
}

/// What can be done to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Control {
    /// Hold it until it is resumed.
    Pause,
    /// Let it go on.
    Resume,
    /// Delete it.
    Delete,
}

/// An open printer, or the print server that this computer is.
pub struct Printer {
    handle: PRINTER_HANDLE,
}

// SAFETY: the handle is a number that the spooler's library looks up; it belongs
// to the process, not to a thread.
unsafe impl Send for Printer {}
// SAFETY: as above; each call is a request of its own to the spooler.
unsafe impl Sync for Printer {}

impl Printer {
    /// Opens a printer to use it as the user who runs this process.
    ///
    /// # Errors
    /// There is no such printer, or the user may not use it.
    pub fn open(name: &str) -> Result<Self, WinspoolError> {
        open(Some(name), PRINTER_ACCESS_USE)
    }

    /// Opens the print server that this computer is, to hear of its printers.
    ///
    /// # Errors
    /// The spooler can't be reached.
    pub fn server() -> Result<Self, WinspoolError> {
        open(None, SERVER_ACCESS_ENUMERATE)
    }

    /// The first 10,000 jobs of the printer, of all users.
    ///
    /// # Errors
    /// The spooler can't be reached, or its answer makes no sense.
    pub fn jobs(&self) -> Result<Vec<JobRecord>, WinspoolError> {
        let most = u32::try_from(MOST_RECORDS).unwrap_or(u32::MAX);
        let (answer, count) = ask("EnumJobsW", |buffer, length, needed, count| {
            // SAFETY: the handle is open; `buffer` is null or writable for
            // `length` bytes and aligned for the structures; `needed` and
            // `count` are writable.
            unsafe { EnumJobsW(self.handle, 0, most, 2, buffer, length, needed, count) }
        })?;
        Ok(JobRecord::read_all(&answer, count)?)
    }

    /// One job of the printer.
    ///
    /// # Errors
    /// There is no such job (any more), or as for [`Self::jobs`].
    pub fn job(&self, id: u32) -> Result<JobRecord, WinspoolError> {
        let (answer, _) = ask("GetJobW", |buffer, length, needed, count| {
            // SAFETY: `count` is writable, for it comes from a reference.
            unsafe { count.write(1) };
            // SAFETY: the handle is open; `buffer` is null or writable for
            // `length` bytes and aligned for the structure; `needed` is
            // writable.
            unsafe { GetJobW(self.handle, id, 2, buffer, length, needed) }
        })?;
        let mut jobs = JobRecord::read_all(&answer, 1)?;
        jobs.pop()
            .filter(|job| job.id == id)
            .ok_or_else(|| Malformed("it is about another job").into())
    }

    /// Does something to a job.
    ///
    /// # Errors
    /// There is no such job (any more), or the user may not.
    pub fn control(&self, id: u32, control: Control) -> Result<(), WinspoolError> {
        let command = match control {
            Control::Pause => JOB_CONTROL_PAUSE,
            Control::Resume => JOB_CONTROL_RESUME,
            Control::Delete => JOB_CONTROL_DELETE,
        };
        // SAFETY: the handle is open; level 0 takes no structure.
        let done = unsafe { SetJobW(self.handle, id, 0, ptr::null(), command) };
        if done == 0 {
            return Err(WinspoolError::last("SetJobW"));
        }
        Ok(())
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        // SAFETY: the handle is open, and nobody uses it after this. That it
        // can't be closed helps nobody to know.
        unsafe { ClosePrinter(self.handle) };
    }
}

/// A job's document as the spooler stores it, read from its beginning.
pub struct StoredDocument {
    job: Printer,
}

impl StoredDocument {
    /// Opens the document of a job.
    ///
    /// # Errors
    /// There is no such job (any more), or the user may not read it.
    /// *Source*: learn.microsoft.com, “`OpenPrinter` function”: the name of a
    /// job is `PRINTER, Job NUMBER`.
    pub fn open(printer: &str, id: u32) -> Result<Self, WinspoolError> {
        let name = format!("{printer}, Job {id}");
        open(Some(&name), JOB_READ).map(|job| Self { job })
    }

    /// Reads the next piece into `buffer`; zero at the document's end. *Units*:
    /// bytes.
    ///
    /// # Errors
    /// The document is gone, or can't be read.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, WinspoolError> {
        let length = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        let mut read = 0;
        // SAFETY: the handle is open; `buffer` is writable for `length` bytes,
        // which are at most as many as it has; `read` is writable.
        let done = unsafe {
            ReadPrinter(
                self.job.handle,
                buffer.as_mut_ptr().cast(),
                length,
                &raw mut read,
            )
        };
        if done == 0 {
            return Err(WinspoolError::last("ReadPrinter"));
        }
        // More than was asked for is a lie.
        if read > length {
            return Err(Malformed("it read more than there was room for").into());
        }
        Ok(read as usize)
    }
}

fn open(name: Option<&str>, access: u32) -> Result<Printer, WinspoolError> {
    let wide: Option<Vec<u16>> = name.map(|name| name.encode_utf16().chain([0]).collect());
    if name.is_some_and(|name| name.contains('\0')) {
        return Err(WinspoolError::BadName);
    }
    let name = wide.as_ref().map_or(ptr::null(), |wide| wide.as_ptr());
    let defaults = PRINTER_DEFAULTSW {
        pDatatype: ptr::null_mut(),
        pDevMode: ptr::null_mut(),
        DesiredAccess: access,
    };
    let mut handle = PRINTER_HANDLE::default();
    // SAFETY: the name is null or ends with a null character and lives until
    // after the call, as the defaults do; `handle` is writable.
    let opened = unsafe { OpenPrinterW(name, &raw mut handle, &raw const defaults) };
    if opened == 0 {
        return Err(WinspoolError::last("OpenPrinterW"));
    }
    Ok(Printer { handle })
}

/// Asks with a buffer that is made as large as the spooler says, and returns a
/// copy of what it wrote and the number of records in it.
fn ask(
    call: &'static str,
    mut request: impl FnMut(*mut u8, u32, *mut u32, *mut u32) -> i32,
) -> Result<(Answer, usize), WinspoolError> {
    let mut words: Vec<u64> = Vec::new();
    for _ in 0..MOST_ATTEMPTS {
        let length = u32::try_from(words.len() * size_of::<u64>()).unwrap_or(0);
        let buffer = match words.first_mut() {
            Some(_) => words.as_mut_ptr().cast::<u8>(),
            None => ptr::null_mut(),
        };
        let (mut needed, mut count) = (0, 0);
        if request(buffer, length, &raw mut needed, &raw mut count) != 0 {
            let address = buffer.addr() as u64;
            let bytes = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
            return Ok((Answer::new(bytes, address), count as usize));
        }
        let problem = WinspoolError::last(call);
        let WinspoolError::Refused { source, .. } = &problem else {
            return Err(problem);
        };
        if source.raw_os_error() != Some(ERROR_INSUFFICIENT_BUFFER.cast_signed()) {
            return Err(problem);
        }
        if needed > MOST_ANSWER_BYTES {
            return Err(WinspoolError::TooLarge {
                call,
                bytes: needed,
            });
        }
        words = vec![
            0;
            (needed as usize)
                .div_ceil(size_of::<u64>())
                .max(words.len() + 1)
        ];
    }
    Err(Malformed("it never fits").into())
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use windows_sys::Win32::Graphics::Gdi::DEVMODEW;
    use windows_sys::Win32::Graphics::Printing::{JOB_INFO_2W, PRINTER_INFO_2W};

    use crate::{devmode, job, printer};

    #[test]
    fn the_offsets_are_those_of_the_structures() {
        assert_eq!(
            [
                offset_of!(JOB_INFO_2W, JobId),
                offset_of!(JOB_INFO_2W, pPrinterName),
                offset_of!(JOB_INFO_2W, pMachineName),
                offset_of!(JOB_INFO_2W, pUserName),
                offset_of!(JOB_INFO_2W, pDocument),
                offset_of!(JOB_INFO_2W, pDatatype),
                offset_of!(JOB_INFO_2W, pDevMode),
                offset_of!(JOB_INFO_2W, pStatus),
                offset_of!(JOB_INFO_2W, Status),
                offset_of!(JOB_INFO_2W, TotalPages),
                offset_of!(JOB_INFO_2W, Size),
                offset_of!(JOB_INFO_2W, Submitted),
                offset_of!(JOB_INFO_2W, PagesPrinted),
                size_of::<JOB_INFO_2W>(),
            ],
            [
                job::offset::ID,
                job::offset::PRINTER,
                job::offset::MACHINE,
                job::offset::USER,
                job::offset::DOCUMENT,
                job::offset::DATATYPE,
                job::offset::DEVMODE,
                job::offset::STATUS_TEXT,
                job::offset::STATUS,
                job::offset::TOTAL_PAGES,
                job::offset::SIZE,
                job::offset::SUBMITTED,
                job::offset::PAGES_PRINTED,
                job::offset::END,
            ]
        );
        assert_eq!(
            [
                offset_of!(PRINTER_INFO_2W, pServerName),
                offset_of!(PRINTER_INFO_2W, pPrinterName),
                offset_of!(PRINTER_INFO_2W, pPortName),
                offset_of!(PRINTER_INFO_2W, pDriverName),
                offset_of!(PRINTER_INFO_2W, pComment),
                offset_of!(PRINTER_INFO_2W, pLocation),
                offset_of!(PRINTER_INFO_2W, pDevMode),
                offset_of!(PRINTER_INFO_2W, Attributes),
                offset_of!(PRINTER_INFO_2W, Status),
                offset_of!(PRINTER_INFO_2W, cJobs),
                size_of::<PRINTER_INFO_2W>(),
            ],
            [
                printer::offset::SERVER,
                printer::offset::NAME,
                printer::offset::PORT,
                printer::offset::DRIVER,
                printer::offset::COMMENT,
                printer::offset::LOCATION,
                printer::offset::DEVMODE,
                printer::offset::ATTRIBUTES,
                printer::offset::STATUS,
                printer::offset::JOBS,
                printer::offset::END,
            ]
        );
        let paper = offset_of!(DEVMODEW, Anonymous1);
        assert_eq!(
            [
                offset_of!(DEVMODEW, dmSize),
                offset_of!(DEVMODEW, dmDriverExtra),
                offset_of!(DEVMODEW, dmFields),
                paper,
                paper + 2,
                paper + 4,
                paper + 6,
                paper + 8,
                paper + 10,
                offset_of!(DEVMODEW, dmColor),
                offset_of!(DEVMODEW, dmDuplex),
                offset_of!(DEVMODEW, dmCollate),
            ],
            [
                devmode::offset::SIZE,
                devmode::offset::DRIVER_EXTRA,
                devmode::offset::FIELDS,
                devmode::offset::ORIENTATION,
                devmode::offset::PAPER_SIZE,
                devmode::offset::PAPER_LENGTH,
                devmode::offset::PAPER_WIDTH,
                devmode::offset::SCALE,
                devmode::offset::COPIES,
                devmode::offset::COLOUR,
                devmode::offset::DUPLEX,
                devmode::offset::COLLATE,
            ]
        );
    }
}
