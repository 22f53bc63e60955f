//! Colours as XPS writes them. *Source*: ECMA-388, sections 15.1 and 15.2.

use super::package::{Package, resolve};
use crate::colour::{rgb_from_cmyk, rgb_from_lab};
use crate::report::Problem;

/// A colour as found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Found {
    /// Red, green, blue, opacity, each from 0 to 1.
    Rgba([f64; 4]),
    /// Inks whose colour only the profile's tables know.
    Unknown,
}

/// Reads a colour that stands in the part; none when it is no colour.
pub(super) fn read(
    text: &str,
    part: &str,
    package: &Package<'_>,
) -> Result<Option<Found>, Problem> {
    let text = text.trim();
    if let Some(digits) = text.strip_prefix('#') {
        return Ok(hexadecimal(digits).map(Found::Rgba));
    }
    if let Some(numbers) = text.strip_prefix("sc#") {
        return Ok(linear(numbers).map(Found::Rgba));
    }
    let Some(rest) = text.strip_prefix("ContextColor") else {
        return Ok(None);
    };
    let Some((profile, numbers)) = rest.trim_start().split_once(char::is_whitespace) else {
        return Ok(None);
    };
    let Some((opacity, channels)) = numbers_of(numbers).and_then(|numbers| {
        let (opacity, channels) = numbers.split_first()?;
        Some((*opacity, channels.to_vec()))
    }) else {
        return Ok(None);
    };
    let space = match resolve(part, profile) {
        Some(name) => package.profile_space(&name)?,
        None => None,
    };
    Ok(Some(in_space(space, &channels, opacity)))
}

/// `RRGGBB` or `AARRGGBB`, and the short forms that some writers use.
fn hexadecimal(digits: &str) -> Option<[f64; 4]> {
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let value = u32::from_str_radix(digits, 16).ok()?;
    let byte = |shift: u32| f64::from((value >> shift) & 0xff) / 255.0;
    match digits.len() {
        6 => Some([byte(16), byte(8), byte(0), 1.0]),
        8 => Some([byte(16), byte(8), byte(0), byte(24)]),
        _ => None,
    }
}

/// scRGB: three numbers or, opacity first, four; linear light.
fn linear(numbers: &str) -> Option<[f64; 4]> {
    let numbers = numbers_of(numbers)?;
    let encode = |value: f64| {
        if value <= 0.003_130_8 {
            12.92 * value
        } else {
            1.055 * value.powf(1.0 / 2.4) - 0.055
        }
    };
    match *numbers.as_slice() {
        [r, g, b] => Some([encode(r), encode(g), encode(b), 1.0]),
        [a, r, g, b] => Some([encode(r), encode(g), encode(b), a]),
        _ => None,
    }
}

/// By the profile's space, and by the number of channels where there is none.
/// *Source*: ICC.1:2022, section 7.2.6 (data colour space, bytes 16 to 19).
fn in_space(space: Option<[u8; 4]>, channels: &[f64], opacity: f64) -> Found {
    let rgba = |[r, g, b]: [f64; 3]| Found::Rgba([r, g, b, opacity]);
    // Writers fill up with zeros; the profile says how many count.
    let channel = |at: usize| channels.get(at).copied().unwrap_or(0.0);
    let three = [channel(0), channel(1), channel(2)];
    match (space.as_ref().map(|space| &space[..]), channels.len()) {
        (Some(b"GRAY"), _) | (None, 1) => rgba([channel(0); 3]),
        (Some(b"RGB "), _) | (None, 3) => rgba(three),
        (Some(b"CMYK"), _) | (None, 4) => {
            rgba(rgb_from_cmyk([three[0], three[1], three[2], channel(3)]))
        }
        (Some(b"Lab "), _) => rgba(rgb_from_lab([
            three[0] * 100.0,
            three[1] * 255.0 - 128.0,
            three[2] * 255.0 - 128.0,
        ])),
        _ if channels.iter().all(|tint| *tint == 0.0) => rgba([1.0; 3]),
        _ => Found::Unknown,
    }
}

fn numbers_of(text: &str) -> Option<Vec<f64>> {
    let numbers: Option<Vec<f64>> = text
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter(|number| !number.is_empty())
        .take(16)
        .map(|number| number.parse().ok())
        .collect();
    numbers.filter(|numbers| !numbers.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_many_spellings() {
        assert_eq!(hexadecimal("ff0000"), Some([1.0, 0.0, 0.0, 1.0]));
        assert_eq!(hexadecimal("0000ff00"), Some([0.0, 1.0, 0.0, 0.0]));
        assert_eq!(hexadecimal("ff00"), None);
        assert_eq!(hexadecimal("+f0000"), None);
        assert_eq!(linear("1, 0, 0"), Some([1.055 - 0.055, 0.0, 0.0, 1.0]));
        assert_eq!(linear("0.5,0,0,0"), Some([0.0, 0.0, 0.0, 0.5]));
        assert_eq!(linear("0.5"), None);
    }

    #[test]
    fn inks_are_told_apart_by_the_profile() {
        let grey = Found::Rgba([0.0, 0.0, 0.0, 1.0]);
        assert_eq!(in_space(Some(*b"CMYK"), &[0.0, 0.0, 0.0, 1.0], 1.0), grey);
        assert_eq!(in_space(None, &[0.0, 0.0, 0.0], 1.0), grey);
        assert_eq!(in_space(Some(*b"GRAY"), &[0.0, 0.0, 0.0], 1.0), grey);
        assert_eq!(in_space(Some(*b"2CLR"), &[0.3, 0.0], 1.0), Found::Unknown);
        assert_eq!(
            in_space(Some(*b"5CLR"), &[0.0; 5], 1.0),
            Found::Rgba([1.0; 4])
        );
    }
}
