//! The client's policy: what installers and administrators set for everybody here.

mod place;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use platen_settings::{Files, KEYS, Key, Kind, Settings, assign, remove};
use serde_json::json;

use crate::table::table;
use place::Place;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set settings for every user of this computer: NAME=VALUE…
    ///
    /// All of them are set, or, if one can't be used, none.
    Set {
        /// Such as server_url=https://print.example.edu
        #[arg(required = true, value_name = "NAME=VALUE")]
        settings: Vec<String>,
        /// A policy file, instead of what this system has as policy
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Leave settings to the other files again
    Unset {
        /// As in the file
        #[arg(required = true, value_name = "NAME")]
        settings: Vec<String>,
        /// A policy file, instead of what this system has as policy
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Print one setting of the policy, nothing if the policy leaves it open
    Get {
        /// As in the file
        #[arg(value_name = "NAME")]
        setting: String,
        /// A policy file, instead of what this system has as policy
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Say every mistake of the policy
    Check {
        /// A policy file, instead of what this system has as policy
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
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
            let place = Place::of(file);
            let text = place.read()?.unwrap_or_default();
            place.set(&pairs, &assign(&text, &pairs)?)?;
        }
        Command::Unset { settings, file } => {
            let keys = settings.iter().map(|name| key(name));
            let keys: Vec<_> = keys.collect::<Result<_>>()?;
            let place = Place::of(file);
            if let Some(text) = place.read()? {
                place.unset(&keys, &remove(&text, &keys)?)?;
            }
        }
        Command::Get { setting, file } => get(key(&setting)?, &Place::of(file))?,
        Command::Check { file } => return check(&Place::of(file)),
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

/// As `set` takes it.
fn get(key: Key, place: &Place) -> Result<()> {
    let text = place.read()?.unwrap_or_default();
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

fn check(place: &Place) -> Result<bool> {
    let text = place
        .read()?
        .with_context(|| format!("there is no {place}"))?;
    let settings: Settings = match toml::from_str(&text) {
        Ok(settings) => settings,
        Err(error) => bail!("error in {place}: {error}"),
    };
    let mistakes = settings.mistakes();
    for mistake in &mistakes {
        eprintln!("{place}: {mistake}");
    }
    if mistakes.is_empty() {
        println!("{place} is in order.");
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
        Kind::Language => "en or de",
        Kind::Level => "error, warn, info, debug or trace",
        Kind::Channel => "off, stable or beta",
    };
    let row = |key: &Key| vec![key.name.to_owned(), values(key.kind).to_owned()];
    KEYS.iter().map(row).collect()
}
