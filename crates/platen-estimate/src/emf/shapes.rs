//! Lines, polygons, curves, regions and gradients.
//!
//! *Source*: MS-EMF, section 2.3.5 (drawing records).

use super::bytes::Bytes;
use super::object::Brush;
use super::play::{Player, rectangle, region};
use crate::canvas::{
    FillRule, GradientStop, Ink, LinearGradient, Path, PathBuilder, Point, Rect, SpreadMode,
    colour, is_chromatic,
};
use std::f32::consts::PI;

/// What is done with points.
#[derive(Clone, Copy, PartialEq)]
enum Line {
    Open,
    Closed,
    Curves,
    /// From the current position, which moves to the end.
    OpenOn,
    CurvesOn,
}

impl Player<'_> {
    /// Draws a shape; records of other kinds draw nothing.
    pub(super) fn shape(&mut self, kind: u32, record: Bytes<'_>) -> Option<()> {
        match kind {
            2 => self.points(record, Line::Curves, false),
            3 => self.points(record, Line::Closed, false),
            4 => self.points(record, Line::Open, false),
            5 => self.points(record, Line::CurvesOn, false),
            6 => self.points(record, Line::OpenOn, false),
            85 => self.points(record, Line::Curves, true),
            86 => self.points(record, Line::Closed, true),
            87 => self.points(record, Line::Open, true),
            88 => self.points(record, Line::CurvesOn, true),
            89 => self.points(record, Line::OpenOn, true),
            7 => self.many(record, Line::Open, false),
            8 => self.many(record, Line::Closed, false),
            90 => self.many(record, Line::Open, true),
            91 => self.many(record, Line::Closed, true),
            56 => self.mixed(record, false),
            92 => self.mixed(record, true),
            15 => self.pixel(record),
            27 => {
                self.state.position = (record.coordinate(8)?, record.coordinate(12)?);
                let at = self.to_dots(self.state.position);
                if let Some(bracket) = self.bracket() {
                    bracket.move_to(at.0, at.1);
                }
                Some(())
            }
            54 => self.line_to((record.coordinate(8)?, record.coordinate(12)?)),
            42 => {
                let path = PathBuilder::from_oval(rectangle(record, 8)?)?;
                self.placed(path, true)
            }
            43 => {
                let path = PathBuilder::from_rect(rectangle(record, 8)?);
                self.placed(path, true)
            }
            // The corners cover less than a dot of colour.
            44 => {
                let path = PathBuilder::from_rect(rectangle(record, 8)?);
                self.placed(path, true)
            }
            45..=47 | 55 => self.arc(kind, record),
            41 => self.angle_arc(record),
            71..=74 => self.region(kind, record),
            118 => self.gradient(record),
            _ => None,
        }
    }

    /// From logical units.
    fn to_dots(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let mut point = Point::from_xy(x, y);
        self.state.transform().map_point(&mut point);
        (point.x, point.y)
    }

    fn placed(&mut self, path: Path, fill: bool) -> Option<()> {
        let path = path.transform(self.state.transform())?;
        self.draw(path, fill, true);
        Some(())
    }

    fn line_to(&mut self, to: (f32, f32)) -> Option<()> {
        let from = self.state.position;
        self.state.position = to;
        let (start, end) = (self.to_dots(from), self.to_dots(to));
        if let Some(bracket) = self.bracket() {
            if bracket.is_empty() {
                bracket.move_to(start.0, start.1);
            }
            bracket.line_to(end.0, end.1);
            return Some(());
        }
        let mut path = PathBuilder::new();
        path.move_to(start.0, start.1);
        path.line_to(end.0, end.1);
        self.draw(path.finish()?, false, true);
        Some(())
    }

    /// A list of points after the bounds.
    fn points(&mut self, record: Bytes<'_>, line: Line, short: bool) -> Option<()> {
        let count = record.size(24)?;
        let points = read_points(record.from(28)?, count, short);
        let goes_on = matches!(line, Line::OpenOn | Line::CurvesOn);
        let mut path = PathBuilder::new();
        let mut dots = points.iter().map(|point| self.to_dots(*point));
        let start = if goes_on {
            self.to_dots(self.state.position)
        } else {
            dots.next()?
        };
        path.move_to(start.0, start.1);
        add(&mut path, dots, line);
        if goes_on {
            self.state.position = *points.last()?;
            let continued: Vec<_> = points.iter().map(|point| self.to_dots(*point)).collect();
            if let Some(bracket) = self.bracket() {
                if bracket.is_empty() {
                    bracket.move_to(start.0, start.1);
                }
                add(bracket, continued.into_iter(), line);
                return Some(());
            }
        }
        self.draw(path.finish()?, line == Line::Closed, true);
        Some(())
    }

    /// Several lists of points: how many, how many in all, how many in each.
    fn many(&mut self, record: Bytes<'_>, line: Line, short: bool) -> Option<()> {
        let lists = record.size(24)?;
        let total = record.size(28)?;
        let points_at = lists.checked_mul(4)?.checked_add(32)?;
        let points = read_points(record.from(points_at)?, total, short);
        let mut rest = points.as_slice();
        let mut path = PathBuilder::new();
        for list in 0..lists {
            let count = record.size(32 + list * 4)?.min(rest.len());
            let (points, after) = rest.split_at(count);
            rest = after;
            let mut dots = points.iter().map(|point| self.to_dots(*point));
            if let Some(start) = dots.next() {
                path.move_to(start.0, start.1);
                add(&mut path, dots, line);
            }
        }
        self.draw(path.finish()?, line == Line::Closed, true);
        Some(())
    }

    /// Points each with a word on what leads there: 2 a line, 4 a curve, 6 a
    /// new start; 1 closes.
    fn mixed(&mut self, record: Bytes<'_>, short: bool) -> Option<()> {
        let count = record.size(24)?;
        let points = read_points(record.from(28)?, count, short);
        let kinds = record
            .from(28 + points.len() * if short { 4 } else { 8 })?
            .0;
        let mut path = PathBuilder::new();
        let start = self.to_dots(self.state.position);
        path.move_to(start.0, start.1);
        let mut waiting = Vec::new();
        for (point, kind) in points.iter().zip(kinds) {
            let at = self.to_dots(*point);
            match kind & 6 {
                6 => path.move_to(at.0, at.1),
                4 => {
                    waiting.push(at);
                    if let [a, b, to] = waiting[..] {
                        path.cubic_to(a.0, a.1, b.0, b.1, to.0, to.1);
                        waiting.clear();
                    }
                }
                _ => path.line_to(at.0, at.1),
            }
            if kind & 1 != 0 {
                path.close();
            }
        }
        self.state.position = *points.last()?;
        self.draw(path.finish()?, false, true);
        Some(())
    }

    fn pixel(&mut self, record: Bytes<'_>) -> Option<()> {
        let (x, y) = (record.coordinate(8)?, record.coordinate(12)?);
        let mut at = Point::from_xy(x, y);
        self.state.transform().map_point(&mut at);
        let side = self.state.mapping.device().get_scale();
        let area = Rect::from_xywh(at.x, at.y, side.0, side.1)?;
        let brush = Brush::Solid(super::object::colour(record.u32(16)?));
        let path = PathBuilder::from_rect(area);
        self.fill(&path, FillRule::Winding, &brush);
        Some(())
    }

    /// Parts of the ellipse in a box, between two rays from its middle.
    fn arc(&mut self, kind: u32, record: Bytes<'_>) -> Option<()> {
        const CHORD: u32 = 46;
        const PIE: u32 = 47;
        const ON: u32 = 55;
        let area = rectangle(record, 8)?;
        let middle = (
            (area.left() + area.right()) / 2.0,
            (area.top() + area.bottom()) / 2.0,
        );
        let radii = (area.width() / 2.0, area.height() / 2.0);
        let angle = |at: usize| {
            let (x, y) = (record.coordinate(at)?, record.coordinate(at + 4)?);
            Some(((y - middle.1) / radii.1).atan2((x - middle.0) / radii.0))
        };
        let (start, end) = (angle(24)?, angle(32)?);
        let mut sweep = end - start;
        // Against the clock is towards smaller angles where down is positive.
        if self.state.clockwise && sweep <= 0.0 {
            sweep += 2.0 * PI;
        } else if !self.state.clockwise && sweep >= 0.0 {
            sweep -= 2.0 * PI;
        }
        let mut path = PathBuilder::new();
        let first = (
            middle.0 + radii.0 * start.cos(),
            middle.1 + radii.1 * start.sin(),
        );
        if kind == ON {
            path.move_to(self.state.position.0, self.state.position.1);
            path.line_to(first.0, first.1);
        } else {
            path.move_to(first.0, first.1);
        }
        add_arc(&mut path, middle, radii, start, sweep);
        match kind {
            PIE => {
                path.line_to(middle.0, middle.1);
                path.close();
            }
            CHORD => path.close(),
            ON => {
                self.state.position = (
                    middle.0 + radii.0 * end.cos(),
                    middle.1 + radii.1 * end.sin(),
                );
            }
            _ => {}
        }
        self.placed(path.finish()?, matches!(kind, CHORD | PIE))
    }

    fn angle_arc(&mut self, record: Bytes<'_>) -> Option<()> {
        let middle = (record.coordinate(8)?, record.coordinate(12)?);
        let radius = record.u32(16)? as f32;
        let start = -record.f32(20)?.to_radians();
        let sweep = -record.f32(24)?.to_radians().clamp(-2.0 * PI, 2.0 * PI);
        let mut path = PathBuilder::new();
        path.move_to(self.state.position.0, self.state.position.1);
        path.line_to(
            middle.0 + radius * start.cos(),
            middle.1 + radius * start.sin(),
        );
        add_arc(&mut path, middle, (radius, radius), start, sweep);
        self.placed(path.finish()?, false)
    }

    fn region(&mut self, kind: u32, record: Bytes<'_>) -> Option<()> {
        const FILL: u32 = 71;
        const FRAME: u32 = 72;
        const PAINT: u32 = 74;
        let data = match kind {
            FILL => record.from(32)?,
            FRAME => record.from(40)?,
            _ => record.from(28)?,
        };
        let path = region(data)?.transform(self.state.transform())?;
        let brush = match kind {
            FILL | FRAME => self.objects.brush(record.u32(28)?),
            PAINT => self.state.brush.clone(),
            // Inverting white paper makes it black.
            _ => Brush::Solid([0; 3]),
        };
        self.fill(&path, FillRule::Winding, &brush);
        Some(())
    }

    /// Rectangles or triangles between corners that each have a colour.
    fn gradient(&mut self, record: Bytes<'_>) -> Option<()> {
        const UPRIGHT: u32 = 1;
        const TRIANGLES: u32 = 2;
        let (corners, count) = (record.size(24)?, record.size(28)?);
        let mode = record.u32(32)?;
        let indices = record.from(corners.checked_mul(16)?.checked_add(36)?)?;
        let corner = |number: usize| {
            let at = (number < corners).then(|| 36 + number * 16)?;
            // Each channel has sixteen bits, of which the higher eight count.
            let channel = |at: usize| Some(f64::from(record.u16(at)?) / 65280.0);
            let tint = colour([channel(at + 8)?, channel(at + 10)?, channel(at + 12)?, 1.0]);
            Some(((record.coordinate(at)?, record.coordinate(at + 4)?), tint))
        };
        let (width, each) = if mode == TRIANGLES { (12, 3) } else { (8, 2) };
        for shape in 0..count {
            self.budget.step().ok()?;
            let at = shape.checked_mul(width)?;
            let mut ends = Vec::with_capacity(each);
            for end in 0..each {
                ends.push(corner(indices.size(at + end * 4)?)?);
            }
            let mut path = PathBuilder::new();
            let (from, to, stops) = match ends[..] {
                [((x0, y0), a), ((x1, y1), b)] => {
                    path.push_rect(Rect::from_ltrb(
                        x0.min(x1),
                        y0.min(y1),
                        x0.max(x1),
                        y0.max(y1),
                    )?);
                    let to = if mode == UPRIGHT { (x0, y1) } else { (x1, y0) };
                    ((x0, y0), to, vec![a, b])
                }
                [(p, a), (q, b), (r, c)] => {
                    path.move_to(p.0, p.1);
                    path.line_to(q.0, q.1);
                    path.line_to(r.0, r.1);
                    path.close();
                    // From one corner over the second to the third.
                    (p, r, vec![a, b, c])
                }
                _ => return None,
            };
            let transform = self.state.transform();
            let chromatic = stops.iter().any(|tint| is_chromatic(*tint));
            let last = (stops.len() - 1).max(1) as f32;
            let stops = stops
                .into_iter()
                .zip(0u8..)
                .map(|(tint, at)| GradientStop::new(f32::from(at) / last, tint))
                .collect();
            let shader = LinearGradient::new(
                Point::from_xy(from.0, from.1),
                Point::from_xy(to.0, to.1),
                stops,
                SpreadMode::Pad,
                transform,
            )?;
            let ink = Ink::gradient(shader, chromatic);
            let path = path.finish()?.transform(transform)?;
            let clip = self.state.clip.clone();
            self.lay(&path, FillRule::Winding, &ink, &clip);
        }
        Some(())
    }
}

