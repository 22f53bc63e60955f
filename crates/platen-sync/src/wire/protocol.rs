//! Which versions of the protocol a side speaks.

use std::fmt;
use std::str::FromStr;

/// The version that this program speaks best.
pub const PROTOCOL: u16 = 1;

/// The header that every request and answer carries: the versions that its
/// sender speaks, as [`Protocols`] writes them. An answer without it is not the
/// server's, whatever it says: a captive portal or a proxy sent it.
pub const HEADER: &str = "platen-protocol";

/// The content type of every message.
pub const CONTENT_TYPE: &str = "application/json";
/// The content type of an answer with several messages, each in a line of its own.
pub const LINES_CONTENT_TYPE: &str = "application/x-ndjson";

/// The versions of the protocol that one side speaks: `1`, or `1-3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocols {
    oldest: u16,
    newest: u16,
}

/// Which side has to be updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhoUpdates {
    /// The client is too old.
    Client,
    /// The server is too old.
    Server,
}

/// Two sides have no version in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .who.sentence())]
pub struct NoCommonProtocol {
    /// Which of them has to be updated.
    pub who: WhoUpdates,
}

/// A text that names no versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This is not a range of versions such as 1-3.")]
pub struct NotProtocols;

impl WhoUpdates {
    /// What a person reads.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Client => {
                "This version of Platen is too old for its server. Update Platen on this computer."
            }
            Self::Server => {
                "The print server is too old for this version of Platen. Ask your administrator \
                 to update the server."
            }
        }
    }
}

impl Protocols {
    /// What this program speaks.
    pub const OURS: Self = Self {
        oldest: 1,
        newest: PROTOCOL,
    };

    /// The versions from `oldest` to `newest`; none if there are none.
    #[must_use]
    pub const fn new(oldest: u16, newest: u16) -> Option<Self> {
        if oldest == 0 || oldest > newest {
            return None;
        }
        Some(Self { oldest, newest })
    }

    /// The newest version that a client with these and a server both speak.
    ///
    /// *Errors*: there is none; the older side has to be updated.
    pub const fn common(self, server: Self) -> Result<u16, NoCommonProtocol> {
        if self.newest < server.oldest {
            return Err(NoCommonProtocol {
                who: WhoUpdates::Client,
            });
        }
        if server.newest < self.oldest {
            return Err(NoCommonProtocol {
                who: WhoUpdates::Server,
            });
        }
        Ok(if self.newest < server.newest {
            self.newest
        } else {
            server.newest
        })
    }
}

impl fmt::Display for Protocols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.oldest == self.newest {
            write!(f, "{}", self.newest)
        } else {
            write!(f, "{}-{}", self.oldest, self.newest)
        }
    }
}

impl FromStr for Protocols {
    type Err = NotProtocols;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (oldest, newest) = text.split_once('-').unwrap_or((text, text));
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<u16>().ok()).flatten()
        };
        number(oldest)
            .zip(number(newest))
            .and_then(|(oldest, newest)| Self::new(oldest, newest))
            .ok_or(NotProtocols)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(text: &str) -> Protocols {
        text.parse().unwrap()
    }

    #[test]
    fn two_sides_speak_the_newest_version_that_both_know() {
        let common = |client: &str, server: &str| versions(client).common(versions(server));
        assert_eq!(common("1", "1"), Ok(1));
        assert_eq!(common("1-3", "2-5"), Ok(3));
        assert_eq!(common("4-9", "2-5"), Ok(5));
        let who = |client, server| common(client, server).unwrap_err().who;
        assert_eq!(who("1-2", "3-4"), WhoUpdates::Client);
        assert_eq!(who("3-4", "1-2"), WhoUpdates::Server);
    }

    #[test]
    fn ranges_are_read_as_they_are_written() {
        for text in ["1", "1-3", "65535"] {
            assert_eq!(versions(text).to_string(), text);
        }
        for text in ["", "0", "3-1", "-1", "1-", "+1", "1-2-3", "65536", " 1"] {
            assert_eq!(text.parse::<Protocols>(), Err(NotProtocols), "{text:?}");
        }
    }
}
