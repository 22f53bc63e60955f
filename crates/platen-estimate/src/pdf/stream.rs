//! Decoding streams without letting them swell without end.

#![cfg_attr(
    not(unix),
    expect(
        clippy::missing_const_for_thread_local,
        reason = "it is constant, which clippy does not see where threads keep values otherwise"
    )
)]

use super::predictor::Predictor;
use crate::limits::Budget;
use flate2::{Decompress, FlushDecompress, Status};
use hayro_syntax::Filter;
use hayro_syntax::object::Stream;
use std::cell::Cell;

thread_local! {
    /// Its tables and its window are costly to make anew for each stream.
    static INFLATER: Cell<Option<Decompress>> = const { Cell::new(None) };
}

/// The decoded bytes of a stream that is no picture, damaged tails left off.
/// None where a filter is unknown or the limit is reached.
pub(super) fn decode(stream: &Stream<'_>, budget: &Budget) -> Option<Vec<u8>> {
    let filters = stream.filters();
    match filters.as_slice() {
        [] => Some(stream.raw_data().into_owned()),
        [Filter::FlateDecode] => {
            let inflated = inflate(&stream.raw_data(), budget.inflated_bytes)?;
            Some(Predictor::of(stream.dict()).undo(inflated))
        }
        // The other filters swell by a bounded factor, and chains of them are
        // rare; the process limits guard what remains.
        _ if stream.raw_data().len() <= budget.inflated_bytes / 64 => {
            stream.decoded_data().ok().map(|data| data.into_owned())
        }
        _ => None,
    }
}

/// Inflates zlib data, bare deflate as well, up to where it is damaged.
/// None when it swells beyond the limit.
pub(super) fn inflate(data: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut inflater = Inflating::new(data);
    let room = data.len().saturating_mul(3).clamp(1 << 12, 1 << 24);
    let mut output = Vec::with_capacity(room.min(limit));
    while inflater.fill(&mut output) {
        if output.len() > limit {
            return None;
        }
        if output.len() == output.capacity() {
            // One byte beyond the limit tells that it is exceeded.
            let room = (limit + 1 - output.len()).min(output.len().max(1 << 12));
            output.reserve_exact(room);
        }
    }
    (output.len() <= limit).then_some(output)
}

/// Deflated data on its way out.
pub(super) struct Inflating<'d> {
    body: &'d [u8],
    /// None only once dropped.
    inflater: Option<Decompress>,
    ended: bool,
}

impl<'d> Inflating<'d> {
    /// Begins to inflate zlib data, or bare deflate.
    pub(super) fn new(data: &'d [u8]) -> Self {
        let zlib = data.len() >= 2
            && data[0] & 0x0f == 8
            && u16::from_be_bytes([data[0], data[1]]).is_multiple_of(31);
        let inflater = match INFLATER.take() {
            Some(mut inflater) => {
                inflater.reset(false);
                inflater
            }
            // Checksums are not looked at: many writers get them wrong.
            None => Decompress::new(false),
        };
        Self {
            body: if zlib { &data[2..] } else { data },
            inflater: Some(inflater),
            ended: false,
        }
    }

    /// Appends what there is room for; false once there is no more, be it the
    /// end or damage.
    pub(super) fn fill(&mut self, output: &mut Vec<u8>) -> bool {
        let Some(inflater) = self.inflater.as_mut().filter(|_| !self.ended) else {
            return false;
        };
        let (consumed, before) = (inflater.total_in(), output.len());
        let rest = usize::try_from(consumed)
            .ok()
            .and_then(|consumed| self.body.get(consumed..))
            .unwrap_or_default();
        let status = inflater.decompress_vec(rest, output, FlushDecompress::None);
        let stuck = inflater.total_in() == consumed && output.len() == before;
        self.ended = match status {
            Ok(Status::StreamEnd) | Err(_) => true,
            Ok(_) => stuck && output.len() < output.capacity(),
        };
        !self.ended
    }
}

impl Drop for Inflating<'_> {
    fn drop(&mut self) {
        INFLATER.set(self.inflater.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::deflate;
    use proptest::prelude::*;

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = deflate(&vec![0; 1 << 20]);
        assert_eq!(inflate(&bomb, 1 << 16), None);
        assert_eq!(
            inflate(&bomb, 1 << 21).map(|data| data.len()),
            Some(1 << 20)
        );
    }

    #[test]
    fn what_precedes_the_damage_is_kept() {
        let mut data = deflate(&b"0 0 1 rg 1 2 3 4 re f ".repeat(40));
        data.truncate(data.len() - 6);
        assert!(!inflate(&data, 1 << 16).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn any_bytes_inflate_to_something_within_the_limit(
            data in proptest::collection::vec(any::<u8>(), 0..400),
        ) {
            if let Some(output) = inflate(&data, 1 << 16) {
                prop_assert!(output.len() <= 1 << 16);
            }
        }
    }
}
