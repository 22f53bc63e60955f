//! What the rest of the program sees of a sign-in.

use jiff::Timestamp;
use platen_domain::Person;
use url::Url;

use crate::error::ProviderError;
use crate::keyring_thread::KeyringTrouble;

/// Who is signed in and how sure that is; published on a watch channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// No issuer is set up: the computer's own user prints.
    NotConfigured,
    /// Nobody is signed in.
    SignedOut,
    /// The provider vouched for this person.
    SignedIn {
        /// Who it is.
        person: Person,
        /// Until when that holds; it is renewed shortly before.
        fresh_until: Timestamp,
        /// Whether it survives a restart.
        kept: Kept,
    },
    /// The last known person; the provider could not be asked.
    Offline {
        /// Who it was.
        person: Person,
        /// Since when the provider has not been reached (or the program runs).
        since: Timestamp,
        /// Why; nothing if it has not been asked since the start.
        cause: Option<ProviderError>,
        /// Whether it survives a restart.
        kept: Kept,
    },
    /// It ran out and can't be renewed without the person.
    Expired {
        /// Who it was.
        person: Person,
    },
    /// The provider no longer accepts it.
    Revoked {
        /// Who it was.
        person: Person,
    },
    /// Somebody was signed in, but the keyring is locked.
    KeyringLocked,
    /// Somebody was signed in, but there is no keyring to open the session with.
    KeyringMissing,
}

impl Status {
    /// The person, if one is known, fresh or not.
    #[must_use]
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::SignedIn { person, .. }
            | Self::Offline { person, .. }
            | Self::Expired { person }
            | Self::Revoked { person } => Some(person),
            Self::NotConfigured | Self::SignedOut | Self::KeyringLocked | Self::KeyringMissing => {
                None
            }
        }
    }

    /// Whether the person has to do something to be signed in again.
    #[must_use]
    pub fn needs_sign_in(&self) -> bool {
        !matches!(
            self,
            Self::NotConfigured | Self::SignedIn { .. } | Self::Offline { .. }
        )
    }

    /// One sentence that tells a person how things are.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::NotConfigured => {
                "No sign-in service is set up; the computer's own user is used.".into()
            }
            Self::SignedOut => "Nobody is signed in.".into(),
            Self::SignedIn { person, kept, .. } => {
                with_note(format!("Signed in as {}.", person.name), *kept)
            }
            Self::Offline {
                person,
                cause,
                kept,
                ..
            } => {
                let mut text = format!("Offline, last signed in as {}.", person.name);
                if let Some(cause) = cause {
                    text = format!("{text} {cause}");
                }
                with_note(text, *kept)
            }
            Self::Expired { person } => {
                format!(
                    "The sign-in of {} has run out. Please sign in again.",
                    person.name
                )
            }
            Self::Revoked { person } => {
                format!(
                    "The sign-in of {} has ended or was withdrawn. Please sign in again.",
                    person.name
                )
            }
            Self::KeyringLocked => KeyringTrouble::Locked.to_string(),
            Self::KeyringMissing => KeyringTrouble::Missing.to_string(),
        }
    }
}

fn with_note(text: String, kept: Kept) -> String {
    match kept {
        Kept::Sealed => text,
        Kept::InMemory(why) => format!("{text} {why}"),
    }
}

/// Whether a sign-in survives the end of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Sealed on disk, its key in the keyring.
    Sealed,
    /// In memory only.
    InMemory(NotKept),
}

/// Why a sign-in is kept in memory only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    /// The keyring is locked.
    #[error("It is forgotten when Platen closes, because the desktop's keyring is locked.")]
    KeyringLocked,
    /// There is no keyring.
    #[error("It is forgotten when Platen closes, because this desktop has no keyring.")]
    KeyringMissing,
    /// The file can't be written, for example because the disk is full.
    #[error("It is forgotten when Platen closes, because it could not be saved; is the disk full?")]
    Disk,
}

impl From<KeyringTrouble> for NotKept {
    fn from(trouble: KeyringTrouble) -> Self {
        match trouble {
            KeyringTrouble::Locked => Self::KeyringLocked,
            KeyringTrouble::Missing => Self::KeyringMissing,
        }
    }
}

/// What a finished sign-in or refresh leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who it is.
    pub person: Person,
    /// Until when the provider vouches for it.
    pub fresh_until: Timestamp,
    /// Whether it survives a restart.
    pub kept: Kept,
}

/// What was found of an earlier sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restored {
    /// None was kept, or it was another issuer's.
    Nothing,
    /// The last known person.
    Person(Person),
    /// One is there, but the keyring is locked; it is taken up when it opens.
    KeyringLocked,
    /// One is there, but no keyring answers.
    KeyringMissing,
    /// One is there, but it is damaged or its key is gone: sign in again.
    Unreadable,
}

/// What a sign-out did at the provider. Here, everything is forgotten anyway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedOut {
    /// Whether the provider withdrew the tokens.
    pub revocation: Revocation,
    /// Where the browser ends the provider's own session, if it offers that.
    pub end_session: Option<Url>,
}

/// Whether the provider withdrew the tokens.
///
/// *Source*: RFC 7009.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// It did.
    Done,
    /// There was no token to withdraw.
    Nothing,
    /// It has no way to withdraw tokens; they run out by themselves.
    NotOffered,
    /// It could not be asked; the tokens run out by themselves.
    Failed(ProviderError),
}
