//! A page drawn small, to see whether it shows colour.
//!
//! For languages whose drawings cover each other freely. The page is drawn at
//! 36 dots per inch, the size at which colour is looked at, by `tiny-skia`.
//! Whatever is neutral leaves no colour on white paper, wherever it lies, and
//! paint mixed into it shows the same chroma whatever grey lies beneath; so
//! the dots are made only when something with chroma is first drawn, and most
//! pages never need them.

mod clip;
mod picture;

pub(crate) use clip::Clip;
pub(crate) use picture::{Picture, Shrinker, is_grey_jpeg_xr};
pub(crate) use tiny_skia::{
    BlendMode, Color, FillRule, FilterQuality, GradientStop, LinearGradient, Path, PathBuilder,
    Pattern, Pixmap, Point, RadialGradient, Rect, Shader, SpreadMode, Stroke, StrokeDash,
    Transform,
};

use crate::colour::{DOT_PT, VISIBLE_CHROMA};
use crate::report::JudgedBy;
use tiny_skia::{Mask, Paint};

/// The most dots a page is drawn with: A0. Larger pages get larger dots.
const MOST_DOTS: f64 = 2e6;
/// The longest side in dots, below what the rasteriser draws in one piece.
const LONGEST_SIDE: f64 = 8000.0;
/// Paint with less chroma cannot add up to colour. *Units*: 0 to 1.
const NEUTRAL: f32 = 4.0 / 255.0;

/// What something is painted with.
#[derive(Clone)]
pub(crate) struct Ink<'p> {
    source: Source<'p>,
    blend: BlendMode,
    chromatic: bool,
}

#[derive(Clone)]
enum Source<'p> {
    Shader(Shader<'p>),
    /// Its opacity is multiplied into the samples before it is drawn: the
    /// rasteriser forgets it where a shape's edge covers a dot in part.
    Picture {
        dots: &'p Pixmap,
        spread: SpreadMode,
        place: Transform,
        opacity: f64,
    },
}

impl<'p> Ink<'p> {
    /// One colour: red, green, blue, opacity, each from 0 to 1.
    pub(crate) fn solid(rgba: [f64; 4]) -> Self {
        let colour = colour(rgba);
        Self {
            source: Source::Shader(Shader::SolidColor(colour)),
            blend: BlendMode::SourceOver,
            chromatic: is_chromatic(colour),
        }
    }

    /// A gradient, chromatic when one of its stops is.
    pub(crate) fn gradient(shader: Shader<'p>, chromatic: bool) -> Self {
        Self {
            source: Source::Shader(shader),
            blend: BlendMode::SourceOver,
            chromatic,
        }
    }

    /// A picture whose samples `place` puts into the space of the drawing.
    pub(crate) fn picture(
        dots: &'p Pixmap,
        spread: SpreadMode,
        opacity: f64,
        place: Transform,
    ) -> Self {
        Self {
            source: Source::Picture {
                dots,
                spread,
                place,
                opacity: opacity.clamp(0.0, 1.0),
            },
            blend: BlendMode::SourceOver,
            chromatic: has_chroma(dots, NEUTRAL),
        }
    }

    /// As it shows through something that lets this much of it through.
    pub(crate) fn faded(mut self, through: f64) -> Self {
        let through = through.clamp(0.0, 1.0);
        match &mut self.source {
            Source::Shader(shader) => shader.apply_opacity(through as f32),
            Source::Picture { opacity, .. } => *opacity *= through,
        }
        self
    }

    /// Mixed with what lies beneath; [`Canvas::begin`] must have been called
    /// before anything was drawn.
    pub(crate) fn mixed(mut self, blend: BlendMode) -> Self {
        self.blend = blend;
        self
    }

    /// Whether it can show colour at all.
    pub(crate) fn is_chromatic(&self) -> bool {
        self.chromatic
    }

    fn is_picture(&self) -> bool {
        matches!(self.source, Source::Picture { .. })
    }

