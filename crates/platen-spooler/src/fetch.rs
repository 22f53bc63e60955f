//! Reading a job's documents.

use http_body_util::BodyExt;
use ipp::model::DelimiterTag;

use crate::{
    Fetched,
    connection::{DEADLINE, Exchange, within},
    cups::Cups,
    error::SpoolerError,
    fetched::Intake,
    wire::{Incomplete, Operation, Response},
};

/// The attributes before a document are a few hundred bytes.
const MAX_PREAMBLE_BYTES: usize = 256 << 10;

impl Cups {
    /// Copies a document of one of the user's jobs into a file while hashing it.
    ///
    /// Documents are numbered from one; with banners the first is the banner.
    /// Each piece must arrive within 20 s; how long the whole takes depends on
    /// its size alone.
    /// *Errors*: `TooLarge` as soon as the limit is passed (the file then holds
    /// less than it); `NotFound` when there is no such document (any more).
    /// *Source*: CUPS-Get-Document, cups.org "CUPS Implementation of IPP".
    pub async fn fetch(
        &self,
        job_id: i32,
        document_number: u32,
        file: &mut tokio::fs::File,
        limit_bytes: u64,
    ) -> Result<Fetched, SpoolerError> {
        let number = i32::try_from(document_number).map_err(|_| SpoolerError::NotFound)?;
        let request = self
            .about(Operation::CupsGetDocument, job_id)
            .integer("document-number", number);
        let mut exchange = within(DEADLINE, self.shared.connections.exchange(request)).await?;
        let (response, rest) = preamble(&mut exchange).await?;
        let format = response
            .groups(DelimiterTag::OperationAttributes)
            .chain(response.groups(DelimiterTag::JobAttributes))
            .find_map(|group| group.text("document-format"))
            .unwrap_or("application/octet-stream")
            .to_owned();
        let mut intake = Intake::new(file, limit_bytes);
        let mut piece = Some(rest);
        while let Some(data) = piece {
            intake.take(&data).await?;
            piece = next_piece(&mut exchange).await?;
        }
        let fetched = intake.finish(format).await?;
        self.shared.connections.give_back(exchange.connection);
        Ok(fetched)
    }
}

/// Reads the attributes, and returns what of the document came with them.
async fn preamble(exchange: &mut Exchange<'_>) -> Result<(Response, bytes::Bytes), SpoolerError> {
    let mut received = bytes::BytesMut::new();
    while let Some(data) = next_piece(exchange).await? {
        received.extend_from_slice(&data);
        match Response::decode(&received) {
            Ok(response) => {
                let response = response.checked()?;
                let document = received.split_off(response.document_offset);
                return Ok((response, document.freeze()));
            }
            Err(Incomplete::NeedsMore) if received.len() <= MAX_PREAMBLE_BYTES => {}
            Err(_) => break,
        }
    }
    Err(SpoolerError::Malformed("it is not IPP"))
}

async fn next_piece(exchange: &mut Exchange<'_>) -> Result<Option<bytes::Bytes>, SpoolerError> {
    within(DEADLINE, async {
        while let Some(frame) = exchange.body.frame().await {
            let frame = frame.map_err(SpoolerError::Interrupted)?;
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    })
    .await
}
