//! Where each operating system has the settings.

use std::path::PathBuf;

use crate::{Channel, Policy};
#[cfg(windows)]
use crate::{Key, POLICY_KEY, RegistryValue};

/// What nobody but an administrator changes, where it is a file.
pub const POLICY_FILE: &str = "/etc/platen/policy.toml";
/// What the administrator has set for this computer by hand.
pub const MACHINE_FILE: &str = "/etc/platen/client.toml";
/// The user's own, in the directory for settings.
pub const USER_FILE: &str = "platen/client.toml";

/// apt and dnf bring newer versions.
#[cfg(not(any(windows, target_os = "macos")))]
pub(crate) const DEFAULT_CHANNEL: Channel = Channel::Off;
/// Where somebody says from where, and nobody says which.
#[cfg(any(windows, target_os = "macos"))]
pub(crate) const DEFAULT_CHANNEL: Channel = Channel::Stable;

/// *Source*: Windows, `HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)`.
#[cfg(windows)]
const NO_KEY: i32 = 0x8007_0002_u32.cast_signed();

/// *Errors*: the registry is there but can't be read.
#[cfg(windows)]
pub(crate) fn policies() -> std::io::Result<Vec<Policy>> {
    let values = registry()?;
    if values.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![Policy::Registry(values)])
}

/// What stands in the registry's policy; nothing where there is none.
///
/// # Errors
/// It is there but can't be read.
#[cfg(windows)]
pub fn registry() -> std::io::Result<Vec<RegistryValue>> {
    let key = match windows_registry::LOCAL_MACHINE.open(POLICY_KEY) {
        Ok(key) => key,
        Err(error) if error.code().0 == NO_KEY => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let value = |(name, value): (String, windows_registry::Value)| RegistryValue {
        name,
        kind: value.ty().into(),
        bytes: value.to_vec(),
    };
    settled(|| Ok(key.values()?.map(value).collect()))
}

/// Writes values of the registry's policy as text, as the package does. Whether they
/// are any good is not asked: [`crate::assign`].
///
/// # Errors
/// The user may not; then nothing was changed. Others leave those before it changed.
#[cfg(windows)]
pub fn set_registry(assignments: &[(Key, String)]) -> std::io::Result<()> {
    let key = windows_registry::LOCAL_MACHINE.create(POLICY_KEY)?;
    for (setting, value) in assignments {
        key.set_string(setting.name, value)?;
    }
    Ok(())
}

/// Removes values of the registry's policy; what is not there is gone already.
///
/// # Errors
/// The user may not.
#[cfg(windows)]
pub fn unset_registry(keys: &[Key]) -> std::io::Result<()> {
    if registry()?.is_empty() {
        return Ok(());
    }
    let key = windows_registry::LOCAL_MACHINE.create(POLICY_KEY)?;
    for setting in keys {
        match key.remove_value(setting.name) {
            Err(error) if error.code().0 == NO_KEY => {}
            removed => removed?,
        }
    }
    Ok(())
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

    /// In Wine: on a Windows that has a policy it would be in the way.
    #[cfg(windows)]
    #[test]
    fn policy_in_the_registry_is_read_as_it_was_written() {
        use crate::Files;
        use windows_registry::LOCAL_MACHINE;

        let named = |name| Key::named(name).unwrap();
        assert!(registry().unwrap().is_empty(), "this computer has a policy");
        assert!(unset_registry(&[named("queues")]).is_ok());
        let values = [
            (named("server_url"), "https://print.example.edu".to_owned()),
            (named("issuer"), "https://login.example.edu".to_owned()),
            (named("queues"), "Büro \"1\", Café 日本".to_owned()),
            (named("allow_quit"), "false".to_owned()),
        ];
        set_registry(&values).unwrap();
        // As a group policy writes its own.
        let key = LOCAL_MACHINE.create(POLICY_KEY).unwrap();
        key.set_u32("AUTOSTART", 0).unwrap();
        let loaded = Files::from_environment().unwrap().load();
        unset_registry(&[named("allow_quit"), named("queues")]).unwrap();
        let left = registry().unwrap().len();
        LOCAL_MACHINE.remove_tree(POLICY_KEY).unwrap();
        let loaded = loaded.unwrap();
        let queues = ["Büro \"1\"", "Café 日本"].map(str::to_owned);
        assert_eq!(loaded.settings.queues, Some(queues.to_vec()));
        assert_eq!(loaded.settings.autostart, Some(false));
        assert_eq!(loaded.settings.allow_quit, Some(false));
        assert_eq!(loaded.settings.server_url.as_ref(), Some(&values[0].1));
        let managed: Vec<_> = loaded.managed.iter().map(|one| one.key.as_str()).collect();
        assert_eq!(
            managed,
            ["allow_quit", "autostart", "issuer", "queues", "server_url"]
        );
        assert!(
            loaded
                .managed
                .iter()
                .all(|one| one.file.as_os_str() == POLICY_KEY)
        );
        assert_eq!(left, 3);
        assert!(registry().unwrap().is_empty());
    }

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
