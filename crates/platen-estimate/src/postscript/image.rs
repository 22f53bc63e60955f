//! Pictures: the operands that describe them. *Source*: PLRM, section 4.10.

use super::interpreter::Interpreter;
use super::object::{Done, Error, Value};
use super::operators::Entry;
use super::space::Space;
use crate::geometry::{Bounds, Matrix};

/// The longest side. *Units*: samples.
const MAX_SIDE: i32 = 1 << 20;

/// What the samples are.
#[derive(Clone)]
pub(super) enum Kind {
    /// Values of a colour space.
    Colour(Space),
    /// Places where the current colour is painted: those of this bit.
    Mask(u8),
}

/// A picture and where its samples come from.
pub(super) struct Picture {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) bits: u32,
    pub(super) kind: Kind,
    pub(super) matrix: Matrix,
    /// Files: one, or one for each component.
    pub(super) sources: Vec<u32>,
    pub(super) decode: Vec<f64>,
    /// Samples of these values are not painted.
    pub(super) masked: Option<Vec<[u32; 2]>>,
    /// One more component for each sample, which masks it.
    pub(super) masks_samples: bool,
    /// So many rows of a mask are mixed in with those of the picture, that long.
    pub(super) mask_rows: Option<(usize, usize)>,
}

impl Picture {
    /// Components in the data, the masking one included.
    pub(super) fn components(&self) -> usize {
        let own = match &self.kind {
            Kind::Colour(space) => space.components(),
            Kind::Mask(_) => 1,
        };
        own + usize::from(self.masks_samples)
    }

    /// The length of a row in each source. *Units*: bytes.
    pub(super) fn row_bytes(&self) -> usize {
        let components = self.components() / self.sources.len().max(1);
        let bits = self.width.saturating_mul(components.max(1)) * self.bits as usize;
        bits.div_ceil(8)
    }
}

pub(super) const OPERATORS: &[Entry] = &[
    ("image", |vm| {
        if let Value::Dict(dict) = vm.peek(0)?.value {
            vm.pop()?;
            let space = vm.graphics.state.paint.space.clone();
            return vm.image_of(dict, Some(space));
        }
        let picture = positional(vm, Space::Gray, 1)?;
        vm.draw_picture(picture)
    }),
    ("colorimage", |vm| {
        let count = vm.pop_int()?;
        let many = vm.pop_bool()?;
        let space = match count {
            1 => Space::Gray,
            3 => Space::Rgb,
            4 => Space::Cmyk,
            _ => return Err(Error::RangeCheck.into()),
        };
        let sources = if many { usize::try_from(count)? } else { 1 };
        let picture = positional(vm, space, sources)?;
        vm.draw_picture(picture)
    }),
    ("imagemask", |vm| {
        if let Value::Dict(dict) = vm.peek(0)?.value {
            vm.pop()?;
            return vm.image_of(dict, None);
        }
        let source = vm.pop()?;
        let source = vm.source_file(source)?;
        let matrix = vm.pop_array()?;
        let matrix = vm.matrix_of(matrix)?;
        let painted = u8::from(vm.pop_bool()?);
        let (height, width) = (pop_side(vm)?, pop_side(vm)?);
        vm.draw_picture(Picture {
            width,
            height,
            bits: 1,
            kind: Kind::Mask(painted),
            matrix,
            sources: vec![source],
            decode: Vec::new(),
            masked: None,
            masks_samples: false,
            mask_rows: None,
        })
    }),
];

fn pop_side(vm: &mut Interpreter<'_>) -> Done<usize> {
    let side = vm.pop_number()?;
    if !(0.0..=f64::from(MAX_SIDE)).contains(&side) {
        return Err(Error::RangeCheck.into());
    }
    Ok(side as usize)
}

fn positional(vm: &mut Interpreter<'_>, space: Space, count: usize) -> Done<Picture> {
    let mut sources = Vec::with_capacity(count);
    for _ in 0..count {
        let source = vm.pop()?;
        sources.push(vm.source_file(source)?);
    }
    sources.reverse();
    let matrix = vm.pop_array()?;
    let matrix = vm.matrix_of(matrix)?;
    let bits = bits_of(vm.pop_int()?)?;
    let (height, width) = (pop_side(vm)?, pop_side(vm)?);
    Ok(Picture {
        width,
        height,
        bits,
        decode: space.default_decode(bits),
        kind: Kind::Colour(space),
        matrix,
        sources,
        masked: None,
        masks_samples: false,
        mask_rows: None,
    })
}

fn bits_of(bits: i32) -> Done<u32> {
    match bits {
        1 | 2 | 4 | 8 | 12 | 16 => Ok(bits.unsigned_abs()),
        _ => Err(Error::RangeCheck.into()),
    }
}

