//! The page header of Apple raster: 32 bytes, big-endian.
//! *Source*: no specification is public; the layout is that which CUPS's
//! raster reader (cups/raster-stream.c) and Ghostscript's `urf` devices use.

use super::header::{Order, PageHeader, covered};
use super::space::Space;
use platen_domain::Sides;

const HEADER_BYTES: usize = 32;

/// Reads the page header at `at`; also where its pixels begin.
pub(super) fn read(document: &[u8], at: usize) -> Option<(PageHeader, usize)> {
    let end = at.checked_add(HEADER_BYTES)?;
    let bytes = document.get(at..end)?;
    let word = |offset: usize| Some(u32::from_be_bytes(*bytes.get(offset..)?.first_chunk()?));
    let (width, height, resolution) = (word(12)?, word(16)?, word(20)?);
    let space = Space::from_urf(bytes[1]);
    let pixel_bits = u32::from(bytes[0]);
    let samples = space.samples(pixel_bits);
    let size = covered(width as usize, resolution).zip(covered(height as usize, resolution));
    let header = PageHeader {
        size_pt: Some(size?),
        width: width as usize,
        height: height as usize,
        resolution: (resolution, resolution),
        bits: pixel_bits / u32::try_from(samples).ok()?,
        pixel_bits,
        line_bytes: usize::try_from((u64::from(width) * u64::from(pixel_bits)).div_ceil(8)).ok()?,
        order: Order::Chunked,
        samples,
        space,
        copies: None,
        sides: match bytes[2] {
            1 => Some(Sides::OneSided),
            2 => Some(Sides::TwoSidedShortEdge),
            3 => Some(Sides::TwoSidedLongEdge),
            _ => None,
        },
        total_pages: None,
    };
    Some((header.sound()?, end))
}
