//! Hosts that print what the server holds.

use platen_domain::DocumentId;
use uuid::Uuid;

use crate::document::Document;

/// Names a host for good: the first half of the numbers of its releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(pub [u8; 8]);

impl HostName {
    /// The host that carries out the release with this number; none if the number
    /// names no host. *Source*: RFC 9562, section 5.8: the version stands in the
    /// first half, so that names are compared with it.
    #[must_use]
    pub fn of_release(number: Uuid) -> Option<Self> {
        const CUSTOM: usize = 8;
        if number.get_version_num() != CUSTOM {
            return None;
        }
        let mut name = [0; 8];
        name.copy_from_slice(&number.as_bytes()[..8]);
        Some(Self(name))
    }
}

/// A host that prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintHost {
    /// Its name.
    pub name: HostName,
    /// What people call it.
    pub label: String,
}

/// A release that a host has to carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRelease {
    /// The document.
    pub document: DocumentId,
    /// The printer that it was released at.
    pub printer: String,
}

/// A release whose host was not heard of for long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostRelease {
    /// The document.
    pub document: DocumentId,
    /// The number of the release.
    pub number: Uuid,
    /// What people call the host; none where it never said.
    pub host: Option<String>,
}

/// What a person reads of a document whose host is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LostReasons {
    /// It was certainly not printed, and is held again.
    pub not_printed: &'static str,
    /// Nobody knows whether it was printed.
    pub unknown: &'static str,
}

/// How a lost release ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LostEnd {
    /// It was not printed; the document is held again.
    Held(Box<Document>),
    /// It may have been printed; the document failed and nothing is charged.
    Unknown(Box<Document>),
    /// It went on or ended meanwhile.
    NotLost,
}
