//! Follows content streams until something shows colour.
//! *Source*: ISO 32000-1, sections 7.8 and 8.

use super::geometry::{Bounds, Matrix};
use super::layers::Layers;
use super::space::Space;
pub(super) use super::state::State;
use super::state::{Font, Paint};
use super::{image, shading, stream};
use crate::colour::{DOT_PT, VISIBLE_CHROMA};
use crate::limits::Budget;
use crate::report::Problem;
use hayro_syntax::content::{Instruction, UntypedIter};
use hayro_syntax::object::{Array, Dict, MaybeRef, Name, Object, Rect, Stream, dict_or_stream};
use hayro_syntax::page::Resources;
use hayro_syntax::xref::XRef;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// Forms, patterns and glyphs nest; deeper than this they are not followed.
const MAX_DEPTH: usize = 16;
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
type Id = (u32, i32);

/// What the pages of a document share.
pub(super) struct Document<'d, 'a> {
    budget: &'d Budget,
    layers: Layers,
    spaces: RefCell<HashMap<Id, Option<Space>>>,
    /// Pictures found neutral, with the size drawn in dots.
    neutral_pictures: RefCell<HashSet<(Id, u32, u32)>>,
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
    shared: &'p Document<'p, 'a>,
    /// Something was drawn whose colour can't be told.
    unsure: bool,
    /// Patterns and fonts of this page found neutral.
    neutral: HashSet<Id>,
    path: Bounds,
    pending_clip: bool,
    /// Hidden marked content: for each open level, whether it hides.
    marked: Vec<bool>,
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
            b"sc" | b"scn" => set_colour(instruction, resources, &mut state.fill),
            b"SC" | b"SCN" => set_colour(instruction, resources, &mut state.stroke),
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

