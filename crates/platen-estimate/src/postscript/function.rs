//! Functions in dictionaries, as shadings have them. *Source*: PLRM, section 3.10.

use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Value};

/// Functions within functions.
const MAX_DEPTH: usize = 6;
/// The most values of a sampled function.
const MAX_SAMPLES: usize = 1 << 22;

/// A function that can be computed.
pub(super) enum Function {
    Sampled {
        domain: Vec<f64>,
        sizes: Vec<usize>,
        outputs: usize,
        bits: u32,
        decode: Vec<f64>,
        data: Vec<u8>,
    },
    Exponential {
        c0: Vec<f64>,
        c1: Vec<f64>,
        exponent: f64,
    },
    Stitched {
        domain: Vec<f64>,
        bounds: Vec<f64>,
        encode: Vec<f64>,
        parts: Vec<Function>,
    },
    /// A procedure.
    Program(Object),
    /// Several of one output each.
    Several(Vec<Function>),
}

impl Interpreter<'_> {
    /// Reads a function, or an array of them.
    pub(super) fn function_of(&mut self, object: Object) -> Done<Function> {
        self.function_at(object, 0)
    }

    fn function_at(&mut self, object: Object, depth: usize) -> Done<Function> {
        if depth > MAX_DEPTH {
            return Err(Error::RangeCheck.into());
        }
        let dict = match object.value {
            Value::Array(_) if object.runs => return Ok(Function::Program(object)),
            Value::Array(items) => {
                let items = self.memory.array(items).to_vec();
                let parts = items.into_iter().take(super::space::MAX_INKS);
                let parts = parts.map(|item| self.function_at(item, depth + 1));
                return Ok(Function::Several(parts.collect::<Done<_>>()?));
            }
            Value::Dict(dict) => dict,
            _ => return Err(Error::TypeCheck.into()),
        };
        let domain = self.numbers_entry(dict, "Domain").unwrap_or(vec![0.0, 1.0]);
        match self.int_entry(dict, "FunctionType") {
            Some(0) => self.sampled(dict, domain),
            Some(2) => Ok(Function::Exponential {
                c0: self.numbers_entry(dict, "C0").unwrap_or(vec![0.0]),
                c1: self.numbers_entry(dict, "C1").unwrap_or(vec![1.0]),
                exponent: self
                    .entry(dict, "N")
                    .and_then(Object::number)
                    .unwrap_or(1.0),
            }),
            Some(3) => {
                let parts = self.entry(dict, "Functions").ok_or(Error::Undefined)?;
                let Function::Several(parts) = self.function_at(parts, depth + 1)? else {
                    return Err(Error::TypeCheck.into());
                };
                Ok(Function::Stitched {
                    domain,
                    bounds: self.numbers_entry(dict, "Bounds").unwrap_or_default(),
                    encode: self.numbers_entry(dict, "Encode").unwrap_or_default(),
                    parts,
                })
            }
            Some(4) => {
                let program = self.entry(dict, "Function").ok_or(Error::Undefined)?;
                self.function_at(program, depth + 1)
            }
            _ => Err(Error::RangeCheck.into()),
        }
    }

    fn sampled(&mut self, dict: u32, domain: Vec<f64>) -> Done<Function> {
        let sizes = self.numbers_entry(dict, "Size").ok_or(Error::Undefined)?;
        let sizes: Vec<usize> = sizes.iter().map(|size| size.max(1.0) as usize).collect();
        let range = self.numbers_entry(dict, "Range").ok_or(Error::Undefined)?;
        let outputs = range.len() / 2;
        let bits = self.int_entry(dict, "BitsPerSample").unwrap_or(8);
        if !matches!(bits, 1 | 2 | 4 | 8 | 12 | 16 | 24 | 32) || sizes.is_empty() {
            return Err(Error::RangeCheck.into());
        }
        let bits = bits.unsigned_abs();
        let count = sizes
            .iter()
            .try_fold(outputs.max(1), |total, size| total.checked_mul(*size))
            .filter(|count| *count <= MAX_SAMPLES)
            .ok_or(Error::LimitCheck)?;
        let source = self.entry(dict, "DataSource").ok_or(Error::Undefined)?;
        let source = self.source_file(source)?;
        let data = self.read(source, (count * bits as usize).div_ceil(8))?;
        Ok(Function::Sampled {
            domain,
            sizes,
            outputs,
            bits,
            decode: self.numbers_entry(dict, "Decode").unwrap_or(range),
            data,
        })
    }

    /// The value of a function; none when a procedure in it fails.
    pub(super) fn value(
        &mut self,
        function: &Function,
        inputs: &[f64],
        outputs: usize,
    ) -> Done<Option<Vec<f64>>> {
        self.tick()?;
        Ok(Some(match function {
            Function::Program(program) => return self.compute(*program, inputs, outputs),
            Function::Several(parts) => {
                let mut values = Vec::with_capacity(parts.len());
                for part in parts {
                    let Some(value) = self.value(part, inputs, 1)? else {
                        return Ok(None);
                    };
                    values.extend(value.first());
                }
                values
            }
            Function::Exponential { c0, c1, exponent } => {
                let x = inputs.first().copied().unwrap_or(0.0).powf(*exponent);
                c0.iter().zip(c1).map(|(a, b)| a + x * (b - a)).collect()
            }
            Function::Stitched {
                domain,
                bounds,
                encode,
                parts,
            } => {
                let (low, high) = (
                    domain.first().copied().unwrap_or(0.0),
                    domain.get(1).copied().unwrap_or(1.0),
                );
                let x = inputs
                    .first()
                    .copied()
                    .unwrap_or(0.0)
                    .clamp(low, high.max(low));
                let at = bounds.iter().take_while(|bound| x >= **bound).count();
                let at = at.min(parts.len().saturating_sub(1));
                let Some(part) = parts.get(at) else {
                    return Ok(None);
                };
                let from = at
                    .checked_sub(1)
                    .and_then(|at| bounds.get(at))
                    .unwrap_or(&low);
                let to = bounds.get(at).unwrap_or(&high);
                let share = if to > from {
                    (x - from) / (to - from)
                } else {
                    0.0
                };
                let (start, end) = (
                    encode.get(2 * at).copied().unwrap_or(0.0),
                    encode.get(2 * at + 1).copied().unwrap_or(1.0),
                );
                return self.value(part, &[start + share * (end - start)], outputs);
            }
            Function::Sampled {
                domain,
                sizes,
                outputs,
                bits,
                decode,
                data,
            } => nearest(domain, sizes, *outputs, *bits, decode, data, inputs),
        }))
    }
}

