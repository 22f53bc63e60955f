//! How much is mapped.

use std::io;

/// How much address space this process has mapped. *Units*: bytes.
///
/// On Apple's processors that is some hundred gigabytes from the start, nearly all of
/// which is only reserved.
/// *Source*: XNU, bsd/sys/proc_info.h, `PROC_PIDTASKINFO`.
///
/// # Errors
/// macOS does not say.
pub fn address_space() -> io::Result<u64> {
    // SAFETY: it is made of numbers, for which all zeros are a value.
    let mut told: libc::proc_taskinfo = unsafe { std::mem::zeroed() };
    let size = size_of::<libc::proc_taskinfo>() as i32;
    // SAFETY: the process is this one; `told` is writable for `size` bytes.
    let written = unsafe {
        libc::proc_pidinfo(
            std::process::id().cast_signed(),
            libc::PROC_PIDTASKINFO,
            0,
            (&raw mut told).cast(),
            size,
        )
    };
    if written != size {
        return Err(io::Error::last_os_error());
    }
    Ok(told.pti_virtual_size)
}
