//! Outlines and transformations as XPS writes them.
//!
//! *Source*: ECMA-388, sections 11.2 (geometries), 11.2.3 (abbreviated
//! syntax), 14.4 (matrices).

use super::markup::Node;
use crate::canvas::{FillRule, Path, PathBuilder, Transform};
use std::f32::consts::PI;

/// An outline; none of it when there is nothing to see.
pub(super) struct Outline {
    pub(super) path: Option<Path>,
    /// Figures that are stroked though they are not filled.
    pub(super) open: Option<Path>,
    pub(super) rule: FillRule,
}

impl Outline {
    /// From the abbreviated syntax.
    pub(super) fn parse(data: &str) -> Self {
        let mut pen = Pen::default();
        let rule = pen.run(data);
        Self {
            path: pen.path.finish(),
            open: None,
            rule,
        }
    }

    /// From a `PathGeometry`.
    pub(super) fn of_geometry(geometry: Node<'_>) -> Self {
        let mut outline = match geometry.get("Figures") {
            Some(figures) => Self::parse(figures),
            None => {
                let (mut filled, mut open) = (Pen::default(), Pen::default());
                for figure in geometry.children().filter(|n| n.name() == "PathFigure") {
                    if figure.get("IsFilled") == Some("false") {
                        open.figure(figure);
                    } else {
                        filled.figure(figure);
                    }
                }
                Self {
                    path: filled.path.finish(),
                    open: open.path.finish(),
                    rule: FillRule::EvenOdd,
                }
            }
        };
        outline.rule = match geometry.get("FillRule") {
            Some("NonZero") => FillRule::Winding,
            Some("EvenOdd") => FillRule::EvenOdd,
            _ => outline.rule,
        };
        outline
    }
}

/// `m11,m12,m21,m22,x,y`; the identity where it can't be read.
pub(super) fn matrix(text: &str) -> Option<Transform> {
    let mut numbers = Scanner(text);
    let mut next = || numbers.number();
    let values = [next()?, next()?, next()?, next()?, next()?, next()?];
    let [a, b, c, d, e, f] = values;
    let matrix = Transform::from_row(a, b, c, d, e, f);
    values
        .iter()
        .all(|value| value.is_finite())
        .then_some(matrix)
}

/// `x,y,width,height`.
pub(super) fn rectangle(text: &str) -> Option<[f32; 4]> {
    let mut numbers = Scanner(text);
    Some([
        numbers.number()?,
        numbers.number()?,
        numbers.number()?,
        numbers.number()?,
    ])
}

/// `x,y`.
pub(super) fn point(text: &str) -> Option<(f32, f32)> {
    let mut numbers = Scanner(text);
    Some((numbers.number()?, numbers.number()?))
}

/// Reads numbers and letters, skipping commas and blanks.
struct Scanner<'t>(&'t str);

impl Scanner<'_> {
    fn skip(&mut self) {
        self.0 = self
            .0
            .trim_start_matches(|c: char| c == ',' || c.is_ascii_whitespace());
    }

    fn letter(&mut self) -> Option<u8> {
        self.skip();
        let letter = *self.0.as_bytes().first()?;
        letter.is_ascii_alphabetic().then(|| {
            self.0 = &self.0[1..];
            letter
        })
    }

    fn number(&mut self) -> Option<f32> {
        self.skip();
        let bytes = self.0.as_bytes();
        let mut end = 0;
        let mut dotted = false;
        while let Some(byte) = bytes.get(end) {
            let before = end.checked_sub(1).and_then(|at| bytes.get(at));
            let goes_on = match byte {
                b'0'..=b'9' => true,
                b'.' => !std::mem::replace(&mut dotted, true),
                b'+' | b'-' => matches!(before, None | Some(b'e' | b'E')),
                b'e' | b'E' => end > 0,
                _ => false,
            };
            if !goes_on {
                break;
            }
            end += 1;
        }
        let number = self.0.get(..end)?.parse().ok()?;
        self.0 = &self.0[end..];
        Some(number)
    }
}

/// Draws an outline, remembering where it is.
#[derive(Default)]
struct Pen {
    path: PathBuilder,
    at: (f32, f32),
    start: (f32, f32),
    /// The last control point, by which smooth curves continue.
    control: Option<(f32, f32)>,
}

impl Pen {
    /// Follows the abbreviated syntax as far as it can be read.
    fn run(&mut self, data: &str) -> FillRule {
        let mut rule = FillRule::EvenOdd;
        let mut scanner = Scanner(data);
        let mut command = None;
        loop {
            if let Some(letter) = scanner.letter() {
                command = Some(letter);
                if letter.eq_ignore_ascii_case(&b'z') {
                    self.close();
                    continue;
                }
                if letter.eq_ignore_ascii_case(&b'f') {
                    rule = match scanner.number() {
                        Some(1.0) => FillRule::Winding,
                        Some(_) => FillRule::EvenOdd,
                        None => return rule,
                    };
                    continue;
                }
            }
            let Some(letter) = command else {
                return rule;
            };
            if self.step(letter, &mut scanner).is_none() {
                return rule;
            }
            // Further points after a move are lines.
            command = match letter {
                b'M' => Some(b'L'),
                b'm' => Some(b'l'),
                letter => Some(letter),
            };
        }
    }

