//! Undoing prediction, row by row. *Source*: ISO 32000-1, section 7.4.4.4.

use crate::predictor::{self, ByteOrder};
use hayro_syntax::object::{Array, Dict};

/// The predictor's parameters. *Source*: ISO 32000-1, table 8.
#[derive(Clone, Copy)]
pub(super) struct Predictor {
    kind: u8,
    colours: usize,
    bits: usize,
    columns: usize,
}

impl Predictor {
    /// What the dictionary of a stream with one filter says.
    pub(super) fn of(dict: &Dict<'_>) -> Self {
        let parameters = dict
            .get::<Dict<'_>>("DecodeParms")
            .or_else(|| dict.get::<Dict<'_>>("DP"))
            .or_else(|| {
                dict.get::<Array<'_>>("DecodeParms")
                    .and_then(|list| list.iter::<Dict<'_>>().next())
            })
            .unwrap_or_default();
        let number = |key: &str, default: usize| {
            parameters
                .get::<u32>(key)
                .map_or(default, |value| value as usize)
                .clamp(1, 1 << 20)
        };
        Self {
            kind: number("Predictor", 1).min(255) as u8,
            colours: number("Colors", 1),
            bits: number("BitsPerComponent", 8).min(32),
            columns: number("Columns", 1),
        }
    }

    /// How rows are laid out; none where nothing was predicted.
    pub(super) fn layout(self) -> Option<Layout> {
        let sample_bits = self.colours.checked_mul(self.bits)?;
        let row_bytes = sample_bits.checked_mul(self.columns)?.div_ceil(8);
        let step = sample_bits.div_ceil(8).max(1);
        let tag_bytes = match self.kind {
            0 | 1 => return None,
            // Only whole bytes occur in practice.
            2 if self.bits == 8 => 0,
            2 => return None,
            _ => 1,
        };
        Some(Layout {
            tag_bytes,
            row_bytes,
            step,
        })
    }

    /// Undoes the prediction of the whole.
    pub(super) fn undo(self, data: Vec<u8>) -> Vec<u8> {
        let Some(layout) = self.layout() else {
            return data;
        };
        let mut output = Vec::with_capacity(data.len());
        let mut above = vec![0; layout.row_bytes];
        let mut data = data;
        for row in data.chunks_mut(layout.stored_bytes()) {
            output.extend_from_slice(layout.undo_row(row, &mut above));
        }
        output
    }
}

/// How predicted rows are stored.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    tag_bytes: usize,
    /// Bytes of a row.
    pub(super) row_bytes: usize,
    /// From a sample to the one left of it.
    step: usize,
}

impl Layout {
    /// Bytes of a row as stored.
    pub(super) fn stored_bytes(self) -> usize {
        (self.tag_bytes + self.row_bytes).max(1)
    }

    /// Undoes the prediction of a stored row, which may be cut short, given the
    /// row above; that becomes this row.
    pub(super) fn undo_row<'r>(self, stored: &'r mut [u8], above: &mut [u8]) -> &'r [u8] {
        let (tag, row) = stored.split_at_mut(self.tag_bytes);
        let above = &mut above[..row.len()];
        match *tag {
            [] => predictor::tiff(row, 8, self.step, ByteOrder::Big),
            [kind, ..] => predictor::png(kind, row, above, self.step),
        }
        above.copy_from_slice(row);
        row
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// PNG prediction of rows of so many one-byte samples.
    pub(in crate::pdf) fn png(columns: usize) -> Predictor {
        Predictor {
            kind: 15,
            colours: 1,
            bits: 8,
            columns,
        }
    }

    #[test]
    fn png_prediction_is_undone() {
        // Up, then left: 1 2 3 / 2 4 6.
        let rows = vec![2, 1, 2, 3, 1, 2, 2, 2];
        assert_eq!(png(3).undo(rows), [1, 2, 3, 2, 4, 6]);
        // The mean of left and up; then Paeth's.
        let rows = vec![0, 10, 20, 3, 5, 5, 4, 0, 1];
        assert_eq!(png(2).undo(rows), [10, 20, 10, 20, 10, 21]);
    }

    proptest! {
        #[test]
        fn any_prediction_is_undone_without_a_crash(
            data in proptest::collection::vec(any::<u8>(), 0..200),
            kind in 0u8..20, colours in 1usize..9, bits in 1usize..33, columns in 1usize..50,
        ) {
            let _ = Predictor { kind, colours, bits, columns }.undo(data);
        }
    }
}
