//! Follows content streams until something shows colour.
//! *Source*: ISO 32000-1, sections 7.8 and 8.

use super::geometry::{Bounds, Matrix};
use super::layers::Layers;
use super::space::Space;
use super::state::Paint;
pub(super) use super::state::State;
use super::{settings, shading, stream};
use crate::colour::VISIBLE_CHROMA;
use crate::limits::Budget;
use crate::report::Problem;
use hayro_syntax::content::{Instruction, UntypedIter};
use hayro_syntax::object::{Dict, Name, Object, dict_or_stream};
use hayro_syntax::page::Resources;
use hayro_syntax::xref::XRef;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// Forms, patterns and glyphs nest; deeper than this they are not followed.
pub(super) const MAX_DEPTH: usize = 16;
/// Saved states; a guard against `q` without end.
const MAX_SAVED: usize = 1024;

/// Why following a page ended early.
pub(super) enum Stop {
    /// Something drawn shows colour.
    Colour,
    /// A picture's samples show colour.
    Pixels,
    /// The page can't be read.
    Unreadable,
    /// A limit of the whole document.
    Problem(Problem),
}

/// An object's identity: number and generation.
pub(super) type Id = (u32, i32);

/// What the pages of a document share.
pub(super) struct Document<'d, 'a> {
    pub(super) budget: &'d Budget,
    layers: Layers,
    pub(super) spaces: RefCell<HashMap<Id, Option<Space>>>,
    /// Pictures found neutral, with the size drawn in dots.
    pub(super) neutral_pictures: RefCell<HashSet<(Id, u32, u32)>>,
    xref: std::marker::PhantomData<&'a XRef>,
}

impl<'d, 'a> Document<'d, 'a> {
    pub(super) fn new(xref: &'a XRef, budget: &'d Budget) -> Self {
        Self {
            budget,
            layers: Layers::read(xref),
            spaces: RefCell::default(),
            neutral_pictures: RefCell::default(),
            xref: std::marker::PhantomData,
        }
    }
}

/// Follows one page.
pub(super) struct Painter<'p, 'a> {
    pub(super) shared: &'p Document<'p, 'a>,
    /// Something was drawn whose colour can't be told.
    pub(super) unsure: bool,
    /// Patterns and fonts of this page found neutral.
    pub(super) neutral: HashSet<Id>,
    path: Bounds,
    pending_clip: bool,
    /// Hidden marked content: for each open level, whether it hides.
    pub(super) marked: Vec<bool>,
}

impl<'p, 'a> Painter<'p, 'a> {
    pub(super) fn new(shared: &'p Document<'p, 'a>) -> Self {
        Self {
            shared,
            unsure: false,
            neutral: HashSet::new(),
            path: Bounds::NONE,
            pending_clip: false,
            marked: Vec::new(),
        }
    }

    /// Whether something drawn could not be judged.
    pub(super) fn is_unsure(&self) -> bool {
        self.unsure
    }

    /// Whether a layer hides what `dict` marks under `key`.
    pub(super) fn hides(&self, dict: &Dict<'_>, key: &[u8]) -> bool {
        self.shared.layers.hides(dict, key)
    }

    /// Draws something of one chroma.
    pub(super) fn solid(&self, chroma: f64, alpha: f64) -> Result<(), Stop> {
        if chroma * alpha > VISIBLE_CHROMA {
            Err(Stop::Colour)
        } else {
            Ok(())
        }
    }

    /// Follows a content stream.
    pub(super) fn run(
        &mut self,
        content: &[u8],
        resources: &Resources<'a>,
        state: State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        let mut state = state;
        let mut saved: Vec<State<'a>> = Vec::new();
        let marked = std::mem::take(&mut self.marked);
        let outer_path = std::mem::replace(&mut self.path, Bounds::NONE);
        let mut instructions = UntypedIter::new(content);
        while let Some(instruction) = instructions.next() {
            self.shared.budget.step().map_err(Stop::Problem)?;
            let operator: &[u8] = instruction.operator;
            match operator {
                b"q" if saved.len() < MAX_SAVED => saved.push(state.clone()),
                b"Q" => state = saved.pop().unwrap_or(state),
                b"BDC" => self.marked.push(self.marks_hidden(&instruction, resources)),
                b"BMC" => self.marked.push(false),
                b"EMC" => {
                    self.marked.pop();
                }
                _ => self.operate(operator, &instruction, resources, &mut state, depth)?,
            }
        }
        self.marked = marked;
        self.path = outer_path;
        Ok(())
    }

