//! Brushes. *Source*: ECMA-388, section 13.

use super::colour::{self, Found};
use super::geometry::{point, rectangle};
use super::markup::Node;
use super::package::resolve;
use super::page::{Painter, State, transform_of};
use super::scope::{Held, Source, Value};
use crate::canvas::{
    self, Canvas, Clip, FillRule, GradientStop, Ink, LinearGradient, PathBuilder, Picture, Pixmap,
    Point, RadialGradient, Rect, Shader, SpreadMode, Transform,
};
use crate::report::Problem;
use std::rc::Rc;

/// Stops of a gradient that are looked at.
const MOST_STOPS: usize = 256;
/// Drawings used as brushes: how deep within each other, how many to a page.
const DEEPEST_VISUAL: usize = 8;
const MOST_VISUALS: usize = 500;

/// What a shape is filled with.
pub(super) enum Brush {
    /// No brush: nothing is painted.
    Nothing,
    /// It can't be told what is painted.
    Unknown,
    Solid([f64; 4]),
    Gradient {
        shader: Shader<'static>,
        chromatic: bool,
        opacity: f64,
    },
    /// Samples, and how they lie in the space of the shape.
    Picture {
        dots: Pixmap,
        spread: SpreadMode,
        opacity: f64,
        place: Transform,
        /// The only place where they lie, unless they repeat.
        within: Option<(Rect, Transform)>,
    },
}

impl Brush {
    /// As the canvas wants it.
    pub(super) fn ink(&self) -> Option<Ink<'_>> {
        match self {
            Self::Nothing | Self::Unknown => None,
            Self::Solid(rgba) => Some(Ink::solid(*rgba)),
            Self::Gradient {
                shader,
                chromatic,
                opacity,
            } => Some(Ink::gradient(shader.clone(), *chromatic).faded(*opacity)),
            Self::Picture {
                dots,
                spread,
                opacity,
                place,
                ..
            } => Some(Ink::picture(dots, *spread, *opacity, *place)),
        }
    }

    /// What is let through when the brush itself has an edge.
    pub(super) fn clip(&self, state: &State) -> Clip {
        match self {
            Self::Picture {
                within: Some((area, transform)),
                ..
            } => {
                let transform = state.transform.pre_concat(*transform);
                let path = PathBuilder::from_rect(*area).transform(transform);
                state.clip.within(path, FillRule::Winding)
            }
            _ => state.clip.clone(),
        }
    }
}

impl Painter<'_, '_> {
    /// Reads a brush.
    pub(super) fn brush(
        &mut self,
        source: &Rc<Source>,
        value: Value<'_>,
        state: &State,
    ) -> Result<Brush, Problem> {
        let held = match value {
            Value::None => return Ok(Brush::Nothing),
            Value::Text(text) => {
                let found = colour::read(text, &source.part, self.package)?;
                return Ok(solid(found, 1.0));
            }
            Value::Held(held) => held,
        };
        let Some(node) = held.node() else {
            return Ok(Brush::Nothing);
        };
        let opacity = node.get("Opacity").and_then(|text| text.parse().ok());
        let opacity = opacity.unwrap_or(1.0_f64).clamp(0.0, 1.0);
        match node.name() {
            "SolidColorBrush" => {
                let text = node.get("Color").unwrap_or_default();
                let found = colour::read(text, &held.source.part, self.package)?;
                Ok(solid(found, opacity))
            }
            "LinearGradientBrush" | "RadialGradientBrush" => self.gradient(&held, node, opacity),
            "ImageBrush" => self.image(&held, node, opacity, state),
            "VisualBrush" => self.visual(&held, node, opacity, state),
            _ => Ok(Brush::Unknown),
        }
    }

