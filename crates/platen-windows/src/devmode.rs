//! How a job is to be printed, from the bytes of a `DEVMODEW`.
//!
//! Only the public part is read. What a driver keeps in its private part, such
//! as pages on a sheet, staples or a secure print's code, nobody but the driver
//! can tell. *Source*: Windows SDK, wingdi.h; learn.microsoft.com, “DEVMODEW”.

/// Offsets in the structure, which has no pointers. *Units*: bytes.
pub(crate) mod offset {
    pub(crate) const SIZE: usize = 68;
    pub(crate) const DRIVER_EXTRA: usize = 70;
    pub(crate) const FIELDS: usize = 72;
    pub(crate) const ORIENTATION: usize = 76;
    pub(crate) const PAPER_SIZE: usize = 78;
    pub(crate) const PAPER_LENGTH: usize = 80;
    pub(crate) const PAPER_WIDTH: usize = 82;
    pub(crate) const SCALE: usize = 84;
    pub(crate) const COPIES: usize = 86;
    pub(crate) const COLOUR: usize = 92;
    pub(crate) const DUPLEX: usize = 94;
    pub(crate) const COLLATE: usize = 100;
}

/// Which members are meant, in `dmFields`.
mod field {
    pub(super) const ORIENTATION: u32 = 0x1;
    pub(super) const PAPER_SIZE: u32 = 0x2;
    pub(super) const PAPER_LENGTH: u32 = 0x4;
    pub(super) const PAPER_WIDTH: u32 = 0x8;
    pub(super) const SCALE: u32 = 0x10;
    pub(super) const COPIES: u32 = 0x100;
    pub(super) const COLOUR: u32 = 0x800;
    pub(super) const DUPLEX: u32 = 0x1000;
    pub(super) const COLLATE: u32 = 0x8000;
}

/// The shortest structure that says anything: up to `dmFields`.
const SHORTEST_BYTES: usize = offset::FIELDS + 4;

/// On which sides, and how they are turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Duplex {
    /// On one side.
    Simplex,
    /// On both, turned like a book's pages.
    LongEdge,
    /// On both, turned like a calendar's pages.
    ShortEdge,
}

/// The public settings of a job or a queue. None: it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceMode {
    /// `dmCopies`; at least one.
    pub copies: Option<u32>,
    /// `dmDuplex`.
    pub duplex: Option<Duplex>,
    /// Whether `dmColor` asks for colour.
    pub colour: Option<bool>,
    /// Whether `dmCollate` asks for whole copies one after the other.
    pub collate: Option<bool>,
    /// Whether `dmOrientation` is landscape.
    pub landscape: Option<bool>,
    /// `dmScale`. *Units*: per cent.
    pub scale: Option<u32>,
    /// `dmPaperSize`, one of the numbers `DMPAPER_…` or the driver's own.
    pub paper: Option<u16>,
    /// `dmPaperWidth`. *Units*: tenths of a millimetre.
    pub paper_width: Option<u32>,
    /// `dmPaperLength`. *Units*: tenths of a millimetre.
    pub paper_length: Option<u32>,
}

impl DeviceMode {
    /// Reads a structure at the front of `bytes`, which may be longer; none when
    /// it is cut off or its own sizes make no sense. A member whose value makes
    /// no sense counts as not given.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let whole = usize::from(unsigned(bytes, offset::SIZE)?);
        let private = usize::from(unsigned(bytes, offset::DRIVER_EXTRA)?);
        if whole < SHORTEST_BYTES || bytes.len() < whole + private {
            return None;
        }
        // Older programs fill in an older, shorter structure.
        let bytes = &bytes[..whole];
        let mut fields = [0; 4];
        fields.copy_from_slice(bytes.get(offset::FIELDS..offset::FIELDS + 4)?);
        let fields = u32::from_le_bytes(fields);
        let number = |field, at| {
            (fields & field != 0)
                .then(|| signed(bytes, at))
                .flatten()
                .and_then(|number| u32::try_from(number).ok())
        };
        let positive = |field, at| number(field, at).filter(|number| *number > 0);
        Some(Self {
            copies: positive(field::COPIES, offset::COPIES),
            duplex: number(field::DUPLEX, offset::DUPLEX).and_then(|number| match number {
                1 => Some(Duplex::Simplex),
                2 => Some(Duplex::LongEdge),
                3 => Some(Duplex::ShortEdge),
                _ => None,
            }),
            colour: second_of_two(number(field::COLOUR, offset::COLOUR), 1, 2),
            collate: second_of_two(number(field::COLLATE, offset::COLLATE), 0, 1),
            landscape: second_of_two(number(field::ORIENTATION, offset::ORIENTATION), 1, 2),
            scale: positive(field::SCALE, offset::SCALE),
            paper: positive(field::PAPER_SIZE, offset::PAPER_SIZE)
                .and_then(|number| u16::try_from(number).ok()),
            paper_width: positive(field::PAPER_WIDTH, offset::PAPER_WIDTH),
            paper_length: positive(field::PAPER_LENGTH, offset::PAPER_LENGTH),
        })
    }
}

