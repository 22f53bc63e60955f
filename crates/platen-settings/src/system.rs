//! Where each operating system has the settings.

use std::path::PathBuf;

use crate::Policy;

/// What nobody but an administrator changes, where it is a file.
pub const POLICY_FILE: &str = "/etc/platen/policy.toml";
/// What the administrator has set for this computer by hand.
pub const MACHINE_FILE: &str = "/etc/platen/client.toml";
/// The user's own, in the directory for settings.
pub const USER_FILE: &str = "platen/client.toml";

/// *Source*: Windows, `HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)`.
#[cfg(windows)]
const NO_KEY: i32 = 0x8007_0002_u32.cast_signed();

/// *Errors*: the registry is there but can't be read.
#[cfg(windows)]
pub(crate) fn policies() -> std::io::Result<Vec<Policy>> {
    use windows_registry::LOCAL_MACHINE;

    use crate::{POLICY_KEY, RegistryValue};

    let key = match LOCAL_MACHINE.open(POLICY_KEY) {
        Ok(key) => key,
        Err(error) if error.code().0 == NO_KEY => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let value = |(name, value): (String, windows_registry::Value)| RegistryValue {
        name,
        kind: value.ty().into(),
        bytes: value.to_vec(),
    };
    let values = settled(|| Ok(key.values()?.map(value).collect()))?;
    Ok(vec![Policy::Registry(values)])
}

/// How often the registry is read until two readings agree.
#[cfg(any(windows, test))]
const MOST_READINGS: usize = 8;

/// What two readings in a row agree on: one that a change interrupts ends early
/// and does not say so.
///
/// *Errors*: a reading fails, or no two agree.
#[cfg(any(windows, test))]
fn settled<T: PartialEq>(mut read: impl FnMut() -> std::io::Result<T>) -> std::io::Result<T> {
    let mut before = read()?;
    for _ in 1..MOST_READINGS {
        let now = read()?;
        if now == before {
            return Ok(now);
        }
        before = now;
    }
    Err(std::io::Error::other("it changes while it is read"))
}

/// *Errors*: none, but on a system with a registry.
#[cfg(target_os = "macos")]
#[expect(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
pub(crate) fn policies() -> std::io::Result<Vec<Policy>> {
    let profile = Policy::Profile(crate::PROFILE_FILE.into());
    Ok(vec![profile, Policy::File(POLICY_FILE.into())])
}

/// *Errors*: none, but on a system with a registry.
#[cfg(not(any(windows, target_os = "macos")))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
pub(crate) fn policies() -> std::io::Result<Vec<Policy>> {
    Ok(vec![Policy::File(POLICY_FILE.into())])
}

/// Beside the program, where nobody but an administrator writes: everybody may make
/// directories in `%ProgramData%`.
#[cfg(windows)]
pub(crate) fn machine_file() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_else(|_| PROGRAM.into());
    program.with_file_name("client.toml")
}

/// Where the package for Windows installs the client.
#[cfg(windows)]
const PROGRAM: &str = r"C:\Program Files\Platen\platen.exe";

#[cfg(not(windows))]
pub(crate) fn machine_file() -> PathBuf {
    MACHINE_FILE.into()
}

/// None: this user has no place for settings. *Source*: Windows, known folders: `%APPDATA%`.
#[cfg(windows)]
pub(crate) fn user_file() -> Option<PathBuf> {
    let directory = PathBuf::from(std::env::var_os("APPDATA")?);
    Some(directory.join(USER_FILE))
}

/// None: this user has no place for settings. *Source*: XDG base directory specification.
#[cfg(not(windows))]
pub(crate) fn user_file() -> Option<PathBuf> {
    let named = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let directory = match named.filter(|path| path.is_absolute()) {
        Some(directory) => directory,
        None => std::env::home_dir()?.join(".config"),
    };
    Some(directory.join(USER_FILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_that_ended_early_is_not_taken() -> std::io::Result<()> {
        let mut readings = [vec![1], vec![1, 2, 3], vec![1, 2, 3]].into_iter();
        let settled = settled(|| Ok(readings.next().unwrap_or_default()))?;
        assert_eq!(settled, [1, 2, 3]);
        Ok(())
    }

    #[test]
    fn what_never_settles_is_an_error() {
        let mut readings = 0;
        let never = settled(|| {
            readings += 1;
            Ok(readings)
        });
        assert!(never.is_err());
        assert_eq!(readings, MOST_READINGS);
    }
}
