//! Plays the records of a metafile.
//!
//! *Source*: MS-EMF, section 2.3 (records and their numbers).

use super::bytes::Bytes;
use super::object::{Brush, Colour, Font, Object, Objects, Pen, colour};
use super::plus::Plus;
use super::state::{Device, State};
use crate::canvas::{Canvas, Clip, FillRule, Ink, Path, PathBuilder, Rect, Stroke, Transform};
use crate::limits::Budget;
use crate::report::{JudgedBy, Problem};
use std::rc::Rc;

/// States saved at a time.
const MOST_SAVED: usize = 1000;
/// Lines of a hatch cover about this much.
const HATCH_COVERS: f64 = 0.25;

/// Plays one metafile.
pub(super) struct Player<'b> {
    pub(super) canvas: Canvas,
    pub(super) state: State,
    pub(super) objects: Objects,
    pub(super) palette: Rc<Vec<Colour>>,
    pub(super) budget: &'b Budget,
    saved: Vec<State>,
    /// The path that is being built, in dots.
    bracket: Option<PathBuilder>,
    path: Option<Path>,
    pub(super) plus: Plus,
    /// Plain records repeat what the others have drawn already.
    muted: bool,
}

impl<'b> Player<'b> {
    pub(super) fn new(canvas: Canvas, device: Device, budget: &'b Budget) -> Self {
        Self {
            canvas,
            state: State::new(device),
            objects: Objects::default(),
            palette: Rc::default(),
            budget,
            saved: Vec::new(),
            bracket: None,
            path: None,
            plus: Plus::default(),
            muted: false,
        }
    }

    pub(super) fn verdict(&self) -> (bool, JudgedBy) {
        self.canvas.verdict()
    }

    /// Plays all records up to the end or the first that can't be one.
    pub(super) fn play(&mut self, metafile: &[u8]) -> Result<(), Problem> {
        if records(metafile).any(mixes) {
            self.canvas.begin();
        }
        let mut ended = false;
        for (kind, record) in records(metafile) {
            self.budget.step()?;
            if kind == 14 {
                ended = true;
                break;
            }
            // A record too short for its kind draws nothing.
            let _ = self.record(kind, Bytes(record));
        }
        if !ended {
            self.canvas.draw_unknown();
        }
        Ok(())
    }

    fn record(&mut self, kind: u32, record: Bytes<'_>) -> Option<()> {
        match kind {
            9..=12 | 17..=20 | 22 | 24 | 25 | 31 | 32 | 35 | 36 | 57 | 58 => self.set(kind, record),
            26 | 28..=30 | 67 | 75 => self.clip(kind, record),
            33 => {
                if self.saved.len() < MOST_SAVED {
                    self.saved.push(self.state.clone());
                }
                Some(())
            }
            34 => self.restore(record.i32(8)?),
            37..=40 | 48 | 49 | 82 | 93..=95 => self.object(kind, record),
            59 => {
                self.bracket = Some(PathBuilder::new());
                Some(())
            }
            60 => {
                self.path = self.bracket.take().and_then(PathBuilder::finish);
                Some(())
            }
            61 => {
                if let Some(path) = &mut self.bracket {
                    path.close();
                }
                Some(())
            }
            62..=64 => {
                let path = self.path.take()?;
                self.paint(&path, kind != 64, kind != 62);
                Some(())
            }
            68 => {
                (self.bracket, self.path) = (None, None);
                Some(())
            }
            70 => self.comment(record),
            83 | 84 | 96 | 97 | 108 => self.write(kind, record),
            76..=81 | 114 | 116 => self.bitmap(kind, record),
            105 | 106 | 110 => self.escape(record),
            _ => self.shape(kind, record),
        }
    }

