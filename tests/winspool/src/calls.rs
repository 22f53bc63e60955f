//! The functions of `winspool.drv` that Platen calls.

use core::ffi::c_void;
use std::ptr;

use windows_sys::Win32::Foundation::{
    CloseHandle, ERROR_ACCESS_DENIED, ERROR_INVALID_HANDLE, ERROR_INVALID_LEVEL,
    ERROR_INVALID_PARAMETER, ERROR_INVALID_PRINTER_NAME, HANDLE, INVALID_HANDLE_VALUE, SYSTEMTIME,
    SetLastError,
};
use windows_sys::Win32::Graphics::Printing::{
    JOB_ACCESS_READ, JOB_CONTROL_DELETE, JOB_CONTROL_PAUSE, JOB_CONTROL_RESUME, JOB_INFO_2W,
    JOB_STATUS_PAUSED, PRINTER_CHANGE_DELETE_JOB, PRINTER_CHANGE_SET_JOB, PRINTER_DEFAULTSW,
    PRINTER_INFO_2W,
};
use windows_sys::Win32::System::Threading::CreateEventW;

use crate::answer::Answer;
use crate::state::{Job, Listener, Opened, State, with};

fn refuse(code: u32) -> i32 {
    // SAFETY: it sets a number that belongs to this thread.
    unsafe { SetLastError(code) };
    0
}

/// Fails if the script says so.
macro_rules! may_fail {
    ($call:literal) => {
        if let Some(code) = with(|state| state.failure($call)) {
            return refuse(code);
        }
    };
}

/// *Source*: learn.microsoft.com, “`EnumPrinters` function”.
///
/// # Safety
/// As documented there.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "system" fn EnumPrintersW(
    _flags: u32,
    _name: *const u16,
    level: u32,
    buffer: *mut u8,
    length: u32,
    needed: *mut u32,
    count: *mut u32,
) -> i32 {
    may_fail!("EnumPrintersW");
    if level != 2 {
        return refuse(ERROR_INVALID_LEVEL);
    }
    let answer = with(|state| {
        let lie = state.lies.iter().any(|call| call == "EnumPrintersW");
        let mut answer = Answer::new(buffer, state.printers.len(), lie);
        for printer in &state.printers {
            let record = PRINTER_INFO_2W {
                pPrinterName: answer.text(&printer.name),
                pPortName: answer.text(&printer.port),
                Status: printer.status,
                cJobs: u32::try_from(printer.jobs.len()).unwrap_or(u32::MAX),
                ..PRINTER_INFO_2W::default()
            };
            answer.push(record);
        }
        answer
    });
    // SAFETY: promised by the caller.
    unsafe { answer.write(length, needed, count) }
}

/// *Source*: learn.microsoft.com, “`OpenPrinter` function”.
///
/// # Safety
/// As documented there.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "system" fn OpenPrinterW(
    name: *const u16,
    handle: *mut usize,
    defaults: *const PRINTER_DEFAULTSW,
) -> i32 {
    may_fail!("OpenPrinterW");
    // SAFETY: a name that is not null ends with a null character.
    let name = (!name.is_null()).then(|| unsafe { text(name) });
    // SAFETY: defaults that are not null can be read.
    let access = unsafe { defaults.as_ref() }.map_or(0, |defaults| defaults.DesiredAccess);
    let opened = with(|state| open(state, name.as_deref(), access));
    let opened = match opened {
        Ok(opened) => opened,
        Err(code) => return refuse(code),
    };
    let number = with(|state| {
        state.last_handle += 1;
        state.opened.insert(state.last_handle, opened);
        state.last_handle
    });
    // SAFETY: promised by the caller.
    unsafe { handle.write(number) };
    1
}

fn open(state: &mut State, name: Option<&str>, access: u32) -> Result<Opened, u32> {
    let Some(name) = name else {
        return Ok(Opened::Server);
    };
    if let Some((printer, id)) = name.split_once(", Job ") {
        let id = id.parse().map_err(|_| ERROR_INVALID_PRINTER_NAME)?;
        if access & JOB_ACCESS_READ == 0 {
            return Err(ERROR_ACCESS_DENIED);
        }
        let job = state.job(printer, id);
        job.ok_or(ERROR_INVALID_PRINTER_NAME)?;
        return Ok(Opened::Document {
            printer: printer.to_owned(),
            id,
            at: 0,
        });
    }
    let printer = state.printer(name).ok_or(ERROR_INVALID_PRINTER_NAME)?;
    Ok(Opened::Printer(printer.name.clone()))
}

