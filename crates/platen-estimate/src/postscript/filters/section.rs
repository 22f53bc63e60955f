//! SubFileDecode. *Source*: PLRM, section 3.13.3.

use super::super::object::Error;
use super::{Decode, PIECE, Step};

/// The input itself, to a mark or for a length.
pub(in super::super) struct Section {
    mark: Vec<u8>,
    /// Without a mark the bytes left; with one how many marks are passed.
    count: usize,
    /// How much of the mark the input before this piece ends with.
    matched: usize,
}

impl Section {
    pub(in super::super) fn new(mark: Vec<u8>, count: usize) -> Self {
        Self {
            mark,
            count,
            matched: 0,
        }
    }

    /// No mark and no length: all of it.
    fn is_endless(&self) -> bool {
        self.mark.is_empty() && self.count == 0
    }
}

impl Decode for Section {
    fn decode(&mut self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<Step, Error> {
        if self.mark.is_empty() {
            let endless = self.is_endless();
            let limit = if endless {
                PIECE
            } else {
                self.count.min(PIECE)
            };
            let taken = input.len().min(limit);
            output.extend(&input[..taken]);
            if !endless {
                self.count -= taken;
            }
            let done = (!endless && self.count == 0) || (last && taken == input.len());
            // A count that reached nothing must not turn into "all of it".
            if done && !endless {
                self.mark = vec![0];
            }
            return Ok(Step { taken, ended: done });
        }
        for (at, byte) in input.iter().enumerate() {
            if output.len() >= PIECE {
                return Ok(Step {
                    taken: at,
                    ended: false,
                });
            }
            // Falls back in the mark until the byte goes on with it.
            while self.matched > 0 && self.mark[self.matched] != *byte {
                let kept = border(&self.mark[..self.matched]);
                output.extend(&self.mark[..self.matched - kept]);
                self.matched = kept;
            }
            if self.mark[self.matched] == *byte {
                self.matched += 1;
            } else {
                output.push(*byte);
            }
            if self.matched == self.mark.len() {
                self.matched = 0;
                if self.count == 0 {
                    return Ok(Step {
                        taken: at + 1,
                        ended: true,
                    });
                }
                output.extend(&self.mark);
                self.count -= 1;
                if self.count == 0 {
                    return Ok(Step {
                        taken: at + 1,
                        ended: true,
                    });
                }
            }
        }
        if last {
            output.extend(&self.mark[..self.matched]);
            self.matched = 0;
        }
        Ok(Step {
            taken: input.len(),
            ended: last,
        })
    }
}

/// The longest proper start of `text` that is also its end.
fn border(text: &[u8]) -> usize {
    (0..text.len())
        .rev()
        .find(|len| text.ends_with(&text[..*len]))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::tests::decode_all;
    use super::*;

    #[track_caller]
    fn check(mark: &str, count: usize, input: &str, output: &str, taken: usize) {
        for piece in [1, 2, 100] {
            let mut section = Section::new(mark.as_bytes().to_vec(), count);
            let (found, used) = decode_all(&mut section, input.as_bytes(), piece);
            assert_eq!(
                (String::from_utf8_lossy(&found).as_ref(), used),
                (output, taken)
            );
        }
    }

    #[test]
    fn it_ends_at_its_mark_or_after_its_length() {
        check("END", 0, "abEENDx", "abE", 6);
        check("aab", 0, "aaabx", "a", 4);
        check("e", 2, "aebece", "aebe", 4);
        check("", 3, "abcdef", "abc", 3);
        check("", 0, "abcdef", "abcdef", 6);
    }
}