    /// Calls `draw` with the paint, under a transformation.
    fn with_paint(&self, transform: Transform, draw: impl FnOnce(&Paint<'_>)) {
        let faded;
        let mut shader = match &self.source {
            Source::Shader(shader) => shader.clone(),
            Source::Picture {
                dots,
                spread,
                place,
                opacity,
            } => {
                let dots = if *opacity < 1.0 {
                    faded = fade(dots, *opacity);
                    &faded
                } else {
                    *dots
                };
                let quality = FilterQuality::Bilinear;
                Pattern::new(dots.as_ref(), *spread, quality, 1.0, *place)
            }
        };
        shader.transform(transform);
        draw(&Paint {
            shader,
            blend_mode: self.blend,
            ..Paint::default()
        });
    }
}

/// All samples, premultiplied as they are, let through by so much.
fn fade(dots: &Pixmap, opacity: f64) -> Pixmap {
    let mut faded = dots.clone();
    for value in faded.data_mut() {
        *value = (f64::from(*value) * opacity).round() as u8;
    }
    faded
}

/// A colour of four numbers, each pressed into 0 to 1.
pub(crate) fn colour(rgba: [f64; 4]) -> Color {
    let [r, g, b, a] = rgba.map(|value| {
        if value.is_nan() {
            0.0
        } else {
            value.clamp(0.0, 1.0) as f32
        }
    });
    Color::from_rgba(r, g, b, a).unwrap_or(Color::BLACK)
}

/// Whether a colour is away from grey far enough to matter, and not unseen.
pub(crate) fn is_chromatic(colour: Color) -> bool {
    let (r, g, b) = (colour.red(), colour.green(), colour.blue());
    colour.alpha() > 0.0 && r.max(g).max(b) - r.min(g).min(b) > NEUTRAL
}

/// The page. *Units*: everything it is given is in dots once transformed;
/// [`Canvas::base`] is the transformation from points.
pub(crate) struct Canvas {
    size: (u32, u32),
    scale: f64,
    dots: Option<Pixmap>,
    paper: Color,
    masks: clip::Masks,
    drawn: bool,
    unsure: bool,
}

impl Canvas {
    /// White paper of that size.
    pub(crate) fn new(width_pt: f64, height_pt: f64) -> Self {
        let side = |value: f64| {
            if value.is_finite() {
                value.max(1.0)
            } else {
                1.0
            }
        };
        let (width, height) = (side(width_pt), side(height_pt));
        let scale = (1.0 / DOT_PT)
            .min((MOST_DOTS / (width * height)).sqrt())
            .min(LONGEST_SIDE / width.max(height));
        // Rounded up, at least one, at most LONGEST_SIDE.
        let dots = |value: f64| (value * scale).ceil().clamp(1.0, LONGEST_SIDE) as u32;
        Self::with_paper((dots(width), dots(height)), scale, Color::WHITE)
    }

    /// A sheet of glass of so many dots, to be laid on a page as a picture.
    pub(crate) fn glass(size: (u32, u32)) -> Self {
        let mut glass = Self::with_paper(size, 1.0, Color::TRANSPARENT);
        glass.begin();
        glass
    }

    fn with_paper(size: (u32, u32), scale: f64, paper: Color) -> Self {
        Self {
            size,
            scale,
            dots: None,
            paper,
            masks: clip::Masks::default(),
            drawn: false,
            unsure: false,
        }
    }

    /// From points to dots.
    pub(crate) fn base(&self) -> Transform {
        Transform::from_scale(self.scale as f32, self.scale as f32)
    }

    /// In dots.
    pub(crate) fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Something is drawn of which it can't be told whether it has colour.
    pub(crate) fn draw_unknown(&mut self) {
        self.unsure = true;
    }

    /// What was drawn on glass.
    pub(crate) fn into_dots(self) -> (Option<Pixmap>, bool) {
        (self.dots, self.unsure)
    }

    /// Fills a path.
    pub(crate) fn fill(
        &mut self,
        path: &Path,
        rule: FillRule,
        transform: Transform,
        ink: &Ink<'_>,
        clip: &Clip,
    ) {
        let Some(path) = path.clone().transform(transform) else {
            return;
        };
        self.lay(ink, path.bounds(), clip, |dots, mask| {
            ink.with_paint(transform, |paint| {
                dots.fill_path(&path, paint, rule, Transform::identity(), mask);
            });
        });
    }

