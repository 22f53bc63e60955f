//! The policy as a configuration profile of macOS has it.
//!
//! What a management server sends lands in a property list that nobody but the system writes;
//! its keys are the settings' names, as in `policy.toml`. *Source*: Apple, Device Management,
//! managed preferences.

use std::io::Cursor;

use plist::Value as Managed;
use toml::{Table, Value};

use crate::key::Kind;
use crate::{KEYS, Key, Settings};

/// Where macOS puts what holds for everybody on the computer.
pub const PROFILE_FILE: &str = "/Library/Managed Preferences/org.platen.client.plist";

/// Why a profile can't be used, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum ProfileMistake {
    /// Neither XML nor the binary kind.
    #[error("this is no property list")]
    NoList(#[from] plist::Error),
    /// A list of another shape.
    #[error("the property list is no dictionary")]
    NoDictionary,
    /// There is no setting of that name.
    #[error("the key “{0}” is no setting")]
    Unknown(String),
    /// Of a type that the setting has no use for.
    #[error("the setting “{key}” must be {wanted}")]
    Type {
        /// Which setting.
        key: &'static str,
        /// What it can be.
        wanted: &'static str,
    },
}

/// The settings of a property list, XML or binary.
///
/// # Errors
/// The first mistake. Whether an address is one is not asked here: [`Settings::mistakes`].
pub fn from_profile(bytes: &[u8]) -> Result<Settings, ProfileMistake> {
    let list = Managed::from_reader(Cursor::new(bytes))?;
    let list = list.into_dictionary().ok_or(ProfileMistake::NoDictionary)?;
    let mut table = Table::new();
    for (name, value) in list {
        let key = KEYS.into_iter().find(|key| key.name == name);
        let key = key.ok_or(ProfileMistake::Unknown(name))?;
        table.insert(key.name.to_owned(), setting(key, value)?);
    }
    Ok(table.try_into().expect("each value has its setting's kind"))
}

fn setting(key: Key, value: Managed) -> Result<Value, ProfileMistake> {
    let wanted = match key.kind {
        Kind::Switch => match value {
            Managed::Boolean(switch) => return Ok(switch.into()),
            _ => "true or false",
        },
        Kind::Names => match value {
            Managed::String(text) => return Ok(crate::policy::names(&text)),
            Managed::Array(list) => {
                let names: Option<Vec<_>> = list.into_iter().map(Managed::into_string).collect();
                match names {
                    Some(names) => {
                        return Ok(Value::Array(names.into_iter().map(Value::from).collect()));
                    }
                    None => "an array of strings",
                }
            }
            _ => "an array of strings",
        },
        Kind::Text | Kind::Address | Kind::Path | Kind::Language | Kind::Level | Kind::Channel => {
            match value {
                Managed::String(text) => return Ok(text.into()),
                _ => "a string",
            }
        }
    };
    Err(ProfileMistake::Type {
        key: key.name,
        wanted,
    })
}

#[cfg(test)]
mod tests {
    use plist::Dictionary;
    use proptest::prelude::*;

    use super::*;

    fn xml(dictionary: Dictionary) -> Vec<u8> {
        let mut bytes = Vec::new();
        Managed::Dictionary(dictionary)
            .to_writer_xml(&mut bytes)
            .unwrap();
        bytes
    }

    fn binary(dictionary: Dictionary) -> Vec<u8> {
        let mut bytes = Vec::new();
        Managed::Dictionary(dictionary)
            .to_writer_binary(&mut bytes)
            .unwrap();
        bytes
    }

    fn one(name: &str, value: Managed) -> Dictionary {
        Dictionary::from_iter([(name.to_owned(), value)])
    }

    #[test]
    fn profiles_of_both_kinds_say_the_same() {
        let names = vec![Managed::from("Secure"), Managed::from("Drucker-Süd")];
        let list = Dictionary::from_iter([
            ("issuer".to_owned(), Managed::from("https://id.example.edu")),
            ("queues".to_owned(), Managed::Array(names)),
            ("allow_quit".to_owned(), Managed::Boolean(false)),
        ]);
        let wanted = Settings {
            issuer: Some("https://id.example.edu".into()),
            queues: Some(vec!["Secure".into(), "Drucker-Süd".into()]),
            allow_quit: Some(false),
            ..Settings::default()
        };
        assert_eq!(from_profile(&xml(list.clone())).unwrap(), wanted);
        assert_eq!(from_profile(&binary(list)).unwrap(), wanted);
    }

    #[test]
    fn mistakes_are_sentences_that_name_the_setting() {
        let number = || Managed::Integer(1.into());
        for (list, sentence) in [
            (one("isuer", number()), "the key “isuer” is no setting"),
            (
                one("issuer", number()),
                "the setting “issuer” must be a string",
            ),
            (
                one("allow_quit", number()),
                "the setting “allow_quit” must be true or false",
            ),
            (
                one("queues", Managed::Array(vec![number()])),
                "the setting “queues” must be an array of strings",
            ),
        ] {
            let refused = from_profile(&xml(list)).unwrap_err();
            assert_eq!(refused.to_string(), sentence);
        }
        let refused = from_profile(b"issuer = 1").unwrap_err();
        assert!(matches!(refused, ProfileMistake::NoList(_)), "{refused}");
    }

    proptest! {
        /// Text stays what it is, whatever is in it.
        #[test]
        fn no_text_becomes_anything_but_itself(text in any::<String>()) {
            let list = one("client_id", Managed::String(text.clone()));
            prop_assert_eq!(from_profile(&binary(list)).unwrap(), Settings {
                client_id: Some(text),
                ..Settings::default()
            });
        }

        /// Whatever is in the file, it is settings or a mistake.
        #[test]
        fn no_bytes_do_harm(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
            as_xml in any::<bool>(),
        ) {
            let list = one("queues", Managed::Array(vec![Managed::String("Secure".into())]));
            let mut bytes = if as_xml { xml(list) } else { binary(list) };
            for (place, byte) in changes {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            if let Ok(settings) = from_profile(&bytes) {
                prop_assert_eq!(settings.client_id, None);
                prop_assert_eq!(settings.allow_quit, None);
            }
        }
    }
}
