//! EMF+ records that draw. *Source*: MS-EMFPLUS, section 2.3.4.

use super::super::bytes::Bytes;
use super::super::dib::{Bitmap, Context, Fourth, View};
use super::super::play::Player;
use super::super::shapes::add_arc;
use super::object::{Brush, Image, Object, Pen, argb, points};
use super::{Plus, area, pixels};
use crate::canvas::{
    FillRule, Ink, Path, PathBuilder, Picture, Rect, SpreadMode, Stroke, Transform,
};

const SHORT: u16 = 0x4000;
/// The brush's number is its colour.
const COLOUR: u16 = 0x8000;
const CLOSED: u16 = 0x2000;

impl Player<'_> {
    /// Draws what a record draws; records of other kinds draw nothing.
    pub(super) fn plus_draw(
        &mut self,
        plus: &Plus,
        kind: u16,
        flags: u16,
        record: Bytes<'_>,
    ) -> Option<()> {
        match kind {
            0x4009 => {
                let page = Rect::from_xywh(0.0, 0.0, 1e5, 1e5)?;
                let ink = Ink::solid(argb(record.u32(0)?));
                let path = PathBuilder::from_rect(page);
                self.lay(&path, FillRule::Winding, &ink, &plus.state.clip);
                Some(())
            }
            0x401a => {
                let (at, _) = rectangle(record.from(24)?, flags)?;
                let place = Transform::from_row(at[2], 0.0, 0.0, at[3], at[0], at[1]);
                self.plus_image(plus, flags, record, place)
            }
            0x401b => {
                let count = record.size(24)?;
                let (corners, _) = points(record.from(28)?, count.min(3), flags)?;
                let [a, b, c] = corners[..] else {
                    return None;
                };
                let place =
                    Transform::from_row(b.0 - a.0, b.1 - a.1, c.0 - a.0, c.1 - a.1, a.0, a.1);
                self.plus_image(plus, flags, record, place)
            }
            0x401c => self.plus_text(plus, flags, record),
            0x4036 => self.plus_glyphs(plus, flags, record),
            _ => {
                let shape = shape(plus, kind, flags, record)?;
                match shape.tool {
                    Tool::Brush(number) => {
                        let brush = brush(plus, flags, number)?;
                        self.plus_fill(plus, &brush, &shape.path);
                    }
                    Tool::Pen(number) => {
                        let Some(Object::Pen(pen)) = plus.objects.get(&number) else {
                            return None;
                        };
                        self.plus_stroke(plus, pen, &shape.path);
                    }
                }
                Some(())
            }
        }
    }

    fn plus_fill(&mut self, plus: &Plus, brush: &Brush, path: &Path) {
        let to_dots = plus.to_dots(self);
        let Some(path) = path.clone().transform(to_dots) else {
            return;
        };
        match brush.ink(to_dots) {
            Some(ink) => self.lay(&path, FillRule::EvenOdd, &ink, &plus.state.clip),
            None => self.canvas.draw_unknown(),
        }
    }

    fn plus_stroke(&mut self, plus: &Plus, pen: &Pen, path: &Path) {
        let to_dots = plus.to_dots(self);
        let Some(ink) = pen.brush.ink(to_dots) else {
            self.canvas.draw_unknown();
            return;
        };
        let Some(path) = path.clone().transform(to_dots) else {
            return;
        };
        // Widths of the world grow with it, others have their own unit.
        let scale = if pen.unit == 0 {
            let (across, down) = to_dots.get_scale();
            (across * down).sqrt()
        } else {
            let unit = u16::try_from(pen.unit).unwrap_or(2);
            self.state.mapping.device().get_scale().0 * pixels(unit, plus.dots_per_inch)
        };
        let line = Stroke {
            width: if pen.width > 0.0 {
                pen.width * scale
            } else {
                1.0
            },
            ..Stroke::default()
        };
        let identity = Transform::identity();
        self.canvas
            .stroke(&path, &line, identity, &ink, &plus.state.clip);
    }

    fn plus_image(
        &mut self,
        plus: &Plus,
        flags: u16,
        record: Bytes<'_>,
        place: Transform,
    ) -> Option<()> {
        let Some(Object::Image(image)) = plus.objects.get(&((flags & 0xff) as u8)) else {
            return None;
        };
        let place = plus.to_dots(self).pre_concat(place);
        let unit = PathBuilder::from_rect(Rect::from_xywh(0.0, 0.0, 1.0, 1.0)?);
        let path = unit.transform(place)?;
        let source = area(record, 8)?;
        let (across, down) = place.get_scale();
        let Some(picture) = self.plus_picture(image, (across.into(), down.into())) else {
            self.canvas.draw_unknown();
            return Some(());
        };
        // The part of the picture that is shown fills the place.
        let dots = (
            picture.dots.width() as f32 / picture.samples.0 as f32,
            picture.dots.height() as f32 / picture.samples.1 as f32,
        );
        let place = place
            .pre_scale(1.0 / source[2], 1.0 / source[3])
            .pre_translate(-source[0], -source[1])
            .pre_scale(1.0 / dots.0, 1.0 / dots.1);
        if !place.is_finite() {
            self.canvas.draw_unknown();
            return Some(());
        }
        let ink = Ink::picture(&picture.dots, SpreadMode::Pad, 1.0, place);
        self.lay(&path, FillRule::Winding, &ink, &plus.state.clip);
        Some(())
    }

    fn plus_picture(&self, image: &Image, dots: (f64, f64)) -> Option<Picture> {
        match image {
            Image::File(data) if data.starts_with(b"BM") => {
                let header = data.get(14..)?;
                let offset = Bytes(data).size(10)?;
                self.plus_bitmap(header, data.get(offset..)?, dots, Fourth::Nothing)
            }
            Image::File(data) => Picture::decode(data, dots, self.budget),
            Image::Samples(width, height, stride, format, data) => {
                let (bits, fourth) = match format {
                    0x0002_1808 => (24_u16, Fourth::Nothing),
                    0x0002_2009 => (32, Fourth::Nothing),
                    0x000e_200b => (32, Fourth::Opacity),
                    // Not multiplied in, which shows the same where it is full.
                    0x0026_200a => (32, Fourth::Plain),
                    _ => return None,
                };
                let natural = usize::try_from(*width)
                    .ok()?
                    .checked_mul(bits.into())?
                    .div_ceil(32)
                    .checked_mul(4)?;
                if *stride != natural {
                    return None;
                }
                // As a bitmap whose rows go down.
                let mut header = Vec::with_capacity(40);
                header.extend(40_u32.to_le_bytes());
                header.extend(width.to_le_bytes());
                header.extend(i32::try_from(*height).ok()?.checked_neg()?.to_le_bytes());
                header.extend(1_u16.to_le_bytes());
                header.extend(bits.to_le_bytes());
                header.extend([0; 24]);
                self.plus_bitmap(&header, data, dots, fourth)
            }
            Image::Unknown => None,
        }
    }

    fn plus_bitmap(
        &self,
        header: &[u8],
        bits: &[u8],
        dots: (f64, f64),
        fourth: Fourth,
    ) -> Option<Picture> {
        let bitmap = Bitmap {
            header,
            bits,
            usage: 0,
        };
        let (width, height) = bitmap.size()?;
        let view = View {
            x: 0,
            y: 0,
            width,
            height,
            from_bottom: false,
            dots,
        };
        let context = Context {
            palette: &[],
            two: [[0; 3], [255; 3]],
        };
        bitmap.decode(view, fourth, context, self.budget)
    }

    fn plus_text(&mut self, plus: &Plus, flags: u16, record: Bytes<'_>) -> Option<()> {
        let count = record.size(8)?;
        let text = record.0.get(28..count.checked_mul(2)?.checked_add(28)?)?;
        if text.chunks_exact(2).all(|c| matches!(c, [b' ' | 0, 0])) {
            return Some(());
        }
        let brush = brush(plus, flags, record.u32(0)?)?;
        let [x, y, width, height] = area(record, 12)?;
        let size = font_size(plus, (flags & 0xff) as u8)?;
        let natural = size * 0.5 * count as f32;
        let width = if width > 0.0 {
            width.min(natural)
        } else {
            natural
        };
        let height = if height > 0.0 { height.min(size) } else { size };
        self.plus_letters(plus, &brush, Rect::from_xywh(x, y, width, height)?)
    }

    fn plus_glyphs(&mut self, plus: &Plus, flags: u16, record: Bytes<'_>) -> Option<()> {
        let brush = brush(plus, flags, record.u32(0)?)?;
        let has_matrix = record.u32(8)? != 0;
        let count = record.size(12)?;
        let places = record.from(count.checked_mul(2)?.checked_add(16)?)?;
        let (places, _) = points(places, count, 0)?;
        let size = font_size(plus, (flags & 0xff) as u8)?;
        if has_matrix || places.is_empty() {
            // Turned text is rare; its first letters stand for all.
            let (x, y) = places.first()?;
            let area = Rect::from_xywh(*x, y - size, size, size)?;
            return self.plus_letters(plus, &brush, area);
        }
        let left = places.iter().map(|place| place.0).fold(f32::MAX, f32::min);
        let right = places.iter().map(|place| place.0).fold(f32::MIN, f32::max);
        let bottom = places.first()?.1;
        let area = Rect::from_xywh(left, bottom - 0.8 * size, right - left + size * 0.5, size)?;
        self.plus_letters(plus, &brush, area)
    }

    fn plus_letters(&mut self, plus: &Plus, brush: &Brush, area: Rect) -> Option<()> {
        let to_dots = plus.to_dots(self);
        match brush.ink(Transform::identity()) {
            Some(ink) => self.canvas.text(area, to_dots, &ink, &plus.state.clip),
            None => self.canvas.draw_unknown(),
        }
        Some(())
    }
}

