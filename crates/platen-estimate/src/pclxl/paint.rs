//! The operators that set the graphics state and paint.
//!
//! *Source*: PCL XL Feature Reference Protocol Class 2.0, chapters 4 to 6.

use super::graphics::{Bounds, Graphics, Paint, Path, Rgb};
use super::image::Image;
use super::scan::{Operator, Value};
use super::tag::{attribute as a, operator as o};
use super::{MAX_KEPT, MAX_SAVED, Printer, Tile};
use crate::operation::Operation;

/// The share of its area that text covers.
const TEXT_SHARE: f64 = 0.5;
/// The height of characters that come as bitmaps. *Units*: points.
const BITMAP_CHAR_PT: f64 = 8.0;

impl Printer<'_> {
    pub(super) fn graphics(&mut self, operator: &Operator<'_>) {
        match operator.tag {
            o::PUSH_GS if self.saved.len() < MAX_SAVED => self.saved.push(self.now.clone()),
            o::POP_GS => {
                if let Some(saved) = self.saved.pop() {
                    self.now = saved;
                }
            }
            o::BEGIN_IMAGE => {
                let brush = self.brush_colour();
                self.image = Image::begin(operator, &self.now, brush);
            }
            o::READ_IMAGE => {
                let known = self
                    .page
                    .as_ref()
                    .is_none_or(|page| page.ink.shows_colour());
                if let Some(image) = self.image.as_mut().filter(|_| !known) {
                    image.read(operator, self.budget);
                }
            }
            o::END_IMAGE => self.end_image(),
            o::BEGIN_PATTERN => {
                let id = operator.whole(a::PATTERN_DEFINE).unwrap_or(0);
                let mut plain = self.now.clone();
                plain.operation = Operation(204);
                self.tile = Image::begin(operator, &plain, [0; 3]).map(|image| (id, image));
            }
            o::READ_PATTERN => {
                if let Some((_, image)) = &mut self.tile {
                    image.read(operator, self.budget);
                }
            }
            o::END_PATTERN => self.end_pattern(),
            _ => {
                self.now.set(operator, self.unit);
                self.paint(operator);
            }
        }
    }

    pub(super) fn end_image(&mut self) {
        let Some(mut image) = self.image.take() else {
            return;
        };
        if let Some(page) = &mut self.page {
            page.pictured = true;
            page.untold |= image.untold;
            if image.end() {
                page.ink.set_colour();
            }
        }
    }

    fn end_pattern(&mut self) {
        let Some((id, mut image)) = self.tile.take() else {
            return;
        };
        if self.tiles.len() < MAX_KEPT || self.tiles.contains_key(&id) {
            let shows = image.end();
            let tile = Tile {
                mean: image.mean(),
                shows,
                untold: image.untold,
            };
            self.tiles.insert(id, tile);
        }
    }

    /// The brush as an image is combined with it.
    fn brush_colour(&self) -> Rgb {
        match self.now.brush {
            Paint::Colour(rgb) => rgb,
            Paint::Pattern(id) => self.tiles.get(&id).map_or([0; 3], |tile| tile.mean),
            Paint::Nothing => [0; 3],
        }
    }

    fn paint(&mut self, operator: &Operator<'_>) {
        match self.page.as_ref() {
            Some(page) if !page.ink.shows_colour() => {}
            _ => return,
        }
        match operator.tag {
            o::RECTANGLE | o::ROUND_RECTANGLE | o::ELLIPSE | o::CHORD | o::PIE => {
                if let Some(bounds) = self.now.bounds(operator.get(a::BOUNDING_BOX)) {
                    let share = match operator.tag {
                        o::RECTANGLE | o::ROUND_RECTANGLE => 1.0,
                        _ => 0.7,
                    };
                    self.fill(self.now.brush, bounds, share);
                    self.stroke();
                }
            }
            o::PAINT_PATH => {
                let path = self.now.path;
                if path.bounds.low[0] <= path.bounds.high[0] {
                    self.fill(self.now.brush, path.bounds, path.share());
                    self.stroke();
                }
            }
            o::TEXT => self.text(operator),
            o::SCAN_LINE_REL if !operator.data.is_empty() => {
                let [x, y] = self.now.matrix.point(self.now.cursor);
                let mut bounds = Bounds::EMPTY;
                bounds.add([x, y]);
                bounds.add([x + 2.0, y + 2.0]);
                self.fill(self.now.brush, bounds, 1.0);
            }
            _ => {}
        }
    }

    fn text(&mut self, operator: &Operator<'_>) {
        let Some(text) = operator.get(a::TEXT_DATA).filter(|text| text.len() > 0) else {
            return;
        };
        let [x, y] = self.now.matrix.point(self.now.cursor);
        let size = self.now.char_size * self.now.matrix.growth();
        let tall = if size < 2.0 {
            BITMAP_CHAR_PT
        } else {
            size.min(1000.0)
        };
        let mut bounds = Bounds::EMPTY;
        bounds.add([x, y]);
        bounds.add([x + tall * 0.5 * text.len().min(256) as f64, y - tall * 0.7]);
        self.fill(self.now.brush, bounds, TEXT_SHARE);
        // Outlined characters.
        self.stroke();
    }

    fn fill(&mut self, paint: Paint, bounds: Bounds, share: f64) {
        let area = bounds.within(self.now.clip).area();
        let Some((rgb, shows)) = self.seen(paint) else {
            return;
        };
        if let Some(page) = &mut self.page {
            if shows && area.width > 1.0 && area.height > 1.0 {
                page.ink.set_colour();
            }
            page.ink.mark(area, rgb, share);
        }
    }

    fn stroke(&mut self) {
        let empty = self.now.clip.low[0] >= self.now.clip.high[0]
            || self.now.clip.low[1] >= self.now.clip.high[1];
        // The thinnest line is a printer's dot.
        let width_pt = (self.now.pen_width * self.now.matrix.growth()).max(self.unit[0]);
        if let (false, Some((rgb, _))) = (empty, self.seen(self.now.pen))
            && let Some(page) = &mut self.page
        {
            page.ink.line(width_pt, rgb);
        }
    }

    /// The colour that a source leaves on paper, and whether a pattern's dots
    /// show more of it than their mean.
    fn seen(&mut self, paint: Paint) -> Option<(Rgb, bool)> {
        let operation = self.now.operation;
        match paint {
            Paint::Nothing => None,
            Paint::Colour(rgb) => Some((operation.on_paper(rgb, [0; 3]), false)),
            Paint::Pattern(id) => {
                let tile = self.tiles.get(&id).copied()?;
                if let Some(page) = self.page.as_mut().filter(|_| tile.untold) {
                    page.untold = true;
                }
                let solid = operation.on_paper([255, 0, 0], [0; 3]);
                let paints = solid[0] != solid[1];
                Some((operation.on_paper(tile.mean, [0; 3]), tile.shows && paints))
            }
        }
    }
}

