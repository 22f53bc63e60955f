//! Fax pictures: two values a sample, so that no colour can come from them.
//!
//! The samples aren't decoded; zeros stand for them, and the data is taken to
//! the code that ends it. *Source*: PLRM, section 3.13.3, "CCITTFaxDecode".

use super::super::object::Error;
use super::{Decode, PIECE, Step};

/// Two codes of twelve bits that end a picture: `000000000001` twice.
const END: u32 = 0x00_1001;
const END_BITS: u32 = 0xff_ffff;

/// Zeros in place of what isn't decoded.
pub(in super::super) struct Blank {
    left: usize,
    bits: u32,
    ended: bool,
}

impl Blank {
    /// So many bytes at most.
    pub(in super::super) fn new(bytes: usize) -> Self {
        Self {
            left: bytes,
            bits: u32::MAX,
            ended: false,
        }
    }

    fn take(&mut self, input: &[u8]) -> usize {
        for (at, byte) in input.iter().enumerate() {
            for shift in (0..8).rev() {
                self.bits = self.bits << 1 | u32::from(byte >> shift & 1);
                if self.bits & END_BITS == END {
                    self.ended = true;
                    return at + 1;
                }
            }
        }
        input.len()
    }
}

impl Decode for Blank {
    fn decode(&mut self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<Step, Error> {
        // The data first: a reader may stop as soon as it has its samples.
        let taken = if self.ended { 0 } else { self.take(input) };
        self.ended |= last && taken == input.len();
        if self.ended {
            let count = self.left.min(PIECE);
            output.resize(output.len() + count, 0);
            self.left -= count;
        }
        Ok(Step {
            taken,
            ended: self.ended && self.left == 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::decode_all;
    use super::*;

    #[test]
    fn data_is_taken_to_its_end_code() {
        let input = [0x12, 0x34, 0x00, 0x10, 0x01, b'Q'];
        let (output, taken) = decode_all(&mut Blank::new(100), &input, 2);
        assert_eq!((output.len(), taken), (100, 5));
    }
}