/// The sample nearest to the inputs.
fn nearest(
    domain: &[f64],
    sizes: &[usize],
    outputs: usize,
    bits: u32,
    decode: &[f64],
    data: &[u8],
    inputs: &[f64],
) -> Vec<f64> {
    let mut index = 0;
    let mut stride = 1;
    for (at, size) in sizes.iter().enumerate() {
        let (low, high) = (
            domain.get(2 * at).copied().unwrap_or(0.0),
            domain.get(2 * at + 1).copied().unwrap_or(1.0),
        );
        let x = inputs.get(at).copied().unwrap_or(low);
        let share = if high > low {
            (x - low) / (high - low)
        } else {
            0.0
        };
        let place = (share.clamp(0.0, 1.0) * (size - 1) as f64).round() as usize;
        index += place.min(size - 1) * stride;
        stride *= size;
    }
    let most = 2f64.powi(i32::try_from(bits).unwrap_or(8)) - 1.0;
    (0..outputs)
        .map(|at| {
            let raw = read_bits(data, (index * outputs + at) * bits as usize, bits);
            let (low, high) = (
                decode.get(2 * at).copied().unwrap_or(0.0),
                decode.get(2 * at + 1).copied().unwrap_or(1.0),
            );
            low + f64::from(raw) / most * (high - low)
        })
        .collect()
}

/// Bits from a place on, as a number; zero beyond the end.
pub(super) fn read_bits(data: &[u8], from: usize, count: u32) -> u32 {
    let mut value = 0u64;
    for bit in from..from + count as usize {
        let byte = data.get(bit / 8).copied().unwrap_or(0);
        value = value << 1 | u64::from(byte >> (7 - bit % 8) & 1);
    }
    u32::try_from(value).unwrap_or(u32::MAX)
}
