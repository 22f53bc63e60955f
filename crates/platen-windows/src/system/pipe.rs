//! A named pipe between programs of one user in one session.
//!
//! Only its user may open it, and the system and administrators; nobody from another
//! computer. Who is first has an event of the same name as well: Wine 8 lets anybody make a
//! pipe once more. Anybody may make a pipe of that name before, so that who opens it looks whose it is.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt as _;
use std::os::windows::io::{AsRawHandle as _, IntoRawHandle as _, OwnedHandle};
use std::ptr;
use std::time::{Duration, Instant};

use tokio::net::windows::named_pipe::NamedPipeServer;
use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_ALREADY_EXISTS, ERROR_NO_DATA, ERROR_PIPE_BUSY, GetLastError,
};
use windows_sys::Win32::Security::Authorization::{GetSecurityInfo, SE_KERNEL_OBJECT};
use windows_sys::Win32::Security::{OWNER_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_FLAG_FIRST_PIPE_INSTANCE, FILE_FLAG_OVERLAPPED, PIPE_ACCESS_DUPLEX,
    SECURITY_IDENTIFICATION,
};
use windows_sys::Win32::System::Pipes::{
    CreateNamedPipeW, PIPE_READMODE_BYTE, PIPE_REJECT_REMOTE_CLIENTS, PIPE_TYPE_BYTE,
    PIPE_UNLIMITED_INSTANCES, WaitNamedPipeW,
};
use windows_sys::Win32::System::Threading::CreateEventW;

use super::account::{own_sid, written_sid};
use super::private::{Rights, free};
use super::quit::session;
use super::{done, owned, wide};

/// All rights to a pipe's end. *Source*: learn.microsoft.com, “Named Pipe Security and
/// Access Rights”.
const ALL: &str = "FA";
/// All rights to an event. *Source*: learn.microsoft.com, “Synchronization Object Security and
/// Access Rights”.
const EVENT: &str = "0x1f0003";
/// What Windows keeps for a reader who is slow. *Units*: bytes.
const BUFFER_BYTES: u32 = 4096;

/// One that has opened the pipe, to read from and write to.
pub type Visitor = NamedPipeServer;

/// The place of the one program that answers at the pipe.
#[derive(Debug)]
pub struct Pipe {
    /// Nobody waits for it or sets it: that it is there says that somebody has the name.
    _taken: OwnedHandle,
    name: Vec<u16>,
    /// The end that the next visitor gets: there is always one, so that the name stays taken.
    next: End,
}

#[derive(Debug)]
enum End {
    /// Made where nothing waits for anything yet.
    Made(OwnedHandle),
    Listening(NamedPipeServer),
}

/// The name of the pipe of a program, for this user in this session.
///
/// # Errors
/// Windows does not say who the user is.
pub fn pipe_of_this_session(program: &str) -> io::Result<String> {
    Ok(format!(r"\\.\pipe\{program}.{}.{}", session()?, own_sid()?))
}

