//! Paths: their segments, and the box around them, in device space.
//! *Source*: PLRM, section 4.4.

use super::interpreter::Interpreter;
use super::math::exact_sin_cos;
use super::object::{Done, Error, Object, Value};
use super::operators::Entry;
use crate::geometry::{Bounds, Matrix};
use std::rc::Rc;

/// Segments beyond these only widen the box.
const MAX_SEGMENTS: usize = 2_000;

type Point = (f64, f64);

/// A piece of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Segment {
    Move(Point),
    Line(Point),
    Curve(Point, Point, Point),
    Close,
}

/// A path.
#[derive(Clone)]
pub(super) struct Path {
    segments: Rc<Vec<Segment>>,
    /// The box around all that could be filled or stroked.
    pub(super) bounds: Bounds,
    start: Point,
    pub(super) point: Option<Point>,
}

impl Default for Path {
    fn default() -> Self {
        Self {
            segments: Rc::default(),
            bounds: Bounds::NONE,
            start: (0.0, 0.0),
            point: None,
        }
    }
}

impl Path {
    pub(super) fn move_to(&mut self, point: Point) {
        self.start = point;
        self.point = Some(point);
        self.keep(Segment::Move(point));
    }

    pub(super) fn line_to(&mut self, point: Point) -> Done {
        self.bounds.add(self.point.ok_or(Error::NoCurrentPoint)?);
        self.bounds.add(point);
        self.point = Some(point);
        self.keep(Segment::Line(point));
        Ok(())
    }

    pub(super) fn curve_to(&mut self, first: Point, second: Point, end: Point) -> Done {
        let from = self.point.ok_or(Error::NoCurrentPoint)?;
        for point in [from, first, second, end] {
            self.bounds.add(point);
        }
        self.point = Some(end);
        self.keep(Segment::Curve(first, second, end));
        Ok(())
    }

    pub(super) fn close(&mut self) {
        if self.point.is_some() {
            self.point = Some(self.start);
            // A closed point is a dot when it is stroked.
            self.bounds.add(self.start);
            self.keep(Segment::Close);
        }
    }

    /// The outline of a box.
    pub(super) fn add_bounds(&mut self, bounds: Bounds) {
        if bounds.is_empty() {
            return;
        }
        self.move_to((bounds.x0, bounds.y0));
        for corner in [
            (bounds.x1, bounds.y0),
            (bounds.x1, bounds.y1),
            (bounds.x0, bounds.y1),
        ] {
            self.bounds.add(corner);
            self.keep(Segment::Line(corner));
        }
        self.bounds.add((bounds.x0, bounds.y0));
        self.close();
    }

    fn keep(&mut self, segment: Segment) {
        let moves = matches!(segment, Segment::Move(_));
        if moves && matches!(self.segments.last(), Some(Segment::Move(_))) {
            Rc::make_mut(&mut self.segments).pop();
        }
        if self.segments.len() < MAX_SEGMENTS {
            Rc::make_mut(&mut self.segments).push(segment);
        }
    }

    /// The box that `pathbbox` gives: a lone point counts.
    fn extent(&self) -> Option<Bounds> {
        let point = self.point?;
        let mut bounds = self.bounds;
        if bounds.is_empty() {
            bounds.add(point);
        }
        Some(bounds)
    }
}

