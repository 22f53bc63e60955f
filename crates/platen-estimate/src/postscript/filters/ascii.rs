//! ASCIIHexDecode and ASCII85Decode. *Source*: PLRM, section 3.13.3.

use super::super::object::Error;
use super::super::scanner::{hex_digit, is_space};
use super::{Decode, PIECE, Step};

/// Pairs of digits, to `>`.
#[derive(Default)]
pub(in super::super) struct AsciiHex {
    high: Option<u8>,
}

impl Decode for AsciiHex {
    fn decode(&mut self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<Step, Error> {
        for (at, byte) in input.iter().enumerate() {
            if output.len() >= PIECE {
                return Ok(Step {
                    taken: at,
                    ended: false,
                });
            }
            if *byte == b'>' {
                output.extend(self.high.take().map(|high| high << 4));
                return Ok(Step {
                    taken: at + 1,
                    ended: true,
                });
            }
            if let Some(digit) = hex_digit(*byte) {
                match self.high.take() {
                    Some(high) => output.push(high << 4 | digit),
                    None => self.high = Some(digit),
                }
            } else if !is_space(*byte) {
                return Err(Error::Io);
            }
        }
        if last {
            output.extend(self.high.take().map(|high| high << 4));
        }
        Ok(Step {
            taken: input.len(),
            ended: last,
        })
    }
}

/// Groups of five characters for four bytes, to `~>`.
#[derive(Default)]
pub(in super::super) struct Ascii85 {
    group: u32,
    count: usize,
    tilde: bool,
}

impl Ascii85 {
    /// Decodes characters without the mark that ends them.
    pub(in super::super) fn feed(
        &mut self,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), Error> {
        for byte in input {
            self.character(*byte, output)?;
        }
        Ok(())
    }

    /// Writes out the last, shorter group.
    pub(in super::super) fn end(&mut self, output: &mut Vec<u8>) {
        if self.count > 1 {
            let mut group = self.group;
            for _ in self.count..5 {
                group = group.wrapping_mul(85).wrapping_add(84);
            }
            output.extend(&group.to_be_bytes()[..self.count - 1]);
        }
        (self.group, self.count) = (0, 0);
    }

    fn character(&mut self, byte: u8, output: &mut Vec<u8>) -> Result<(), Error> {
        match byte {
            b'!'..=b'u' => {
                let digit = u32::from(byte - b'!');
                self.group = self.group.wrapping_mul(85).wrapping_add(digit);
                self.count += 1;
                if self.count == 5 {
                    output.extend(self.group.to_be_bytes());
                    (self.group, self.count) = (0, 0);
                }
            }
            b'z' if self.count == 0 => output.extend([0; 4]),
            byte if is_space(byte) => {}
            _ => return Err(Error::Io),
        }
        Ok(())
    }
}

impl Decode for Ascii85 {
    fn decode(&mut self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<Step, Error> {
        let mut at = 0;
        while at < input.len() {
            if output.len() >= PIECE {
                return Ok(Step {
                    taken: at,
                    ended: false,
                });
            }
            let byte = input[at];
            if self.tilde {
                // The data ends at `~`; what isn't its `>` is left alone.
                let taken = at + usize::from(byte == b'>');
                if byte == b'>' || !is_space(byte) {
                    self.end(output);
                    return Ok(Step { taken, ended: true });
                }
            } else if byte == b'~' {
                self.tilde = true;
            } else {
                self.character(byte, output)?;
            }
            at += 1;
        }
        if last {
            self.end(output);
        }
        Ok(Step {
            taken: input.len(),
            ended: last,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::decode_all;
    use super::*;

    #[test]
    fn what_follows_the_data_is_left() {
        let (output, taken) = decode_all(&mut Ascii85::default(), b"87cUR\nDZ~>\nshow", 3);
        assert_eq!((output.as_slice(), taken), (&b"Hello"[..], 10));
        let (output, taken) = decode_all(&mut AsciiHex::default(), b"48 65 7>show", 2);
        assert_eq!((output.as_slice(), taken), (&b"Hep"[..], 8));
        let (output, _) = decode_all(&mut Ascii85::default(), b"z!!~>", 1);
        assert_eq!(output, [0, 0, 0, 0, 0]);
    }
}
