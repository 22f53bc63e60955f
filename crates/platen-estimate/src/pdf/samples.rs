//! Samples of a picture turned into colours, row by row.
//! *Source*: ISO 32000-1, section 8.9.5.2.

use super::function::read_bits;
use super::image::View;
use super::mask::{Mask, Masking};
use super::rows::Rows;
use super::space::Space;
use crate::dots::{Dots, has_chroma};
use crate::limits::Budget;
use std::ops::Range;

/// Colours met before that are remembered.
const REMEMBERED: usize = 1 << 10;
/// More components than this no picture has. *Source*: ISO 32000-1, annex C.
const MAX_COMPONENTS: usize = 32;

/// How samples are stored, rows padded to bytes.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) bits: u32,
    pub(super) components: usize,
}

impl Layout {
    /// Bytes of a row.
    pub(super) fn row_bytes(self) -> usize {
        self.width
            .saturating_mul(self.components)
            .saturating_mul(self.bits as usize)
            .div_ceil(8)
    }
}

/// What samples mean.
pub(super) struct Meaning<'s> {
    pub(super) layout: Layout,
    pub(super) space: &'s Space,
    pub(super) decode: Option<Vec<[f64; 2]>>,
}

/// The largest chroma that shows in a picture, or one that is enough; none when
/// its mask, which is read once there is something to hide, can't be read, or
/// when there is no time to look.
pub(super) fn largest_chroma(
    rows: &mut Rows<'_>,
    meaning: Meaning<'_>,
    masking: impl Fn() -> Masking,
    view: View,
    budget: &Budget,
) -> Option<f64> {
    let Meaning {
        layout,
        space,
        decode,
    } = meaning;
    let Layout { components, .. } = layout;
    if components == 0 || components > MAX_COMPONENTS || layout.row_bytes() == 0 {
        return Some(0.0);
    }
    let plain = decode.is_none() && matches!(space, Space::Rgb) && layout.bits == 8;
    let mut reader = Reader::new(layout, space, decode);
    if reader
        .table
        .as_ref()
        .is_some_and(|table| !has_chroma(table.as_flattened()))
    {
        return Some(0.0);
    }
    let (columns, lines) = (
        part(view.across, layout.width),
        part(view.down, layout.height),
    );
    let drawn = |points: f64, seen: &Range<usize>, all: usize| {
        points * seen.len() as f64 / all.max(1) as f64
    };
    let mut dots = Dots::new(
        (columns.len(), lines.len()),
        (
            drawn(view.drawn_pt.0, &columns, layout.width),
            drawn(view.drawn_pt.1, &lines, layout.height),
        ),
    );
    let mut known = None;
    let mut mixed = Vec::new();
    for line in 0..lines.end {
        let Some(row) = rows.next() else {
            break;
        };
        budget.check().ok()?;
        if line < lines.start {
            continue;
        }
        let rgb = if plain { row } else { reader.row(row) };
        let end = rgb.len().min(columns.end * 3);
        let seen = rgb.get(columns.start * 3..end).unwrap_or_default();
        if known.is_none() && has_chroma(seen) {
            known = Some(masking());
        }
        match &known {
            Some(Masking::Unreadable) => return None,
            Some(Masking::By(mask)) => {
                mix(seen, mask, (columns.start, line), layout, &mut mixed);
                dots.rgb_row(&mixed);
            }
            Some(Masking::Nothing) | None => dots.rgb_row(seen),
        }
        if dots.exceeds(view.enough) {
            break;
        }
    }
    Some(dots.finish())
}

/// The samples that lie within a part of the picture.
fn part([from, to]: [f64; 2], samples: usize) -> Range<usize> {
    let count = samples as f64;
    let end = ((to * count).ceil() as usize).min(samples);
    ((from * count).floor() as usize).min(end)..end
}

/// Lays colours over paper; over any other grey their chroma is the same.
fn mix(
    rgb: &[u8],
    mask: &Mask,
    (column, line): (usize, usize),
    layout: Layout,
    mixed: &mut Vec<u8>,
) {
    mixed.clear();
    let down = (line as f64 + 0.5) / layout.height as f64;
    for (at, colour) in rgb.as_chunks::<3>().0.iter().enumerate() {
        let across = ((column + at) as f64 + 0.5) / layout.width as f64;
        let opacity = u16::from(mask.opacity(across, down));
        mixed.extend(colour.map(|value| (255 - (255 - u16::from(value)) * opacity / 255) as u8));
    }
}

/// Turns rows of samples into rows of red, green and blue.
struct Reader<'s> {
    layout: Layout,
    space: &'s Space,
    decode: Vec<[f64; 2]>,
    high: f64,
    /// The colours of all samples, where there are few.
    table: Option<Vec<[u8; 3]>>,
    /// Colours of samples of up to four bytes, found by a mixture of these.
    remembered: Vec<(u32, [u8; 3])>,
    /// The last row and its colours: paper is white for many rows.
    last: Vec<u8>,
    rgb: Vec<u8>,
}

impl<'s> Reader<'s> {
    fn new(layout: Layout, space: &'s Space, decode: Option<Vec<[f64; 2]>>) -> Self {
        let Layout {
            bits, components, ..
        } = layout;
        let high = ((1u64 << bits) - 1) as f64;
        let decode = decode
            .filter(|decode| decode.len() >= components)
            .unwrap_or_else(|| space.default_decode(high));
        let mut reader = Self {
            layout,
            space,
            decode,
            high,
            table: None,
            remembered: Vec::new(),
            last: Vec::new(),
            rgb: Vec::new(),
        };
        if components == 1 && bits <= 8 {
            let values = 0..1u64 << bits;
            reader.table = Some(values.map(|value| reader.colour(&[value])).collect());
        } else if bits == 8 && components <= 4 {
            // No sample's mixture leads to a slot that holds another's number.
            reader.remembered = vec![(0, reader.colour(&[0; 4][..components])); REMEMBERED];
        }
        reader
    }