pub(super) const OPERATORS: &[Entry] = &[
    ("newpath", |vm| {
        vm.graphics.state.path = Path::default();
        Ok(())
    }),
    ("currentpoint", |vm| {
        let (x, y) = vm.user_point()?;
        vm.push(Object::real(x))?;
        vm.push(Object::real(y))
    }),
    ("moveto", |vm| {
        let point = vm.pop_point()?;
        vm.graphics.state.path.move_to(point);
        Ok(())
    }),
    ("rmoveto", |vm| {
        let point = vm.pop_step()?;
        vm.graphics.state.path.move_to(point);
        Ok(())
    }),
    ("lineto", |vm| {
        let point = vm.pop_point()?;
        vm.graphics.state.path.line_to(point)
    }),
    ("rlineto", |vm| {
        let point = vm.pop_step()?;
        vm.graphics.state.path.line_to(point)
    }),
    ("curveto", |vm| {
        let (end, second, first) = (vm.pop_point()?, vm.pop_point()?, vm.pop_point()?);
        vm.graphics.state.path.curve_to(first, second, end)
    }),
    ("rcurveto", |vm| {
        let (end, second, first) = (vm.pop_step()?, vm.pop_step()?, vm.pop_step()?);
        vm.graphics.state.path.curve_to(first, second, end)
    }),
    ("closepath", |vm| {
        vm.graphics.state.path.close();
        Ok(())
    }),
    ("arc", |vm| arc(vm, false)),
    ("arcn", |vm| arc(vm, true)),
    ("arct", |vm| arc_between(vm).map(|_| ())),
    ("arcto", |vm| {
        for value in arc_between(vm)? {
            vm.push(Object::real(value))?;
        }
        Ok(())
    }),
    ("pathbbox", |vm| {
        let bounds = vm
            .graphics
            .state
            .path
            .extent()
            .ok_or(Error::NoCurrentPoint)?;
        let inverse = vm
            .graphics
            .state
            .ctm
            .inverse()
            .ok_or(Error::UndefinedResult)?;
        let bounds = bounds.under(inverse);
        for value in [bounds.x0, bounds.y0, bounds.x1, bounds.y1] {
            vm.push(Object::real(value))?;
        }
        Ok(())
    }),
    ("flattenpath", |_| Ok(())),
    ("reversepath", |_| Ok(())),
    ("strokepath", |vm| {
        let reach = vm.line_reach();
        vm.graphics.state.path.bounds = vm.graphics.state.path.bounds.grow(reach);
        Ok(())
    }),
    ("pathforall", path_for_all),
    ("setbbox", |vm| vm.pop_numbers::<4>().map(|_| ())),
    ("ucache", |_| Ok(())),
    ("uappend", |vm| {
        let path = vm.pop()?;
        vm.run_user_path(path)
    }),
    ("upath", |vm| {
        vm.pop_bool()?;
        let empty = vm.memory.add_array(Vec::new())?;
        vm.push(Object::executable(Value::Array(empty)))
    }),
];

impl Interpreter<'_> {
    fn pop_point(&mut self) -> Done<Point> {
        let [x, y] = self.pop_numbers()?;
        Ok(self.graphics.state.ctm.apply((x, y)))
    }

    /// A point given from the current one on.
    fn pop_step(&mut self) -> Done<Point> {
        let [x, y] = self.pop_numbers()?;
        let (dx, dy) = self.graphics.state.ctm.apply_distance((x, y));
        let (from_x, from_y) = self.device_point()?;
        Ok((from_x + dx, from_y + dy))
    }

    pub(super) fn device_point(&self) -> Done<Point> {
        let point = self.graphics.state.path.point;
        point.ok_or(Error::NoCurrentPoint.into())
    }

    /// The current point in the coordinates of the program.
    pub(super) fn user_point(&self) -> Done<Point> {
        let state = &self.graphics.state;
        let inverse = state.ctm.inverse().ok_or(Error::UndefinedResult)?;
        Ok(inverse.apply(self.device_point()?))
    }

    /// How far a stroke reaches beyond its path.
    pub(super) fn line_reach(&self) -> f64 {
        let (x, y) = self.graphics.state.ctm.scale();
        self.graphics.state.line_width.abs() * x.max(y) / 2.0
    }

    /// Runs a user path, or its encoded form, of which only the numbers count.
    pub(super) fn run_user_path(&mut self, path: Object) -> Done {
        let Value::Array(items) = path.value else {
            return Err(Error::TypeCheck.into());
        };
        let first = self.memory.array(items).first().map(|first| first.value);
        if items.len == 2 && matches!(first, Some(Value::Array(_) | Value::String(_))) {
            if let Some(Value::Array(numbers)) = first {
                let numbers = self.numbers(numbers)?;
                for pair in numbers.chunks_exact(2) {
                    let point = self.graphics.state.ctm.apply((pair[0], pair[1]));
                    self.graphics.state.path.bounds.add(point);
                    self.graphics.state.path.point = Some(point);
                }
            }
            return Ok(());
        }
        self.call(Object::executable(path.value))
    }
}

