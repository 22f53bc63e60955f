//! When a document's content is kept, and when nobody needs it any more.
//! *Source*: rules.md.

use jiff::{SignedDuration, Timestamp};
use platen_domain::{DocumentId, DocumentState};

use crate::content::Part;
use crate::document::Document;
use crate::error::Refusal;
use crate::store::{Result, Tx};

/// Bytes in one part at most.
pub(crate) const PART: usize = 256 * 1024;

/// Beyond the time in which a deleted document may come back: whoever brings it
/// back in the last moment may still be on the way.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// How long content waits for the document that it belongs to.
const UNKNOWN: SignedDuration = SignedDuration::from_hours(24);

/// Stores a part of a document. The same part again changes nothing.
///
/// *Errors*: other bytes than were stored, a part that is too long.
/// *Source*: rules.md R-18.
pub(crate) fn put(tx: Tx<'_>, part: &Part) -> Result<()> {
    if part.bytes.len() > PART {
        let what = "part of at most 256 KiB";
        return Err(Refusal::Missing { what }.into());
    }
    match tx.part(part.document, part.number)? {
        Some(stored) if stored == part.bytes => Ok(()),
        Some(_) => Err(Refusal::ExistsWithDifferent { what: "content" }.into()),
        None => {
            tx.put_part(part.clone());
            Ok(())
        }
    }
}

/// Content that is not needed at a time.
pub(crate) fn needless(tx: Tx<'_>, now: Timestamp, limit: u32) -> Result<Vec<DocumentId>> {
    let [deleted, unknown] = limits(now);
    tx.needless_content(deleted, unknown, limit)
}

/// Whether a document's content is still not needed; asked again in the
/// transaction that removes it.
pub(crate) fn is_needless(tx: Tx<'_>, id: DocumentId, now: Timestamp) -> Result<bool> {
    let [deleted, _] = limits(now);
    Ok(match tx.document(id)? {
        None => true,
        Some(record) => match record.document.state {
            DocumentState::Printed | DocumentState::Failed | DocumentState::Expired => true,
            DocumentState::Deleted => record.document.changed_at <= deleted,
            _ => false,
        },
    })
}

fn limits(now: Timestamp) -> [Timestamp; 2] {
    [Document::UNDO + MARGIN, UNKNOWN]
        .map(|time| now.saturating_sub(time).unwrap_or(Timestamp::MIN))
}
