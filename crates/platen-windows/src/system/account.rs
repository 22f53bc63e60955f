//! Who the user is, as Windows knows and not as the environment says.

use std::collections::BTreeSet;
use std::io;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::ptr;

use windows_sys::Win32::Foundation::ERROR_INSUFFICIENT_BUFFER;
use windows_sys::Win32::Security::Authentication::Identity::{GetUserNameExW, NameDisplay};
use windows_sys::Win32::Security::Authorization::ConvertSidToStringSidW;
use windows_sys::Win32::Security::{
    GetTokenInformation, LookupAccountSidW, PSID, SID_AND_ATTRIBUTES, SID_NAME_USE, SidTypeAlias,
    SidTypeGroup, TOKEN_GROUPS, TOKEN_INFORMATION_CLASS, TOKEN_QUERY, TOKEN_USER, TokenGroups,
    TokenUser,
};
use windows_sys::Win32::System::SystemServices::SE_GROUP_ENABLED;
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use super::{done, take_text, text};

/// The user in whose name this process runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Without a domain, as print jobs have it.
    pub name: String,
    /// Empty where Windows knows none.
    pub full_name: String,
    /// Those of the computer and of the domain that count for this process; without
    /// those that Windows makes up (*Everyone*).
    pub groups: BTreeSet<String>,
}

/// Longer than any name. *Source*: learn.microsoft.com, “User Object”: 256.
const MOST_UNITS: usize = 1024;

/// Asks who the user is.
///
/// # Errors
/// Windows does not say.
pub fn account() -> io::Result<Account> {
    let token = own_token()?;
    let user = TokenAnswer::ask(&token, TokenUser)?;
    // A domain that can't be asked knows no more names.
    let (name, _) = name_of(user.user()?)?;
    let groups = TokenAnswer::ask(&token, TokenGroups)?;
    let groups = groups.groups()?.iter();
    let enabled = groups.filter(|group| group.Attributes & SE_GROUP_ENABLED.cast_unsigned() != 0);
    let groups = enabled.filter_map(|group| match name_of(group.Sid) {
        Ok((name, kind)) if [SidTypeGroup, SidTypeAlias].contains(&kind) => Some(name),
        _ => None,
    });
    Ok(Account {
        name,
        full_name: full_name(),
        groups: groups.collect(),
    })
}

/// The user's security identifier as text, as security descriptors have it.
///
/// # Errors
/// Windows does not say.
pub(super) fn own_sid() -> io::Result<String> {
    let user = TokenAnswer::ask(&own_token()?, TokenUser)?;
    // SAFETY: the identifier lies in `user`.
    unsafe { written_sid(user.user()?) }
}

/// An identifier as text.
///
/// # Errors
/// It is none.
///
/// # Safety
/// It must be null, or lie where Windows has written it.
pub(super) unsafe fn written_sid(sid: PSID) -> io::Result<String> {
    let mut written = ptr::null_mut();
    // SAFETY: the caller says where the identifier lies, and null is refused; `written`
    // is writable.
    done(unsafe { ConvertSidToStringSidW(sid, &raw mut written) })?;
    // SAFETY: the function has made it for the caller to free.
    Ok(unsafe { take_text(written) })
}

fn own_token() -> io::Result<OwnedHandle> {
    let mut token = ptr::null_mut();
    // SAFETY: the handle means this process; `token` is writable.
    done(unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) })?;
    // SAFETY: the function has just opened it for the caller.
    Ok(unsafe { OwnedHandle::from_raw_handle(token) })
}

/// What is known of a token, aligned as the structures are.
struct TokenAnswer {
    words: Vec<u64>,
    length: usize,
}

impl TokenAnswer {
    fn ask(token: &OwnedHandle, class: TOKEN_INFORMATION_CLASS) -> io::Result<Self> {
        let mut words: Vec<u64> = Vec::new();
        loop {
            let room = u32::try_from(size_of_val(words.as_slice())).unwrap_or(0);
            let mut needed = 0;
            let buffer = if words.is_empty() {
                ptr::null_mut()
            } else {
                words.as_mut_ptr().cast()
            };
            // SAFETY: the token is open; `buffer` is null or writable for `room` bytes.
            let answered = done(unsafe {
                GetTokenInformation(token.as_raw_handle(), class, buffer, room, &raw mut needed)
            });
            match answered {
                Ok(()) => {
                    let length = needed.min(room) as usize;
                    return Ok(Self { words, length });
                }
                Err(error)
                    if error.raw_os_error() == Some(ERROR_INSUFFICIENT_BUFFER.cast_signed())
                        && needed > room =>
                {
                    words.resize((needed as usize).div_ceil(8), 0);
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn user(&self) -> io::Result<PSID> {
        if self.length < size_of::<TOKEN_USER>() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // SAFETY: the buffer is aligned, longer than the structure, and Windows has
        // filled it with one.
        Ok(unsafe { (*self.words.as_ptr().cast::<TOKEN_USER>()).User.Sid })
    }

    fn groups(&self) -> io::Result<&[SID_AND_ATTRIBUTES]> {
        let start = std::mem::offset_of!(TOKEN_GROUPS, Groups);
        if self.length < start {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let answer = self.words.as_ptr().cast::<TOKEN_GROUPS>();
        // SAFETY: as for `user`, for the field that is read.
        let count = unsafe { (*answer).GroupCount } as usize;
        if count > (self.length - start) / size_of::<SID_AND_ATTRIBUTES>() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // SAFETY: so many structures lie there, within the buffer and aligned in it.
        Ok(unsafe { std::slice::from_raw_parts((&raw const (*answer).Groups).cast(), count) })
    }
}

/// The name without its domain, and of what kind it is.
fn name_of(sid: PSID) -> io::Result<(String, SID_NAME_USE)> {
    let (mut name, mut domain) = ([0; MOST_UNITS], [0; MOST_UNITS]);
    let (mut length, mut domain_length) = (MOST_UNITS as u32, MOST_UNITS as u32);
    let mut kind = SID_NAME_USE::default();
    // SAFETY: the identifier lies in a token's answer, which the caller holds; the
    // buffers are writable for the lengths that are told.
    done(unsafe {
        LookupAccountSidW(
            ptr::null(),
            sid,
            name.as_mut_ptr(),
            &raw mut length,
            domain.as_mut_ptr(),
            &raw mut domain_length,
            &raw mut kind,
        )
    })?;
    Ok((text(&name), kind))
}

/// Empty where there is none: accounts of the computer itself have none here.
fn full_name() -> String {
    let mut name = [0; MOST_UNITS];
    let mut length = MOST_UNITS as u32;
    // SAFETY: the buffer is writable for the length that is told.
    let known = unsafe { GetUserNameExW(NameDisplay, name.as_mut_ptr(), &raw mut length) };
    if known { text(&name) } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_has_a_name_and_an_identifier() -> io::Result<()> {
        let account = account()?;
        assert!(
            !account.name.is_empty() && !account.name.contains('\\'),
            "{account:?}"
        );
        assert!(own_sid()?.starts_with("S-1-"));
        Ok(())
    }
}
