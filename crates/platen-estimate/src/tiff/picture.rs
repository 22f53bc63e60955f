//! Whether a TIFF picture shows colour.
//!
//! Strips and tiles are read row by row, all tiles of a row side by side, so
//! that no more than a row is kept. *Source*: TIFF 6.0, sections 3, 15 and 21.

use super::directory::Directory;
use super::jpeg::{self, Shape};
use super::source::{Packing, Source};
use super::space::Space;
use crate::canvas::{Picture, Shrinker};
use crate::colour::VISIBLE_CHROMA;
use crate::dots::Dots;
use crate::limits::Budget;
use crate::predictor::{self, ByteOrder};
use std::io::{Cursor, Read};

const BITS_PER_SAMPLE: u16 = 258;
const COMPRESSION: u16 = 259;
const FILL_ORDER: u16 = 266;
const STRIP_OFFSETS: u16 = 273;
const SAMPLES_PER_PIXEL: u16 = 277;
const ROWS_PER_STRIP: u16 = 278;
const STRIP_BYTE_COUNTS: u16 = 279;
const X_RESOLUTION: u16 = 282;
const Y_RESOLUTION: u16 = 283;
const PLANAR: u16 = 284;
const RESOLUTION_UNIT: u16 = 296;
const PREDICTOR: u16 = 317;
const TILE_WIDTH: u16 = 322;
const TILE_LENGTH: u16 = 323;
const TILE_OFFSETS: u16 = 324;
const TILE_BYTE_COUNTS: u16 = 325;
const SAMPLE_FORMAT: u16 = 339;
const JPEG_TABLES: u16 = 347;
const YCBCR_SUBSAMPLING: u16 = 530;

/// Wider pictures are counted, but not looked at.
const MAX_WIDTH: u64 = 1 << 16;
/// Parts that are unpacked side by side.
const MAX_PARTS: usize = 256;
const MAX_SAMPLES: u64 = 16;

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    /// No colour, by its colour space or palette.
    Declared,
    /// By its samples.
    Shown(bool),
    /// It can't be told.
    Unknown(Reason),
}

/// Why a picture's colour can't be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// A way of packing or writing samples that isn't read.
    Unread,
    /// A part is missing or damaged.
    Cut,
    /// There was no time.
    Time,
}

/// Looks at the picture of a directory, drawn that large.
pub(super) fn judge(
    directory: &Directory<'_>,
    size: (u64, u64),
    drawn_pt: (f64, f64),
    budget: &Budget,
) -> Colour {
    match Look::prepare(directory, size, budget) {
        Ok(Some(look)) => look.at_all(drawn_pt),
        Ok(None) => Colour::Declared,
        Err(reason) => Colour::Unknown(reason),
    }
}

/// The picture of a directory, drawn on so many dots; none when it can't be
/// read as a whole. One without colours is a single grey dot.
pub(super) fn shrink(
    directory: &Directory<'_>,
    size: (u64, u64),
    drawn: (f64, f64),
    budget: &Budget,
) -> Option<Picture> {
    let number = |side: usize| u32::try_from(side).ok();
    let samples = (u32::try_from(size.0).ok()?, u32::try_from(size.1).ok()?);
    let density = density(directory);
    let Some(look) = Look::prepare(directory, size, budget).ok()? else {
        let mut shrinker = Shrinker::new((1, 1), drawn)?;
        shrinker.row(std::iter::once([128, 128, 128, 255]));
        let picture = shrinker.finish(density)?;
        return Some(Picture { samples, ..picture });
    };
    let read = (number(look.layout.width)?, number(look.layout.height)?);
    let mut shrinker = Shrinker::new(read, drawn)?;
    look.each_row(|row| {
        shrinker.row(row.chunks_exact(look.layout.samples).map(|pixel| {
            let [red, green, blue] = look.space.rgb(pixel);
            [red, green, blue, 255]
        }));
        true
    })
    .ok()?;
    let picture = shrinker.finish(density)?;
    Some(Picture { samples, ..picture })
}

