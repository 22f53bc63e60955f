//! Raster graphics: rows of pixels, judged as they are unpacked.
//!
//! *Source*: PCL 5 Technical Reference, chapter 15; PCL 5 Color Technical
//! Reference, chapter 6; DeskJet configure raster data, format 2.

use super::palette::{Coding, Palette, Rgb, Space, is_grey};
use super::rows::{MAX_ROW, unpack};
use crate::ink::{Grain, Ink, Swath};
use crate::limits::Budget;
use crate::operation::Operation;

/// Components of a row whose planes are configured apart.
const MAX_PLANES: usize = 32;

/// Raster graphics as set up and under way.
#[derive(Clone, Debug)]
pub(crate) struct Raster {
    pub(crate) method: i64,
    /// Dots to the inch.
    pub(crate) resolution: f64,
    /// Pixels across, where the job says.
    pub(crate) width: Option<usize>,
    /// The inks of a row, where they are configured apart.
    pub(crate) inks: Option<Inks>,
    pub(crate) active: Option<Active>,
}

impl Default for Raster {
    fn default() -> Self {
        Self {
            method: 0,
            resolution: 75.0,
            width: None,
            inks: None,
            active: None,
        }
    }
}

/// Bit planes of each ink, in the order in which a row has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Inks {
    /// Those of black, in all its rows where it is finer than the others.
    pub(crate) black: usize,
    /// Black has the pixels of the others.
    pub(crate) aligned: bool,
    /// Those of cyan, magenta and yellow; none when there are other inks.
    pub(crate) colours: Option<[u8; 3]>,
}

impl Inks {
    /// Each component's dots across and down an inch, and its levels.
    pub(crate) fn new(components: &[[u16; 3]]) -> Self {
        let planes = |levels: u16| u32::from(levels.max(2)).next_power_of_two().ilog2().min(8);
        let bits = |component: &[u16; 3]| planes(component[2]) as u8;
        let (black, colours) = match components {
            [cyan, magenta, yellow] => (None, Some([bits(cyan), bits(magenta), bits(yellow)])),
            [black, cyan, magenta, yellow] => {
                let rows = usize::from(black[1] / cyan[1].max(1)).clamp(1, 8);
                let colours = [bits(cyan), bits(magenta), bits(yellow)];
                (Some((black, rows, black[..2] == cyan[..2])), Some(colours))
            }
            [black] => (Some((black, 1, true)), Some([0; 3])),
            _ => (None, None),
        };
        Self {
            black: black.map_or(0, |(black, rows, _)| usize::from(bits(black)) * rows),
            aligned: black.is_some_and(|(_, _, aligned)| aligned),
            colours,
        }
    }
}

/// Rows between the start and the end of raster graphics.
#[derive(Clone, Debug)]
pub(crate) struct Active {
    swath: Swath,
    planes: Vec<Vec<u8>>,
    plane: usize,
}

/// What the rows showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Told,
    /// Packed or coded in a way that isn't known.
    Untold,
}

impl Raster {
    /// Starts graphics with the upper left corner there.
    pub(crate) fn start(&mut self, left_pt: f64, top_pt: f64, palette: &Palette) {
        let pixel = 72.0 / self.resolution.clamp(1.0, 7200.0);
        let few_colours = match palette.coding {
            Coding::IndexByPlane | Coding::IndexByPixel(_) => palette.colours.len() <= 16,
            Coding::DirectByPlane => true,
            Coding::DirectByPixel => false,
        };
        let grain = if few_colours || self.inks.is_some() {
            Grain::Dithered
        } else {
            Grain::Smooth
        };
        self.active = Some(Active {
            swath: Ink::raster(left_pt, top_pt, (pixel, pixel), grain),
            planes: Vec::new(),
            plane: 0,
        });
    }

    pub(crate) fn end(&mut self, ink: &mut Ink) {
        if let Some(mut active) = self.active.take() {
            ink.finish(&mut active.swath);
        }
    }

    /// Skips rows, which clears what the next one is packed against.
    pub(crate) fn skip(&mut self, rows: i64, ink: &mut Ink) {
        if let Some(active) = &mut self.active {
            for plane in &mut active.planes {
                plane.clear();
            }
            let rows = usize::try_from(rows).unwrap_or(0);
            if active.swath.next_rows(rows) {
                ink.set_colour();
            }
        }
    }

