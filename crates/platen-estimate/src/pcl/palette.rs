//! PCL 5's palettes: which colours pixels, text and pens stand for.
//!
//! *Source*: PCL 5 Color Technical Reference, chapters 2 and 3.

use crate::colour::rgb_from_lab;

pub(crate) type Rgb = [u8; 3];

const WHITE: Rgb = [255; 3];
const BLACK: Rgb = [0; 3];

/// How a pixel names its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// A bit of its index in each plane.
    IndexByPlane,
    /// Its index in this many bits.
    IndexByPixel(u8),
    /// A bit of each primary in each plane.
    DirectByPlane,
    /// Eight bits of each primary.
    DirectByPixel,
}

/// What the primaries are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Space {
    Rgb,
    Cmy,
    /// CIE L*a*b*, each from a lowest to a highest value.
    Lab([(f64, f64); 3]),
    /// What isn't looked into: luminance and chrominance.
    Other,
}

/// A palette and how pixels refer to it.
#[derive(Clone, Debug)]
pub(crate) struct Palette {
    pub(crate) coding: Coding,
    pub(crate) space: Space,
    /// A power of two of them.
    pub(crate) colours: Vec<Rgb>,
    /// Values of the primaries at black and white.
    black: [f64; 3],
    white: [f64; 3],
    /// Primaries given for the next colour.
    next: [f64; 3],
    /// Its colours may be changed: those of the simple palettes may not.
    open: bool,
}

impl Default for Palette {
    fn default() -> Self {
        Self::of(vec![WHITE, BLACK], Space::Rgb)
    }
}

impl Palette {
    fn of(colours: Vec<Rgb>, space: Space) -> Self {
        let cmy = space == Space::Cmy;
        Self {
            coding: Coding::IndexByPlane,
            space,
            colours,
            black: [if cmy { 255.0 } else { 0.0 }; 3],
            white: [if cmy { 0.0 } else { 255.0 }; 3],
            next: [0.0; 3],
            open: false,
        }
    }

    /// The fixed palettes of `ESC * r # U`.
    pub(crate) fn simple(kind: i64) -> Option<Self> {
        let ink = |index: u8, bit: u8| if index >> bit & 1 == 1 { 0 } else { 255 };
        let light = |index: u8, bit: u8| 255 - ink(index, bit);
        Some(match kind {
            1 => Self::default(),
            3 => {
                let colour = |index| [light(index, 0), light(index, 1), light(index, 2)];
                Self::of((0..8).map(colour).collect(), Space::Rgb)
            }
            -3 => {
                let colour = |index| [ink(index, 0), ink(index, 1), ink(index, 2)];
                Self::of((0..8).map(colour).collect(), Space::Cmy)
            }
            // Black comes first.
            -4 => {
                let colour = |index: u8| match index & 1 {
                    1 => BLACK,
                    _ => [ink(index, 1), ink(index, 2), ink(index, 3)],
                };
                Self::of((0..16).map(colour).collect(), Space::Cmy)
            }
            _ => return None,
        })
    }

    /// The eight pens of HP-GL/2.
    pub(crate) fn pens() -> Self {
        let colours = vec![
            WHITE,
            BLACK,
            [255, 0, 0],
            [0, 255, 0],
            [255, 255, 0],
            [0, 0, 255],
            [255, 0, 255],
            [0, 255, 255],
        ];
        Self {
            open: true,
            ..Self::of(colours, Space::Rgb)
        }
    }