    fn operate(
        &mut self,
        operator: &[u8],
        instruction: &Instruction<'_, '_>,
        resources: &Resources<'a>,
        state: &mut State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        let (n, count) = numbers(instruction);
        match operator {
            b"m" | b"l" => self.path.add(state.ctm.apply(n[0], n[1])),
            b"c" | b"v" | b"y" => {
                for point in n[..count & !1].chunks_exact(2) {
                    self.path.add(state.ctm.apply(point[0], point[1]));
                }
            }
            b"re" => {
                self.path.add(state.ctm.apply(n[0], n[1]));
                self.path.add(state.ctm.apply(n[0] + n[2], n[1] + n[3]));
                self.path.add(state.ctm.apply(n[0] + n[2], n[1]));
                self.path.add(state.ctm.apply(n[0], n[1] + n[3]));
            }
            b"W" | b"W*" => self.pending_clip = true,
            b"n" => self.end_path(state),
            b"f" | b"F" | b"f*" => {
                self.fill(resources, state, depth)?;
                self.end_path(state);
            }
            b"S" | b"s" => {
                self.stroke(resources, state, depth)?;
                self.end_path(state);
            }
            b"B" | b"B*" | b"b" | b"b*" => {
                self.fill(resources, state, depth)?;
                self.stroke(resources, state, depth)?;
                self.end_path(state);
            }
            b"cm" if count == 6 => state.ctm = Matrix(n).then(state.ctm),
            b"w" => state.line_width = n[0],
            b"gs" => self.graphics_state(instruction, resources, state),
            b"g" => state.fill.set(Space::Gray, [n[0]; 3]),
            b"G" => state.stroke.set(Space::Gray, [n[0]; 3]),
            b"rg" => state.fill.set(Space::Rgb, Space::Rgb.rgb(&n[..3])),
            b"RG" => state.stroke.set(Space::Rgb, Space::Rgb.rgb(&n[..3])),
            b"k" => state.fill.set(Space::Cmyk, Space::Cmyk.rgb(&n[..4])),
            b"K" => state.stroke.set(Space::Cmyk, Space::Cmyk.rgb(&n[..4])),
            b"cs" => self.choose_space(instruction, resources, &mut state.fill),
            b"CS" => self.choose_space(instruction, resources, &mut state.stroke),
            b"sc" | b"scn" => settings::set_colour(instruction, resources, &mut state.fill),
            b"SC" | b"SCN" => settings::set_colour(instruction, resources, &mut state.stroke),
            b"sh" => {
                if let Some(shading) = name(instruction).and_then(|n| resources.get_shading(n))
                    && self.is_visible(state.clip)
                {
                    self.shading(&shading, resources, state.fill.alpha)?;
                }
            }
            b"Do" => {
                if let Some(object) = name(instruction).and_then(|n| resources.get_x_object(n)) {
                    self.x_object(&object, resources, state, depth)?;
                }
            }
            b"BI" => {
                if let Some(Object::Stream(picture)) = instruction.operands().next() {
                    self.inline_picture(picture, resources, state, depth)?;
                }
            }
            _ => self.text(operator, instruction, n, resources, state, depth)?,
        }
        Ok(())
    }

    pub(super) fn is_visible(&self, drawn: Bounds) -> bool {
        !drawn.is_empty() && !self.marked.contains(&true)
    }

    fn end_path(&mut self, state: &mut State<'a>) {
        if std::mem::take(&mut self.pending_clip) {
            state.clip = state.clip.intersect(self.path);
        }
        self.path = Bounds::NONE;
    }

