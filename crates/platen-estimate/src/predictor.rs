//! Samples stored as differences from their neighbours, restored row by row.

/// How a sample of two bytes is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    Little,
    Big,
}

/// Undoes a PNG filter of a row, which may be cut short, given the row above and
/// the bytes from a sample to the one left of it.
///
/// *Source*: PNG (third edition), section 9.
pub(crate) fn png(kind: u8, row: &mut [u8], above: &[u8], step: usize) {
    let above = &above[..row.len()];
    let step = step.min(row.len());
    match kind {
        1 => add_left(row, step),
        2 => {
            for (value, up) in row.iter_mut().zip(above) {
                *value = value.wrapping_add(*up);
            }
        }
        3 => {
            for at in 0..row.len() {
                let left = if at < step { 0 } else { row[at - step] };
                row[at] = row[at].wrapping_add(left.midpoint(above[at]));
            }
        }
        4 => {
            for (value, up) in row.iter_mut().zip(above).take(step) {
                *value = value.wrapping_add(*up);
            }
            for at in step..row.len() {
                let guess = paeth(row[at - step], above[at], above[at - step]);
                row[at] = row[at].wrapping_add(guess);
            }
        }
        _ => {}
    }
}

/// Undoes TIFF's horizontal differencing of a row: each sample is the difference
/// from the one before it of the same colour. Other than 1, 2, 4, 8 or 16 bits
/// are left alone.
///
/// *Source*: TIFF 6.0, section 14.
pub(crate) fn tiff(row: &mut [u8], bits: usize, colours: usize, order: ByteOrder) {
    match bits {
        1 | 2 | 4 => {
            let mask = (1u8 << bits) - 1;
            let shift = |sample: usize| 8 - bits - (sample * bits) % 8;
            for sample in colours..row.len() * 8 / bits {
                let before = sample - colours;
                let value = row[before * bits / 8] >> shift(before) & mask;
                let own = row[sample * bits / 8] >> shift(sample) & mask;
                let sum = own.wrapping_add(value) & mask;
                let byte = &mut row[sample * bits / 8];
                *byte = *byte & !(mask << shift(sample)) | sum << shift(sample);
            }
        }
        8 => add_left(row, colours),
        16 => {
            let (pairs, _half) = row.as_chunks_mut::<2>();
            for at in colours..pairs.len() {
                let (before, own) = (pairs[at - colours], pairs[at]);
                pairs[at] = match order {
                    ByteOrder::Little => u16::from_le_bytes(before)
                        .wrapping_add(u16::from_le_bytes(own))
                        .to_le_bytes(),
                    ByteOrder::Big => u16::from_be_bytes(before)
                        .wrapping_add(u16::from_be_bytes(own))
                        .to_be_bytes(),
                };
            }
        }
        _ => {}
    }
}

fn add_left(row: &mut [u8], step: usize) {
    for at in step..row.len() {
        row[at] = row[at].wrapping_add(row[at - step]);
    }
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

    #[test]
    fn png_filters_are_undone_from_both_neighbours() {
        let mut row = [5, 5];
        png(3, &mut row, &[10, 20], 1);
        assert_eq!(row, [10, 20]);
        let mut row = [0, 1];
        png(4, &mut row, &[10, 20], 1);
        assert_eq!(row, [10, 21]);
        let mut short = [1];
        png(1, &mut short, &[0; 8], 4);
        assert_eq!(short, [1]);
    }

    #[test]
    fn pairs_are_added_in_their_byte_order() {
        for (order, sum) in [(ByteOrder::Big, [2, 1]), (ByteOrder::Little, [1, 2])] {
            let mut row = [1, 0xff, 0, 2, 7];
            if order == ByteOrder::Little {
                row = [0xff, 1, 2, 0, 7];
            }
            tiff(&mut row, 16, 1, order);
            assert_eq!((&row[2..4], row[4]), (&sum[..], 7));
        }
    }
}
