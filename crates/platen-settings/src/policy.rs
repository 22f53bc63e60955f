//! Changes of a policy file's text.
//!
//! Values come from installers and scripts as plain text. They become TOML here,
//! correctly quoted whatever is in them, or are refused; no shell is in between.

use toml::{Table, Value};

use crate::key::Kind;
use crate::{Key, Mistake, Settings};

const HEADING: &str = "\
# The policy for every user's client here. Written by platenctl policy set, which keeps
# no other comments; platenctl policy keys lists the settings.
";

/// Why a policy was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A switch that is neither on nor off.
    #[error("the setting “{key}” must be true or false, not {value:?}")]
    NoSwitch {
        /// Which one.
        key: &'static str,
        /// What it was to be.
        value: String,
    },
    /// The file as it was can't be read.
    #[error("the policy has a mistake")]
    Broken(#[from] toml::de::Error),
    /// What the policy would say.
    #[error(transparent)]
    Mistake(#[from] Mistake),
}

/// The text of a policy file with `assignments` made in it; as it was, if it says all
/// that already.
///
/// # Errors
/// [`PolicyError`]; then nothing is to be changed.
pub fn assign(text: &str, assignments: &[(Key, String)]) -> Result<String, PolicyError> {
    changed(text, |policy| {
        for (key, value) in assignments {
            policy.insert(key.name.to_owned(), value_of(*key, value)?);
        }
        Ok(())
    })
}

/// The text of a policy file without what it says about `keys`.
///
/// # Errors
/// As [`assign`].
pub fn remove(text: &str, keys: &[Key]) -> Result<String, PolicyError> {
    changed(text, |policy| {
        for key in keys {
            policy.remove(key.name);
        }
        Ok(())
    })
}

fn changed(
    text: &str,
    change: impl FnOnce(&mut Table) -> Result<(), PolicyError>,
) -> Result<String, PolicyError> {
    let before: Table = toml::from_str(text)?;
    let mut policy = before.clone();
    change(&mut policy)?;
    let settings: Settings = policy.clone().try_into()?;
    if let Some(mistake) = settings.mistakes().into_iter().next() {
        return Err(mistake.into());
    }
    if policy == before {
        return Ok(text.to_owned());
    }
    Ok(format!("{HEADING}{policy}"))
}

fn value_of(key: Key, text: &str) -> Result<Value, PolicyError> {
    Ok(match key.kind {
        Kind::Switch => match text {
            "true" => true.into(),
            "false" => false.into(),
            other => {
                return Err(PolicyError::NoSwitch {
                    key: key.name,
                    value: other.to_owned(),
                });
            }
        },
        Kind::Names => names(text),
        Kind::Text | Kind::Address | Kind::Path | Kind::Language | Kind::Level | Kind::Channel => {
            text.into()
        }
    })
}

/// Names with commas between them.
pub(crate) fn names(text: &str) -> Value {
    let names = text.split(',').map(str::trim);
    let names = names.filter(|name| !name.is_empty());
    Value::Array(names.map(Value::from).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(name: &str) -> Key {
        Key::named(name).unwrap()
    }

    fn one(name: &str, value: &str) -> Result<Settings, PolicyError> {
        assign("", &[(key(name), value.to_owned())]).map(|text| toml::from_str(&text).unwrap())
    }

    #[test]
    fn values_keep_their_spaces_quotes_and_letters() {
        for value in [
            "Platen Büro 3",
            "it's \"here\"",
            "$(reboot)",
            "`id`; rm -rf / # x",
            "back\\slash",
            "]] = [[",
            "打印",
            "'''",
        ] {
            assert_eq!(
                one("client_id", value).unwrap().client_id.as_deref(),
                Some(value)
            );
        }
    }

    #[test]
    fn values_that_are_none_are_refused_with_a_sentence() {
        for (name, value) in [
            ("client_id", "two\nlines"),
            ("client_id", "bell\u{7}"),
            ("client_id", ""),
            ("issuer", "id.example.edu"),
            ("issuer", "javascript:alert(1)"),
            ("allow_quit", "yes"),
            ("queues", "Secure, two words"),
            ("queues", "../../etc/passwd"),
            ("log_level", "info\ninstall=1"),
            ("language", "fr"),
            ("language", "de_DE.UTF-8"),
            ("data_dir", "relative"),
        ] {
            let refused = one(name, value).unwrap_err().to_string();
            assert!(refused.contains(name), "{refused}");
        }
    }

    #[test]
    fn other_settings_stay_and_what_is_said_already_changes_nothing() {
        let before = "# of the print office\nclient_id = \"old\" # ask Kim\nallow_quit = true\n";
        let same = [(key("client_id"), "old".to_owned())];
        assert_eq!(assign(before, &same).unwrap(), before);
        assert_eq!(remove(before, &[key("queues")]).unwrap(), before);
        let assignments = [
            (key("client_id"), "new".to_owned()),
            (key("queues"), "Secure, Library".to_owned()),
        ];
        let after = assign(before, &assignments).unwrap();
        let settings: Settings = toml::from_str(&after).unwrap();
        let wanted = Settings {
            client_id: Some("new".into()),
            allow_quit: Some(true),
            queues: Some(vec!["Secure".into(), "Library".into()]),
            ..Settings::default()
        };
        assert_eq!(settings, wanted);
        let without = remove(&after, &[key("queues"), key("client_id")]).unwrap();
        assert_eq!(without, format!("{HEADING}allow_quit = true\n"));
    }

    #[test]
    fn a_policy_with_a_mistake_is_left_alone() {
        let refused = assign("isuer = 1", &[(key("client_id"), "x".into())]).unwrap_err();
        let PolicyError::Broken(source) = refused else {
            panic!("another error: {refused}");
        };
        assert!(source.to_string().contains("isuer"), "{source}");
        assert!(Key::named("isuer").is_none());
    }

    proptest! {
        /// Whatever is set is there as it was given, alone, or nothing is.
        #[test]
        fn no_value_becomes_anything_but_itself(value in any::<String>()) {
            if let Ok(settings) = one("client_id", &value) {
                prop_assert_eq!(settings, Settings { client_id: Some(value), ..Settings::default() });
            }
        }
    }
}
