//! External objects: forms, which are followed, and pictures, which are looked at.
//! *Source*: ISO 32000-1, sections 8.8 to 8.10.

use super::content::{MAX_DEPTH, Painter, Stop};
use super::image::{self, View};
use super::path::box_covers;
use super::space::Space;
use super::state::State;
use super::stream;
use crate::colour::DOT_PT;
use crate::geometry::{Bounds, Matrix};
use hayro_syntax::object::{Dict, Name, Object, Rect, Stream};
use hayro_syntax::page::Resources;

/// Where a picture is drawn. *Source*: section 8.9.4.
const UNIT: Bounds = Bounds {
    x0: 0.0,
    y0: 0.0,
    x1: 1.0,
    y1: 1.0,
};
/// Renderers differ in how they make pictures smaller: between these, it takes
/// a rendering to tell whether a picture shows colour.
const FAINT_CHROMA: f64 = 18.0;
const CERTAIN_CHROMA: f64 = 36.0;

impl<'a> Painter<'_, 'a> {
    pub(super) fn x_object(
        &mut self,
        object: &Stream<'a>,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        let dict = object.dict();
        if self.is_hidden() || self.hides(dict, b"OC") {
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
            inner.clip = inner.clip.intersect(Bounds::from(bbox).under(inner.ctm));
            inner.doubts.rough_clip |= !inner.ctm.keeps_boxes();
        }
        if inner.clip.is_empty() {
            return Ok(());
        }
        if dict.contains_key("Group") {
            enter_group(&mut inner);
        }
        match stream::decode(form, self.shared.budget) {
            Some(content) => self.run(&content, resources, inner, depth + 1),
            None => {
                self.too_large |= !form.raw_data().is_empty();
                Ok(())
            }
        }
    }

    fn picture(
        &mut self,
        picture: &Stream<'a>,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        let drawn = UNIT.under(state.ctm);
        if !self.may_show(drawn.intersect(state.clip)) {
            return Ok(());
        }
        let dict = picture.dict();
        if dict.get::<bool>("ImageMask") == Some(true) {
            return self.stencil(resources, state, depth);
        }
        let size = state.ctm.scale();
        let dots = |points: f64| (points / DOT_PT).ceil().min(1e6) as u32;
        let id = picture.obj_id();
        let key = ((id.obj_number, id.gen_number), dots(size.0), dots(size.1));
        if self.shared.neutral_pictures.borrow().contains(&key) {
            return Ok(());
        }
        let space = self.space(dict, "ColorSpace", resources);
        let budget = self.shared.budget;
        let view = view(drawn, state);
        let chroma = image::largest_chroma(picture, space.as_ref(), view, budget);
        self.too_large |= chroma.is_none() && image::may_be_too_large(picture, budget);
        if state.clip.holds(drawn) && chroma.is_some_and(|chroma| chroma <= FAINT_CHROMA) {
            self.shared.neutral_pictures.borrow_mut().insert(key);
        }
        self.mark_picture(chroma, drawn, state)
    }

    pub(super) fn inline_picture(
        &mut self,
        picture: &Stream<'_>,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        let drawn = UNIT.under(state.ctm);
        if !self.may_show(drawn.intersect(state.clip)) {
            return Ok(());
        }
        let dict = picture.dict();
        let masks = dict
            .get::<bool>("ImageMask")
            .or_else(|| dict.get::<bool>("IM"));
        if masks == Some(true) {
            return self.stencil(resources, state, depth);
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
        let view = view(drawn, state);
        let chroma = image::largest_chroma(picture, space.as_ref(), view, budget);
        self.mark_picture(chroma, drawn, state)
    }

    /// A stencil lets the colour through somewhere, or nowhere.
    fn stencil(
        &mut self,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        if !state.fill.may_show() {
            return Ok(());
        }
        self.paint(&state.fill, 0.0, resources, state, depth)
    }

    /// Draws a picture into `drawn`, where the part of it that is seen has that chroma.
    fn mark_picture(
        &mut self,
        chroma: Option<f64>,
        drawn: Bounds,
        state: &State<'a>,
    ) -> Result<(), Stop> {
        let Some(chroma) = chroma else {
            self.in_doubt = true;
            return Ok(());
        };
        let chroma = chroma * state.fill.alpha * state.group_alpha;
        let covered = state.certain(box_covers(drawn.intersect(state.clip)));
        let upright = state.ctm.keeps_boxes() || state.clip.holds(drawn);
        if upright && chroma * covered >= CERTAIN_CHROMA {
            return Err(Stop::Pixels);
        }
        self.in_doubt |= chroma > FAINT_CHROMA;
        Ok(())
    }
}

/// How the picture drawn into `drawn` is seen.
fn view(drawn: Bounds, state: &State<'_>) -> View {
    let alpha = state.fill.alpha * state.group_alpha;
    let seen = drawn.intersect(state.clip);
    let whole = ([0.0, 1.0], [0.0, 1.0]);
    let (across, down) = match state.ctm.inverse() {
        Some(inverse) if state.ctm.keeps_boxes() && !state.clip.holds(drawn) => {
            let part = seen.under(inverse);
            let within = |value: f64| value.clamp(0.0, 1.0);
            (
                [within(part.x0), within(part.x1)],
                [within(1.0 - part.y1), within(1.0 - part.y0)],
            )
        }
        _ => whole,
    };
    View {
        drawn_pt: state.ctm.scale(),
        across,
        down,
        enough: CERTAIN_CHROMA / (alpha * box_covers(seen)),
    }
}

/// Inside a group, opacity and mixing begin anew; what was set applies to it
/// as a whole. *Source*: section 11.6.6.
fn enter_group(state: &mut State<'_>) {
    state.group_alpha *= state.fill.alpha;
    state.fill.alpha = 1.0;
    state.stroke.alpha = 1.0;
    let doubts = &mut state.doubts;
    doubts.around |= doubts.blended || doubts.masked;
    doubts.blended = false;
    doubts.masked = false;
}
