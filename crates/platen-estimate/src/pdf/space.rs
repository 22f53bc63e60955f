//! Colour spaces, as far as it takes to tell colour from grey.
//! *Source*: ISO 32000-1, section 8.6.

use super::function::{Function, numbers};
use super::stream;
use crate::colour::{Rgb, VISIBLE_CHROMA, chroma, rgb_from_cmyk, rgb_from_lab};
use crate::limits::Budget;
use hayro_syntax::object::{Array, Dict, Name, Object, Stream};
use std::rc::Rc;

/// Alternates and bases nest; deeper than this none is read.
const MAX_DEPTH: usize = 6;

/// A colour space.
#[derive(Clone)]
pub(super) enum Space {
    /// One component, no colour in it.
    Gray,
    /// Red, green, blue.
    Rgb,
    /// Inks.
    Cmyk,
    /// L*a*b*, with the range of a* and b*.
    Lab([f64; 4]),
    /// A palette: the colours themselves.
    Indexed(Rc<Vec<Rgb>>),
    /// Spot inks through a function.
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
    function: Option<Function>,
}

impl Space {
    /// Reads a space; `named` looks up what a resource name stands for.
    pub(super) fn parse<'a>(
        object: &Object<'a>,
        named: &dyn Fn(&Name<'a>) -> Option<Object<'a>>,
        budget: &Budget,
    ) -> Option<Self> {
        Self::parse_at(object, named, budget, 0)
    }

    fn parse_at<'a>(
        object: &Object<'a>,
        named: &dyn Fn(&Name<'a>) -> Option<Object<'a>>,
        budget: &Budget,
        depth: usize,
    ) -> Option<Self> {
        if depth > MAX_DEPTH {
            return None;
        }
        match object {
            Object::Name(name) => device(name).or_else(|| {
                let object = named(name)?;
                Self::parse_at(&object, named, budget, depth + 1)
            }),
            Object::Array(list) => Self::parse_array(list, named, budget, depth),
            _ => None,
        }
    }

