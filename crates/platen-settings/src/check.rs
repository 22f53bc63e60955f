//! What makes a value good.

use platen_words::{Speech, TAGS};
use url::Url;

use crate::Settings;

/// Every level that can be logged at, the quietest first.
pub(crate) const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
/// *Source*: CUPS, `cupsdValidateDest`: names of printers have at most 127 bytes.
const LONGEST_QUEUE: usize = 127;
/// Longer than any address or name in use, and short enough to read. *Units*: bytes.
const LONGEST_TEXT: usize = 2048;

/// Why a setting can't be used, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the setting “{key}” {what}")]
pub struct Mistake {
    /// Which one.
    pub key: &'static str,
    /// What is wrong with it.
    pub what: String,
}

pub(crate) fn mistake(key: &'static str, what: impl Into<String>) -> Mistake {
    let what = what.into();
    Mistake { key, what }
}

impl Settings {
    /// Everything that keeps these settings from being used.
    #[must_use]
    pub fn mistakes(&self) -> Vec<Mistake> {
        let mut found = Vec::new();
        let texts = [
            ("server_url", &self.server_url),
            ("issuer", &self.issuer),
            ("client_id", &self.client_id),
            ("client_secret", &self.client_secret),
            ("redirect_uri", &self.redirect_uri),
            ("groups_claim", &self.groups_claim),
            ("proxy", &self.proxy),
            ("language", &self.language),
            ("log_level", &self.log_level),
            ("update_channel", &self.update_channel),
            ("update_url", &self.update_url),
            ("update_key", &self.update_key),
        ];
        for (key, value) in texts {
            found.extend(value.as_deref().and_then(|value| bad_text(key, value)));
        }
        for queue in self.queues.iter().flatten() {
            found.extend(bad_queue(queue));
        }
        let paths = [
            ("pilot", &self.pilot),
            ("cups_server", &self.cups_server),
            ("data_dir", &self.data_dir),
            ("estimator", &self.estimator),
        ];
        for (key, path) in paths {
            if let Some(path) = path
                && !path.has_root()
            {
                found.push(mistake(key, "is no full path, such as /srv/platen"));
            }
        }
        let read = [
            self.issuer().err(),
            self.server_url().err(),
            self.redirect_uri().err(),
            self.proxy().err(),
            self.language().err(),
            self.log_level().err(),
            self.update_channel().err(),
            self.update_url().err(),
            self.checked_update_key().err(),
        ];
        for mistake in read.into_iter().flatten() {
            // What its text is wrong in was said already.
            if !found.iter().any(|one| one.key == mistake.key) {
                found.push(mistake);
            }
        }
        found.dedup();
        found
    }

    /// The server's address, if there is a server.
    ///
    /// # Errors
    /// It is no address, plain http to another machine, or there is no issuer, by
    /// whose word the server lets people in.
    pub fn server_url(&self) -> Result<Option<Url>, Mistake> {
        let url = safe_address("server_url", self.server_url.as_deref())?;
        if url.is_some() && self.issuer.is_none() {
            return Err(mistake(
                "server_url",
                "needs “issuer”: a server knows people by their sign-in",
            ));
        }
        Ok(url)
    }

    /// The identity provider's address, if there is one.
    ///
    /// # Errors
    /// It is no address, or plain http to another machine.
    pub fn issuer(&self) -> Result<Option<Url>, Mistake> {
        safe_address("issuer", self.issuer.as_deref())
    }

    /// Where the provider is to send the browser, if that is set.
    ///
    /// # Errors
    /// It is no address of this computer in plain http, or there is more to it than
    /// a host, a port and a path. *Source*: RFC 8252, sections 7.3 and 8.3.
    pub fn redirect_uri(&self) -> Result<Option<Url>, Mistake> {
        let Some(text) = &self.redirect_uri else {
            return Ok(None);
        };
        let ours = |url: &Url| {
            let here = matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
            let bare = url.query().is_none() && url.fragment().is_none();
            let nobody = url.username().is_empty() && url.password().is_none();
            url.scheme() == "http" && here && bare && nobody
        };
        let url = Url::parse(text).ok().filter(ours);
        url.map(Some).ok_or_else(|| {
            mistake(
                "redirect_uri",
                "is no address of this computer, such as http://127.0.0.1:8634/callback",
            )
        })
    }

    /// The proxy to the server, if one is set.
    ///
    /// # Errors
    /// It is no address.
    pub fn proxy(&self) -> Result<Option<Url>, Mistake> {
        let parse = |text: &String| {
            Url::parse(text).map_err(|_| {
                mistake(
                    "proxy",
                    "is no address, such as http://proxy.example.edu:3128",
                )
            })
        };
        self.proxy.as_ref().map(parse).transpose()
    }