/// *Source*: learn.microsoft.com, “`ClosePrinter` function”.
#[unsafe(no_mangle)]
pub(crate) extern "system" fn ClosePrinter(handle: usize) -> i32 {
    match with(|state| state.opened.remove(&handle)) {
        Some(_) => 1,
        None => refuse(ERROR_INVALID_HANDLE),
    }
}

fn printer_of(handle: usize) -> Option<String> {
    match with(|state| state.opened.get(&handle).cloned()) {
        Some(Opened::Printer(name)) => Some(name),
        _ => None,
    }
}

/// *Source*: learn.microsoft.com, “`EnumJobs` function”.
///
/// # Safety
/// As documented there.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "system" fn EnumJobsW(
    handle: usize,
    first: u32,
    most: u32,
    level: u32,
    buffer: *mut u8,
    length: u32,
    needed: *mut u32,
    count: *mut u32,
) -> i32 {
    may_fail!("EnumJobsW");
    if level != 2 {
        return refuse(ERROR_INVALID_LEVEL);
    }
    let Some(name) = printer_of(handle) else {
        return refuse(ERROR_INVALID_HANDLE);
    };
    let answer = with(|state| {
        let lie = state.lies.iter().any(|call| call == "EnumJobsW");
        let jobs = state.printer(&name).map(|printer| &printer.jobs)?;
        let jobs = jobs.iter().skip(first as usize).take(most as usize);
        let mut answer = Answer::new(buffer, jobs.clone().count(), lie);
        for job in jobs {
            let record = record(&mut answer, &name, job);
            answer.push(record);
        }
        Some(answer)
    });
    match answer {
        // SAFETY: promised by the caller.
        Some(answer) => unsafe { answer.write(length, needed, count) },
        None => refuse(ERROR_INVALID_HANDLE),
    }
}

/// *Source*: learn.microsoft.com, “`GetJob` function”.
///
/// # Safety
/// As documented there.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "system" fn GetJobW(
    handle: usize,
    id: u32,
    level: u32,
    buffer: *mut u8,
    length: u32,
    needed: *mut u32,
) -> i32 {
    may_fail!("GetJobW");
    if level != 2 {
        return refuse(ERROR_INVALID_LEVEL);
    }
    let Some(name) = printer_of(handle) else {
        return refuse(ERROR_INVALID_HANDLE);
    };
    let answer = with(|state| {
        let job = state.job(&name, id)?;
        let mut answer = Answer::new(buffer, 1, false);
        let record = record(&mut answer, &name, job);
        answer.push(record);
        Some(answer)
    });
    match answer {
        // SAFETY: promised by the caller.
        Some(answer) => unsafe { answer.write(length, needed, ptr::null_mut()) },
        None => refuse(ERROR_INVALID_PARAMETER),
    }
}

fn record(answer: &mut Answer<JOB_INFO_2W>, printer: &str, job: &Job) -> JOB_INFO_2W {
    JOB_INFO_2W {
        JobId: job.id,
        pPrinterName: answer.text(printer),
        pMachineName: answer.text(&job.machine),
        pUserName: answer.text(&job.user),
        pDocument: answer.text(&job.document),
        pDatatype: answer.text(&job.datatype),
        pDevMode: answer.bytes(&job.devmode),
        Status: job.status,
        Size: u32::try_from(job.data.len()).unwrap_or(u32::MAX),
        PagesPrinted: job.pages,
        Submitted: SYSTEMTIME {
            wYear: 2026,
            wMonth: 11,
            wDay: 30,
            wSecond: job.second,
            ..SYSTEMTIME::default()
        },
        ..JOB_INFO_2W::default()
    }
}

/// *Source*: learn.microsoft.com, “`SetJob` function”.
///
/// # Safety
/// As documented there.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "system" fn SetJobW(
    handle: usize,
    id: u32,
    level: u32,
    _job: *const u8,
    command: u32,
) -> i32 {
    may_fail!("SetJobW");
    if level != 0 {
        return refuse(ERROR_INVALID_LEVEL);
    }
    let Some(name) = printer_of(handle) else {
        return refuse(ERROR_INVALID_HANDLE);
    };
    let done = with(|state| {
        let job = state.job(&name, id)?;
        let change = match command {
            JOB_CONTROL_PAUSE => {
                job.status |= JOB_STATUS_PAUSED;
                PRINTER_CHANGE_SET_JOB
            }
            JOB_CONTROL_RESUME => {
                job.status &= !JOB_STATUS_PAUSED;
                PRINTER_CHANGE_SET_JOB
            }
            JOB_CONTROL_DELETE => {
                state.printer(&name)?.jobs.retain(|job| job.id != id);
                PRINTER_CHANGE_DELETE_JOB
            }
            _ => return None,
        };
        state.tell(Some(&name), change);
        Some(())
    });
    match done {
        Some(()) => 1,
        None => refuse(ERROR_INVALID_PARAMETER),
    }
}