/// Samples to the inch. *Source*: TIFF 6.0, section 8 (ResolutionUnit).
fn density(directory: &Directory<'_>) -> Option<(f64, f64)> {
    let unit = match directory.first(RESOLUTION_UNIT).unwrap_or(2) {
        2 => 1.0,
        3 => 2.54,
        _ => return None,
    };
    let side = |tag| {
        let density = directory.ratio(tag)? * unit;
        (density.is_finite() && density > 0.0).then_some(density)
    };
    Some((side(X_RESOLUTION)?, side(Y_RESOLUTION)?))
}

/// Bits of every sample; none when they differ.
fn bits(directory: &Directory<'_>) -> Option<u32> {
    let Some(values) = directory.values(BITS_PER_SAMPLE) else {
        return Some(1);
    };
    let first = values.get(0)?;
    let alike = values.iter().all(|bits| bits == first);
    (alike && (1..=16).contains(&first)).then_some(first as u32)
}

/// How the samples lie in the file.
struct Layout {
    /// Pixels, or blocks of them that share their colour.
    width: usize,
    height: usize,
    /// Of a part: a strip or a tile.
    part: (usize, usize),
    /// Parts beside each other.
    across: usize,
    /// Samples of a pixel.
    samples: usize,
    bits: u32,
    /// Colours in parts of their own.
    planar: bool,
    packing: Packing,
    predicted: bool,
    /// Lightness samples of a block, where blocks are what is read.
    block: Option<usize>,
}

impl Layout {
    fn of(
        directory: &Directory<'_>,
        (width, height): (u64, u64),
        samples: usize,
        bits: u32,
        space: &Space,
        budget: &Budget,
    ) -> Option<Self> {
        let packing = Packing::from_number(directory.first(COMPRESSION).unwrap_or(1))?;
        let number = |tag, otherwise| directory.first(tag).unwrap_or(otherwise);
        let predictor = number(PREDICTOR, 1);
        let predicted = predictor == 2 && matches!(packing, Packing::Lzw | Packing::Deflate);
        let is_usual = number(FILL_ORDER, 1) == 1
            && number(SAMPLE_FORMAT, 1) == 1
            && predictor <= 2
            && (!predicted || matches!(bits, 8 | 16));
        if !is_usual || width > MAX_WIDTH {
            return None;
        }
        let (part_width, part_height) = match directory.first(TILE_WIDTH) {
            Some(tile) => (tile, directory.first(TILE_LENGTH)?),
            None => (width, number(ROWS_PER_STRIP, height).min(height)),
        };
        if !(1..=MAX_WIDTH).contains(&part_width) || part_height == 0 {
            return None;
        }
        let mut layout = Self {
            width: usize::try_from(width).ok()?,
            height: usize::try_from(height).ok()?,
            part: (
                usize::try_from(part_width).ok()?,
                usize::try_from(part_height).ok()?,
            ),
            across: usize::try_from(width.div_ceil(part_width)).ok()?,
            samples,
            bits,
            planar: number(PLANAR, 1) == 2 && samples > 1,
            packing,
            predicted,
            block: None,
        };
        if matches!(space, Space::YCbCr) && packing != Packing::Jpeg {
            layout = layout.in_blocks(directory)?;
        }
        let parts = layout.across * if layout.planar { layout.samples } else { 1 };
        let sound = parts <= MAX_PARTS
            && (packing != Packing::Jpeg || layout.fits_as_jpeg(budget))
            && (layout.part.0 == layout.width || (layout.part.0 * bits as usize).is_multiple_of(8));
        sound.then_some(layout)
    }

    /// Lightness of each pixel of a block, then the colour that they share.
    /// *Source*: TIFF 6.0, section 21, "Ordering of component samples".
    fn in_blocks(mut self, directory: &Directory<'_>) -> Option<Self> {
        let sampling = directory.values(YCBCR_SUBSAMPLING);
        let sampling = |at| sampling.map_or(Some(2), |values| values.get(at));
        let (across, down) = (sampling(0)?, sampling(1)?);
        if !matches!((across, down), (1 | 2 | 4, 1 | 2 | 4))
            || self.planar
            || self.predicted
            || self.bits != 8
            || self.samples != 3
        {
            return None;
        }
        let (across, down) = (across as usize, down as usize);
        if self.across > 1 && !self.part.0.is_multiple_of(across) {
            return None;
        }
        self.width = self.width.div_ceil(across);
        self.height = self.height.div_ceil(down);
        self.part = (self.part.0.div_ceil(across), self.part.1.div_ceil(down));
        self.block = Some(across * down);
        Some(self)
    }

