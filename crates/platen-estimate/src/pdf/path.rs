//! Paths: where they lie and how much of it they cover at least.
//!
//! Nothing is filled in. A shape that lies within `n` dots and covers an area of
//! `m` dots covers at least one of them by `m / n`: enough to be certain of
//! most shapes, and what stays below is looked at in a rendering.

use crate::colour::DOT_PT;
use crate::geometry::Bounds;

/// What renderers leave of a line of any width, at least: they widen those that
/// are thinner than a dot, or give them that much of its strength.
const THIN: f64 = 0.25;

/// A path under construction, in the page's own space.
#[derive(Clone)]
pub(super) struct Path {
    bounds: Bounds,
    piece: Piece,
    pieces: usize,
    largest: Largest,
    /// Areas of the pieces that turn left, and of those that turn right.
    left: f64,
    right: f64,
}

/// A subpath.
#[derive(Clone)]
struct Piece {
    bounds: Bounds,
    start: (f64, f64),
    last: (f64, f64),
    /// Twice the area that it encloses; the sign tells the direction.
    twice_area: f64,
    points: usize,
}

/// The subpath with the largest area.
#[derive(Clone, Default)]
struct Largest {
    area: f64,
    dots: f64,
}

/// Which parts of a path that crosses itself are inside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    NonZero,
    EvenOdd,
}

impl Path {
    pub(super) const EMPTY: Self = Self {
        bounds: Bounds::NONE,
        piece: Piece::NONE,
        pieces: 0,
        largest: Largest {
            area: 0.0,
            dots: 0.0,
        },
        left: 0.0,
        right: 0.0,
    };

    pub(super) fn bounds(&self) -> Bounds {
        self.bounds
    }

    pub(super) fn move_to(&mut self, to: (f64, f64)) {
        self.close();
        self.bounds.add(to);
        self.piece = Piece {
            start: to,
            last: to,
            points: 1,
            ..Piece::NONE
        };
        self.piece.bounds.add(to);
    }

    pub(super) fn line_to(&mut self, to: (f64, f64)) {
        if self.piece.points == 0 {
            return self.move_to(to);
        }
        let (x, y) = self.piece.relative(self.piece.last);
        let (to_x, to_y) = self.piece.relative(to);
        self.piece.twice_area += x * to_y - to_x * y;
        self.advance(to);
    }

    /// A Bézier curve; its box is taken for that of its points.
    pub(super) fn curve_to(&mut self, first: (f64, f64), second: (f64, f64), to: (f64, f64)) {
        if self.piece.points == 0 {
            self.move_to(first);
        }
        let from = self.piece.relative(self.piece.last);
        let [one, two, end] = [first, second, to].map(|point| self.piece.relative(point));
        let cross = |a: (f64, f64), b: (f64, f64)| a.0 * b.1 - b.0 * a.1;
        // Green's theorem on the Bernstein polynomials of degree three.
        self.piece.twice_area += (6.0 * (cross(from, one) + cross(two, end))
            + 3.0 * (cross(from, two) + cross(one, two) + cross(one, end))
            + cross(from, end))
            / 10.0;
        self.piece.add(first);
        self.piece.add(second);
        self.bounds.add(first);
        self.bounds.add(second);
        self.advance(to);
    }

    /// Where the subpath has arrived.
    pub(super) fn last(&self) -> (f64, f64) {
        self.piece.last
    }

    /// Ends the subpath; what follows begins where it began.
    pub(super) fn close(&mut self) {
        let piece = std::mem::replace(&mut self.piece, Piece::NONE);
        if piece.points == 0 {
            return;
        }
        self.piece.start = piece.start;
        self.piece.last = piece.start;
        if piece.points == 1 {
            return;
        }
        self.pieces += 1;
        let area = piece.twice_area / 2.0;
        if area >= 0.0 {
            self.left += area;
        } else {
            self.right -= area;
        }
        if area.abs() >= self.largest.area.abs() {
            let (wide, high) = piece.bounds.size();
            self.largest = Largest {
                area,
                dots: dots_touched(wide) * dots_touched(high),
            };
        }
    }

    /// Whether it is one upright box, or one upright line.
    pub(super) fn is_box(&self) -> bool {
        let (wide, high) = self.bounds.size();
        self.pieces == 1 && self.largest.area.abs() >= 0.999 * wide * high
    }

    /// Whether it is one upright line.
    pub(super) fn is_line(&self) -> bool {
        let (wide, high) = self.bounds.size();
        self.pieces == 1 && wide.min(high) < 1e-3
    }

