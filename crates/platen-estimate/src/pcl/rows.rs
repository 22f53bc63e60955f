//! Rows of raster graphics as the printer unpacks them.
//!
//! *Source*: PCL 5 Technical Reference, chapter 15, "Set Compression Method";
//! PCL 5 Comparison Guide and the DeskJet manuals for methods 9 and 10.

/// The most bytes that a row is unpacked to: beyond any paper.
pub(crate) const MAX_ROW: usize = 1 << 16;

/// Unpacks one row over `row`, which holds the one before; zeros follow what
/// `data` leaves, except in the methods that keep what they don't replace.
/// False for a method that isn't known.
pub(crate) fn unpack(method: i64, data: &[u8], row: &mut Vec<u8>) -> bool {
    match method {
        0 => {
            row.clear();
            row.extend_from_slice(&data[..data.len().min(MAX_ROW)]);
        }
        1 => run_length(data, row),
        2 => pack_bits(data, row),
        3 => delta(data, row),
        9 => replacement(data, row),
        10 => pixels::unpack(data, row),
        _ => return false,
    }
    true
}

fn run_length(data: &[u8], row: &mut Vec<u8>) {
    row.clear();
    for pair in data.chunks_exact(2) {
        let room = MAX_ROW - row.len();
        let count = (usize::from(pair[0]) + 1).min(room);
        row.resize(row.len() + count, pair[1]);
    }
}

fn pack_bits(data: &[u8], row: &mut Vec<u8>) {
    row.clear();
    let mut at = 0;
    while let Some(control) = data.get(at) {
        at += 1;
        let room = MAX_ROW - row.len();
        let control = usize::from(*control);
        if control < 128 {
            let end = (at + control + 1).min(data.len());
            row.extend_from_slice(&data[at..end.min(at + room)]);
            at = end;
        } else if control > 128 {
            let Some(value) = data.get(at) else { return };
            row.resize(row.len() + (257 - control).min(room), *value);
            at += 1;
        }
    }
}

/// Replaces bytes of the row before: 3 bits of count, 5 of offset.
fn delta(data: &[u8], row: &mut Vec<u8>) {
    let mut at = 0;
    let mut to = 0usize;
    while let Some(command) = data.get(at).copied() {
        at += 1;
        let mut offset = usize::from(command & 0x1f);
        if offset == 31 {
            offset += extension(data, &mut at);
        }
        let count = usize::from(command >> 5) + 1;
        to = to.saturating_add(offset);
        let end = (at + count).min(data.len());
        replace(row, to, &data[at..end]);
        to = to.saturating_add(count);
        at = end;
    }
}

/// Method 9: as the delta row, with runs of one byte.
fn replacement(data: &[u8], row: &mut Vec<u8>) {
    let mut at = 0;
    let mut to = 0usize;
    while let Some(command) = data.get(at).copied() {
        at += 1;
        let run = command & 0x80 != 0;
        let (offset, most_offset, count, most_count) = if run {
            (command >> 5 & 3, 3, command & 0x1f, 31)
        } else {
            (command >> 3 & 15, 15, command & 7, 7)
        };
        let (mut offset, mut count) = (usize::from(offset), usize::from(count));
        if offset == most_offset {
            offset += extension(data, &mut at);
        }
        if count == most_count {
            count += extension(data, &mut at);
        }
        to = to.saturating_add(offset);
        if run {
            let Some(value) = data.get(at) else { return };
            at += 1;
            count += 2;
            fill(row, to, count, *value);
        } else {
            count += 1;
            let end = (at + count).min(data.len());
            replace(row, to, &data[at..end]);
            at = end;
        }
        to = to.saturating_add(count);
    }
}

/// What bytes of 255 and the first other one add to a count.
fn extension(data: &[u8], at: &mut usize) -> usize {
    let mut sum = 0usize;
    while let Some(more) = data.get(*at) {
        *at += 1;
        sum += usize::from(*more);
        if *more != 255 {
            break;
        }
    }
    sum
}

fn replace(row: &mut Vec<u8>, to: usize, bytes: &[u8]) {
    if to >= MAX_ROW {
        return;
    }
    let end = (to + bytes.len()).min(MAX_ROW);
    if row.len() < end {
        row.resize(end, 0);
    }
    row[to..end].copy_from_slice(&bytes[..end - to]);
}

fn fill(row: &mut Vec<u8>, to: usize, count: usize, value: u8) {
    if to >= MAX_ROW {
        return;
    }
    let end = to.saturating_add(count).min(MAX_ROW);
    if row.len() < end {
        row.resize(end, 0);
    }
    row[to..end].fill(value);
}

/// Method 10: rows of red, green, blue pixels.
mod pixels {
    use super::{MAX_ROW, extension};