    fn parse_array<'a>(
        list: &Array<'a>,
        named: &dyn Fn(&Name<'a>) -> Option<Object<'a>>,
        budget: &Budget,
        depth: usize,
    ) -> Option<Self> {
        let mut items = list.flex_iter();
        let family = items.next::<Name<'a>>()?;
        let nested = |object: &Object<'a>| Self::parse_at(object, named, budget, depth + 1);
        match family.as_ref() {
            b"CalGray" => Some(Self::Gray),
            b"CalRGB" => Some(Self::Rgb),
            b"Lab" => {
                let dict = items.next::<Dict<'a>>()?;
                let range = numbers(&dict, "Range")
                    .and_then(|range| range.try_into().ok())
                    .unwrap_or([-100.0, 100.0, -100.0, 100.0]);
                Some(Self::Lab(range))
            }
            b"ICCBased" => {
                let profile = items.next::<Stream<'a>>()?;
                match profile.dict().get::<u8>("N") {
                    Some(1) => Some(Self::Gray),
                    Some(4) => Some(Self::Cmyk),
                    // A three-component profile may be Lab in disguise.
                    _ => match profile.dict().get::<Object<'a>>("Alternate") {
                        Some(Object::Array(alternate)) => nested(&Object::Array(alternate))
                            .filter(|space| space.components() == 3),
                        _ => None,
                    }
                    .or(Some(Self::Rgb)),
                }
            }
            b"Indexed" | b"I" => {
                let base = nested(&items.next::<Object<'a>>()?)?;
                let high = items.next::<i32>()?.clamp(0, 255) as usize;
                let table = match items.next::<Object<'a>>()? {
                    Object::String(table) => table.as_bytes().to_vec(),
                    Object::Stream(table) => stream::decode(&table, budget)?,
                    _ => return None,
                };
                Some(Self::Indexed(Rc::new(palette(&base, high, &table))))
            }
            b"Separation" | b"DeviceN" => {
                let names = match items.next::<Object<'a>>()? {
                    Object::Array(names) => names.iter::<Name<'a>>().take(32).collect(),
                    Object::Name(name) => vec![name],
                    _ => return None,
                };
                let alternate = nested(&items.next::<Object<'a>>()?)?;
                let function = items.next::<Object<'a>>();
                let black = |name: &Name<'_>| matches!(name.as_ref(), b"All" | b"Black" | b"None");
                if names.iter().all(|name| name.as_ref() != b"None") && names.iter().all(black) {
                    return (names.len() == 1).then_some(Self::Gray);
                }
                Some(Self::Tint(Rc::new(Tint {
                    inks: names.len(),
                    invisible: names.iter().all(|name| name.as_ref() == b"None"),
                    alternate,
                    function: function.and_then(|f| Function::parse(&f, budget)),
                })))
            }
            b"Pattern" => {
                let base = items.next::<Object<'a>>();
                Some(Self::Pattern(
                    base.and_then(|base| nested(&base)).map(Rc::new),
                ))
            }
            _ => device(&family),
        }
    }

    /// How many numbers make a colour.
    pub(super) fn components(&self) -> usize {
        match self {
            Self::Gray | Self::Indexed(_) => 1,
            Self::Rgb | Self::Lab(_) => 3,
            Self::Cmyk => 4,
            Self::Tint(tint) => tint.inks,
            Self::Pattern(_) => 0,
        }
    }

    /// Whether no colour of this space can have chroma.
    pub(super) fn is_neutral(&self) -> bool {
        match self {
            Self::Gray => true,
            Self::Indexed(palette) => palette.iter().all(|rgb| chroma(*rgb) <= VISIBLE_CHROMA),
            Self::Tint(tint) => tint.invisible || matches!(tint.alternate, Self::Gray),
            _ => false,
        }
    }

    /// The colour that painting starts with once the space is chosen.
    pub(super) fn initial(&self) -> Rgb {
        match self {
            Self::Tint(tint) => self.rgb(&vec![1.0; tint.inks]),
            Self::Indexed(_) => self.rgb(&[0.0]),
            _ => [0.0; 3],
        }
    }

    /// A colour; missing numbers are zero.
    pub(super) fn rgb(&self, values: &[f64]) -> Rgb {
        let value = |at: usize| values.get(at).copied().unwrap_or(0.0);
        match self {
            Self::Gray => [value(0); 3],
            Self::Rgb => [value(0), value(1), value(2)],
            Self::Cmyk => rgb_from_cmyk([value(0), value(1), value(2), value(3)]),
            Self::Lab(_) => rgb_from_lab([value(0), value(1), value(2)]),
            Self::Indexed(palette) => {
                let at = value(0).max(0.0) as usize;
                palette
                    .get(at)
                    .or(palette.last())
                    .copied()
                    .unwrap_or_default()
            }
            Self::Tint(tint) => tint.rgb(values),
            Self::Pattern(base) => base.as_ref().map_or([0.0; 3], |base| base.rgb(values)),
        }
    }

    /// What samples from 0 to `high` mean when a picture says nothing else.
    pub(super) fn default_decode(&self, high: f64) -> Vec<[f64; 2]> {
        match self {
            Self::Indexed(_) => vec![[0.0, high]],
            Self::Lab([a0, a1, b0, b1]) => vec![[0.0, 100.0], [*a0, *a1], [*b0, *b1]],
            other => vec![[0.0, 1.0]; other.components()],
        }
    }
}

impl Tint {
    fn rgb(&self, values: &[f64]) -> Rgb {
        if self.invisible {
            return [1.0; 3];
        }
        match &self.function {
            Some(function) => self.alternate.rgb(&function.value(values)),
            // Without its function a tint can't be told from colour.
            None => [1.0, 0.0, 0.0],
        }
    }
}

fn device(name: &Name<'_>) -> Option<Space> {
    match name.as_ref() {
        b"DeviceGray" | b"G" | b"CalGray" => Some(Space::Gray),
        b"DeviceRGB" | b"RGB" | b"CalRGB" => Some(Space::Rgb),
        b"DeviceCMYK" | b"CMYK" => Some(Space::Cmyk),
        b"Pattern" => Some(Space::Pattern(None)),
        _ => None,
    }
}

fn palette(base: &Space, high: usize, table: &[u8]) -> Vec<Rgb> {
    let components = base.components().max(1);
    let decode = base.default_decode(255.0);
    table
        .chunks_exact(components)
        .take(high + 1)
        .map(|entry| {
            let values: Vec<f64> = entry
                .iter()
                .zip(&decode)
                .map(|(byte, [low, high])| low + f64::from(*byte) / 255.0 * (high - low))
                .collect();
            base.rgb(&values)
        })
        .collect()
}
