//! Documents that were stored compressed: cupsd keeps a job that came gzipped
//! as it came. *Source*: RFC 1952.

use crate::limits::Budget;
use crate::report::Problem;
use flate2::read::MultiGzDecoder;
use std::io::Read;

/// Whether the bytes begin as a gzip member does (RFC 1952, section 2.3.1).
pub(crate) fn is_gzip(document: &[u8]) -> bool {
    document.starts_with(&[0x1f, 0x8b, 0x08])
}

/// Inflates the whole, or says that it is damaged or swells beyond the limit.
pub(crate) fn inflate(document: &[u8], budget: &Budget) -> Result<Vec<u8>, Problem> {
    let limit = budget.inflated_bytes;
    let mut inflated = Vec::new();
    let mut decoder = MultiGzDecoder::new(document).take(limit as u64 + 1);
    let mut chunk = vec![0; 1 << 16];
    loop {
        budget.check()?;
        match decoder.read(&mut chunk) {
            Ok(0) => return Ok(inflated),
            Ok(count) => inflated.extend_from_slice(&chunk[..count]),
            Err(_) => return Err(Problem::Damaged),
        }
        if inflated.len() > limit {
            return Err(Problem::limit("memory"));
        }
    }
}