    /// Strokes a path with a line of a width in the path's own units.
    pub(crate) fn stroke(
        &mut self,
        path: &Path,
        stroke: &Stroke,
        transform: Transform,
        ink: &Ink<'_>,
        clip: &Clip,
    ) {
        let grown = path.bounds().outset(stroke.width, stroke.width);
        let Some(bounds) = grown.and_then(|bounds| bounds.transform(transform)) else {
            return;
        };
        self.lay(ink, bounds, clip, |dots, mask| {
            ink.with_paint(Transform::identity(), |paint| {
                dots.stroke_path(path, paint, stroke, transform, mask);
            });
        });
    }

    /// Writes text into a box whose height is the size of its letters.
    ///
    /// The letters are not drawn: the box takes as much of the ink as the
    /// darkest dots of letters of that size do, and neutral letters, which
    /// leave most of what they lie on open, are left out.
    pub(crate) fn text(&mut self, area: Rect, transform: Transform, ink: &Ink<'_>, clip: &Clip) {
        if !ink.is_chromatic() {
            return;
        }
        let letters = area.height() * transform.get_scale().1;
        // Strokes of letters are a tenth as wide as letters are high; at five
        // dots (ten points) half of a dot is covered where two of them meet.
        let covered = (0.25 + 0.07 * f64::from(letters)).clamp(0.25, 1.0);
        let path = PathBuilder::from_rect(area);
        let ink = ink.clone().faded(covered);
        self.fill(&path, FillRule::Winding, transform, &ink, clip);
    }

    /// Whether colour shows, and how that was found.
    pub(crate) fn verdict(&self) -> (bool, JudgedBy) {
        let shown = self
            .dots
            .as_ref()
            .is_some_and(|dots| has_chroma(dots, (VISIBLE_CHROMA / 255.0) as f32));
        match (shown, self.unsure, self.drawn) {
            (true, _, true) => (true, JudgedBy::Drawn),
            (true, _, false) => (true, JudgedBy::Pixels),
            (false, true, _) => (true, JudgedBy::Unknown),
            (false, false, _) => (false, JudgedBy::Drawn),
        }
    }

    /// Makes the dots even though nothing with chroma was drawn yet, for
    /// languages in which paint depends on what lies beneath.
    pub(crate) fn begin(&mut self) {
        if self.dots.is_none() {
            self.dots = Pixmap::new(self.size.0, self.size.1);
            if let Some(dots) = &mut self.dots {
                dots.fill(self.paper);
            }
        }
    }

    /// Draws, within the clip, what reaches the page.
    fn lay(
        &mut self,
        ink: &Ink<'_>,
        bounds: Rect,
        clip: &Clip,
        draw: impl FnOnce(&mut Pixmap, Option<&Mask>),
    ) {
        if self.dots.is_none() && !ink.chromatic {
            return;
        }
        let page = Rect::from_xywh(0.0, 0.0, self.size.0 as f32, self.size.1 as f32);
        if page.and_then(|page| touch(&page, &bounds)).is_none() || !clip.reaches(&bounds) {
            return;
        }
        if ink.chromatic && !ink.is_picture() {
            self.drawn = true;
        }
        self.begin();
        let mask = self.masks.mask(clip, &bounds, self.size);
        if let Some(dots) = &mut self.dots {
            draw(dots, mask.as_deref());
        }
    }
}

/// What two boxes share; lines count.
fn touch(a: &Rect, b: &Rect) -> Option<Rect> {
    Rect::from_ltrb(
        a.left().max(b.left()),
        a.top().max(b.top()),
        a.right().min(b.right()),
        a.bottom().min(b.bottom()),
    )
}

fn has_chroma(dots: &Pixmap, above: f32) -> bool {
    // Premultiplied: what is half let through shows half its chroma.
    let limit = (above * 255.0).clamp(0.0, 255.0) as u8;
    dots.pixels().iter().any(|dot| {
        let (r, g, b) = (dot.red(), dot.green(), dot.blue());
        r.max(g).max(b) - r.min(g).min(b) > limit
    })
}

#[cfg(test)]
mod tests;