    fn gradient(&mut self, held: &Held, node: Node<'_>, opacity: f64) -> Result<Brush, Problem> {
        let mut stops = Vec::new();
        let mut chromatic = false;
        let mut last = None;
        let list = node
            .children()
            .find(|child| child.name().ends_with(".GradientStops"));
        for stop in list
            .iter()
            .flat_map(|list| list.children())
            .take(MOST_STOPS)
        {
            let text = stop.get("Color").unwrap_or_default();
            let rgba = match colour::read(text, &held.source.part, self.package)? {
                Some(Found::Rgba(rgba)) => rgba,
                Some(Found::Unknown) => return Ok(Brush::Unknown),
                None => continue,
            };
            let colour = canvas::colour(rgba);
            chromatic |= canvas::is_chromatic(colour);
            last = Some(colour);
            let offset = stop.get("Offset").and_then(|text| text.parse().ok());
            stops.push(GradientStop::new(offset.unwrap_or(0.0), colour));
        }
        let spread = match node.get("SpreadMethod") {
            Some("Reflect") => SpreadMode::Reflect,
            Some("Repeat") => SpreadMode::Repeat,
            _ => SpreadMode::Pad,
        };
        let place = transform_of(self.scopes.value(&held.source, node, "Transform"));
        let at = |name: &str| {
            let (x, y) = node.get(name).and_then(point).unwrap_or_default();
            Point::from_xy(x, y)
        };
        let shader = if node.name() == "LinearGradientBrush" {
            LinearGradient::new(at("StartPoint"), at("EndPoint"), stops, spread, place)
        } else {
            let radius = |name: &str| node.get(name).and_then(|text| text.parse::<f32>().ok());
            let rx = radius("RadiusX").unwrap_or(0.0).abs();
            let ry = radius("RadiusY").unwrap_or(0.0).abs();
            let (centre, origin) = (at("Center"), at("GradientOrigin"));
            // A circle, pressed into the ellipse around its centre.
            let press = Transform::from_translate(centre.x, centre.y)
                .pre_scale(1.0, ry / rx.max(f32::MIN_POSITIVE))
                .pre_translate(-centre.x, -centre.y);
            let origin_y = centre.y + (origin.y - centre.y) * rx / ry.max(f32::MIN_POSITIVE);
            RadialGradient::new(
                Point::from_xy(origin.x, origin_y),
                0.0,
                centre,
                rx,
                stops,
                spread,
                place.pre_concat(press),
            )
        };
        Ok(match (shader, last) {
            (Some(shader), _) => Brush::Gradient {
                shader,
                chromatic,
                opacity,
            },
            // No room for a gradient: its end remains.
            (None, Some(last)) => Brush::Gradient {
                shader: Shader::SolidColor(last),
                chromatic,
                opacity,
            },
            (None, None) => Brush::Nothing,
        })
    }

    fn image(
        &mut self,
        held: &Held,
        node: Node<'_>,
        opacity: f64,
        state: &State,
    ) -> Result<Brush, Problem> {
        let Some(tile) = self.tile(held, node) else {
            return Ok(Brush::Unknown);
        };
        let name = node.get("ImageSource").unwrap_or_default();
        let Some(part) = resolve(&held.source.part, picture_name(name)) else {
            return Ok(Brush::Unknown);
        };
        let Some(data) = self.package.part(&part)? else {
            return Ok(Brush::Unknown);
        };
        if canvas::is_grey_jpeg_xr(&data) {
            return Ok(Brush::Solid([0.5, 0.5, 0.5, opacity]));
        }
        // At first as if the picture filled the tile; pictures of which a tile
        // shows only a part are rare and come out coarser.
        let (width, height) = tile.dots(state);
        let drawn = (f64::from(width), f64::from(height));
        let picture = Picture::decode(&data, drawn, self.package.budget);
        self.package.budget.check()?;
        let Some(picture) = picture else {
            return Ok(Brush::Unknown);
        };
        let (across, down) = picture.density.unwrap_or((96.0, 96.0));
        let unit =
            |samples: u32, density: f64| (f64::from(samples) * 96.0 / density.max(1.0)) as f32;
        let size = (
            unit(picture.samples.0, across),
            unit(picture.samples.1, down),
        );
        Ok(tile.brush(picture.dots, size, opacity))
    }

    fn visual(
        &mut self,
        held: &Held,
        node: Node<'_>,
        opacity: f64,
        state: &State,
    ) -> Result<Brush, Problem> {
        let visual = self.scopes.value(&held.source, node, "Visual");
        let (Some(tile), Value::Held(visual)) = (self.tile(held, node), visual) else {
            return Ok(Brush::Unknown);
        };
        self.package.budget.check()?;
        let (depth, count) = self.visuals;
        if depth >= DEEPEST_VISUAL || count >= MOST_VISUALS {
            return Ok(Brush::Unknown);
        }
        let (width, height) = tile.dots(state);
        // Whole dots, and none that the page has no room for.
        let side = |dots: f32, page: u32| dots.ceil().clamp(1.0, page as f32) as u32;
        let page = self.canvas.size();
        let size = (side(width, page.0), side(height, page.1));
        let page = std::mem::replace(&mut self.canvas, Canvas::glass(size));
        self.visuals = (depth + 1, count + 1);
        let view = tile.view;
        let inner = State {
            transform: Transform::from_scale(
                size.0 as f32 / view.width(),
                size.1 as f32 / view.height(),
            )
            .pre_translate(-view.left(), -view.top()),
            clip: Clip::default(),
            opacity: 1.0,
        };
        let drawn = match visual.node() {
            Some(node) => self.element(&visual.source, node, &inner, 0),
            None => Ok(()),
        };
        let glass = std::mem::replace(&mut self.canvas, page);
        self.visuals.0 = depth;
        drawn?;
        let (dots, unsure) = glass.into_dots();
        if unsure {
            self.canvas.draw_unknown();
        }
        let Some(dots) = dots else {
            return Ok(Brush::Unknown);
        };
        Ok(Tile {
            view: Rect::from_xywh(0.0, 0.0, size.0 as f32, size.1 as f32).unwrap_or(view),
            ..tile
        }
        .brush(dots, (size.0 as f32, size.1 as f32), opacity))
    }

