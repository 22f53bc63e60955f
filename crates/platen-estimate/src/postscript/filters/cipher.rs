//! The cipher of Type 1 fonts. *Source*: Adobe Type 1 Font Format, chapter 7.

use super::super::object::Error;
use super::super::scanner::{hex_digit, is_space};
use super::{Decode, Step};

const EEXEC_KEY: u16 = 55665;
/// The key of charstrings.
pub(in super::super) const CHARSTRING_KEY: u16 = 4330;
/// So many bytes before the text mean nothing.
const LEAD: usize = 4;
/// Pieces are small, since what is left over is decoded again.
const PIECE: usize = 512;

/// Decrypts all of `input`, the leading bytes included.
pub(in super::super) fn decrypt(input: &[u8], key: u16) -> Vec<u8> {
    let mut key = key;
    input.iter().map(|byte| next(*byte, &mut key)).collect()
}

fn next(cipher: u8, key: &mut u16) -> u8 {
    let [high, _] = key.to_be_bytes();
    *key = u16::from(cipher)
        .wrapping_add(*key)
        .wrapping_mul(52845)
        .wrapping_add(22719);
    cipher ^ high
}

/// The part of a font that `eexec` runs, in binary or in digits.
pub(in super::super) struct Eexec {
    key: u16,
    hex: Option<bool>,
    lead: usize,
    high: Option<u8>,
    /// How much input was taken when each byte of this piece was made.
    taken_at: Vec<usize>,
    taken: usize,
}

impl Default for Eexec {
    fn default() -> Self {
        Self {
            key: EEXEC_KEY,
            hex: None,
            lead: LEAD,
            high: None,
            taken_at: Vec::new(),
            taken: 0,
        }
    }
}

impl Decode for Eexec {
    fn decode(&mut self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<Step, Error> {
        self.taken_at.clear();
        let mut at = 0;
        let hex = match self.hex {
            Some(hex) => hex,
            None => {
                at = input.iter().take_while(|byte| is_space(**byte)).count();
                let head = &input[at..];
                if head.len() < LEAD && !last {
                    // Spaces may be told from data before it is whole.
                    self.taken = at;
                    return Ok(Step {
                        taken: at,
                        ended: false,
                    });
                }
                let hex = head
                    .iter()
                    .take(LEAD)
                    .all(|byte| hex_digit(*byte).is_some());
                *self.hex.insert(hex)
            }
        };
        while at < input.len() && self.taken_at.len() < PIECE {
            let byte = input[at];
            at += 1;
            let cipher = if hex {
                let Some(digit) = hex_digit(byte) else {
                    continue;
                };
                match self.high.take() {
                    Some(high) => high << 4 | digit,
                    None => {
                        self.high = Some(digit);
                        continue;
                    }
                }
            } else {
                byte
            };
            let plain = next(cipher, &mut self.key);
            if self.lead > 0 {
                self.lead -= 1;
            } else {
                output.push(plain);
                self.taken_at.push(at);
            }
        }
        self.taken = at;
        Ok(Step {
            taken: at,
            ended: last && at == input.len(),
        })
    }

    fn give_back(&self, unread: usize) -> usize {
        let Some(read) = self.taken_at.len().checked_sub(unread) else {
            return 0;
        };
        let used = match read.checked_sub(1) {
            Some(index) => self.taken_at[index],
            None => return 0,
        };
        self.taken - used
    }
}

#[cfg(test)]
pub(in super::super) mod tests {
    use super::super::tests::decode_all;
    use super::*;

    pub(in super::super::super) fn encrypt(plain: &[u8], key: u16) -> Vec<u8> {
        let mut key = key;
        plain
            .iter()
            .map(|plain| {
                let [high, _] = key.to_be_bytes();
                let cipher = plain ^ high;
                next(cipher, &mut key);
                cipher
            })
            .collect()
    }

    #[test]
    fn binary_and_digits_say_the_same() {
        let binary = encrypt(b"0000/x 1 def", EEXEC_KEY);
        let digits: String = binary.iter().map(|byte| format!("{byte:02x}")).collect();
        let digits = format!("\n{}\n{}", &digits[..10], &digits[10..]);
        for piece in [1, 5, 1000] {
            let (output, _) = decode_all(&mut Eexec::default(), digits.as_bytes(), piece);
            assert_eq!(output, b"/x 1 def");
        }
        let (output, _) = decode_all(&mut Eexec::default(), &binary, 1000);
        assert_eq!(output, b"/x 1 def");
    }

    #[test]
    fn what_follows_the_font_is_given_back() {
        let mut input = encrypt(b"0000closefile\n", EEXEC_KEY);
        let font = input.len();
        input.extend(b"0000 cleartomark");
        let mut eexec = Eexec::default();
        let mut output = Vec::new();
        let step = eexec.decode(&input, true, &mut output).unwrap();
        let unread = output.len() - b"closefile\n".len();
        assert_eq!(step.taken - eexec.give_back(unread), font);
    }
}
