//! EMF+ objects: brushes, pens, paths, regions, pictures, fonts.
//!
//! *Source*: MS-EMFPLUS, sections 2.2.1 (objects) and 2.2.2 (their parts).

use super::super::bytes::Bytes;
use super::super::play::transform;
use super::area;
use crate::canvas::{
    GradientStop, Ink, LinearGradient, Path, PathBuilder, Point, Rect, SpreadMode, Transform,
    colour, is_chromatic,
};

/// Colours of a gradient that are looked at.
const MOST_COLOURS: usize = 256;
/// Parts of a region within parts.
const DEEPEST_REGION: usize = 32;

/// Something that records refer to by number.
pub(super) enum Object {
    Brush(Brush),
    Pen(Pen),
    Path(Path),
    /// None when it holds everything or more than is known; an empty path lets
    /// nothing through.
    Region(Option<Option<Path>>),
    Image(Image),
    Font {
        size: f32,
        unit: u32,
    },
    Other,
}

#[derive(Clone)]
pub(super) enum Brush {
    Solid([f64; 4]),
    Hatch([f64; 4], [f64; 4]),
    Linear {
        from: (f32, f32),
        to: (f32, f32),
        stops: Vec<(f32, [f64; 4])>,
        transform: Transform,
    },
    Unknown,
}

#[derive(Clone)]
pub(super) struct Pen {
    pub(super) brush: Brush,
    pub(super) width: f32,
    pub(super) unit: u32,
}

pub(super) enum Image {
    /// A whole picture file.
    File(Vec<u8>),
    /// Rows of samples: width, height, stride, format, data.
    Samples(u32, u32, usize, u32, Vec<u8>),
    Unknown,
}

impl Object {
    /// By its kind; what can't be read is nothing.
    pub(super) fn read(kind: u8, data: Bytes<'_>) -> Self {
        let object = match kind & 0x7f {
            1 => Brush::read(data).map(Self::Brush),
            2 => Pen::read(data).map(Self::Pen),
            3 => read_path(data).map(|(path, _)| path).map(Self::Path),
            4 => Some(Self::Region(
                data.from(8)
                    .and_then(|node| region(node, 0))
                    .and_then(|(region, _)| region),
            )),
            5 => Some(Self::Image(Image::read(data).unwrap_or(Image::Unknown))),
            6 => data.f32(4).zip(data.u32(8)).map(|(size, unit)| Self::Font {
                size: size.abs(),
                unit,
            }),
            _ => None,
        };
        object.unwrap_or(Self::Other)
    }
}

/// Alpha, red, green, blue, highest byte first.
pub(super) fn argb(value: u32) -> [f64; 4] {
    let [blue, green, red, alpha] = value.to_le_bytes().map(|value| f64::from(value) / 255.0);
    [red, green, blue, alpha]
}

impl Brush {
    fn read(data: Bytes<'_>) -> Option<Self> {
        match data.u32(4)? {
            0 => Some(Self::Solid(argb(data.u32(8)?))),
            1 => Some(Self::Hatch(argb(data.u32(12)?), argb(data.u32(16)?))),
            3 => Self::path_gradient(data),
            4 => Self::linear(data),
            _ => Some(Self::Unknown),
        }
    }

    /// Between the middle and the edge, which lie anywhere: as strong as the
    /// strongest of them.
    fn path_gradient(data: Bytes<'_>) -> Option<Self> {
        let count = data.size(28)?.min(MOST_COLOURS);
        let colours = (0..count).filter_map(|number| data.u32(32 + number * 4));
        let spread = |rgba: &[f64; 4]| crate::colour::chroma([rgba[0], rgba[1], rgba[2]]) * rgba[3];
        std::iter::once(data.u32(16)?)
            .chain(colours)
            .map(argb)
            .max_by(|a, b| spread(a).total_cmp(&spread(b)))
            .map(Self::Solid)
    }

