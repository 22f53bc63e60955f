//! Device-independent colours. *Source*: PLRM, section 4.8.3.

use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Value};
use crate::colour::{Rgb, SRGB_WHITE, rgb_from_cmyk, rgb_from_xyz};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    A,
    Abc,
    /// Through a table: taken for red, green, blue.
    Def,
    /// Through a table: taken for inks.
    Defg,
}

/// A CIE-based space.
pub(super) struct Cie {
    kind: Kind,
    range: Vec<f64>,
    decode: Vec<Object>,
    matrix: Option<[f64; 9]>,
    decode_lmn: Vec<Object>,
    matrix_lmn: Option<[f64; 9]>,
    white: [f64; 3],
}

impl Cie {
    pub(super) fn read(vm: &mut Interpreter<'_>, family: &[u8], dict: u32) -> Done<Self> {
        let (kind, letters) = match family {
            b"CIEBasedA" => (Kind::A, "A"),
            b"CIEBasedABC" => (Kind::Abc, "ABC"),
            b"CIEBasedDEF" => (Kind::Def, "DEF"),
            _ => (Kind::Defg, "DEFG"),
        };
        let mut matrix = |name: &str| {
            let numbers = vm.numbers_entry(dict, name)?;
            <[f64; 9]>::try_from(numbers).ok()
        };
        let (matrix, matrix_lmn) = (matrix("MatrixABC"), matrix("MatrixLMN"));
        let white = vm.numbers_entry(dict, "WhitePoint");
        let white = white.and_then(|white| <[f64; 3]>::try_from(white).ok());
        let range = vm.numbers_entry(dict, &format!("Range{letters}"));
        Ok(Self {
            kind,
            range: range.unwrap_or_else(|| [0.0, 1.0].repeat(letters.len())),
            decode: procedures(vm, dict, &format!("Decode{letters}")),
            matrix,
            decode_lmn: procedures(vm, dict, "DecodeLMN"),
            matrix_lmn,
            white: white.ok_or(Error::RangeCheck)?,
        })
    }

    pub(super) fn components(&self) -> usize {
        match self.kind {
            Kind::A => 1,
            Kind::Abc | Kind::Def => 3,
            Kind::Defg => 4,
        }
    }

    pub(super) fn ranges(&self) -> Vec<f64> {
        let mut ranges = self.range.clone();
        ranges.resize(2 * self.components(), 1.0);
        ranges
    }

    pub(super) fn roots(&self, roots: &mut Vec<Object>) {
        roots.extend(&self.decode);
        roots.extend(&self.decode_lmn);
    }

    pub(super) fn rgb(&self, vm: &mut Interpreter<'_>, values: &[f64]) -> Done<Option<Rgb>> {
        let value = |at: usize| values.get(at).copied().unwrap_or(0.0);
        // Where the value lies in its range, for what isn't followed.
        let part = |at: usize| match self.range.get(2 * at..2 * at + 2) {
            Some([low, high]) if high > low => (value(at) - low) / (high - low),
            _ => value(at),
        };
        match self.kind {
            Kind::A => return Ok(Some([part(0); 3])),
            Kind::Def => return Ok(Some([part(0), part(1), part(2)])),
            Kind::Defg => {
                return Ok(Some(rgb_from_cmyk([part(0), part(1), part(2), part(3)])));
            }
            Kind::Abc => {}
        }
        let abc = [value(0), value(1), value(2)];
        let Some(decoded) = decode(vm, &self.decode, abc)? else {
            return Ok(None);
        };
        let lmn = multiply(self.matrix, decoded);
        let Some(decoded) = decode(vm, &self.decode_lmn, lmn)? else {
            return Ok(None);
        };
        let xyz = multiply(self.matrix_lmn, decoded);
        Ok(Some(rgb_from_xyz(scaled_to_srgb(xyz, self.white))))
    }
}

fn procedures(vm: &mut Interpreter<'_>, dict: u32, name: &str) -> Vec<Object> {
    match vm.entry(dict, name).map(|entry| (entry.value, entry)) {
        Some((Value::Array(_), entry)) if entry.runs => vec![entry],
        Some((Value::Array(items), _)) => vm.memory.array(items).to_vec(),
        _ => Vec::new(),
    }
}

fn decode(vm: &mut Interpreter<'_>, with: &[Object], values: [f64; 3]) -> Done<Option<[f64; 3]>> {
    let mut decoded = values;
    for (value, procedure) in decoded.iter_mut().zip(with) {
        if procedure.procedure().is_some_and(|body| body.len > 0) {
            match vm.compute(*procedure, &[*value], 1)?.as_deref() {
                Some([output]) => *value = *output,
                _ => return Ok(None),
            }
        }
    }
    Ok(Some(decoded))
}

/// The matrix has its columns one after the other.
fn multiply(matrix: Option<[f64; 9]>, values: [f64; 3]) -> [f64; 3] {
    let Some(m) = matrix else {
        return values;
    };
    [0, 1, 2].map(|row| m[row] * values[0] + m[row + 3] * values[1] + m[row + 6] * values[2])
}

/// With the white point scaled to that of sRGB.
fn scaled_to_srgb(xyz: [f64; 3], white: [f64; 3]) -> [f64; 3] {
    [0, 1, 2].map(|at| {
        if white[at] > 0.0 {
            xyz[at] / white[at] * SRGB_WHITE[at]
        } else {
            xyz[at]
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::chroma;

    #[test]
    fn the_white_point_and_its_greys_have_no_chroma() {
        let white = [0.9642, 1.0, 0.8249];
        let chroma = |xyz| chroma(rgb_from_xyz(scaled_to_srgb(xyz, white)));
        assert!(chroma(white) < 1.0);
        assert!(chroma(white.map(|v| v * 0.3)) < 1.0);
        assert!(chroma([0.4, 0.2, 0.02]) > 100.0);
    }
}