impl Graphics {
    /// Carries out an operator that only changes the state.
    fn set(&mut self, operator: &Operator<'_>, unit: [f64; 2]) {
        match operator.tag {
            o::SET_BRUSH_SOURCE => self.brush = self.paint(operator).unwrap_or(self.brush),
            o::SET_PEN_SOURCE => self.pen = self.paint(operator).unwrap_or(self.pen),
            o::SET_PEN_WIDTH => {
                self.pen_width = operator
                    .number(a::PEN_WIDTH)
                    .unwrap_or(self.pen_width)
                    .abs();
            }
            o::SET_ROP => {
                let code = operator
                    .whole(a::ROP3)
                    .and_then(|code| u8::try_from(code).ok());
                self.operation = code.map_or(self.operation, Operation);
            }
            o::SET_COLOR_SPACE => self.set_space(operator),
            o::SET_FONT => {
                self.char_size = operator
                    .number(a::CHAR_SIZE)
                    .unwrap_or(self.char_size)
                    .abs();
            }
            o::SET_CURSOR => {
                if let Some(point) = operator.point(a::POINT) {
                    self.cursor = point;
                    self.path.move_to(self.matrix.point(point));
                }
            }
            o::SET_CURSOR_REL => {
                if let Some([x, y]) = operator.point(a::POINT) {
                    self.cursor = [self.cursor[0] + x, self.cursor[1] + y];
                    self.path.move_to(self.matrix.point(self.cursor));
                }
            }
            o::SET_PAGE_DEFAULT_CTM => {
                self.matrix = super::graphics::Matrix::scale(unit[0], unit[1]);
            }
            o::SET_PAGE_ORIGIN => {
                if let Some(origin) = operator.point(a::PAGE_ORIGIN) {
                    self.matrix.translate(origin);
                }
            }
            o::SET_PAGE_SCALE => {
                if let Some(scale) = operator.point(a::PAGE_SCALE) {
                    self.matrix.stretch(scale);
                }
            }
            o::SET_PAGE_ROTATION => {
                // Angles run against the clock.
                let angle = operator.number(a::PAGE_ANGLE).unwrap_or(0.0);
                self.matrix.rotate(-angle);
            }
            o::SET_CLIP_TO_PAGE => self.clip = Bounds::ALL,
            o::SET_CLIP_RECTANGLE | o::SET_CLIP_REPLACE | o::SET_CLIP_INTERSECT => {
                self.set_clip(operator);
            }
            _ => self.build_path(operator),
        }
    }