/// What a shape is drawn with, by its number.
enum Tool {
    Brush(u32),
    Pen(u8),
}

struct Shape {
    tool: Tool,
    path: Path,
}

/// The outline of a record, in world units.
fn shape(plus: &Plus, kind: u16, flags: u16, record: Bytes<'_>) -> Option<Shape> {
    let number = (flags & 0xff) as u8;
    let mut path = PathBuilder::new();
    let tool = match kind {
        0x400a | 0x400c | 0x400e | 0x4010 | 0x4013 | 0x4014 | 0x4016 => Tool::Brush(record.u32(0)?),
        0x4015 => Tool::Pen(u8::try_from(record.u32(0)? & 0xff).ok()?),
        0x400b | 0x400d | 0x400f | 0x4011 | 0x4012 | 0x4017..=0x4019 => Tool::Pen(number),
        _ => return None,
    };
    // The brush stands before everything else, the pen among the flags.
    let rest = match tool {
        Tool::Brush(_) => record.from(4)?,
        Tool::Pen(_) => record,
    };
    match kind {
        0x400a | 0x400b => {
            let count = rest.size(0)?;
            let mut at = 4;
            for _ in 0..count.min(rest.0.len() / 8) {
                let ([x, y, width, height], taken) = rectangle(rest.from(at)?, flags)?;
                if let Some(area) = Rect::from_xywh(x, y, width, height) {
                    path.push_rect(area);
                }
                at += taken;
            }
        }
        0x400c | 0x400d => {
            let (points, _) = points(rest.from(4)?, rest.size(0)?, flags)?;
            lines(&mut path, &points, kind == 0x400c || flags & CLOSED != 0);
        }
        0x400e | 0x400f => {
            let ([x, y, width, height], _) = rectangle(rest, flags)?;
            path.push_oval(Rect::from_xywh(x, y, width, height)?);
        }
        0x4010..=0x4012 => {
            let (start, sweep) = (rest.f32(0)?.to_radians(), rest.f32(4)?.to_radians());
            let ([x, y, width, height], _) = rectangle(rest.from(8)?, flags)?;
            let radii = (width / 2.0, height / 2.0);
            let middle = (x + radii.0, y + radii.1);
            path.move_to(
                middle.0 + radii.0 * start.cos(),
                middle.1 + radii.1 * start.sin(),
            );
            let turn = 2.0 * std::f32::consts::PI;
            add_arc(&mut path, middle, radii, start, sweep.clamp(-turn, turn));
            if kind != 0x4012 {
                path.line_to(middle.0, middle.1);
                path.close();
            }
        }
        0x4013 => match plus.objects.get(&number)? {
            Object::Region(Some(Some(region))) => path.push_path(region),
            Object::Region(None) => path.push_rect(Rect::from_xywh(-1e5, -1e5, 2e5, 2e5)?),
            _ => return None,
        },
        0x4014 | 0x4015 => match plus.objects.get(&number)? {
            Object::Path(outline) => path.push_path(outline),
            _ => return None,
        },
        // Curves through points lie near the lines between them.
        0x4016 | 0x4017 => {
            let (points, _) = points(rest.from(8)?, rest.size(4)?, flags)?;
            lines(&mut path, &points, true);
        }
        0x4018 => {
            let (points, _) = points(rest.from(16)?, rest.size(12)?, flags)?;
            lines(&mut path, &points, false);
        }
        _ => {
            let (points, _) = points(rest.from(4)?, rest.size(0)?, flags)?;
            let (start, curves) = points.split_first()?;
            path.move_to(start.0, start.1);
            for curve in curves.chunks_exact(3) {
                let [a, b, to] = [curve[0], curve[1], curve[2]];
                path.cubic_to(a.0, a.1, b.0, b.1, to.0, to.1);
            }
        }
    }
    Some(Shape {
        tool,
        path: path.finish()?,
    })
}

