//! Records that put bitmaps on the page, and brushes made of bitmaps.
//!
//! *Source*: MS-EMF, sections 2.3.1 (bitmap records), 2.3.7.4 and 2.3.7.7
//! (pattern brushes), 2.1.31 (ternary raster operations, MS-WMF).

use super::bytes::Bytes;
use super::dib::{Bitmap, Context, Fourth, View};
use super::object::Brush;
use super::play::{Player, opaque};
use crate::canvas::{
    BlendMode, FillRule, Ink, Path, PathBuilder, Picture, Rect, SpreadMode, Transform,
};
use std::rc::Rc;

const BLACKNESS: u32 = 0x0000_0042;
const WHITENESS: u32 = 0x00ff_0062;
const NOTHING: u32 = 0x00aa_0029;
const PATTERN: u32 = 0x00f0_0021;
const PATTERN_MIXED: u32 = 0x005a_0049;
const OR: u32 = 0x00ee_0086;
const AND: u32 = 0x0088_00c6;
const XOR: u32 = 0x0066_0046;
/// The brush where the bitmap is black.
const BRUSH_IN_BLACK: u32 = 0x00b8_074a;
/// The brush where the bitmap is white.
const BRUSH_IN_WHITE: u32 = 0x00e2_0746;

/// The places of a record's fields.
struct Layout {
    destination: usize,
    size: usize,
    operation: Option<usize>,
    source: usize,
    source_size: Option<usize>,
    header: usize,
    usage: usize,
    from_bottom: bool,
}