    /// How much of some dot a filling covers at least, from 0 to 1.
    pub(super) fn filled(&self, rule: Rule) -> f64 {
        let area = self.largest.area;
        let against = match rule {
            Rule::EvenOdd => self.left + self.right - area.abs(),
            Rule::NonZero if area >= 0.0 => self.right,
            Rule::NonZero => self.left,
        };
        let dots = (area.abs() - against) / (DOT_PT * DOT_PT);
        (dots / self.largest.dots.max(1.0)).clamp(0.0, 1.0)
    }

    /// How much of some dot a stroke of that width covers at least.
    pub(super) fn stroked(&self, width_pt: f64) -> f64 {
        let (wide, high) = self.bounds.size();
        covered(width_pt) * covered(wide.max(high) + width_pt)
    }

    fn advance(&mut self, to: (f64, f64)) {
        self.piece.add(to);
        self.piece.last = to;
        self.piece.points += 1;
        self.bounds.add(to);
    }
}

impl Piece {
    const NONE: Self = Self {
        bounds: Bounds::NONE,
        start: (0.0, 0.0),
        last: (0.0, 0.0),
        twice_area: 0.0,
        points: 0,
    };

    fn add(&mut self, point: (f64, f64)) {
        self.bounds.add(point);
    }

    /// Relative to the start, where numbers are small.
    fn relative(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (x - self.start.0, y - self.start.1)
    }
}

/// How much of some dot an upright box covers at least, wherever it lies.
pub(super) fn box_covers(bounds: Bounds) -> f64 {
    let (wide, high) = bounds.size();
    covered(wide) * covered(high)
}

/// How much of some dot a length covers at least: one that ends in the middle
/// of two dots covers half of itself in each.
fn covered(length_pt: f64) -> f64 {
    (length_pt / DOT_PT / 2.0).clamp(THIN, 1.0)
}

/// How many dots a length may touch.
fn dots_touched(length_pt: f64) -> f64 {
    (length_pt / DOT_PT).floor() + 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn polygon(path: &mut Path, points: &[(f64, f64)]) {
        path.move_to(points[0]);
        for point in &points[1..] {
            path.line_to(*point);
        }
        path.close();
    }

    fn square(path: &mut Path, at: f64, side: f64) {
        let far = at + side;
        polygon(path, &[(at, at), (far, at), (far, far), (at, far)]);
    }

    #[test]
    fn a_box_is_told_from_other_shapes() {
        let mut path = Path::EMPTY;
        square(&mut path, 10.0, 20.0);
        assert!(path.is_box());
        square(&mut path, 12.0, 2.0);
        assert!(!path.is_box());
        let mut triangle = Path::EMPTY;
        polygon(&mut triangle, &[(0.0, 0.0), (20.0, 0.0), (0.0, 20.0)]);
        assert!(!triangle.is_box());
        let mut rule = Path::EMPTY;
        polygon(&mut rule, &[(0.0, 5.0), (20.0, 5.0)]);
        assert!(rule.is_box());
    }

    #[test]
    fn a_circle_covers_what_a_circle_covers() {
        let mut path = Path::EMPTY;
        let (r, k) = (50.0, 27.6);
        path.move_to((r, 0.0));
        path.curve_to((r, k), (k, r), (0.0, r));
        path.curve_to((-k, r), (-r, k), (-r, 0.0));
        path.curve_to((-r, -k), (-k, -r), (0.0, -r));
        path.curve_to((k, -r), (r, -k), (r, 0.0));
        path.close();
        let share = std::f64::consts::PI * 25.0 * 25.0 / (52.0 * 52.0);
        assert!((path.filled(Rule::NonZero) - share).abs() < 0.01);
    }

    #[test]
    fn a_hole_takes_away_what_it_covers() {
        let mut path = Path::EMPTY;
        square(&mut path, 0.0, 40.0);
        square(&mut path, 0.0, 40.0);
        assert!(path.filled(Rule::NonZero) > 0.5);
        assert!(path.filled(Rule::EvenOdd) < 0.01);
        let far = 39.0;
        polygon(&mut path, &[(1.0, 1.0), (1.0, far), (far, far), (far, 1.0)]);
        assert!(path.filled(Rule::NonZero) < 0.1);
    }

    #[test]
    fn thin_lines_keep_some_strength() {
        let mut path = Path::EMPTY;
        polygon(&mut path, &[(0.0, 5.0), (100.0, 5.0)]);
        assert!(path.stroked(0.0) >= THIN);
        assert!(path.stroked(4.0) > 0.99);
    }

    proptest! {
        #[test]
        fn no_path_covers_more_than_a_dot(
            points in proptest::collection::vec((-1e6..1e6f64, -1e6..1e6f64), 1..30),
        ) {
            let mut path = Path::EMPTY;
            for points in points.chunks(4) {
                polygon(&mut path, points);
            }
            for rule in [Rule::NonZero, Rule::EvenOdd] {
                prop_assert!((0.0..=1.0).contains(&path.filled(rule)));
            }
        }
    }
}
