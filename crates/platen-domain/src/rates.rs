//! The rate card: what one printed side costs.

use crate::points::Points;
use crate::size::Size;

/// Points per printed side for one paper size. *Source*: rules.md R-10.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PrintRates {
    /// Without colour, one side of the sheet printed.
    pub mono_simplex: Points,
    /// Without colour, both sides of the sheet printed.
    pub mono_duplex: Points,
    /// With colour, one side of the sheet printed.
    pub colour_simplex: Points,
    /// With colour, both sides of the sheet printed.
    pub colour_duplex: Points,
}

impl PrintRates {
    /// The rate of one side.
    #[must_use]
    pub const fn of(&self, colour: bool, duplex: bool) -> Points {
        match (colour, duplex) {
            (false, false) => self.mono_simplex,
            (false, true) => self.mono_duplex,
            (true, false) => self.colour_simplex,
            (true, true) => self.colour_duplex,
        }
    }
}

/// One paper size of the card.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RateRow {
    /// The name people read: `A4`.
    pub name: String,
    /// The paper.
    pub size: Size,
    /// What printing costs.
    pub print: PrintRates,
    /// What copying costs.
    pub copy: PrintRates,
}

/// A rate card. *Source*: rules.md R-10.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RateCard {
    /// Grows with every change; stored with every charge.
    pub version: u64,
    /// The sizes with rates of their own.
    pub rows: Vec<RateRow>,
    /// The *Other size* row: printing.
    pub other_print: PrintRates,
    /// The *Other size* row: copying.
    pub other_copy: PrintRates,
}

/// How a size was found on the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match<'card> {
    /// The size is on the card.
    Exact(&'card RateRow),
    /// It is not; this is the card's nearest larger size.
    Larger(&'card RateRow),
    /// Nothing on the card is large enough.
    Other,
}

impl RateCard {
    /// Finds the row that a sheet of `size` is charged by. *Source*: rules.md R-10.
    #[must_use]
    pub fn find(&self, size: Size) -> Match<'_> {
        if let Some(row) = self.rows.iter().find(|row| row.size.same_paper(size)) {
            return Match::Exact(row);
        }
        self.rows
            .iter()
            .filter(|row| size.fits_on(row.size))
            .min_by_key(|row| row.size.area())
            .map_or(Match::Other, Match::Larger)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn card() -> RateCard {
        let rates = |mono_simplex: i64, mono_duplex, colour_simplex, colour_duplex| PrintRates {
            mono_simplex: Points::from_hundredths(mono_simplex),
            mono_duplex: Points::from_hundredths(mono_duplex),
            colour_simplex: Points::from_hundredths(colour_simplex),
            colour_duplex: Points::from_hundredths(colour_duplex),
        };
        let row = |name: &str, size, print| RateRow {
            name: name.into(),
            size,
            print,
            copy: print,
        };
        RateCard {
            version: 7,
            rows: vec![
                row("A4", Size::A4, rates(100, 75, 300, 250)),
                row("A3", Size::A3, rates(200, 150, 600, 500)),
            ],
            other_print: rates(1000, 1000, 2000, 2000),
            other_copy: rates(1000, 1000, 2000, 2000),
        }
    }

    #[test]
    fn size_that_is_not_on_the_card_takes_the_nearest_larger_or_other() {
        let card = card();
        let found = |width, height| match card.find(Size { width, height }) {
            Match::Exact(row) => format!("={}", row.name),
            Match::Larger(row) => format!("<{}", row.name),
            Match::Other => "other".into(),
        };
        assert_eq!(found(29_700, 21_000), "=A4");
        assert_eq!(found(14_800, 21_000), "<A4");
        assert_eq!(found(21_590, 27_940), "<A3");
        assert_eq!(found(59_400, 84_100), "other");
    }
}
