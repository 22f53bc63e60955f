//! Documents that are brought to the portal itself, and devices that want to
//! be told about them.

use std::path::PathBuf;

use platen_domain::{AccountId, DocumentId};
use tempfile::NamedTempFile;

use super::{Answer, FinishingChange, Reason};
use crate::Language;

/// One document on its way in. *Source*: rules.md R-23.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The file's name, cut and without a folder; never trusted otherwise.
    pub name: String,
    /// The account that is to pay; none means the active one.
    pub account: Option<AccountId>,
    /// How it is to be printed.
    pub finishing: FinishingChange,
    /// Its bytes; the file is removed once the call is over.
    pub file: PathBuf,
}

/// Room for what one request brings: a directory that nobody else can read, and a
/// place among the person's uploads, which is given back when this is dropped.
pub struct UploadRoom {
    directory: PathBuf,
    _place: Box<dyn std::any::Any + Send + Sync>,
}

impl UploadRoom {
    /// Room in `directory`, for as long as `place` is kept.
    #[must_use]
    pub fn new(directory: PathBuf, place: impl Send + Sync + 'static) -> Self {
        Self {
            directory,
            _place: Box::new(place),
        }
    }

    /// A new private file.
    ///
    /// *Errors*: it can't be made.
    pub fn file(&self) -> std::io::Result<NamedTempFile> {
        tempfile::Builder::new()
            .prefix("upload-")
            .tempfile_in(&self.directory)
    }
}

/// What became of an upload. Either way the document is in the list.
#[derive(Clone, Debug)]
pub struct Uploaded {
    /// The new document.
    pub id: DocumentId,
    /// The verdict on it, or why it can't be priced.
    pub outcome: Result<Answer, Reason>,
}

/// Where a browser wants to be told. *Source*: Push API (W3C), RFC 8291.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushSubscription {
    /// The push service's address for it.
    pub endpoint: String,
    /// Its public key, P-256, uncompressed: 65 bytes.
    pub key: Vec<u8>,
    /// Its authentication secret: 16 bytes.
    pub auth: Vec<u8>,
    /// The language of what it is told.
    pub language: Language,
}
