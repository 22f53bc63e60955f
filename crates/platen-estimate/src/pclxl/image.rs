//! Images and raster patterns, judged as they are unpacked.
//!
//! *Source*: PCL XL Feature Reference Protocol Class 2.0, chapter 6.

use super::graphics::{Graphics, Rgb, Space, bits};
use super::scan::Operator;
use super::tag::attribute as a;
use crate::bitmap::decode_jpeg;
use crate::ink::{Grain, Ink, Swath};
use crate::limits::Budget;
use crate::operation::Operation;
use crate::pcl::rows;

/// The widest image: beyond any paper.
const MAX_WIDTH: i64 = 1 << 16;

/// How its rows are packed.
const PLAIN: i64 = 0;
const RUN_LENGTH: i64 = 1;
const JPEG: i64 = 2;
const DELTA: i64 = 3;

/// An image being read.
#[derive(Debug)]
pub(crate) struct Image {
    width: usize,
    bits: usize,
    space: Space,
    indexed: bool,
    palette: Vec<Rgb>,
    brush: Rgb,
    operation: Operation,
    swath: Swath,
    /// What was seen of it.
    pub(crate) ink: Ink,
    /// It can't be unpacked.
    pub(crate) untold: bool,
    sums: [u64; 3],
    pixels: u64,
}

impl Image {
    /// Begins an image; none when it can't have pixels.
    pub(crate) fn begin(operator: &Operator<'_>, graphics: &Graphics, brush: Rgb) -> Option<Self> {
        let width = operator.whole(a::SOURCE_WIDTH)?;
        let height = operator.whole(a::SOURCE_HEIGHT)?;
        if !(1..=MAX_WIDTH).contains(&width) || height < 1 {
            return None;
        }
        let size = operator
            .point(a::DESTINATION_SIZE)
            .unwrap_or([width as f64, height as f64]);
        let (wide, tall) = graphics.matrix.size(size);
        let pixel = (wide / width as f64, tall / height as f64);
        let [left, top] = graphics.matrix.point(graphics.cursor);
        let depth = bits(operator.whole(a::COLOR_DEPTH).unwrap_or(2));
        let grain = if depth == 8 {
            Grain::Smooth
        } else {
            Grain::Dithered
        };
        Some(Self {
            width: usize::try_from(width).ok()?,
            bits: depth,
            space: graphics.space,
            indexed: operator.whole(a::COLOR_MAPPING) == Some(1),
            palette: graphics.palette.clone(),
            brush,
            operation: graphics.operation,
            swath: Ink::raster(left, top, pixel, grain),
            ink: Ink::default(),
            untold: false,
            sums: [0; 3],
            pixels: 0,
        })
    }

    /// Whether no pixel can show colour.
    pub(crate) fn is_neutral(&self) -> bool {
        let grey = |rgb: &Rgb| rgb[0] == rgb[1] && rgb[1] == rgb[2];
        grey(&self.brush)
            && if self.indexed {
                self.palette.iter().all(grey)
            } else {
                self.space == Space::Grey
            }
    }

    /// Reads a block of rows.
    pub(crate) fn read(&mut self, operator: &Operator<'_>, budget: &Budget) {
        if self.ink.shows_colour() || self.untold || self.is_neutral() {
            return;
        }
        let data = operator.data;
        let height = operator
            .whole(a::BLOCK_HEIGHT)
            .unwrap_or(0)
            .clamp(0, 1 << 20);
        let height = usize::try_from(height).unwrap_or(0);
        let pad = operator.whole(a::PAD_BYTES).unwrap_or(4).clamp(1, 4);
        let pad = usize::try_from(pad).unwrap_or(4);
        let channels = if self.indexed {
            1
        } else {
            self.space.primaries()
        };
        let exact = (self.width * channels * self.bits).div_ceil(8);
        let stride = exact.div_ceil(pad) * pad;
        match operator.whole(a::COMPRESS_MODE).unwrap_or(PLAIN) {
            PLAIN => {
                for row in data.chunks(stride).take(height) {
                    if !self.row(row, budget) {
                        return;
                    }
                }
            }
            RUN_LENGTH => self.run_length(data, stride, height, budget),
            DELTA => self.delta(data, height, budget),
            JPEG => self.jpeg(data, budget),
            _ => self.untold = true,
        }
    }

    /// Ends the image: whether it shows colour.
    pub(crate) fn end(&mut self) -> bool {
        self.ink.finish(&mut self.swath);
        self.ink.shows_colour()
    }

    /// Its mean colour, as a pattern shows from afar.
    pub(crate) fn mean(&self) -> Rgb {
        self.sums
            .map(|sum| u8::try_from(sum / self.pixels.max(1)).unwrap_or(u8::MAX))
    }

