//! A fixed page, drawn. *Source*: ECMA-388, sections 10 (pages, canvases),
//! 11 (paths), 12 (glyphs), 14 (transformations, clips, opacity).

use super::brush::Brush;
use super::geometry::{Outline, matrix};
use super::markup::Node;
use super::package::Package;
use super::scope::{Held, Scopes, Source, Value};
use crate::canvas::{
    Canvas, Clip, FillRule, Path, PathBuilder, Rect, Stroke, StrokeDash, Transform,
};
use crate::report::{JudgedBy, Problem};
use std::rc::Rc;
use tiny_skia::{LineCap, LineJoin};

/// Canvases within canvases.
const DEEPEST: usize = 100;
/// Numbers in a dash array that are looked at.
const MOST_DASHES: usize = 64;

/// How an element is drawn.
#[derive(Clone)]
pub(super) struct State {
    /// To dots.
    pub(super) transform: Transform,
    pub(super) clip: Clip,
    pub(super) opacity: f64,
}

/// Draws one page.
pub(super) struct Painter<'p, 'd> {
    pub(super) package: &'p Package<'d>,
    pub(super) canvas: Canvas,
    pub(super) scopes: Scopes,
    /// Drawings within drawings' brushes: how deep, and how many yet.
    pub(super) visuals: (usize, usize),
}

/// Whether the page shows colour.
pub(super) fn judge(
    source: &Rc<Source>,
    size_pt: (f64, f64),
    package: &Package<'_>,
) -> Result<(bool, JudgedBy), Problem> {
    let canvas = Canvas::new(size_pt.0, size_pt.1);
    let state = State {
        // Units are 1/96 inch.
        transform: canvas.base().pre_scale(0.75, 0.75),
        clip: Clip::default(),
        opacity: 1.0,
    };
    let mut painter = Painter {
        package,
        canvas,
        scopes: Scopes::default(),
        visuals: (0, 0),
    };
    if let Some(page) = source.tree.root() {
        painter.group(source, page, &state, 0)?;
    }
    Ok(painter.canvas.verdict())
}

impl Painter<'_, '_> {
    /// Draws what lies in a page or canvas.
    fn group(
        &mut self,
        source: &Rc<Source>,
        node: Node<'_>,
        state: &State,
        depth: usize,
    ) -> Result<(), Problem> {
        if depth > DEEPEST {
            self.canvas.draw_unknown();
            return Ok(());
        }
        let scopes = self.scopes.depth();
        if !self.scopes.enter(source, node, self.package)? {
            self.canvas.draw_unknown();
        }
        if let Some(state) = self.within(source, node, state)? {
            for child in node.children() {
                self.element(source, child, &state, depth + 1)?;
            }
        }
        self.scopes.leave(scopes);
        Ok(())
    }

