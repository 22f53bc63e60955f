//! Sizes of pages and of paper.

/// The size of a page or sheet.
///
/// *Units*: hundredths of a millimetre, as IPP gives media sizes.
/// *Source*: PWG 5101.1, section 5 (A4 is 21000 × 29700).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Size {
    /// Hundredths of a millimetre from left to right.
    pub width: u32,
    /// Hundredths of a millimetre from top to bottom.
    pub height: u32,
}

impl Size {
    /// ISO A4.
    pub const A4: Self = Self {
        width: 21_000,
        height: 29_700,
    };
    /// ISO A3.
    pub const A3: Self = Self {
        width: 29_700,
        height: 42_000,
    };
    /// North American Letter.
    pub const LETTER: Self = Self {
        width: 21_590,
        height: 27_940,
    };
    /// North American Legal.
    pub const LEGAL: Self = Self {
        width: 21_590,
        height: 35_560,
    };

    /// Two sizes closer than this are the same paper: programs write A4 as
    /// 595 × 842 points, printers as 210 × 297 mm, and scanners are off by a
    /// millimetre or two.
    const TOLERANCE: u32 = 250;

    /// Makes a size from typographic points (1/72 inch); sizes below zero and
    /// such that are no number become zero.
    #[must_use]
    pub fn from_typographic(width_pt: f64, height_pt: f64) -> Self {
        // A float is converted with saturation in Rust, and NaN gives zero.
        let hundredths = |pt: f64| (pt * 2540.0 / 72.0).round() as u32;
        Self {
            width: hundredths(width_pt),
            height: hundredths(height_pt),
        }
    }

    /// The same paper held upright.
    #[must_use]
    pub fn upright(self) -> Self {
        Self {
            width: self.width.min(self.height),
            height: self.width.max(self.height),
        }
    }

    /// Whether both are the same paper, in either orientation.
    #[must_use]
    pub fn same_paper(self, other: Self) -> bool {
        let (a, b) = (self.upright(), other.upright());
        a.width.abs_diff(b.width) <= Self::TOLERANCE
            && a.height.abs_diff(b.height) <= Self::TOLERANCE
    }

    /// Whether a page of this size fits on `paper`, in either orientation.
    #[must_use]
    pub fn fits_on(self, paper: Self) -> bool {
        let (page, paper) = (self.upright(), paper.upright());
        page.width <= paper.width + Self::TOLERANCE && page.height <= paper.height + Self::TOLERANCE
    }

    /// Square hundredths of a millimetre; used to order sizes.
    #[must_use]
    pub fn area(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The name people know this paper by, such as `A4`; none if it has none.
    #[must_use]
    pub fn common_name(self) -> Option<&'static str> {
        const NAMES: [(&str, &str); 12] = [
            ("a4", "A4"),
            ("letter", "Letter"),
            ("a3", "A3"),
            ("a5", "A5"),
            ("legal", "Legal"),
            ("tabloid", "Tabloid"),
            ("executive", "Executive"),
            ("a2", "A2"),
            ("a6", "A6"),
            ("b4", "B4"),
            ("b5", "B5"),
            ("ledger", "Ledger"),
        ];
        NAMES
            .iter()
            .find(|(key, _)| Self::from_media_name(key).is_some_and(|size| size.same_paper(self)))
            .map(|(_, name)| *name)
    }

    /// Reads an IPP media size name such as `iso_a4_210x297mm` or
    /// `na_letter_8.5x11in`, or a common PPD name such as `A4` or `Letter`.
    ///
    /// *Source*: PWG 5101.1, section 3 (self-describing names).
    #[must_use]
    pub fn from_media_name(name: &str) -> Option<Self> {
        let lower = name.trim().to_ascii_lowercase();
        if let Some(known) = COMMON_NAMES.iter().find(|(known, ..)| *known == lower) {
            return Some(Self {
                width: known.1,
                height: known.2,
            });
        }
        let dimensions = lower.rsplit('_').next()?;
        let (dimensions, unit) = if let Some(rest) = dimensions.strip_suffix("mm") {
            (rest, 100.0)
        } else {
            (dimensions.strip_suffix("in")?, 2540.0)
        };
        let (width, height) = dimensions.split_once('x')?;
        let parse = |text: &str| {
            let value = text.parse::<f64>().ok()? * unit;
            (value.is_finite() && (1.0..=1_000_000.0).contains(&value))
                .then_some(value.round() as u32)
        };
        Some(Self {
            width: parse(width)?,
            height: parse(height)?,
        })
    }
}

/// PPD names that carry no dimensions. *Source*: Adobe PPD 4.3, appendix B.
const COMMON_NAMES: &[(&str, u32, u32)] = &[
    ("a2", 42_000, 59_400),
    ("a3", 29_700, 42_000),
    ("a4", 21_000, 29_700),
    ("a5", 14_800, 21_000),
    ("a6", 10_500, 14_800),
    ("b4", 25_700, 36_400),
    ("b5", 18_200, 25_700),
    ("letter", 21_590, 27_940),
    ("legal", 21_590, 35_560),
    ("executive", 18_415, 26_670),
    ("tabloid", 27_940, 43_180),
    ("ledger", 43_180, 27_940),
    ("11x17", 27_940, 43_180),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_names_give_their_dimensions() {
        let cases = [
            ("iso_a4_210x297mm", Some(Size::A4)),
            ("na_letter_8.5x11in", Some(Size::LETTER)),
            ("A4", Some(Size::A4)),
            ("Letter", Some(Size::LETTER)),
            (
                "custom_poster_500x700mm",
                Some(Size {
                    width: 50_000,
                    height: 70_000,
                }),
            ),
            ("whatever", None),
            ("x_NaNxinfmm", None),
            ("x_1e30x2mm", None),
            ("", None),
        ];
        for (name, size) in cases {
            assert_eq!(Size::from_media_name(name), size, "{name}");
        }
    }

    #[test]
    fn a4_in_points_is_a4_in_millimetres_either_way_round() {
        assert!(Size::from_typographic(595.0, 842.0).same_paper(Size::A4));
        assert!(Size::from_typographic(842.0, 595.0).same_paper(Size::A4));
        assert!(!Size::LETTER.same_paper(Size::A4));
        assert_eq!(
            Size::from_typographic(f64::NAN, -4.0),
            Size {
                width: 0,
                height: 0
            }
        );
    }
}
