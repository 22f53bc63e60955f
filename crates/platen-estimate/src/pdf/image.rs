//! Pictures: their samples, seen at the size at which colour shows.
//! *Source*: ISO 32000-1, section 8.9.

use super::function::read_bits;
use super::space::Space;
use super::stream;
use crate::bitmap::decode_jpeg;
use crate::colour::{Dots, chroma};
use crate::limits::Budget;
use hayro_syntax::Filter;
use hayro_syntax::object::{Array, Dict, Stream};

/// Larger pictures are not unpacked.
const MAX_SIDE: u32 = 1 << 16;

/// How large a picture is drawn, and when to stop looking at it.
#[derive(Clone, Copy)]
pub(super) struct View {
    /// *Units*: points.
    pub(super) drawn_pt: (f64, f64),
    /// More chroma than this need not be looked for.
    pub(super) enough: f64,
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
    match picture.filters().last() {
        Some(Filter::JpxDecode) => jpx_chroma(&picture.raw_data(), space),
        Some(Filter::DctDecode) => {
            if picture.filters().len() > 1 {
                return None;
            }
            let decoded = decode_jpeg(&picture.raw_data(), budget)?;
            let samples = Samples {
                width: decoded.width,
                height: decoded.height,
                bits: 8,
                data: decoded.samples,
            };
            let own = match decoded.channels {
                1 => Space::Gray,
                4 => Space::Cmyk,
                _ => Space::Rgb,
            };
            let space = space.filter(|space| space.components() == decoded.channels);
            Some(samples.chroma(space.unwrap_or(&own), decode_array(dict), view, budget))
        }
        // Two colours; both are taken to be there.
        Some(Filter::CcittFaxDecode | Filter::Jbig2Decode) => {
            let space = space?;
            let both = [[0.0], [1.0]].map(|value| chroma(space.rgb(&value)));
            Some(both[0].max(both[1]))
        }
        _ => {
            let space = space?;
            let side = |long: &str, short: &str| {
                dict.get::<u32>(long)
                    .or_else(|| dict.get::<u32>(short))
                    .filter(|side| (1..=MAX_SIDE).contains(side))
            };
            let samples = Samples {
                width: side("Width", "W")? as usize,
                height: side("Height", "H")? as usize,
                bits: dict
                    .get::<u32>("BitsPerComponent")
                    .or_else(|| dict.get::<u32>("BPC"))
                    .filter(|bits| matches!(bits, 1 | 2 | 4 | 8 | 16))
                    .unwrap_or(8),
                data: stream::decode(picture, budget)?,
            };
            Some(samples.chroma(space, decode_array(dict), view, budget))
        }
    }
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

/// Unpacked samples, rows padded to bytes.
struct Samples {
    width: usize,
    height: usize,
    bits: u32,
    data: Vec<u8>,
}

impl Samples {
    fn chroma(
        &self,
        space: &Space,
        decode: Option<Vec<[f64; 2]>>,
        view: View,
        budget: &Budget,
    ) -> f64 {
        let components = space.components();
        if components == 0 {
            return 0.0;
        }
        let high = ((1u64 << self.bits) - 1) as f64;
        let plain = decode.is_none() && self.bits == 8;
        let decode = decode
            .filter(|decode| decode.len() >= components)
            .unwrap_or_else(|| space.default_decode(high));
        let mut converter = Converter {
            space,
            decode: &decode,
            high,
            last: None,
        };
        let lookup = (components == 1 && self.bits <= 8).then(|| {
            (0..=high as u16)
                .map(|value| converter.bytes(&[u64::from(value)]))
                .collect::<Vec<_>>()
        });
        let row_bytes = (self.width * components * self.bits as usize).div_ceil(8);
        let mut dots = Dots::new((self.width, self.height), view.drawn_pt);
        for row in self.data.chunks_exact(row_bytes).take(self.height) {
            match (&lookup, space) {
                (Some(table), _) if self.bits == 8 => {
                    dots.row(row.iter().map(|byte| table[usize::from(*byte)]));
                }
                (Some(table), _) => dots.row((0..self.width).map(|column| {
                    table[read_bits(row, column * self.bits as usize, self.bits) as usize]
                })),
                (None, Space::Rgb) if plain => {
                    dots.rgb_row(row);
                }
                (None, _) => dots.row((0..self.width).map(|column| {
                    let mut raw = [0; 32];
                    for (at, value) in raw.iter_mut().enumerate().take(components) {
                        let sample = column * components + at;
                        *value = if self.bits == 8 {
                            u64::from(row[sample])
                        } else {
                            read_bits(row, sample * self.bits as usize, self.bits)
                        };
                    }
                    converter.bytes(&raw[..components.min(32)])
                })),
            }
            if dots.exceeds(view.enough) || budget.check().is_err() {
                break;
            }
        }
        dots.finish()
    }
}

/// Turns raw samples into colours, remembering the last one: neighbours are
/// often alike.
struct Converter<'s> {
    space: &'s Space,
    decode: &'s [[f64; 2]],
    high: f64,
    last: Option<(Vec<u64>, [u8; 3])>,
}

impl Converter<'_> {
    fn bytes(&mut self, raw: &[u64]) -> [u8; 3] {
        if let Some((last, bytes)) = &self.last
            && last == raw
        {
            return *bytes;
        }
        let values: Vec<f64> = raw
            .iter()
            .zip(self.decode)
            .map(|(raw, [low, high])| low + *raw as f64 / self.high * (high - low))
            .collect();
        // A float is converted to a byte with saturation.
        let bytes = self
            .space
            .rgb(&values)
            .map(|value| (value * 255.0).round() as u8);
        self.last = Some((raw.to_vec(), bytes));
        bytes
    }
}