impl Interpreter<'_> {
    /// Draws the picture that a dictionary describes; a mask without a space.
    fn image_of(&mut self, dict: u32, space: Option<Space>) -> Done {
        match self.int_entry(dict, "ImageType").unwrap_or(1) {
            3 => {
                let (Some(data), Some(mask)) =
                    (self.entry(dict, "DataDict"), self.entry(dict, "MaskDict"))
                else {
                    return Err(Error::Undefined.into());
                };
                let (Value::Dict(data), Value::Dict(mask)) = (data.value, mask.value) else {
                    return Err(Error::TypeCheck.into());
                };
                let kind = self.int_entry(dict, "InterleaveType").unwrap_or(3);
                let mut picture = self.picture_of(data, space)?;
                match kind {
                    1 => picture.masks_samples = true,
                    2 => {
                        let rows = self.side_entry(mask, "Height")?;
                        let width = self.side_entry(mask, "Width")?;
                        picture.mask_rows = Some((rows, width.div_ceil(8)));
                    }
                    _ => {
                        let mask = self.picture_of(mask, None)?;
                        // Its own data comes first and says nothing of colour.
                        self.skip_samples(&mask)?;
                    }
                }
                self.draw_picture(picture)
            }
            4 => {
                let mut picture = self.picture_of(dict, space)?;
                picture.masked = self.masked_colours(dict, picture.components());
                self.draw_picture(picture)
            }
            _ => {
                let picture = self.picture_of(dict, space)?;
                self.draw_picture(picture)
            }
        }
    }

    fn side_entry(&mut self, dict: u32, name: &str) -> Done<usize> {
        let side = self.int_entry(dict, name).ok_or(Error::Undefined)?;
        if !(0..=MAX_SIDE).contains(&side) {
            return Err(Error::RangeCheck.into());
        }
        Ok(usize::try_from(side)?)
    }

    fn picture_of(&mut self, dict: u32, space: Option<Space>) -> Done<Picture> {
        let (width, height) = (
            self.side_entry(dict, "Width")?,
            self.side_entry(dict, "Height")?,
        );
        let bits = match &space {
            Some(_) => bits_of(self.int_entry(dict, "BitsPerComponent").unwrap_or(8))?,
            None => 1,
        };
        let source = self.entry(dict, "DataSource").ok_or(Error::Undefined)?;
        let several = self.bool_entry(dict, "MultipleDataSources") == Some(true);
        let sources = match source.value {
            Value::Array(items) if several => self.memory.array(items).to_vec(),
            _ => vec![source],
        };
        let sources = sources
            .into_iter()
            .take(super::space::MAX_INKS)
            .map(|source| self.source_file(source))
            .collect::<Done<Vec<_>>>()?;
        let decode = self.numbers_entry(dict, "Decode");
        let kind = match space {
            Some(space) => Kind::Colour(space),
            None => {
                let inverted = decode.as_ref().and_then(|decode| decode.first()) == Some(&1.0);
                Kind::Mask(u8::from(inverted))
            }
        };
        let decode = match (&kind, decode) {
            (Kind::Colour(_), Some(decode)) => decode,
            (Kind::Colour(space), None) => space.default_decode(bits),
            (Kind::Mask(_), _) => Vec::new(),
        };
        Ok(Picture {
            width,
            height,
            bits,
            kind,
            matrix: self.matrix_entry(dict, "ImageMatrix"),
            sources,
            decode,
            masked: None,
            masks_samples: false,
            mask_rows: None,
        })
    }

    /// `MaskColor`: for each component one value or a range of them.
    fn masked_colours(&mut self, dict: u32, components: usize) -> Option<Vec<[u32; 2]>> {
        let numbers = self.numbers_entry(dict, "MaskColor")?;
        let whole = |value: f64| value.clamp(0.0, 65_535.0) as u32;
        if numbers.len() == components {
            return Some(numbers.iter().map(|value| [whole(*value); 2]).collect());
        }
        let pairs = numbers.chunks_exact(2);
        Some(pairs.map(|pair| [whole(pair[0]), whole(pair[1])]).collect())
    }

    /// Where a picture lies, and how large its sides are drawn, in points.
    pub(super) fn placed(&self, picture: &Picture) -> (Bounds, (f64, f64)) {
        let Some(to_user) = picture.matrix.inverse() else {
            return (Bounds::NONE, (0.0, 0.0));
        };
        let matrix = to_user.then(self.graphics.state.ctm);
        let (width, height) = (picture.width as f64, picture.height as f64);
        let (x, y) = matrix.scale();
        let per_point = super::device::DOTS_PER_POINT;
        (
            Bounds::rect(0.0, 0.0, width, height).under(matrix),
            (x * width / per_point, y * height / per_point),
        )
    }
}
