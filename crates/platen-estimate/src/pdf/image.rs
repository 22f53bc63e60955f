//! Pictures: their samples, seen at the size at which colour shows.
//! *Source*: ISO 32000-1, section 8.9.

use super::mask::Masking;
use super::rows::Rows;
use super::samples::{self, Layout, Meaning};
use super::space::Space;
use super::stream;
use crate::bitmap::decode_jpeg;
use crate::colour::{VISIBLE_CHROMA, chroma};
use crate::jpeg::{self, Glance};
use crate::limits::Budget;
use hayro_syntax::Filter;
use hayro_syntax::object::{Array, Dict, Stream};

/// Larger pictures are not unpacked.
pub(super) const MAX_SIDE: u32 = 1 << 16;

/// How large a picture is drawn, and when to stop looking at it.
#[derive(Clone, Copy)]
pub(super) struct View {
    /// *Units*: points.
    pub(super) drawn_pt: (f64, f64),
    /// The part of it that is seen, from left to right and from top to bottom;
    /// from 0 to 1.
    pub(super) across: [f64; 2],
    pub(super) down: [f64; 2],
    /// More chroma than this need not be looked for.
    pub(super) enough: f64,
}

impl View {
    fn is_whole(&self) -> bool {
        self.across == [0.0, 1.0] && self.down == [0.0, 1.0]
    }
}

/// The largest chroma that shows, or one that is enough; none when the samples
/// can't be read.
pub(super) fn largest_chroma(
    picture: &Stream<'_>,
    space: Option<&Space>,
    view: View,
    budget: &Budget,
) -> Option<f64> {
    if space.is_some_and(Space::is_neutral) {
        return Some(0.0);
    }
    let dict = picture.dict();
    let mask = || Masking::of(dict, budget);
    match picture.filters().last() {
        Some(Filter::JpxDecode) => jpx_chroma(&picture.raw_data(), space),
        Some(Filter::DctDecode) => {
            if picture.filters().len() > 1 {
                return None;
            }
            let data = picture.raw_data();
            // What does not begin as one is drawn by nobody.
            if crate::detect::find(&data[..data.len().min(1024)], &[0xff, 0xd8]).is_none() {
                return Some(0.0);
            }
            if decode_array(dict).is_none() && matches!(space, None | Some(Space::Rgb)) {
                let bare = !dict.contains_key("SMask") && !dict.contains_key("Mask");
                match jpeg::glance(&data, view.drawn_pt, view.enough, budget) {
                    Glance::Grey => return Some(0.0),
                    Glance::Colour if bare && view.is_whole() => return Some(255.0),
                    Glance::Colour | Glance::Unclear => {}
                }
            }
            let decoded = decode_jpeg(&data, budget)?;
            let layout = Layout {
                width: decoded.width,
                height: decoded.height,
                bits: 8,
                components: decoded.channels,
            };
            let own = match decoded.channels {
                1 => Space::Gray,
                4 => Space::Cmyk,
                _ => Space::Rgb,
            };
            let space = space.filter(|space| space.components() == decoded.channels);
            let mut rows = Rows::of(decoded.samples, layout.row_bytes());
            let meaning = Meaning {
                layout,
                space: space.unwrap_or(&own),
                decode: decode_array(dict),
            };
            samples::largest_chroma(&mut rows, meaning, mask, view, budget)
        }
        // Two colours, if they are there.
        Some(Filter::CcittFaxDecode | Filter::Jbig2Decode) => {
            let space = space?;
            let both = [[0.0], [1.0]].map(|value| chroma(space.rgb(&value)));
            (both[0].max(both[1]) <= VISIBLE_CHROMA).then_some(0.0)
        }
        _ => {
            let space = space?;
            let side = |long: &str, short: &str| {
                dict.get::<u32>(long)
                    .or_else(|| dict.get::<u32>(short))
                    .filter(|side| (1..=MAX_SIDE).contains(side))
            };
            let layout = Layout {
                width: side("Width", "W")? as usize,
                height: side("Height", "H")? as usize,
                bits: dict
                    .get::<u32>("BitsPerComponent")
                    .or_else(|| dict.get::<u32>("BPC"))
                    .filter(|bits| matches!(bits, 1 | 2 | 4 | 8 | 16))
                    .unwrap_or(8),
                components: space.components(),
            };
            let raw = picture.raw_data();
            let mut rows = Rows::decode(picture, &raw, layout.row_bytes(), budget)?;
            let meaning = Meaning {
                layout,
                space,
                decode: decode_array(dict),
            };
            samples::largest_chroma(&mut rows, meaning, mask, view, budget)
        }
    }
}

/// Whether unpacking the picture might exceed the limit, so that it must not be
/// left to anyone else.
pub(super) fn may_be_too_large(picture: &Stream<'_>, budget: &Budget) -> bool {
    let dict = picture.dict();
    let side = |key: &str| dict.get::<u32>(key).map_or(0, |side| side as usize);
    let samples = side("Width").saturating_mul(side("Height"));
    // Deflate makes data 1,032 times smaller at best; samples take four bytes.
    let packed = picture.filters().contains(&Filter::FlateDecode)
        && picture.raw_data().len().saturating_mul(1032) > budget.inflated_bytes
        && stream::decode(picture, budget).is_none();
    samples.saturating_mul(4) > budget.inflated_bytes || packed
}

fn decode_array(dict: &Dict<'_>) -> Option<Vec<[f64; 2]>> {
    let list = dict
        .get::<Array<'_>>("Decode")
        .or_else(|| dict.get::<Array<'_>>("D"))?;
    let values: Vec<f64> = list.iter::<f64>().take(64).collect();
    Some(
        values
            .chunks_exact(2)
            .map(|pair| [pair[0], pair[1]])
            .collect(),
    )
}

/// JPEG 2000 is not decoded: one component is grey, more can't be told.
/// *Source*: ISO 15444-1, section A.5.1 (SIZ: 38 bytes before Csiz).
fn jpx_chroma(data: &[u8], space: Option<&Space>) -> Option<f64> {
    if space.is_some() {
        return None;
    }
    let at = crate::detect::find(data, &[0xff, 0x4f, 0xff, 0x51])?;
    let components = data.get(at + 40..at + 42)?;
    (u16::from_be_bytes([components[0], components[1]]) <= 2).then_some(0.0)
}
