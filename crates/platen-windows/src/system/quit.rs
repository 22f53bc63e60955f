//! Clients that are asked to end, in whichever session they run.
//!
//! Each has an event of its own, whose name says the number of its process. Its user,
//! the system and administrators may set it, nobody else. One that is there before the
//! client makes it is somebody else's, and is not listened to.

use std::io;
use std::os::windows::io::{AsRawHandle as _, OwnedHandle};
use std::path::Path;
use std::time::Duration;

use windows_sys::Win32::Foundation::{
    ERROR_ALREADY_EXISTS, ERROR_NO_MORE_FILES, GetLastError, WAIT_OBJECT_0,
};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, PROCESSENTRY32W, Process32FirstW, Process32NextW, TH32CS_SNAPPROCESS,
};
use windows_sys::Win32::System::RemoteDesktop::ProcessIdToSessionId;
use windows_sys::Win32::System::Threading::{
    CreateEventW, EVENT_MODIFY_STATE, INFINITE, OpenEventW, OpenProcess, PROCESS_TERMINATE,
    SYNCHRONIZATION_SYNCHRONIZE, SetEvent, TerminateProcess, WaitForSingleObject,
};

use super::private::Rights;
use super::{done, owned, text, wide};

/// All rights to an event, and those to wait for it and to set it.
/// *Source*: learn.microsoft.com, “Synchronization Object Security and Access Rights”.
const OWNER: &str = "0x1f0003";
const SETTER: &str = "0x100002";

/// What a process ends with that was not asked.
const ENDED_FROM_OUTSIDE: u32 = 1;

fn name(process: u32) -> io::Result<Vec<u16>> {
    // Seen from every session. *Source*: learn.microsoft.com, “Kernel object namespaces”.
    wide(format!(r"Global\org.platen.client.quit.{process}"))
}

/// Where this client hears that it is to end.
#[derive(Debug)]
pub struct QuitRequest(OwnedHandle);

