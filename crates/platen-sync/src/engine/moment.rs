//! Time and chance, as they come in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the device's clocks say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The wall clock, which anyone may set.
    pub wall: Timestamp,
    /// Names this boot of the device.
    pub boot: Uuid,
    /// A clock that nobody sets and that counts while the device sleeps
    /// (`CLOCK_BOOTTIME`). Units: milliseconds.
    pub since_boot_ms: u64,
}

/// What comes in with every event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The clocks.
    pub clock: Clock,
    /// Random bits, never the same twice: identifiers are made of them, and
    /// delays.
    pub random: u128,
}

/// A sequence of random numbers out of one [`Moment`].
///
/// *Source*: Steele, Lea and Flood, “Fast splittable pseudorandom number
/// generators”, 2014 (`SplitMix64`).
#[derive(Clone, Debug)]
pub(super) struct Random {
    high: u64,
    low: u64,
}

impl Random {
    pub(super) const fn new(bits: u128) -> Self {
        Self {
            high: (bits >> 64) as u64,
            low: bits as u64,
        }
    }

    fn next(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// An identifier that nobody else has.
    pub(super) fn id(&mut self) -> Uuid {
        let halves = [Self::next(&mut self.high), Self::next(&mut self.low)];
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&halves[0].to_be_bytes());
        bytes[8..].copy_from_slice(&halves[1].to_be_bytes());
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A number up to `most`.
    pub(super) fn up_to(&mut self, most: u64) -> u64 {
        Self::next(&mut self.low) % most.saturating_add(1).max(1)
    }
}
