//! Shown text: where it stands, and whether it is certain to leave a mark.
//! *Source*: ISO 32000-1, section 9.
//!
//! No font is read: glyphs are between a fifth and the whole of their size wide,
//! and the strokes of letters are so thick that, seen at 36 dots per inch, text
//! has a share of its colour that grows with its size.

use super::content::{MAX_DEPTH, Painter, Stop, name};
use super::state::{Font, State, Text, font_kind};
use super::stream;
use crate::geometry::{Bounds, Matrix};
use hayro_syntax::content::Instruction;
use hayro_syntax::object::{Dict, MaybeRef, Name, Object, Stream};
use hayro_syntax::page::Resources;

/// How much of a dot words cover at least, for each point of their size:
/// measured on Helvetica in three renderers, less a third for lighter faces.
const COVERED_PER_PT: f64 = 0.045;
/// What large letters cover at least.
const MOST_COVERED: f64 = 0.6;
/// The share of that which a single character is certain of: it may be a point.
const SINGLE: f64 = 0.3;
/// Widths of a character. *Units*: the font's size.
const NARROW: f64 = 0.2;
const WIDE: f64 = 1.1;

/// What one operator shows.
#[derive(Default)]
struct Shown {
    characters: usize,
    spaces: usize,
    /// Characters that leave a mark, as far as can be told.
    inked: usize,
    /// Not all of them are the same, so that they can't all be blank.
    varied: bool,
    first: Option<u16>,
    /// Adjustments between strings, and those of them that stand before the
    /// first. *Units*: the font's size.
    adjusted: f64,
    indented: f64,
}