    fn run_length(&mut self, mut data: &[u8], stride: usize, height: usize, budget: &Budget) {
        // Runs may cross rows, so a row's worth is collected at a time.
        let mut row: Vec<u8> = Vec::with_capacity(stride + 128);
        for _ in 0..height {
            while row.len() < stride {
                let [control, rest @ ..] = data else {
                    self.row(&row, budget);
                    return;
                };
                data = rest;
                let control = usize::from(*control);
                if control < 128 {
                    let count = (control + 1).min(data.len());
                    row.extend_from_slice(&data[..count]);
                    data = &data[count..];
                } else if control > 128 {
                    let [value, rest @ ..] = data else { return };
                    row.resize(row.len() + 257 - control, *value);
                    data = rest;
                }
            }
            if !self.row(&row[..stride], budget) {
                return;
            }
            row.drain(..stride);
        }
    }

    fn delta(&mut self, mut data: &[u8], height: usize, budget: &Budget) {
        let mut row = Vec::new();
        for _ in 0..height {
            let [low, high, rest @ ..] = data else { return };
            let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
            rows::unpack(3, &rest[..length], &mut row);
            data = &rest[length..];
            let taken = std::mem::take(&mut row);
            let goes_on = self.row(&taken, budget);
            row = taken;
            if !goes_on {
                return;
            }
        }
    }

    fn jpeg(&mut self, data: &[u8], budget: &Budget) {
        let Some(picture) = decode_jpeg(data, budget) else {
            self.untold = true;
            return;
        };
        self.bits = 8;
        self.indexed = false;
        self.space = match picture.channels {
            3 => Space::Rgb,
            4 => Space::Cmyk,
            _ => Space::Grey,
        };
        let stride = picture.width.saturating_mul(picture.channels).max(1);
        for row in picture.samples.chunks_exact(stride) {
            if !self.row(row, budget) {
                return;
            }
        }
    }

    /// Judges a row; false once it is known.
    fn row(&mut self, row: &[u8], budget: &Budget) -> bool {
        if budget.is_short() {
            self.untold = true;
            return false;
        }
        if self.indexed || self.space == Space::Grey {
            self.indices(row);
        } else if self.bits == 8 {
            let channels = self.space.primaries();
            let plain = self.space == Space::Rgb && self.shows_source();
            for (at, pixel) in row.chunks_exact(channels).take(self.width).enumerate() {
                if plain && pixel[0] == pixel[1] && pixel[1] == pixel[2] {
                    self.count(1, [pixel[0]; 3]);
                    continue;
                }
                self.pixel(at, 1, self.space.rgb(pixel));
            }
        } else {
            self.narrow(row);
        }
        !(self.swath.next_rows(1) && {
            self.ink.set_colour();
            true
        })
    }

    fn shows_source(&self) -> bool {
        self.operation == Operation(204)
            || self.operation == Operation::default() && self.brush == [0; 3]
    }

    /// Pixels that are an index or a grey.
    fn indices(&mut self, row: &[u8]) {
        let each = 8 / self.bits;
        let most = (1usize << self.bits) - 1;
        let table: Vec<Rgb> = (0..=most)
            .map(|index| match self.indexed {
                true => self.palette.get(index).copied().unwrap_or([0; 3]),
                false => [(index * 255 / most) as u8; 3],
            })
            .collect();
        for (byte_at, byte) in row.iter().enumerate().take(self.width.div_ceil(each)) {
            let first = byte_at * each;
            let here = each.min(self.width - first);
            if matches!(byte, 0 | 0xff) {
                self.pixel(first, here, table[usize::from(*byte) & most]);
                continue;
            }
            for at in 0..here {
                let index = usize::from(*byte) >> (8 - self.bits * (at + 1)) & most;
                self.pixel(first + at, 1, table[index]);
            }
        }
    }

    /// Pixels of one or four bits a primary.
    fn narrow(&mut self, row: &[u8]) {
        let channels = self.space.primaries();
        let most = (1u32 << self.bits) - 1;
        for at in 0..self.width {
            let mut values = [0u8; 4];
            for (channel, value) in values.iter_mut().enumerate().take(channels) {
                let bit = (at * channels + channel) * self.bits;
                let byte = u32::from(row.get(bit / 8).copied().unwrap_or(0));
                let level = byte >> (8 - self.bits - bit % 8) & most;
                *value = (level * 255 / most) as u8;
            }
            self.pixel(at, 1, self.space.rgb(&values));
        }
    }

    fn pixel(&mut self, at: usize, count: usize, source: Rgb) {
        let seen = self.operation.on_paper(self.brush, source);
        self.count(count, seen);
        self.swath.add(at, count, seen);
    }

    fn count(&mut self, count: usize, rgb: Rgb) {
        for (sum, value) in self.sums.iter_mut().zip(rgb) {
            *sum += u64::from(value) * count as u64;
        }
        self.pixels += count as u64;
    }
}