fn lines(path: &mut PathBuilder, points: &[(f32, f32)], closed: bool) {
    for (number, point) in points.iter().enumerate() {
        if number == 0 {
            path.move_to(point.0, point.1);
        } else {
            path.line_to(point.0, point.1);
        }
    }
    if closed {
        path.close();
    }
}

fn brush(plus: &Plus, flags: u16, number: u32) -> Option<Brush> {
    if flags & COLOUR != 0 {
        return Some(Brush::Solid(argb(number)));
    }
    match plus.objects.get(&u8::try_from(number & 0xff).ok()?)? {
        Object::Brush(brush) => Some(brush.clone()),
        _ => None,
    }
}

/// In world units, nearly.
fn font_size(plus: &Plus, number: u8) -> Option<f32> {
    match plus.objects.get(&number)? {
        Object::Font { size, unit } => {
            let unit = u16::try_from(*unit).ok()?;
            let pixels = size * pixels(unit, plus.dots_per_inch);
            Some(if unit == 0 {
                *size
            } else {
                pixels / plus.state.page.unwrap_or(1.0)
            })
        }
        _ => None,
    }
}

/// A rectangle, of short or long numbers, and how many bytes it takes.
fn rectangle(data: Bytes<'_>, flags: u16) -> Option<([f32; 4], usize)> {
    if flags & SHORT == 0 {
        return Some((area(data, 0)?, 16));
    }
    let short = |at: usize| data.i16(at).map(f32::from);
    Some(([short(0)?, short(2)?, short(4)?, short(6)?], 8))
}
