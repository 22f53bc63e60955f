//! Which boot of the computer this is.

use std::io;

/// What names this boot: a UUID that is another one after each start of the computer.
///
/// *Source*: sysctl(3); XNU, bsd/kern/kern_sysctl.c, `kern.bootsessionuuid`.
///
/// # Errors
/// macOS does not say.
pub fn boot_session() -> io::Result<String> {
    // A UUID in text and the zero after it have 37.
    let mut text = [0_u8; 64];
    let mut length = text.len();
    // SAFETY: the name ends with a zero; `text` is writable for `length` bytes, and
    // `length` for the answer's; nothing is set.
    let failed = unsafe {
        libc::sysctlbyname(
            c"kern.bootsessionuuid".as_ptr(),
            text.as_mut_ptr().cast(),
            &raw mut length,
            std::ptr::null_mut(),
            0,
        )
    };
    if failed != 0 {
        return Err(io::Error::last_os_error());
    }
    let text = text[..length.min(text.len())].split(|byte| *byte == 0);
    let text = text.into_iter().next().unwrap_or_default();
    String::from_utf8(text.to_vec()).map_err(io::Error::other)
}
