//! Attributes as they came, by name.

use super::{Incomplete, MALFORMED};

/// One value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Integer(i32),
    Enum(i32),
    Boolean(bool),
    Range(i32, i32),
    Resolution(i32, i32, u8),
    /// Name, keyword, text, URI, charset or language; not UTF-8 is replaced.
    Text(String),
    /// MIME type, or a text that carries its own language: CUPS leaves these
    /// out of what backends are told.
    Hidden(String),
    Collection(Attributes),
    /// No value, unknown, octets, dates and whatever IPP may add.
    Other,
}

impl Value {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Hidden(text) => Some(text),
            _ => None,
        }
    }
}

/// The attributes of one group or collection, in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes(pub(crate) Vec<(String, Vec<Value>)>);

impl Attributes {
    pub(crate) fn all(&self, name: &str) -> &[Value] {
        self.0
            .iter()
            .find(|(other, _)| other == name)
            .map_or(&[], |(_, values)| values.as_slice())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.all(name).first()?.text()
    }

    /// The values of every attribute of this name: cupsd sends some more than once.
    pub(crate) fn each<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        let named = self.0.iter().filter(move |(other, _)| other == name);
        named.flat_map(|(_, values)| values)
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.all(name)
            .iter()
            .filter_map(|value| match value {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i32> {
        match self.all(name).first()? {
            Value::Integer(number) | Value::Enum(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn boolean(&self, name: &str) -> Option<bool> {
        match self.all(name).first()? {
            Value::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn collection(&self, name: &str) -> Option<&Self> {
        match self.all(name).first()? {
            Value::Collection(members) => Some(members),
            _ => None,
        }
    }

    pub(super) fn add(&mut self, name: String, value: Value) {
        self.0.push((name, vec![value]));
    }

    pub(super) fn add_to_last(&mut self, value: Value) -> Result<(), Incomplete> {
        let (_, values) = self.0.last_mut().ok_or(MALFORMED)?;
        values.push(value);
        Ok(())
    }
}
