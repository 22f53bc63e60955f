//! The client's policy: what installers and administrators set for everybody here.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use platen_settings::{Files, KEYS, Key, Kind, POLICY_FILE, Settings, assign, remove};
use serde_json::json;

use crate::cups::replace;
use crate::table::table;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set settings for every user of this computer: NAME=VALUE…
    ///
    /// All of them are set, or, if one can't be used, none.
    Set {
        /// Such as server_url=https://print.example.edu
        #[arg(required = true, value_name = "NAME=VALUE")]
        settings: Vec<String>,
        /// Another policy file
        #[arg(long, value_name = "FILE", default_value = POLICY_FILE)]
        file: PathBuf,
    },
    /// Leave settings to the other files again
    Unset {
        /// As in the file
        #[arg(required = true, value_name = "NAME")]
        settings: Vec<String>,
        /// Another policy file
        #[arg(long, value_name = "FILE", default_value = POLICY_FILE)]
        file: PathBuf,
    },
    /// Print one setting of the policy, nothing if the policy leaves it open
    Get {
        /// As in the file
        #[arg(value_name = "NAME")]
        setting: String,
        /// Another policy file
        #[arg(long, value_name = "FILE", default_value = POLICY_FILE)]
        file: PathBuf,
    },
    /// Say every mistake of a policy file
    Check {
        /// The file
        #[arg(value_name = "FILE", default_value = POLICY_FILE)]
        file: PathBuf,
    },
    /// Show which settings are in force for this user, and who made them
    Show {
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// List the settings there are
    Keys,
}

pub(crate) fn run(command: Command) -> Result<bool> {
    match command {
        Command::Set { settings, file } => {
            let pairs = settings.iter().map(|one| assignment(one));
            let pairs: Vec<_> = pairs.collect::<Result<_>>()?;
            let text = read(&file)?.unwrap_or_default();
            write(&file, &assign(&text, &pairs)?)?;
        }
        Command::Unset { settings, file } => {
            let keys = settings.iter().map(|name| key(name));
            let keys: Vec<_> = keys.collect::<Result<_>>()?;
            if let Some(text) = read(&file)? {
                write(&file, &remove(&text, &keys)?)?;
            }
        }
        Command::Get { setting, file } => get(key(&setting)?, &file)?,
        Command::Check { file } => return check(&file),
        Command::Show { json } => show(json)?,
        Command::Keys => print!("{}", table(&["SETTING", "VALUE"], &keys())),
    }
    Ok(true)
}

fn assignment(text: &str) -> Result<(Key, String)> {
    let Some((name, value)) = text.split_once('=') else {
        bail!("{text:?} is no setting; write NAME=VALUE");
    };
    Ok((key(name)?, value.to_owned()))
}

fn key(name: &str) -> Result<Key> {
    Key::named(name)
        .with_context(|| format!("there is no setting “{name}”; platenctl policy keys lists them"))
}

fn read(file: &Path) -> Result<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("can’t read {}", file.display())),
    }
}

/// Everybody's client reads it, so it holds no secrets.
fn write(file: &Path, text: &str) -> Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory)
            .with_context(|| format!("can’t make {}", directory.display()))?;
    }
    replace(file, text.as_bytes(), 0o644, None)
}

/// As `set` takes it.
fn get(key: Key, file: &Path) -> Result<()> {
    let text = read(file)?.unwrap_or_default();
    let policy: toml::Table = toml::from_str(&text).context("the policy has a mistake")?;
    match policy.get(key.name) {
        Some(toml::Value::Array(names)) => {
            let names: Vec<_> = names.iter().filter_map(toml::Value::as_str).collect();
            println!("{}", names.join(", "));
        }
        Some(toml::Value::String(text)) => println!("{text}"),
        Some(other) => println!("{other}"),
        None => {}
    }
    Ok(())
}

fn check(file: &Path) -> Result<bool> {
    let text = read(file)?.with_context(|| format!("there is no {}", file.display()))?;
    let settings: Settings = match toml::from_str(&text) {
        Ok(settings) => settings,
        Err(error) => bail!("error in {}: {error}", file.display()),
    };
    let mistakes = settings.mistakes();
    for mistake in &mistakes {
        eprintln!("{}: {mistake}", file.display());
    }
    if mistakes.is_empty() {
        println!("{} is in order.", file.display());
    }
    Ok(mistakes.is_empty())
}

fn show(json: bool) -> Result<()> {
    let loaded = Files::from_environment()?.load()?;
    let table_of = toml::Table::try_from(&loaded.settings)?;
    let by = |name: &str| {
        let managed = loaded.managed.iter().find(|one| one.key == name);
        managed.map(|one| one.file.display().to_string())
    };
    if json {
        let list: Vec<_> = table_of
            .iter()
            .map(|(name, value)| json!({"name": name, "value": value, "managed_by": by(name)}))
            .collect();
        println!("{}", serde_json::to_string_pretty(&list)?);
        return Ok(());
    }
    if table_of.is_empty() {
        println!("Nothing is set.");
        return Ok(());
    }
    let rows: Vec<_> = table_of
        .iter()
        .map(|(name, value)| {
            let whose = by(name).unwrap_or_else(|| "the user may change it".to_owned());
            vec![name.clone(), value.to_string(), whose]
        })
        .collect();
    print!("{}", table(&["SETTING", "VALUE", "MANAGED BY"], &rows));
    Ok(())
}

fn keys() -> Vec<Vec<String>> {
    let values = |kind| match kind {
        Kind::Text => "a line of text",
        Kind::Address => "an address, such as https://example.edu",
        Kind::Names => "names with commas between them",
        Kind::Switch => "true or false",
        Kind::Path => "a full path",
        Kind::Level => "error, warn, info, debug or trace",
    };
    let row = |key: &Key| vec![key.name.to_owned(), values(key.kind).to_owned()];
    KEYS.iter().map(row).collect()
}
