//! What the file and the environment say, each with its place.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{self, KEYS, Key, Kind, PREFIX};

/// Where something was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the file.
    File {
        path: PathBuf,
        line: usize,
        column: usize,
    },
    /// In a variable of the environment.
    Variable(String),
    /// Nowhere: it is missing.
    Nowhere,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, column } => {
                write!(f, "{}, line {line}, column {column}", path.display())
            }
            Self::Variable(name) => f.write_str(name),
            Self::Nowhere => f.write_str("configuration"),
        }
    }
}

/// A mistake that somebody has to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where it is.
    pub(crate) place: Place,
    /// What is wrong, and what to do.
    pub(crate) message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

#[derive(Clone, Debug)]
enum Value {
    Text(String),
    List(Vec<String>),
    Whole(i64),
    Switch(bool),
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Said<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

impl<T> Said<T> {
    /// The mistake that this is.
    pub(crate) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault {
            place: self.place.clone(),
            message: message.into(),
        }
    }
}

/// Everything that was said, and the mistakes found so far.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    entries: BTreeMap<&'static str, Said<Value>>,
    /// Mistakes, in the order in which they were found.
    pub(crate) faults: Vec<Fault>,
}

impl Entries {
    /// Reads the text of the file at `path`; false if it is no TOML, so that
    /// nothing is known of what it says.
    pub(crate) fn read_file(&mut self, path: &Path, text: &str) -> bool {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let offset = error.span().map_or(0, |span| span.start);
            let message = error.message().trim().replace('`', "\"");
            self.faults.push(Fault {
                place: place_in(path, text, offset),
                message: format!("this is no TOML: {message}"),
            });
        }
        if !self.faults.is_empty() {
            return false;
        }
        self.read_table(path, text, "", table.get_ref());
        true
    }

    fn read_table(&mut self, path: &Path, text: &str, above: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let dotted = format!("{above}{}", name.get_ref());
            let place = place_in(path, text, name.span().start);
            if let DeValue::Table(inner) = value.get_ref()
                && KEYS
                    .iter()
                    .any(|key| key.path.starts_with(&format!("{dotted}.")))
            {
                self.read_table(path, text, &format!("{dotted}."), inner);
                continue;
            }
            let Some(key) = keys::find(&dotted) else {
                self.fault(place, unknown(&dotted, keys::nearest(&dotted)));
                continue;
            };
            let place = place_in(path, text, value.span().start);
            match from_toml(key.kind, value) {
                Some(value) => {
                    self.entries.insert(key.path, Said { value, place });
                }
                None => self.fault(place, wrong_kind(key)),
            }
        }
    }

    /// Reads variables of the environment; they win over the file.
    pub(crate) fn read_environment(&mut self, variables: impl Iterator<Item = (String, String)>) {
        for (name, text) in variables {
            if !name.starts_with(PREFIX) || name == CONFIG_VARIABLE {
                continue;
            }
            let place = Place::Variable(name.clone());
            let Some(key) = KEYS.iter().find(|key| key.variable() == name) else {
                let meant = name[PREFIX.len()..].to_ascii_lowercase();
                let nearest = KEYS
                    .iter()
                    .find(|key| keys::nearest(&meant) == Some(key.path))
                    .map(Key::variable);
                self.fault(place, unknown(&name, nearest.as_deref()));
                continue;
            };
            match from_text(key.kind, &text) {
                Some(value) => {
                    self.entries.insert(key.path, Said { value, place });
                }
                None => self.fault(place, wrong_kind(key)),
            }
        }
    }

    /// Notes a mistake.
    pub(crate) fn fault(&mut self, place: Place, message: impl Into<String>) {
        let message = message.into();
        self.faults.push(Fault { place, message });
    }

    /// Notes the mistake of a result, if it is one.
    pub(crate) fn taken<T>(&mut self, result: Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.faults.push(fault)).ok()
    }

    /// A text, if it was said.
    pub(crate) fn text(&mut self, path: &'static str) -> Option<Said<String>> {
        let said = self.entries.get(path)?;
        let Value::Text(text) = &said.value else {
            return None;
        };
        let said = Said {
            value: text.clone(),
            place: said.place.clone(),
        };
        if said.value.trim().is_empty() {
            let fault = said.fault(format!(
                "“{path}” is empty; give it a value or leave it out"
            ));
            self.faults.push(fault);
            return None;
        }
        Some(said)
    }

    /// The texts of a list, if it was said, each with the list's place.
    pub(crate) fn list(&mut self, path: &'static str) -> Option<Vec<Said<String>>> {
        let said = self.entries.get(path)?;
        let Value::List(texts) = &said.value else {
            return None;
        };
        let each = texts.iter().map(|text| Said {
            value: text.clone(),
            place: said.place.clone(),
        });
        Some(each.collect())
    }

    /// A whole number, if it was said and lies in `range`.
    pub(crate) fn whole(
        &mut self,
        path: &'static str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Option<u64> {
        let said = self.entries.get(path)?;
        let Value::Whole(whole) = said.value else {
            return None;
        };
        if range.contains(&whole) {
            return u64::try_from(whole).ok();
        }
        let fault = said.fault(format!(
            "{whole} is not between {} and {}",
            range.start(),
            range.end()
        ));
        self.faults.push(fault);
        None
    }

    /// A switch; off unless it was said.
    pub(crate) fn switch(&mut self, path: &'static str) -> bool {
        matches!(
            self.entries.get(path).map(|said| &said.value),
            Some(Value::Switch(true))
        )
    }

    /// Where `path` was said, or nowhere.
    pub(crate) fn place(&self, path: &str) -> Place {
        let said = self.entries.get(path);
        said.map_or(Place::Nowhere, |said| said.place.clone())
    }
}