/// Whether a member has the second of the two values that it can have.
fn second_of_two(number: Option<u32>, first: u32, second: u32) -> Option<bool> {
    let number = number?;
    (number == first || number == second).then_some(number == second)
}

fn unsigned(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes: &[u8; 2] = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_le_bytes(*bytes))
}

fn signed(bytes: &[u8], at: usize) -> Option<i16> {
    unsigned(bytes, at).map(u16::cast_signed)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A structure of today's size with these members, each said to be meant.
    pub(crate) fn devmode(members: &[(u32, usize, i16)], private_bytes: u16) -> Vec<u8> {
        let mut bytes = vec![0; 220 + usize::from(private_bytes)];
        bytes[offset::SIZE..][..2].copy_from_slice(&220_u16.to_le_bytes());
        bytes[offset::DRIVER_EXTRA..][..2].copy_from_slice(&private_bytes.to_le_bytes());
        let mut fields = 0;
        for (field, at, value) in members {
            fields |= field;
            bytes[*at..][..2].copy_from_slice(&value.to_le_bytes());
        }
        bytes[offset::FIELDS..][..4].copy_from_slice(&fields.to_le_bytes());
        bytes
    }

    #[test]
    fn what_a_driver_says_is_read() {
        let bytes = devmode(
            &[
                (field::COPIES, offset::COPIES, 3),
                (field::DUPLEX, offset::DUPLEX, 2),
                (field::COLOUR, offset::COLOUR, 1),
                (field::COLLATE, offset::COLLATE, 1),
                (field::ORIENTATION, offset::ORIENTATION, 2),
                (field::SCALE, offset::SCALE, 50),
                (field::PAPER_SIZE, offset::PAPER_SIZE, 9),
                (field::PAPER_WIDTH, offset::PAPER_WIDTH, 2100),
                (field::PAPER_LENGTH, offset::PAPER_LENGTH, 2970),
            ],
            40,
        );
        let read = DeviceMode {
            copies: Some(3),
            duplex: Some(Duplex::LongEdge),
            colour: Some(false),
            collate: Some(true),
            landscape: Some(true),
            scale: Some(50),
            paper: Some(9),
            paper_width: Some(2100),
            paper_length: Some(2970),
        };
        assert_eq!(DeviceMode::read(&bytes), Some(read));
    }

    #[test]
    fn a_member_that_is_not_meant_is_not_read() {
        let bytes = devmode(&[(0, offset::COPIES, 3), (0, offset::DUPLEX, 2)], 0);
        assert_eq!(DeviceMode::read(&bytes), Some(DeviceMode::default()));
    }

    #[test]
    fn values_that_make_no_sense_count_as_not_given() {
        for value in [-1, 0, 4, i16::MIN] {
            let bytes = devmode(&[(field::DUPLEX, offset::DUPLEX, value)], 0);
            assert_eq!(DeviceMode::read(&bytes), Some(DeviceMode::default()));
        }
        let bytes = devmode(
            &[
                (field::COPIES, offset::COPIES, 0),
                (field::COLOUR, offset::COLOUR, 3),
                (field::COLLATE, offset::COLLATE, 2),
            ],
            0,
        );
        assert_eq!(DeviceMode::read(&bytes), Some(DeviceMode::default()));
    }

    #[test]
    fn an_old_short_structure_is_read_as_far_as_it_goes() {
        let mut bytes = devmode(
            &[
                (field::COPIES, offset::COPIES, 2),
                (field::COLLATE, offset::COLLATE, 1),
            ],
            0,
        );
        bytes[offset::SIZE..][..2].copy_from_slice(&96_u16.to_le_bytes());
        let read = DeviceMode::read(&bytes[..96]).expect("it is whole");
        assert_eq!((read.copies, read.collate), (Some(2), None));
    }

    #[test]
    fn a_structure_that_is_cut_off_says_nothing() {
        let bytes = devmode(&[(field::COPIES, offset::COPIES, 2)], 8);
        assert!(DeviceMode::read(&bytes).is_some());
        assert_eq!(DeviceMode::read(&bytes[..bytes.len() - 1]), None);
        assert_eq!(DeviceMode::read(&bytes[..40]), None);
        assert_eq!(DeviceMode::read(&[]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            size in 0..300_u16,
        ) {
            let _ = DeviceMode::read(&bytes);
            let mut sized = bytes;
            sized.resize(300, 0);
            sized[offset::SIZE..][..2].copy_from_slice(&size.to_le_bytes());
            sized[offset::DRIVER_EXTRA..][..2].copy_from_slice(&[0, 0]);
            let read = DeviceMode::read(&sized);
            prop_assert_eq!(read.is_some(), usize::from(size) >= SHORTEST_BYTES);
            if let Some(read) = read {
                prop_assert!(read.copies != Some(0));
            }
        }
    }
}
