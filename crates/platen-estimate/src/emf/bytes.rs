//! Numbers at places of a record, lowest byte first, checked.

/// A record or file, its numbers named by where they stand.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'d>(pub(super) &'d [u8]);

impl<'d> Bytes<'d> {
    fn array<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        self.0.get(at..at.checked_add(N)?)?.try_into().ok()
    }

    pub(super) fn u8(self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }

    pub(super) fn u16(self, at: usize) -> Option<u16> {
        self.array(at).map(u16::from_le_bytes)
    }

    pub(super) fn i16(self, at: usize) -> Option<i16> {
        self.array(at).map(i16::from_le_bytes)
    }

    pub(super) fn u32(self, at: usize) -> Option<u32> {
        self.array(at).map(u32::from_le_bytes)
    }

    pub(super) fn i32(self, at: usize) -> Option<i32> {
        self.array(at).map(i32::from_le_bytes)
    }

    pub(super) fn u64(self, at: usize) -> Option<u64> {
        self.array(at).map(u64::from_le_bytes)
    }

    /// A number with a fraction, unless it is none.
    pub(super) fn f32(self, at: usize) -> Option<f32> {
        self.array(at)
            .map(f32::from_le_bytes)
            .filter(|value| value.is_finite())
    }

    /// A count or offset.
    pub(super) fn size(self, at: usize) -> Option<usize> {
        usize::try_from(self.u32(at)?).ok()
    }

    /// A whole number as a coordinate.
    pub(super) fn coordinate(self, at: usize) -> Option<f32> {
        self.i32(at).map(|value| value as f32)
    }

    /// From there to the end.
    pub(super) fn from(self, at: usize) -> Option<Bytes<'d>> {
        self.0.get(at..).map(Bytes)
    }

    /// The stretch whose offset and size stand there and in the next word.
    pub(super) fn stretch(self, at: usize) -> Option<&'d [u8]> {
        let from = self.size(at)?;
        self.0.get(from..from.checked_add(self.size(at + 4)?)?)
    }
}