    fn linear(data: Bytes<'_>) -> Option<Self> {
        const TRANSFORM: u32 = 0x2;
        const PRESET: u32 = 0x4;
        let flags = data.u32(8)?;
        let [x, y, width, _] = area(data, 16)?;
        let mut at = 48;
        let mut place = Transform::identity();
        if flags & TRANSFORM != 0 {
            place = transform(data, at)?;
            at += 24;
        }
        let mut stops = vec![(0.0, argb(data.u32(32)?)), (1.0, argb(data.u32(36)?))];
        if flags & PRESET != 0 {
            let count = data.size(at)?.min(MOST_COLOURS);
            stops = (0..count)
                .filter_map(|number| {
                    let position = data.f32(at + 4 + number * 4)?;
                    Some((position, argb(data.u32(at + 4 + (count + number) * 4)?)))
                })
                .collect();
        }
        Some(Self::Linear {
            from: (x, y),
            to: (x + width, y),
            stops,
            transform: place,
        })
    }

    /// As the canvas wants it, under a transformation to dots. None when it
    /// can't be told what it paints.
    pub(super) fn ink(&self, to_dots: Transform) -> Option<Ink<'static>> {
        match self {
            Self::Solid(rgba) => Some(Ink::solid(*rgba)),
            // Lines cover about a quarter.
            Self::Hatch(lines, ground) => Some(Ink::solid([0, 1, 2, 3].map(|at| {
                let (line, ground) = (lines[at], ground[at]);
                line * 0.25 + ground * 0.75
            }))),
            Self::Linear {
                from,
                to,
                stops,
                transform,
            } => {
                let chromatic = stops.iter().any(|(_, rgba)| is_chromatic(colour(*rgba)));
                let stops = stops
                    .iter()
                    .map(|(at, rgba)| GradientStop::new(*at, colour(*rgba)))
                    .collect();
                let shader = LinearGradient::new(
                    Point::from_xy(from.0, from.1),
                    Point::from_xy(to.0, to.1),
                    stops,
                    SpreadMode::Repeat,
                    to_dots.pre_concat(*transform),
                )?;
                Some(Ink::gradient(shader, chromatic))
            }
            Self::Unknown => None,
        }
    }
}

impl Pen {
    fn read(data: Bytes<'_>) -> Option<Self> {
        // Optional fields in the order of their flags, by their size; those
        // of no size begin with their count or length.
        const FIELDS: [(u32, Option<usize>); 13] = [
            (0x1, Some(24)),
            (0x2, Some(4)),
            (0x4, Some(4)),
            (0x8, Some(4)),
            (0x10, Some(4)),
            (0x20, Some(4)),
            (0x40, Some(4)),
            (0x80, Some(4)),
            (0x100, None),
            (0x200, Some(4)),
            (0x400, None),
            (0x800, None),
            (0x1000, None),
        ];
        let flags = data.u32(8)?;
        let mut at = 20_usize;
        for (flag, size) in FIELDS {
            if flags & flag == 0 {
                continue;
            }
            // Numbers of four bytes, or bytes.
            let unit = if flag < 0x800 { 4 } else { 1 };
            let size = match size {
                Some(size) => size,
                None => data.size(at)?.checked_mul(unit)?.checked_add(4)?,
            };
            at = at.checked_add(size)?;
        }
        Some(Self {
            brush: Brush::read(data.from(at)?)?,
            width: data.f32(16)?,
            unit: data.u32(12)?,
        })
    }
}

impl Image {
    fn read(data: Bytes<'_>) -> Option<Self> {
        const BITMAP: u32 = 1;
        if data.u32(4)? != BITMAP {
            return None;
        }
        if data.u32(24)? == 1 {
            return Some(Self::File(data.from(28)?.0.to_vec()));
        }
        Some(Self::Samples(
            data.u32(8)?,
            data.u32(12)?,
            data.size(16)?,
            data.u32(20)?,
            data.from(28)?.0.to_vec(),
        ))
    }
}

