//! Shadings: whether a gradient passes through colour.
//! *Source*: ISO 32000-1, section 8.7.4.5.

use super::function::read_bits;
use super::function::{Function, pairs};
use super::space::Space;
use super::stream;
use crate::colour::{VISIBLE_CHROMA, chroma};
use crate::limits::Budget;
use hayro_syntax::object::{Dict, Object, Stream};

/// Points looked at along a gradient.
const SAMPLES: usize = 48;
/// Vertices looked at in a mesh.
const VERTICES: usize = 4096;

/// The least chroma that is certain to show somewhere and the largest that may;
/// none when they can't be told.
pub(super) fn chroma_range(
    dict: &Dict<'_>,
    body: Option<&Stream<'_>>,
    space: &Space,
    budget: &Budget,
) -> Option<[f64; 2]> {
    if space.is_neutral() {
        return Some([0.0; 2]);
    }
    let kind = dict.get::<i32>("ShadingType")?;
    match dict.get::<Object<'_>>("Function") {
        Some(function) => {
            let function = Function::parse(&function, budget)?;
            let [least, most] = along(&function, space, kind == 1, pairs(dict, "Domain"));
            // Only one that goes on at both ends is seen wherever it is drawn.
            let everywhere = dict.get::<[bool; 2]>("Extend") == Some([true; 2]);
            Some([if everywhere { least } else { 0.0 }, most])
        }
        None => Some([0.0, mesh(dict, body?, space, kind, budget)?]),
    }
}

fn along(function: &Function, space: &Space, two: bool, domain: Option<Vec<[f64; 2]>>) -> [f64; 2] {
    let domain = domain.unwrap_or_else(|| function.domain().to_vec());
    let at = |axis: usize, step: usize, steps: usize| {
        let [low, high] = domain.get(axis).copied().unwrap_or([0.0, 1.0]);
        low + (high - low) * step as f64 / steps as f64
    };
    let colour = |inputs: &[f64]| chroma(space.rgb(&function.value(inputs)));
    if two {
        let grid = 12;
        (0..=grid)
            .flat_map(|x| (0..=grid).map(move |y| (x, y)))
            .map(|(x, y)| colour(&[at(0, x, grid), at(1, y, grid)]))
            .fold(NOTHING, widen)
    } else {
        (0..=SAMPLES)
            .map(|step| colour(&[at(0, step, SAMPLES)]))
            .fold(NOTHING, widen)
    }
}

const NOTHING: [f64; 2] = [f64::INFINITY, 0.0];

fn widen([least, most]: [f64; 2], chroma: f64) -> [f64; 2] {
    [least.min(chroma), most.max(chroma)]
}

/// Colours at the vertices of types 4 to 7; positions are skipped.
fn mesh(
    dict: &Dict<'_>,
    body: &Stream<'_>,
    space: &Space,
    kind: i32,
    budget: &Budget,
) -> Option<f64> {
    let bits = |key: &str| dict.get::<u32>(key).filter(|bits| (1..=32).contains(bits));
    let (coordinate, component) = (
        bits("BitsPerCoordinate")? as usize,
        bits("BitsPerComponent")?,
    );
    let flag = if kind == 5 {
        0
    } else {
        bits("BitsPerFlag")? as usize
    };
    let decode = pairs(dict, "Decode")?;
    let decode = decode.get(2..)?;
    let colours = space.components();
    let data = stream::decode(body, budget)?;
    let colour_bits = colours * component as usize;
    let mut largest: f64 = 0.0;
    let mut bit = 0;
    for _ in 0..VERTICES {
        // A new patch has all its corners; continued ones reuse an edge.
        let (points, corners) = match (kind, read_bits(&data, bit, flag as u32)) {
            (6, 0) => (12, 4),
            (6, _) => (8, 2),
            (7, 0) => (16, 4),
            (7, _) => (12, 2),
            _ => (1, 1),
        };
        let first = bit + flag + points * 2 * coordinate;
        let end = first + corners * colour_bits;
        if end > data.len() * 8 || largest > VISIBLE_CHROMA {
            break;
        }
        for corner in 0..corners {
            let values: Vec<f64> = (0..colours)
                .map(|at| {
                    let at_bit = first + corner * colour_bits + at * component as usize;
                    let raw = read_bits(&data, at_bit, component) as f64;
                    let [low, high] = decode.get(at).copied().unwrap_or([0.0, 1.0]);
                    low + raw / ((1u64 << component) - 1) as f64 * (high - low)
                })
                .collect();
            largest = largest.max(chroma(space.rgb(&values)));
        }
        bit = end.next_multiple_of(8);
    }
    Some(largest)
}