    fn fill(
        &mut self,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        if self.is_visible(self.path.intersect(state.clip)) {
            self.paint(&state.fill, resources, depth)?;
        }
        Ok(())
    }

    fn stroke(
        &mut self,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        let (x, y) = state.ctm.scale();
        let reach = state.line_width.abs() * x.max(y) / 2.0;
        if self.is_visible(self.path.grow(reach).intersect(state.clip)) {
            self.paint(&state.stroke, resources, depth)?;
        }
        Ok(())
    }

    /// Paints with a colour or a pattern.
    pub(super) fn paint(
        &mut self,
        paint: &Paint<'a>,
        resources: &Resources<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        if self.marked.contains(&true) {
            return Ok(());
        }
        let Some(pattern) = &paint.pattern else {
            return self.solid(paint.chroma, paint.alpha);
        };
        let Some((dict, body)) = dict_or_stream(pattern) else {
            return Ok(());
        };
        let id = dict.obj_id().map(|id| (id.obj_number, id.gen_number));
        if depth >= MAX_DEPTH || id.is_some_and(|id| !self.neutral.insert(id)) {
            return Ok(());
        }
        if dict.get::<i32>("PatternType") == Some(2) {
            return match dict.get::<Object<'a>>("Shading") {
                Some(object) => self.shading(&object, resources, paint.alpha),
                None => Ok(()),
            };
        }
        if dict.get::<i32>("PaintType") == Some(2) {
            return self.solid(paint.chroma, paint.alpha);
        }
        let Some(content) = body.and_then(|body| stream::decode(body, self.shared.budget)) else {
            return Ok(());
        };
        let own = dict.get::<Dict<'a>>("Resources").map(Resources::new);
        let matrix = dict
            .get::<[f64; 6]>("Matrix")
            .map_or(Matrix::IDENTITY, Matrix);
        let mut state = State::new(matrix, Bounds::ALL);
        state.fill.alpha = paint.alpha;
        state.stroke.alpha = paint.alpha;
        self.run(
            &content,
            own.as_ref().unwrap_or(resources),
            state,
            depth + 1,
        )
    }

    fn shading(
        &mut self,
        object: &Object<'a>,
        resources: &Resources<'a>,
        alpha: f64,
    ) -> Result<(), Stop> {
        if self.marked.contains(&true) {
            return Ok(());
        }
        let Some((dict, body)) = dict_or_stream(object) else {
            return Ok(());
        };
        let space = self.space(dict, "ColorSpace", resources);
        let chroma =
            space.and_then(|space| shading::largest_chroma(dict, body, &space, self.shared.budget));
        match chroma {
            Some(chroma) => self.solid(chroma, alpha),
            None => {
                self.unsure = true;
                Ok(())
            }
        }
    }

    fn marks_hidden(&self, instruction: &Instruction<'_, '_>, resources: &Resources<'a>) -> bool {
        let mut operands = instruction.operands();
        let is_layer = matches!(operands.next(), Some(Object::Name(tag)) if tag.as_ref() == b"OC");
        match operands.next() {
            Some(Object::Name(layer)) if is_layer => {
                let layer: &[u8] = layer.as_ref();
                self.hides(&resources.properties, layer)
            }
            _ => false,
        }
    }
}

pub(super) fn name<'b, 'c>(instruction: &Instruction<'b, 'c>) -> Option<&'b Name<'c>> {
    instruction.operands().find_map(|operand| match operand {
        Object::Name(name) => Some(name),
        _ => None,
    })
}

/// The first six numbers among the operands; those missing are zero.
fn numbers(instruction: &Instruction<'_, '_>) -> ([f64; 6], usize) {
    let mut values = [0.0; 6];
    let mut count = 0;
    for operand in instruction.operands() {
        if let Object::Number(number) = operand
            && count < values.len()
        {
            values[count] = number.as_f64();
            count += 1;
        }
    }
    (values, count)
}