    /// Takes one plane; the last of a row ends it.
    pub(crate) fn plane(
        &mut self,
        data: &[u8],
        last: bool,
        colours: &Colours<'_>,
        ink: &mut Ink,
    ) -> Seen {
        let method = self.method;
        let width = self.width.unwrap_or(usize::MAX);
        let Some(active) = &mut self.active else {
            return Seen::Told;
        };
        if method == 5 {
            return active.adaptive(data, width, colours, ink);
        }
        let plane = active.plane.min(MAX_PLANES);
        if active.planes.len() <= plane {
            active.planes.resize(plane + 1, Vec::new());
        }
        if !unpack(method, data, &mut active.planes[plane]) {
            return Seen::Untold;
        }
        active.plane = plane + 1;
        if !last {
            return Seen::Told;
        }
        let given = std::mem::take(&mut active.plane);
        for plane in active.planes.iter_mut().skip(given) {
            plane.clear();
        }
        let seen = match &self.inks {
            None => active.row(width, colours),
            Some(inks) => active.inks(inks, width),
        };
        if active.swath.next_rows(1) {
            ink.set_colour();
        }
        seen
    }
}

/// What a row's pixels stand for.
pub(crate) struct Colours<'p> {
    pub(crate) palette: &'p Palette,
    /// Laid over all that isn't white.
    pub(crate) foreground: Rgb,
    /// How both are combined with the paper.
    pub(crate) operation: Operation,
    pub(crate) budget: &'p Budget,
}

impl Colours<'_> {
    /// Whether rows can't show colour, whatever they hold.
    pub(crate) fn are_neutral(&self) -> bool {
        is_grey(self.foreground) && self.palette.is_neutral()
    }

    fn over(&self, pixel: Rgb) -> Rgb {
        self.operation.on_paper(self.foreground, pixel)
    }

    fn index(&self, index: usize) -> Rgb {
        self.over(self.palette.colour(index as i64))
    }
}

impl Active {
    fn row(&mut self, width: usize, colours: &Colours<'_>) -> Seen {
        match colours.palette.coding {
            Coding::IndexByPlane | Coding::DirectByPlane => {
                let direct = colours.palette.coding == Coding::DirectByPlane;
                let palette = &colours.palette;
                self.by_plane(palette.planes(), width, |index| {
                    if direct {
                        let bit = |bit: u32| (index >> bit & 1) as f64;
                        let full = palette.rgb([1.0; 3]) != palette.rgb([255.0; 3]);
                        let scale = if full { 255.0 } else { 1.0 };
                        colours.over(palette.rgb([0, 1, 2].map(|at| bit(at) * scale)))
                    } else {
                        colours.index(index)
                    }
                });
            }
            Coding::IndexByPixel(bits) => self.by_pixel(bits, width, colours),
            Coding::DirectByPixel if colours.palette.space == Space::Other => return Seen::Untold,
            Coding::DirectByPixel => self.direct(width, colours),
        }
        Seen::Told
    }

    /// Pixels whose index has a bit in each plane.
    fn by_plane(&mut self, planes: usize, width: usize, colour: impl Fn(usize) -> Rgb) {
        let planes = planes.clamp(1, 8);
        let table: Vec<Rgb> = (0..1usize << planes).map(colour).collect();
        let longest = self.planes.iter().map(Vec::len).max().unwrap_or(0);
        let rows: Vec<&[u8]> = (0..planes)
            .map(|at| self.planes.get(at).map_or(&[][..], Vec::as_slice))
            .collect();
        let mut bytes = [0u8; 8];
        for at in 0..longest.min(width.div_ceil(8)) {
            let mut solid = true;
            for (byte, row) in bytes.iter_mut().zip(&rows) {
                *byte = row.get(at).copied().unwrap_or(0);
                solid &= matches!(*byte, 0 | 0xff);
            }
            let pixels = (width - at * 8).min(8);
            let index = |bit: usize| {
                let bits = bytes.iter().take(planes).enumerate();
                bits.fold(0, |index, (plane, byte)| {
                    index | usize::from(*byte >> (7 - bit) & 1) << plane
                })
            };
            if solid {
                self.swath.add(at * 8, pixels, table[index(0)]);
            } else {
                for bit in 0..pixels {
                    self.swath.add(at * 8 + bit, 1, table[index(bit)]);
                }
            }
        }
    }