    /// Colours, modes, mapping.
    fn set(&mut self, kind: u32, record: Bytes<'_>) -> Option<()> {
        let state = &mut self.state;
        let pair = || Some((record.coordinate(8)?, record.coordinate(12)?));
        match kind {
            9 => (state.mapping.window[2], state.mapping.window[3]) = pair()?,
            10 => (state.mapping.window[0], state.mapping.window[1]) = pair()?,
            11 => (state.mapping.viewport[2], state.mapping.viewport[3]) = pair()?,
            12 => (state.mapping.viewport[0], state.mapping.viewport[1]) = pair()?,
            17 => state.mapping.mode = record.u32(8)?,
            18 => state.back_opaque = record.u32(8)? == 2,
            19 => {
                state.fill_rule = match record.u32(8)? {
                    2 => FillRule::Winding,
                    _ => FillRule::EvenOdd,
                }
            }
            20 => state.mix = record.u32(8)?,
            22 => state.text_align = record.u32(8)?,
            24 => state.text_colour = colour(record.u32(8)?),
            25 => state.back_colour = colour(record.u32(8)?),
            31 | 32 => {
                let ratio = |at: usize| Some(record.coordinate(at)? / record.coordinate(at + 4)?);
                let (x, y) = (ratio(8)?, ratio(16)?);
                let extent = if kind == 31 {
                    &mut state.mapping.viewport
                } else {
                    &mut state.mapping.window
                };
                (extent[2], extent[3]) = (extent[2] * x, extent[3] * y);
            }
            35 => state.world = transform(record, 8)?,
            36 => {
                let change = transform(record, 8)?;
                state.world = match record.u32(32)? {
                    1 => Transform::identity(),
                    // First the change, then what was: left-multiplied.
                    2 => state.world.pre_concat(change),
                    3 => state.world.post_concat(change),
                    _ => change,
                };
            }
            57 => state.clockwise = record.u32(8)? == 2,
            _ => state.miter_limit = record.coordinate(8)?,
        }
        Some(())
    }

    fn restore(&mut self, relative: i32) -> Option<()> {
        let back = usize::try_from(relative.checked_neg()?).ok()?;
        let at = self.saved.len().checked_sub(back.max(1))?;
        self.state = self.saved.get(at)?.clone();
        self.saved.truncate(at);
        Some(())
    }

    fn clip(&mut self, kind: u32, record: Bytes<'_>) -> Option<()> {
        const COPY: u32 = 5;
        const AND: u32 = 1;
        match kind {
            30 => {
                let path = PathBuilder::from_rect(rectangle(record, 8)?);
                let path = path.transform(self.state.transform());
                self.state.clip = self.state.clip.within(path, FillRule::Winding);
            }
            67 => {
                let path = self.path.take();
                let rule = self.state.fill_rule;
                self.state.clip = match record.u32(8)? {
                    AND => self.state.clip.within(path, rule),
                    COPY => Clip::default().within(path, rule),
                    // Other ways let through more than is known here.
                    _ => Clip::default(),
                };
            }
            75 => {
                let mode = record.u32(12)?;
                let region = region(record.from(16)?);
                let region = region.and_then(|path| path.transform(self.state.mapping.device()));
                self.state.clip = match mode {
                    AND => self.state.clip.within(region, FillRule::Winding),
                    // A copy of nothing ends clipping.
                    COPY if record.u32(8)? == 0 => Clip::default(),
                    COPY => Clip::default().within(region, FillRule::Winding),
                    _ => Clip::default(),
                };
            }
            // Moving and excluding change little of what is let through.
            _ => {}
        }
        Some(())
    }

    fn object(&mut self, kind: u32, record: Bytes<'_>) -> Option<()> {
        let number = record.u32(8)?;
        match kind {
            37 => match self.objects.get(number)? {
                Object::Pen(pen) => self.state.pen = pen,
                Object::Brush(brush) => self.state.brush = brush,
                Object::Font(font) => self.state.font = font,
                Object::Palette(_) => {}
            },
            38 => self.objects.add(number, Object::Pen(Pen::read(record)?)),
            39 => self
                .objects
                .add(number, Object::Brush(Brush::read(record)?)),
            40 => self.objects.remove(number),
            48 => {
                if let Some(Object::Palette(palette)) = self.objects.get(number) {
                    self.palette = palette;
                }
            }
            49 => {
                let count = usize::from(record.u16(14)?);
                let entries = record.from(16)?.0.chunks_exact(4).take(count);
                let palette = entries
                    .map(|entry| [entry[0], entry[1], entry[2]])
                    .collect();
                self.objects.add(number, Object::Palette(Rc::new(palette)));
            }
            82 => self.objects.add(number, Object::Font(Font::read(record)?)),
            95 => self
                .objects
                .add(number, Object::Pen(Pen::read_extended(record)?)),
            _ => {
                let brush = self.pattern(record);
                self.objects.add(number, Object::Brush(brush));
            }
        }
        Some(())
    }

