//! Showing text: whether it leaves a mark, where, and where it ends.
//! *Source*: PLRM, sections 5.1 to 5.7.

use super::fonts::Drawn;
use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Slice, Value};
use super::operators::Entry;
use crate::geometry::{Bounds, Matrix};

/// Composite fonts within composite fonts.
const MAX_DEPTH: usize = 5;

/// One glyph of a text.
#[derive(Clone, Copy)]
struct Glyph {
    font: u32,
    code: i32,
    /// Its name, or the number that stands for it.
    name: Object,
}

/// How a text is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Show,
    Outline,
}

/// What is added to the glyphs' own widths.
#[derive(Default)]
struct Spacing {
    every: (f64, f64),
    one: Option<(i32, (f64, f64))>,
    /// In place of the widths.
    places: Option<Vec<(f64, f64)>>,
    /// Called between glyphs.
    between: Option<Object>,
}

pub(super) const OPERATORS: &[Entry] = &[
    ("show", |vm| {
        let text = vm.pop_string()?;
        vm.show(text, &Spacing::default())
    }),
    ("ashow", |vm| {
        let text = vm.pop_string()?;
        let [x, y] = vm.pop_numbers()?;
        let every = (x, y);
        vm.show(
            text,
            &Spacing {
                every,
                ..Spacing::default()
            },
        )
    }),
    ("widthshow", |vm| {
        let text = vm.pop_string()?;
        let code = vm.pop_int()?;
        let [x, y] = vm.pop_numbers()?;
        let one = Some((code, (x, y)));
        vm.show(
            text,
            &Spacing {
                one,
                ..Spacing::default()
            },
        )
    }),
    ("awidthshow", |vm| {
        let text = vm.pop_string()?;
        let [x, y] = vm.pop_numbers()?;
        let every = (x, y);
        let code = vm.pop_int()?;
        let [x, y] = vm.pop_numbers()?;
        let one = Some((code, (x, y)));
        vm.show(
            text,
            &Spacing {
                every,
                one,
                ..Spacing::default()
            },
        )
    }),
    ("kshow", |vm| {
        let text = vm.pop_string()?;
        let between = Some(vm.pop_procedure()?);
        vm.show(
            text,
            &Spacing {
                between,
                ..Spacing::default()
            },
        )
    }),
    ("xshow", |vm| placed_show(vm, 1, |n| (n[0], 0.0))),
    ("yshow", |vm| placed_show(vm, 1, |n| (0.0, n[0]))),
    ("xyshow", |vm| placed_show(vm, 2, |n| (n[0], n[1]))),
    ("cshow", |vm| {
        let text = vm.pop_string()?;
        let procedure = vm.pop_procedure()?;
        let font = vm.current_font()?;
        for glyph in vm.glyphs_of(font, text)? {
            let (x, y) = vm.glyph_step(glyph)?;
            vm.push(Object::int(glyph.code))?;
            vm.push(Object::real(x))?;
            vm.push(Object::real(y))?;
            vm.graphics.state.font = glyph.font;
            vm.call(procedure)?;
            vm.graphics.state.font = font;
        }
        Ok(())
    }),
    ("glyphshow", |vm| {
        let name = vm.pop()?;
        let font = vm.current_font()?;
        let glyph = Glyph {
            font,
            code: -1,
            name,
        };
        vm.show_glyphs(&[glyph], &Spacing::default(), Purpose::Show)
    }),
    ("stringwidth", |vm| {
        let text = vm.pop_string()?;
        let font = vm.current_font()?;
        let mut total = (0.0, 0.0);
        for glyph in vm.glyphs_of(font, text)? {
            let (x, y) = vm.glyph_step(glyph)?;
            total = (total.0 + x, total.1 + y);
        }
        vm.push(Object::real(total.0))?;
        vm.push(Object::real(total.1))
    }),
    ("charpath", |vm| {
        vm.pop_bool()?;
        let text = vm.pop_string()?;
        let font = vm.current_font()?;
        let glyphs = vm.glyphs_of(font, text)?;
        vm.show_glyphs(&glyphs, &Spacing::default(), Purpose::Outline)
    }),
];

fn placed_show(vm: &mut Interpreter<'_>, each: usize, step: fn(&[f64]) -> (f64, f64)) -> Done {
    let numbers = vm.pop()?;
    let text = vm.pop_string()?;
    let numbers = match numbers.value {
        Value::Array(items) => vm.numbers(items)?,
        Value::String(encoded) => vm.encoded_numbers(encoded)?,
        _ => return Err(Error::TypeCheck.into()),
    };
    let places = Some(numbers.chunks_exact(each).map(step).collect());
    vm.show(
        text,
        &Spacing {
            places,
            ..Spacing::default()
        },
    )
}