impl<'a> Painter<'_, 'a> {
    pub(super) fn text(
        &mut self,
        operator: &[u8],
        instruction: &Instruction<'_, '_>,
        n: [f64; 6],
        resources: &Resources<'a>,
        state: &mut State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        let text = &mut state.text;
        match operator {
            b"BT" => begin_line(text, Matrix::IDENTITY),
            b"ET" => state.doubts.rough_clip |= std::mem::take(&mut text.clips),
            b"Tm" => begin_line(text, Matrix(n)),
            b"Td" => next_line(text, n[0], n[1]),
            b"TD" => {
                text.leading = -n[1];
                next_line(text, n[0], n[1]);
            }
            b"T*" => next_line(text, 0.0, -text.leading),
            b"TL" => text.leading = n[0],
            b"Tc" => text.character_space = n[0],
            b"Tw" => text.word_space = n[0],
            b"Tz" => text.stretch = n[0] / 100.0,
            b"Tr" => text.mode = n[0] as i64,
            b"Tf" => {
                text.size = n[0];
                if let Some(font) = name(instruction).and_then(|name| self.font(name, resources)) {
                    text.font = font;
                }
                text.font_name = name(instruction).map_or(0, |name| hash(name));
            }
            b"Tj" | b"TJ" => self.show(instruction, resources, state, depth)?,
            b"'" | b"\"" => {
                if operator == b"\"" {
                    (text.word_space, text.character_space) = (n[0], n[1]);
                }
                next_line(text, 0.0, -text.leading);
                self.show(instruction, resources, state, depth)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// What kind of font a name stands for, remembered by the font's number.
    fn font(&self, name: &Name<'_>, resources: &Resources<'a>) -> Option<Font<'a>> {
        let Some(reference) = resources.fonts.get_ref(name.as_ref()) else {
            return resources.get_font(name).map(font_kind);
        };
        let id = (reference.obj_number, reference.gen_number);
        let known = self.shared.fonts.borrow().get(&id).cloned();
        known.unwrap_or_else(|| {
            let font = resources.get_font(name).map(font_kind);
            self.shared.fonts.borrow_mut().insert(id, font.clone());
            font
        })
    }

    fn show(
        &mut self,
        instruction: &Instruction<'_, '_>,
        resources: &Resources<'a>,
        state: &mut State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        let composite = matches!(state.text.font, Font::Composite);
        let shown = Shown::of(instruction, composite);
        let indent = shown.indented * state.text.size * state.text.stretch;
        let before = state.text.moved;
        let start = (before.0 + indent, before.1 + indent);
        let end = shown.advance(before, &state.text);
        state.text.moved = end;
        let filled = matches!(state.text.mode, 0 | 2 | 4 | 6) && state.fill.may_show();
        let stroked = matches!(state.text.mode, 1 | 2 | 5 | 6) && state.stroke.may_show();
        let drawn = matches!(state.text.font, Font::Drawn(_)) && state.text.mode != 3;
        state.text.clips |= state.text.mode >= 4;
        if shown.inked == 0 || !(filled || stroked || drawn) || self.is_hidden() {
            return Ok(());
        }
        let size = state.text.size.abs();
        let at = state.text.line.then(state.ctm);
        let frame = |x0: f64, x1: f64, above: f64| {
            let (y0, y1) = (-size, size * above);
            Bounds { x0, y0, x1, y1 }.under(at)
        };
        let (low, high) = (start.0.min(end.0), start.1.max(end.1));
        if !self.may_show(frame(low - size, high + size, 1.5).intersect(state.clip)) {
            return Ok(());
        }
        if let Font::Drawn(font) = state.text.font.clone() {
            return self.drawn_font(&font, resources, state, depth);
        }
        let differs = self.differs(state.text.font_name, shown.first);
        let covered = if state.clip.holds(frame(start.0, start.1 + size, 1.0)) {
            shown.covered(size * at.mean_scale(), differs, composite)
        } else {
            0.0
        };
        if filled {
            self.paint(&state.fill, covered, resources, state, depth)?;
        }
        if stroked {
            self.paint(&state.stroke, covered, resources, state, depth)?;
        }
        Ok(())
    }

    /// Whether the page has shown another code of the same font in colour, so
    /// that they can't both be blank.
    fn differs(&mut self, font_name: u32, code: Option<u16>) -> bool {
        match (self.first_code, code) {
            (Some((font, first)), Some(code)) if font == font_name => code != first,
            (_, Some(code)) => {
                self.first_code = Some((font_name, code));
                false
            }
            _ => false,
        }
    }

    /// Follows the glyphs of a Type 3 font once for each page.
    fn drawn_font(
        &mut self,
        font: &Dict<'a>,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        self.paint(&state.fill, 0.0, resources, state, depth)?;
        let id = font.obj_id().map(|id| (id.obj_number, id.gen_number));
        if depth >= MAX_DEPTH || id.is_some_and(|id| !self.followed.insert(id)) {
            return Ok(());
        }
        let own = font.get::<Dict<'a>>("Resources").map(Resources::new);
        let matrix = font
            .get::<[f64; 6]>("FontMatrix")
            .map_or(Matrix::IDENTITY, Matrix);
        let size = state.text.size;
        let sized = Matrix([size, 0.0, 0.0, size, 0.0, 0.0]);
        let mut inner = state.clone();
        inner.ctm = matrix.then(sized).then(state.text.line).then(state.ctm);
        inner.clip = Bounds::ALL;
        // Which of the glyphs are shown is not known.
        inner.doubts.around = true;
        let glyphs = font.get::<Dict<'a>>("CharProcs").unwrap_or_default();
        for key in glyphs.keys().take(512) {
            if let Some(glyph) = glyphs.get::<Stream<'a>>(&*key)
                && let Some(content) = stream::decode(&glyph, self.shared.budget)
            {
                let resources = own.as_ref().unwrap_or(resources);
                self.run(&content, resources, inner.clone(), depth + 1)?;
            }
        }
        Ok(())
    }
}

impl Shown {
    fn of(instruction: &Instruction<'_, '_>, composite: bool) -> Self {
        let mut shown = Self::default();
        for operand in instruction.operands() {
            match operand {
                Object::String(string) => shown.add(string.as_bytes(), composite),
                Object::Array(list) => {
                    for item in list.raw_iter() {
                        match item {
                            MaybeRef::NotRef(Object::String(string)) => {
                                shown.add(string.as_bytes(), composite);
                            }
                            MaybeRef::NotRef(Object::Number(number)) => {
                                shown.adjusted -= number.as_f64() / 1000.0;
                                if shown.characters == 0 {
                                    shown.indented = shown.adjusted;
                                }
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        shown
    }

    fn add(&mut self, string: &[u8], composite: bool) {
        let mut ink = |code: u16| {
            self.inked += 1;
            self.varied |= *self.first.get_or_insert(code) != code;
        };
        if composite {
            // Most codes have two bytes; any of them may be a space.
            self.characters += string.len().div_ceil(2);
            for code in string.chunks(2) {
                ink(code
                    .iter()
                    .fold(0, |code, byte| code << 8 | u16::from(*byte)));
            }
        } else {
            self.characters += string.len();
            for byte in string {
                if *byte == b' ' {
                    self.spaces += 1;
                } else {
                    ink(u16::from(*byte));
                }
            }
        }
    }

    /// Between where and where the text position moves from `start`.
    fn advance(&self, start: (f64, f64), text: &Text<'_>) -> (f64, f64) {
        let characters = self.characters as f64;
        let spaced = characters * text.character_space + self.spaces as f64 * text.word_space;
        let moved =
            |width: f64| ((characters * width + self.adjusted) * text.size + spaced) * text.stretch;
        let (one, other) = (moved(NARROW), moved(WIDE));
        (start.0 + one.min(other), start.1 + one.max(other))
    }

    /// How much of some dot text of that size is certain to cover.
    fn covered(&self, size_pt: f64, differs: bool, composite: bool) -> f64 {
        let words = (size_pt * COVERED_PER_PT).min(MOST_COVERED);
        if self.varied && self.inked > 2 {
            words
        } else if self.varied || differs || !composite {
            words * SINGLE
        } else {
            0.0
        }
    }
}

/// Tells the fonts of a page apart.
fn hash(name: &[u8]) -> u32 {
    name.iter().fold(5381, |hash: u32, byte| {
        hash.wrapping_mul(33) ^ u32::from(*byte)
    })
}

fn begin_line(text: &mut Text<'_>, matrix: Matrix) {
    text.line = matrix;
    text.moved = (0.0, 0.0);
}

fn next_line(text: &mut Text<'_>, x: f64, y: f64) {
    begin_line(text, Matrix([1.0, 0.0, 0.0, 1.0, x, y]).then(text.line));
}