    /// The palette that `ESC * v # W` configures.
    pub(crate) fn configured(data: &[u8]) -> Option<Self> {
        let &[space, coding, index_bits, ..] = data else {
            return None;
        };
        let primary_bits = [3, 4, 5].map(|at| data.get(at).copied().unwrap_or(8).clamp(1, 16));
        let coding = match coding {
            0 => Coding::IndexByPlane,
            1 => Coding::IndexByPixel(index_bits),
            2 => Coding::DirectByPlane,
            3 => Coding::DirectByPixel,
            _ => return None,
        };
        let space = match space {
            0 | 2 => Space::Rgb,
            1 => Space::Cmy,
            3 => Space::Lab(lab_ranges(data)),
            _ => Space::Other,
        };
        let bits = match coding {
            Coding::DirectByPlane | Coding::DirectByPixel => 3,
            _ => index_bits.clamp(1, 8),
        };
        let mut palette = match (&space, bits) {
            (Space::Cmy, 3) => Self::simple(-3)?,
            (Space::Cmy, 4) => Self::simple(-4)?,
            (_, 1) => Self::of(vec![WHITE, BLACK], space.clone()),
            (_, 2) => Self::of(vec![BLACK, [255, 0, 0], [0, 255, 0], WHITE], space.clone()),
            _ => Self::simple(3)?,
        };
        palette.colours.resize(1 << bits, BLACK);
        let full = primary_bits.map(|bits| f64::from((1u32 << bits) - 1));
        let cmy = space == Space::Cmy;
        palette.white = if cmy { [0.0; 3] } else { full };
        palette.black = if cmy { full } else { [0.0; 3] };
        if let Some(references) = data.get(6..18).filter(|_| matches!(data[0], 0 | 1)) {
            let word =
                |at: usize| f64::from(i16::from_be_bytes([references[at], references[at + 1]]));
            palette.white = [word(0), word(2), word(4)];
            palette.black = [word(6), word(8), word(10)];
        }
        palette.space = space;
        palette.coding = coding;
        palette.open = true;
        Some(palette)
    }

    pub(crate) fn set_primary(&mut self, which: usize, value: f64) {
        if let Some(primary) = self.next.get_mut(which) {
            *primary = value;
        }
    }

    /// Gives the primaries set before to a colour.
    pub(crate) fn assign(&mut self, index: i64) {
        let primaries = std::mem::take(&mut self.next);
        self.set_pen(index, primaries);
    }

    /// The colour of that index, which wraps as printers wrap it.
    pub(crate) fn colour(&self, index: i64) -> Rgb {
        let size = self.colours.len() as i64;
        let at = if size > 0 { index.rem_euclid(size) } else { 0 };
        let at = usize::try_from(at).unwrap_or(0);
        self.colours.get(at).copied().unwrap_or(BLACK)
    }

    /// What a pen draws in: pens beyond the last begin anew after white.
    pub(crate) fn pen(&self, pen: i64) -> Rgb {
        let size = self.colours.len() as i64;
        if pen > 0 && pen >= size && size > 1 {
            return self.colour((pen - 1) % (size - 1) + 1);
        }
        self.colour(pen.max(0))
    }

    /// Resizes it for this many pens, with their colours.
    pub(crate) fn resize(&mut self, pens: i64) {
        let size = usize::try_from(pens.clamp(2, 256))
            .unwrap_or(2)
            .next_power_of_two();
        self.colours.truncate(size);
        let fresh = Self::pens().colours;
        for at in self.colours.len()..size {
            self.colours.push(fresh.get(at).copied().unwrap_or(BLACK));
        }
    }

    pub(crate) fn set_pen(&mut self, pen: i64, primaries: [f64; 3]) {
        let colour = self.rgb(primaries);
        let at = usize::try_from(pen).ok().filter(|_| self.open);
        if let Some(known) = at.and_then(|at| self.colours.get_mut(at)) {
            *known = colour;
        }
    }

    /// The values of the primaries at black and white: HP-GL/2's `CR`.
    pub(crate) fn set_range(&mut self, black: [f64; 3], white: [f64; 3]) {
        self.black = black;
        self.white = white;
    }

    /// The colour of three primaries.
    pub(crate) fn rgb(&self, primaries: [f64; 3]) -> Rgb {
        if let Space::Lab(ranges) = &self.space {
            let mut lab = [0.0; 3];
            for ((to, value), (low, high)) in lab.iter_mut().zip(primaries).zip(ranges) {
                *to = low + value / 255.0 * (high - low);
            }
            return rgb_from_lab(lab).map(|value| (value * 255.0) as u8);
        }
        let mut rgb = BLACK;
        for (at, value) in rgb.iter_mut().enumerate() {
            let (black, white) = (self.black[at], self.white[at]);
            let span = white - black;
            let share = if span == 0.0 {
                0.0
            } else {
                (primaries[at] - black) / span
            };
            *value = (share * 255.0).round() as u8;
        }
        rgb
    }