/// The parts of an arc, each of a quarter turn at most, as curves.
fn arc_curves(
    centre: Point,
    radius: f64,
    from: f64,
    to: f64,
) -> impl Iterator<Item = (Point, Point, Point, Point)> {
    let count = ((to - from).abs() / 90.0).ceil().clamp(1.0, 400.0);
    let step = (to - from) / count;
    let at = move |degrees: f64| {
        let (sine, cosine) = exact_sin_cos(degrees);
        (centre.0 + radius * cosine, centre.1 + radius * sine)
    };
    (0..count as usize).map(move |part| {
        let (a, b) = (from + step * part as f64, from + step * (part + 1) as f64);
        let reach = 4.0 / 3.0 * (step.to_radians() / 4.0).tan();
        let (start, end) = (at(a), at(b));
        let turn = |point: Point, by: f64| {
            (
                point.0 - by * (point.1 - centre.1),
                point.1 + by * (point.0 - centre.0),
            )
        };
        (start, turn(start, reach), turn(end, -reach), end)
    })
}

fn arc(vm: &mut Interpreter<'_>, clockwise: bool) -> Done {
    let [x, y, radius, from, to] = vm.pop_numbers()?;
    let mut to = to;
    if clockwise {
        if to > from {
            to -= ((to - from) / 360.0).ceil() * 360.0;
        }
    } else if to < from {
        to += ((from - to) / 360.0).ceil() * 360.0;
    }
    if !(to - from).is_finite() {
        return Err(Error::RangeCheck.into());
    }
    let ctm = vm.graphics.state.ctm;
    let path = &mut vm.graphics.state.path;
    for (part, (start, first, second, end)) in arc_curves((x, y), radius, from, to).enumerate() {
        if part == 0 {
            let start = ctm.apply(start);
            if path.point.is_some() {
                path.line_to(start)?;
            } else {
                path.move_to(start);
            }
        }
        path.curve_to(ctm.apply(first), ctm.apply(second), ctm.apply(end))?;
    }
    Ok(())
}

/// An arc that touches two lines; gives the points where it does.
fn arc_between(vm: &mut Interpreter<'_>) -> Done<[f64; 4]> {
    let [x1, y1, x2, y2, radius] = vm.pop_numbers()?;
    let (x0, y0) = vm.user_point()?;
    let ctm = vm.graphics.state.ctm;
    let unit = |x: f64, y: f64| {
        let length = x.hypot(y);
        (length > 0.0).then(|| (x / length, y / length))
    };
    let corner = (x1, y1);
    let straight = |vm: &mut Interpreter<'_>| {
        vm.graphics.state.path.line_to(ctm.apply(corner))?;
        Ok([x1, y1, x1, y1])
    };
    let (Some(back), Some(on)) = (unit(x0 - x1, y0 - y1), unit(x2 - x1, y2 - y1)) else {
        return straight(vm);
    };
    let cosine = (back.0 * on.0 + back.1 * on.1).clamp(-1.0, 1.0);
    let half = cosine.acos() / 2.0;
    if half.sin().abs() < 1e-6 || half.cos().abs() < 1e-6 {
        return straight(vm);
    }
    let along = radius.abs() / half.tan();
    let (a, b) = (
        (x1 + back.0 * along, y1 + back.1 * along),
        (x1 + on.0 * along, y1 + on.1 * along),
    );
    // The corner pulls the curve as far as a circle's arc goes.
    let pull = 4.0 / 3.0 * ((std::f64::consts::PI - 2.0 * half) / 4.0).tan() * half.tan();
    let toward = |p: Point| (p.0 + (x1 - p.0) * pull, p.1 + (y1 - p.1) * pull);
    let path = &mut vm.graphics.state.path;
    path.line_to(ctm.apply(a))?;
    path.curve_to(ctm.apply(toward(a)), ctm.apply(toward(b)), ctm.apply(b))?;
    Ok([a.0, a.1, b.0, b.1])
}

fn path_for_all(vm: &mut Interpreter<'_>) -> Done {
    let (close, curve, line, start) = (vm.pop()?, vm.pop()?, vm.pop()?, vm.pop()?);
    let segments = Rc::clone(&vm.graphics.state.path.segments);
    let inverse: Matrix = vm
        .graphics
        .state
        .ctm
        .inverse()
        .ok_or(Error::UndefinedResult)?;
    for segment in segments.iter() {
        let (points, procedure): (&[Point], Object) = match segment {
            Segment::Move(point) => (&[*point], start),
            Segment::Line(point) => (&[*point], line),
            Segment::Curve(a, b, c) => (&[*a, *b, *c], curve),
            Segment::Close => (&[], close),
        };
        for point in points {
            let (x, y) = inverse.apply(*point);
            vm.push(Object::real(x))?;
            vm.push(Object::real(y))?;
        }
        vm.call(procedure)?;
    }
    Ok(())
}