    fn row(&mut self, row: &[u8]) -> &[u8] {
        if self.last == row {
            return &self.rgb;
        }
        self.last.clear();
        self.last.extend_from_slice(row);
        let mut rgb = std::mem::take(&mut self.rgb);
        rgb.clear();
        self.convert(row, &mut rgb);
        self.rgb = rgb;
        &self.rgb
    }

    fn convert(&mut self, row: &[u8], rgb: &mut Vec<u8>) {
        let Layout {
            width,
            bits,
            components,
            ..
        } = self.layout;
        if let Some(table) = &self.table {
            let per_byte = 8 / bits as usize;
            let mask = ((1u16 << bits) - 1) as u8;
            let colours = row.iter().flat_map(|byte| {
                (1..=per_byte).map(move |place| byte >> (8 - place * bits as usize) & mask)
            });
            for value in colours.take(width) {
                rgb.extend_from_slice(&table[usize::from(value)]);
            }
        } else if bits == 8 && components <= 4 {
            for sample in row.chunks_exact(components).take(width) {
                rgb.extend_from_slice(&self.remembered_colour(sample));
            }
        } else {
            let mut raw = [0; MAX_COMPONENTS];
            for column in 0..width {
                for (at, value) in raw.iter_mut().enumerate().take(components) {
                    let first_bit = (column * components + at) * bits as usize;
                    *value = read_bits(row, first_bit, bits);
                }
                rgb.extend_from_slice(&self.colour(&raw[..components]));
            }
        }
    }

    fn remembered_colour(&mut self, sample: &[u8]) -> [u8; 3] {
        let key = sample
            .iter()
            .fold(0u32, |key, byte| key << 8 | u32::from(*byte));
        let slot = (key.wrapping_mul(0x9e37_79b1) >> 22) as usize;
        let (known, colour) = self.remembered[slot];
        if known == key {
            return colour;
        }
        let mut raw = [0; 4];
        for (value, byte) in raw.iter_mut().zip(sample) {
            *value = u64::from(*byte);
        }
        let colour = self.colour(&raw[..sample.len()]);
        self.remembered[slot] = (key, colour);
        colour
    }

    fn colour(&self, raw: &[u64]) -> [u8; 3] {
        let mut values = [0.0; MAX_COMPONENTS];
        for ((value, raw), [low, high]) in values.iter_mut().zip(raw).zip(&self.decode) {
            *value = low + *raw as f64 / self.high * (high - low);
        }
        // A float is converted to a byte with saturation.
        self.space
            .rgb(&values[..raw.len()])
            .map(|value| (value * 255.0).round() as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use std::rc::Rc;

    const VIEW: View = View {
        drawn_pt: (200.0, 200.0),
        across: [0.0, 1.0],
        down: [0.0, 1.0],
        enough: 100.0,
    };

    #[track_caller]
    fn chroma_of(data: &[u8], layout: Layout, space: &Space, expected: f64) {
        let budget = Budget::start(&Limits::default());
        let mut rows = Rows::of(data, layout.row_bytes());
        let meaning = Meaning {
            layout,
            space,
            decode: None,
        };
        let chroma = largest_chroma(&mut rows, meaning, || Masking::Nothing, VIEW, &budget);
        assert_eq!(chroma, Some(expected));
    }

    fn layout(width: usize, bits: u32, components: usize) -> Layout {
        Layout {
            width,
            height: 1,
            bits,
            components,
        }
    }

    #[test]
    fn samples_of_every_width_are_read() {
        let palette = Space::Indexed(Rc::new(vec![[0.0; 3], [0.0; 3], [1.0, 0.0, 0.0]]));
        chroma_of(&[0b0001_1000], layout(4, 2, 1), &palette, 255.0);
        chroma_of(&[0b0001_0010], layout(2, 4, 1), &palette, 255.0);
        chroma_of(&[0, 1, 2], layout(3, 8, 1), &palette, 255.0);
        // The padding is no sample.
        chroma_of(&[0b0001_0110], layout(3, 2, 1), &palette, 0.0);
        chroma_of(
            &[255, 255, 0, 0, 0, 0],
            layout(1, 16, 3),
            &Space::Rgb,
            255.0,
        );
        chroma_of(
            &[0, 0, 0, 0, 0, 255, 0, 0],
            layout(2, 8, 4),
            &Space::Cmyk,
            255.0,
        );
        chroma_of(
            &[0, 0, 0, 9, 9, 9, 9, 0],
            layout(2, 8, 4),
            &Space::Cmyk,
            0.0,
        );
    }

    #[test]
    fn a_palette_without_colour_needs_no_look_at_the_samples() {
        let palette = Space::Indexed(Rc::new(vec![[0.2; 3], [0.9; 3]]));
        let budget = Budget::start(&Limits::default());
        let mut none = Rows::of(&[][..], 1);
        let meaning = Meaning {
            layout: layout(4, 2, 1),
            space: &palette,
            decode: None,
        };
        let chroma = largest_chroma(&mut none, meaning, || Masking::Nothing, VIEW, &budget);
        assert_eq!(chroma, Some(0.0));
    }
}