    /// Whether no pixel can have a colour.
    pub(crate) fn is_neutral(&self) -> bool {
        match self.coding {
            Coding::IndexByPlane | Coding::IndexByPixel(_) => {
                self.colours.iter().all(|colour| is_grey(*colour))
            }
            Coding::DirectByPlane | Coding::DirectByPixel => false,
        }
    }

    /// Bit planes of a row.
    pub(crate) fn planes(&self) -> usize {
        match self.coding {
            Coding::IndexByPlane => self.colours.len().max(2).ilog2() as usize,
            Coding::DirectByPlane => 3,
            Coding::IndexByPixel(_) | Coding::DirectByPixel => 1,
        }
    }
}

pub(crate) const fn is_grey(rgb: Rgb) -> bool {
    rgb[0] == rgb[1] && rgb[1] == rgb[2]
}

/// Lowest and highest L*, a* and b*, as the long form gives them.
fn lab_ranges(data: &[u8]) -> [(f64, f64); 3] {
    let float = |at: usize| {
        let bytes = data.get(at..at + 4)?.try_into().ok()?;
        Some(f64::from(f32::from_be_bytes(bytes))).filter(|value| value.abs() < 1e4)
    };
    let range = |at: usize, usual: (f64, f64)| match (float(at), float(at + 4)) {
        (Some(low), Some(high)) => (low, high),
        _ => usual,
    };
    [
        range(6, (0.0, 100.0)),
        range(14, (-100.0, 100.0)),
        range(22, (-100.0, 100.0)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn simple_palettes_are_as_the_printer_has_them() {
        let rgb = Palette::simple(3).unwrap();
        assert_eq!(
            (rgb.colour(0), rgb.colour(1), rgb.colour(7)),
            (BLACK, [255, 0, 0], WHITE)
        );
        let cmy = Palette::simple(-3).unwrap();
        assert_eq!(
            (cmy.colour(0), cmy.colour(6), cmy.colour(7)),
            (WHITE, [255, 0, 0], BLACK)
        );
        let kcmy = Palette::simple(-4).unwrap();
        assert_eq!((kcmy.colour(1), kcmy.colour(8)), (BLACK, [255, 255, 0]));
        assert!(Palette::simple(2).is_none());
        assert!(Palette::default().is_neutral() && !cmy.is_neutral());
    }

    #[test]
    fn a_configured_palette_takes_colours() {
        let mut palette = Palette::configured(&[0, 1, 8, 8, 8, 8]).unwrap();
        assert_eq!(palette.colours.len(), 256);
        for (which, value) in [10.0, 20.0, 30.0].into_iter().enumerate() {
            palette.set_primary(which, value);
        }
        palette.assign(200);
        assert_eq!(palette.colour(200), [10, 20, 30]);
        let cmy = Palette::configured(&[1, 3, 8, 8, 8, 8]).unwrap();
        assert_eq!(cmy.rgb([255.0, 0.0, 0.0]), [0, 255, 255]);
    }

    #[test]
    fn pens_beyond_the_last_begin_anew_after_white() {
        let pens = Palette::pens();
        assert_eq!(pens.pen(0), WHITE);
        assert_eq!(pens.pen(8), pens.pen(1));
        assert_eq!(pens.pen(9), pens.pen(2));
    }

    proptest! {
        #[test]
        fn no_numbers_upset_it(data in proptest::collection::vec(any::<u8>(), 0..40), index: i64, primaries: [f64; 3], pens: i64) {
            if let Some(mut palette) = Palette::configured(&data) {
                palette.set_primary(0, primaries[0]);
                palette.assign(index);
                palette.resize(pens);
                palette.set_pen(index, primaries);
                palette.set_range(primaries, primaries);
                let _ = (palette.colour(index), palette.pen(index), palette.rgb(primaries));
                prop_assert!(palette.planes() <= 8);
            }
        }
    }
}