/// A list of points, and how many bytes it takes.
pub(super) fn points(
    data: Bytes<'_>,
    count: usize,
    flags: u16,
) -> Option<(Vec<(f32, f32)>, usize)> {
    const RELATIVE: u16 = 0x800;
    const SHORT: u16 = 0x4000;
    if flags & RELATIVE != 0 {
        return relative_points(data, count);
    }
    let size = if flags & SHORT != 0 { 4 } else { 8 };
    let length = count.checked_mul(size)?;
    data.0.get(..length)?;
    let points = (0..count)
        .filter_map(|number| {
            let at = number * size;
            if size == 4 {
                Some((f32::from(data.i16(at)?), f32::from(data.i16(at + 2)?)))
            } else {
                Some((data.f32(at)?, data.f32(at + 4)?))
            }
        })
        .collect();
    Some((points, length))
}

/// Each point's distance from the one before, in one or two bytes a number.
/// *Source*: MS-EMFPLUS, sections 2.2.2.21 and 2.2.2.22.
fn relative_points(data: Bytes<'_>, count: usize) -> Option<(Vec<(f32, f32)>, usize)> {
    let mut at = 0_usize;
    let mut number = || {
        let first = data.u8(at)?;
        if first & 0x80 == 0 {
            at += 1;
            // Seven bits with a sign.
            return Some(f32::from((first << 1).cast_signed() >> 1));
        }
        let wide = u16::from_be_bytes([first, data.u8(at + 1)?]);
        at += 2;
        Some(f32::from((wide << 1).cast_signed() >> 1))
    };
    let mut points = Vec::new();
    let (mut x, mut y) = (0.0, 0.0);
    for _ in 0..count {
        x += number()?;
        y += number()?;
        points.push((x, y));
    }
    Some((points, at))
}

/// A path and how many bytes it takes.
fn read_path(data: Bytes<'_>) -> Option<(Path, usize)> {
    const RUNS: u32 = 0x1000;
    let count = data.size(4)?;
    let flags = data.u32(8)?;
    let (points, length) = points(data.from(12)?, count, (flags & 0xffff) as u16)?;
    let kinds = data.from(12 + length)?.0;
    let (kinds, taken) = if flags & RUNS != 0 {
        let mut expanded = Vec::new();
        let mut taken = 0;
        for run in kinds.chunks_exact(2) {
            if expanded.len() >= count {
                break;
            }
            expanded.extend(std::iter::repeat_n(run[1], usize::from(run[0] & 0x3f)));
            taken += 2;
        }
        (expanded, taken)
    } else {
        (kinds.get(..count)?.to_vec(), count)
    };
    let mut path = PathBuilder::new();
    let mut waiting = Vec::new();
    for (at, kind) in points.iter().zip(kinds) {
        match kind & 0xf {
            0 => path.move_to(at.0, at.1),
            3 => {
                waiting.push(*at);
                if let [a, b, to] = waiting[..] {
                    path.cubic_to(a.0, a.1, b.0, b.1, to.0, to.1);
                    waiting.clear();
                }
            }
            _ => path.line_to(at.0, at.1),
        }
        if kind & 0x80 != 0 {
            path.close();
        }
    }
    Some((path.finish()?, 12 + length + taken))
}

type Shape = Option<Option<Path>>;

/// A node of a region, and how many bytes it takes: a rectangle, a path, or
/// two nodes of which the smaller one is taken where they are intersected.
fn region(data: Bytes<'_>, depth: usize) -> Option<(Shape, usize)> {
    const INTERSECTED: u32 = 1;
    if depth > DEEPEST_REGION {
        return None;
    }
    match data.u32(0)? {
        kind @ 1..=5 => {
            let (left, taken) = region(data.from(4)?, depth + 1)?;
            let (right, more) = region(data.from(4 + taken)?, depth + 1)?;
            let shape = if kind == INTERSECTED {
                left.or(right)
            } else {
                None
            };
            Some((shape, 4 + taken + more))
        }
        0x1000_0000 => {
            let [x, y, width, height] = area(data, 4)?;
            let path = Rect::from_xywh(x, y, width, height).map(PathBuilder::from_rect);
            Some((Some(path), 20))
        }
        0x1000_0001 => {
            let size = data.size(4)?;
            let path = read_path(data.from(8)?).map(|(path, _)| path);
            Some((Some(path), size.checked_add(8)?))
        }
        0x1000_0002 => Some((Some(None), 4)),
        _ => Some((None, 4)),
    }
}
