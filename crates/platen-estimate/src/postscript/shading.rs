//! Shadings: whether a gradient passes through colour. *Source*: PLRM, section 4.9.3.

use super::function::read_bits;
use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Value};
use super::operators::Entry;
use super::space::Space;
use crate::colour::{VISIBLE_CHROMA, chroma};

/// Points looked at along a gradient, and along each side of a field.
const STEPS: usize = 48;
const GRID: usize = 12;
/// Vertices looked at in a mesh.
const VERTICES: usize = 4_096;

pub(super) const OPERATORS: &[Entry] = &[("shfill", |vm| {
    let dict = vm.pop_dict()?;
    vm.shade(dict)
})];

impl Interpreter<'_> {
    /// Paints a shading over all that the clip leaves.
    pub(super) fn shade(&mut self, dict: u32) -> Done {
        let bounds = self.graphics.state.clip;
        if !self.marks(bounds) || self.is_settled() {
            return Ok(());
        }
        match self.shading_chroma(dict)? {
            Some(chroma) => self.note_drawn(chroma),
            None => self.pages.current.unsure = true,
        }
        Ok(())
    }

    /// The largest chroma in a shading; none when it can't be told.
    fn shading_chroma(&mut self, dict: u32) -> Done<Option<f64>> {
        let space = self.entry(dict, "ColorSpace").ok_or(Error::Undefined)?;
        let space = self.space_of(space)?;
        if space.is_neutral() {
            return Ok(Some(0.0));
        }
        let kind = self
            .int_entry(dict, "ShadingType")
            .ok_or(Error::Undefined)?;
        let domain = self.numbers_entry(dict, "Domain");
        let Some(function) = self.entry(dict, "Function") else {
            return self.mesh_chroma(dict, &space, kind);
        };
        let function = self.function_of(function)?;
        let domain = domain.unwrap_or(vec![0.0, 1.0, 0.0, 1.0]);
        let at = |axis: usize, step: usize, steps: usize| {
            let low = domain.get(2 * axis).copied().unwrap_or(0.0);
            let high = domain.get(2 * axis + 1).copied().unwrap_or(1.0);
            low + (high - low) * step as f64 / steps as f64
        };
        let points: Vec<Vec<f64>> = if kind == 1 {
            (0..=GRID * GRID)
                .map(|step| vec![at(0, step % GRID, GRID - 1), at(1, step / GRID, GRID)])
                .collect()
        } else {
            (0..=STEPS).map(|step| vec![at(0, step, STEPS)]).collect()
        };
        let mut largest = 0.0f64;
        for point in points {
            let Some(values) = self.value(&function, &point, space.components())? else {
                return Ok(None);
            };
            let Some(rgb) = self.rgb(&space, &values)? else {
                return Ok(None);
            };
            largest = largest.max(chroma(rgb));
            if largest > VISIBLE_CHROMA {
                break;
            }
        }
        Ok(Some(largest))
    }

    /// Colours at the vertices of types 4 to 7; positions are skipped.
    fn mesh_chroma(&mut self, dict: u32, space: &Space, kind: i32) -> Done<Option<f64>> {
        let source = self.entry(dict, "DataSource").ok_or(Error::Undefined)?;
        let colours = space.components();
        let groups = match source.value {
            Value::Array(items) if !source.runs => {
                let numbers = self.numbers(items)?;
                plain_colours(&numbers, kind, colours)
            }
            _ => self.packed_colours(dict, source, kind, colours)?,
        };
        let mut largest = 0.0f64;
        for values in groups {
            let Some(rgb) = self.rgb(space, &values)? else {
                return Ok(None);
            };
            largest = largest.max(chroma(rgb));
        }
        Ok(Some(largest))
    }

    fn packed_colours(
        &mut self,
        dict: u32,
        source: Object,
        kind: i32,
        colours: usize,
    ) -> Done<Vec<Vec<f64>>> {
        let mut bits = |name: &str| match self.int_entry(dict, name) {
            Some(bits @ 1..=32) => Ok(bits.unsigned_abs()),
            _ => Err(Error::RangeCheck),
        };
        let (coordinate, component) = (bits("BitsPerCoordinate")?, bits("BitsPerComponent")?);
        let flag = if kind == 5 { 0 } else { bits("BitsPerFlag")? };
        let decode = self.numbers_entry(dict, "Decode").ok_or(Error::Undefined)?;
        let source = self.source_file(source)?;
        let data = self.read(source, 1 << 20)?;
        let most = 2f64.powi(i32::try_from(component)?) - 1.0;
        let mut groups = Vec::new();
        let mut bit = 0;
        while groups.len() < VERTICES {
            let (points, corners) = patch(kind, f64::from(read_bits(&data, bit, flag)));
            let first = bit + (flag as usize) + points * 2 * coordinate as usize;
            let end = first + corners * colours * component as usize;
            if end > data.len() * 8 {
                break;
            }
            for corner in 0..corners {
                let value = |at: usize| {
                    let place = first + (corner * colours + at) * component as usize;
                    let low = decode.get(4 + 2 * at).copied().unwrap_or(0.0);
                    let high = decode.get(5 + 2 * at).copied().unwrap_or(1.0);
                    low + f64::from(read_bits(&data, place, component)) / most * (high - low)
                };
                groups.push((0..colours).map(value).collect());
            }
            bit = end.next_multiple_of(8);
        }
        Ok(groups)
    }
}

/// Points and colours that follow a flag: a patch that continues another has fewer.
fn patch(kind: i32, flag: f64) -> (usize, usize) {
    match (kind, flag == 0.0) {
        (6, true) => (12, 4),
        (6, false) => (8, 2),
        (7, true) => (16, 4),
        (7, false) => (12, 2),
        _ => (1, 1),
    }
}

/// Colours among plain numbers.
fn plain_colours(numbers: &[f64], kind: i32, colours: usize) -> Vec<Vec<f64>> {
    let mut groups = Vec::new();
    let mut at = 0;
    while let Some(flag) = numbers.get(at)
        && groups.len() < VERTICES
    {
        let (points, corners) = patch(kind, *flag);
        let first = at + usize::from(kind != 5) + 2 * points;
        let end = first + corners * colours;
        let Some(values) = numbers.get(first..end) else {
            break;
        };
        groups.extend(values.chunks_exact(colours.max(1)).map(<[f64]>::to_vec));
        at = end;
    }
    groups
}