    /// Draws one element, if it is one that draws.
    pub(super) fn element(
        &mut self,
        source: &Rc<Source>,
        node: Node<'_>,
        state: &State,
        depth: usize,
    ) -> Result<(), Problem> {
        self.package.budget.step()?;
        match node.name() {
            "Canvas" => self.group(source, node, state, depth),
            "Path" => match self.within(source, node, state)? {
                Some(state) => self.path(source, node, &state),
                None => Ok(()),
            },
            "Glyphs" => match self.within(source, node, state)? {
                Some(state) => self.glyphs(source, node, &state),
                None => Ok(()),
            },
            // The fallback is what everybody can draw.
            "AlternateContent" if depth <= DEEPEST => {
                let chosen = node.child("Fallback").or_else(|| node.child("Choice"));
                for child in chosen.iter().flat_map(|chosen| chosen.children()) {
                    self.element(source, child, state, depth + 1)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The state within an element: moved, clipped, faded. None when nothing
    /// of it can be seen.
    fn within(
        &mut self,
        source: &Rc<Source>,
        node: Node<'_>,
        state: &State,
    ) -> Result<Option<State>, Problem> {
        let mut state = state.clone();
        let render = self.scopes.value(source, node, "RenderTransform");
        state.transform = state.transform.pre_concat(transform_of(render));
        match self.scopes.value(source, node, "Clip") {
            Value::None => {}
            value => {
                let outline = self.outline(value);
                let path = outline
                    .path
                    .and_then(|path| path.transform(state.transform));
                state.clip = state.clip.within(path, outline.rule);
            }
        }
        let opacity = node
            .get("Opacity")
            .and_then(|text| text.parse::<f64>().ok());
        state.opacity *= opacity.unwrap_or(1.0).clamp(0.0, 1.0);
        let mask = self.scopes.value(source, node, "OpacityMask");
        match self.brush(source, mask, &state)? {
            Brush::Nothing => {}
            Brush::Solid([.., opacity]) => state.opacity *= opacity,
            Brush::Unknown => {}
            brush => {
                if let Some(mask) = self.mask(&brush, &state) {
                    state.clip = state.clip.masked(mask);
                }
            }
        }
        Ok((state.opacity > 0.0).then_some(state))
    }

    fn path(&mut self, source: &Rc<Source>, node: Node<'_>, state: &State) -> Result<(), Problem> {
        let data = self.scopes.value(source, node, "Data");
        let outline = self.outline(data);
        if let Some(path) = &outline.path {
            let fill = self.scopes.value(source, node, "Fill");
            let brush = self.brush(source, fill, state)?;
            self.lay(&brush, path, outline.rule, None, state);
        }
        let stroke = self.scopes.value(source, node, "Stroke");
        if !matches!(stroke, Value::None) {
            let brush = self.brush(source, stroke, state)?;
            let line = line(node);
            for path in [&outline.path, &outline.open].into_iter().flatten() {
                self.lay(&brush, path, outline.rule, Some(&line), state);
            }
        }
        Ok(())
    }

    /// Text takes the room that its advances say.
    fn glyphs(
        &mut self,
        source: &Rc<Source>,
        node: Node<'_>,
        state: &State,
    ) -> Result<(), Problem> {
        let number = |name: &str| node.get(name).and_then(|text| text.parse::<f32>().ok());
        let (Some(size), Some(x), Some(y)) = (
            number("FontRenderingEmSize"),
            number("OriginX"),
            number("OriginY"),
        ) else {
            return Ok(());
        };
        let text = node.get("UnicodeString").unwrap_or_default();
        let advance = advance(text, node.get("Indices").unwrap_or_default());
        if advance <= 0.0 || size <= 0.0 {
            return Ok(());
        }
        let leftwards = node
            .get("BidiLevel")
            .and_then(|level| level.parse::<u32>().ok())
            .is_some_and(|level| level % 2 == 1);
        let width = advance * size;
        let x = if leftwards { x - width } else { x };
        let Some(area) = Rect::from_xywh(x, y - 0.8 * size, width, size) else {
            return Ok(());
        };
        let fill = self.scopes.value(source, node, "Fill");
        let brush = self.brush(source, fill, state)?;
        if matches!(brush, Brush::Unknown) {
            self.canvas.draw_unknown();
        } else if let Some(ink) = brush.ink() {
            let ink = ink.faded(state.opacity);
            let clip = brush.clip(state);
            self.canvas.text(area, state.transform, &ink, &clip);
        }
        Ok(())
    }

    /// Fills or strokes.
    fn lay(
        &mut self,
        brush: &Brush,
        path: &Path,
        rule: FillRule,
        line: Option<&Stroke>,
        state: &State,
    ) {
        if matches!(brush, Brush::Unknown) {
            self.canvas.draw_unknown();
            return;
        }
        let Some(ink) = brush.ink() else {
            return;
        };
        let ink = ink.faded(state.opacity);
        let clip = brush.clip(state);
        match line {
            None => self.canvas.fill(path, rule, state.transform, &ink, &clip),
            Some(line) => self.canvas.stroke(path, line, state.transform, &ink, &clip),
        }
    }

    /// How much a brush lets through, all over the page.
    fn mask(&self, brush: &Brush, state: &State) -> Option<tiny_skia::Mask> {
        let mut glass = Canvas::glass(self.canvas.size());
        let (width, height) = self.canvas.size();
        let page = Rect::from_xywh(0.0, 0.0, width as f32, height as f32)?;
        let page = PathBuilder::from_rect(page).transform(state.transform.invert()?)?;
        let ink = brush.ink()?;
        let clip = brush.clip(&State {
            clip: Clip::default(),
            ..state.clone()
        });
        glass.fill(&page, FillRule::Winding, state.transform, &ink, &clip);
        let (dots, _) = glass.into_dots();
        Some(tiny_skia::Mask::from_pixmap(
            dots?.as_ref(),
            tiny_skia::MaskType::Alpha,
        ))
    }

    fn outline(&self, value: Value<'_>) -> Outline {
        match value {
            Value::None => Outline::parse(""),
            Value::Text(data) => Outline::parse(data),
            Value::Held(held) => self.geometry(&held),
        }
    }

    fn geometry(&self, held: &Held) -> Outline {
        let Some(node) = held.node() else {
            return Outline::parse("");
        };
        let mut outline = Outline::of_geometry(node);
        let moved = transform_of(self.scopes.value(&held.source, node, "Transform"));
        if !moved.is_identity() {
            outline.path = outline.path.and_then(|path| path.transform(moved));
            outline.open = outline.open.and_then(|path| path.transform(moved));
        }
        outline
    }
}

/// A matrix, written short or as a `MatrixTransform`.
pub(super) fn transform_of(value: Value<'_>) -> Transform {
    let found = match value {
        Value::None => None,
        Value::Text(text) => matrix(text),
        Value::Held(held) => held
            .node()
            .and_then(|node| node.get("Matrix"))
            .and_then(matrix),
    };
    found.unwrap_or_default()
}

/// How a path is stroked. *Source*: ECMA-388, section 18.6 and 11.1.
fn line(node: Node<'_>) -> Stroke {
    let number = |name: &str| node.get(name).and_then(|text| text.parse::<f32>().ok());
    let width = number("StrokeThickness").unwrap_or(1.0).abs();
    let dashes: Vec<f32> = node
        .get("StrokeDashArray")
        .unwrap_or_default()
        .split_ascii_whitespace()
        .take(MOST_DASHES)
        .filter_map(|dash| dash.parse::<f32>().ok())
        .map(|dash| dash * width)
        .collect();
    let offset = number("StrokeDashOffset").unwrap_or(0.0) * width;
    Stroke {
        width,
        miter_limit: number("StrokeMiterLimit").unwrap_or(10.0),
        line_cap: match node.get("StrokeStartLineCap") {
            Some("Round") => LineCap::Round,
            Some("Square") => LineCap::Square,
            _ => LineCap::Butt,
        },
        line_join: match node.get("StrokeLineJoin") {
            Some("Round") => LineJoin::Round,
            Some("Bevel") => LineJoin::Bevel,
            _ => LineJoin::Miter,
        },
        dash: StrokeDash::new(dashes, offset),
    }
}

/// How far a run of glyphs goes. *Units*: of the font's size.
///
/// *Source*: ECMA-388, section 12.1.3: `(cluster)index,advance,x,y;…`, the
/// advance in hundredths.
fn advance(text: &str, indices: &str) -> f32 {
    // As wide as most fonts' letters are on the average.
    const LETTER: f32 = 0.5;
    let text = text.strip_prefix("{}").unwrap_or(text);
    let letters = text.chars().count();
    if indices.is_empty() {
        return if text.trim().is_empty() {
            0.0
        } else {
            LETTER * letters as f32
        };
    }
    let mut glyphs = 0;
    let mut total = 0.0;
    for glyph in indices.split(';') {
        let advance = glyph.split(',').nth(1).and_then(|text| text.parse().ok());
        total += advance.map_or(LETTER, |hundredths: f32| hundredths / 100.0);
        glyphs += 1;
    }
    if !text.is_empty() && text.trim().is_empty() && letters >= glyphs {
        return 0.0;
    }
    total + LETTER * letters.saturating_sub(glyphs) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_as_wide_as_its_advances() {
        assert_eq!(advance("ab", ""), 1.0);
        assert_eq!(advance("  ", ""), 0.0);
        assert_eq!(advance("{}{a", ""), 1.0);
        assert_eq!(advance("", "12,100;13,50,2,3"), 1.5);
        assert_eq!(advance("abc", "12,100"), 2.0);
        assert_eq!(advance(" ", "3,50"), 0.0);
    }
}
