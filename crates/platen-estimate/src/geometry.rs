//! Matrices, and upright boxes under them.

/// A transformation `[a b c d tx ty]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Matrix(pub(crate) [f64; 6]);

impl Matrix {
    pub(crate) const IDENTITY: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    pub(crate) const fn scaling(x: f64, y: f64) -> Self {
        Self([x, 0.0, 0.0, y, 0.0, 0.0])
    }

    pub(crate) const fn moving(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// First `self`, then `next`.
    pub(crate) fn then(self, next: Self) -> Self {
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

    pub(crate) fn apply(self, (x, y): (f64, f64)) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }

    /// A distance: without the translation.
    pub(crate) fn apply_distance(self, (x, y): (f64, f64)) -> (f64, f64) {
        let [a, b, c, d, ..] = self.0;
        (a * x + c * y, b * x + d * y)
    }

    /// What undoes it; none when it flattens everything.
    pub(crate) fn inverse(self) -> Option<Self> {
        let [a, b, c, d, e, f] = self.0;
        let area = a * d - b * c;
        if !area.is_normal() {
            return None;
        }
        Some(Self([
            d / area,
            -b / area,
            -c / area,
            a / area,
            (c * f - d * e) / area,
            (b * e - a * f) / area,
        ]))
    }

    /// The lengths of the images of the unit vectors.
    pub(crate) fn scale(self) -> (f64, f64) {
        let [a, b, c, d, ..] = self.0;
        (a.hypot(b), c.hypot(d))
    }

    /// The factor by which lengths grow, whatever their direction.
    pub(crate) fn mean_scale(self) -> f64 {
        let [a, b, c, d, ..] = self.0;
        (a * d - b * c).abs().sqrt()
    }

    /// Whether upright boxes stay upright.
    pub(crate) fn keeps_boxes(self) -> bool {
        let [a, b, c, d, ..] = self.0;
        let none = |value: f64, beside: f64| value.abs() <= beside.abs() * 1e-4;
        none(b, a) && none(c, d) || none(a, b) && none(d, c)
    }
}

/// An upright box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) x0: f64,
    pub(crate) y0: f64,
    pub(crate) x1: f64,
    pub(crate) y1: f64,
}

impl Bounds {
    /// No point at all.
    pub(crate) const NONE: Self = Self {
        x0: f64::INFINITY,
        y0: f64::INFINITY,
        x1: f64::NEG_INFINITY,
        y1: f64::NEG_INFINITY,
    };
    /// The whole plane.
    pub(crate) const ALL: Self = Self {
        x0: f64::NEG_INFINITY,
        y0: f64::NEG_INFINITY,
        x1: f64::INFINITY,
        y1: f64::INFINITY,
    };

    /// Grows to hold a point.
    pub(crate) fn add(&mut self, (x, y): (f64, f64)) {
        self.x0 = self.x0.min(x);
        self.y0 = self.y0.min(y);
        self.x1 = self.x1.max(x);
        self.y1 = self.y1.max(y);
    }

    /// The box around its transformed corners.
    pub(crate) fn under(self, matrix: Matrix) -> Self {
        let mut bounds = Self::NONE;
        for corner in [
            (self.x0, self.y0),
            (self.x1, self.y0),
            (self.x0, self.y1),
            (self.x1, self.y1),
        ] {
            bounds.add(matrix.apply(corner));
        }
        bounds
    }

    pub(crate) const fn rect(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self {
            x0: x.min(x + width),
            y0: y.min(y + height),
            x1: x.max(x + width),
            y1: y.max(y + height),
        }
    }

    pub(crate) fn intersect(self, other: Self) -> Self {
        Self {
            x0: self.x0.max(other.x0),
            y0: self.y0.max(other.y0),
            x1: self.x1.min(other.x1),
            y1: self.y1.min(other.y1),
        }
    }

    pub(crate) fn grow(self, by: f64) -> Self {
        Self {
            x0: self.x0 - by,
            y0: self.y0 - by,
            x1: self.x1 + by,
            y1: self.y1 + by,
        }
    }

    /// Width and height; zero where there is nothing.
    pub(crate) fn size(self) -> (f64, f64) {
        ((self.x1 - self.x0).max(0.0), (self.y1 - self.y0).max(0.0))
    }

    /// Whether all of `other` is inside.
    pub(crate) fn holds(self, other: Self) -> bool {
        self.x0 <= other.x0 && self.y0 <= other.y0 && self.x1 >= other.x1 && self.y1 >= other.y1
    }

    /// Nothing inside, not even a line.
    pub(crate) fn is_empty(self) -> bool {
        !(self.x0 <= self.x1 && self.y0 <= self.y1)
    }

    /// Something inside that covers an area.
    pub(crate) fn has_area(self) -> bool {
        self.x0 < self.x1 && self.y0 < self.y1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transformations_apply_in_order() {
        let scaled = Matrix::scaling(2.0, 2.0);
        let moved = Matrix::moving(10.0, 0.0);
        assert_eq!(scaled.then(moved).apply((1.0, 1.0)), (12.0, 2.0));
        assert_eq!(moved.then(scaled).apply((1.0, 1.0)), (22.0, 2.0));
    }

    #[test]
    fn an_inverse_undoes_its_matrix() {
        let matrix = Matrix([2.0, 1.0, -1.0, 3.0, 10.0, -4.0]);
        let there = matrix.apply((5.0, 7.0));
        let (x, y) = matrix.inverse().unwrap().apply(there);
        assert!((x - 5.0).abs() < 1e-9 && (y - 7.0).abs() < 1e-9);
        assert_eq!(Matrix([1.0, 2.0, 2.0, 4.0, 0.0, 0.0]).inverse(), None);
    }

    #[test]
    fn boxes_that_miss_each_other_share_nothing() {
        let (a, b) = (
            Bounds::rect(0.0, 0.0, 9.0, 9.0),
            Bounds::rect(30.0, 9.0, -9.0, -9.0),
        );
        assert!(a.intersect(b).is_empty());
        assert!(a.intersect(Bounds::ALL).has_area());
        assert!(Bounds::NONE.is_empty());
    }
}
