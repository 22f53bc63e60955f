//! Painting: whether what is filled or stroked is certain to show colour.
//! *Source*: ISO 32000-1, sections 8.5.3 and 8.7.
//!
//! Every mark has a chroma, an opacity, and a share of some dot that it is
//! certain to cover. Their product shows, or it does not; what lies between,
//! because the share is not known, leaves the page in doubt.

use super::content::{MAX_DEPTH, Painter, Stop};
use super::path::{Rule, box_covers};
use super::state::{Paint, State};
use super::{shading, stream};
use crate::colour::VISIBLE_CHROMA;
use crate::geometry::{Bounds, Matrix};
use hayro_syntax::object::{Dict, Object, dict_or_stream};
use hayro_syntax::page::Resources;

/// Chroma that is certain to show in spite of rounding.
const CERTAIN_CHROMA: f64 = VISIBLE_CHROMA + 2.0;

impl<'a> Painter<'_, 'a> {
    /// Draws something whose chroma is between `least` and `most`, covering at
    /// least `covered` of some dot.
    pub(super) fn mark(&mut self, least: f64, most: f64, covered: f64) -> Result<(), Stop> {
        if least * covered > CERTAIN_CHROMA {
            return Err(Stop::Colour);
        }
        self.in_doubt |= most > VISIBLE_CHROMA;
        Ok(())
    }

    /// What is drawn into `drawn` may be seen.
    pub(super) fn may_show(&self, drawn: Bounds) -> bool {
        !drawn.is_empty() && !self.is_hidden()
    }

    pub(super) fn fill(
        &mut self,
        rule: Rule,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        self.path.close();
        let bounds = self.path.bounds();
        let seen = bounds.intersect(state.clip);
        if !state.fill.may_show() || !self.may_show(seen) {
            return Ok(());
        }
        let covered = if self.path.is_box() {
            box_covers(seen)
        } else if state.clip.holds(bounds) {
            self.path.filled(rule)
        } else {
            0.0
        };
        self.paint(&state.fill, covered, resources, state, depth)
    }

    pub(super) fn stroke(
        &mut self,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        self.path.close();
        let width = state.line_width.abs() * state.ctm.mean_scale();
        let (x, y) = state.ctm.scale();
        let reach = state.line_width.abs() * x.max(y) / 2.0;
        let bounds = self.path.bounds();
        let seen = bounds.grow(reach).intersect(state.clip);
        if !state.stroke.may_show() || !self.may_show(seen) {
            return Ok(());
        }
        let covered = if state.clip.holds(bounds) {
            self.path.stroked(width)
        } else if self.path.is_line() && !bounds.intersect(state.clip).is_empty() {
            box_covers(seen)
        } else {
            0.0
        };
        self.paint(&state.stroke, covered, resources, state, depth)
    }

    /// Paints with a colour or a pattern something of which `covered` is certain.
    pub(super) fn paint(
        &mut self,
        paint: &Paint<'a>,
        covered: f64,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
    ) -> Result<(), Stop> {
        let alpha = paint.alpha * state.group_alpha;
        let Some(pattern) = &paint.pattern else {
            let chroma = paint.chroma * alpha;
            return self.mark(chroma, chroma, state.certain(covered));
        };
        let Some((dict, body)) = dict_or_stream(pattern) else {
            return Ok(());
        };
        if dict.get::<i32>("PatternType") == Some(2) {
            return match dict.get::<Object<'a>>("Shading") {
                Some(object) => self.shade(&object, alpha, state.certain(covered), resources),
                None => Ok(()),
            };
        }
        if dict.get::<i32>("PaintType") == Some(2) {
            let chroma = paint.chroma * alpha;
            return self.mark(chroma, chroma, 0.0);
        }
        let id = dict.obj_id().map(|id| (id.obj_number, id.gen_number));
        if depth >= MAX_DEPTH || id.is_some_and(|id| !self.followed.insert(id)) {
            return Ok(());
        }
        let Some(content) = body.and_then(|body| stream::decode(body, self.shared.budget)) else {
            return Ok(());
        };
        let own = dict.get::<Dict<'a>>("Resources").map(Resources::new);
        let matrix = dict
            .get::<[f64; 6]>("Matrix")
            .map_or(Matrix::IDENTITY, Matrix);
        let mut inner = State::new(matrix, Bounds::ALL);
        inner.group_alpha = alpha;
        // Which parts of the cell come to be seen is not known.
        inner.doubts.around = true;
        self.run(
            &content,
            own.as_ref().unwrap_or(resources),
            inner,
            depth + 1,
        )
    }

    /// Fills the clip with a gradient.
    pub(super) fn fill_clip(
        &mut self,
        shading: &Object<'a>,
        resources: &Resources<'a>,
        state: &State<'a>,
    ) -> Result<(), Stop> {
        if !self.may_show(state.clip) {
            return Ok(());
        }
        let alpha = state.fill.alpha * state.group_alpha;
        let covered = state.certain(box_covers(state.clip));
        self.shade(shading, alpha, covered, resources)
    }

    fn shade(
        &mut self,
        object: &Object<'a>,
        alpha: f64,
        covered: f64,
        resources: &Resources<'a>,
    ) -> Result<(), Stop> {
        if self.is_hidden() {
            return Ok(());
        }
        let Some((dict, body)) = dict_or_stream(object) else {
            return Ok(());
        };
        let space = self.space(dict, "ColorSpace", resources);
        let chroma =
            space.and_then(|space| shading::chroma_range(dict, body, &space, self.shared.budget));
        let [least, most] = chroma.unwrap_or([0.0, 255.0]);
        self.mark(least * alpha, most * alpha, covered)
    }
}
