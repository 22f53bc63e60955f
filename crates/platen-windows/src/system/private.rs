//! Files and directories that are their owner's alone.

use std::fs::File;
use std::io;
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::{
    ERROR_ALREADY_EXISTS, GENERIC_READ, GENERIC_WRITE, LocalFree,
};
use windows_sys::Win32::Security::Authorization::{
    ConvertSecurityDescriptorToStringSecurityDescriptorW,
    ConvertStringSecurityDescriptorToSecurityDescriptorW, GetNamedSecurityInfoW, SDDL_REVISION_1,
    SE_FILE_OBJECT,
};
use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, SECURITY_ATTRIBUTES,
};
use windows_sys::Win32::Storage::FileSystem::{
    CREATE_NEW, CreateDirectoryW, CreateFileW, FILE_ATTRIBUTE_NORMAL, FILE_CREATION_DISPOSITION,
    FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE, OPEN_ALWAYS,
};

use super::account::own_sid;
use super::{done, owned, take_text, wide};

/// Who may do what with something new.
pub(super) struct Rights(PSECURITY_DESCRIPTOR);

impl Rights {
    /// The user, the system and administrators may do `theirs`, and nobody else
    /// anything, whatever holds for the directory that it is in.
    ///
    /// *Source*: learn.microsoft.com, “Security Descriptor String Format”.
    pub(super) fn own(user: &str, theirs: &str) -> io::Result<Self> {
        Self::read(&list(user, theirs, &own_sid()?))
    }

    /// As [`Rights::own`], of something that is the user's also where he runs as an
    /// administrator.
    pub(super) fn owned(user: &str, theirs: &str) -> io::Result<Self> {
        let sid = own_sid()?;
        Self::read(&format!("O:{sid}{}", list(user, theirs, &sid)))
    }

    fn read(rights: &str) -> io::Result<Self> {
        let rights = wide(rights)?;
        let mut descriptor: PSECURITY_DESCRIPTOR = ptr::null_mut();
        // SAFETY: the text ends with a zero; `descriptor` is writable, and nobody asks
        // for the length.
        done(unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                rights.as_ptr(),
                SDDL_REVISION_1,
                &raw mut descriptor,
                ptr::null_mut(),
            )
        })?;
        Ok(Self(descriptor))
    }

    /// The list of who may do what, as text.
    fn written(&self) -> io::Result<String> {
        let mut written = ptr::null_mut();
        // SAFETY: the descriptor is Windows' own; `written` is writable, and nobody asks
        // for the length.
        done(unsafe {
            ConvertSecurityDescriptorToStringSecurityDescriptorW(
                self.0,
                SDDL_REVISION_1,
                DACL_SECURITY_INFORMATION,
                &raw mut written,
                ptr::null_mut(),
            )
        })?;
        // SAFETY: the function has made it for the caller to free.
        Ok(unsafe { take_text(written) })
    }

    /// As functions take them, for as long as these live.
    pub(super) fn attributes(&self) -> SECURITY_ATTRIBUTES {
        SECURITY_ATTRIBUTES {
            nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
            lpSecurityDescriptor: self.0,
            bInheritHandle: 0,
        }
    }
}

impl Drop for Rights {
    fn drop(&mut self) {
        // SAFETY: Windows has made it for the caller to free, and nobody uses it after
        // this.
        unsafe { free(self.0) };
    }
}

/// # Safety
/// Windows must have made it for the caller to free with `LocalFree`; nobody uses it after
/// this.
pub(super) unsafe fn free(descriptor: PSECURITY_DESCRIPTOR) {
    // SAFETY: as the caller says.
    unsafe { LocalFree(descriptor) };
}

fn list(user: &str, theirs: &str, sid: &str) -> String {
    format!("D:P(A;OICI;{user};;;{sid})(A;OICI;{theirs};;;SY)(A;OICI;{theirs};;;BA)")
}

/// All rights to a file.
const ALL: &str = "FA";

/// Makes a directory that nobody but the user, the system and administrators gets
/// into, and those above it as they come. One that is there stays as it is.
///
/// # Errors
/// It can't be made.
pub fn create_private_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
        std::fs::create_dir_all(above)?;
    }
    let rights = Rights::own(ALL, ALL)?;
    let (attributes, path) = (rights.attributes(), wide(path)?);
    // SAFETY: the name ends with a zero; the attributes live until the call returns.
    match done(unsafe { CreateDirectoryW(path.as_ptr(), &raw const attributes) }) {
        Err(error) if error.raw_os_error() == Some(ERROR_ALREADY_EXISTS.cast_signed()) => Ok(()),
        made => made,
    }
}

