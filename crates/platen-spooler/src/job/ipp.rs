//! A job from the attributes that cupsd tells of it.

use jiff::Timestamp;
use platen_domain::Size;
use uuid::Uuid;

use super::{Job, JobState};
use crate::{
    options::backend_options,
    wire::{Attributes, Value},
};

/// Carries [`Job::mark`]. Names that begin so reach no backend and no filter.
pub(crate) const MARK: &str = "job-platen-document";

impl Job {
    /// Reads a job; none when what names it is missing or makes no sense.
    pub(crate) fn from_attributes(attributes: &Attributes) -> Option<Self> {
        let number = |name| {
            attributes
                .integer(name)
                .and_then(|number| u32::try_from(number).ok())
        };
        let time = |name| {
            attributes
                .integer(name)
                .and_then(|seconds| Timestamp::from_second(seconds.into()).ok())
        };
        let text = |name| attributes.text(name).map(str::to_owned);
        Some(Self {
            id: attributes.integer("job-id")?,
            uuid: Uuid::try_parse(attributes.text("job-uuid")?).ok()?,
            mark: attributes
                .text(MARK)
                .and_then(|text| Uuid::try_parse(text).ok()),
            queue: last_segment(attributes.text("job-printer-uri")?)?,
            name: text("job-name").unwrap_or_default(),
            owner: text("job-originating-user-name")?,
            state: JobState::from_ipp(attributes.integer("job-state")?)?,
            message: text("job-printer-state-message").filter(|text| !text.is_empty()),
            documents: number("number-of-documents").unwrap_or(0),
            copies: number("copies").filter(|copies| *copies > 0),
            sheets: attributes.texts("job-sheets"),
            media_size: media_col_size(attributes),
            options: backend_options(attributes),
            impressions_completed: number("job-impressions-completed").unwrap_or(0),
            format: text("document-format"),
            submitted_at: time("time-at-creation")?,
            completed_at: time("time-at-completed"),
        })
    }
}

/// The queue's name in a printer's or class's URI, percent-decoded.
fn last_segment(uri: &str) -> Option<String> {
    let name = uri.rsplit('/').next().filter(|name| !name.is_empty())?;
    let bytes = name.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hexadecimal = (byte == b'%')
            .then(|| name.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(hexadecimal.unwrap_or(byte));
        at += if hexadecimal.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).ok()
}

/// *Source*: PWG 5100.3, section 3.13 (`media-col`); hundredths of a millimetre.
fn media_col_size(attributes: &Attributes) -> Option<Size> {
    let column = attributes.collection("media-col")?;
    if let Some(size) = column.collection("media-size") {
        let dimension = |name| match size.all(name).first()? {
            Value::Integer(length) => u32::try_from(*length).ok().filter(|length| *length > 0),
            _ => None,
        };
        return Some(Size {
            width: dimension("x-dimension")?,
            height: dimension("y-dimension")?,
        });
    }
    Size::from_media_name(column.text("media-size-name")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queue_names_are_read_from_uris() {
        let name = |uri| last_segment(uri);
        assert_eq!(name("ipp://localhost/printers/sec").as_deref(), Some("sec"));
        assert_eq!(
            name("ipp://localhost/printers/B%C3%BCro%2").as_deref(),
            Some("Büro%2")
        );
        assert_eq!(name("ipp://localhost/printers/"), None);
        assert_eq!(name("ipp://localhost/printers/%ff"), None);
    }
}
