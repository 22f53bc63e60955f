//! External objects: forms, which are followed, and pictures, which are looked at.
//! *Source*: ISO 32000-1, sections 8.8 to 8.10.

use super::content::{MAX_DEPTH, Painter, Stop};
use super::geometry::{Bounds, Matrix};
use super::space::Space;
use super::state::State;
use super::{image, stream};
use crate::colour::{DOT_PT, VISIBLE_CHROMA};
use hayro_syntax::object::{Dict, Name, Object, Rect, Stream};
use hayro_syntax::page::Resources;

impl<'a> Painter<'_, 'a> {
    pub(super) fn x_object(
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

    pub(super) fn inline_picture(
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
}
