//! Why there is no update.

use std::io;

use jiff::Timestamp;
use platen_settings::Mistake;

use crate::list::ListError;

/// Why something could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Nobody answers, somebody else does, or the way leads over plain http.
    #[error("no answer")]
    Unreachable(#[source] reqwest::Error),
    /// An answer that is not the file.
    #[error("the answer is HTTP {0}")]
    Status(u16),
    /// More than is wanted.
    #[error("the answer is longer than {most} bytes")]
    TooLarge {
        /// The limit. *Units*: bytes.
        most: u64,
    },
    /// The answer ended early; the next attempt goes on where it ended.
    #[error("the answer broke off after {got} of {whole} bytes")]
    CutOff {
        /// What is there now. *Units*: bytes.
        got: u64,
        /// What the list says. *Units*: bytes.
        whole: u64,
    },
    /// It can't be written.
    #[error("it can’t be written")]
    Disk(#[from] io::Error),
}

impl FetchError {
    /// Whether a later attempt may go better without anybody doing anything.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::CutOff { .. } | Self::Disk(_) => true,
            Self::Status(code) => *code >= 500,
            Self::TooLarge { .. } => false,
        }
    }
}

/// Why a look for a newer version, or a step to its installation, came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Another program of this user does it at this moment.
    #[error("another look for updates is under way")]
    Busy,
    /// The list or its signature.
    #[error("the list of releases can’t be fetched")]
    List(#[source] FetchError),
    /// Changed on the way, or another's.
    #[error("the list of releases is not signed by the key that counts here")]
    Signature,
    /// Signed, and yet no list.
    #[error("the list of releases makes no sense")]
    Nonsense(#[from] ListError),
    /// An earlier list in the place of a later one.
    #[error("the list of releases, number {serial}, is older than number {seen}, seen before")]
    Older {
        /// The number of this one.
        serial: u64,
        /// The greatest number seen.
        seen: u64,
    },
    /// Nobody has renewed it.
    #[error("the list of releases was good until {0} only")]
    Expired(Timestamp),
    /// A package.
    #[error("{name} can’t be fetched")]
    File {
        /// Its file name.
        name: String,
        /// Why.
        source: FetchError,
    },
    /// A package that is not what the list says.
    #[error("{0} is not the file that the list of releases names")]
    Different(String),
    /// What is to be installed is not there any more.
    #[error("no update is ready to be installed")]
    NothingReady,
    /// What is kept can't be read or written.
    #[error("the directory for updates can’t be used")]
    Disk(#[from] io::Error),
}

impl CheckError {
    /// Whether a later attempt may go better without anybody doing anything.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Busy | Self::Disk(_) => true,
            Self::List(error) | Self::File { source: error, .. } => error.is_temporary(),
            _ => false,
        }
    }
}

/// Why nobody looks for updates though the settings ask for it.
#[derive(Debug, thiserror::Error)]
pub enum NoUpdates {
    /// A setting that can't be used.
    #[error(transparent)]
    Setting(#[from] Mistake),
    /// There is nothing to check a list's signature with.
    #[error("this build has no key of its own, and no policy sets “update_key”")]
    NoKey,
    /// The proxy or the computer's certificates.
    #[error("HTTPS can’t be set up")]
    Http(#[from] reqwest::Error),
}
