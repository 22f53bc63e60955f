//! The policy as the registry of Windows has it.
//!
//! Each value has a setting's name, as in `policy.toml`; case does not count there. Installers
//! write text (`REG_SZ`), group policies also lists (`REG_MULTI_SZ`) and numbers
//! (`REG_DWORD`). Nothing here asks the operating system: what it says is given.

use toml::{Table, Value};

use crate::key::Kind;
use crate::{Key, Settings};

/// The key of the registry with the policy.
pub const POLICY_KEY: &str = r"Software\Policies\Platen";

/// *Source*: Windows, winnt.h, registry value types.
const TEXT: u32 = 1;
const NUMBER: u32 = 4;
const LIST: u32 = 7;

/// A value of the registry as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryValue {
    /// Its name.
    pub name: String,
    /// Its type, by number. *Source*: winnt.h.
    pub kind: u32,
    /// What is kept: text in UTF-16, numbers, both with the lowest byte first.
    pub bytes: Vec<u8>,
}

/// Why a value of the registry can't be used, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryMistake {
    /// There is no setting of that name.
    #[error("the value “{0}” is no setting")]
    Unknown(String),
    /// Twice the same setting, in other letters.
    #[error("the setting “{0}” is there twice")]
    Twice(&'static str),
    /// Of a type that the setting has no use for.
    #[error("the setting “{key}” must be {wanted}")]
    Type {
        /// Which setting.
        key: &'static str,
        /// What it can be.
        wanted: &'static str,
    },
    /// Text that is none.
    #[error("the setting “{0}” is no proper text (UTF-16)")]
    Text(&'static str),
}

/// The settings that the registry's `values` are.
///
/// # Errors
/// The first mistake. Whether an address is one is not asked here: [`Settings::mistakes`].
pub fn from_registry(values: &[RegistryValue]) -> Result<Settings, RegistryMistake> {
    let mut table = Table::new();
    for value in values {
        let (key, value) = setting(value)?;
        if table.insert(key.name.to_owned(), value).is_some() {
            return Err(RegistryMistake::Twice(key.name));
        }
    }
    Ok(table.try_into().expect("each value has its setting's kind"))
}

fn setting(value: &RegistryValue) -> Result<(Key, Value), RegistryMistake> {
    let key = crate::KEYS
        .into_iter()
        .find(|key| key.name.eq_ignore_ascii_case(&value.name))
        .ok_or_else(|| RegistryMistake::Unknown(value.name.clone()))?;
    let text = || text(&value.bytes).ok_or(RegistryMistake::Text(key.name));
    let wrong = |wanted| {
        Err(RegistryMistake::Type {
            key: key.name,
            wanted,
        })
    };
    let found = match (key.kind, value.kind) {
        (Kind::Switch, NUMBER) => match value.bytes.as_slice() {
            [0, 0, 0, 0] => false.into(),
            [1, 0, 0, 0] => true.into(),
            _ => return wrong("1 or 0, or the text true or false"),
        },
        (Kind::Switch, TEXT) => match text()?.as_str() {
            "true" => true.into(),
            "false" => false.into(),
            _ => return wrong("1 or 0, or the text true or false"),
        },
        (Kind::Switch, _) => return wrong("1 or 0, or the text true or false"),
        (Kind::Names, TEXT) => crate::policy::names(&text()?),
        (Kind::Names, LIST) => {
            let list = text()?;
            let lines = list.split('\0').filter(|line| !line.is_empty());
            Value::Array(lines.map(Value::from).collect())
        }
        (Kind::Names, _) => return wrong("text (REG_SZ) or a list (REG_MULTI_SZ)"),
        (
            Kind::Text | Kind::Address | Kind::Path | Kind::Language | Kind::Level | Kind::Channel,
            TEXT,
        ) => text()?.into(),
        (
            Kind::Text | Kind::Address | Kind::Path | Kind::Language | Kind::Level | Kind::Channel,
            _,
        ) => {
            return wrong("text (REG_SZ)");
        }
    };
    Ok((key, found))
}

/// Without the end mark, which not everybody writes; none: not UTF-16.
fn text(bytes: &[u8]) -> Option<String> {
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    let units = units.strip_suffix(&[0]).unwrap_or(&units);
    String::from_utf16(units).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::KEYS;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn value(name: &str, kind: u32, bytes: Vec<u8>) -> RegistryValue {
        RegistryValue {
            name: name.to_owned(),
            kind,
            bytes,
        }
    }

    #[test]
    fn what_installers_and_group_policies_write_is_understood() {
        let settings = from_registry(&[
            value("server_url", TEXT, utf16("https://print.example.edu\0")),
            value("Issuer", TEXT, utf16("https://id.example.edu")),
            value("queues", LIST, utf16("Secure\0Drucker-Süd\0\0")),
            value("autostart", NUMBER, vec![0, 0, 0, 0]),
            value("allow_quit", TEXT, utf16("true\0")),
        ]);
        let wanted = Settings {
            server_url: Some("https://print.example.edu".into()),
            issuer: Some("https://id.example.edu".into()),
            queues: Some(vec!["Secure".into(), "Drucker-Süd".into()]),
            autostart: Some(false),
            allow_quit: Some(true),
            ..Settings::default()
        };
        assert_eq!(settings, Ok(wanted));
        let commas = from_registry(&[value("queues", TEXT, utf16("Secure, Library\0"))]);
        assert_eq!(
            commas.unwrap().queues,
            Some(vec!["Secure".to_owned(), "Library".to_owned()])
        );
        assert_eq!(from_registry(&[]), Ok(Settings::default()));
    }

    #[test]
    fn mistakes_are_sentences_that_name_the_setting() {
        for (values, sentence) in [
            (
                vec![value("isuer", TEXT, utf16("x"))],
                "the value “isuer” is no setting",
            ),
            (
                vec![value("issuer", NUMBER, vec![1, 0, 0, 0])],
                "the setting “issuer” must be text (REG_SZ)",
            ),
            (
                vec![value("allow_quit", NUMBER, vec![2, 0, 0, 0])],
                "the setting “allow_quit” must be 1 or 0, or the text true or false",
            ),
            (
                vec![value("queues", NUMBER, vec![1, 0, 0, 0])],
                "the setting “queues” must be text (REG_SZ) or a list (REG_MULTI_SZ)",
            ),
            (
                vec![value("client_id", TEXT, vec![65])],
                "the setting “client_id” is no proper text (UTF-16)",
            ),
            (
                vec![
                    value("client_id", TEXT, utf16("a")),
                    value("CLIENT_ID", TEXT, utf16("b")),
                ],
                "the setting “client_id” is there twice",
            ),
        ] {
            assert_eq!(from_registry(&values).unwrap_err().to_string(), sentence);
        }
    }

    proptest! {
        /// Text stays what it is, with every letter and quotation mark, but for one end mark.
        #[test]
        fn no_text_becomes_anything_but_itself(text in "[^\0]*") {
            for end in ["", "\0"] {
                let bytes = utf16(&format!("{text}{end}"));
                let settings = from_registry(&[value("client_id", TEXT, bytes)]).unwrap();
                prop_assert_eq!(settings, Settings {
                    client_id: Some(text.clone()),
                    ..Settings::default()
                });
            }
        }

        /// Whatever is in the registry, it is settings or a mistake with a sentence.
        #[test]
        fn no_bytes_of_any_type_do_harm(
            which in 0..KEYS.len(),
            kind in 0..13_u32,
            bytes in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let name = KEYS[which].name;
            match from_registry(&[value(name, kind, bytes)]) {
                Ok(settings) => {
                    let set = Table::try_from(settings).unwrap();
                    prop_assert!(set.keys().eq([name]), "{set}");
                }
                Err(mistake) => prop_assert!(mistake.to_string().contains(name)),
            }
        }
    }
}