    fn step(&mut self, letter: u8, scanner: &mut Scanner<'_>) -> Option<()> {
        let origin = if letter.is_ascii_lowercase() {
            self.at
        } else {
            (0.0, 0.0)
        };
        let mut next = || -> Option<(f32, f32)> {
            Some((origin.0 + scanner.number()?, origin.1 + scanner.number()?))
        };
        match letter.to_ascii_uppercase() {
            b'M' => {
                let to = next()?;
                self.move_to(to);
            }
            b'L' => {
                let to = next()?;
                self.line_to(to);
            }
            b'H' => {
                let x = origin.0 + scanner.number()?;
                self.line_to((x, self.at.1));
            }
            b'V' => {
                let y = origin.1 + scanner.number()?;
                self.line_to((self.at.0, y));
            }
            b'C' => {
                let (a, b, to) = (next()?, next()?, next()?);
                self.curve_to(a, b, to);
            }
            b'S' => {
                let (b, to) = (next()?, next()?);
                let a = self.control.map_or(self.at, |control| {
                    (2.0 * self.at.0 - control.0, 2.0 * self.at.1 - control.1)
                });
                self.curve_to(a, b, to);
            }
            b'Q' => {
                let (a, to) = (next()?, next()?);
                self.bow_to(a, to);
            }
            b'A' => {
                let radii = (scanner.number()?, scanner.number()?);
                let turn = scanner.number()?;
                let (large, sweep) = (scanner.number()? != 0.0, scanner.number()? != 0.0);
                let to = (origin.0 + scanner.number()?, origin.1 + scanner.number()?);
                self.arc_to(radii, turn, large, sweep, to);
            }
            _ => return None,
        }
        Some(())
    }

    fn figure(&mut self, figure: Node<'_>) {
        let Some(start) = figure.get("StartPoint").and_then(point) else {
            return;
        };
        self.move_to(start);
        for segment in figure.children() {
            let mut scanner = Scanner(segment.get("Points").unwrap_or_default());
            let mut next = || Some((scanner.number()?, scanner.number()?));
            match segment.name() {
                "PolyLineSegment" => {
                    while let Some(to) = next() {
                        self.line_to(to);
                    }
                }
                "PolyBezierSegment" => {
                    while let (Some(a), Some(b), Some(to)) = (next(), next(), next()) {
                        self.curve_to(a, b, to);
                    }
                }
                "PolyQuadraticBezierSegment" => {
                    while let (Some(a), Some(to)) = (next(), next()) {
                        self.bow_to(a, to);
                    }
                }
                "ArcSegment" => {
                    let flag = |name: &str| segment.get(name) == Some("true");
                    let radii = segment.get("Size").and_then(point).unwrap_or_default();
                    let turn = segment.get("RotationAngle").and_then(|t| t.parse().ok());
                    let sweep = segment.get("SweepDirection") == Some("Clockwise");
                    if let Some(to) = segment.get("Point").and_then(point) {
                        let turn = turn.unwrap_or(0.0);
                        self.arc_to(radii, turn, flag("IsLargeArc"), sweep, to);
                    }
                }
                _ => {}
            }
        }
        if figure.get("IsClosed") == Some("true") {
            self.close();
        }
    }

    fn move_to(&mut self, to: (f32, f32)) {
        self.path.move_to(to.0, to.1);
        (self.at, self.start, self.control) = (to, to, None);
    }

    fn line_to(&mut self, to: (f32, f32)) {
        self.path.line_to(to.0, to.1);
        (self.at, self.control) = (to, None);
    }

    fn curve_to(&mut self, a: (f32, f32), b: (f32, f32), to: (f32, f32)) {
        self.path.cubic_to(a.0, a.1, b.0, b.1, to.0, to.1);
        (self.at, self.control) = (to, Some(b));
    }

    fn bow_to(&mut self, a: (f32, f32), to: (f32, f32)) {
        self.path.quad_to(a.0, a.1, to.0, to.1);
        (self.at, self.control) = (to, None);
    }

    fn close(&mut self) {
        self.path.close();
        (self.at, self.control) = (self.start, None);
    }

