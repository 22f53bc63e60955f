//! Points: what a print costs.

use std::fmt;
use std::str::FromStr;

/// A number of points, never money and never a float.
///
/// *Units*: hundredths of a point in an `i64`. Shown and read as a decimal with
/// at most two places: `15`, `7.5`, never `15.00`.
/// *Source*: rules.md R-1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Points(i64);

/// Why a number of points could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointsError {
    /// The text is not a decimal number.
    #[error("“points” must be a number such as 15 or 7.5")]
    NotANumber,
    /// More than two decimal places were given.
    #[error("points have at most two decimal places")]
    TooFine,
    /// The result does not fit.
    #[error("the number of points is too large")]
    Overflow,
}

impl Points {
    /// No points at all.
    pub const ZERO: Self = Self(0);
    /// The largest amount that can be written.
    pub const MAX: Self = Self(i64::MAX);

    /// Makes points from hundredths of a point.
    #[must_use]
    pub const fn from_hundredths(hundredths: i64) -> Self {
        Self(hundredths)
    }

    /// Makes points from whole points.
    ///
    /// *Errors*: [`PointsError::Overflow`] when the amount does not fit.
    pub const fn whole(points: i64) -> Result<Self, PointsError> {
        match points.checked_mul(100) {
            Some(hundredths) => Ok(Self(hundredths)),
            None => Err(PointsError::Overflow),
        }
    }

    /// The amount in hundredths of a point.
    #[must_use]
    pub const fn hundredths(self) -> i64 {
        self.0
    }

    /// Adds; *Errors*: [`PointsError::Overflow`] instead of wrapping.
    pub const fn plus(self, other: Self) -> Result<Self, PointsError> {
        match self.0.checked_add(other.0) {
            Some(sum) => Ok(Self(sum)),
            None => Err(PointsError::Overflow),
        }
    }

    /// Subtracts; *Errors*: [`PointsError::Overflow`] instead of wrapping.
    pub const fn minus(self, other: Self) -> Result<Self, PointsError> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Ok(Self(rest)),
            None => Err(PointsError::Overflow),
        }
    }

    /// Multiplies by a count; *Errors*: [`PointsError::Overflow`].
    pub const fn times(self, count: u64) -> Result<Self, PointsError> {
        if count > i64::MAX as u64 {
            return Err(PointsError::Overflow);
        }
        match self.0.checked_mul(count as i64) {
            Some(product) => Ok(Self(product)),
            None => Err(PointsError::Overflow),
        }
    }

    /// Whether the amount is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        match rest {
            0 => write!(f, "{sign}{whole}"),
            rest if rest % 10 == 0 => write!(f, "{sign}{whole}.{}", rest / 10),
            rest => write!(f, "{sign}{whole}.{rest:02}"),
        }
    }
}

impl FromStr for Points {
    type Err = PointsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(PointsError::NotANumber);
        }
        if digits.ends_with('.') {
            return Err(PointsError::NotANumber);
        }
        if fraction.len() > 2 {
            return Err(PointsError::TooFine);
        }
        // A signed parse keeps i64::MIN reachable: -92233720368547758.08.
        let text = format!("{}{whole}{fraction:0<2}", if negative { "-" } else { "" });
        text.parse().map(Self).map_err(|_| PointsError::Overflow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_shown_without_trailing_zeros() {
        let cases = [
            (1500, "15"),
            (750, "7.5"),
            (5, "0.05"),
            (-1205, "-12.05"),
            (0, "0"),
        ];
        for (hundredths, shown) in cases {
            assert_eq!(Points::from_hundredths(hundredths).to_string(), shown);
        }
    }

    #[test]
    fn text_that_is_not_a_number_of_points_is_refused() {
        for text in [
            "", "-", ".5", "5.", "1e3", "NaN", "1,5", " 1", "+1", "1.2.3", "٣",
        ] {
            assert_eq!(
                text.parse::<Points>(),
                Err(PointsError::NotANumber),
                "{text:?}"
            );
        }
        assert_eq!("1.005".parse::<Points>(), Err(PointsError::TooFine));
        assert_eq!(
            "92233720368547758.08".parse::<Points>(),
            Err(PointsError::Overflow)
        );
    }

    #[test]
    fn arithmetic_that_does_not_fit_is_an_error() {
        assert_eq!(
            Points::MAX.plus(Points::from_hundredths(1)),
            Err(PointsError::Overflow)
        );
        assert_eq!(
            Points::from_hundredths(i64::MIN).minus(Points::from_hundredths(1)),
            Err(PointsError::Overflow)
        );
        assert_eq!(Points::MAX.times(2), Err(PointsError::Overflow));
        assert_eq!(Points::ZERO.times(u64::MAX), Err(PointsError::Overflow));
    }

    proptest! {
        #[test]
        fn every_amount_survives_being_shown_and_read(hundredths: i64) {
            let points = Points::from_hundredths(hundredths);
            prop_assert_eq!(points.to_string().parse::<Points>(), Ok(points));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,40}") {
            let _ = text.parse::<Points>();
        }
    }
}
