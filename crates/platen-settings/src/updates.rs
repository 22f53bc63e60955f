//! Settings of newer versions: which, from where, and whose word counts.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use url::Url;

use crate::check::{Mistake, mistake};
use crate::system::DEFAULT_CHANNEL;
use crate::{Loaded, Settings};

/// What stands before the key itself. *Source*: RFC 8410, section 4 (id-Ed25519).
const ED25519: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// Which newer versions somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// None: whoever installs packages here brings them.
    Off,
    /// Those for everybody.
    Stable,
    /// Those to try as well.
    Beta,
}

impl Channel {
    /// Every one, the most careful first.
    pub const ALL: [Self; 3] = [Self::Off, Self::Stable, Self::Beta];

    /// As settings name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Stable => "stable",
            Self::Beta => "beta",
        }
    }
}

/// The key in what `openssl pkey -pubout` writes between its two lines; none: it is none.
#[must_use]
pub fn ed25519_public_key(text: &str) -> Option<[u8; 32]> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    bytes.strip_prefix(&ED25519)?.try_into().ok()
}

impl Settings {
    /// Which newer versions are wanted; where nothing is set, what suits the system.
    ///
    /// # Errors
    /// It is no channel.
    pub fn update_channel(&self) -> Result<Channel, Mistake> {
        let Some(text) = &self.update_channel else {
            return Ok(DEFAULT_CHANNEL);
        };
        let known = Channel::ALL
            .into_iter()
            .find(|channel| channel.name() == text);
        let names = Channel::ALL.map(Channel::name).join(", ");
        known.ok_or_else(|| mistake("update_channel", format!("must be one of {names}")))
    }

    /// Where newer versions are listed.
    ///
    /// # Errors
    /// It is no address, or not of https.
    pub fn update_url(&self) -> Result<Option<Url>, Mistake> {
        let Some(text) = &self.update_url else {
            return Ok(None);
        };
        let url = Url::parse(text).ok();
        let url = url.filter(|url| url.scheme() == "https");
        let wrong = || mistake("update_url", "must start with https://");
        url.map(Some).ok_or_else(wrong)
    }

    /// Whatever file it is from.
    pub(crate) fn checked_update_key(&self) -> Result<Option<[u8; 32]>, Mistake> {
        let Some(text) = &self.update_key else {
            return Ok(None);
        };
        let wrong = || {
            mistake(
                "update_key",
                "is no Ed25519 public key, such as MCowBQYDK2VwAyEA…",
            )
        };
        ed25519_public_key(text).map(Some).ok_or_else(wrong)
    }
}

impl Loaded {
    /// Whose lists of releases are believed instead of the builder's.
    ///
    /// # Errors
    /// It is no key, or none that an administrator has set: whoever can write a user's
    /// file could else have that user asked to install what he likes.
    pub fn update_key(&self) -> Result<Option<[u8; 32]>, Mistake> {
        let key = self.settings.checked_update_key()?;
        let managed = self.managed.iter().any(|one| one.key == "update_key");
        if key.is_some() && !managed {
            return Err(mistake(
                "update_key",
                "counts only where an administrator sets it, as in the policy",
            ));
        }
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Managed;

    /// By `openssl genpkey -algorithm ed25519 | openssl pkey -pubout`.
    const KEY: &str = "MCowBQYDK2VwAyEAmAEfVERgHLajNjAy3jF03BWHaNeJxAR0Ph8V/uWcTXI=";

    fn settings(channel: Option<&str>, url: Option<&str>, key: Option<&str>) -> Settings {
        Settings {
            update_channel: channel.map(str::to_owned),
            update_url: url.map(str::to_owned),
            update_key: key.map(str::to_owned),
            ..Settings::default()
        }
    }

    #[test]
    fn channels_are_known_by_name_and_the_systems_own_where_none_is() {
        for channel in Channel::ALL {
            let named = settings(Some(channel.name()), None, None);
            assert_eq!(named.update_channel(), Ok(channel));
        }
        assert_eq!(Settings::default().update_channel(), Ok(DEFAULT_CHANNEL));
        let refused = settings(Some("nightly"), None, None).mistakes();
        assert_eq!(
            refused[0].to_string(),
            "the setting “update_channel” must be one of off, stable, beta"
        );
    }

    #[test]
    fn list_is_read_over_tls_alone() {
        let url = |text| settings(None, Some(text), None);
        let good = url("https://updates.example.edu/releases.json");
        assert!(good.update_url().unwrap().is_some());
        for text in [
            "http://updates.example.edu/releases.json",
            "http://127.0.0.1/releases.json",
            "file:///srv/releases.json",
            "updates.example.edu",
        ] {
            assert_eq!(url(text).mistakes()[0].key, "update_url", "{text}");
        }
    }

    #[test]
    fn key_is_read_as_openssl_writes_it() {
        assert!(ed25519_public_key(KEY).is_some());
        assert_eq!(settings(None, None, Some(KEY)).mistakes(), []);
        let of_another_kind = KEY.replacen("MCowBQYDK2Vw", "MCowBQYDK2Vu", 1);
        for text in [
            "",
            "x",
            &KEY[1..],
            &KEY[..56],
            &of_another_kind,
            "MCowBQYDK2VwAyEA",
        ] {
            assert_eq!(ed25519_public_key(text), None, "{text}");
            assert_eq!(
                settings(None, None, Some(text)).mistakes()[0].key,
                "update_key"
            );
        }
    }

    #[test]
    fn key_of_a_user_does_not_count() {
        let mut loaded = Loaded {
            settings: settings(None, None, Some(KEY)),
            managed: Vec::new(),
        };
        let refused = loaded.update_key().unwrap_err().to_string();
        assert!(
            refused.contains("only where an administrator sets it"),
            "{refused}"
        );
        loaded.managed.push(Managed {
            key: "update_key".into(),
            file: "/etc/platen/policy.toml".into(),
        });
        assert!(loaded.update_key().unwrap().is_some());
        loaded.settings.update_key = None;
        assert_eq!(loaded.update_key(), Ok(None));
    }
}
