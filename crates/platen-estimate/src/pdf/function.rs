//! PDF functions: how tints and shadings become colours.
//! *Source*: ISO 32000-1, section 7.10.

use super::calculator::{self, Program};
use super::stream;
use crate::limits::Budget;
use hayro_syntax::object::dict_or_stream;
use hayro_syntax::object::{Array, Dict, Object, Stream};

/// Stitching functions nest; deeper than this none is read.
const MAX_DEPTH: usize = 8;
/// The most inputs or outputs that are looked at.
const MAX_ARITY: usize = 32;

/// A function from numbers to numbers.
pub(super) struct Function {
    domain: Vec<[f64; 2]>,
    range: Vec<[f64; 2]>,
    kind: Kind,
}

enum Kind {
    Sampled(Sampled),
    Exponential {
        c0: Vec<f64>,
        c1: Vec<f64>,
        n: f64,
    },
    Stitching {
        parts: Vec<Function>,
        bounds: Vec<f64>,
        encode: Vec<[f64; 2]>,
    },
    Calculator(Program),
    Several(Vec<Function>),
}

struct Sampled {
    sizes: Vec<usize>,
    encode: Vec<[f64; 2]>,
    decode: Vec<[f64; 2]>,
    outputs: usize,
    /// Each from 0 to 1.
    samples: Vec<f32>,
}

impl Function {
    /// Reads a function, or an array of functions with one output each.
    pub(super) fn parse(object: &Object<'_>, budget: &Budget) -> Option<Self> {
        Self::parse_at(object, budget, 0)
    }

    fn parse_at(object: &Object<'_>, budget: &Budget, depth: usize) -> Option<Self> {
        if depth > MAX_DEPTH {
            return None;
        }
        if let Object::Array(list) = object {
            let parts: Option<Vec<_>> = list
                .iter::<Object<'_>>()
                .take(MAX_ARITY)
                .map(|part| Self::parse_at(&part, budget, depth + 1))
                .collect();
            let parts = parts.filter(|parts| !parts.is_empty())?;
            return Some(Self {
                domain: parts[0].domain.clone(),
                range: Vec::new(),
                kind: Kind::Several(parts),
            });
        }
        let (dict, body) = dict_or_stream(object)?;
        let domain = pairs(dict, "Domain").filter(|domain| !domain.is_empty())?;
        let range = pairs(dict, "Range").unwrap_or_default();
        let kind = match dict.get::<i32>("FunctionType")? {
            0 => Kind::Sampled(Sampled::parse(dict, body?, &domain, &range, budget)?),
            2 => Kind::Exponential {
                c0: numbers(dict, "C0").unwrap_or_else(|| vec![0.0]),
                c1: numbers(dict, "C1").unwrap_or_else(|| vec![1.0]),
                n: dict.get::<f64>("N")?,
            },
            3 => {
                let parts: Option<Vec<_>> = dict
                    .get::<Array<'_>>("Functions")?
                    .iter::<Object<'_>>()
                    .take(256)
                    .map(|part| Self::parse_at(&part, budget, depth + 1))
                    .collect();
                Kind::Stitching {
                    parts: parts.filter(|parts| !parts.is_empty())?,
                    bounds: numbers(dict, "Bounds").unwrap_or_default(),
                    encode: pairs(dict, "Encode").unwrap_or_default(),
                }
            }
            4 => {
                let source = stream::decode(body?, budget)?;
                if calculator::nests_too_deep(&source) {
                    budget.forbid_drawing();
                    return None;
                }
                Kind::Calculator(Program::parse(&source)?)
            }
            _ => return None,
        };
        Some(Self {
            domain,
            range,
            kind,
        })
    }

    /// The values that the function is defined on.
    pub(super) fn domain(&self) -> &[[f64; 2]] {
        &self.domain
    }

    /// The function's value, clipped to its range.
    pub(super) fn value(&self, inputs: &[f64]) -> Vec<f64> {
        let inputs: Vec<f64> = inputs
            .iter()
            .zip(&self.domain)
            .map(|(input, domain)| clip(*input, *domain))
            .collect();
        let mut outputs = match &self.kind {
            Kind::Sampled(sampled) => sampled.value(&inputs, &self.domain),
            Kind::Exponential { c0, c1, n } => {
                let power = inputs.first().copied().unwrap_or(0.0).powf(*n);
                c0.iter()
                    .zip(c1)
                    .map(|(from, to)| from + power * (to - from))
                    .collect()
            }
            Kind::Stitching {
                parts,
                bounds,
                encode,
            } => self.stitch(
                inputs.first().copied().unwrap_or(0.0),
                parts,
                bounds,
                encode,
            ),
            Kind::Calculator(program) => program.run(&inputs).unwrap_or_default(),
            Kind::Several(parts) => parts
                .iter()
                .map(|part| part.value(&inputs).first().copied().unwrap_or(0.0))
                .collect(),
        };
        for (output, range) in outputs.iter_mut().zip(&self.range) {
            *output = clip(*output, *range);
        }
        outputs
    }

