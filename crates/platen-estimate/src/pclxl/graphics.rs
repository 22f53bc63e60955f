//! The graphics state: where user space lies, and what paints in which colour.
//!
//! *Source*: PCL XL Feature Reference Protocol Class 2.0, chapters 4 and 5.

use super::scan::{Operator, Value};
use super::tag::attribute as a;
use crate::colour::rgb_from_cmyk;
use crate::ink::Area;
use crate::operation::Operation;

pub(crate) type Rgb = [u8; 3];

/// What a pen or brush leaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Paint {
    Nothing,
    Colour(Rgb),
    Pattern(i64),
}

/// A colour space, by the primaries of its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Grey,
    Rgb,
    Cmyk,
}

impl Space {
    pub(crate) fn of(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Grey),
            2 | 6 => Some(Self::Rgb),
            3 => Some(Self::Cmyk),
            _ => None,
        }
    }

    pub(crate) const fn primaries(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
            Self::Cmyk => 4,
        }
    }

    /// The colour of values from 0 to 255.
    pub(crate) fn rgb(self, values: &[u8]) -> Rgb {
        match (self, values) {
            (Self::Grey, [grey, ..]) => [*grey; 3],
            (Self::Rgb, [red, green, blue, ..]) => [*red, *green, *blue],
            (Self::Cmyk, [cyan, magenta, yellow, black, ..]) => {
                let inks = [cyan, magenta, yellow, black].map(|ink| f64::from(*ink) / 255.0);
                rgb_from_cmyk(inks).map(|value| (value * 255.0) as u8)
            }
            _ => [0; 3],
        }
    }
}

/// A matrix from user units to points.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix([f64; 6]);

impl Matrix {
    pub(crate) const fn scale(x: f64, y: f64) -> Self {
        Self([x, 0.0, 0.0, y, 0.0, 0.0])
    }

    fn then_inner(&mut self, [a, b, c, d, e, f]: [f64; 6]) {
        let m = self.0;
        self.0 = [
            a * m[0] + b * m[2],
            a * m[1] + b * m[3],
            c * m[0] + d * m[2],
            c * m[1] + d * m[3],
            e * m[0] + f * m[2] + m[4],
            e * m[1] + f * m[3] + m[5],
        ];
    }

    pub(crate) fn translate(&mut self, [x, y]: [f64; 2]) {
        self.then_inner([1.0, 0.0, 0.0, 1.0, x, y]);
    }

    pub(crate) fn stretch(&mut self, [x, y]: [f64; 2]) {
        self.then_inner([x, 0.0, 0.0, y, 0.0, 0.0]);
    }

    pub(crate) fn rotate(&mut self, degrees: f64) {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        self.then_inner([cosine, sine, -sine, cosine, 0.0, 0.0]);
    }

    pub(crate) fn point(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let m = self.0;
        [x * m[0] + y * m[2] + m[4], x * m[1] + y * m[3] + m[5]]
    }

    /// How long a distance of one becomes.
    pub(crate) fn growth(&self) -> f64 {
        let m = self.0;
        (m[0] * m[3] - m[1] * m[2]).abs().sqrt()
    }

    /// The size of a rectangle of this size, upright.
    pub(crate) fn size(&self, [width, height]: [f64; 2]) -> (f64, f64) {
        let m = self.0;
        (
            (width * m[0]).abs() + (height * m[2]).abs(),
            (width * m[1]).abs() + (height * m[3]).abs(),
        )
    }
}

/// A rectangle in points, empty until something is added.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) low: [f64; 2],
    pub(crate) high: [f64; 2],
}

impl Bounds {
    pub(crate) const EMPTY: Self = Self {
        low: [f64::INFINITY; 2],
        high: [f64::NEG_INFINITY; 2],
    };
    pub(crate) const ALL: Self = Self {
        low: [f64::NEG_INFINITY; 2],
        high: [f64::INFINITY; 2],
    };

    pub(crate) fn add(&mut self, [x, y]: [f64; 2]) {
        self.low = [self.low[0].min(x), self.low[1].min(y)];
        self.high = [self.high[0].max(x), self.high[1].max(y)];
    }

    pub(crate) fn within(self, other: Self) -> Self {
        Self {
            low: [self.low[0].max(other.low[0]), self.low[1].max(other.low[1])],
            high: [
                self.high[0].min(other.high[0]),
                self.high[1].min(other.high[1]),
            ],
        }
    }

    pub(crate) fn area(self) -> Area {
        Area {
            left: self.low[0],
            top: self.low[1],
            width: self.high[0] - self.low[0],
            height: self.high[1] - self.low[1],
        }
    }
}

/// The path under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path {
    pub(crate) bounds: Bounds,
    /// Twice the area that it encloses, with its sign.
    doubled: f64,
    last: [f64; 2],
    start: [f64; 2],
}

impl Path {
    pub(crate) const EMPTY: Self = Self {
        bounds: Bounds::EMPTY,
        doubled: 0.0,
        last: [0.0; 2],
        start: [0.0; 2],
    };

    pub(crate) fn move_to(&mut self, point: [f64; 2]) {
        self.close();
        self.start = point;
        self.last = point;
    }

    pub(crate) fn line_to(&mut self, point: [f64; 2]) {
        self.bounds.add(self.last);
        self.bounds.add(point);
        self.doubled += self.last[0] * point[1] - point[0] * self.last[1];
        self.last = point;
    }

    pub(crate) fn close(&mut self) {
        let (last, start) = (self.last, self.start);
        self.doubled += last[0] * start[1] - start[0] * last[1];
        self.last = start;
    }

