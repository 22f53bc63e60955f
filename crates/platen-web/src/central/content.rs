//! A document's bytes, between a file and the ledger's parts.

use std::path::Path;

use jiff::Timestamp;
use platen_domain::DocumentId;
use platen_ledger::{Ledger, LedgerError};
use ring::digest::{Context, SHA256};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Why bytes could not be brought from one to the other.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The file.
    #[error("a document's file could not be read or written")]
    File(#[from] std::io::Error),
}

/// Puts a file into the ledger part by part, and gives its SHA-256.
///
/// *Errors*: [`ContentError`]; parts may be left that the ledger sweeps.
pub(crate) async fn store(
    ledger: &Ledger,
    id: DocumentId,
    file: &Path,
    now: Timestamp,
) -> Result<[u8; 32], ContentError> {
    let mut file = File::open(file).await?;
    let mut hash = Context::new(&SHA256);
    for number in 0.. {
        let mut part = Vec::with_capacity(Ledger::CONTENT_PART);
        let mut rest = (&mut file).take(Ledger::CONTENT_PART as u64);
        rest.read_to_end(&mut part).await?;
        // An empty document has one empty part: it is there, too.
        if part.is_empty() && number > 0 {
            break;
        }
        hash.update(&part);
        ledger.put_content(id, number, part, now).await?;
    }
    Ok(digest(hash))
}

/// Writes the content of a document into the file at `to` and gives its
/// SHA-256; none if it is not in the ledger as a whole.
///
/// *Errors*: [`ContentError`].
pub async fn fetch_content(
    ledger: &Ledger,
    id: DocumentId,
    to: &Path,
) -> Result<Option<[u8; 32]>, ContentError> {
    let Some(size) = ledger.content_size(id).await? else {
        return Ok(None);
    };
    let mut file = File::create(to).await?;
    let mut hash = Context::new(&SHA256);
    for number in 0..size.parts {
        let Some(part) = ledger.content(id, number).await? else {
            return Ok(None);
        };
        hash.update(&part);
        file.write_all(&part).await?;
    }
    file.flush().await?;
    Ok(Some(digest(hash)))
}

fn digest(hash: Context) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(hash.finish().as_ref());
    digest
}
