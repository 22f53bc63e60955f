//! Points as JSON numbers. *Source*: rules.md R-1; RFC 8259, section 6.

use platen_domain::{Points, PointsError};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// More is never asked for: up to here programs that count in floats are
/// right to the hundredth too, and sums of many amounts fit.
pub(crate) const MOST: Points = Points::from_hundredths(100_000_000_000_000);

/// A number of points as it is shown: `15` or `7.5`, never by way of a float.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amount(pub(crate) Points);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = RawValue::from_string(self.0.to_string());
        text.map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

/// Reads a JSON number as exactly what it says.
///
/// `15.00` and `1.5e1` are 15: JSON does not tell them apart.
/// *Errors*: more than two decimal places, above [`MOST`] either way.
pub(crate) fn read(number: &str) -> Result<Points, PointsError> {
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent),
        None => (number, "0"),
    };
    let negative = mantissa.starts_with('-');
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: String = whole
        .trim_start_matches('-')
        .chars()
        .chain(fraction.chars())
        .collect();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PointsError::NotANumber);
    }
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Ok(Points::ZERO);
    }
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    // An exponent that doesn't fit is far beyond every amount.
    let exponent: i64 = exponent.parse().map_err(|_| PointsError::Overflow)?;
    // value = digits × 10^(exponent − places); in hundredths two more.
    let shift = exponent
        .checked_sub(fraction.len() as i64)
        .and_then(|shift| shift.checked_add(2))
        .ok_or(PointsError::Overflow)?;
    let kept = significant.trim_end_matches('0');
    let shift = shift + (significant.len() - kept.len()) as i64;
    if shift < 0 {
        return Err(PointsError::TooFine);
    }
    if kept.len() as i64 + shift > 18 {
        return Err(PointsError::Overflow);
    }
    // Eighteen digits fit: 10^18 < 2^63.
    let hundredths: i64 = kept.parse().map_err(|_| PointsError::Overflow)?;
    let hundredths = hundredths * 10_i64.pow(shift as u32);
    let points = Points::from_hundredths(if negative { -hundredths } else { hundredths });
    if hundredths > MOST.hundredths() {
        return Err(PointsError::Overflow);
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn number_is_read_as_exactly_what_it_says() {
        for (text, hundredths) in [
            ("0", 0),
            ("-0", 0),
            ("-0.00", 0),
            ("0e99999999999999999999", 0),
            ("15", 1500),
            ("15.00", 1500),
            ("15.000000", 1500),
            ("7.5", 750),
            ("-120", -12_000),
            ("0.29", 29),
            ("1.5e1", 1500),
            ("1.5E+1", 1500),
            ("1500e-2", 1500),
            ("150000e-4", 1500),
            ("999999999999.99", 99_999_999_999_999),
            ("1000000000000", 100_000_000_000_000),
            ("1e12", 100_000_000_000_000),
        ] {
            assert_eq!(
                read(text),
                Ok(Points::from_hundredths(hundredths)),
                "{text}"
            );
        }
    }

    #[test]
    fn amount_that_is_too_fine_or_too_large_is_refused() {
        for text in ["0.001", "1e-3", "7.505", "0.5700000000000001", "1e-99"] {
            assert_eq!(read(text), Err(PointsError::TooFine), "{text}");
        }
        for text in [
            "1000000000000.01",
            "-1000000000000.01",
            "1e13",
            "1e400",
            "1e99999999999999999999",
            "1e-99999999999999999999",
            "92233720368547758.08",
            "99999999999999999999999999999999",
        ] {
            assert_eq!(read(text), Err(PointsError::Overflow), "{text}");
        }
        for text in ["", "-", "1,5", "x", "٣"] {
            assert_eq!(read(text), Err(PointsError::NotANumber), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_amount_survives_being_written_and_read(
            hundredths in -100_000_000_000_000_i64..=100_000_000_000_000,
        ) {
            let amount = Amount(Points::from_hundredths(hundredths));
            let text = serde_json::to_string(&amount).unwrap();
            prop_assert_eq!(read(&text), Ok(amount.0));
        }

        #[test]
        fn one_amount_is_the_same_however_it_is_written(
            hundredths in -100_000_000_000_000_i64..=100_000_000_000_000,
            zeros in 0_usize..5,
            shift in -20_i32..20,
        ) {
            let points = Points::from_hundredths(hundredths);
            // hundredths × 10^shift × 10^(−shift − 2), with zeros that say nothing.
            let digits = hundredths.unsigned_abs().to_string();
            let sign = if hundredths < 0 { "-" } else { "" };
            let (mantissa, exponent) = if shift >= 0 {
                (format!("{digits}{}", "0".repeat(shift as usize)), -shift - 2)
            } else {
                let places = shift.unsigned_abs() as usize;
                let digits = format!("{digits:0>width$}", width = places + 1);
                let (whole, fraction) = digits.split_at(digits.len() - places);
                (format!("{whole}.{fraction}{}", "0".repeat(zeros)), -shift - 2)
            };
            let written = format!("{sign}{mantissa}e{exponent}");
            prop_assert_eq!(read(&written), Ok(points), "{}", written);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[-+0-9.eE]{0,40}") {
            let _ = read(&text);
        }
    }
}