    fn tile(&self, held: &Held, node: Node<'_>) -> Option<Tile> {
        let area = |name: &str| {
            let [x, y, width, height] = rectangle(node.get(name)?)?;
            Rect::from_xywh(x, y, width, height)
        };
        Some(Tile {
            view: area("Viewbox").filter(has_area)?,
            port: area("Viewport").filter(has_area)?,
            spread: match node.get("TileMode") {
                Some("Tile") => Some(SpreadMode::Repeat),
                Some("FlipX" | "FlipY" | "FlipXY") => Some(SpreadMode::Reflect),
                _ => None,
            },
            transform: transform_of(self.scopes.value(&held.source, node, "Transform")),
        })
    }
}

/// What of a picture is shown where, and whether it repeats.
struct Tile {
    view: Rect,
    port: Rect,
    spread: Option<SpreadMode>,
    transform: Transform,
}

impl Tile {
    /// How large it is on the page.
    fn dots(&self, state: &State) -> (f32, f32) {
        let (across, down) = state.transform.pre_concat(self.transform).get_scale();
        (
            (self.port.width() * across).abs(),
            (self.port.height() * down).abs(),
        )
    }

    /// The brush of a picture that is `size` large in the view's units.
    fn brush(self, dots: Pixmap, size: (f32, f32), opacity: f64) -> Brush {
        let Some((dots, view)) = crop(dots, size, self.view) else {
            return Brush::Nothing;
        };
        // The cropped picture fills the part of the port that its part of the
        // view fills; where the view is larger, the rest stays empty.
        let scale = (
            self.port.width() / self.view.width(),
            self.port.height() / self.view.height(),
        );
        let place = Transform::from_translate(self.port.left(), self.port.top())
            .pre_scale(scale.0, scale.1)
            .pre_translate(view.left() - self.view.left(), view.top() - self.view.top())
            .pre_scale(
                view.width() / dots.width() as f32,
                view.height() / dots.height() as f32,
            );
        Brush::Picture {
            spread: self.spread.unwrap_or(SpreadMode::Pad),
            opacity,
            place: self.transform.pre_concat(place),
            within: match self.spread {
                Some(_) => None,
                None => Some((self.port, self.transform)),
            },
            dots,
        }
    }
}

/// Cuts a picture to the view, in whole samples.
fn crop(dots: Pixmap, size: (f32, f32), view: Rect) -> Option<(Pixmap, Rect)> {
    let unit = (size.0 / dots.width() as f32, size.1 / dots.height() as f32);
    let whole = Rect::from_xywh(0.0, 0.0, size.0, size.1)?;
    let shared = Rect::from_ltrb(
        view.left().max(0.0),
        view.top().max(0.0),
        view.right().min(size.0),
        view.bottom().min(size.1),
    )?;
    let near = |a: f32, b: f32, unit: f32| (a - b).abs() <= unit;
    if near(shared.left(), 0.0, unit.0)
        && near(shared.top(), 0.0, unit.1)
        && near(shared.right(), size.0, unit.0)
        && near(shared.bottom(), size.1, unit.1)
    {
        return Some((dots, whole));
    }
    let cut = tiny_skia::IntRect::from_ltrb(
        (shared.left() / unit.0).floor() as i32,
        (shared.top() / unit.1).floor() as i32,
        (shared.right() / unit.0).ceil() as i32,
        (shared.bottom() / unit.1).ceil() as i32,
    )?;
    let part = dots.clone_rect(cut)?;
    let area = Rect::from_ltrb(
        cut.left() as f32 * unit.0,
        cut.top() as f32 * unit.1,
        cut.right() as f32 * unit.0,
        cut.bottom() as f32 * unit.1,
    )?;
    Some((part, area))
}

fn has_area(area: &Rect) -> bool {
    area.width() > 0.0 && area.height() > 0.0
}

fn solid(found: Option<Found>, opacity: f64) -> Brush {
    match found {
        Some(Found::Rgba([r, g, b, a])) => Brush::Solid([r, g, b, a * opacity]),
        Some(Found::Unknown) => Brush::Unknown,
        None => Brush::Nothing,
    }
}

/// The picture in `{ColorConvertedBitmap picture profile}`.
fn picture_name(source: &str) -> &str {
    let source = source.trim();
    let Some(inner) = source
        .strip_prefix('{')
        .and_then(|inner| inner.strip_suffix('}'))
    else {
        return source;
    };
    inner.split_ascii_whitespace().nth(1).unwrap_or_default()
}
