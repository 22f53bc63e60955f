//! Where on the page something is drawn, roughly: boxes under transformations.

use hayro_syntax::object::Rect;

/// A PDF transformation matrix `[a b c d e f]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matrix(pub(super) [f64; 6]);

impl Matrix {
    pub(super) const IDENTITY: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// First `self`, then `next`.
    pub(super) fn then(self, next: Self) -> Self {
        let ([a, b, c, d, e, f], [na, nb, nc, nd, ne, nf]) = (self.0, next.0);
        Self([
            a * na + b * nc,
            a * nb + b * nd,
            c * na + d * nc,
            c * nb + d * nd,
            e * na + f * nc + ne,
            e * nb + f * nd + nf,
        ])
    }

    pub(super) fn apply(self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }

    /// What undoes it; none when it flattens everything.
    pub(super) fn inverse(self) -> Option<Self> {
        let [a, b, c, d, e, f] = self.0;
        let determinant = a * d - b * c;
        (determinant.is_normal()).then(|| {
            let [a, b, c, d] = [d, -b, -c, a].map(|value| value / determinant);
            Self([a, b, c, d, -(e * a + f * c), -(e * b + f * d)])
        })
    }

    /// The factor by which lengths grow, whatever their direction.
    pub(super) fn mean_scale(self) -> f64 {
        let [a, b, c, d, ..] = self.0;
        (a * d - b * c).abs().sqrt()
    }

    /// Whether upright boxes stay upright.
    pub(super) fn keeps_boxes(self) -> bool {
        let [a, b, c, d, ..] = self.0;
        let none = |value: f64, beside: f64| value.abs() <= beside.abs() * 1e-4;
        none(b, a) && none(c, d) || none(a, b) && none(d, c)
    }

    /// The lengths of the images of the unit vectors.
    pub(super) fn scale(self) -> (f64, f64) {
        let [a, b, c, d, ..] = self.0;
        (a.hypot(b), c.hypot(d))
    }
}

/// An upright box in the page's own space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    pub(super) x0: f64,
    pub(super) y0: f64,
    pub(super) x1: f64,
    pub(super) y1: f64,
}

impl Bounds {
    /// No point at all.
    pub(super) const NONE: Self = Self {
        x0: f64::INFINITY,
        y0: f64::INFINITY,
        x1: f64::NEG_INFINITY,
        y1: f64::NEG_INFINITY,
    };
    /// The whole plane.
    pub(super) const ALL: Self = Self {
        x0: f64::NEG_INFINITY,
        y0: f64::NEG_INFINITY,
        x1: f64::INFINITY,
        y1: f64::INFINITY,
    };

    /// Grows to hold a point.
    pub(super) fn add(&mut self, (x, y): (f64, f64)) {
        self.x0 = self.x0.min(x);
        self.y0 = self.y0.min(y);
        self.x1 = self.x1.max(x);
        self.y1 = self.y1.max(y);
    }

    /// The box around a transformed rectangle.
    pub(super) fn of_rect(rect: Rect, matrix: Matrix) -> Self {
        let mut bounds = Self::NONE;
        for (x, y) in [
            (rect.x0, rect.y0),
            (rect.x1, rect.y0),
            (rect.x0, rect.y1),
            (rect.x1, rect.y1),
        ] {
            bounds.add(matrix.apply(x, y));
        }
        bounds
    }

    pub(super) fn intersect(self, other: Self) -> Self {
        Self {
            x0: self.x0.max(other.x0),
            y0: self.y0.max(other.y0),
            x1: self.x1.min(other.x1),
            y1: self.y1.min(other.y1),
        }
    }

    pub(super) fn grow(self, by: f64) -> Self {
        Self {
            x0: self.x0 - by,
            y0: self.y0 - by,
            x1: self.x1 + by,
            y1: self.y1 + by,
        }
    }

    /// Width and height; zero where there is nothing.
    pub(super) fn size(self) -> (f64, f64) {
        ((self.x1 - self.x0).max(0.0), (self.y1 - self.y0).max(0.0))
    }

    /// Whether all of `other` is inside.
    pub(super) fn holds(self, other: Self) -> bool {
        self.x0 <= other.x0 && self.y0 <= other.y0 && self.x1 >= other.x1 && self.y1 >= other.y1
    }

    /// Nothing inside, not even a line.
    pub(super) fn is_empty(self) -> bool {
        !(self.x0 <= self.x1 && self.y0 <= self.y1)
    }

    /// Something inside that covers an area.
    pub(super) fn has_area(self) -> bool {
        self.x0 < self.x1 && self.y0 < self.y1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transformations_apply_in_order() {
        let scaled = Matrix([2.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
        let moved = Matrix([1.0, 0.0, 0.0, 1.0, 10.0, 0.0]);
        assert_eq!(scaled.then(moved).apply(1.0, 1.0), (12.0, 2.0));
        assert_eq!(moved.then(scaled).apply(1.0, 1.0), (22.0, 2.0));
    }

    #[test]
    fn boxes_that_miss_each_other_share_nothing() {
        let a = Bounds::of_rect(Rect::new(0.0, 0.0, 10.0, 10.0), Matrix::IDENTITY);
        let b = Bounds::of_rect(Rect::new(20.0, 0.0, 30.0, 10.0), Matrix::IDENTITY);
        assert!(a.intersect(b).is_empty());
        assert!(a.intersect(Bounds::ALL).has_area());
        assert!(Bounds::NONE.is_empty());
    }
}