    pub(crate) fn add_box(&mut self, bounds: Bounds) {
        let Bounds { low, high } = bounds;
        self.move_to(low);
        self.line_to([high[0], low[1]]);
        self.line_to(high);
        self.line_to([low[0], high[1]]);
        self.close();
    }

    /// The share of its bounds that it covers.
    pub(crate) fn share(mut self) -> f64 {
        self.close();
        let Area { width, height, .. } = self.bounds.area();
        let whole = width * height;
        if whole > 0.0 {
            // Loops that run against each other may cover more than they add up to.
            (self.doubled.abs() / 2.0 / whole).clamp(0.2, 1.0)
        } else {
            0.0
        }
    }
}

/// What operators set and painting uses.
#[derive(Clone, Debug)]
pub(crate) struct Graphics {
    pub(crate) matrix: Matrix,
    pub(crate) clip: Bounds,
    pub(crate) brush: Paint,
    pub(crate) pen: Paint,
    pub(crate) pen_width: f64,
    pub(crate) operation: Operation,
    pub(crate) space: Space,
    pub(crate) palette: Vec<Rgb>,
    /// In user units.
    pub(crate) cursor: [f64; 2],
    pub(crate) char_size: f64,
    pub(crate) path: Path,
}

impl Graphics {
    pub(crate) fn new(matrix: Matrix) -> Self {
        Self {
            matrix,
            clip: Bounds::ALL,
            brush: Paint::Colour([0; 3]),
            pen: Paint::Colour([0; 3]),
            pen_width: 1.0,
            operation: Operation::default(),
            space: Space::Grey,
            palette: Vec::new(),
            cursor: [0.0; 2],
            char_size: 1.0,
            path: Path::EMPTY,
        }
    }

    /// The source that an operator names; none when it names none.
    pub(crate) fn paint(&self, operator: &Operator<'_>) -> Option<Paint> {
        if let Some(level) = operator.get(a::GRAY_LEVEL) {
            return Some(Paint::Colour(Space::Grey.rgb(&levels(level, 8))));
        }
        if let Some(rgb) = operator.get(a::RGB_COLOR) {
            return Some(Paint::Colour(Space::Rgb.rgb(&levels(rgb, 8))));
        }
        if let Some(primaries) = operator.get(a::PRIMARY_ARRAY) {
            let depth = bits(operator.whole(a::PRIMARY_DEPTH).unwrap_or(2));
            let values = levels(primaries, depth);
            let space = match values.len() {
                1 => Space::Grey,
                3 => Space::Rgb,
                4 => Space::Cmyk,
                _ => self.space,
            };
            return Some(Paint::Colour(space.rgb(&values)));
        }
        if operator.get(a::NULL_BRUSH).is_some() || operator.get(a::NULL_PEN).is_some() {
            return Some(Paint::Nothing);
        }
        operator.whole(a::PATTERN_SELECT).map(Paint::Pattern)
    }

    pub(crate) fn set_space(&mut self, operator: &Operator<'_>) {
        if let Some(space) = operator.whole(a::COLOR_SPACE).and_then(Space::of) {
            self.space = space;
        }
        self.palette.clear();
        let depth = bits(operator.whole(a::PALETTE_DEPTH).unwrap_or(2));
        if let Some(data) = operator.get(a::PALETTE_DATA) {
            let values = levels(data, depth);
            let entries = values.chunks_exact(self.space.primaries()).take(256);
            self.palette = entries.map(|entry| self.space.rgb(entry)).collect();
        }
    }

    /// A box of user space in points.
    pub(crate) fn bounds(&self, value: Option<Value<'_>>) -> Option<Bounds> {
        let [x0, y0, x1, y1] = value?.numbers()?;
        let mut bounds = Bounds::EMPTY;
        for corner in [[x0, y0], [x1, y0], [x1, y1], [x0, y1]] {
            bounds.add(self.matrix.point(corner));
        }
        Some(bounds)
    }
}

/// Bits of a depth's enumeration.
pub(crate) const fn bits(depth: i64) -> usize {
    match depth {
        0 => 1,
        1 => 4,
        _ => 8,
    }
}

/// The values of an array, each as wide as a byte; those of fewer bits are
/// spread, packed or not.
fn levels(value: Value<'_>, depth: usize) -> Vec<u8> {
    let count = value.len().min(4096);
    let numbers = (0..count).filter_map(|at| value.number(at));
    if value.is_real() {
        return numbers.map(|level| (level * 255.0) as u8).collect();
    }
    let most = (1u32 << depth.min(8)) - 1;
    let spread = |level: f64| (level.clamp(0.0, f64::from(most)) / f64::from(most) * 255.0) as u8;
    numbers.map(spread).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotation_and_scale_apply_in_user_space() {
        let mut matrix = Matrix::scale(0.24, 0.24);
        matrix.translate([100.0, 0.0]);
        matrix.rotate(90.0);
        let [x, y] = matrix.point([100.0, 0.0]);
        assert!((x - 24.0).abs() < 1e-9 && (y - 24.0).abs() < 1e-9);
        assert!((matrix.growth() - 0.24).abs() < 1e-9);
    }

    #[test]
    fn a_path_knows_how_much_of_its_bounds_it_covers() {
        let mut path = Path::EMPTY;
        path.move_to([0.0, 0.0]);
        path.line_to([10.0, 0.0]);
        path.line_to([10.0, 10.0]);
        assert!((path.share() - 0.5).abs() < 1e-9);
        let mut path = Path::EMPTY;
        path.add_box(Bounds {
            low: [3.0, 3.0],
            high: [5.0, 9.0],
        });
        assert!((path.share() - 1.0).abs() < 1e-9);
    }
}