impl Interpreter<'_> {
    fn show(&mut self, text: Slice, spacing: &Spacing) -> Done {
        let font = self.current_font()?;
        let glyphs = self.glyphs_of(font, text)?;
        self.show_glyphs(&glyphs, spacing, Purpose::Show)
    }

    fn show_glyphs(&mut self, glyphs: &[Glyph], spacing: &Spacing, purpose: Purpose) -> Done {
        let mut inked = Bounds::NONE;
        self.device_point()?;
        for (at, glyph) in glyphs.iter().enumerate() {
            if let (Some(between), Some(before)) = (
                spacing.between,
                at.checked_sub(1).and_then(|at| glyphs.get(at)),
            ) {
                self.push(Object::int(before.code))?;
                self.push(Object::int(glyph.code))?;
                self.call(between)?;
            }
            let mut step = if purpose == Purpose::Show {
                self.draw_glyph(*glyph, &mut inked)?
            } else {
                self.glyph_step(*glyph)?
            };
            if purpose == Purpose::Outline {
                self.frame_glyph(*glyph, step, &mut inked)?;
            }
            if let Some(places) = &spacing.places {
                step = places.get(at).copied().ok_or(Error::RangeCheck)?;
            }
            step = (step.0 + spacing.every.0, step.1 + spacing.every.1);
            if let Some((code, extra)) = spacing.one
                && code == glyph.code
            {
                step = (step.0 + extra.0, step.1 + extra.1);
            }
            let (x, y) = self.device_point()?;
            let (dx, dy) = self.graphics.state.ctm.apply_distance(step);
            self.graphics.state.path.move_to((x + dx, y + dy));
        }
        if purpose == Purpose::Outline {
            let end = self.device_point()?;
            self.graphics.state.path.add_bounds(inked);
            self.graphics.state.path.move_to(end);
            return Ok(());
        }
        if inked.is_empty() {
            Ok(())
        } else {
            self.paint(inked)
        }
    }

    /// Splits a text into the glyphs of a font.
    fn glyphs_of(&mut self, font: u32, text: Slice) -> Done<Vec<Glyph>> {
        let bytes = self.memory.string(text).to_vec();
        self.tick_many(bytes.len() / 4)?;
        let mut glyphs = Vec::with_capacity(bytes.len());
        self.split(font, &bytes, &mut glyphs, 0)?;
        Ok(glyphs)
    }

    fn split(&mut self, font: u32, bytes: &[u8], glyphs: &mut Vec<Glyph>, depth: usize) -> Done {
        if self.int_entry(font, "FontType") != Some(0) {
            let encoding = match self.entry(font, "Encoding").map(|encoding| encoding.value) {
                Some(Value::Array(items)) => Some(items),
                _ => None,
            };
            for byte in bytes {
                let named = encoding
                    .and_then(|items| self.memory.array(items).get(usize::from(*byte)).copied());
                let code = i32::from(*byte);
                glyphs.push(Glyph {
                    font,
                    code,
                    name: named.unwrap_or(Object::int(code)),
                });
            }
            return Ok(());
        }
        if depth >= MAX_DEPTH {
            return Err(Error::InvalidFont.into());
        }
        let Some(Value::Array(parts)) = self.entry(font, "FDepVector").map(|parts| parts.value)
        else {
            return Err(Error::InvalidFont.into());
        };
        let encoding = match self.entry(font, "Encoding").map(|encoding| encoding.value) {
            Some(Value::Array(items)) => self.numbers(items).unwrap_or_default(),
            _ => Vec::new(),
        };
        let map = self.int_entry(font, "FMapType").unwrap_or(2);
        for pair in bytes.chunks(2) {
            let (high, low) = (pair[0], pair.get(1).copied().unwrap_or(0));
            let (part, rest): (usize, &[u8]) = match map {
                2 => (usize::from(high), &[low]),
                4 => (usize::from(high >> 7), &[high & 0x7f]),
                _ => (0, pair),
            };
            let part = encoding.get(part).map_or(part, |part| *part as usize);
            let own = self.memory.array(parts).get(part).map(|own| own.value);
            let Some(Value::Dict(own)) = own else {
                continue;
            };
            let kind = self.int_entry(own, "FontType");
            if map == 9 && kind != Some(0) && rest.len() == 2 {
                let code = i32::from(u16::from_be_bytes([high, low]));
                glyphs.push(Glyph {
                    font: own,
                    code,
                    name: Object::int(code),
                });
            } else {
                self.split(own, rest, glyphs, depth + 1)?;
            }
        }
        Ok(())
    }

    fn font_id(&mut self, font: u32) -> u32 {
        match self.entry(font, "FID").map(|id| id.value) {
            Some(Value::Font(id)) => id,
            _ => 0,
        }
    }

    /// The matrix of a glyph's font; parts of a composite font are seen
    /// through the matrix of the whole.
    fn font_matrix(&mut self, font: u32) -> Matrix {
        let own = self.matrix_entry(font, "FontMatrix");
        let whole = self.graphics.state.font;
        if whole == font || whole == u32::MAX {
            return own;
        }
        own.then(self.matrix_entry(whole, "FontMatrix"))
    }

    /// How far a glyph moves the current point, in the program's coordinates.
    fn glyph_step(&mut self, glyph: Glyph) -> Done<(f64, f64)> {
        let matrix = self.font_matrix(glyph.font);
        let id = self.font_id(glyph.font);
        let width = if self.int_entry(glyph.font, "FontType") == Some(3) {
            match self.fonts.known(id, glyph.name.key()) {
                Some(known) => known.width,
                None => {
                    // Only its width is wanted: what it draws isn't on the page.
                    let seen = self.pages.current;
                    let width = self.build_glyph(glyph, matrix)?.width;
                    self.pages.current = seen;
                    width
                }
            }
        } else {
            (self.glyph_width(glyph.font, id, glyph.name)?, 0.0)
        };
        Ok(matrix.apply_distance(width))
    }

    /// Draws a glyph, or widens the box of what is painted with one colour.
    fn draw_glyph(&mut self, glyph: Glyph, inked: &mut Bounds) -> Done<(f64, f64)> {
        if self.int_entry(glyph.font, "FontType") != Some(3) {
            let step = self.glyph_step(glyph)?;
            if !self.is_blank(glyph) {
                self.frame_glyph(glyph, step, inked)?;
            }
            return Ok(step);
        }
        let matrix = self.font_matrix(glyph.font);
        let id = self.font_id(glyph.font);
        let known = self.fonts.known(id, glyph.name.key());
        let settled = self.is_settled();
        let drawn = match known {
            Some(known) if known.plain || settled => known,
            _ => self.build_glyph(glyph, matrix)?,
        };
        let step = matrix.apply_distance(drawn.width);
        if drawn.plain && known.is_some() && !self.is_blank(glyph) {
            self.frame_glyph(glyph, step, inked)?;
        }
        Ok(step)
    }

    fn is_blank(&self, glyph: Glyph) -> bool {
        match glyph.name.value {
            Value::Name(name) => {
                matches!(self.names.text(name), b"space" | b".notdef" | b"nbspace")
            }
            _ => false,
        }
    }

    /// Adds the box of a glyph: as wide as its step, as high as a letter.
    fn frame_glyph(&mut self, glyph: Glyph, step: (f64, f64), inked: &mut Bounds) -> Done {
        let (x, y) = self.device_point()?;
        let (_, height) = self.font_matrix(glyph.font).scale();
        let kind = self.int_entry(glyph.font, "FontType").unwrap_or(1);
        let em = if matches!(kind, 42 | 11 | 3) {
            1.0
        } else {
            1000.0
        };
        let high = height * em;
        let ctm = self.graphics.state.ctm;
        for corner in [
            (0.0, -0.2 * high),
            (step.0, step.1),
            (step.0, step.1 + 0.7 * high),
        ] {
            let (dx, dy) = ctm.apply_distance(corner);
            inked.add((x + dx, y + dy));
        }
        Ok(())
    }

    /// Runs the procedure that draws a glyph.
    fn build_glyph(&mut self, glyph: Glyph, matrix: Matrix) -> Done<Drawn> {
        let (procedure, operand) = match self.entry(glyph.font, "BuildGlyph") {
            Some(procedure) if matches!(glyph.name.value, Value::Name(_)) => {
                (procedure, glyph.name)
            }
            _ => {
                let procedure = self
                    .entry(glyph.font, "BuildChar")
                    .ok_or(Error::InvalidFont)?;
                (procedure, Object::int(glyph.code.max(0)))
            }
        };
        let (x, y) = self.graphics.state.path.point.unwrap_or((0.0, 0.0));
        let outer = self.fonts.current.take();
        let result = self.within_state(|vm| {
            let state = &mut vm.graphics.state;
            let [a, b, c, d, ..] = state.ctm.0;
            state.ctm = matrix.then(Matrix([a, b, c, d, x, y]));
            state.path = super::path::Path::default();
            vm.push(Object::literal(Value::Dict(glyph.font)))?;
            vm.push(operand)?;
            vm.call(Object {
                runs: true,
                ..procedure
            })
        });
        let drawn = std::mem::replace(&mut self.fonts.current, outer);
        result?;
        let drawn = drawn.unwrap_or(Drawn {
            width: (0.0, 0.0),
            plain: false,
        });
        let id = self.font_id(glyph.font);
        if id > 0 {
            self.fonts.remember(id, glyph.name.key(), drawn);
        }
        Ok(drawn)
    }
}
