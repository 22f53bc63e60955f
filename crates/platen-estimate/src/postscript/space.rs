//! Colour spaces, and the colours that their values stand for.
//! *Source*: PLRM, section 4.8.

use super::cie::Cie;
use super::interpreter::Interpreter;
use super::object::{Done, Error, Fail, Object, Slice, Value};
use crate::colour::{Rgb, rgb_from_cmyk};
use std::rc::Rc;

/// Bases and alternates nest; deeper than this none is read.
const MAX_DEPTH: usize = 5;
/// Colorants of one space.
pub(super) const MAX_INKS: usize = 32;

/// A colour space.
#[derive(Clone)]
pub(super) enum Space {
    Gray,
    Rgb,
    Cmyk,
    Cie(Rc<Cie>),
    /// A palette: the colours themselves.
    Indexed(Rc<Vec<Rgb>>),
    /// Inks through a procedure.
    Tint(Rc<Tint>),
    /// Patterns, with the space of uncoloured ones.
    Pattern(Option<Rc<Space>>),
}

/// Separation and DeviceN.
pub(super) struct Tint {
    inks: usize,
    /// All inks are `None`: nothing is painted.
    invisible: bool,
    alternate: Space,
    procedure: Object,
}

impl Space {
    pub(super) fn components(&self) -> usize {
        match self {
            Self::Gray | Self::Indexed(_) => 1,
            Self::Rgb => 3,
            Self::Cmyk => 4,
            Self::Cie(cie) => cie.components(),
            Self::Tint(tint) => tint.inks,
            Self::Pattern(base) => base.as_ref().map_or(0, |base| base.components()),
        }
    }

    /// Whether no value of it has colour.
    pub(super) fn is_neutral(&self) -> bool {
        match self {
            Self::Gray => true,
            Self::Cie(cie) => cie.components() == 1,
            Self::Indexed(palette) => palette
                .iter()
                .all(|rgb| crate::colour::chroma(*rgb) <= crate::colour::VISIBLE_CHROMA),
            Self::Tint(tint) => tint.invisible,
            _ => false,
        }
    }

    /// The colour that the space begins with. *Source*: PLRM, section 4.8.
    pub(super) fn initial(&self) -> [f64; 8] {
        let mut values = [0.0; 8];
        match self {
            Self::Cmyk => values[3] = 1.0,
            Self::Tint(_) => values = [1.0; 8],
            _ => {}
        }
        values
    }

    /// The range that image samples span. *Source*: PLRM, table 4.10.
    pub(super) fn default_decode(&self, bits: u32) -> Vec<f64> {
        match self {
            Self::Indexed(_) => vec![0.0, f64::from((1u32 << bits.min(16)) - 1)],
            Self::Cie(cie) => cie.ranges(),
            _ => [0.0, 1.0].repeat(self.components()),
        }
    }

    pub(super) fn roots(&self, roots: &mut Vec<Object>) {
        match self {
            Self::Tint(tint) => {
                roots.push(tint.procedure);
                tint.alternate.roots(roots);
            }
            Self::Cie(cie) => cie.roots(roots),
            Self::Pattern(Some(base)) => base.roots(roots),
            _ => {}
        }
    }
}

