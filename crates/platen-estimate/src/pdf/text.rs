//! Shown text: whether it leaves a mark, and where.
//! *Source*: ISO 32000-1, section 9.

use super::content::{MAX_DEPTH, Painter, Stop, name};
use super::geometry::{Bounds, Matrix};
use super::state::{Font, State, font_kind};
use super::stream;
use hayro_syntax::content::Instruction;
use hayro_syntax::object::{Dict, MaybeRef, Object, Rect, Stream};
use hayro_syntax::page::Resources;

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
        match operator {
            b"BT" => next_line(state, Matrix::IDENTITY, true),
            b"Tm" => next_line(state, Matrix(n), true),
            b"Td" => next_line(state, Matrix([1.0, 0.0, 0.0, 1.0, n[0], n[1]]), false),
            b"TD" => {
                state.text.leading = -n[1];
                next_line(state, Matrix([1.0, 0.0, 0.0, 1.0, n[0], n[1]]), false);
            }
            b"T*" => break_line(state),
            b"TL" => state.text.leading = n[0],
            b"Tr" => state.text.mode = n[0] as i64,
            b"Tf" => {
                state.text.size = n[0];
                if let Some(font) = name(instruction).and_then(|n| resources.get_font(n)) {
                    state.text.font = font_kind(font);
                }
            }
            b"Tj" => self.show(instruction, resources, state, depth)?,
            b"TJ" => self.show(instruction, resources, state, depth)?,
            b"'" | b"\"" => {
                break_line(state);
                self.show(instruction, resources, state, depth)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn show(
        &mut self,
        instruction: &Instruction<'_, '_>,
        resources: &Resources<'a>,
        state: &mut State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        let (mut bytes, mut inked) = (0, false);
        let mut look = |string: &[u8]| {
            bytes += string.len();
            inked |= match state.text.font {
                Font::Composite => !string.is_empty(),
                _ => string.iter().any(|byte| *byte != b' '),
            };
        };
        for operand in instruction.operands() {
            match operand {
                Object::String(string) => look(string.as_bytes()),
                Object::Array(list) => {
                    for item in list.raw_iter() {
                        if let MaybeRef::NotRef(Object::String(string)) = item {
                            look(string.as_bytes());
                        }
                    }
                }
                _ => {}
            }
        }
        state.text.shown += bytes;
        if !inked {
            return Ok(());
        }
        // Wide enough to hold the text whatever the glyphs' widths are.
        let size = state.text.size.abs();
        let reach = (state.text.shown as f64 + 1.0) * size * 1.5;
        let frame = Rect::new(-size, -size, reach, size * 1.5);
        let at = state.text.line.then(state.ctm);
        if !self.is_visible(Bounds::of_rect(frame, at).intersect(state.clip)) {
            return Ok(());
        }
        if let Font::Drawn(font) = state.text.font.clone() {
            return self.drawn_font(&font, resources, state, depth);
        }
        if matches!(state.text.mode, 0 | 2 | 4 | 6) {
            self.paint(&state.fill, resources, depth)?;
        }
        if matches!(state.text.mode, 1 | 2 | 5 | 6) {
            self.paint(&state.stroke, resources, depth)?;
        }
        Ok(())
    }

    /// Follows the glyphs of a Type 3 font once for each page.
    fn drawn_font(
        &mut self,
        font: &Dict<'a>,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        if state.text.mode == 3 {
            return Ok(());
        }
        self.paint(&state.fill, resources, depth)?;
        let id = font.obj_id().map(|id| (id.obj_number, id.gen_number));
        if depth >= MAX_DEPTH || id.is_some_and(|id| !self.neutral.insert(id)) {
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

fn next_line(state: &mut State<'_>, matrix: Matrix, absolute: bool) {
    let text = &mut state.text;
    text.line = if absolute {
        matrix
    } else {
        matrix.then(text.line)
    };
    text.shown = 0;
}

fn break_line(state: &mut State<'_>) {
    let down = Matrix([1.0, 0.0, 0.0, 1.0, 0.0, -state.text.leading]);
    next_line(state, down, false);
}
