//! LZWDecode. *Source*: PLRM, section 3.13.3.

use super::super::object::Error;
use super::{Decode, PIECE, Step};

const CLEAR: usize = 256;
const END: usize = 257;
const CODES: usize = 4096;

/// Codes of nine to twelve bits, highest bit first.
pub(in super::super) struct Lzw {
    /// Codes become longer one code earlier than they must.
    early: usize,
    bits: u32,
    held: u32,
    width: u32,
    /// For each code: the code before its last byte, that byte, its length.
    table: Vec<(u16, u8, u16)>,
    last: Option<usize>,
}

impl Lzw {
    pub(in super::super) fn new(early: bool) -> Self {
        let mut decoder = Self {
            early: usize::from(early),
            bits: 0,
            held: 0,
            width: 9,
            table: Vec::with_capacity(CODES),
            last: None,
        };
        decoder.clear();
        decoder
    }

    fn clear(&mut self) {
        self.table.clear();
        for byte in 0..=u8::MAX {
            self.table.push((0, byte, 1));
        }
        self.table.extend([(0, 0, 0); 2]);
        self.width = 9;
        self.last = None;
    }

    fn code(&mut self, code: usize, output: &mut Vec<u8>) -> Result<(), Error> {
        let start = output.len();
        if let Some(last) = self.last {
            if code > self.table.len() {
                return Err(Error::Io);
            }
            // A code may be the one that is about to be made.
            let known = code < self.table.len();
            self.write(if known { code } else { last }, output);
            let first = output[start];
            if !known {
                output.push(first);
            }
            if self.table.len() < CODES {
                let len = self.table[last].2.saturating_add(1);
                let before = u16::try_from(last).unwrap_or(0);
                self.table.push((before, first, len));
            }
        } else {
            if code >= self.table.len() {
                return Err(Error::Io);
            }
            self.write(code, output);
        }
        self.last = Some(code);
        self.width = match self.table.len() + self.early {
            0..=511 => 9,
            512..=1023 => 10,
            1024..=2047 => 11,
            _ => 12,
        };
        Ok(())
    }

    fn write(&self, code: usize, output: &mut Vec<u8>) {
        let len = usize::from(self.table[code].2);
        let start = output.len();
        output.resize(start + len, 0);
        let mut code = code;
        for at in (start..start + len).rev() {
            let (before, byte, _) = self.table[code];
            output[at] = byte;
            code = usize::from(before);
        }
    }
}

impl Decode for Lzw {
    fn decode(&mut self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<Step, Error> {
        let mut at = 0;
        loop {
            while self.held >= self.width {
                let shift = self.held - self.width;
                let code = (self.bits >> shift & ((1 << self.width) - 1)) as usize;
                self.held = shift;
                self.bits &= (1u32 << shift) - 1;
                match code {
                    CLEAR => self.clear(),
                    END => {
                        return Ok(Step {
                            taken: at,
                            ended: true,
                        });
                    }
                    code => self.code(code, output)?,
                }
            }
            if output.len() >= PIECE {
                return Ok(Step {
                    taken: at,
                    ended: false,
                });
            }
            let Some(byte) = input.get(at) else {
                return Ok(Step {
                    taken: at,
                    ended: last,
                });
            };
            self.bits = self.bits << 8 | u32::from(*byte);
            self.held += 8;
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::decode_all;
    use super::*;

    #[test]
    fn the_references_example_decodes() {
        // PLRM, section 3.13.3: 45 45 45 45 45 65 45 45 45 66.
        let input = [0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01, b'x'];
        for piece in [1, 3, 100] {
            let (output, taken) = decode_all(&mut Lzw::new(true), &input, piece);
            assert_eq!(output, [45, 45, 45, 45, 45, 65, 45, 45, 45, 66]);
            assert_eq!(taken, 9);
        }
    }
}
