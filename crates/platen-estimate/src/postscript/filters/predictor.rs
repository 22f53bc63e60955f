//! Differences from neighbours, undone. *Source*: PLRM, section 3.13.3,
//! "Predictor Functions".

use super::super::object::Error;
use super::{Decode, PIECE, Step};
use crate::predictor::{self, ByteOrder};

/// How samples were predicted.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Prediction {
    /// 1 none, 2 TIFF's, from 10 on PNG's.
    pub(in super::super) kind: usize,
    pub(in super::super) colours: usize,
    pub(in super::super) bits: usize,
    pub(in super::super) columns: usize,
}

impl Prediction {
    fn row(self) -> usize {
        (self.colours * self.bits * self.columns).div_ceil(8)
    }

    /// Whether the numbers are such as the filters allow.
    pub(in super::super) fn is_sane(self) -> bool {
        (1..=32).contains(&self.colours)
            && matches!(self.bits, 1 | 2 | 4 | 8 | 16)
            && (1..=1 << 20).contains(&self.columns)
    }
}

/// A filter whose output is predicted rows.
pub(in super::super) struct Predicted {
    inner: Box<dyn Decode>,
    prediction: Prediction,
    raw: Vec<u8>,
    above: Vec<u8>,
}

impl Predicted {
    pub(in super::super) fn new(inner: Box<dyn Decode>, prediction: Prediction) -> Self {
        Self {
            inner,
            prediction,
            raw: Vec::new(),
            above: vec![0; prediction.row()],
        }
    }

    /// Undoes the prediction of the whole rows at hand; the last may be short.
    fn rows(&mut self, ended: bool, output: &mut Vec<u8>) {
        let Prediction { colours, bits, .. } = self.prediction;
        let tagged = self.prediction.kind >= 10;
        let len = self.prediction.row() + usize::from(tagged);
        let mut at = 0;
        while self.raw.len() - at >= len || (ended && self.raw.len() > at) {
            let end = (at + len).min(self.raw.len());
            let (tag, row) = self.raw[at..end].split_at(usize::from(tagged));
            let start = output.len();
            output.extend_from_slice(row);
            let row = &mut output[start..];
            match *tag {
                [] => predictor::tiff(row, bits, colours, ByteOrder::Big),
                [kind, ..] => {
                    predictor::png(kind, row, &self.above, (colours * bits).div_ceil(8));
                }
            }
            self.above[..row.len()].copy_from_slice(row);
            at = end;
        }
        self.raw.drain(..at);
    }
}

impl Decode for Predicted {
    fn decode(&mut self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<Step, Error> {
        let mut raw = std::mem::take(&mut self.raw);
        // The inner filter stops at a piece's length; rows may be longer.
        let held = raw.len();
        let mut fresh = Vec::with_capacity(PIECE);
        let step = self.inner.decode(input, last, &mut fresh);
        raw.append(&mut fresh);
        let grew = raw.len() > held;
        self.raw = raw;
        let step = step?;
        if grew || step.ended {
            self.rows(step.ended, output);
        }
        Ok(step)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::decode_all;
    use super::super::{AsciiHex, Section};
    use super::*;

    fn check(kind: usize, bits: usize, input: &str, output: &[u8]) {
        let prediction = Prediction {
            kind,
            colours: 1,
            bits,
            columns: 24 / bits,
        };
        for piece in [1, 7, 100] {
            let inner = Box::new(AsciiHex::default());
            let mut decoder = Predicted::new(inner, prediction);
            assert_eq!(decode_all(&mut decoder, input.as_bytes(), piece).0, output);
        }
    }

    #[test]
    fn rows_are_restored_from_their_neighbours() {
        check(15, 8, "02 010203 01 020202>", &[1, 2, 3, 2, 4, 6]);
        check(2, 8, "010101 020202>", &[1, 2, 3, 2, 4, 6]);
        check(2, 4, "111111>", &[0x12, 0x34, 0x56]);
        check(2, 16, "0102 03>", &[1, 2, 3]);
    }

    #[test]
    fn a_row_may_be_cut_short() {
        let prediction = Prediction {
            kind: 12,
            colours: 3,
            bits: 8,
            columns: 100,
        };
        let mut decoder = Predicted::new(Box::new(Section::new(Vec::new(), 0)), prediction);
        assert_eq!(decode_all(&mut decoder, &[0, 5, 6], 2).0, [5, 6]);
    }
}