    /// An arc of an ellipse, as curves of at most a quarter each.
    /// *Source*: SVG 1.1, appendix F.6.5 and F.6.6, whose arcs XPS shares.
    fn arc_to(&mut self, radii: (f32, f32), turn: f32, large: bool, sweep: bool, to: (f32, f32)) {
        let from = self.at;
        let (mut rx, mut ry) = (radii.0.abs(), radii.1.abs());
        if !(rx > 0.0 && ry > 0.0) || from == to || !turn.is_finite() {
            return self.line_to(to);
        }
        let (sin, cos) = turn.to_radians().sin_cos();
        let half = ((from.0 - to.0) / 2.0, (from.1 - to.1) / 2.0);
        let x = cos * half.0 + sin * half.1;
        let y = cos * half.1 - sin * half.0;
        let stretch = (x / rx).powi(2) + (y / ry).powi(2);
        if stretch > 1.0 {
            rx *= stretch.sqrt();
            ry *= stretch.sqrt();
        }
        let below = (rx * y).powi(2) + (ry * x).powi(2);
        let root = (((rx * ry).powi(2) - below) / below).max(0.0).sqrt();
        let root = if large == sweep { -root } else { root };
        let centre = (root * rx * y / ry, -root * ry * x / rx);
        let start = ((y - centre.1) / ry).atan2((x - centre.0) / rx);
        let end = ((-y - centre.1) / ry).atan2((-x - centre.0) / rx);
        let mut angle = end - start;
        if sweep && angle < 0.0 {
            angle += 2.0 * PI;
        } else if !sweep && angle > 0.0 {
            angle -= 2.0 * PI;
        }
        if !angle.is_finite() {
            return self.line_to(to);
        }
        let middle = (
            cos * centre.0 - sin * centre.1 + (from.0 + to.0) / 2.0,
            sin * centre.0 + cos * centre.1 + (from.1 + to.1) / 2.0,
        );
        let place = |x: f32, y: f32| {
            let (x, y) = (x * rx, y * ry);
            (cos * x - sin * y + middle.0, sin * x + cos * y + middle.1)
        };
        let parts = (angle.abs() / (PI / 2.0)).ceil().clamp(1.0, 4.0);
        let step = angle / parts;
        let handle = 4.0 / 3.0 * (step / 4.0).tan();
        for part in 0..4u8 {
            if f32::from(part) >= parts {
                break;
            }
            let (sin_a, cos_a) = (start + step * f32::from(part)).sin_cos();
            let (sin_b, cos_b) = (start + step * f32::from(part + 1)).sin_cos();
            self.curve_to(
                place(cos_a - handle * sin_a, sin_a + handle * cos_a),
                place(cos_b + handle * sin_b, sin_b - handle * cos_b),
                place(cos_b, sin_b),
            );
        }
        self.control = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(data: &str, bounds: [f32; 4]) {
        let path = Outline::parse(data).path.unwrap();
        let found = path.compute_tight_bounds().unwrap();
        let found = [found.left(), found.top(), found.right(), found.bottom()];
        for (found, expected) in found.iter().zip(bounds) {
            assert!((found - expected).abs() < 0.1, "{data}: {found} {expected}");
        }
    }

    #[test]
    fn every_command_leads_where_it_says() {
        check("M 0,0 L 10,0 10,5 Z", [0.0, 0.0, 10.0, 5.0]);
        check("M1 1h9v4H1z m 2 2 l 20 0", [1.0, 1.0, 23.0, 5.0]);
        check("F1M0,0C0,10,10,10,10,0", [0.0, 0.0, 10.0, 7.5]);
        check("M0,0 Q 5,10 10,0", [0.0, 0.0, 10.0, 5.0]);
        check("M0,0 C 0,5 5,5 5,0 S 10,-5 10,0", [0.0, -3.75, 10.0, 3.75]);
        check("M0,5 A 5,5 0 0 1 10,5", [0.0, 0.0, 10.0, 5.0]);
        check("M0,5 A 5,5 0 1 0 10,5", [0.0, 5.0, 10.0, 10.0]);
        check("M-1.5e1-2L.5.5", [-15.0, -2.0, 0.5, 0.5]);
    }

    #[test]
    fn fill_rule_is_even_odd_unless_told() {
        assert_eq!(Outline::parse("M0,0L1,1").rule, FillRule::EvenOdd);
        assert_eq!(Outline::parse("F1 M0,0L1,1").rule, FillRule::Winding);
    }

    #[test]
    fn matrices_have_six_numbers() {
        assert_eq!(
            matrix("1,0,0,1,5,6"),
            Some(Transform::from_translate(5.0, 6.0))
        );
        assert_eq!(matrix("1,0,0,1,5"), None);
        assert_eq!(matrix("1,0,0,1,5,1e99"), None);
    }

    proptest! {
        #[test]
        fn no_letters_upset_it(data in "[MLHVCSQAZmlhvcsqazFf0-9eE.,+ -]{0,60}") {
            let _ = Outline::parse(&data);
        }
    }
}
