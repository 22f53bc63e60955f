//! Where a policy stands: a file, or the registry of Windows.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use platen_settings::Key;

/// Where a policy stands.
pub(super) enum Place {
    /// A file as `policy set` writes it.
    File(PathBuf),
    /// What this computer's clients follow.
    #[cfg(not(unix))]
    Registry,
}

impl Place {
    /// The file, or what this system has as policy.
    pub(super) fn of(file: Option<PathBuf>) -> Self {
        file.map_or_else(Self::of_this_system, Self::File)
    }

    #[cfg(unix)]
    fn of_this_system() -> Self {
        Self::File(platen_settings::POLICY_FILE.into())
    }

    #[cfg(not(unix))]
    fn of_this_system() -> Self {
        Self::Registry
    }

    /// The policy as the text of a file; none: there is no such file.
    ///
    /// # Errors
    /// It can't be read, or is no policy.
    pub(super) fn read(&self) -> Result<Option<String>> {
        match self {
            Self::File(file) => match fs::read_to_string(file) {
                Ok(text) => Ok(Some(text)),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error).with_context(|| format!("can’t read {self}")),
            },
            #[cfg(not(unix))]
            Self::Registry => {
                let values = platen_settings::registry();
                let values = values.with_context(|| format!("can’t read {self}"))?;
                let settings = platen_settings::from_registry(&values)
                    .with_context(|| format!("error in {self}"))?;
                Ok(Some(toml::to_string(&settings)?))
            }
        }
    }

    /// Makes settings, with which the policy's text is `text`.
    ///
    /// # Errors
    /// The user may not.
    pub(super) fn set(&self, _settings: &[(Key, String)], text: &str) -> Result<()> {
        match self {
            Self::File(file) => write(file, text),
            #[cfg(not(unix))]
            Self::Registry => platen_settings::set_registry(_settings)
                .with_context(|| format!("{self} can’t be changed; run this as administrator")),
        }
    }

    /// Removes settings, without which the policy's text is `text`.
    ///
    /// # Errors
    /// The user may not.
    pub(super) fn unset(&self, _keys: &[Key], text: &str) -> Result<()> {
        match self {
            Self::File(file) => write(file, text),
            #[cfg(not(unix))]
            Self::Registry => platen_settings::unset_registry(_keys)
                .with_context(|| format!("{self} can’t be changed; run this as administrator")),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.display()),
            #[cfg(not(unix))]
            Self::Registry => write!(f, r"HKLM\{}", platen_settings::POLICY_KEY),
        }
    }
}

/// Everybody's client reads it, so it holds no secrets.
fn write(file: &Path, text: &str) -> Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory)
            .with_context(|| format!("can’t make {}", directory.display()))?;
    }
    replace(file, text)
}

#[cfg(unix)]
fn replace(file: &Path, text: &str) -> Result<()> {
    crate::replace::replace(file, text.as_bytes(), 0o644, None)
}

/// As a whole or not at all; it has the rights of its directory.
#[cfg(not(unix))]
fn replace(file: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    let directory = file.parent().filter(|one| !one.as_os_str().is_empty());
    let written = tempfile::NamedTempFile::new_in(directory.unwrap_or(Path::new("."))).and_then(
        |mut fresh| {
            fresh.write_all(text.as_bytes())?;
            fresh.as_file().sync_all()?;
            Ok(fresh.persist(file)?)
        },
    );
    written
        .map(drop)
        .with_context(|| format!("{} can’t be written", file.display()))
}