    fn stitch(&self, x: f64, parts: &[Self], bounds: &[f64], encode: &[[f64; 2]]) -> Vec<f64> {
        let at = bounds
            .iter()
            .take(parts.len() - 1)
            .filter(|bound| x >= **bound)
            .count();
        let low = if at == 0 {
            self.domain[0][0]
        } else {
            bounds[at - 1]
        };
        let high = bounds.get(at).copied().unwrap_or(self.domain[0][1]);
        let encode = encode.get(at).copied().unwrap_or([0.0, 1.0]);
        parts[at].value(&[interpolate(x, [low, high], encode)])
    }
}

impl Sampled {
    fn parse(
        dict: &Dict<'_>,
        body: &Stream<'_>,
        domain: &[[f64; 2]],
        range: &[[f64; 2]],
        budget: &Budget,
    ) -> Option<Self> {
        let sizes: Vec<usize> = numbers(dict, "Size")?
            .iter()
            .map(|size| *size as usize)
            .collect();
        let outputs = range.len();
        if sizes.len() != domain.len() || outputs == 0 || sizes.contains(&0) {
            return None;
        }
        let total = sizes
            .iter()
            .try_fold(outputs, |total, size| total.checked_mul(*size))?;
        if total > 1 << 20 {
            return None;
        }
        let bits = dict
            .get::<u32>("BitsPerSample")
            .filter(|bits| (1..=32).contains(bits))?;
        let data = stream::decode(body, budget)?;
        let scale = ((1u64 << bits) - 1) as f64;
        let samples = (0..total)
            .map(|at| (read_bits(&data, at * bits as usize, bits) as f64 / scale) as f32)
            .collect();
        let default_encode = sizes.iter().map(|size| [0.0, (*size - 1) as f64]).collect();
        Some(Self {
            encode: pairs(dict, "Encode")
                .filter(|pairs| pairs.len() >= sizes.len())
                .unwrap_or(default_encode),
            decode: pairs(dict, "Decode")
                .filter(|pairs| pairs.len() >= outputs)
                .unwrap_or_else(|| range.to_vec()),
            sizes,
            outputs,
            samples,
        })
    }

    /// Linear along a single input; the nearest sample along several, which is
    /// close enough to tell colour from grey.
    fn value(&self, inputs: &[f64], domain: &[[f64; 2]]) -> Vec<f64> {
        let mut index = 0;
        let mut stride = 1;
        let mut rest = 0.0;
        for (at, size) in self.sizes.iter().enumerate() {
            let input = inputs.get(at).copied().unwrap_or(0.0);
            let encoded = interpolate(input, domain[at], self.encode[at]);
            let position = clip(encoded, [0.0, (*size - 1) as f64]);
            let sample = if self.sizes.len() == 1 {
                position.floor()
            } else {
                position.round()
            };
            rest = position - sample;
            index += sample as usize * stride;
            stride *= size;
        }
        let sample = |index: usize, output: usize| {
            let at = index * self.outputs + output;
            self.samples.get(at).copied().map(f64::from)
        };
        (0..self.outputs)
            .map(|output| {
                let here = sample(index, output).unwrap_or(0.0);
                let value = if rest > 0.0 {
                    here + rest * (sample(index + 1, output).unwrap_or(here) - here)
                } else {
                    here
                };
                interpolate(value, [0.0, 1.0], self.decode[output])
            })
            .collect()
    }
}

/// Big-endian bits of `data`; beyond its end they are zero.
pub(super) fn read_bits(data: &[u8], first_bit: usize, count: u32) -> u64 {
    let mut value = 0u64;
    for bit in first_bit..first_bit + count as usize {
        let byte = data.get(bit / 8).copied().unwrap_or(0);
        value = value << 1 | u64::from(byte >> (7 - bit % 8) & 1);
    }
    value
}

fn clip(value: f64, [low, high]: [f64; 2]) -> f64 {
    // `clamp` would panic on a reversed or undefined interval.
    if value.is_nan() {
        low
    } else {
        value.min(high).max(low)
    }
}

fn interpolate(x: f64, [x0, x1]: [f64; 2], [y0, y1]: [f64; 2]) -> f64 {
    if x1 == x0 {
        y0
    } else {
        y0 + (x - x0) * (y1 - y0) / (x1 - x0)
    }
}

pub(super) fn numbers(dict: &Dict<'_>, key: &str) -> Option<Vec<f64>> {
    Some(
        dict.get::<Array<'_>>(key)?
            .iter::<f64>()
            .take(512)
            .collect(),
    )
}

pub(super) fn pairs(dict: &Dict<'_>, key: &str) -> Option<Vec<[f64; 2]>> {
    Some(
        numbers(dict, key)?
            .chunks_exact(2)
            .take(MAX_ARITY)
            .map(|pair| [pair[0], pair[1]])
            .collect(),
    )
}