impl Player<'_> {
    /// Puts the bitmap of a record on the page.
    pub(super) fn bitmap(&mut self, kind: u32, record: Bytes<'_>) -> Option<()> {
        if self.is_muted() {
            return Some(());
        }
        if kind == 79 {
            return self.slanted(record);
        }
        let layout = layout(kind);
        let pair = |at: usize| Some((record.coordinate(at)?, record.coordinate(at + 4)?));
        let (at, size) = (pair(layout.destination)?, pair(layout.size)?);
        let place = self
            .state
            .transform()
            .pre_translate(at.0, at.1)
            .pre_scale(size.0, size.1);
        let operation = match (kind, layout.operation) {
            (76..=78 | 81, Some(at)) => record.u32(at)?,
            _ => 0x00cc_0020,
        };
        let unit = PathBuilder::from_rect(Rect::from_xywh(0.0, 0.0, 1.0, 1.0)?);
        let path = unit.transform(place)?;
        if !self.plain(operation, &path) {
            return Some(());
        }
        let bitmap = Bitmap {
            header: record.stretch(layout.header)?,
            bits: record.stretch(layout.header + 8)?,
            usage: record.u32(layout.usage)?,
        };
        let (width, height) = bitmap.size()?;
        let (mut x, mut y) = (record.i32(layout.source)?, record.i32(layout.source + 4)?);
        let (mut columns, mut rows) = match layout.source_size {
            Some(at) => (record.i32(at)?, record.i32(at + 4)?),
            // As many as are covered, one to a unit.
            None => (size.0.abs() as i32, size.1.abs() as i32),
        };
        if columns <= 0 || rows <= 0 {
            (x, y, columns, rows) = (0, 0, width, height);
        }
        let (across, down) = place.get_scale();
        let view = View {
            x,
            y,
            width: columns,
            height: rows,
            from_bottom: layout.from_bottom,
            dots: (across.into(), down.into()),
        };
        let (fourth, opacity) = if kind == 114 {
            let opacity = f64::from(record.u8(42)?) / 255.0;
            let fourth = match record.u8(43)? {
                1 => Fourth::Opacity,
                _ => Fourth::Nothing,
            };
            (fourth, opacity)
        } else {
            (Fourth::Nothing, 1.0)
        };
        match self.decode(bitmap, view, fourth) {
            Some(picture) => self.show(&picture, place, &path, operation, opacity),
            None => self.canvas.draw_unknown(),
        }
        Some(())
    }

    /// A bitmap in a parallelogram, of which three corners are told.
    fn slanted(&mut self, record: Bytes<'_>) -> Option<()> {
        let corner = |at: usize| Some((record.coordinate(at)?, record.coordinate(at + 4)?));
        let (a, b, c) = (corner(24)?, corner(32)?, corner(40)?);
        let slant = Transform::from_row(b.0 - a.0, b.1 - a.1, c.0 - a.0, c.1 - a.1, a.0, a.1);
        let place = self.state.transform().pre_concat(slant);
        let unit = PathBuilder::from_rect(Rect::from_xywh(0.0, 0.0, 1.0, 1.0)?);
        let path = unit.transform(place)?;
        let bitmap = Bitmap {
            header: record.stretch(96)?,
            bits: record.stretch(104)?,
            usage: record.u32(92)?,
        };
        let (across, down) = place.get_scale();
        let view = View {
            x: record.i32(48)?,
            y: record.i32(52)?,
            width: record.i32(56)?,
            height: record.i32(60)?,
            from_bottom: false,
            dots: (across.into(), down.into()),
        };
        match self.decode(bitmap, view, Fourth::Nothing) {
            Some(picture) => self.show(&picture, place, &path, 0x00cc_0020, 1.0),
            None => self.canvas.draw_unknown(),
        }
        Some(())
    }

    fn decode(&self, bitmap: Bitmap<'_>, view: View, fourth: Fourth) -> Option<Picture> {
        let context = Context {
            palette: &self.palette,
            two: [self.state.text_colour, self.state.back_colour],
        };
        bitmap.decode(view, fourth, context, self.budget)
    }

    /// Operations that need no bitmap. True when the operation needs one.
    fn plain(&mut self, operation: u32, path: &Path) -> bool {
        let brush = match operation {
            NOTHING => return false,
            BLACKNESS => Brush::Solid([0; 3]),
            WHITENESS => Brush::Solid([255; 3]),
            PATTERN | PATTERN_MIXED => self.state.brush.clone(),
            _ => return true,
        };
        self.fill(path, FillRule::Winding, &brush);
        false
    }

    fn show(
        &mut self,
        picture: &Picture,
        place: Transform,
        path: &Path,
        operation: u32,
        opacity: f64,
    ) {
        let (width, height) = (picture.dots.width(), picture.dots.height());
        let place = place.pre_scale(1.0 / width as f32, 1.0 / height as f32);
        let clip = self.state.clip.clone();
        let ink = Ink::picture(&picture.dots, SpreadMode::Pad, opacity, place);
        let ink = match operation {
            AND => ink.mixed(BlendMode::Multiply),
            OR => ink.mixed(BlendMode::Screen),
            XOR => ink.mixed(BlendMode::Difference),
            BRUSH_IN_BLACK | BRUSH_IN_WHITE => {
                let Brush::Solid(tint) = self.state.brush else {
                    self.canvas.draw_unknown();
                    return;
                };
                let stencil = stencil(picture, tint, operation == BRUSH_IN_BLACK);
                let ink = Ink::picture(&stencil, SpreadMode::Pad, opacity, place);
                self.lay(path, FillRule::Winding, &ink, &clip);
                return;
            }
            _ => ink,
        };
        self.lay(path, FillRule::Winding, &ink, &clip);
    }

    /// A brush made of a bitmap.
    pub(super) fn pattern(&mut self, record: Bytes<'_>) -> Brush {
        let picture = (|| {
            let bitmap = Bitmap {
                header: record.stretch(16)?,
                bits: record.stretch(24)?,
                usage: record.u32(12)?,
            };
            let (width, height) = bitmap.size()?;
            let view = View {
                x: 0,
                y: 0,
                width,
                height,
                from_bottom: false,
                dots: (16.0, 16.0),
            };
            self.decode(bitmap, view, Fourth::Nothing)
        })();
        picture.map_or(Brush::Unknown, |picture| {
            Brush::Pattern(Rc::new(picture.dots))
        })
    }
}

/// The brush's colour, as opaque as the bitmap is black or white.
fn stencil(picture: &Picture, tint: [u8; 3], in_black: bool) -> crate::canvas::Pixmap {
    let mut dots = picture.dots.clone();
    let [red, green, blue, _] = opaque(tint);
    for dot in dots.pixels_mut() {
        let light = f64::from(dot.green()) / 255.0;
        let opacity = if in_black { 1.0 - light } else { light };
        let channel = |value: f64| (value * opacity * 255.0).round() as u8;
        let covered = channel(1.0);
        // No channel is above the opacity.
        if let Some(tinted) = tiny_skia::PremultipliedColorU8::from_rgba(
            channel(red).min(covered),
            channel(green).min(covered),
            channel(blue).min(covered),
            covered,
        ) {
            *dot = tinted;
        }
    }
    dots
}

fn layout(kind: u32) -> Layout {
    match kind {
        80 | 81 => Layout {
            destination: 24,
            size: if kind == 81 { 72 } else { 40 },
            operation: (kind == 81).then_some(68),
            source: 32,
            source_size: Some(40),
            header: 48,
            usage: 64,
            from_bottom: true,
        },
        _ => Layout {
            destination: 24,
            size: 32,
            operation: Some(40),
            source: 44,
            source_size: matches!(kind, 77 | 114 | 116).then_some(100),
            header: 84,
            usage: 80,
            from_bottom: false,
        },
    }
}
