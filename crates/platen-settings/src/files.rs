//! Where settings are kept, and whose word counts.
//!
//! The first that says something about a setting is followed:
//! 1. the policy: `/etc/platen/policy.toml`, on macOS before it a configuration profile, on
//!    Windows the registry;
//! 2. the machine's file, `/etc/platen/client.toml`;
//! 3. the user's file, `~/.config/platen/client.toml`.
//!
//! The first two are an administrator's, so what they set is *managed*. The
//! variable `PLATEN_CONFIG` names a file that stands in for the last two; the
//! policy holds all the same.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml::Table;

use crate::registry::RegistryValue;
use crate::{POLICY_KEY, ProfileMistake, RegistryMistake, Settings};
use crate::{from_profile, from_registry, system};

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
    /// The profile has a mistake.
    #[error("error in {}", path.display())]
    Profile {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: ProfileMistake,
    },
    /// The registry is there but can't be read.
    #[error("can’t read the policy in the registry")]
    NoRegistry(#[source] std::io::Error),
    /// The registry's policy has a mistake.
    #[error("error in the registry’s {POLICY_KEY}")]
    Registry(#[from] RegistryMistake),
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
    /// Hold always, each over the next.
    pub policies: Vec<Policy>,
    /// The machine's file and then the user's, or what replaces both.
    pub others: Others,
}

/// What nobody but an administrator changes, in the way of a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Policy {
    /// A file as packages and `platenctl policy set` write it; may be absent.
    File(PathBuf),
    /// The property list of a configuration profile for macOS; may be absent.
    Profile(PathBuf),
    /// What stands in the registry of Windows.
    Registry(Vec<RegistryValue>),
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
    /// The file that sets it, or the key of the registry.
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
    /// [`LoadError::NoHome`], [`LoadError::NoRegistry`].
    pub fn from_environment() -> Result<Self, LoadError> {
        let policies = system::policies().map_err(LoadError::NoRegistry)?;
        let others = match std::env::var_os(OVERRIDE) {
            Some(path) => Others::Named(path.into()),
            None => Others::MachineAndUser {
                machine: system::machine_file(),
                user: system::user_file().ok_or(LoadError::NoHome)?,
            },
        };
        Ok(Self { policies, others })
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
        for policy in self.policies.iter().rev() {
            take(policy.read()?, Some(policy.place()));
        }
        managed.sort_by(|a, b| a.key.cmp(&b.key));
        let settings = all.try_into().expect("every table was settings");
        Ok(Loaded { settings, managed })
    }
}

impl Policy {
    fn place(&self) -> &Path {
        match self {
            Self::File(path) | Self::Profile(path) => path,
            Self::Registry(_) => Path::new(POLICY_KEY),
        }
    }

    fn read(&self) -> Result<Table, LoadError> {
        let settings = match self {
            Self::File(path) => return Ok(read(path)?.unwrap_or_default()),
            Self::Profile(path) => {
                let Some(bytes) = content(path)? else {
                    return Ok(Table::new());
                };
                let path = path.clone();
                from_profile(&bytes).map_err(|source| LoadError::Profile { path, source })?
            }
            Self::Registry(values) => from_registry(values)?,
        };
        Ok(table(settings))
    }
}

fn table(settings: Settings) -> Table {
    Table::try_from(settings).expect("settings are a table")
}

/// What is in a file, if it is there.
fn content(path: &Path) -> Result<Option<Vec<u8>>, LoadError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => {
            let path = path.to_owned();
            Err(LoadError::Unreadable { path, source })
        }
    }
}

/// A file's settings, once it is sure that it holds nothing else.
fn read(path: &Path) -> Result<Option<Table>, LoadError> {
    let Some(bytes) = content(path)? else {
        return Ok(None);
    };
    let text = String::from_utf8(bytes).map_err(|error| LoadError::Unreadable {
        path: path.to_owned(),
        source: std::io::Error::new(ErrorKind::InvalidData, error),
    })?;
    let settings: Settings = toml::from_str(&text).map_err(|source| LoadError::Wrong {
        path: path.to_owned(),
        source,
    })?;
    Ok(Some(table(settings)))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        directory: tempfile::TempDir,
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
            policies: vec![Policy::File(path("policy.toml", policy))],
            others: Others::MachineAndUser {
                machine: path("machine.toml", machine),
                user: path("user.toml", user),
            },
        };
        Place { directory, files }
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
        let named = place.directory.path().join("named.toml");
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
    fn policy_of_every_system_wins_over_files_and_the_first_over_the_next() {
        let mut place = place(
            "issuer = \"https://file.example\"\nlog_level = \"warn\"",
            "allow_quit = true\nclient_id = \"machine\"",
            "allow_quit = true\nautostart = true",
        );
        let profile = place.directory.path().join("profile.plist");
        let text = "<?xml version=\"1.0\"?><plist version=\"1.0\"><dict>\
                    <key>allow_quit</key><false/>\
                    <key>issuer</key><string>https://profile.example</string>\
                    </dict></plist>";
        std::fs::write(&profile, text).unwrap();
        let registry = |name: &str, bytes: &[u8]| RegistryValue {
            name: name.to_owned(),
            kind: 4,
            bytes: bytes.to_owned(),
        };
        let values = vec![
            registry("autostart", &[0; 4]),
            registry("allow_quit", &[0; 4]),
        ];
        let file = place.files.policies.remove(0);
        place.files.policies = vec![Policy::Profile(profile), Policy::Registry(values), file];
        let loaded = place.files.load().unwrap();
        let wanted = Settings {
            issuer: Some("https://profile.example".into()),
            client_id: Some("machine".into()),
            allow_quit: Some(false),
            autostart: Some(false),
            log_level: Some("warn".into()),
            ..Settings::default()
        };
        assert_eq!(loaded.settings, wanted);
        let by = |key: &str| {
            let managed = loaded.managed.iter().find(|one| one.key == key);
            let file = &managed.unwrap().file;
            file.file_name().unwrap().to_str().unwrap()
        };
        assert_eq!(by("allow_quit"), "profile.plist");
        assert_eq!(by("issuer"), "profile.plist");
        assert_eq!(by("log_level"), "policy.toml");
        assert_eq!(by("client_id"), "machine.toml");
        let autostart = loaded.managed.iter().find(|one| one.key == "autostart");
        assert_eq!(autostart.unwrap().file, Path::new(POLICY_KEY));
        assert_eq!(loaded.managed.len(), 5);
    }

    #[test]
    fn no_file_at_all_is_no_setting_at_all() {
        assert_eq!(place("", "", "").files.load().unwrap(), Loaded::default());
    }
}
