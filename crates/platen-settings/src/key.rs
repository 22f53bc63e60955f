//! What can be set, by name.

/// A setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name in the files.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
}

/// What values a setting has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A line of text.
    Text,
    /// The address of a service.
    Address,
    /// Names with commas between them.
    Names,
    /// `true` or `false`.
    Switch,
    /// The full path of a file or directory.
    Path,
    /// One of the languages' tags, `en` or `de`.
    Language,
    /// One of `error`, `warn`, `info`, `debug`, `trace`.
    Level,
    /// One of `off`, `stable`, `beta`.
    Channel,
}

const fn key(name: &'static str, kind: Kind) -> Key {
    Key { name, kind }
}

/// Every setting there is.
pub const KEYS: [Key; 19] = [
    key("server_url", Kind::Address),
    key("issuer", Kind::Address),
    key("client_id", Kind::Text),
    key("client_secret", Kind::Text),
    key("redirect_uri", Kind::Address),
    key("groups_claim", Kind::Text),
    key("queues", Kind::Names),
    key("proxy", Kind::Address),
    key("autostart", Kind::Switch),
    key("allow_quit", Kind::Switch),
    key("language", Kind::Language),
    key("log_level", Kind::Level),
    key("update_channel", Kind::Channel),
    key("update_url", Kind::Address),
    key("update_key", Kind::Text),
    key("pilot", Kind::Path),
    key("cups_server", Kind::Path),
    key("data_dir", Kind::Path),
    key("estimator", Kind::Path),
];

impl Key {
    /// The setting of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        KEYS.into_iter().find(|key| key.name == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Settings;

    #[test]
    fn names_are_those_of_the_settings_and_of_the_documentation() {
        let text = || Some(String::from("x"));
        let path = || Some("/x".into());
        let all = Settings {
            server_url: text(),
            issuer: text(),
            client_id: text(),
            client_secret: text(),
            redirect_uri: text(),
            groups_claim: text(),
            queues: Some(Vec::new()),
            proxy: text(),
            autostart: Some(true),
            allow_quit: Some(true),
            language: text(),
            log_level: text(),
            update_channel: text(),
            update_url: text(),
            update_key: text(),
            pilot: path(),
            cups_server: path(),
            data_dir: path(),
            estimator: path(),
        };
        let fields: BTreeSet<String> = toml::Table::try_from(&all)
            .unwrap()
            .keys()
            .cloned()
            .collect();
        let names: BTreeSet<String> = KEYS.iter().map(|key| key.name.to_owned()).collect();
        assert_eq!(fields, names);
        let documentation = include_str!("../../../docs/configuration.md");
        for name in names {
            let row = format!("\n| `{name}` |");
            assert!(documentation.contains(&row), "{name} is not documented");
        }
    }
}
