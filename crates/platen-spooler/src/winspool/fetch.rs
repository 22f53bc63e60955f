//! Reading a job's document.

use platen_windows::StoredDocument;
use tokio::sync::mpsc;

use super::calls::Calls;
use super::{DEADLINE, Winspool, convert, failed};
use crate::fetched::Intake;
use crate::{Fetched, SpoolerError};

/// What is read at once. *Units*: bytes.
const PIECE_BYTES: usize = 64 << 10;
/// Pieces that wait to be written; more make the reader wait.
const PIECES: usize = 4;
/// Most documents read at once, those whose reading never goes on among them.
const MOST_READERS: usize = 16;

static READERS: Calls = Calls::new(MOST_READERS, DEADLINE);

impl Winspool {
    /// Copies the document of one of the user's jobs into a file while hashing it.
    ///
    /// A job has one document, number one. Each piece must arrive within 20 s; how
    /// long the whole takes depends on its size alone.
    /// *Errors*: `TooLarge` as soon as the limit is passed (the file then holds
    /// less than it); `NotFound` when there is no such document (any more).
    /// *Source*: learn.microsoft.com, “`ReadPrinter` function”.
    pub async fn fetch(
        &self,
        job_id: i32,
        document_number: u32,
        file: &mut tokio::fs::File,
        limit_bytes: u64,
    ) -> Result<Fetched, SpoolerError> {
        if document_number != 1 {
            return Err(SpoolerError::NotFound);
        }
        let opening = self.about(job_id, |shared, printer, place| {
            let opened = StoredDocument::open(&place.queue, place.id);
            // Looked at when it is open, so that it is this document that is read.
            let record = shared.known(printer, &place)?;
            Ok((
                opened.map_err(failed)?,
                convert::format_of(&record.datatype),
            ))
        });
        let (document, format) = opening.await?;
        let (tx, mut pieces) = mpsc::channel(PIECES);
        // Ends by itself when nobody takes its pieces any more.
        READERS.begin(move || read(document, &tx)).await?;
        let mut intake = Intake::new(file, limit_bytes);
        loop {
            let piece = tokio::time::timeout(DEADLINE, pieces.recv()).await;
            let Some(piece) = piece.map_err(|_| SpoolerError::Deadline(DEADLINE))? else {
                // It ends with an empty piece.
                return Err(SpoolerError::Malformed("it broke off"));
            };
            let piece: Vec<u8> = piece?;
            if piece.is_empty() {
                break;
            }
            intake.take(&piece).await?;
        }
        intake.finish(format.to_owned()).await
    }
}

/// Sends the pieces of a document, an empty one at its end, or why it has none.
fn read(mut document: StoredDocument, tx: &mpsc::Sender<Result<Vec<u8>, SpoolerError>>) {
    loop {
        let mut piece = vec![0; PIECE_BYTES];
        let read = document.read(&mut piece).map_err(failed);
        let ends = !matches!(read, Ok(length) if length > 0);
        let piece = read.map(|length| {
            piece.truncate(length);
            piece
        });
        if tx.blocking_send(piece).is_err() || ends {
            return;
        }
    }
}
