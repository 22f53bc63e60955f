//! Room on disks.

use std::io;
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Storage::FileSystem::GetDiskFreeSpaceExW;

use super::{done, wide};

/// What this user may still write to the disk of a directory. *Units*: bytes.
///
/// # Errors
/// It is not there, or can't be asked.
pub fn free_bytes(directory: &Path) -> io::Result<u64> {
    let directory = wide(directory)?;
    let mut free = 0;
    // SAFETY: the name ends with a zero; `free` is writable, and nobody asks for more.
    done(unsafe {
        GetDiskFreeSpaceExW(
            directory.as_ptr(),
            &raw mut free,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    })?;
    Ok(free)
}
