//! The first scan of a frame, in which all of the components' means stand.
//! *Source*: T.81, annexes A.2, F.2 and G.2.

use super::huffman::{Bits, Table};
use super::{Component, Frame, Glance, Tables};
use crate::colour::NEGLIGIBLE_CHROMA;
use crate::dots::Dots;
use crate::limits::Budget;

/// What decoding may add to the chroma that the means have: samples out of range
/// are cut, and the colours of samples are not those of their mean.
const DOUBT: f64 = 24.0;
/// What rounding adds.
const ROUNDING: f64 = 2.0;

/// A component in this scan.
struct Part<'t> {
    blocks: usize,
    quantiser: &'t [u16; 64],
    first: &'t Table,
    /// Not in a progressive frame, whose first scan has the means alone.
    others: Option<&'t Table>,
    last: i32,
}

/// What a unit's blocks of one component hold.
#[derive(Clone, Copy, Default)]
struct Unit {
    /// *Units*: samples, zero in the middle.
    mean: f64,
    /// How far a sample can be from zero.
    reach: f64,
}

/// A scan of all components.
pub(super) struct Scan<'d> {
    bits: Bits<'d>,
    parts: Vec<Part<'d>>,
    units: (usize, usize),
    restart_interval: usize,
    /// The means are stored without their lowest bits.
    shift: u8,
    progressive: bool,
}

impl<'d> Scan<'d> {
    /// None where it isn't one of all components, chroma in single blocks.
    pub(super) fn new(
        frame: &Frame,
        tables: &'d Tables,
        header: &[u8],
        data: &'d [u8],
    ) -> Option<Self> {
        let (count, rest) = header.split_first()?;
        let (chosen, ends) = rest.split_at_checked(usize::from(*count) * 2)?;
        let [first, last, approximation] = *ends.first_chunk()?;
        let chosen = chosen.as_chunks::<2>().0;
        let whole = chosen.len() == frame.components.len()
            && first == 0
            && approximation >> 4 == 0
            && (frame.progressive == (last == 0));
        if !whole {
            return None;
        }
        let part = |(component, [id, place]): (&Component, &[u8; 2])| {
            let table = |tables: &'d [Option<Table>; 4], place: u8| {
                tables.get(usize::from(place))?.as_ref()
            };
            let others = table(&tables.others, place & 15);
            (component.id == *id && (frame.progressive || others.is_some())).then_some(Part {
                blocks: component.blocks.0 * component.blocks.1,
                quantiser: tables.quantisers[component.quantiser].as_ref()?,
                first: table(&tables.first, place >> 4)?,
                others: others.filter(|_| !frame.progressive),
                last: 0,
            })
        };
        let parts: Vec<_> = frame
            .components
            .iter()
            .zip(chosen)
            .map(part)
            .collect::<Option<_>>()?;
        if parts.iter().skip(1).any(|part| part.blocks != 1) {
            return None;
        }
        let (across, down) = frame.components.first()?.blocks;
        Some(Self {
            bits: Bits::new(data),
            parts,
            units: (
                frame.size.0.div_ceil(8 * across),
                frame.size.1.div_ceil(8 * down),
            ),
            restart_interval: tables.restart_interval,
            shift: approximation & 15,
            progressive: frame.progressive,
        })
    }

    /// Looks at the means from top to bottom until they show colour.
    pub(super) fn look(
        mut self,
        drawn_pt: (f64, f64),
        enough: f64,
        budget: &Budget,
    ) -> Option<Glance> {
        let mut dots = Dots::new(self.units, drawn_pt);
        let mut row = Vec::with_capacity(self.units.0);
        let mut largest: f64 = 0.0;
        let mut done = 0;
        for _ in 0..self.units.1 {
            budget.check().ok()?;
            row.clear();
            for _ in 0..self.units.0 {
                if self.restart_interval > 0 && done > 0 && done % self.restart_interval == 0 {
                    self.bits.restart()?;
                    self.parts.iter_mut().for_each(|part| part.last = 0);
                }
                done += 1;
                let [luma, blue, red] = self.unit()?;
                largest = largest.max(most_chroma(blue.reach, red.reach));
                row.push(rgb(luma.mean + 128.0, blue.mean, red.mean));
            }
            if self.bits.exhausted() {
                return None;
            }
            dots.rgb_row(row.as_flattened());
            if dots.exceeds(enough + DOUBT) {
                return Some(Glance::Colour);
            }
        }
        let grey = !self.progressive && largest + ROUNDING <= NEGLIGIBLE_CHROMA;
        Some(if grey { Glance::Grey } else { Glance::Unclear })
    }

    fn unit(&mut self) -> Option<[Unit; 3]> {
        let mut units = [Unit::default(); 3];
        for (at, (part, unit)) in self.parts.iter_mut().zip(&mut units).enumerate() {
            let (mut sum, mut reach) = (0, 0);
            for _ in 0..part.blocks {
                let size = self.bits.symbol(part.first)?;
                part.last = part.last.checked_add(self.bits.value(size))?;
                sum += i64::from(part.last) << self.shift;
                if let Some(others) = part.others {
                    reach += others_of_block(&mut self.bits, others, part.quantiser, at > 0)?;
                }
            }
            // A mean is eight times as large among the coefficients, the others
            // at most four times.
            let mean = sum as f64 * f64::from(part.quantiser[0]) / 8.0;
            unit.mean = mean / part.blocks as f64;
            unit.reach = mean.abs() + reach as f64 / 4.0;
        }
        Some(units)
    }
}

/// Reads a block's other coefficients; the sum of their amounts if `wanted`.
fn others_of_block(
    bits: &mut Bits<'_>,
    table: &Table,
    quantiser: &[u16; 64],
    wanted: bool,
) -> Option<i64> {
    let mut sum = 0;
    let mut at = 1;
    while at < 64 {
        let symbol = bits.symbol(table)?;
        let (zeroes, size) = (usize::from(symbol >> 4), symbol & 15);
        if size == 0 {
            if zeroes < 15 {
                break;
            }
            at += 16;
            continue;
        }
        at += zeroes;
        if wanted {
            let amount = bits.value(size).unsigned_abs();
            sum += i64::from(amount) * i64::from(*quantiser.get(at)?);
        } else {
            bits.skip_value(size);
        }
        at += 1;
    }
    Some(sum)
}

/// The colour of a sample. *Source*: T.871, section 7.
fn rgb(luma: f64, blue: f64, red: f64) -> [u8; 3] {
    // A float is converted to a byte with saturation.
    [
        luma + 1.402 * red,
        luma - 0.344_136 * blue - 0.714_136 * red,
        luma + 1.772 * blue,
    ]
    .map(|value| value.round() as u8)
}

/// The most that the colours of samples can be apart whose chroma components
/// are no farther from the middle than these.
fn most_chroma(blue: f64, red: f64) -> f64 {
    let red_to_green = 2.116_136 * red + 0.344_136 * blue;
    let blue_to_green = 2.116_136 * blue + 0.714_136 * red;
    let red_to_blue = 1.402 * red + 1.772 * blue;
    red_to_green.max(blue_to_green).max(red_to_blue)
}
