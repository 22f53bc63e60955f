//! Releases whose host is gone. *Source*: rules.md.

use platen_domain::DocumentState;
use serde_json::json;

use super::desk::{Stamp, write_down};
use super::differ::Fields;
use super::{documents, known_document, settle};
use crate::document::Settlement;
use crate::host::{LostEnd, LostReasons, LostRelease};
use crate::store::{Result, Tx};

/// Ends a release in the one way that neither charges for what was not printed
/// nor prints twice.
pub(crate) fn end(
    tx: Tx<'_>,
    stamp: &Stamp,
    lost: &LostRelease,
    reasons: LostReasons,
) -> Result<LostEnd> {
    let document = known_document(tx, lost.document)?.document;
    let same = document.release_nonce == Some(lost.number);
    if document.state != DocumentState::Releasing || !same {
        return Ok(LostEnd::NotLost);
    }
    let printer = document.printer.clone();
    // No job is let go before its number is written down.
    let ended = if document.job_id == 0 {
        let held = documents::abandon_release(tx, document.id, reasons.not_printed, stamp.now)?;
        LostEnd::Held(Box::new(held))
    } else {
        let reason = reasons.unknown.to_owned();
        let failed = Settlement::Failed { reason };
        let settled = settle::settle(tx, document.id, &failed, stamp.now)?;
        LostEnd::Unknown(Box::new(settled.document))
    };
    let mut detail = Fields::new();
    detail.insert("printer".to_owned(), json!(printer));
    detail.insert("host".to_owned(), json!(lost.host));
    detail.insert("job".to_owned(), json!(document.job_id));
    let user = tx.stored_person(&document.user)?;
    let user = user.map(|stored| stored.person.login);
    detail.insert("user".to_owned(), json!(user));
    let (action, name) = match ended {
        LostEnd::Unknown(_) => ("release.unknown", &document.name),
        _ => ("release.taken-back", &document.name),
    };
    write_down(tx, stamp, action, name, detail)?;
    Ok(ended)
}