/// Adds points as lines or curves.
fn add(path: &mut PathBuilder, mut dots: impl Iterator<Item = (f32, f32)>, line: Line) {
    match line {
        Line::Curves | Line::CurvesOn => {
            while let (Some(a), Some(b), Some(to)) = (dots.next(), dots.next(), dots.next()) {
                path.cubic_to(a.0, a.1, b.0, b.1, to.0, to.1);
            }
        }
        Line::Open | Line::Closed | Line::OpenOn => {
            for to in dots {
                path.line_to(to.0, to.1);
            }
        }
    }
    if line == Line::Closed {
        path.close();
    }
}

/// An arc around `middle`, in curves of at most a quarter. *Units*: radians.
pub(super) fn add_arc(
    path: &mut PathBuilder,
    middle: (f32, f32),
    radii: (f32, f32),
    start: f32,
    sweep: f32,
) {
    let parts = (sweep.abs() / (PI / 2.0)).ceil().clamp(1.0, 5.0);
    let step = sweep / parts;
    let handle = 4.0 / 3.0 * (step / 4.0).tan();
    let place = |x: f32, y: f32| (middle.0 + x * radii.0, middle.1 + y * radii.1);
    for part in 0..5u8 {
        if f32::from(part) >= parts {
            break;
        }
        let (sin_a, cos_a) = (start + step * f32::from(part)).sin_cos();
        let (sin_b, cos_b) = (start + step * f32::from(part + 1)).sin_cos();
        let a = place(cos_a - handle * sin_a, sin_a + handle * cos_a);
        let b = place(cos_b + handle * sin_b, sin_b - handle * cos_b);
        let to = place(cos_b, sin_b);
        path.cubic_to(a.0, a.1, b.0, b.1, to.0, to.1);
    }
}

/// As many points as there are, of 16 or 32 bits.
fn read_points(data: Bytes<'_>, count: usize, short: bool) -> Vec<(f32, f32)> {
    let size = if short { 4 } else { 8 };
    let count = count.min(data.0.len() / size);
    (0..count)
        .filter_map(|number| {
            let at = number * size;
            if short {
                Some((data.i16(at)?.into(), data.i16(at + 2)?.into()))
            } else {
                Some((data.coordinate(at)?, data.coordinate(at + 4)?))
            }
        })
        .collect()
}