    fn by_pixel(&mut self, bits: u8, width: usize, colours: &Colours<'_>) {
        let Some(row) = self.planes.first() else {
            return;
        };
        let bits = usize::from(bits).clamp(1, 8).next_power_of_two();
        let table: Vec<Rgb> = (0..1usize << bits).map(|at| colours.index(at)).collect();
        let each = 8 / bits;
        for (at, byte) in row.iter().enumerate().take(width.div_ceil(each)) {
            for pixel in 0..each.min(width - at * each) {
                let index = usize::from(*byte) >> (8 - bits * (pixel + 1)) & ((1 << bits) - 1);
                self.swath.add(at * each + pixel, 1, table[index]);
            }
        }
    }

    fn direct(&mut self, width: usize, colours: &Colours<'_>) {
        let Some(row) = self.planes.first() else {
            return;
        };
        let palette = &colours.palette;
        // Equal primaries are grey where all have the same range.
        let even = matches!(palette.space, Space::Rgb | Space::Cmy)
            && is_grey(palette.rgb([0.0; 3]))
            && is_grey(palette.rgb([255.0; 3]))
            && is_grey(colours.foreground);
        for (at, pixel) in row.chunks_exact(3).enumerate().take(width) {
            if even && pixel[0] == pixel[1] && pixel[1] == pixel[2] {
                continue;
            }
            let rgb = palette.rgb([pixel[0], pixel[1], pixel[2]].map(f64::from));
            self.swath.add(at, 1, colours.over(rgb));
        }
    }

    /// Inks of several planes each, the lowest bit first.
    fn inks(&mut self, inks: &Inks, width: usize) -> Seen {
        let Some(colours) = inks.colours else {
            return Seen::Untold;
        };
        let longest = self.planes.iter().map(Vec::len).max().unwrap_or(0);
        let pixels = longest.saturating_mul(8).min(width).min(MAX_ROW);
        let inked = |byte: usize| {
            let mut coloured = self.planes.iter().skip(inks.black);
            coloured.any(|row| row.get(byte).is_some_and(|byte| *byte != 0))
        };
        // Without coloured ink, pixels are grey.
        let (mut checked, mut grey) = (usize::MAX, false);
        for at in 0..pixels {
            if checked != at / 8 {
                checked = at / 8;
                grey = !inked(checked);
            }
            if grey {
                continue;
            }
            let light = |first: usize, planes: usize| {
                let bit = |plane: usize| {
                    let byte = self.planes.get(plane).and_then(|row| row.get(at / 8));
                    usize::from(byte.copied().unwrap_or(0) >> (7 - at % 8) & 1)
                };
                let level: usize = (0..planes).map(|lower| bit(first + lower) << lower).sum();
                let most = (1usize << planes.min(8)) - 1;
                255 - u8::try_from(level * 255 / most.max(1)).unwrap_or(u8::MAX)
            };
            let black = match inks.aligned {
                true => light(0, inks.black),
                false => 255,
            };
            let mut first = inks.black;
            let mut rgb = [0; 3];
            for (value, planes) in rgb.iter_mut().zip(colours) {
                let planes = usize::from(planes);
                let shade = u32::from(light(first, planes)) * u32::from(black) / 255;
                *value = u8::try_from(shade).unwrap_or(u8::MAX);
                first += planes;
            }
            self.swath.add(at, 1, rgb);
        }
        Seen::Told
    }

    /// Method 5: a block of rows, each packed in its own way.
    fn adaptive(
        &mut self,
        mut data: &[u8],
        width: usize,
        colours: &Colours<'_>,
        ink: &mut Ink,
    ) -> Seen {
        if self.planes.is_empty() {
            self.planes.push(Vec::new());
        }
        while let [command, high, low, rest @ ..] = data {
            let count = usize::from(u16::from_be_bytes([*high, *low]));
            data = rest;
            match command {
                0..=3 => {
                    let (row, after) = data.split_at(count.min(data.len()));
                    data = after;
                    unpack(i64::from(*command), row, &mut self.planes[0]);
                    self.row(width, colours);
                }
                4 => {
                    self.planes[0].clear();
                    if self.swath.next_rows(count) {
                        ink.set_colour();
                    }
                    continue;
                }
                5 => {
                    // A dot's height of equal rows tells as much as all of them.
                    for _ in 1..count.min(256) {
                        self.row(width, colours);
                        if self.swath.next_rows(1) {
                            ink.set_colour();
                        }
                        if ink.shows_colour() {
                            return Seen::Told;
                        }
                        if colours.budget.is_short() {
                            return Seen::Untold;
                        }
                    }
                    self.row(width, colours);
                }
                _ => return Seen::Untold,
            }
            if colours.budget.is_short() {
                return Seen::Untold;
            }
            if self.swath.next_rows(1) {
                ink.set_colour();
            }
        }
        Seen::Told
    }
}