/// *Source*: learn.microsoft.com, “`ReadPrinter` function”.
///
/// # Safety
/// As documented there.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "system" fn ReadPrinter(
    handle: usize,
    buffer: *mut c_void,
    length: u32,
    read: *mut u32,
) -> i32 {
    may_fail!("ReadPrinter");
    let piece = with(|state| {
        let Some(Opened::Document { printer, id, at }) = state.opened.get(&handle).cloned() else {
            return None;
        };
        let data = &state.job(&printer, id)?.data;
        let rest = data.get(at..)?;
        let piece = rest[..rest.len().min(length as usize)].to_vec();
        let at = at + piece.len();
        state
            .opened
            .insert(handle, Opened::Document { printer, id, at });
        Some(piece)
    });
    let Some(piece) = piece else {
        return refuse(ERROR_INVALID_HANDLE);
    };
    // SAFETY: the buffer is writable for `length` bytes, and there are at most
    // so many; `read` is writable.
    unsafe {
        buffer
            .cast::<u8>()
            .copy_from_nonoverlapping(piece.as_ptr(), piece.len());
        read.write(u32::try_from(piece.len()).unwrap_or(0));
    }
    1
}

/// *Source*: learn.microsoft.com, “`FindFirstPrinterChangeNotification` function”.
#[unsafe(no_mangle)]
pub(crate) extern "system" fn FindFirstPrinterChangeNotification(
    handle: usize,
    filter: u32,
    _options: u32,
    _fields: *const c_void,
) -> HANDLE {
    let opened = with(|state| {
        let opened = state.opened.get(&handle).cloned();
        match state.failure("FindFirstPrinterChangeNotification") {
            Some(code) => Err(code),
            None => opened.ok_or(ERROR_INVALID_HANDLE),
        }
    });
    let printer = match opened {
        Ok(Opened::Printer(name)) => Some(name),
        Ok(Opened::Server) => None,
        Ok(Opened::Document { .. }) => {
            refuse(ERROR_INVALID_HANDLE);
            return INVALID_HANDLE_VALUE;
        }
        Err(code) => {
            refuse(code);
            return INVALID_HANDLE_VALUE;
        }
    };
    // SAFETY: no attributes and no name; it is reset by asking what changed.
    let event = unsafe { CreateEventW(ptr::null(), 1, 0, ptr::null()) };
    with(|state| {
        state.listeners.push(Listener {
            event: event.addr(),
            printer,
            filter,
            pending: 0,
        });
    });
    event
}

/// *Source*: learn.microsoft.com, “`FindNextPrinterChangeNotification` function”.
///
/// # Safety
/// As documented there.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "system" fn FindNextPrinterChangeNotification(
    handle: HANDLE,
    change: *mut u32,
    _options: *const c_void,
    _info: *mut *mut c_void,
) -> i32 {
    may_fail!("FindNextPrinterChangeNotification");
    let pending = with(|state| {
        let mut listeners = state.listeners.iter_mut();
        let listener = listeners.find(|listener| listener.event == handle.addr())?;
        // SAFETY: the event is open until its listener is removed.
        unsafe { windows_sys::Win32::System::Threading::ResetEvent(handle) };
        Some(std::mem::take(&mut listener.pending))
    });
    let Some(pending) = pending else {
        return refuse(ERROR_INVALID_HANDLE);
    };
    if !change.is_null() {
        // SAFETY: promised by the caller.
        unsafe { change.write(pending) };
    }
    1
}

/// *Source*: learn.microsoft.com, “`FindClosePrinterChangeNotification` function”.
#[unsafe(no_mangle)]
pub(crate) extern "system" fn FindClosePrinterChangeNotification(handle: HANDLE) -> i32 {
    with(|state| {
        state
            .listeners
            .retain(|listener| listener.event != handle.addr())
    });
    // SAFETY: nobody knows of the event any more.
    unsafe { CloseHandle(handle) }
}

/// # Safety
/// `text` ends with a null character.
unsafe fn text(text: *const u16) -> String {
    let mut units = Vec::new();
    for index in 0.. {
        // SAFETY: the null character was not passed yet.
        let unit = unsafe { text.add(index).read() };
        if unit == 0 {
            break;
        }
        units.push(unit);
    }
    String::from_utf16_lossy(&units)
}
