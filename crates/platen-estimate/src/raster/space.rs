//! The colour spaces of raster streams, and what their samples show.
//! *Source*: PWG 5102.4-2012, table 3; cups/raster.h, `cups_cspace_t`.

use crate::colour::rgb_from_lab;

/// A colour space, as far as colour may show in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// One grey, black, white or silver.
    Neutral,
    /// Red, green, blue; or cyan, magenta, yellow, whose chroma is the same.
    Rgb,
    /// Red, green, blue of Adobe RGB (1998).
    AdobeRgb,
    /// Three inks in some order, then black.
    InksBlack,
    /// Black, then three inks.
    BlackInks,
    /// Black, cyan, magenta, yellow, light cyan, light magenta.
    SixInks,
    /// Red, green, blue, and white: black ink turned round.
    RgbWhite,
    /// CIE L*a*b*.
    Lab,
    /// CIE XYZ.
    Xyz,
    /// One ink of gold.
    Gold,
    /// Inks that aren't named, so many: only their absence is sure.
    Inks(u8),
    /// Meaning nothing that could be relied upon.
    Undefined(u8),
}

/// Gold ink laid down in full.
const GOLD: [u8; 3] = [212, 175, 55];

impl Space {
    /// By CUPS's and PWG's number.
    pub(super) fn from_cups(number: u32) -> Self {
        let inks = |first: u32| u8::try_from(number - first + 1).unwrap_or(u8::MAX);
        match number {
            0 | 3 | 12 | 14 | 18 => Self::Neutral,
            1 | 4 | 5 | 19 => Self::Rgb,
            6 | 7 => Self::InksBlack,
            8 => Self::BlackInks,
            9 => Self::SixInks,
            10 | 11 => Self::Inks(4),
            13 => Self::Gold,
            15 => Self::Xyz,
            16 => Self::Lab,
            17 => Self::RgbWhite,
            20 => Self::AdobeRgb,
            32..=46 => Self::Undefined(inks(32)),
            48..=62 => Self::Inks(inks(48)),
            // RGBA (2) among them: its writers put alpha first or last.
            _ => Self::Undefined(4),
        }
    }

    /// By Apple raster's number.
    pub(super) fn from_urf(number: u8) -> Self {
        match number {
            0 | 4 => Self::Neutral,
            1 | 5 => Self::Rgb,
            2 => Self::Lab,
            3 => Self::AdobeRgb,
            6 => Self::InksBlack,
            _ => Self::Undefined(1),
        }
    }

    /// Samples of a pixel whose samples have that many bits.
    pub(super) fn samples(self, bits: u32) -> usize {
        match self {
            Self::Neutral | Self::Gold => 1,
            Self::Rgb | Self::AdobeRgb | Self::Lab | Self::Xyz => 3,
            Self::InksBlack | Self::BlackInks | Self::RgbWhite => 4,
            Self::SixInks if bits == 1 => 6,
            Self::SixInks => 4,
            Self::Inks(count) | Self::Undefined(count) => usize::from(count.max(1)),
        }
    }

    /// Whether nothing in it shows colour.
    pub(super) fn is_neutral(self) -> bool {
        self == Self::Neutral
    }

    /// Whether what its samples show is known.
    pub(super) fn is_defined(self) -> bool {
        !matches!(self, Self::Inks(_) | Self::Undefined(_))
    }

    /// How much red and blue move away from green, beyond what the samples say.
    ///
    /// Near grey, Adobe RGB in sRGB is (1.398·R − 0.398·G, G, 1.043·B − 0.043·G)
    /// in linear light; both have nearly the same curve, so this holds for the
    /// samples too. *Source*: Adobe RGB (1998), section 4.3.5; IEC 61966-2-1.
    pub(super) fn gain(self) -> (f64, f64) {
        match self {
            Self::AdobeRgb => (1.398, 1.043),
            _ => (1.0, 1.0),
        }
    }

    /// What one pixel's samples show, each from 0 to 255.
    pub(super) fn rgb(self, samples: &[u8]) -> [u8; 3] {
        match (self, samples) {
            (Self::Neutral, [grey, ..]) => [*grey; 3],
            (Self::Rgb | Self::AdobeRgb, [red, green, blue, ..]) => [*red, *green, *blue],
            (Self::SixInks, [black, cyan, magenta, yellow, light_cyan, light_magenta]) => mix(
                [
                    cyan.saturating_add(light_cyan / 2),
                    magenta.saturating_add(light_magenta / 2),
                    *yellow,
                ],
                *black,
            ),
            (Self::InksBlack, [a, b, c, black, ..]) => mix([*a, *b, *c], *black),
            (Self::BlackInks | Self::SixInks, [black, a, b, c, ..]) => mix([*a, *b, *c], *black),
            (Self::RgbWhite, [a, b, c, white, ..]) => {
                [*a, *b, *c].map(|value| times(value, *white))
            }
            (Self::Lab, [lightness, a, b, ..]) => bytes(rgb_from_lab([
                f64::from(*lightness) / 2.55,
                f64::from(*a) - 128.0,
                f64::from(*b) - 128.0,
            ])),
            (Self::Xyz, [x, y, z, ..]) => {
                // CUPS scales 0…1.1 to 0…255. Lab and back shares one formula.
                bytes(rgb_from_xyz(
                    [x, y, z].map(|value| f64::from(*value) * 1.1 / 255.0),
                ))
            }
            (Self::Gold, [ink, ..]) => GOLD.map(|gold| 255 - times(255 - gold, *ink)),
            _ => [255; 3],
        }
    }
}

fn times(value: u8, share: u8) -> u8 {
    // At most 255: both factors are.
    (u16::from(value) * u16::from(share) / 255) as u8
}

/// Inks over white under black, as [`crate::colour::rgb_from_cmyk`] mixes them.
pub(super) fn mix(inks: [u8; 3], black: u8) -> [u8; 3] {
    inks.map(|ink| times(255 - ink, 255 - black))
}

/// From 0…1, with saturation as floats are converted.
fn bytes(rgb: [f64; 3]) -> [u8; 3] {
    rgb.map(|value| (value * 255.0).round() as u8)
}

/// CIE XYZ under D65 as sRGB. *Source*: IEC 61966-2-1, section 5.
fn rgb_from_xyz([x, y, z]: [f64; 3]) -> [f64; 3] {
    let curve = |t: f64| {
        if t > (6.0f64 / 29.0).powi(3) {
            t.cbrt()
        } else {
            t * 841.0 / 108.0 + 4.0 / 29.0
        }
    };
    // White is where x, y and z reach 0.9505, 1 and 1.089.
    let (fx, fy, fz) = (curve(x / 0.9505), curve(y), curve(z / 1.089));
    rgb_from_lab([116.0 * fy - 16.0, 500.0 * (fx - fy), 200.0 * (fy - fz)])
}
