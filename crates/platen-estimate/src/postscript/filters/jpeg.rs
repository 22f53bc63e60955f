//! DCTDecode: a JPEG picture as samples. *Source*: PLRM, section 3.13.3;
//! ITU-T T.81, annex B.

use super::super::object::Error;
use super::{Decode, PIECE, Step};
use crate::bitmap::decode_jpeg;
use crate::limits::{Budget, Limits};

/// Larger pictures aren't held. *Units*: bytes.
const MAX_BYTES: usize = 64 << 20;

/// Collects a picture to its end marker, then hands out its samples.
#[derive(Default)]
pub(in super::super) struct Jpeg {
    data: Vec<u8>,
    /// How far the markers have been followed.
    walked: usize,
    in_scan: bool,
    samples: Option<(Vec<u8>, usize)>,
}

impl Jpeg {
    /// Where the picture ends, once that much is there.
    fn end(&mut self) -> Option<usize> {
        loop {
            let rest = self.data.get(self.walked..)?;
            if self.in_scan || rest.first() != Some(&0xff) {
                // Entropy-coded data: a marker is 0xff and neither 0 nor a restart.
                let found = rest
                    .windows(2)
                    .position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff));
                let Some(found) = found else {
                    self.walked += rest.len().saturating_sub(1);
                    return None;
                };
                self.walked += found;
                self.in_scan = false;
                continue;
            }
            match rest.get(1)? {
                0xd9 => return Some(self.walked + 2),
                0xff => self.walked += 1,
                0xd8 | 0x01 | 0xd0..=0xd7 | 0 => self.walked += 2,
                marker => {
                    let len = u16::from_be_bytes([*rest.get(2)?, *rest.get(3)?]);
                    self.walked += 2 + usize::from(len).max(2);
                    self.in_scan = *marker == 0xda;
                }
            }
        }
    }
}

impl Decode for Jpeg {
    fn decode(&mut self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<Step, Error> {
        let mut taken = 0;
        if self.samples.is_none() {
            let before = self.data.len();
            self.data.extend(input);
            if self.data.len() > MAX_BYTES {
                return Err(Error::LimitCheck);
            }
            taken = input.len();
            let end = self.end();
            if let Some(end) = end {
                taken = end.saturating_sub(before).min(input.len());
            } else if !last {
                return Ok(Step {
                    taken,
                    ended: false,
                });
            }
            let budget = Budget::start_for(&Limits::default(), 0);
            let data = std::mem::take(&mut self.data);
            let picture = decode_jpeg(&data, &budget).ok_or(Error::Io)?;
            self.samples = Some((picture.samples, 0));
        }
        let Some((samples, at)) = &mut self.samples else {
            return Err(Error::Io);
        };
        let count = (samples.len() - *at).min(PIECE);
        output.extend(&samples[*at..*at + count]);
        *at += count;
        Ok(Step {
            taken,
            ended: *at == samples.len(),
        })
    }
}
