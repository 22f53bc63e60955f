//! Text: a box for each run, as large as its advances say.
//!
//! *Source*: MS-EMF, sections 2.3.5.7 and 2.3.5.8 (EMR_EXTTEXTOUT), 2.3.5.37
//! (EMR_SMALLTEXTOUT), 2.2.5 (EmrText), 2.3.11.25 (alignment).

use super::bytes::Bytes;
use super::object::Brush;
use super::play::{Player, opaque, rectangle};
use crate::canvas::{FillRule, Ink, PathBuilder, Rect, Transform};

const OPAQUE: u32 = 0x2;
const CLIPPED: u32 = 0x4;
const NO_RECT: u32 = 0x100;
const SMALL_CHARS: u32 = 0x200;
const GLYPHS: u32 = 0x10;
/// Letters are half as wide as high where their advances are not told.
const LETTER: f32 = 0.5;
/// Characters of a run that are looked at.
const MOST_CHARACTERS: usize = 100_000;

/// A run of text.
struct Run<'d> {
    at: (f32, f32),
    text: &'d [u8],
    /// Bytes of a character.
    width: usize,
    options: u32,
    area: Option<Rect>,
    advances: Option<&'d [u8]>,
}

impl Player<'_> {
    /// Draws the text of a record.
    pub(super) fn write(&mut self, kind: u32, record: Bytes<'_>) -> Option<()> {
        match kind {
            83 | 84 => self.run(&Run::read(record, 36, kind == 84)?),
            // Several runs, one after the other.
            96 | 97 => {
                let count = record.size(36)?;
                for run in 0..count {
                    self.budget.step().ok()?;
                    self.run(&Run::read(
                        record,
                        run.checked_mul(40)?.checked_add(40)?,
                        kind == 97,
                    )?);
                }
                Some(())
            }
            _ => self.small(record),
        }
    }

    fn small(&mut self, record: Bytes<'_>) -> Option<()> {
        let count = record.size(16)?;
        let options = record.u32(20)?;
        let bare = options & NO_RECT != 0;
        let width = if options & SMALL_CHARS != 0 { 1 } else { 2 };
        let start = if bare { 36 } else { 52 };
        self.run(&Run {
            at: (record.coordinate(8)?, record.coordinate(12)?),
            text: record
                .0
                .get(start..count.checked_mul(width)?.checked_add(start)?)?,
            width,
            options,
            area: if bare { None } else { rectangle(record, 36) },
            advances: None,
        })
    }

    fn run(&mut self, run: &Run<'_>) -> Option<()> {
        let transform = self.state.transform();
        let mut clip = self.state.clip.clone();
        if let Some(area) = run.area {
            let path = PathBuilder::from_rect(area).transform(transform);
            if run.options & OPAQUE != 0
                && let Some(path) = &path
            {
                let ground = Brush::Solid(self.state.back_colour);
                self.fill(path, FillRule::Winding, &ground);
            }
            if run.options & CLIPPED != 0 {
                clip = clip.within(path, FillRule::Winding);
            }
        }
        let width = run.advance(self.state.font.height);
        if run.is_blank() || width <= 0.0 {
            return Some(());
        }
        let (area, place) = self.place(run, width)?;
        if self.is_muted() {
            return Some(());
        }
        if self.state.back_opaque {
            let ground = Ink::solid(opaque(self.state.back_colour));
            let path = PathBuilder::from_rect(area).transform(place)?;
            self.lay(&path, FillRule::Winding, &ground, &clip);
        }
        let ink = Ink::solid(opaque(self.state.text_colour));
        self.canvas.text(area, place, &ink, &clip);
        Some(())
    }

    /// The box of a run, and how it lies on the page.
    fn place(&mut self, run: &Run<'_>, width: f32) -> Option<(Rect, Transform)> {
        const MOVES_POSITION: u32 = 1;
        const RIGHT: u32 = 2;
        const CENTRE: u32 = 6;
        const BOTTOM: u32 = 8;
        const BASELINE: u32 = 24;
        let align = self.state.text_align;
        let at = if align & MOVES_POSITION != 0 {
            let at = self.state.position;
            self.state.position.0 += width;
            at
        } else {
            run.at
        };
        let height = self.state.font.height;
        let left = match align & CENTRE {
            CENTRE => -width / 2.0,
            RIGHT => -width,
            _ => 0.0,
        };
        let top = match align & BASELINE {
            BASELINE => -0.8 * height,
            BOTTOM => -height,
            _ => 0.0,
        };
        let transform = self.state.transform().pre_translate(at.0, at.1);
        // Letters stand upright on the device, whichever way the axes go.
        let upwards = transform.sx * transform.sy - transform.kx * transform.ky < 0.0;
        let transform = if upwards {
            transform.pre_scale(1.0, -1.0)
        } else {
            transform
        };
        let transform = transform.pre_concat(Transform::from_rotate(-self.state.font.turn));
        Some((Rect::from_xywh(left, top, width, height)?, transform))
    }
}

impl<'d> Run<'d> {
    /// From `EmrText` at that place; offsets count from the record's start.
    fn read(record: Bytes<'d>, at: usize, wide: bool) -> Option<Self> {
        let count = record.size(at + 8)?.min(MOST_CHARACTERS);
        let width = if wide { 2 } else { 1 };
        let text = record.size(at + 12)?;
        let options = record.u32(at + 16)?;
        let advances = record.size(at + 36)?;
        Some(Self {
            at: (record.coordinate(at)?, record.coordinate(at + 4)?),
            text: record.0.get(text..text.checked_add(count * width)?)?,
            width,
            options,
            area: rectangle(record, at + 20),
            advances: (advances > 0)
                .then(|| record.0.get(advances..advances.checked_add(count * 4)?))
                .flatten(),
        })
    }

    fn advance(&self, height: f32) -> f32 {
        const PAIRS: u32 = 0x2000;
        match self.advances.filter(|_| self.options & PAIRS == 0) {
            Some(advances) => advances
                .chunks_exact(4)
                .map(|bytes| i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as f32)
                .sum::<f32>()
                .abs(),
            None => (self.text.len() / self.width) as f32 * height * LETTER,
        }
    }

    /// Blanks only; glyphs without characters may be anything.
    fn is_blank(&self) -> bool {
        let blank = |character: &[u8]| matches!(character, [b' ' | 0] | [b' ' | 0 | 0xa0, 0]);
        self.text.is_empty()
            || (self.options & GLYPHS == 0 && self.text.chunks(self.width).all(blank))
    }
}
