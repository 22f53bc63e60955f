//! A print job as the spooler tells of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use platen_domain::Size;
use uuid::Uuid;

use crate::{
    options::backend_options,
    wire::{Attributes, Value},
};

/// Where a job stands. *Source*: RFC 8011, section 5.3.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Waits for its turn.
    Pending,
    /// Held until somebody releases it.
    Held,
    /// On its way to the printer.
    Processing,
    /// On its way, but its printer has stopped.
    Stopped,
    /// Somebody cancelled it.
    Canceled,
    /// The spooler or the printer gave it up.
    Aborted,
    /// Done.
    Completed,
}

impl JobState {
    /// Reads IPP's enum.
    #[must_use]
    pub const fn from_ipp(state: i32) -> Option<Self> {
        Some(match state {
            3 => Self::Pending,
            4 => Self::Held,
            5 => Self::Processing,
            6 => Self::Stopped,
            7 => Self::Canceled,
            8 => Self::Aborted,
            9 => Self::Completed,
            _ => return None,
        })
    }

    /// Whether nothing more will happen to the job by itself.
    #[must_use]
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Canceled | Self::Aborted | Self::Completed)
    }
}

/// Carries [`Job::mark`]. Names that begin so reach no backend and no filter.
pub(crate) const MARK: &str = "job-platen-document";

/// One job of the user. The key is `uuid`: cupsd may give `id` to another job
/// after a crash or a purge (measured), so it is good for addressing only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The spooler's number for it, for requests.
    pub id: i32,
    /// What names it for good.
    pub uuid: Uuid,
    /// What whoever made it with [`crate::Cups::submit`] knows it by.
    pub mark: Option<Uuid>,
    /// The queue that it is in.
    pub queue: String,
    /// Its name, as the application gave it.
    pub name: String,
    /// The user who submitted it.
    pub owner: String,
    /// Where it stands.
    pub state: JobState,
    /// What the queue's backend or whoever cancelled it said
    /// (`job-printer-state-message`).
    pub message: Option<String>,
    /// Documents completely received so far. Zero again once the files are gone.
    pub documents: u32,
    /// Copies asked for, if it says so; in a backend's `argv[4]`.
    pub copies: Option<u32>,
    /// Banner pages before and after (`job-sheets`), `none` included. CUPS
    /// prints them as documents of their own; no backend sees this option.
    pub sheets: Vec<String>,
    /// The size in `media-col`, which CUPS does not tell backends.
    pub media_size: Option<Size>,
    /// The options as cupsd writes them into a backend's `argv[5]`, unescaped;
    /// booleans are `true` and `false`. What cupsd adds for queues with a PPD
    /// (`Duplex`, `PageSize`, `media`) is not in it.
    pub options: BTreeMap<String, String>,
    /// Sides printed, as the filters or the printer count them.
    pub impressions_completed: u32,
    /// Format of the last document, detected by cupsd.
    pub format: Option<String>,
    /// When it was created.
    pub submitted_at: Timestamp,
    /// When it was finished.
    pub completed_at: Option<Timestamp>,
}

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

impl Job {
    /// The options with the paper that is only given as a collection, as the
    /// gate names it.
    #[must_use]
    pub fn options_with_paper(&self) -> BTreeMap<String, String> {
        let mut options = self.options.clone();
        if let Some(size) = self.media_size {
            options.insert(
                "media-col".to_owned(),
                format!("{}x{}", size.width, size.height),
            );
        }
        options
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

    #[test]
    fn every_state_of_the_standard_is_known() {
        let known: Vec<_> = (0..12).filter_map(JobState::from_ipp).collect();
        assert_eq!(known.len(), 7);
        assert_eq!(known.iter().filter(|state| state.is_finished()).count(), 3);
    }
}
