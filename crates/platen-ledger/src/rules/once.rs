//! What was asked under an id before. *Source*: rules.md R-18.

use platen_domain::DocumentId;
use ring::digest::{SHA256, digest};
use uuid::Uuid;

use crate::error::Refusal;
use crate::store::{Operation, Result, Tx};

/// Tells the same request from another one with the same id.
pub(super) fn fingerprint(request: &str) -> [u8; 32] {
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest(&SHA256, request.as_bytes()).as_ref());
    fingerprint
}

/// The operation that was carried out under this id, if any.
///
/// *Errors*: another request had the id.
pub(super) fn done_before(tx: Tx<'_>, id: Uuid, request: &[u8; 32]) -> Result<Option<Operation>> {
    let stored = tx.operation(id)?;
    if let Some(stored) = &stored
        && stored.request != *request
    {
        return Err(Refusal::ExistsWithDifferent { what: "content" }.into());
    }
    Ok(stored)
}

/// Refuses an id that another kind of operation has: activities are named by
/// documents, copies and adjustments alike, so that each must be the only one.
pub(super) fn is_free(tx: Tx<'_>, id: Uuid) -> Result<()> {
    let taken = tx.activity(id)?.is_some()
        || tx.operation(id)?.is_some()
        || tx.document(DocumentId(id))?.is_some();
    if taken {
        return Err(Refusal::ExistsWithDifferent { what: "purpose" }.into());
    }
    Ok(())
}