    /// The language that is to be spoken, if that is set.
    ///
    /// # Errors
    /// It is none that is known.
    pub fn language(&self) -> Result<Option<&'static Speech>, Mistake> {
        let Some(text) = &self.language else {
            return Ok(None);
        };
        let known = TAGS.contains(&text.as_str());
        let speech = Speech::of_locale(text).filter(|_| known);
        let wrong = || mistake("language", format!("must be one of {}", TAGS.join(", ")));
        speech.map(Some).ok_or_else(wrong)
    }

    /// How much is to be logged, if that is set.
    ///
    /// # Errors
    /// It is no level.
    pub fn log_level(&self) -> Result<Option<&'static str>, Mistake> {
        let Some(text) = &self.log_level else {
            return Ok(None);
        };
        let known = LEVELS.into_iter().find(|level| level == text);
        let wrong = || mistake("log_level", format!("must be one of {}", LEVELS.join(", ")));
        known.map(Some).ok_or_else(wrong)
    }
}

fn safe_address(key: &'static str, text: Option<&str>) -> Result<Option<Url>, Mistake> {
    let Some(text) = text else {
        return Ok(None);
    };
    let url = Url::parse(text).map_err(|_| mistake(key, "is not an address"))?;
    if !platen_identity::is_safe(&url) {
        return Err(mistake(key, "must start with https://"));
    }
    Ok(Some(url))
}

fn bad_text(key: &'static str, value: &str) -> Option<Mistake> {
    if value.trim().is_empty() {
        return Some(mistake(key, "is empty"));
    }
    if value.len() > LONGEST_TEXT {
        return Some(mistake(key, format!("is longer than {LONGEST_TEXT} bytes")));
    }
    let control = value.chars().any(char::is_control);
    control.then(|| mistake(key, "contains a line break or another control character"))
}

/// *Source*: CUPS, lpadmin(8): any printable character but space, `/` and `#`.
fn bad_queue(name: &str) -> Option<Mistake> {
    let proper = |c: char| !c.is_control() && !c.is_whitespace() && !"/#?,'\"\\<>&".contains(c);
    let good = !name.is_empty() && name.len() <= LONGEST_QUEUE && name.chars().all(proper);
    let what = || format!("names {name:?}, which no print queue can be called");
    (!good).then(|| mistake("queues", what()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str, issuer: Option<&str>) -> Settings {
        Settings {
            server_url: Some(url.into()),
            issuer: issuer.map(str::to_owned),
            ..Settings::default()
        }
    }

    #[test]
    fn server_is_reached_by_tls_and_by_people_who_sign_in() {
        let issuer = Some("https://id.example.edu");
        assert!(
            server("https://print.example.edu", issuer)
                .server_url()
                .unwrap()
                .is_some()
        );
        assert!(
            server("http://127.0.0.1:8631", issuer)
                .server_url()
                .unwrap()
                .is_some()
        );
        assert!(
            server("http://print.example.edu", issuer)
                .server_url()
                .is_err()
        );
        assert!(server("print.example.edu", issuer).server_url().is_err());
        assert!(
            server("https://print.example.edu", None)
                .server_url()
                .is_err()
        );
        assert_eq!(Settings::default().server_url().unwrap(), None);
    }

    #[test]
    fn browser_is_sent_back_to_this_computer_alone() {
        let redirect = |text: &str| Settings {
            redirect_uri: Some(text.into()),
            ..Settings::default()
        };
        for good in [
            "http://127.0.0.1:8634/callback",
            "http://127.0.0.1/callback",
            "http://localhost",
        ] {
            assert!(redirect(good).redirect_uri().unwrap().is_some(), "{good}");
        }
        for bad in [
            "https://127.0.0.1/callback",
            "http://127.0.0.1.example.edu/callback",
            "http://print.example.edu/callback",
            "http://x@127.0.0.1/callback",
            "http://127.0.0.1/callback?a=b",
            "127.0.0.1:8634",
        ] {
            let said = redirect(bad).mistakes();
            assert_eq!(said.len(), 1, "{bad}: {said:?}");
        }
    }

    #[test]
    fn every_mistake_is_a_sentence_that_names_its_setting() {
        let settings = Settings {
            server_url: Some("ftp://print".into()),
            issuer: Some("https://id\nevil = 1".into()),
            client_id: Some(" ".into()),
            queues: Some(vec!["Secure".into(), "a b".into(), "Drucker-Süd".into()]),
            log_level: Some("loud".into()),
            data_dir: Some("platen".into()),
            ..Settings::default()
        };
        let said: Vec<String> = settings
            .mistakes()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            said,
            [
                "the setting “issuer” contains a line break or another control character",
                "the setting “client_id” is empty",
                "the setting “queues” names \"a b\", which no print queue can be called",
                "the setting “data_dir” is no full path, such as /srv/platen",
                "the setting “server_url” must start with https://",
                "the setting “log_level” must be one of error, warn, info, debug, trace",
            ]
        );
        assert_eq!(
            server("https://a.example", Some("https://b.example")).mistakes(),
            []
        );
    }
}
