//! Device-independent bitmaps.
//!
//! *Source*: MS-WMF, sections 2.2.2.9 (DeviceIndependentBitmap), 2.2.2.3
//! (BitmapInfoHeader), 3.1.6 (run-length encoding).

use super::bytes::Bytes;
use super::object::Colour;
use crate::canvas::{Picture, Shrinker};
use crate::limits::Budget;

/// A bitmap: its header with palette, and its samples.
#[derive(Clone, Copy)]
pub(super) struct Bitmap<'d> {
    pub(super) header: &'d [u8],
    pub(super) bits: &'d [u8],
    /// What the palette holds instead of colours.
    pub(super) usage: u32,
}

/// The part of a bitmap that is drawn: columns and rows from the top, on how
/// many dots.
#[derive(Clone, Copy)]
pub(super) struct View {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
    /// `y` counts from the bottom.
    pub(super) from_bottom: bool,
    pub(super) dots: (f64, f64),
}

/// What the fourth byte of a sample means.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Fourth {
    Nothing,
    /// Opacity, multiplied into the others.
    Opacity,
    /// Opacity, not multiplied in.
    Plain,
}

/// Colours that a bitmap takes from the playback state.
#[derive(Clone, Copy)]
pub(super) struct Context<'c> {
    pub(super) palette: &'c [Colour],
    /// For monochrome bitmaps without palette: of zeros and of ones.
    pub(super) two: [Colour; 2],
}

/// The numbers of the header.
struct Info {
    width: usize,
    height: usize,
    upwards: bool,
    bits: u16,
    compression: u32,
    masks: [u32; 3],
    palette: Vec<Colour>,
}

impl Bitmap<'_> {
    /// How many columns and rows it has.
    pub(super) fn size(&self) -> Option<(i32, i32)> {
        let header = Bytes(self.header);
        if header.u32(0)? == 12 {
            return Some((header.u16(4)?.into(), header.u16(6)?.into()));
        }
        Some((header.i32(4)?, header.i32(8)?.checked_abs()?))
    }

    /// Decodes what is drawn of it; none when it can't be read.
    pub(super) fn decode(
        &self,
        view: View,
        fourth: Fourth,
        context: Context<'_>,
        budget: &Budget,
    ) -> Option<Picture> {
        let info = self.info(context)?;
        if matches!(info.compression, 4 | 5) {
            return Picture::decode(self.bits, view.dots, budget);
        }
        let runs = match info.compression {
            1 => Some(info.unpack(self.bits, 8, budget)?),
            2 => Some(info.unpack(self.bits, 4, budget)?),
            0 | 3 => None,
            _ => return None,
        };
        let stride = match runs {
            Some(_) => info.width,
            None => info.width.checked_mul(usize::from(info.bits))?.div_ceil(32) * 4,
        };
        let samples = runs.as_deref().unwrap_or(self.bits);
        let bits = if runs.is_some() { 8 } else { info.bits };
        let (columns, rows) = info.visible(view)?;
        let size = |range: &std::ops::Range<usize>| u32::try_from(range.len()).ok();
        let mut shrinker = Shrinker::new((size(&columns)?, size(&rows)?), view.dots)?;
        let reader = RowReader {
            bits,
            masks: info.masks.map(Channel::of),
            palette: &info.palette,
            fourth,
        };
        for row in rows {
            budget.check().ok()?;
            let line = if info.upwards {
                info.height - 1 - row
            } else {
                row
            };
            let from = line.checked_mul(stride)?;
            let Some(line) = samples.get(from..from.checked_add(stride)?) else {
                // Missing rows are see-through.
                shrinker.row(std::iter::repeat_n([0; 4], columns.len()));
                continue;
            };
            shrinker.row(columns.clone().map(|column| reader.sample(line, column)));
        }
        shrinker.finish(None)
    }

    fn info(&self, context: Context<'_>) -> Option<Info> {
        let header = Bytes(self.header);
        let length = header.size(0)?;
        let (width, height) = self.size()?;
        let core = length == 12;
        if width <= 0 || height <= 0 || (!core && length < 40) {
            return None;
        }
        let bits = if core {
            header.u16(10)?
        } else {
            header.u16(14)?
        };
        let compression = if core { 0 } else { header.u32(16)? };
        let masks = match (compression, bits) {
            (3, _) => [header.u32(40)?, header.u32(44)?, header.u32(48)?],
            (_, 16) => [0x7c00, 0x03e0, 0x001f],
            _ => [0xff_0000, 0xff00, 0xff],
        };
        let after_masks = if compression == 3 && length == 40 {
            12
        } else {
            0
        };
        let colours = self.palette(bits, core, length.checked_add(after_masks)?, context);
        Some(Info {
            width: usize::try_from(width).ok()?,
            height: usize::try_from(height).ok()?,
            upwards: core || header.i32(8)? > 0,
            bits,
            compression,
            masks,
            palette: colours,
        })
    }

    fn palette(&self, bits: u16, core: bool, at: usize, context: Context<'_>) -> Vec<Colour> {
        if bits > 8 {
            return Vec::new();
        }
        let count = 1_usize << bits;
        let Some(entries) = self.header.get(at..) else {
            return context.two.to_vec();
        };
        match self.usage {
            1 => entries
                .chunks_exact(2)
                .take(count)
                .map(|entry| {
                    let number = usize::from(u16::from_le_bytes([entry[0], entry[1]]));
                    context.palette.get(number).copied().unwrap_or([0; 3])
                })
                .collect(),
            2 if bits == 1 => context.two.to_vec(),
            2 => context.palette.to_vec(),
            _ => entries
                .chunks_exact(if core { 3 } else { 4 })
                .take(count)
                .map(|entry| [entry[2], entry[1], entry[0]])
                .collect(),
        }
    }
}

