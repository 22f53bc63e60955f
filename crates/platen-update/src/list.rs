//! The list of releases, parsed once its signature was checked.
//!
//! What a later version of Platen adds to the list is passed over here, so that an older
//! client can still read its way to the newer one; what can't be passed over raises the
//! number of the format. *Source*: docs/deployment.md, Updates.

use std::collections::BTreeMap;

use jiff::Timestamp;
use platen_settings::Channel;
use ring::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use crate::version::Version;

/// How much of anything there may be.
pub mod limit {
    /// A list of releases. *Units*: bytes.
    pub const LIST_BYTES: u64 = 64 << 10;
    /// Its signature. *Units*: bytes.
    pub const SIGNATURE_BYTES: u64 = 1 << 10;
    /// A package; ours have some 10 MB. *Units*: bytes.
    pub const FILE_BYTES: u64 = 512 << 20;
    /// Channels in a list.
    pub const CHANNELS: usize = 8;
    /// Files in a release.
    pub const FILES: usize = 32;
    /// An address. *Units*: bytes.
    pub const ADDRESS_BYTES: usize = 2048;
    /// A file's name. *Units*: bytes.
    pub const NAME_BYTES: usize = 128;
}

/// The format that is understood here.
const FORMAT: u64 = 1;

/// Why a signed list can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// No JSON, or of another shape.
    #[error("it is no list")]
    Shape(#[from] serde_json::Error),
    /// For other clients.
    #[error("its format is {0}, and {FORMAT} is known")]
    Format(u64),
    /// Too much of something.
    #[error("it has too many {0}")]
    TooMany(&'static str),
    /// A value that can't be used.
    #[error("“{value}” is no {what}")]
    Value {
        /// What it was to be.
        what: &'static str,
        /// What it is.
        value: String,
    },
}

#[derive(Deserialize)]
struct Format {
    format: u64,
}

#[derive(Deserialize)]
struct ListForm {
    serial: u64,
    expires: Timestamp,
    channels: BTreeMap<String, ReleaseForm>,
}

#[derive(Deserialize)]
struct ReleaseForm {
    version: String,
    notes: Option<String>,
    share: u8,
    files: Vec<FileForm>,
}

#[derive(Deserialize)]
struct FileForm {
    platform: String,
    kind: String,
    url: String,
    size: u64,
    sha256: String,
}

/// What there is, on each channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseList {
    /// Grows with each list that is published.
    pub serial: u64,
    /// Until when it counts.
    pub expires: Timestamp,
    /// By the channel's name.
    pub channels: BTreeMap<String, Release>,
}

/// A version that people are to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Which.
    pub version: Version,
    /// Where one reads what is new.
    pub notes: Option<Url>,
    /// How many of the devices are to have it by now. *Units*: per cent.
    pub share: u8,
    /// Its packages, in the order in which they are installed.
    pub files: Vec<ReleaseFile>,
}

/// A package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseFile {
    /// System and processor, such as `windows-x86_64`.
    pub platform: String,
    /// `msi`, `pkg`, `deb` or `rpm`.
    pub kind: String,
    /// Where it is.
    pub url: Url,
    /// Its name, the end of that.
    pub name: String,
    /// *Units*: bytes.
    pub size: u64,
    /// Of its content.
    pub sha256: [u8; SHA256_OUTPUT_LEN],
}

impl ReleaseList {
    /// Reads a list that was at `place`, which addresses of files may start from.
    ///
    /// # Errors
    /// [`ListError`]: the first mistake; a list with one is not used in part.
    pub fn read(bytes: &[u8], place: &Url) -> Result<Self, ListError> {
        let Format { format } = serde_json::from_slice(bytes)?;
        if format != FORMAT {
            return Err(ListError::Format(format));
        }
        let form: ListForm = serde_json::from_slice(bytes)?;
        if form.channels.len() > limit::CHANNELS {
            return Err(ListError::TooMany("channels"));
        }
        let read = |(name, form)| Ok((name, release(form, place)?));
        let channels = form.channels.into_iter().map(read);
        Ok(Self {
            serial: form.serial,
            expires: form.expires,
            channels: channels.collect::<Result<_, ListError>>()?,
        })
    }