impl QuitRequest {
    /// Makes it for this process.
    ///
    /// # Errors
    /// There is one already, which is somebody else's, or it can't be made.
    pub fn listen() -> io::Result<Self> {
        let rights = Rights::own(OWNER, SETTER)?;
        let (attributes, name) = (rights.attributes(), name(std::process::id())?);
        // SAFETY: the attributes live until the call returns; it stays set once it was;
        // the name ends with a zero.
        let event = unsafe { CreateEventW(&raw const attributes, 1, 0, name.as_ptr()) };
        // SAFETY: it reads a number that belongs to this thread.
        let was_there = unsafe { GetLastError() } == ERROR_ALREADY_EXISTS;
        let event = owned(event)?;
        if was_there {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        Ok(Self(event))
    }

    /// Returns when somebody asks this client to end.
    ///
    /// # Errors
    /// It can't be waited for.
    pub fn wait(&self) -> io::Result<()> {
        // SAFETY: the event is open, to be waited for.
        match unsafe { WaitForSingleObject(self.0.as_raw_handle(), INFINITE) } {
            WAIT_OBJECT_0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

/// A client that runs on this computer, whoever's it is.
#[derive(Debug)]
pub struct Client {
    /// The number of its process.
    pub process: u32,
    /// The number of its session, as *Task Manager* shows it.
    pub session: u32,
    event: OwnedHandle,
}

impl Client {
    /// Asks it to end; true when it has within that time.
    ///
    /// # Errors
    /// It can't be asked.
    pub fn quit(&self, patience: Duration) -> io::Result<bool> {
        // SAFETY: the event is open, to be set.
        done(unsafe { SetEvent(self.event.as_raw_handle()) })?;
        self.is_gone_within(patience)
    }

    /// Ends it without asking; true when that is done within that time.
    ///
    /// # Errors
    /// The user may not.
    pub fn end(&self, patience: Duration) -> io::Result<bool> {
        // SAFETY: it takes numbers alone.
        let process = owned(unsafe { OpenProcess(PROCESS_TERMINATE, 0, self.process) })?;
        // SAFETY: the process is open, to be ended.
        done(unsafe { TerminateProcess(process.as_raw_handle(), ENDED_FROM_OUTSIDE) })?;
        self.is_gone_within(patience)
    }

    /// Not every process of others can be waited for, but all are listed.
    fn is_gone_within(&self, patience: Duration) -> io::Result<bool> {
        const PAUSE: Duration = Duration::from_millis(50);
        let started = std::time::Instant::now();
        loop {
            if !numbers()?
                .iter()
                .any(|(process, _)| *process == self.process)
            {
                return Ok(true);
            }
            if started.elapsed() > patience {
                return Ok(false);
            }
            std::thread::sleep(PAUSE);
        }
    }
}

/// The clients that run and listen, by the name of `program`'s file.
///
/// # Errors
/// The processes can't be listed.
pub fn clients(program: &Path) -> io::Result<Vec<Client>> {
    let file = program.file_name().unwrap_or_default().to_string_lossy();
    let mut found = Vec::new();
    for (process, name) in numbers()? {
        if !name.eq_ignore_ascii_case(&file) {
            continue;
        }
        let event = self::name(process)?;
        // SAFETY: the name ends with a zero.
        let event = unsafe {
            OpenEventW(
                EVENT_MODIFY_STATE | SYNCHRONIZATION_SYNCHRONIZE,
                0,
                event.as_ptr(),
            )
        };
        // One that does not listen is no tray app, or nobody may ask it.
        let Ok(event) = owned(event) else { continue };
        let mut session = 0;
        // SAFETY: `session` is writable. What fails leaves it as it is.
        unsafe { ProcessIdToSessionId(process, &raw mut session) };
        found.push(Client {
            process,
            session,
            event,
        });
    }
    Ok(found)
}

/// The number of the session that this process belongs to.
///
/// # Errors
/// Windows does not say.
pub fn session() -> io::Result<u32> {
    let mut session = 0;
    // SAFETY: `session` is writable.
    done(unsafe { ProcessIdToSessionId(std::process::id(), &raw mut session) })?;
    Ok(session)
}

/// The numbers and the files' names of all processes.
fn numbers() -> io::Result<Vec<(u32, String)>> {
    // SAFETY: it takes numbers alone.
    let snapshot = owned(unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0) })?;
    let mut entry = PROCESSENTRY32W {
        dwSize: size_of::<PROCESSENTRY32W>() as u32,
        ..PROCESSENTRY32W::default()
    };
    let mut found = Vec::new();
    // SAFETY: the snapshot is open; `entry` is writable and says its length.
    let mut next = done(unsafe { Process32FirstW(snapshot.as_raw_handle(), &raw mut entry) });
    loop {
        match next {
            Ok(()) => found.push((entry.th32ProcessID, text(&entry.szExeFile))),
            Err(error) if error.raw_os_error() == Some(ERROR_NO_MORE_FILES.cast_signed()) => {
                return Ok(found);
            }
            Err(error) => return Err(error),
        }
        // SAFETY: as above.
        next = done(unsafe { Process32NextW(snapshot.as_raw_handle(), &raw mut entry) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_is_found_and_hears_that_it_is_to_end() -> io::Result<()> {
        let this = std::env::current_exe()?;
        assert!(clients(&this)?.is_empty());
        let request = QuitRequest::listen()?;
        // A second one would be somebody else's.
        let second = QuitRequest::listen().map_err(|error| error.kind());
        assert_eq!(second.err(), Some(io::ErrorKind::AlreadyExists));
        let found = clients(&this)?;
        let [client] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(client.process, std::process::id());
        assert_eq!(client.session, session()?);
        // This process does not end for it.
        assert!(!client.quit(Duration::ZERO)?);
        request.wait()
    }
}