impl Interpreter<'_> {
    /// Reads a colour space.
    pub(super) fn space_of(&mut self, object: Object) -> Done<Space> {
        self.space_at(object, 0)
    }

    fn space_at(&mut self, object: Object, depth: usize) -> Done<Space> {
        if depth > MAX_DEPTH {
            return Err(Error::RangeCheck.into());
        }
        let (family, items) = match object.value {
            Value::Name(name) => (name, None),
            Value::Array(items) => match self.memory.array(items).first().map(|i| i.value) {
                Some(Value::Name(name)) => (name, Some(items)),
                _ => return Err(Error::TypeCheck.into()),
            },
            _ => return Err(Error::TypeCheck.into()),
        };
        let family = self.names.text(family).to_vec();
        Ok(match family.as_slice() {
            b"DeviceGray" | b"CalGray" | b"G" => Space::Gray,
            b"DeviceRGB" | b"CalRGB" | b"RGB" => Space::Rgb,
            b"DeviceCMYK" | b"CMYK" => Space::Cmyk,
            b"Pattern" => match items.and_then(|items| self.item(items, 1)) {
                Some(base) => Space::Pattern(Some(Rc::new(self.space_at(base, depth + 1)?))),
                None => Space::Pattern(None),
            },
            b"Indexed" => self.indexed(items.ok_or(Error::TypeCheck)?, depth)?,
            b"Separation" | b"DeviceN" => self.tint(items.ok_or(Error::TypeCheck)?, depth)?,
            b"ICCBased" => {
                let dict = self.dict_item(items.ok_or(Error::TypeCheck)?, 1)?;
                match self.int_entry(dict, "N") {
                    Some(1) => Space::Gray,
                    Some(4) => Space::Cmyk,
                    _ => Space::Rgb,
                }
            }
            b"CIEBasedA" | b"CIEBasedABC" | b"CIEBasedDEF" | b"CIEBasedDEFG" => {
                let dict = self.dict_item(items.ok_or(Error::TypeCheck)?, 1)?;
                Space::Cie(Rc::new(Cie::read(self, &family, dict)?))
            }
            _ => match self.find_instance("ColorSpace", object) {
                Some(found) if items.is_none() => self.space_at(found, depth + 1)?,
                _ => return Err(Error::Undefined.into()),
            },
        })
    }

    fn item(&self, items: Slice, at: usize) -> Option<Object> {
        self.memory.array(items).get(at).copied()
    }

    fn dict_item(&self, items: Slice, at: usize) -> Done<u32> {
        match self.item(items, at).map(|item| item.value) {
            Some(Value::Dict(dict)) => Ok(dict),
            _ => Err(Error::TypeCheck.into()),
        }
    }

    fn indexed(&mut self, items: Slice, depth: usize) -> Done<Space> {
        let base = self.item(items, 1).ok_or(Error::RangeCheck)?;
        let base = self.space_at(base, depth + 1)?;
        let Some(Value::Int(high)) = self.item(items, 2).map(|item| item.value) else {
            return Err(Error::TypeCheck.into());
        };
        let high = usize::try_from(high)?;
        if high > 4095 {
            return Err(Error::RangeCheck.into());
        }
        let lookup = self.item(items, 3).ok_or(Error::RangeCheck)?;
        let width = base.components();
        let ranges = base.default_decode(8);
        let mut palette = Vec::with_capacity(high + 1);
        for index in 0..=high {
            let values: Vec<f64> = match lookup.value {
                Value::String(text) => {
                    let bytes = self.memory.string(text);
                    let entry = bytes.get(index * width..(index + 1) * width);
                    let entry = entry.unwrap_or_default().iter();
                    entry
                        .zip(ranges.chunks_exact(2))
                        .map(|(byte, range)| {
                            range[0] + f64::from(*byte) / 255.0 * (range[1] - range[0])
                        })
                        .collect()
                }
                _ => {
                    self.push(Object::count(index))?;
                    self.call(lookup)?;
                    let mut values = Vec::new();
                    for _ in 0..width {
                        values.push(self.pop_number()?);
                    }
                    values.reverse();
                    values
                }
            };
            if values.len() == width {
                palette.push(self.rgb(&base, &values)?.unwrap_or([0.0; 3]));
            } else {
                palette.push([0.0; 3]);
            }
        }
        Ok(Space::Indexed(Rc::new(palette)))
    }

    fn tint(&mut self, items: Slice, depth: usize) -> Done<Space> {
        let (Some(inks), Some(alternate), Some(procedure)) = (
            self.item(items, 1),
            self.item(items, 2),
            self.item(items, 3),
        ) else {
            return Err(Error::RangeCheck.into());
        };
        let inks = match inks.value {
            Value::Array(inks) => self.memory.array(inks).to_vec(),
            _ => vec![inks],
        };
        if inks.is_empty() || inks.len() > MAX_INKS {
            return Err(Error::LimitCheck.into());
        }
        let invisible = inks.iter().all(|ink| match ink.value {
            Value::Name(name) => self.names.text(name) == b"None",
            Value::String(text) => self.memory.string(text) == b"None",
            _ => false,
        });
        Ok(Space::Tint(Rc::new(Tint {
            inks: inks.len(),
            invisible,
            alternate: self.space_at(alternate, depth + 1)?,
            procedure: Object {
                runs: true,
                ..procedure
            },
        })))
    }

    /// The colour of a value; none when it can't be told.
    pub(super) fn rgb(&mut self, space: &Space, values: &[f64]) -> Done<Option<Rgb>> {
        let value = |at: usize| values.get(at).copied().unwrap_or(0.0);
        Ok(Some(match space {
            Space::Gray => [value(0); 3],
            Space::Rgb => [value(0), value(1), value(2)],
            Space::Cmyk => rgb_from_cmyk([value(0), value(1), value(2), value(3)]),
            Space::Indexed(palette) => {
                let at = value(0).round().max(0.0) as usize;
                palette
                    .get(at.min(palette.len().saturating_sub(1)))
                    .copied()
                    .unwrap_or([0.0; 3])
            }
            Space::Pattern(Some(base)) => return self.rgb(base, values),
            Space::Pattern(None) => return Ok(None),
            Space::Cie(cie) => return Cie::rgb(cie, self, values),
            Space::Tint(tint) if tint.invisible => [1.0; 3],
            Space::Tint(tint) => {
                let mut inputs: Vec<f64> = values.to_vec();
                inputs.resize(tint.inks, 0.0);
                let count = tint.alternate.components();
                let Some(outputs) = self.compute(tint.procedure, &inputs, count)? else {
                    return Ok(None);
                };
                return self.rgb(&tint.alternate, &outputs);
            }
        }))
    }

    /// Runs a procedure from numbers to numbers; none when it fails.
    pub(super) fn compute(
        &mut self,
        procedure: Object,
        inputs: &[f64],
        count: usize,
    ) -> Done<Option<Vec<f64>>> {
        let before = self.operands.len();
        for input in inputs {
            self.push(Object::real(*input))?;
        }
        let result = self.call(procedure).and_then(|()| {
            let mut outputs = Vec::with_capacity(count);
            for _ in 0..count {
                outputs.push(self.pop_number()?);
            }
            outputs.reverse();
            Ok(outputs)
        });
        self.operands.set_len(before);
        match result {
            Ok(outputs) => Ok(Some(outputs)),
            Err(Fail::Stop | Fail::Error(_)) => Ok(None),
            Err(fail) => Err(fail),
        }
    }
}