    /// Whether a row of parts, unpacked as a whole each, is small enough.
    fn fits_as_jpeg(&self, budget: &Budget) -> bool {
        let pixels = self.part.0.saturating_mul(self.part.1);
        let row = pixels.saturating_mul(self.across * self.samples);
        self.bits == 8 && !self.planar && row <= budget.inflated_bytes
    }

    fn samples_in_part(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }

    fn planes(&self) -> usize {
        if self.planar { self.samples } else { 1 }
    }

    /// Bytes of a row of a part.
    fn row_bytes(&self) -> usize {
        match self.block {
            Some(lightness) => self.part.0 * (lightness + 2),
            None => (self.part.0 * self.samples_in_part() * self.bits as usize).div_ceil(8),
        }
    }
}

/// A look at one picture.
struct Look<'l, 'd> {
    directory: &'l Directory<'d>,
    layout: Layout,
    space: Space,
    budget: &'l Budget,
}

impl<'l, 'd> Look<'l, 'd> {
    /// None when the picture has no colour by its own word.
    fn prepare(
        directory: &'l Directory<'d>,
        size: (u64, u64),
        budget: &'l Budget,
    ) -> Result<Option<Self>, Reason> {
        if budget.is_short() || budget.check().is_err() {
            return Err(Reason::Time);
        }
        let samples = directory.first(SAMPLES_PER_PIXEL).unwrap_or(1);
        let bits = bits(directory);
        let (Some(bits), 1..=MAX_SAMPLES) = (bits, samples) else {
            return Err(Reason::Unread);
        };
        let samples = samples as usize;
        let space = Space::of(directory, samples, bits).ok_or(Reason::Unread)?;
        if space.is_neutral() {
            return Ok(None);
        }
        let layout = Layout::of(directory, size, samples, bits, &space, budget);
        Ok(Some(Self {
            directory,
            layout: layout.ok_or(Reason::Unread)?,
            space,
            budget,
        }))
    }

    fn at_all(&self, drawn_pt: (f64, f64)) -> Colour {
        let mut dots = Dots::new((self.layout.width, self.layout.height), drawn_pt);
        let read = self.each_row(|row| {
            self.show(row, &mut dots);
            !dots.shows_colour()
        });
        match read {
            Ok(()) => Colour::Shown(dots.finish() > VISIBLE_CHROMA),
            Err(reason) => Colour::Unknown(reason),
        }
    }

    /// Hands over row by row, from the top, until it is told to stop.
    fn each_row(&self, mut show: impl FnMut(&[u8]) -> bool) -> Result<(), Reason> {
        let layout = &self.layout;
        let mut packed = vec![0; layout.row_bytes()];
        let mut row = vec![0; layout.width * layout.samples];
        let mut top = 0;
        while top < layout.height {
            let mut parts = self.parts(top / layout.part.1).ok_or(Reason::Cut)?;
            for _ in top..layout.height.min(top + layout.part.1) {
                if self.budget.is_short() || self.budget.check().is_err() {
                    return Err(Reason::Time);
                }
                for (index, part) in parts.iter_mut().enumerate() {
                    part.read_exact(&mut packed).map_err(|_| Reason::Cut)?;
                    self.place(&mut packed, index, &mut row);
                }
                if !show(&row) {
                    return Ok(());
                }
            }
            top += layout.part.1;
        }
        Ok(())
    }

    fn show(&self, row: &[u8], dots: &mut Dots) {
        match self.space {
            Space::Rgb if self.layout.samples == 3 => dots.rgb_row(row),
            _ => dots.row(
                row.chunks_exact(self.layout.samples)
                    .map(|pixel| self.space.rgb(pixel)),
            ),
        }
    }

