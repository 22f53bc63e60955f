//! Follows content streams until something is certain to show colour.
//! *Source*: ISO 32000-1, sections 7.8 and 8.

use super::layers::Layers;
use super::path::{Path, Rule};
use super::settings;
use super::space::Space;
use super::state::Font;
pub(super) use super::state::State;
use crate::geometry::Matrix;
use crate::limits::Budget;
use crate::report::Problem;
use hayro_syntax::content::{Instruction, UntypedIter};
use hayro_syntax::object::{Dict, Name, Object};
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
    /// Kinds of fonts; none where there is no such font.
    pub(super) fonts: RefCell<HashMap<Id, Option<Font<'a>>>>,
    /// Pictures found neutral, with the size drawn in dots.
    pub(super) neutral_pictures: RefCell<HashSet<(Id, u32, u32)>>,
}

impl<'d, 'a> Document<'d, 'a> {
    pub(super) fn new(xref: &'a XRef, budget: &'d Budget) -> Self {
        Self {
            budget,
            layers: Layers::read(xref),
            spaces: RefCell::default(),
            fonts: RefCell::default(),
            neutral_pictures: RefCell::default(),
        }
    }
}

/// Follows one page.
pub(super) struct Painter<'p, 'a> {
    pub(super) shared: &'p Document<'p, 'a>,
    /// Something that may show colour was drawn.
    pub(super) in_doubt: bool,
    /// An annotation that does not print was left out.
    pub(super) left_out: bool,
    /// Something was left out because it is too large to be looked at.
    pub(super) too_large: bool,
    /// Patterns and fonts of this page that were followed.
    pub(super) followed: HashSet<Id>,
    /// A font and a code that were shown in colour.
    pub(super) first_code: Option<(u32, u16)>,
    pub(super) path: Path,
    pending_clip: bool,
    /// Hidden marked content: for each open level, whether it hides.
    pub(super) marked: Vec<bool>,
}

impl<'p, 'a> Painter<'p, 'a> {
    pub(super) fn new(shared: &'p Document<'p, 'a>) -> Self {
        Self {
            shared,
            in_doubt: false,
            left_out: false,
            too_large: false,
            followed: HashSet::new(),
            first_code: None,
            path: Path::EMPTY,
            pending_clip: false,
            marked: Vec::new(),
        }
    }

    /// Whether a layer hides what `dict` marks under `key`.
    pub(super) fn hides(&self, dict: &Dict<'_>, key: &[u8]) -> bool {
        self.shared.layers.hides(dict, key)
    }

    /// Whether the marked content under way is hidden.
    pub(super) fn is_hidden(&self) -> bool {
        self.marked.contains(&true)
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
        let outer_path = std::mem::replace(&mut self.path, Path::EMPTY);
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
            b"m" | b"l" | b"c" | b"v" | b"y" | b"h" | b"re" => {
                self.construct(operator, n, state.ctm);
            }
            b"W" | b"W*" => self.pending_clip = true,
            b"n" => self.end_path(state),
            b"f" | b"F" | b"f*" => {
                self.fill(rule(operator), resources, state, depth)?;
                self.end_path(state);
            }
            b"S" | b"s" => {
                self.stroke(resources, state, depth)?;
                self.end_path(state);
            }
            b"B" | b"B*" | b"b" | b"b*" => {
                self.fill(rule(operator), resources, state, depth)?;
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
                if let Some(shading) = name(instruction).and_then(|n| resources.get_shading(n)) {
                    self.fill_clip(&shading, resources, state)?;
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

    /// *Source*: section 8.5.2.
    fn construct(&mut self, operator: &[u8], n: [f64; 6], ctm: Matrix) {
        let point = |at: usize| ctm.apply((n[at], n[at + 1]));
        let path = &mut self.path;
        match operator {
            b"m" => path.move_to(point(0)),
            b"l" => path.line_to(point(0)),
            b"c" => path.curve_to(point(0), point(2), point(4)),
            b"v" => path.curve_to(path.last(), point(0), point(2)),
            b"y" => path.curve_to(point(0), point(2), point(2)),
            b"re" => {
                let [x, y, wide, high, ..] = n;
                path.move_to(point(0));
                path.line_to(ctm.apply((x + wide, y)));
                path.line_to(ctm.apply((x + wide, y + high)));
                path.line_to(ctm.apply((x, y + high)));
                path.close();
            }
            _ => path.close(),
        }
    }

    fn end_path(&mut self, state: &mut State<'a>) {
        self.path.close();
        if std::mem::take(&mut self.pending_clip) {
            state.clip = state.clip.intersect(self.path.bounds());
            state.doubts.rough_clip |= !self.path.is_box();
        }
        self.path = Path::EMPTY;
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

fn rule(operator: &[u8]) -> Rule {
    if operator.ends_with(b"*") {
        Rule::EvenOdd
    } else {
        Rule::NonZero
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
