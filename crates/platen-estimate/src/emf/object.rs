//! Pens, brushes and fonts, and the table that holds them.
//!
//! *Source*: MS-EMF, sections 2.3.7 (object creation), 2.1.31 (stock objects),
//! 2.2.19 and 2.2.20 (pens), 2.2.12 (brushes), 2.2.13 (fonts).

use super::bytes::Bytes;
use crate::canvas::Pixmap;
use std::collections::HashMap;
use std::rc::Rc;
use tiny_skia::{LineCap, LineJoin};

/// Objects at a time; the header's own count has 16 bits.
const MOST_OBJECTS: usize = 1 << 16;
const STOCK: u32 = 0x8000_0000;

/// Red, green, blue.
pub(super) type Colour = [u8; 3];

#[derive(Clone)]
pub(super) enum Brush {
    Null,
    Solid(Colour),
    Hatched(Colour),
    Pattern(Rc<Pixmap>),
    /// A pattern that could not be read.
    Unknown,
}

#[derive(Clone)]
pub(super) struct Pen {
    pub(super) brush: Brush,
    /// In logical units; none when it is as thin as the device draws.
    pub(super) width: Option<f32>,
    pub(super) cap: LineCap,
    pub(super) join: LineJoin,
}

#[derive(Clone, Copy)]
pub(super) struct Font {
    /// Of its letters, in logical units.
    pub(super) height: f32,
    /// Degrees, against the clock.
    pub(super) turn: f32,
}

#[derive(Clone)]
pub(super) enum Object {
    Pen(Pen),
    Brush(Brush),
    Font(Font),
    Palette(Rc<Vec<Colour>>),
}

impl Pen {
    pub(super) fn solid(colour: Colour) -> Self {
        Self {
            brush: Brush::Solid(colour),
            width: None,
            cap: LineCap::Butt,
            join: LineJoin::Miter,
        }
    }

    /// From `LogPen`, at that place of the record.
    pub(super) fn read(record: Bytes<'_>) -> Option<Self> {
        let style = record.u32(12)?;
        let width = record.coordinate(16)?.abs();
        Some(Self::styled(
            style,
            (width > 0.0).then_some(width),
            Brush::Solid(colour(record.u32(24)?)),
        ))
    }

    /// From `LogPenEx`.
    pub(super) fn read_extended(record: Bytes<'_>) -> Option<Self> {
        const GEOMETRIC: u32 = 0x1_0000;
        let style = record.u32(28)?;
        let width = record.u32(32)? as f32;
        let tint = colour(record.u32(40)?);
        let brush = match record.u32(36)? {
            0 => Brush::Solid(tint),
            1 => Brush::Null,
            2 => Brush::Hatched(tint),
            _ => Brush::Unknown,
        };
        let wide = style & GEOMETRIC != 0 && width > 0.0;
        Some(Self::styled(style, wide.then_some(width), brush))
    }

    fn styled(style: u32, width: Option<f32>, brush: Brush) -> Self {
        const NULL: u32 = 5;
        Self {
            brush: if style & 0xf == NULL {
                Brush::Null
            } else {
                brush
            },
            width,
            cap: match style & 0xf00 {
                0x100 => LineCap::Square,
                0x200 => LineCap::Butt,
                _ => LineCap::Round,
            },
            join: match style & 0xf000 {
                0x1000 => LineJoin::Bevel,
                0x2000 => LineJoin::Miter,
                _ => LineJoin::Round,
            },
        }
    }
}

impl Brush {
    /// From `LogBrushEx`.
    pub(super) fn read(record: Bytes<'_>) -> Option<Self> {
        let tint = colour(record.u32(16)?);
        Some(match record.u32(12)? {
            0 => Self::Solid(tint),
            1 => Self::Null,
            2 => Self::Hatched(tint),
            _ => Self::Unknown,
        })
    }
}

impl Font {
    /// From `LogFont`.
    pub(super) fn read(record: Bytes<'_>) -> Option<Self> {
        let height = record.coordinate(12)?.abs();
        Some(Self {
            height,
            turn: record.coordinate(20)? / 10.0,
        })
    }
}

/// The objects that have a number.
#[derive(Default)]
pub(super) struct Objects(HashMap<u32, Object>);

impl Objects {
    pub(super) fn add(&mut self, number: u32, object: Object) {
        if self.0.len() < MOST_OBJECTS || self.0.contains_key(&number) {
            self.0.insert(number, object);
        }
    }

    pub(super) fn remove(&mut self, number: u32) {
        self.0.remove(&number);
    }

    pub(super) fn get(&self, number: u32) -> Option<Object> {
        if number & STOCK == 0 {
            return self.0.get(&number).cloned();
        }
        let brush = |grey: u8| Object::Brush(Brush::Solid([grey; 3]));
        Some(match number & !STOCK {
            0 | 18 => brush(0xff),
            1 => brush(0xc0),
            2 => brush(0x80),
            3 => brush(0x40),
            4 => brush(0),
            5 => Object::Brush(Brush::Null),
            6 => Object::Pen(Pen::solid([0xff; 3])),
            7 | 19 => Object::Pen(Pen::solid([0; 3])),
            8 => Object::Pen(Pen {
                brush: Brush::Null,
                ..Pen::solid([0; 3])
            }),
            _ => return None,
        })
    }

    pub(super) fn brush(&self, number: u32) -> Brush {
        match self.get(number) {
            Some(Object::Brush(brush)) => brush,
            _ => Brush::Null,
        }
    }
}

/// A `ColorRef`: red in the lowest byte. Numbers of palette entries, which
/// printing does not use, come out as black. *Source*: MS-WMF, section 2.2.2.8.
pub(super) fn colour(value: u32) -> Colour {
    let [red, green, blue, kind] = value.to_le_bytes();
    if kind == 1 {
        [0; 3]
    } else {
        [red, green, blue]
    }
}
