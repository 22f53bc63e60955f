//! Decoding filters, fed with what lies before them, a piece at a time.
//!
//! A filter takes no byte more than it needs: what follows its data is
//! program again. *Source*: PLRM, section 3.13.

mod ascii;
mod blank;
mod cipher;
mod flate;
mod jpeg;
mod lzw;
mod predictor;
mod run_length;
mod section;

pub(super) use ascii::{Ascii85, AsciiHex};
pub(super) use blank::Blank;
#[cfg(test)]
pub(super) use cipher::tests::encrypt;
pub(super) use cipher::{CHARSTRING_KEY, Eexec, decrypt};
pub(super) use flate::Flate;
pub(super) use jpeg::Jpeg;
pub(super) use lzw::Lzw;
pub(super) use predictor::{Predicted, Prediction};
pub(super) use run_length::RunLength;
pub(super) use section::Section;

use super::object::Error;

/// Roughly how much is decoded at a time. *Units*: bytes.
pub(super) const PIECE: usize = 1 << 14;

/// What a filter made of a piece of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// How much of the input it took.
    pub(super) taken: usize,
    /// Its data ends here.
    pub(super) ended: bool,
}

/// A decoding filter.
pub(super) trait Decode {
    /// Decodes from the front of `input`. `last`: no more input follows it.
    /// May leave input untaken once it has made [`PIECE`] bytes.
    fn decode(&mut self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<Step, Error>;

    /// For a filter that was left before its end: how much of the input that
    /// it took last belongs to what follows `unread` bytes of its output.
    fn give_back(&self, unread: usize) -> usize {
        let _ = unread;
        0
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Decodes all of `input`, cut into pieces; gives the output and how much
    /// of the input was taken.
    pub(in super::super) fn decode_all(
        decoder: &mut dyn Decode,
        input: &[u8],
        piece: usize,
    ) -> (Vec<u8>, usize) {
        let mut output = Vec::new();
        let (mut at, mut held) = (0, 0);
        loop {
            held += piece.max(1);
            let end = (at + held).min(input.len());
            let last = end == input.len();
            let Ok(step) = decoder.decode(&input[at..end], last, &mut output) else {
                break;
            };
            at += step.taken;
            // What takes nothing waits for more.
            held -= step.taken.min(held);
            if step.ended || (last && step.taken == 0) {
                break;
            }
        }
        (output, at)
    }

    fn decoders() -> Vec<Box<dyn Decode>> {
        let prediction = Prediction {
            kind: 12,
            colours: 3,
            bits: 8,
            columns: 4,
        };
        vec![
            Box::new(Ascii85::default()),
            Box::new(AsciiHex::default()),
            Box::new(Blank::new(1000)),
            Box::new(Eexec::default()),
            Box::new(Flate::default()),
            Box::new(Jpeg::default()),
            Box::new(Lzw::new(true)),
            Box::new(RunLength::default()),
            Box::new(Section::new(b"aa".to_vec(), 2)),
            Box::new(Predicted::new(Box::new(AsciiHex::default()), prediction)),
        ]
    }

    proptest! {
        #[test]
        fn no_bytes_upset_a_filter(
            input in proptest::collection::vec(any::<u8>(), 0..300),
            piece in 1usize..300,
        ) {
            for mut decoder in decoders() {
                let (output, taken) = decode_all(decoder.as_mut(), &input, piece);
                prop_assert!(taken <= input.len());
                prop_assert!(output.len() <= 1 << 24);
            }
        }

        #[test]
        fn the_size_of_the_pieces_changes_nothing(
            text in "[0-9a-fA-F!-u ]{0,80}", piece in 1usize..20,
        ) {
            let whole = decode_all(&mut Ascii85::default(), text.as_bytes(), 1000);
            let pieces = decode_all(&mut Ascii85::default(), text.as_bytes(), piece);
            prop_assert_eq!(whole.0, pieces.0);
            let whole = decode_all(&mut AsciiHex::default(), text.as_bytes(), 1000);
            let pieces = decode_all(&mut AsciiHex::default(), text.as_bytes(), piece);
            prop_assert_eq!(whole.0, pieces.0);
        }
    }
}