/// Names the file to read; it is no key.
pub(crate) const CONFIG_VARIABLE: &str = "PLATEN_SERVER_CONFIG";

fn unknown(name: &str, nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("“{name}” is not known; did you mean “{nearest}”?"),
        None => format!("“{name}” is not known; `platen-server --help` lists what is"),
    }
}

fn wrong_kind(key: &Key) -> String {
    let wanted = match key.kind {
        Kind::Text => "a text in quotation marks",
        Kind::List => "a list of texts such as [\"one\", \"two\"] (in the environment: one,two)",
        Kind::Whole => "a whole number",
        Kind::Switch => "true or false",
    };
    format!("“{}” must be {wanted}", key.path)
}

fn from_toml(kind: Kind, value: &Spanned<DeValue<'_>>) -> Option<Value> {
    match (kind, value.get_ref()) {
        (Kind::Text, DeValue::String(text)) => Some(Value::Text(text.to_string())),
        (Kind::List, DeValue::String(text)) => Some(Value::List(vec![text.to_string()])),
        (Kind::List, DeValue::Array(values)) => {
            let texts = values.iter().map(|value| match value.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                _ => None,
            });
            texts.collect::<Option<_>>().map(Value::List)
        }
        (Kind::Whole, DeValue::Integer(whole)) => {
            i64::from_str_radix(whole.as_str(), whole.radix())
                .ok()
                .map(Value::Whole)
        }
        (Kind::Switch, DeValue::Boolean(on)) => Some(Value::Switch(*on)),
        _ => None,
    }
}

fn from_text(kind: Kind, text: &str) -> Option<Value> {
    let text = text.trim();
    match kind {
        Kind::Text => Some(Value::Text(text.to_owned())),
        Kind::List => {
            let parts = text.split(',').map(str::trim);
            let texts = parts.filter(|part| !part.is_empty()).map(str::to_owned);
            Some(Value::List(texts.collect()))
        }
        Kind::Whole => text.parse().ok().map(Value::Whole),
        Kind::Switch => text.parse().ok().map(Value::Switch),
    }
}

fn place_in(path: &Path, text: &str, offset: usize) -> Place {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Place::File {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}
