//! A document, read back from the spooler.

use ring::digest::{Context, SHA256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::SpoolerError;

/// A document that was read completely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its size. *Units*: bytes.
    pub bytes: u64,
    /// SHA-256 of what the spooler stores, which is what a gate will see.
    pub sha256: [u8; 32],
    /// The format that the spooler detected. cupsd stores a document that was
    /// submitted compressed as it came, under the format of what is inside.
    pub format: String,
}

/// Takes a document in, piece by piece.
pub(crate) struct Intake<'file> {
    file: &'file mut File,
    limit_bytes: u64,
    bytes: u64,
    hash: Context,
}

impl<'file> Intake<'file> {
    pub(crate) fn new(file: &'file mut File, limit_bytes: u64) -> Self {
        Self {
            file,
            limit_bytes,
            bytes: 0,
            hash: Context::new(&SHA256),
        }
    }

    /// *Errors*: `TooLarge` as soon as the limit is passed, and `Storage`.
    pub(crate) async fn take(&mut self, piece: &[u8]) -> Result<(), SpoolerError> {
        let limit_bytes = self.limit_bytes;
        self.bytes += piece.len() as u64;
        if self.bytes > limit_bytes {
            return Err(SpoolerError::TooLarge { limit_bytes });
        }
        self.hash.update(piece);
        let written = self.file.write_all(piece).await;
        written.map_err(SpoolerError::Storage)
    }

    /// *Errors*: `Storage`.
    pub(crate) async fn finish(self, format: String) -> Result<Fetched, SpoolerError> {
        self.file.flush().await.map_err(SpoolerError::Storage)?;
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(self.hash.finish().as_ref());
        Ok(Fetched {
            bytes: self.bytes,
            sha256,
            format,
        })
    }
}
