//! What the rest of the program sees of a sign-in.

use jiff::Timestamp;
use platen_domain::Person;
use platen_words::{Speech, fill};
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
    pub fn sentence(&self, speech: &Speech) -> String {
        let words = &speech.sign_in;
        match self {
            Self::NotConfigured => words.not_configured.to_owned(),
            Self::SignedOut => words.nobody.to_owned(),
            Self::SignedIn { person, kept, .. } => {
                with_note(speech, fill(words.signed_in, &[&person.name]), *kept)
            }
            Self::Offline {
                person,
                cause,
                kept,
                ..
            } => {
                let mut text = fill(words.offline, &[&person.name]);
                if let Some(cause) = cause {
                    text = format!("{text} {}", cause.sentence(speech));
                }
                with_note(speech, text, *kept)
            }
            Self::Expired { person } => fill(words.expired, &[&person.name]),
            Self::Revoked { person } => fill(words.revoked, &[&person.name]),
            Self::KeyringLocked => words.keyring_locked.to_owned(),
            Self::KeyringMissing => words.keyring_missing.to_owned(),
        }
    }
}

fn with_note(speech: &Speech, text: String, kept: Kept) -> String {
    match kept {
        Kept::Sealed => text,
        Kept::InMemory(why) => format!("{text} {}", why.sentence(speech)),
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotKept {
    /// The keyring is locked.
    KeyringLocked,
    /// There is no keyring.
    KeyringMissing,
    /// The file can't be written, for example because the disk is full.
    Disk,
}

impl NotKept {
    /// What a person reads.
    #[must_use]
    pub const fn sentence(self, speech: &Speech) -> &'static str {
        let words = &speech.sign_in;
        match self {
            Self::KeyringLocked => words.forgotten_keyring_locked,
            Self::KeyringMissing => words.forgotten_keyring_missing,
            Self::Disk => words.forgotten_disk,
        }
    }
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
