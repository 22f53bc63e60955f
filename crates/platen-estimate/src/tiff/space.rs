//! What the samples of a TIFF picture show.
//! *Source*: TIFF 6.0, sections 3–6, 16, 18, 20, 21, 23; TIFF technical note 1.

use super::directory::Directory;
use crate::colour::rgb_from_lab;

const PHOTOMETRIC: u16 = 262;
const COLOUR_MAP: u16 = 320;
const INK_SET: u16 = 332;
const EXTRA_SAMPLES: u16 = 338;

/// A colour space.
pub(super) enum Space {
    /// Black to white.
    Neutral,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue and how much of it covers the paper.
    RgbAlpha,
    /// A table of colours.
    Palette(Vec<[u8; 3]>),
    /// Cyan, magenta, yellow, black.
    Cmyk,
    /// Lightness and two differences of colour.
    YCbCr,
    /// CIE L*a*b*, its a and b signed or not.
    Lab { signed: bool },
}

impl Space {
    /// None when it isn't known, or its samples don't fit it.
    pub(super) fn of(directory: &Directory<'_>, samples: usize, bits: u32) -> Option<Self> {
        let extra = directory.first(EXTRA_SAMPLES);
        let space = match directory.first(PHOTOMETRIC) {
            // White is zero, black is zero, a mask, LogL.
            Some(0 | 1 | 4 | 32844) => return Some(Self::Neutral),
            Some(2) if samples >= 4 && extra == Some(2) => Self::RgbAlpha,
            Some(2) => Self::Rgb,
            Some(3) => Self::palette(directory, bits)?,
            Some(5) if directory.first(INK_SET).unwrap_or(1) == 1 => Self::Cmyk,
            Some(6) => Self::YCbCr,
            Some(8) => Self::Lab { signed: true },
            Some(9) => Self::Lab { signed: false },
            _ => return None,
        };
        (samples >= space.samples()).then_some(space)
    }

    /// *Source*: TIFF 6.0, section 5: reds, greens, blues, of 16 bits each.
    fn palette(directory: &Directory<'_>, bits: u32) -> Option<Self> {
        if bits > 8 {
            return None;
        }
        let map = directory.values(COLOUR_MAP)?;
        let count = 1usize << bits;
        if map.count() < 3 * count {
            return None;
        }
        // Some writers fill in bytes, as libtiff allows for.
        let shift = if map.iter().all(|value| value < 256) {
            0
        } else {
            8
        };
        let colours = (0..count)
            .map(|at| {
                Some(
                    [map.get(at)?, map.get(at + count)?, map.get(at + 2 * count)?]
                        // Values have 16 bits; more are cut.
                        .map(|value| (value >> shift).min(255) as u8),
                )
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Self::Palette(colours))
    }

    /// Samples of a pixel that matter.
    pub(super) fn samples(&self) -> usize {
        match self {
            Self::Neutral | Self::Palette(_) => 1,
            Self::Rgb | Self::YCbCr | Self::Lab { .. } => 3,
            Self::RgbAlpha | Self::Cmyk => 4,
        }
    }

    /// Whether no sample of it could show colour.
    pub(super) fn is_neutral(&self) -> bool {
        match self {
            Self::Neutral => true,
            Self::Palette(colours) => !colours
                .iter()
                .any(|rgb| crate::dots::has_chroma(rgb.as_slice())),
            _ => false,
        }
    }

    /// What a pixel's samples, as eight bits each, show on white paper.
    pub(super) fn rgb(&self, samples: &[u8]) -> [u8; 3] {
        match (self, samples) {
            (Self::Rgb, [red, green, blue, ..]) => [*red, *green, *blue],
            (Self::RgbAlpha, [red, green, blue, alpha, ..]) => {
                [*red, *green, *blue].map(|value| 255 - times(255 - value, *alpha))
            }
            (Self::Palette(colours), [index, ..]) => colours
                .get(usize::from(*index))
                .copied()
                .unwrap_or([255; 3]),
            (Self::Cmyk, [cyan, magenta, yellow, black, ..]) => {
                [*cyan, *magenta, *yellow].map(|ink| times(255 - ink, 255 - black))
            }
            (Self::YCbCr, [luma, blue, red, ..]) => {
                let (y, cb, cr) = (
                    f32::from(*luma),
                    f32::from(*blue) - 128.0,
                    f32::from(*red) - 128.0,
                );
                // A float is converted to a byte with saturation.
                [y + 1.402 * cr, y - 0.344 * cb - 0.714 * cr, y + 1.772 * cb]
                    .map(|value| value as u8)
            }
            (Self::Lab { signed }, [lightness, a, b, ..]) => {
                let around_zero = |value: u8| {
                    let value = if *signed { value ^ 0x80 } else { value };
                    f64::from(value) - 128.0
                };
                rgb_from_lab([
                    f64::from(*lightness) / 2.55,
                    around_zero(*a),
                    around_zero(*b),
                ])
                .map(|value| (value * 255.0).round() as u8)
            }
            _ => [255; 3],
        }
    }
}

fn times(value: u8, share: u8) -> u8 {
    // At most 255: both factors are.
    (u16::from(value) * u16::from(share) / 255) as u8
}