    /// Private data; those of EMF+ draw.
    fn comment(&mut self, record: Bytes<'_>) -> Option<()> {
        let length = record.size(8)?;
        let data = record.0.get(12..12_usize.checked_add(length)?)?;
        let plus = data.strip_prefix(b"EMF+")?;
        self.muted = self.play_plus(plus);
        Some(())
    }

    /// Data for the printer itself, which only it understands.
    fn escape(&mut self, record: Bytes<'_>) -> Option<()> {
        // Pass through, PostScript data, PostScript pass through.
        if matches!(record.u32(8)?, 19 | 37 | 4115) {
            self.canvas.draw_unknown();
        }
        Some(())
    }

    /// Fills and strokes a path in dots, or adds it to the one being built.
    pub(super) fn draw(&mut self, path: Path, fill: bool, stroke: bool) {
        match &mut self.bracket {
            Some(bracket) => bracket.push_path(&path),
            None => self.paint(&path, fill, stroke),
        }
    }

    /// The path being built, for lines that go on where the last one ended.
    pub(super) fn bracket(&mut self) -> Option<&mut PathBuilder> {
        self.bracket.as_mut()
    }

    fn paint(&mut self, path: &Path, fill: bool, stroke: bool) {
        if fill {
            let brush = self.state.brush.clone();
            self.fill(path, self.state.fill_rule, &brush);
        }
        if stroke {
            self.stroke(path);
        }
    }

    pub(super) fn fill(&mut self, path: &Path, rule: FillRule, brush: &Brush) {
        let Some(ink) = self.ink(brush, Some((path, rule))) else {
            return;
        };
        let clip = self.state.clip.clone();
        self.lay(path, rule, &ink, &clip);
    }

    fn stroke(&mut self, path: &Path) {
        let pen = self.state.pen.clone();
        let Some(ink) = self.ink(&pen.brush, None) else {
            return;
        };
        if self.muted {
            return;
        }
        let (across, down) = self.state.transform().get_scale();
        let line = Stroke {
            // As thin as can be is a dot: it is drawn at every resolution.
            width: pen
                .width
                .map_or(1.0, |width| width * (across * down).sqrt()),
            miter_limit: self.state.miter_limit.max(1.0),
            line_cap: pen.cap,
            line_join: pen.join,
            dash: None,
        };
        let clip = self.state.clip.clone();
        let identity = Transform::identity();
        self.canvas.stroke(path, &line, identity, &ink, &clip);
    }

    pub(super) fn lay(&mut self, path: &Path, rule: FillRule, ink: &Ink<'_>, clip: &Clip) {
        if !self.muted {
            self.canvas
                .fill(path, rule, Transform::identity(), ink, clip);
        }
    }

    pub(super) fn is_muted(&self) -> bool {
        self.muted
    }

    pub(super) fn set_muted(&mut self, muted: bool) {
        self.muted = muted;
    }

