//! Where settings are kept, and whose word counts.
//!
//! The first that says something about a setting is followed:
//! 1. the policy, `/etc/platen/policy.toml`;
//! 2. the machine's file, `/etc/platen/client.toml`;
//! 3. the user's file, `~/.config/platen/client.toml`.
//!
//! The first two are an administrator's, so what they set is *managed*. The
//! variable `PLATEN_CONFIG` names a file that stands in for the last two; the
//! policy holds all the same.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml::Table;

use crate::Settings;

/// What nobody but an administrator changes.
pub const POLICY_FILE: &str = "/etc/platen/policy.toml";
/// What the administrator has set for this computer by hand.
pub const MACHINE_FILE: &str = "/etc/platen/client.toml";
/// The user's own, in the directory for settings.
pub const USER_FILE: &str = "platen/client.toml";
/// Names the one file that replaces the machine's and the user's.
const OVERRIDE: &str = "PLATEN_CONFIG";

/// Why settings can't be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file is there but can't be read.
    #[error("can’t read {}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file has a mistake; the text names its line.
    #[error("error in {}", path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: toml::de::Error,
    },
    /// The variable names a file that is not there.
    #[error("{OVERRIDE} names {}, which does not exist", .0.display())]
    Missing(PathBuf),
    /// There is no place for the user's own file.
    #[error("this user has no home directory")]
    NoHome,
}

/// The files that settings are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// Holds always.
    pub policy: PathBuf,
    /// The machine's file and then the user's, or what replaces both.
    pub others: Others,
}

/// What is read beside the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Others {
    /// The two ordinary files, either of which may be absent.
    MachineAndUser {
        /// The administrator's.
        machine: PathBuf,
        /// The user's.
        user: PathBuf,
    },
    /// The one that the environment names, which must exist.
    Named(PathBuf),
}

/// A setting that an administrator has made, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Managed {
    /// The setting's name.
    pub key: String,
    /// The file that sets it.
    pub file: PathBuf,
}

/// The settings in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// All of them.
    pub settings: Settings,
    /// Which of them the user can't change, by name.
    pub managed: Vec<Managed>,
}

impl Files {
    /// The files of this computer and user.
    ///
    /// # Errors
    /// [`LoadError::NoHome`].
    pub fn from_environment() -> Result<Self, LoadError> {
        let policy = POLICY_FILE.into();
        if let Some(path) = std::env::var_os(OVERRIDE) {
            let others = Others::Named(path.into());
            return Ok(Self { policy, others });
        }
        let named = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
        let directory = match named.filter(|path| path.is_absolute()) {
            Some(directory) => directory,
            None => std::env::home_dir()
                .ok_or(LoadError::NoHome)?
                .join(".config"),
        };
        let others = Others::MachineAndUser {
            machine: MACHINE_FILE.into(),
            user: directory.join(USER_FILE),
        };
        Ok(Self { policy, others })
    }

    /// Reads them; an absent file says nothing.
    ///
    /// # Errors
    /// [`LoadError`]: a file that can't be read or has a mistake, with its line.
    pub fn load(&self) -> Result<Loaded, LoadError> {
        let mut all = Table::new();
        let mut managed: Vec<Managed> = Vec::new();
        let mut take = |table: Table, file: Option<&Path>| {
            if let Some(file) = file {
                managed.retain(|one| !table.contains_key(&one.key));
                managed.extend(table.keys().map(|key| Managed {
                    key: key.clone(),
                    file: file.to_owned(),
                }));
            }
            all.extend(table);
        };
        match &self.others {
            Others::Named(path) => {
                let table = read(path)?.ok_or_else(|| LoadError::Missing(path.clone()))?;
                take(table, None);
            }
            Others::MachineAndUser { machine, user } => {
                take(read(user)?.unwrap_or_default(), None);
                take(read(machine)?.unwrap_or_default(), Some(machine));
            }
        }
        take(read(&self.policy)?.unwrap_or_default(), Some(&self.policy));
        managed.sort_by(|a, b| a.key.cmp(&b.key));
        let settings = all.try_into().map_err(|source| LoadError::Wrong {
            path: self.policy.clone(),
            source,
        })?;
        Ok(Loaded { settings, managed })
    }
}

/// A file's settings, once it is sure that it holds nothing else.
fn read(path: &Path) -> Result<Option<Table>, LoadError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            let path = path.to_owned();
            return Err(LoadError::Unreadable { path, source });
        }
    };
    let wrong = |source| LoadError::Wrong {
        path: path.to_owned(),
        source,
    };
    let settings: Settings = toml::from_str(&text).map_err(wrong)?;
    let table = Table::try_from(settings).expect("settings are a table");
    Ok(Some(table))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        _directory: tempfile::TempDir,
        files: Files,
    }

    fn place(policy: &str, machine: &str, user: &str) -> Place {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str, text: &str| {
            let path = directory.path().join(name);
            if !text.is_empty() {
                std::fs::write(&path, text).unwrap();
            }
            path
        };
        let files = Files {
            policy: path("policy.toml", policy),
            others: Others::MachineAndUser {
                machine: path("machine.toml", machine),
                user: path("user.toml", user),
            },
        };
        Place {
            _directory: directory,
            files,
        }
    }

    #[test]
    fn policy_wins_over_the_machine_and_that_over_the_user() {
        let place = place(
            "issuer = \"https://policy.example\"",
            "issuer = \"https://machine.example\"\nclient_id = \"machine\"",
            "issuer = \"https://evil.example\"\nclient_id = \"user\"\nallow_quit = false",
        );
        let loaded = place.files.load().unwrap();
        let settings = &loaded.settings;
        assert_eq!(settings.issuer.as_deref(), Some("https://policy.example"));
        assert_eq!(settings.client_id.as_deref(), Some("machine"));
        assert_eq!(settings.allow_quit, Some(false));
        let managed: Vec<_> = loaded
            .managed
            .iter()
            .map(|one| {
                (
                    one.key.as_str(),
                    one.file.file_name().unwrap().to_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            managed,
            [("client_id", "machine.toml"), ("issuer", "policy.toml")]
        );
    }

    #[test]
    fn file_that_the_environment_names_stands_in_for_all_but_the_policy() {
        let mut place = place(
            "allow_quit = false",
            "client_id = \"machine\"",
            "client_id = \"user\"",
        );
        let named = place.files.policy.with_file_name("named.toml");
        place.files.others = Others::Named(named.clone());
        assert!(matches!(place.files.load(), Err(LoadError::Missing(path)) if path == named));
        std::fs::write(&named, "allow_quit = true\nclient_id = \"named\"").unwrap();
        let loaded = place.files.load().unwrap();
        assert_eq!(loaded.settings.client_id.as_deref(), Some("named"));
        assert_eq!(loaded.settings.allow_quit, Some(false));
        assert_eq!(loaded.managed.len(), 1);
    }

    #[test]
    fn misspelt_key_is_an_error_with_its_file_and_line() {
        let place = place(
            "",
            "",
            "client_id = \"platen\"\nisuer = \"https://id.example.edu\"\n",
        );
        let LoadError::Wrong { path, source } = place.files.load().unwrap_err() else {
            panic!("another error");
        };
        let error = format!("{} {source}", path.display());
        for part in ["user.toml", "line 2", "isuer"] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn no_file_at_all_is_no_setting_at_all() {
        assert_eq!(place("", "", "").files.load().unwrap(), Loaded::default());
    }
}