    /// The newest release that a device on `channel` may have: one that is newer than `ours`
    /// and has files for it. The channel for the curious has what the other one has as well.
    pub(crate) fn newest(
        &self,
        channel: Channel,
        ours: Version,
        (platform, kind): (&str, &str),
    ) -> impl Iterator<Item = Release> {
        let names: &[&str] = match channel {
            Channel::Off => &[],
            Channel::Stable => &["stable"],
            Channel::Beta => &["beta", "stable"],
        };
        let found = names.iter().filter_map(|name| self.channels.get(*name));
        let mut found: Vec<Release> = found
            .filter(|release| release.version > ours)
            .map(|release| {
                let is_ours = |file: &&ReleaseFile| file.platform == platform && file.kind == kind;
                let files = release.files.iter().filter(is_ours).cloned().collect();
                Release {
                    files,
                    ..release.clone()
                }
            })
            .filter(|release| !release.files.is_empty())
            .collect();
        found.sort_by_key(|release| std::cmp::Reverse(release.version));
        found.into_iter()
    }
}

impl Release {
    /// Whether this device is among those that are to have it by now. It stays among them
    /// when the share grows, and another version draws anew.
    pub(crate) fn is_for(&self, device: Uuid) -> bool {
        let text = format!("{device} {}", self.version);
        let hash = digest(&SHA256, text.as_bytes());
        let (first, _) = hash
            .as_ref()
            .split_first_chunk()
            .expect("the hash has 32 bytes");
        u64::from_be_bytes(*first) % 100 < u64::from(self.share)
    }
}

fn release(form: ReleaseForm, place: &Url) -> Result<Release, ListError> {
    let Ok(version) = form.version.parse() else {
        return Err(wrong("version", &form.version));
    };
    if form.share > 100 {
        return Err(wrong("share in per cent", &form.share.to_string()));
    }
    if form.files.len() > limit::FILES {
        return Err(ListError::TooMany("files"));
    }
    let notes = form.notes.map(|notes| address(&notes, place));
    let files = form.files.into_iter().map(|form| file(form, place));
    let files: Vec<ReleaseFile> = files.collect::<Result<_, _>>()?;
    for (at, file) in files.iter().enumerate() {
        let twin = |one: &ReleaseFile| {
            one.name == file.name && one.platform == file.platform && one.kind == file.kind
        };
        if files[..at].iter().any(twin) {
            return Err(wrong("name of one file alone", &file.name));
        }
    }
    Ok(Release {
        version,
        notes: notes.transpose()?,
        share: form.share,
        files,
    })
}

fn file(form: FileForm, place: &Url) -> Result<ReleaseFile, ListError> {
    for word in [&form.platform, &form.kind] {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if word.is_empty() || word.len() > limit::NAME_BYTES || !word.bytes().all(plain) {
            return Err(wrong("platform or kind of package", word));
        }
    }
    if form.size == 0 || form.size > limit::FILE_BYTES {
        return Err(wrong("size of a package", &form.size.to_string()));
    }
    let Some(sha256) = hash(&form.sha256) else {
        return Err(wrong("SHA-256", &form.sha256));
    };
    let url = address(&form.url, place)?;
    let last = url.path_segments().and_then(|mut parts| parts.next_back());
    let name = last.unwrap_or_default().to_owned();
    // The system judges a package by the end of its name.
    let end = format!(".{}", form.kind);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._+~-".contains(&byte);
    let proper = name.len() <= limit::NAME_BYTES
        && name.bytes().all(plain)
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.ends_with(&end);
    if !proper {
        return Err(wrong("name of a package", &name));
    }
    Ok(ReleaseFile {
        platform: form.platform,
        kind: form.kind,
        url,
        name,
        size: form.size,
        sha256,
    })
}

fn address(text: &str, place: &Url) -> Result<Url, ListError> {
    let url = place.join(text).ok();
    let good = |url: &Url| url.scheme() == "https" && text.len() <= limit::ADDRESS_BYTES;
    url.filter(good)
        .ok_or_else(|| wrong("address that starts with https://", text))
}

/// 64 digits, as `sha256sum` writes them.
fn hash(text: &str) -> Option<[u8; SHA256_OUTPUT_LEN]> {
    let digit = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    if text.len() != 2 * SHA256_OUTPUT_LEN || !text.as_bytes().iter().all(digit) {
        return None;
    }
    let mut bytes = [0; SHA256_OUTPUT_LEN];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

fn wrong(what: &'static str, value: &str) -> ListError {
    let value = value.chars().take(limit::NAME_BYTES).collect();
    ListError::Value { what, value }
}

#[cfg(test)]
mod tests;
