//! FlateDecode. *Source*: PLRM, section 3.13.3; RFC 1950.

use super::super::object::Error;
use super::{Decode, PIECE, Step};
use flate2::{Decompress, FlushDecompress, Status};

/// A zlib stream.
pub(in super::super) struct Flate(Decompress);

impl Default for Flate {
    fn default() -> Self {
        Self(Decompress::new(true))
    }
}

impl Decode for Flate {
    fn decode(&mut self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<Step, Error> {
        let (before_in, before_out) = (self.0.total_in(), self.0.total_out());
        let start = output.len();
        output.resize(start + PIECE, 0);
        let status = self
            .0
            .decompress(input, &mut output[start..], FlushDecompress::None);
        let made = usize::try_from(self.0.total_out() - before_out).unwrap_or(0);
        output.truncate(start + made.min(PIECE));
        let taken = usize::try_from(self.0.total_in() - before_in).unwrap_or(0);
        let stuck = last && made == 0;
        match status {
            Ok(Status::StreamEnd) => Ok(Step { taken, ended: true }),
            Ok(_) => Ok(Step {
                taken,
                ended: stuck,
            }),
            // What came before the damage is data; the rest is skipped.
            Err(_) => Ok(Step {
                taken: taken.min(input.len()),
                ended: true,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::decode_all;
    use super::*;
    use crate::tests::deflate;

    #[test]
    fn what_follows_the_stream_is_left() {
        let mut input = deflate(&[7; 100_000]);
        let len = input.len();
        input.extend(b"showpage");
        let (output, taken) = decode_all(&mut Flate::default(), &input, 11);
        assert_eq!((output, taken), (vec![7; 100_000], len));
    }
}
