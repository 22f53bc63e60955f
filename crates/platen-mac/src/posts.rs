//! What programs of macOS post for all others under a name, and nothing else with it.
//!
//! *Source*: notify(3). What comes while nobody listens is lost; several posts of one
//! name may be heard as one.

use std::ffi::{CStr, c_char, c_int};
use std::io;
use std::os::fd::{BorrowedFd, RawFd};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// *Source*: notify.h.
const STATUS_OK: u32 = 0;
/// Takes the descriptor that is given instead of making one.
const REUSE: c_int = 1;

// In the system's own library, which every program is linked to.
unsafe extern "C" {
    fn notify_register_file_descriptor(
        name: *const c_char,
        descriptor: *mut c_int,
        flags: c_int,
        token: *mut c_int,
    ) -> u32;
    fn notify_cancel(token: c_int) -> u32;
}

/// Listens to some names.
#[derive(Debug)]
pub struct Posts {
    // Before the tokens, with whose last its descriptor is closed.
    pipe: AsyncFd<RawFd>,
    tokens: Tokens,
}

/// One for each name; the system closes the descriptor with the last.
#[derive(Debug)]
struct Tokens(Vec<c_int>);

impl Posts {
    /// Listens to `names` from now on. It has to be called on tokio's runtime.
    ///
    /// # Errors
    /// macOS refuses, or there are no names.
    pub fn of(names: &[&CStr]) -> io::Result<Self> {
        let mut descriptor: RawFd = -1;
        let mut tokens = Tokens(Vec::with_capacity(names.len()));
        for (index, name) in names.iter().enumerate() {
            let flags = if index == 0 { 0 } else { REUSE };
            let mut token = 0;
            // SAFETY: the name ends with a zero, the other two are writable; the
            // descriptor is that of the first call where it is to be taken.
            let status = unsafe {
                notify_register_file_descriptor(
                    name.as_ptr(),
                    &raw mut descriptor,
                    flags,
                    &raw mut token,
                )
            };
            if status != STATUS_OK {
                return Err(io::Error::other(format!("notify(3) failed with {status}")));
            }
            tokens.0.push(token);
        }
        if tokens.0.is_empty() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let pipe = borrowed(descriptor);
        fcntl_setfl(pipe, fcntl_getfl(pipe)? | OFlags::NONBLOCK)?;
        // SAFETY: it is open as long as one of the tokens is held, which outlive it.
        let pipe = unsafe { AsyncFd::register_with_interest(descriptor, Interest::READABLE) };
        Ok(Self {
            pipe: pipe.map_err(|refused| refused.into_parts().1)?,
            tokens,
        })
    }

    /// Waits until one of the names is posted; says which, by its place among them.
    ///
    /// *Cancel safety*: no post is lost.
    ///
    /// # Errors
    /// The system's own service for posts is gone.
    pub async fn next(&mut self) -> io::Result<usize> {
        loop {
            let mut ready = self.pipe.readable().await?;
            let mut token = [0; 4];
            let read =
                ready.try_io(|pipe| Ok(rustix::io::read(borrowed(*pipe.get_ref()), &mut token)?));
            match read {
                Ok(Ok(4)) => {}
                Ok(Ok(_)) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(Err(problem)) => return Err(problem),
                Err(_not_yet) => continue,
            }
            let token = c_int::from_be_bytes(token);
            if let Some(index) = self.tokens.0.iter().position(|one| *one == token) {
                return Ok(index);
            }
        }
    }
}

fn borrowed(descriptor: RawFd) -> BorrowedFd<'static> {
    // SAFETY: it is open as long as one of the tokens is held, which outlive all uses.
    unsafe { BorrowedFd::borrow_raw(descriptor) }
}

impl Drop for Tokens {
    fn drop(&mut self) {
        for token in &self.0 {
            // SAFETY: it takes a number alone, which is cancelled once.
            unsafe { notify_cancel(*token) };
        }
    }
}
