//! A glance at a JPEG: whether it is grey or colour, mostly without decoding it.
//!
//! A block's first coefficient is its mean. The means of the blocks are the
//! picture at an eighth of its size, which is about what is looked at anyhow;
//! most colour pictures show colour in their first rows, and the rest is then
//! not read. The other coefficients bound how far a sample can be from the
//! mean: where all of chroma stays near grey, the picture is grey. What is
//! neither is decoded in full elsewhere.
//! *Source*: ITU-T T.81, annexes A, B, F and G; T.871 for the colours.

mod huffman;
mod scan;

use crate::limits::Budget;
use huffman::Table;
use scan::Scan;

/// What a glance shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Glance {
    /// No sample has more than negligible chroma.
    Grey,
    /// It is certain to show colour.
    Colour,
    /// It takes a full decoding to tell.
    Unclear,
}

/// How a component is stored.
#[derive(Clone, Copy)]
struct Component {
    id: u8,
    /// Blocks of a unit, across and down.
    blocks: (usize, usize),
    quantiser: usize,
}

/// The picture as its frame header declares it.
struct Frame {
    progressive: bool,
    size: (usize, usize),
    components: Vec<Component>,
}

/// What the segments before a scan define.
#[derive(Default)]
struct Tables {
    quantisers: [Option<[u16; 64]>; 4],
    /// For the first coefficients, and for the others.
    first: [Option<Table>; 4],
    others: [Option<Table>; 4],
    restart_interval: usize,
    /// The colours are not stored as they are, says Adobe's segment.
    transform: Option<u8>,
}

/// Looks at a picture drawn `drawn_pt` large, of which chroma above `enough`
/// is certain to show.
pub(crate) fn glance(
    document: &[u8],
    drawn_pt: (f64, f64),
    enough: f64,
    budget: &Budget,
) -> Glance {
    try_glance(document, drawn_pt, enough, budget).unwrap_or(Glance::Unclear)
}

fn try_glance(
    document: &[u8],
    drawn_pt: (f64, f64),
    enough: f64,
    budget: &Budget,
) -> Option<Glance> {
    let mut tables = Tables::default();
    let mut frame = None;
    let mut rest = document.strip_prefix(&[0xff, 0xd8])?;
    let header = loop {
        let (marker, segment, after) = segment(rest)?;
        rest = after;
        match marker {
            0xc0..=0xc2 => frame = Some(read_frame(segment, marker == 0xc2)?),
            0xc4 => tables.read_huffman(segment)?,
            // Lossless, hierarchical or arithmetic coding, or the end.
            0xc3 | 0xc5..=0xcf | 0xd9 => return None,
            0xdb => tables.read_quantisers(segment)?,
            0xdd => {
                let [high, low] = *segment.first_chunk()?;
                tables.restart_interval = usize::from(u16::from_be_bytes([high, low]));
            }
            0xda => break segment,
            0xee if segment.starts_with(b"Adobe") => {
                tables.transform = segment.get(11).copied();
            }
            _ => {}
        }
        if let Some(Frame { components, .. }) = &frame
            && components.len() == 1
        {
            return Some(Glance::Grey);
        }
    };
    let frame = frame?;
    let luma_and_chroma = match tables.transform {
        Some(transform) => transform == 1,
        None => !frame.components.iter().map(|c| c.id).eq(*b"RGB"),
    };
    if frame.components.len() != 3 || !luma_and_chroma {
        return None;
    }
    Scan::new(&frame, &tables, header, rest)?.look(drawn_pt, enough, budget)
}

/// A marker, its segment's content, and what follows.
fn segment(data: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let at = data.iter().position(|byte| *byte != 0xff)?;
    let marker = *data.get(at).filter(|_| at > 0)?;
    if matches!(marker, 0x01 | 0xd0..=0xd9) {
        return Some((marker, &[], &data[at + 1..]));
    }
    let length = data.get(at + 1..at + 3)?;
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    let content = data.get(at + 3..at + 1 + length)?;
    Some((marker, content, &data[at + 1 + length..]))
}

/// *Source*: T.81, section B.2.2.
fn read_frame(segment: &[u8], progressive: bool) -> Option<Frame> {
    let [bits, h1, h0, w1, w0, count] = *segment.first_chunk()?;
    let height = usize::from(u16::from_be_bytes([h1, h0]));
    let width = usize::from(u16::from_be_bytes([w1, w0]));
    let specified = segment[6..].as_chunks::<3>().0;
    if bits != 8 || width == 0 || height == 0 || specified.len() != usize::from(count) {
        return None;
    }
    let components = specified
        .iter()
        .map(|[id, sampling, quantiser]| {
            let blocks = (usize::from(sampling >> 4), usize::from(sampling & 15));
            let sound = (1..=4).contains(&blocks.0) && (1..=4).contains(&blocks.1);
            sound.then_some(Component {
                id: *id,
                blocks,
                quantiser: usize::from(*quantiser & 3),
            })
        })
        .collect::<Option<_>>()?;
    Some(Frame {
        progressive,
        size: (width, height),
        components,
    })
}

impl Tables {
    /// *Source*: T.81, section B.2.4.1. The order is that of the coefficients.
    fn read_quantisers(&mut self, segment: &[u8]) -> Option<()> {
        let mut rest = segment;
        while let Some((kind, values)) = rest.split_first() {
            let wide = kind >> 4 != 0;
            let length = if wide { 128 } else { 64 };
            let stored = values.get(..length)?;
            let mut table = [0; 64];
            for (at, value) in table.iter_mut().enumerate() {
                *value = if wide {
                    u16::from_be_bytes([stored[2 * at], stored[2 * at + 1]])
                } else {
                    u16::from(stored[at])
                };
            }
            self.quantisers[usize::from(kind & 3)] = Some(table);
            rest = &values[length..];
        }
        Some(())
    }

    /// *Source*: T.81, section B.2.4.2.
    fn read_huffman(&mut self, segment: &[u8]) -> Option<()> {
        let mut rest = segment;
        while let Some((kind, values)) = rest.split_first() {
            let (counts, symbols) = values.split_first_chunk::<16>()?;
            let total = counts.iter().map(|count| usize::from(*count)).sum();
            let table = Table::new(counts, symbols.get(..total)?)?;
            let tables = match kind >> 4 {
                0 => &mut self.first,
                1 => &mut self.others,
                _ => return None,
            };
            tables[usize::from(kind & 3)] = Some(table);
            rest = &symbols[total..];
        }
        Some(())
    }
}

#[cfg(test)]
mod tests;
