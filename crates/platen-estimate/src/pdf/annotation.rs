//! Annotations: those that print, in their normal appearance.
//! *Source*: ISO 32000-1, section 12.5.

use super::content::{Painter, State, Stop};
use super::space::Space;
use crate::colour::chroma;
use crate::geometry::{Bounds, Matrix};
use hayro_syntax::object::{Array, Dict, Name, Object, Rect, Stream};
use hayro_syntax::page::Page;

/// A guard against lists without end.
const MAX_ANNOTATIONS: usize = 10_000;
const HIDDEN: i32 = 1 << 1;
const PRINT: i32 = 1 << 2;

/// Draws the page's annotations.
pub(super) fn draw<'a>(
    painter: &mut Painter<'_, 'a>,
    page: &Page<'a>,
    clip: Bounds,
) -> Result<(), Stop> {
    let Some(list) = page.raw().get::<Array<'a>>("Annots") else {
        return Ok(());
    };
    for item in list.raw_iter().take(MAX_ANNOTATIONS) {
        let annotation = match item {
            hayro_syntax::object::MaybeRef::Ref(reference) => {
                page.xref().get::<Dict<'a>>(reference.into())
            }
            hayro_syntax::object::MaybeRef::NotRef(object) => object.into_dict(),
        };
        if let Some(annotation) = annotation {
            draw_one(painter, &annotation, clip)?;
        }
    }
    Ok(())
}

fn draw_one<'a>(
    painter: &mut Painter<'_, 'a>,
    annotation: &Dict<'a>,
    clip: Bounds,
) -> Result<(), Stop> {
    let flags = annotation.get::<i32>("F").unwrap_or(0);
    let kind = annotation.get::<Name<'a>>("Subtype");
    let is = |name: &[u8]| kind.as_deref() == Some(name);
    if flags & HIDDEN != 0 {
        return Ok(());
    }
    if flags & PRINT == 0 || is(b"Popup") || painter.hides(annotation, b"OC") {
        // A rendering is one for the screen.
        painter.left_out |= annotation.contains_key("AP");
        return Ok(());
    }
    let Some(rect) = annotation.get::<Rect>("Rect") else {
        return Ok(());
    };
    let place = Bounds::from(rect).under(Matrix::IDENTITY);
    if place.intersect(clip).is_empty() {
        return Ok(());
    }
    // Viewers draw some of it: that shows if most of the rectangle does.
    let area = |bounds: Bounds| bounds.size().0 * bounds.size().1;
    let mostly = area(place.intersect(clip)) >= area(place) / 2.0;
    let covered = if mostly { 1.0 } else { 0.0 };
    match appearance(annotation) {
        Some(form) => {
            let matrix = placement(&form, rect);
            painter.form(&form, &State::new(matrix, clip), 0)
        }
        None if is(b"Link") => Ok(()),
        None if is(b"Widget") => {
            // Viewers build the field's look from its border and background.
            let look = annotation.get::<Dict<'a>>("MK").unwrap_or_default();
            let chroma = declared_chroma(&look, &["BC", "BG"]);
            painter.mark(chroma, chroma, covered)
        }
        None => {
            let chroma = declared_chroma(annotation, &["C", "IC"]);
            painter.mark(chroma, chroma, covered)
        }
    }
}

/// The normal appearance, in the annotation's current state.
fn appearance<'a>(annotation: &Dict<'a>) -> Option<Stream<'a>> {
    match annotation.get::<Dict<'a>>("AP")?.get::<Object<'a>>("N")? {
        Object::Stream(form) => Some(form),
        Object::Dict(states) => {
            let state = annotation.get::<Name<'a>>("AS")?;
            states.get::<Stream<'a>>(state)
        }
        _ => None,
    }
}

/// Maps the form's transformed box onto the annotation's rectangle
/// (algorithm 8.1); the form's own matrix is applied when it is drawn.
fn placement(form: &Stream<'_>, rect: Rect) -> Matrix {
    let own = form
        .dict()
        .get::<[f64; 6]>("Matrix")
        .map_or(Matrix::IDENTITY, Matrix);
    let Some(bbox) = form.dict().get::<Rect>("BBox") else {
        return Matrix::IDENTITY;
    };
    let from = Bounds::from(bbox).under(own);
    let ratio = |to: f64, from: f64| if from > 0.0 { to / from } else { 1.0 };
    let sx = ratio(rect.width(), from.x1 - from.x0);
    let sy = ratio(rect.height(), from.y1 - from.y0);
    Matrix([
        sx,
        0.0,
        0.0,
        sy,
        rect.x0 - from.x0 * sx,
        rect.y0 - from.y0 * sy,
    ])
}

/// The largest chroma of the colours under `keys`, in which viewers draw an
/// annotation that has no appearance.
fn declared_chroma(dict: &Dict<'_>, keys: &[&str]) -> f64 {
    keys.iter()
        .filter_map(|key| dict.get::<Array<'_>>(*key))
        .map(|list| {
            let values: Vec<f64> = list.iter::<f64>().take(4).collect();
            match values.len() {
                3 => chroma(Space::Rgb.rgb(&values)),
                4 => chroma(Space::Cmyk.rgb(&values)),
                _ => 0.0,
            }
        })
        .fold(0.0, f64::max)
}