    /// What a brush paints with the mix that is set. A hatch's ground, where
    /// it has one, is painted right away.
    fn ink(&mut self, brush: &Brush, ground: Option<(&Path, FillRule)>) -> Option<Ink<'static>> {
        const BLACK: u32 = 1;
        const NOTHING: u32 = 11;
        const WHITE: u32 = 16;
        match (self.state.mix, brush) {
            (NOTHING, _) | (_, Brush::Null) => return None,
            (BLACK, _) => return Some(Ink::solid(opaque([0; 3]))),
            (WHITE, _) => return Some(Ink::solid(opaque([255; 3]))),
            _ => {}
        }
        Some(match brush {
            Brush::Null => return None,
            Brush::Solid(tint) => Ink::solid(opaque(*tint)),
            Brush::Hatched(tint) => {
                if let Some((path, rule)) = ground
                    && self.state.back_opaque
                {
                    let ground = Ink::solid(opaque(self.state.back_colour));
                    let clip = self.state.clip.clone();
                    self.lay(path, rule, &ground, &clip);
                }
                Ink::solid(opaque(*tint)).faded(HATCH_COVERS)
            }
            Brush::Pattern(dots) => Ink::solid(mean(dots)),
            Brush::Unknown => {
                if !self.muted {
                    self.canvas.draw_unknown();
                }
                return None;
            }
        })
    }
}

/// The records up to the first whose size can't be true.
fn records(metafile: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let mut rest = metafile;
    std::iter::from_fn(move || {
        let head = Bytes(rest);
        let (kind, size) = (head.u32(0)?, head.size(4)?);
        if size < 8 || size % 4 != 0 {
            return None;
        }
        let record = rest.get(..size)?;
        rest = &rest[size..];
        Some((kind, record))
    })
}

/// Whether what a record draws depends on what lies beneath.
fn mixes((kind, record): (u32, &[u8])) -> bool {
    const PLAIN: [u32; 5] = [
        0x00cc_0020,
        0x00f0_0021,
        0x0000_0042,
        0x00ff_0062,
        0x00aa_0029,
    ];
    let at = match kind {
        76..=78 => 40,
        81 => 68,
        _ => return false,
    };
    Bytes(record)
        .u32(at)
        .is_some_and(|rop| !PLAIN.contains(&rop))
}

pub(super) fn opaque(colour: Colour) -> [f64; 4] {
    let [red, green, blue] = colour.map(|value| f64::from(value) / 255.0);
    [red, green, blue, 1.0]
}

/// Patterns are finer than dots; their mean is what is seen of them.
fn mean(dots: &crate::canvas::Pixmap) -> [f64; 4] {
    let mut sums = [0.0; 4];
    for dot in dots.pixels() {
        for (sum, value) in sums
            .iter_mut()
            .zip([dot.red(), dot.green(), dot.blue(), dot.alpha()])
        {
            *sum += f64::from(value) / 255.0;
        }
    }
    let [red, green, blue, alpha] = sums;
    let plain = |sum: f64| if alpha > 0.0 { sum / alpha } else { 0.0 };
    let count = dots.pixels().len().max(1) as f64;
    [plain(red), plain(green), plain(blue), alpha / count]
}

/// Six numbers with fractions.
pub(super) fn transform(record: Bytes<'_>, at: usize) -> Option<Transform> {
    Some(Transform::from_row(
        record.f32(at)?,
        record.f32(at + 4)?,
        record.f32(at + 8)?,
        record.f32(at + 12)?,
        record.f32(at + 16)?,
        record.f32(at + 20)?,
    ))
}

/// Left, top, right, bottom, whichever way round.
pub(super) fn rectangle(record: Bytes<'_>, at: usize) -> Option<Rect> {
    let (x0, y0) = (record.coordinate(at)?, record.coordinate(at + 4)?);
    let (x1, y1) = (record.coordinate(at + 8)?, record.coordinate(at + 12)?);
    Rect::from_ltrb(x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1))
}

/// The rectangles of a region. *Source*: MS-EMF, section 2.2.24.
pub(super) fn region(data: Bytes<'_>) -> Option<Path> {
    let header = data.size(0)?;
    let count = data.size(8)?;
    let mut path = PathBuilder::new();
    let rectangles = data.from(header)?;
    for at in (0..rectangles.0.len() / 16).take(count) {
        if let Some(area) = rectangle(rectangles, at * 16) {
            path.push_rect(area);
        }
    }
    path.finish()
}