impl Info {
    /// The columns and rows, from the top, that are within the bitmap.
    fn visible(&self, view: View) -> Option<(std::ops::Range<usize>, std::ops::Range<usize>)> {
        let range = |from: i32, length: i32, whole: usize| {
            let whole = i64::try_from(whole).ok()?;
            let (from, to) = (i64::from(from), i64::from(from) + i64::from(length));
            let from = usize::try_from(from.clamp(0, whole)).ok()?;
            let to = usize::try_from(to.clamp(0, whole)).ok()?;
            (from < to).then_some(from..to)
        };
        let columns = range(view.x, view.width, self.width)?;
        let rows = range(view.y, view.height, self.height)?;
        let rows = if view.from_bottom {
            self.height - rows.end..self.height - rows.start
        } else {
            rows
        };
        Some((columns, rows))
    }

    /// Run lengths of 8 or 4 bits as a byte for each sample.
    fn unpack(&self, data: &[u8], bits: u8, budget: &Budget) -> Option<Vec<u8>> {
        let size = self.width.checked_mul(self.height)?;
        if size > budget.inflated_bytes {
            return None;
        }
        let mut out = vec![0; size];
        let (mut x, mut y) = (0, 0);
        let mut put = |x: &mut usize, y: usize, value: u8| {
            if *x < self.width
                && let Some(place) = out.get_mut(y * self.width + *x)
            {
                *place = value;
            }
            *x += 1;
        };
        let part = |byte: u8, at: usize| match (bits, at % 2) {
            (8, _) => byte,
            (_, 0) => byte >> 4,
            (_, _) => byte & 0xf,
        };
        let mut bytes = data.iter().copied();
        while y < self.height {
            budget.step().ok()?;
            let (Some(count), Some(value)) = (bytes.next(), bytes.next()) else {
                break;
            };
            match (count, value) {
                (0, 0) => (x, y) = (0, y + 1),
                (0, 1) => break,
                (0, 2) => {
                    x += usize::from(bytes.next().unwrap_or(0));
                    y += usize::from(bytes.next().unwrap_or(0));
                }
                (0, count) => {
                    let count = usize::from(count);
                    let length = if bits == 8 { count } else { count.div_ceil(2) };
                    let run: Vec<u8> = bytes.by_ref().take(length).collect();
                    for at in 0..count {
                        let byte = run.get(if bits == 8 { at } else { at / 2 });
                        put(&mut x, y, part(byte.copied().unwrap_or(0), at));
                    }
                    if length % 2 == 1 {
                        bytes.next();
                    }
                }
                (count, value) => {
                    for at in 0..usize::from(count) {
                        put(&mut x, y, part(value, at));
                    }
                }
            }
        }
        Some(out)
    }
}

/// Where a channel stands within a sample.
#[derive(Clone, Copy)]
struct Channel {
    shift: u32,
    most: u32,
}

impl Channel {
    fn of(mask: u32) -> Self {
        let shift = mask.trailing_zeros().min(31);
        Self {
            shift,
            most: mask >> shift,
        }
    }

    fn of_sample(self, sample: u32) -> u8 {
        if self.most == 0 {
            return 0;
        }
        let value = u64::from((sample >> self.shift) & self.most) * 255 / u64::from(self.most);
        value.min(255) as u8
    }
}

/// Reads samples out of rows.
struct RowReader<'p> {
    bits: u16,
    masks: [Channel; 3],
    palette: &'p [Colour],
    fourth: Fourth,
}

impl RowReader<'_> {
    fn sample(&self, line: &[u8], column: usize) -> [u8; 4] {
        let byte = |at: usize| line.get(at).copied().unwrap_or(0);
        let indexed = |index: u8| {
            let [r, g, b] = self
                .palette
                .get(usize::from(index))
                .copied()
                .unwrap_or([0; 3]);
            [r, g, b, 255]
        };
        let masked = |sample: u32| {
            let [r, g, b] = self.masks.map(|channel| channel.of_sample(sample));
            [r, g, b]
        };
        match self.bits {
            1 => indexed((byte(column / 8) >> (7 - column % 8)) & 1),
            4 => indexed((byte(column / 2) >> (4 - column % 2 * 4)) & 0xf),
            8 => indexed(byte(column)),
            16 => {
                let sample = u16::from_le_bytes([byte(column * 2), byte(column * 2 + 1)]);
                let [r, g, b] = masked(sample.into());
                [r, g, b, 255]
            }
            24 => {
                let at = column * 3;
                [byte(at + 2), byte(at + 1), byte(at), 255]
            }
            32 => {
                let at = column * 4;
                let bytes = [byte(at), byte(at + 1), byte(at + 2), byte(at + 3)];
                let [r, g, b] = masked(u32::from_le_bytes(bytes));
                if self.fourth == Fourth::Nothing {
                    return [r, g, b, 255];
                }
                if self.fourth == Fourth::Plain {
                    return [r, g, b, bytes[3]];
                }
                // Taken out again, as the shrinker multiplies it in.
                let opacity = bytes[3];
                let plain = |value: u8| {
                    let value = u16::from(value) * 255 / u16::from(opacity.max(1));
                    value.min(255) as u8
                };
                [plain(r), plain(g), plain(b), opacity]
            }
            _ => [0; 4],
        }
    }
}