impl Pipe {
    /// Takes the pipe's name; none: somebody has it.
    ///
    /// # Errors
    /// It can't be made.
    pub fn claim(name: &str) -> io::Result<Option<Self>> {
        let Some(taken) = take(name)? else {
            return Ok(None);
        };
        let name = wide(name)?;
        match make(&name, FILE_FLAG_FIRST_PIPE_INSTANCE) {
            Ok(end) => Ok(Some(Self {
                _taken: taken,
                name,
                next: End::Made(end),
            })),
            Err(error) if is_taken(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Waits for the next visitor, on a runtime of tokio's.
    ///
    /// *Cancel safety*: nobody is lost.
    ///
    /// # Errors
    /// The pipe can't be waited at.
    pub async fn visitor(&mut self) -> io::Result<Visitor> {
        if let End::Made(end) = &self.next {
            let end = listening(end.try_clone()?)?;
            self.next = End::Listening(end);
        }
        let End::Listening(waiting) = &self.next else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        while let Err(error) = waiting.connect().await {
            if error.raw_os_error() != Some(ERROR_NO_DATA.cast_signed()) {
                return Err(error);
            }
            // Somebody came and left before anybody looked.
            waiting.disconnect()?;
        }
        let next = End::Listening(listening(make(&self.name, 0)?)?);
        match std::mem::replace(&mut self.next, next) {
            End::Listening(visitor) => Ok(visitor),
            End::Made(_) => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

/// Takes a name in this session by an event; none: somebody has it.
fn take(name: &str) -> io::Result<Option<OwnedHandle>> {
    let name = name.rsplit('\\').next().unwrap_or_default();
    let (rights, name) = (
        Rights::owned(EVENT, EVENT)?,
        wide(format!(r"Local\{name}"))?,
    );
    let attributes = rights.attributes();
    // SAFETY: the attributes live until the call returns; the name ends with a zero.
    let event = unsafe { CreateEventW(&raw const attributes, 1, 0, name.as_ptr()) };
    // SAFETY: it reads a number that belongs to this thread.
    let was_there = unsafe { GetLastError() } == ERROR_ALREADY_EXISTS;
    match owned(event) {
        Ok(event) => Ok((!was_there).then_some(event)),
        Err(error) if is_taken(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn listening(end: OwnedHandle) -> io::Result<NamedPipeServer> {
    // SAFETY: it is an end of a pipe that was made to be waited at, and nobody else's.
    unsafe { NamedPipeServer::from_raw_handle(end.into_raw_handle()) }
}

fn make(name: &[u16], flags: u32) -> io::Result<OwnedHandle> {
    let rights = Rights::owned(ALL, ALL)?;
    let attributes = rights.attributes();
    // SAFETY: the name ends with a zero; the attributes live until the call returns.
    owned(unsafe {
        CreateNamedPipeW(
            name.as_ptr(),
            PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | flags,
            PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_REJECT_REMOTE_CLIENTS,
            PIPE_UNLIMITED_INSTANCES,
            BUFFER_BYTES,
            BUFFER_BYTES,
            0,
            &raw const attributes,
        )
    })
}

/// *Source*: learn.microsoft.com, “`CreateNamedPipeW` function”,
/// `FILE_FLAG_FIRST_PIPE_INSTANCE`.
fn is_taken(error: &io::Error) -> bool {
    let taken = [ERROR_ACCESS_DENIED, ERROR_PIPE_BUSY].map(u32::cast_signed);
    error
        .raw_os_error()
        .is_some_and(|code| taken.contains(&code))
}

/// Opens the pipe of another program of this user. Who answers there learns who asks,
/// and can't act in his name.
///
/// # Errors
/// Nobody is there, or somebody else, or nobody was free in time.
pub fn connect(name: &str, patience: Duration) -> io::Result<File> {
    let began = Instant::now();
    let mut open = OpenOptions::new();
    open.read(true).write(true);
    open.security_qos_flags(SECURITY_IDENTIFICATION);
    loop {
        match open.open(name) {
            Ok(pipe) if owner(&pipe)? == own_sid()? => return Ok(pipe),
            Ok(_) => return Err(io::ErrorKind::PermissionDenied.into()),
            Err(error)
                if error.raw_os_error() == Some(ERROR_PIPE_BUSY.cast_signed())
                    && began.elapsed() < patience =>
            {
                wait(name, patience)?;
            }
            Err(error) => return Err(error),
        }
    }
}

fn wait(name: &str, patience: Duration) -> io::Result<()> {
    let name = wide(name)?;
    let most_ms = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX - 1);
    // SAFETY: the name ends with a zero.
    done(unsafe { WaitNamedPipeW(name.as_ptr(), most_ms) })
}

/// Whose a pipe is, as text.
fn owner(pipe: &File) -> io::Result<String> {
    let mut owner: PSID = ptr::null_mut();
    let mut descriptor: PSECURITY_DESCRIPTOR = ptr::null_mut();
    // SAFETY: the pipe is open; the two are writable, and nobody asks for more.
    let problem = unsafe {
        GetSecurityInfo(
            pipe.as_raw_handle(),
            SE_KERNEL_OBJECT,
            OWNER_SECURITY_INFORMATION,
            &raw mut owner,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            &raw mut descriptor,
        )
    };
    if problem != 0 {
        return Err(io::Error::from_raw_os_error(problem.cast_signed()));
    }
    // SAFETY: the function has written it, or left it null.
    let written = unsafe { written_sid(owner) };
    // SAFETY: the function has made it for the caller to free, and `owner`, which lies
    // in it, was copied.
    unsafe { free(descriptor) };
    written
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn name(of: &str) -> String {
        let name = pipe_of_this_session("org.platen.test").expect("there is a user");
        format!("{name}.{of}.{}", std::process::id())
    }

    #[test]
    fn name_is_taken_once_and_free_again_afterwards() -> io::Result<()> {
        let name = name("claim");
        let first = Pipe::claim(&name)?;
        assert!(first.is_some());
        assert!(Pipe::claim(&name)?.is_none());
        drop(first);
        assert!(connect(&name, Duration::ZERO).is_err());
        assert!(Pipe::claim(&name)?.is_some());
        Ok(())
    }

    #[tokio::test]
    async fn visitors_are_answered_one_after_the_other() -> io::Result<()> {
        let name = name("talk");
        let mut pipe = Pipe::claim(&name)?.ok_or(io::ErrorKind::AlreadyExists)?;
        for word in [*b"one", *b"two"] {
            let (visited, taken) = (name.clone(), name.clone());
            let visit = tokio::task::spawn_blocking(move || {
                let mut pipe = connect(&visited, PATIENCE)?;
                pipe.write_all(&word)?;
                let mut answer = [0; 3];
                pipe.read_exact(&mut answer)?;
                Ok::<_, io::Error>(answer)
            });
            let mut visitor = pipe.visitor().await?;
            // The name stays taken while somebody is there.
            assert!(Pipe::claim(&taken)?.is_none());
            let mut heard = [0; 3];
            visitor.read_exact(&mut heard).await?;
            visitor.write_all(&heard).await?;
            assert_eq!(visit.await.map_err(io::Error::other)??, word);
        }
        Ok(())
    }

    #[test]
    fn pipe_says_whose_it_is() -> io::Result<()> {
        let name = name("owner");
        let _pipe = Pipe::claim(&name)?.ok_or(io::ErrorKind::AlreadyExists)?;
        let open = connect(&name, PATIENCE)?;
        assert_eq!(owner(&open)?, own_sid()?);
        Ok(())
    }
}