    /// Writes a part's row into the picture's, as bytes.
    fn place(&self, packed: &mut [u8], index: usize, row: &mut [u8]) {
        let layout = &self.layout;
        let (plane, column) = (index / layout.across, index % layout.across);
        let little = self.directory.file.little;
        let samples = layout.samples_in_part();
        if layout.predicted {
            let order = if little {
                ByteOrder::Little
            } else {
                ByteOrder::Big
            };
            predictor::tiff(packed, layout.bits as usize, samples, order);
        }
        let left = column * layout.part.0;
        let pixels = layout.part.0.min(layout.width.saturating_sub(left));
        let Some(row) = row.get_mut(left * layout.samples..) else {
            return;
        };
        if let Some(lightness) = layout.block {
            for (pixel, block) in row
                .chunks_exact_mut(3)
                .zip(packed.chunks_exact(lightness + 2))
                .take(pixels)
            {
                let sum: u32 = block[..lightness].iter().map(|y| u32::from(*y)).sum();
                // A mean of bytes is a byte.
                pixel[0] = (sum / lightness as u32) as u8;
                pixel[1..].copy_from_slice(&block[lightness..]);
            }
            return;
        }
        if layout.bits == 8 && !layout.planar {
            let count = pixels * samples;
            row[..count].copy_from_slice(&packed[..count]);
            return;
        }
        let is_index = matches!(self.space, Space::Palette(_));
        for pixel in 0..pixels {
            for sample in 0..samples {
                let value = value(packed, pixel * samples + sample, layout.bits, little);
                let most = (1u32 << layout.bits) - 1;
                row[pixel * layout.samples + plane + sample] = if is_index {
                    // A palette has 256 colours at most.
                    value.min(255) as u8
                } else {
                    // At most 255.
                    (value * 255 / most) as u8
                };
            }
        }
    }

    /// The parts of a row of parts, colour by colour.
    fn parts(&self, band: usize) -> Option<Vec<Source<'d>>> {
        let layout = &self.layout;
        let down = layout.height.div_ceil(layout.part.1);
        let mut parts = Vec::new();
        for plane in 0..layout.planes() {
            for column in 0..layout.across {
                let index = (plane.checked_mul(down)?.checked_add(band)?)
                    .checked_mul(layout.across)?
                    .checked_add(column)?;
                let data = self.data(index)?;
                parts.push(match layout.packing {
                    Packing::Jpeg => self.jpeg(data)?,
                    packing => Source::new(packing, data),
                });
            }
        }
        Some(parts)
    }

    /// The bytes of a part, as far as they are there.
    fn data(&self, index: usize) -> Option<&'d [u8]> {
        let (offsets, lengths) = match self.directory.values(TILE_OFFSETS) {
            Some(offsets) => (offsets, self.directory.values(TILE_BYTE_COUNTS)),
            None => (
                self.directory.values(STRIP_OFFSETS)?,
                self.directory.values(STRIP_BYTE_COUNTS),
            ),
        };
        let start = usize::try_from(offsets.get(index)?).ok()?;
        let rest = self.directory.file.bytes.get(start..)?;
        let length = match lengths {
            Some(lengths) => usize::try_from(lengths.get(index)?).ok()?,
            None => rest.len(),
        };
        Some(rest.get(..length).unwrap_or(rest))
    }

    /// A part that is a JPEG picture, whose tables may stand elsewhere.
    fn jpeg(&self, part: &[u8]) -> Option<Source<'d>> {
        let tables = self.directory.values(JPEG_TABLES);
        let shape = Shape {
            width: self.layout.part.0,
            height: self.layout.part.1,
            samples: self.layout.samples,
        };
        let samples = jpeg::decode(tables.map(|values| values.bytes), part, shape)?;
        Some(Source::Decoded(Cursor::new(samples)))
    }
}

/// A sample of a row.
fn value(packed: &[u8], at: usize, bits: u32, little: bool) -> u32 {
    let byte = |at: usize| u32::from(packed.get(at).copied().unwrap_or(0));
    match bits {
        8 => byte(at),
        16 if little => byte(2 * at) | byte(2 * at + 1) << 8,
        _ => {
            let first = at * bits as usize;
            (first..first + bits as usize).fold(0, |value, bit| {
                value << 1 | byte(bit / 8) >> (7 - bit % 8) & 1
            })
        }
    }
}
