//! RunLengthDecode. *Source*: PLRM, section 3.13.3.

use super::super::object::Error;
use super::{Decode, PIECE, Step};

/// Runs and copies, to the byte 128.
#[derive(Default)]
pub(in super::super) struct RunLength {
    /// Bytes still to be copied as they are.
    copy: usize,
    /// The next byte is repeated so often.
    repeat: usize,
}

impl Decode for RunLength {
    fn decode(&mut self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<Step, Error> {
        let mut at = 0;
        while at < input.len() && output.len() < PIECE {
            if self.copy > 0 {
                let count = self.copy.min(input.len() - at);
                output.extend(&input[at..at + count]);
                self.copy -= count;
                at += count;
                continue;
            }
            let byte = input[at];
            at += 1;
            if self.repeat > 0 {
                output.resize(output.len() + self.repeat, byte);
                self.repeat = 0;
            } else if byte < 128 {
                self.copy = usize::from(byte) + 1;
            } else if byte > 128 {
                self.repeat = 257 - usize::from(byte);
            } else {
                return Ok(Step {
                    taken: at,
                    ended: true,
                });
            }
        }
        Ok(Step {
            taken: at,
            ended: last && at == input.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::decode_all;
    use super::*;

    #[test]
    fn runs_and_copies_end_at_their_mark() {
        let (output, taken) = decode_all(&mut RunLength::default(), b"\x02abc\xfed\x80x", 2);
        assert_eq!((output.as_slice(), taken), (&b"abcddd"[..], 7));
    }
}