    pub(super) fn unpack(data: &[u8], row: &mut Vec<u8>) {
        let mut cached = [0xff; 3];
        let mut at = 0;
        let mut to = 0usize;
        while let Some(command) = data.get(at).copied() {
            at += 1;
            let run = command & 0x80 != 0;
            let mut offset = usize::from(command >> 3 & 3);
            let mut count = usize::from(command & 7);
            if offset == 3 {
                offset += extension(data, &mut at);
            }
            to = to.saturating_add(offset);
            let first = match command >> 5 & 3 {
                0 => {
                    let Some(pixel) = coded(data, &mut at, pixel(row, to)) else {
                        return;
                    };
                    cached = pixel;
                    pixel
                }
                1 => pixel(row, to.wrapping_sub(1)),
                2 => pixel(row, to.saturating_add(1)),
                _ => cached,
            };
            if count == 7 {
                count += extension(data, &mut at);
            }
            set(row, to, first);
            to = to.saturating_add(1);
            for _ in 0..=count.min(MAX_ROW) {
                if run {
                    set(row, to, first);
                } else if count == 0 {
                    break;
                } else {
                    let Some(pixel) = coded(data, &mut at, pixel(row, to)) else {
                        return;
                    };
                    set(row, to, pixel);
                    count -= 1;
                }
                to = to.saturating_add(1);
                if to >= MAX_ROW / 3 {
                    return;
                }
            }
        }
    }

    /// A pixel in full, or as the difference from the one above.
    fn coded(data: &[u8], at: &mut usize, above: [u8; 3]) -> Option<[u8; 3]> {
        let high = *data.get(*at)?;
        if high & 0x80 == 0 {
            let full: [u8; 3] = data.get(*at..*at + 3)?.try_into().ok()?;
            *at += 3;
            let bits = u32::from_be_bytes([0, full[0], full[1], full[2]]) << 1;
            let [_, red, green, blue] = bits.to_be_bytes();
            // The lowest bit of blue is lost.
            return Some([red, green, blue | (blue >> 1 & 1)]);
        }
        let low = *data.get(*at + 1)?;
        *at += 2;
        let bits = u16::from_be_bytes([high, low]);
        let part = |shift: u32| {
            let value = (bits >> shift & 0x1f) as u8;
            if value & 0x10 == 0 {
                value
            } else {
                value | 0xe0
            }
        };
        let [red, green, blue] = above;
        Some([
            red.wrapping_add(part(10)),
            green.wrapping_add(part(5)),
            blue.wrapping_add(part(0).wrapping_mul(2)),
        ])
    }

    fn pixel(row: &[u8], at: usize) -> [u8; 3] {
        let at = at.saturating_mul(3);
        row.get(at..at.saturating_add(3))
            .and_then(|pixel| pixel.try_into().ok())
            .unwrap_or([0xff; 3])
    }

    fn set(row: &mut Vec<u8>, at: usize, pixel: [u8; 3]) {
        if at >= MAX_ROW / 3 {
            return;
        }
        let at = at * 3;
        if row.len() < at + 3 {
            row.resize(at + 3, 0xff);
        }
        row[at..at + 3].copy_from_slice(&pixel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(method: i64, data: &[u8], before: &[u8], expected: &[u8]) {
        let mut row = before.to_vec();
        assert!(unpack(method, data, &mut row));
        assert_eq!(row, expected);
    }

    #[test]
    fn each_method_unpacks() {
        check(0, &[1, 2], &[9, 9, 9], &[1, 2]);
        check(1, &[2, 7, 0, 8], &[], &[7, 7, 7, 8]);
        check(2, &[1, 5, 6, 0xfe, 7, 0x80], &[], &[5, 6, 7, 7, 7]);
        check(3, &[0x21, 8, 9], &[1, 2, 3, 4], &[1, 8, 9, 4]);
        check(3, &[], &[1, 2], &[1, 2]);
        check(9, &[0b0000_1001, 8, 9], &[1, 2, 3, 4], &[1, 8, 9, 4]);
        check(9, &[0b1010_0001, 7], &[1, 2, 3, 4, 5], &[1, 7, 7, 7, 5]);
        // A white row, of which one pixel turns red.
        let mut white = vec![255; 9];
        assert!(unpack(10, &[0b0000_1000, 0x7f, 0x80, 0x00], &mut white));
        assert_eq!(white, [255, 255, 255, 255, 0, 0, 255, 255, 255]);
    }

    #[test]
    fn offsets_that_lie_stay_within_the_row() {
        let mut row = Vec::new();
        let far = [&[0x1f][..], &[255; 1000], &[1, 2]].concat();
        assert!(unpack(3, &far, &mut row));
        assert!(row.len() <= MAX_ROW);
        assert!(unpack(1, &[255; 4000], &mut row));
        assert_eq!(row.len(), MAX_ROW);
        assert!(!unpack(77, &[], &mut row));
    }

    proptest! {
        #[test]
        fn no_bytes_upset_it(method in 0..11i64, data in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut row = vec![3; 20];
            unpack(method, &data, &mut row);
            prop_assert!(row.len() <= MAX_ROW);
        }
    }
}
