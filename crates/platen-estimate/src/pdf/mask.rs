//! Masks of pictures: how opaque each sample is.
//! *Source*: ISO 32000-1, sections 8.9.6 and 11.6.5.3.

use super::function::read_bits;
use super::image::MAX_SIDE;
use super::stream;
use crate::bitmap::decode_jpeg;
use crate::limits::Budget;
use hayro_syntax::Filter;
use hayro_syntax::object::{Array, Dict, Stream};

/// The mask of a picture, of a size of its own.
pub(super) struct Mask {
    width: usize,
    height: usize,
    bits: u32,
    row_bytes: usize,
    /// The opacity of each sample value; 8 bits of it are enough.
    opacity: Vec<u8>,
    data: Vec<u8>,
}

/// What masks a picture.
pub(super) enum Masking {
    Nothing,
    By(Mask),
    /// A mask that can't be read, or a range of colours.
    Unreadable,
}

impl Masking {
    pub(super) fn of(picture: &Dict<'_>, budget: &Budget) -> Self {
        let (mask, soft) = match picture.get::<Stream<'_>>("SMask") {
            Some(mask) => (Some(mask), true),
            None => (picture.get::<Stream<'_>>("Mask"), false),
        };
        match mask {
            Some(mask) => Mask::read(&mask, soft, budget).map_or(Self::Unreadable, Self::By),
            None if picture.contains_key("Mask") => Self::Unreadable,
            None => Self::Nothing,
        }
    }
}

impl Mask {
    fn read(mask: &Stream<'_>, soft: bool, budget: &Budget) -> Option<Self> {
        let dict = mask.dict();
        // Colours mixed beforehand would have to be unmixed.
        if dict.contains_key("Matte") {
            return None;
        }
        let side = |key: &str| {
            dict.get::<u32>(key)
                .filter(|side| (1..=MAX_SIDE).contains(side))
        };
        let (mut width, mut height) = (side("Width")? as usize, side("Height")? as usize);
        let mut bits = if soft {
            dict.get::<u32>("BitsPerComponent")
                .filter(|bits| matches!(bits, 1 | 2 | 4 | 8))?
        } else {
            1
        };
        let data = match mask.filters().as_slice() {
            [Filter::DctDecode] => {
                let decoded = decode_jpeg(&mask.raw_data(), budget)?;
                if decoded.channels != 1 {
                    return None;
                }
                (width, height, bits) = (decoded.width, decoded.height, 8);
                decoded.samples
            }
            filters if filters.iter().any(|filter| is_picture(*filter)) => return None,
            _ => stream::decode(mask, budget)?,
        };
        let reversed = dict
            .get::<Array<'_>>("Decode")
            .and_then(|decode| decode.iter::<f64>().next())
            .is_some_and(|first| first > 0.5);
        let high = (1u32 << bits) - 1;
        // A stencil's ones are left out; a soft mask's are opaque.
        let opacity = (0..=high)
            .map(|value| (value * 255 / high) as u8)
            .map(|value| if reversed == soft { 255 - value } else { value })
            .collect();
        let row_bytes = (width * bits as usize).div_ceil(8);
        Some(Self {
            width,
            height,
            bits,
            row_bytes,
            opacity,
            data,
        })
    }

    /// How opaque the sample is that lies that far across and down.
    /// *Units*: 1/255.
    pub(super) fn opacity(&self, across: f64, down: f64) -> u8 {
        let column = ((across * self.width as f64) as usize).min(self.width - 1);
        let row = ((down * self.height as f64) as usize).min(self.height - 1);
        let start = row * self.row_bytes;
        let value = match self.bits {
            8 => self.data.get(start + column).copied().unwrap_or(0),
            bits => {
                let row = self.data.get(start..).unwrap_or_default();
                read_bits(row, column * bits as usize, bits) as u8
            }
        };
        self.opacity.get(usize::from(value)).copied().unwrap_or(0)
    }
}

fn is_picture(filter: Filter) -> bool {
    matches!(
        filter,
        Filter::DctDecode | Filter::JpxDecode | Filter::CcittFaxDecode | Filter::Jbig2Decode
    )
}