    fn text(
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

    fn is_visible(&self, drawn: Bounds) -> bool {
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
    fn paint(
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

    fn x_object(
        &mut self,
        object: &Stream<'a>,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        let dict = object.dict();
        if self.marked.contains(&true) || self.hides(dict, b"OC") {
            return Ok(());
        }
        match dict.get::<Name<'a>>("Subtype").as_deref() {
            Some(b"Form") => {
                if dict.contains_key("Resources") {
                    return self.form(object, state, depth);
                }
                self.form_with(object, resources, state, depth)
            }
            Some(b"Image") => self.picture(object, resources, state, depth),
            _ => Ok(()),
        }
    }

    /// Follows a form with its own resources.
    pub(super) fn form(
        &mut self,
        form: &Stream<'a>,
        state: &State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        let own = form.dict().get::<Dict<'a>>("Resources").unwrap_or_default();
        self.form_with(form, &Resources::new(own), state, depth)
    }

    fn form_with(
        &mut self,
        form: &Stream<'a>,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        if depth >= MAX_DEPTH {
            return Ok(());
        }
        let dict = form.dict();
        let mut inner = state.clone();
        if let Some(matrix) = dict.get::<[f64; 6]>("Matrix") {
            inner.ctm = Matrix(matrix).then(inner.ctm);
        }
        if let Some(bbox) = dict.get::<Rect>("BBox") {
            inner.clip = inner.clip.intersect(Bounds::of_rect(bbox, inner.ctm));
        }
        if inner.clip.is_empty() {
            return Ok(());
        }
        match stream::decode(form, self.shared.budget) {
            Some(content) => self.run(&content, resources, inner, depth + 1),
            None => Ok(()),
        }
    }

    fn picture(
        &mut self,
        picture: &Stream<'a>,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        let drawn = Bounds::of_rect(Rect::new(0.0, 0.0, 1.0, 1.0), state.ctm);
        if !self.is_visible(drawn.intersect(state.clip)) {
            return Ok(());
        }
        let dict = picture.dict();
        if dict.get::<bool>("ImageMask") == Some(true) {
            return self.paint(&state.fill, resources, depth);
        }
        let size = state.ctm.scale();
        let dots = |points: f64| (points / DOT_PT).ceil().min(1e6) as u32;
        let id = picture.obj_id();
        let key = ((id.obj_number, id.gen_number), dots(size.0), dots(size.1));
        if self.shared.neutral_pictures.borrow().contains(&key) {
            return Ok(());
        }
        let space = self.space(dict, "ColorSpace", resources);
        match image::largest_chroma(picture, space.as_ref(), size, self.shared.budget) {
            Some(chroma) if chroma * state.fill.alpha > VISIBLE_CHROMA => Err(Stop::Pixels),
            Some(_) => {
                self.shared.neutral_pictures.borrow_mut().insert(key);
                Ok(())
            }
            None => {
                self.unsure = true;
                Ok(())
            }
        }
    }

    fn inline_picture(
        &mut self,
        picture: &Stream<'_>,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        let drawn = Bounds::of_rect(Rect::new(0.0, 0.0, 1.0, 1.0), state.ctm);
        if !self.is_visible(drawn.intersect(state.clip)) {
            return Ok(());
        }
        let dict = picture.dict();
        let masks = dict
            .get::<bool>("ImageMask")
            .or_else(|| dict.get::<bool>("IM"));
        if masks == Some(true) {
            return self.paint(&state.fill, resources, depth);
        }
        let budget = self.shared.budget;
        let declared = dict
            .get::<Object<'_>>("ColorSpace")
            .or_else(|| dict.get::<Object<'_>>("CS"));
        let space = match declared {
            Some(Object::Name(name)) => {
                Space::parse(&Object::Name(name.clone()), &|_| None, budget).or_else(|| {
                    let object = resources.get_color_space(&name)?;
                    Space::parse(&object, &|_| None, budget)
                })
            }
            Some(object) => Space::parse(&object, &|_| None, budget),
            None => None,
        };
        match image::largest_chroma(picture, space.as_ref(), state.ctm.scale(), budget) {
            Some(chroma) if chroma * state.fill.alpha > VISIBLE_CHROMA => Err(Stop::Pixels),
            Some(_) => Ok(()),
            None => {
                self.unsure |= space.is_some();
                Ok(())
            }
        }
    }

    fn choose_space(
        &self,
        instruction: &Instruction<'_, '_>,
        resources: &Resources<'a>,
        paint: &mut Paint<'a>,
    ) {
        let Some(name) = name(instruction) else {
            return;
        };
        let device = Space::parse(&Object::Name(name.clone()), &|_| None, self.shared.budget);
        let space = device.or_else(|| {
            let key: &[u8] = name.as_ref();
            self.space_entry(&resources.color_spaces, key, resources)
        });
        if let Some(space) = space {
            let initial = space.initial();
            paint.set(space, initial);
        }
    }

    fn space(&self, dict: &Dict<'a>, key: &str, resources: &Resources<'a>) -> Option<Space> {
        self.space_entry(dict, key.as_bytes(), resources)
    }

    /// The space that an entry holds, read once if it is an object of its own.
    fn space_entry(&self, dict: &Dict<'a>, key: &[u8], resources: &Resources<'a>) -> Option<Space> {
        let id = dict.get_ref(key).map(|id| (id.obj_number, id.gen_number));
        if let Some(known) = id.and_then(|id| self.shared.spaces.borrow().get(&id).cloned()) {
            return known;
        }
        let object = dict.get::<Object<'a>>(key)?;
        let named = |name: &Name<'a>| resources.get_color_space(name);
        let space = Space::parse(&object, &named, self.shared.budget);
        if let Some(id) = id {
            self.shared.spaces.borrow_mut().insert(id, space.clone());
        }
        space
    }

    fn graphics_state(
        &self,
        instruction: &Instruction<'_, '_>,
        resources: &Resources<'a>,
        state: &mut State<'a>,
    ) {
        let Some(entries) = name(instruction).and_then(|n| resources.get_ext_g_state(n)) else {
            return;
        };
        let number = |key: &str| entries.get::<f64>(key);
        if let Some(alpha) = number("ca") {
            state.fill.alpha = alpha.clamp(0.0, 1.0);
        }
        if let Some(alpha) = number("CA") {
            state.stroke.alpha = alpha.clamp(0.0, 1.0);
        }
        if let Some(width) = number("LW") {
            state.line_width = width;
        }
        if let Some(font) = entries.get::<Array<'a>>("Font") {
            let mut items = font.flex_iter();
            if let Some(font) = items.next::<Dict<'a>>() {
                state.text.font = font_kind(font);
                state.text.size = items.next::<f64>().unwrap_or(state.text.size);
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

fn font_kind(font: Dict<'_>) -> Font<'_> {
    match font.get::<Name<'_>>("Subtype").as_deref() {
        Some(b"Type3") => Font::Drawn(font),
        Some(b"Type0") => Font::Composite,
        _ => Font::Simple,
    }
}

fn set_colour<'a>(
    instruction: &Instruction<'_, '_>,
    resources: &Resources<'a>,
    paint: &mut Paint<'a>,
) {
    let mut values = [0.0; 32];
    let mut count = 0;
    let mut pattern = None;
    for operand in instruction.operands() {
        match operand {
            Object::Number(number) if count < values.len() => {
                values[count] = number.as_f64();
                count += 1;
            }
            Object::Name(name) => pattern = resources.get_pattern(name),
            _ => {}
        }
    }
    let space = paint.space.clone();
    let rgb = space.rgb(&values[..count]);
    paint.set(space, rgb);
    paint.pattern = pattern;
}

fn name<'b, 'c>(instruction: &Instruction<'b, 'c>) -> Option<&'b Name<'c>> {
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
