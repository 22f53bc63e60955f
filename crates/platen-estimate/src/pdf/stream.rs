//! Decoding streams without letting them swell without end.

use crate::limits::Budget;
use flate2::{Decompress, FlushDecompress, Status};
use hayro_syntax::Filter;
use hayro_syntax::object::{Dict, Stream};

/// The decoded bytes of a stream that is no picture, damaged tails left off.
/// None where a filter is unknown or the limit is reached.
pub(super) fn decode(stream: &Stream<'_>, budget: &Budget) -> Option<Vec<u8>> {
    let filters = stream.filters();
    match filters.as_slice() {
        [] => Some(stream.raw_data().into_owned()),
        [Filter::FlateDecode] => {
            let inflated = inflate(&stream.raw_data(), budget.inflated_bytes)?;
            unpredict(inflated, parameters(stream.dict()))
        }
        // The other filters swell by a bounded factor, and chains of them are
        // rare; the process limits guard what remains.
        _ if stream.raw_data().len() <= budget.inflated_bytes / 64 => {
            stream.decoded_data().ok().map(|data| data.into_owned())
        }
        _ => None,
    }
}

/// Inflates zlib data, bare deflate as well, up to where it is damaged.
/// None when it swells beyond the limit.
fn inflate(data: &[u8], limit: usize) -> Option<Vec<u8>> {
    let zlib = data.len() >= 2
        && data[0] & 0x0f == 8
        && u16::from_be_bytes([data[0], data[1]]).is_multiple_of(31);
    // Checksums are not looked at: many writers get them wrong.
    let body = if zlib { &data[2..] } else { data };
    let mut inflater = Decompress::new(false);
    let mut output = Vec::with_capacity(
        body.len()
            .saturating_mul(3)
            .clamp(1 << 12, 1 << 24)
            .min(limit),
    );
    loop {
        let consumed = inflater.total_in() as usize;
        let before = output.len();
        let status = inflater.decompress_vec(&body[consumed..], &mut output, FlushDecompress::None);
        let stuck = inflater.total_in() as usize == consumed && output.len() == before;
        if output.len() > limit {
            return None;
        }
        match status {
            Ok(Status::StreamEnd) | Err(_) => return Some(output),
            Ok(_) if stuck && output.len() < output.capacity() => return Some(output),
            Ok(_) => {}
        }
        if output.len() == output.capacity() {
            // One byte beyond the limit tells that it is exceeded.
            let room = (limit + 1 - output.len()).min(output.len().max(1 << 12));
            output.reserve_exact(room);
        }
    }
}

/// The predictor's parameters. *Source*: ISO 32000-1, table 8.
struct Predictor {
    kind: u8,
    colours: usize,
    bits: usize,
    columns: usize,
}

fn parameters(dict: &Dict<'_>) -> Predictor {
    let parameters = dict
        .get::<Dict<'_>>("DecodeParms")
        .or_else(|| dict.get::<Dict<'_>>("DP"))
        .or_else(|| {
            dict.get::<hayro_syntax::object::Array<'_>>("DecodeParms")
                .and_then(|list| list.iter::<Dict<'_>>().next())
        })
        .unwrap_or_default();
    let number = |key: &str, default: usize| {
        parameters
            .get::<u32>(key)
            .map_or(default, |value| value as usize)
            .clamp(1, 1 << 20)
    };
    Predictor {
        kind: number("Predictor", 1).min(255) as u8,
        colours: number("Colors", 1),
        bits: number("BitsPerComponent", 8).min(32),
        columns: number("Columns", 1),
    }
}

fn unpredict(data: Vec<u8>, predictor: Predictor) -> Option<Vec<u8>> {
    if predictor.kind < 2 {
        return Some(data);
    }
    let sample_bits = predictor.colours.checked_mul(predictor.bits)?;
    let row_bytes = sample_bits.checked_mul(predictor.columns)?.div_ceil(8);
    let step = sample_bits.div_ceil(8).max(1);
    if predictor.kind == 2 {
        return Some(unpredict_tiff(data, row_bytes, step, predictor.bits));
    }
    Some(unpredict_png(&data, row_bytes, step))
}

/// *Source*: TIFF 6.0, section 14; only whole bytes occur in practice.
fn unpredict_tiff(mut data: Vec<u8>, row_bytes: usize, step: usize, bits: usize) -> Vec<u8> {
    if bits == 8 {
        for row in data.chunks_mut(row_bytes.max(1)) {
            for at in step..row.len() {
                row[at] = row[at].wrapping_add(row[at - step]);
            }
        }
    }
    data
}

/// *Source*: PNG (third edition), section 9.
fn unpredict_png(data: &[u8], row_bytes: usize, step: usize) -> Vec<u8> {
    let mut output: Vec<u8> = Vec::with_capacity(data.len());
    let mut above = vec![0u8; row_bytes];
    for row in data.chunks(row_bytes + 1) {
        let (kind, row) = (row[0], &row[1..]);
        let start = output.len();
        for (at, raw) in row.iter().enumerate() {
            let left = if at >= step {
                output[start + at - step]
            } else {
                0
            };
            let up = above[at];
            let corner = if at >= step { above[at - step] } else { 0 };
            let guess = match kind {
                1 => left,
                2 => up,
                3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
                4 => paeth(left, up, corner),
                _ => 0,
            };
            output.push(raw.wrapping_add(guess));
        }
        let row = &output[start..];
        above[..row.len()].copy_from_slice(row);
    }
    output
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let (to_left, to_up, to_corner) = ((b - c).abs(), (a - c).abs(), (a + b - 2 * c).abs());
    if to_left <= to_up && to_left <= to_corner {
        left
    } else if to_up <= to_corner {
        up
    } else {
        corner
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    fn deflate(data: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(data).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = deflate(&vec![0; 1 << 20]);
        assert_eq!(inflate(&bomb, 1 << 16), None);
        assert_eq!(
            inflate(&bomb, 1 << 21).map(|data| data.len()),
            Some(1 << 20)
        );
    }

    #[test]
    fn what_precedes_the_damage_is_kept() {
        let mut data = deflate(&b"0 0 1 rg 1 2 3 4 re f ".repeat(40));
        data.truncate(data.len() - 6);
        assert!(!inflate(&data, 1 << 16).unwrap().is_empty());
    }

    #[test]
    fn png_prediction_is_undone() {
        // Up, then sub: 1 2 3 / 2 4 6.
        let rows = [2, 1, 2, 3, 1, 2, 2, 2];
        assert_eq!(unpredict_png(&rows, 3, 1), [1, 2, 3, 2, 4, 6]);
    }

    proptest! {
        #[test]
        fn any_bytes_inflate_to_something_within_the_limit(
            data in proptest::collection::vec(any::<u8>(), 0..400),
        ) {
            if let Some(output) = inflate(&data, 1 << 16) {
                prop_assert!(output.len() <= 1 << 16);
            }
        }

        #[test]
        fn any_prediction_is_undone_without_a_crash(
            data in proptest::collection::vec(any::<u8>(), 0..200),
            kind in 0u8..20, colours in 1usize..9, bits in 1usize..33, columns in 1usize..50,
        ) {
            let _ = unpredict(data, Predictor { kind, colours, bits, columns });
        }
    }
}