    fn set_clip(&mut self, operator: &Operator<'_>) {
        // What lies outside a shape is taken for everywhere.
        if operator.whole(a::CLIP_REGION) == Some(1) {
            return;
        }
        let shape = match operator.tag {
            o::SET_CLIP_RECTANGLE => self.bounds(operator.get(a::BOUNDING_BOX)),
            _ => Some(self.path.bounds),
        };
        if let Some(shape) = shape {
            self.clip = match operator.tag {
                o::SET_CLIP_INTERSECT => self.clip.within(shape),
                _ => shape,
            };
        }
    }

    fn build_path(&mut self, operator: &Operator<'_>) {
        match operator.tag {
            o::NEW_PATH => {
                self.path = Path::EMPTY;
                self.path.move_to(self.matrix.point(self.cursor));
            }
            o::CLOSE_SUB_PATH => self.path.close(),
            o::LINE_PATH | o::BEZIER_PATH => self.lines(operator, false),
            o::LINE_REL_PATH | o::BEZIER_REL_PATH => self.lines(operator, true),
            o::RECTANGLE_PATH
            | o::ROUND_RECTANGLE_PATH
            | o::ELLIPSE_PATH
            | o::ARC_PATH
            | o::CHORD_PATH
            | o::PIE_PATH => {
                if let Some(bounds) = self.bounds(operator.get(a::BOUNDING_BOX)) {
                    self.path.add_box(bounds);
                }
            }
            o::TEXT_PATH => {
                let [x, y] = self.matrix.point(self.cursor);
                self.path.line_to([x + 4.0, y - 4.0]);
                self.path.line_to([x, y - 4.0]);
            }
            _ => {}
        }
    }

    /// Lines through points that stand in attributes or behind the operator.
    fn lines(&mut self, operator: &Operator<'_>, relative: bool) {
        for id in [a::CONTROL_POINT_1, a::CONTROL_POINT_2, a::END_POINT] {
            if let Some(point) = operator.point(id) {
                self.line(point, relative && id == a::END_POINT);
            }
        }
        let kind = operator.whole(a::POINT_TYPE).unwrap_or(3);
        let width = if matches!(kind, 0 | 1) { 1 } else { 2 };
        for pair in operator.data.chunks_exact(width * 2) {
            if let Some(point) = Value::pair(pair, kind, operator.big) {
                self.line(point, relative);
            }
        }
    }

    fn line(&mut self, point: [f64; 2], relative: bool) {
        self.cursor = if relative {
            [self.cursor[0] + point[0], self.cursor[1] + point[1]]
        } else {
            point
        };
        self.path.line_to(self.matrix.point(self.cursor));
    }
}