/// Opens a file to read and write, or makes it so that it is the user's alone.
///
/// # Errors
/// It can't be opened.
pub fn open_private_file(path: &Path) -> io::Result<File> {
    open(path, OPEN_ALWAYS)
}

/// Makes a file that is the user's alone, to read and write.
///
/// # Errors
/// It is there already, or can't be made.
pub fn create_private_file(path: &Path) -> io::Result<File> {
    open(path, CREATE_NEW)
}

fn open(path: &Path, how: FILE_CREATION_DISPOSITION) -> io::Result<File> {
    let rights = Rights::own(ALL, ALL)?;
    let (attributes, path) = (rights.attributes(), wide(path)?);
    // SAFETY: the name ends with a zero; the attributes live until the call returns;
    // there is no file to take attributes from.
    let file = unsafe {
        CreateFileW(
            path.as_ptr(),
            GENERIC_READ | GENERIC_WRITE,
            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
            &raw const attributes,
            how,
            FILE_ATTRIBUTE_NORMAL,
            ptr::null_mut(),
        )
    };
    owned(file).map(File::from)
}

/// Whether nobody but the user, the system and administrators gets at a file.
///
/// # Errors
/// Windows does not say.
pub fn is_private(path: &Path) -> io::Result<bool> {
    let path = wide(path)?;
    let mut found = Rights(ptr::null_mut());
    // SAFETY: the name ends with a zero; only the descriptor is asked for, whose
    // pointer is writable.
    let problem = unsafe {
        GetNamedSecurityInfoW(
            path.as_ptr(),
            SE_FILE_OBJECT,
            DACL_SECURITY_INFORMATION,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            &raw mut found.0,
        )
    };
    if problem != 0 {
        return Err(io::Error::from_raw_os_error(problem.cast_signed()));
    }
    // Both written by Windows, which has short names for some accounts.
    let own = Rights::own(ALL, ALL)?.written()?;
    Ok(is_within(&found.written()?, &own))
}

/// Whether whom `found` allows anything is somebody whom `own` does.
fn is_within(found: &str, own: &str) -> bool {
    // Without a list everybody may do everything.
    found.contains('(')
        && entries(found)
            .filter(|(kind, _)| !kind.starts_with('D'))
            .all(|(_, who)| entries(own).any(|(_, known)| known == who))
}

/// What the entries of a list are, and about whom.
/// *Source*: learn.microsoft.com, “ACE Strings”.
fn entries(written: &str) -> impl Iterator<Item = (&str, &str)> {
    written.split('(').skip(1).map(|entry| {
        let entry = entry.split(')').next().unwrap_or_default();
        let mut fields = entry.split(';');
        (
            fields.next().unwrap_or_default(),
            fields.nth(4).unwrap_or_default(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_else_is_allowed_anything_is_found() {
        let own = "D:P(A;;FA;;;S-1-5-21-1)(A;;FA;;;SY)(A;;FA;;;BA)";
        assert!(is_within(own, own));
        assert!(is_within("D:AI(A;ID;FA;;;SY)(A;ID;FA;;;S-1-5-21-1)", own));
        assert!(is_within("D:(D;;FA;;;WD)(A;;FA;;;SY)", own));
        assert!(!is_within("D:(A;;FA;;;SY)(A;;FR;;;WD)", own));
        assert!(!is_within("D:(A;;FA;;;S-1-5-21-12)", own));
        assert!(!is_within("D:NO_ACCESS_CONTROL", own));
    }

    #[test]
    fn what_is_made_private_is_and_what_is_not_is_not() -> io::Result<()> {
        let place = std::env::temp_dir().join(format!("platen-private-{}", std::process::id()));
        create_private_directory(&place)?;
        let (own, other) = (place.join("own"), place.join("other"));
        drop(create_private_file(&own)?);
        assert!(create_private_file(&own).is_err());
        drop(open_private_file(&own)?);
        assert!(is_private(&own)?);
        std::fs::write(&other, "")?;
        let mut open = std::process::Command::new("icacls");
        open.arg(&other).args(["/grant", "*S-1-1-0:R"]);
        // Wine has no icacls, and takes the rights of other files from Unix.
        let _ = open.output();
        let others = is_private(&other)?;
        std::fs::remove_dir_all(&place)?;
        assert!(!others);
        Ok(())
    }
}
