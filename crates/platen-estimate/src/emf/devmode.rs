//! The device's settings, as far as they concern the price.
//!
//! *Source*: MS-EMFSPOOL, section 2.2.3.5; MS-RPRN, section 2.2.2.1 (DEVMODE).

use super::bytes::Bytes;
use platen_domain::Sides;

/// What a `DEVMODE` asks for; none where it says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct DevMode {
    pub(super) copies: Option<u32>,
    pub(super) sides: Option<Sides>,
    pub(super) monochrome: Option<bool>,
    /// As the paper is held. *Units*: points.
    pub(super) paper_pt: Option<(f64, f64)>,
}

impl DevMode {
    /// Reads one; what is missing says nothing.
    pub(super) fn read(data: &[u8]) -> Self {
        const ORIENTATION: u32 = 0x1;
        const PAPER_SIZE: u32 = 0x2;
        const PAPER_LENGTH: u32 = 0x4;
        const PAPER_WIDTH: u32 = 0x8;
        const COPIES: u32 = 0x100;
        const COLOUR: u32 = 0x800;
        const DUPLEX: u32 = 0x1000;
        let record = Bytes(data);
        let fields = record.u32(72).unwrap_or(0);
        let field = |flag: u32, at: usize| record.i16(at).filter(|_| fields & flag != 0);
        let tenths = |flag: u32, at: usize| {
            let value = field(flag, at).filter(|value| *value > 0)?;
            Some(f64::from(value) * 72.0 / 254.0)
        };
        let named = field(PAPER_SIZE, 78).and_then(paper);
        let paper = match (tenths(PAPER_WIDTH, 82), tenths(PAPER_LENGTH, 80), named) {
            (Some(width), Some(length), _) => Some((width, length)),
            (_, _, named) => named,
        };
        let sideways = field(ORIENTATION, 76) == Some(2);
        Self {
            copies: field(COPIES, 86).and_then(|copies| u32::try_from(copies).ok()),
            sides: match field(DUPLEX, 94) {
                Some(1) => Some(Sides::OneSided),
                Some(2) => Some(Sides::TwoSidedLongEdge),
                Some(3) => Some(Sides::TwoSidedShortEdge),
                _ => None,
            },
            monochrome: match field(COLOUR, 92) {
                Some(1) => Some(true),
                Some(2) => Some(false),
                _ => None,
            },
            paper_pt: paper.map(|(width, height)| {
                if sideways {
                    (height, width)
                } else {
                    (width, height)
                }
            }),
        }
        .sound()
    }

    /// Copies are at least one.
    fn sound(self) -> Self {
        Self {
            copies: self.copies.filter(|copies| *copies > 0),
            ..self
        }
    }
}

/// The size of a paper by its number. *Units*: points.
fn paper(number: i16) -> Option<(f64, f64)> {
    let inches = |width: f64, height: f64| Some((width * 72.0, height * 72.0));
    let mm = |width: f64, height: f64| Some((width * 72.0 / 25.4, height * 72.0 / 25.4));
    match number {
        1 | 2 => inches(8.5, 11.0),
        3 => inches(11.0, 17.0),
        4 => inches(17.0, 11.0),
        5 => inches(8.5, 14.0),
        6 => inches(5.5, 8.5),
        7 => inches(7.25, 10.5),
        8 => mm(297.0, 420.0),
        9 | 10 => mm(210.0, 297.0),
        11 => mm(148.0, 210.0),
        12 => mm(257.0, 364.0),
        13 => mm(182.0, 257.0),
        14 => inches(8.5, 13.0),
        15 => mm(215.0, 275.0),
        16 => inches(10.0, 14.0),
        17 => inches(11.0, 17.0),
        19 => inches(3.875, 8.875),
        20 => inches(4.125, 9.5),
        27 => mm(110.0, 220.0),
        28 => mm(162.0, 229.0),
        29 => mm(324.0, 458.0),
        30 => mm(229.0, 324.0),
        31 => mm(114.0, 162.0),
        37 => inches(3.875, 7.5),
        42 => mm(250.0, 353.0),
        66 => mm(420.0, 594.0),
        70 => mm(105.0, 148.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn devmode(fields: u32, at: &[(usize, i16)]) -> Vec<u8> {
        let mut data = vec![0; 220];
        data[72..76].copy_from_slice(&fields.to_le_bytes());
        for (at, value) in at {
            data[*at..at + 2].copy_from_slice(&value.to_le_bytes());
        }
        data
    }

    #[test]
    fn only_fields_that_are_set_say_something() {
        let values = [(76, 2), (78, 9), (86, 3), (92, 1), (94, 2)];
        assert_eq!(DevMode::read(&devmode(0, &values)), DevMode::default());
        let all = DevMode::read(&devmode(0x1903, &values));
        assert_eq!(all.copies, Some(3));
        assert_eq!(all.sides, Some(Sides::TwoSidedLongEdge));
        assert_eq!(all.monochrome, Some(true));
        let (width, height) = all.paper_pt.unwrap();
        assert_eq!((width.round(), height.round()), (842.0, 595.0));
    }

    #[test]
    fn own_sizes_win_over_names_and_no_copies_is_no_wish() {
        let mode = DevMode::read(&devmode(0x10e, &[(78, 9), (80, 2540), (82, 1270), (86, 0)]));
        assert_eq!(mode.paper_pt, Some((360.0, 720.0)));
        assert_eq!(mode.copies, None);
        assert_eq!(DevMode::read(b"short"), DevMode::default());
    }
}
