//! What of a drawing is let through: nested outlines and masks.

use super::touch;
use std::rc::Rc;
use tiny_skia::{FillRule, Mask, Path, Rect};

/// Clips within clips beyond this are left out: they can only hide more.
const MOST_NESTED: u32 = 64;
/// Masks kept for the clips used last.
const MASKS_KEPT: usize = 4;

/// A clip, cheap to copy; the default lets everything through.
#[derive(Clone, Default)]
pub(crate) struct Clip(Option<Rc<Node>>);

struct Node {
    outer: Clip,
    shape: Shape,
    bounds: Option<Rect>,
    depth: u32,
}

enum Shape {
    /// In dots.
    Path(Path, FillRule),
    /// As large as the page.
    Mask(Mask),
    Nothing,
}

impl Clip {
    /// Lets through only what also lies in this path, which is in dots.
    pub(crate) fn within(&self, path: Option<Path>, rule: FillRule) -> Self {
        let Some(path) = path else {
            return self.nested(Shape::Nothing, None);
        };
        let bounds = path.bounds();
        let bounds = match &self.0 {
            None => Some(bounds),
            Some(outer) => outer.bounds.and_then(|outer| touch(&outer, &bounds)),
        };
        self.nested(Shape::Path(path, rule), bounds)
    }

    /// Lets everything through as far as the mask does.
    pub(crate) fn masked(&self, mask: Mask) -> Self {
        let bounds = match &self.0 {
            None => Rect::from_xywh(0.0, 0.0, mask.width() as f32, mask.height() as f32),
            Some(outer) => outer.bounds,
        };
        self.nested(Shape::Mask(mask), bounds)
    }

    fn nested(&self, shape: Shape, bounds: Option<Rect>) -> Self {
        let depth = self.0.as_ref().map_or(0, |outer| outer.depth + 1);
        if depth > MOST_NESTED {
            return self.clone();
        }
        Self(Some(Rc::new(Node {
            outer: self.clone(),
            shape,
            bounds,
            depth,
        })))
    }

    /// Whether any of a box may be let through.
    pub(super) fn reaches(&self, bounds: &Rect) -> bool {
        self.0.as_ref().is_none_or(|node| {
            node.bounds
                .is_some_and(|clip| touch(&clip, bounds).is_some())
        })
    }

    /// Whether the whole of a box is let through.
    fn holds(&self, bounds: &Rect) -> bool {
        let Some(node) = &self.0 else {
            return true;
        };
        let upright = match &node.shape {
            Shape::Path(path, _) => is_upright(path),
            Shape::Mask(_) | Shape::Nothing => false,
        };
        upright
            && node.bounds.is_some_and(|clip| {
                clip.left() <= bounds.left()
                    && clip.top() <= bounds.top()
                    && clip.right() >= bounds.right()
                    && clip.bottom() >= bounds.bottom()
            })
            && node.outer.holds(bounds)
    }

    fn draw(&self, size: (u32, u32)) -> Option<Mask> {
        let mut whole = Mask::new(size.0, size.1)?;
        whole.data_mut().fill(255);
        let mut next = &self.0;
        while let Some(node) = next {
            match &node.shape {
                Shape::Path(path, rule) => {
                    whole.intersect_path(path, *rule, true, tiny_skia::Transform::identity());
                }
                Shape::Mask(mask) if mask.data().len() == whole.data().len() => {
                    for (through, mask) in whole.data_mut().iter_mut().zip(mask.data()) {
                        let product = u16::from(*through) * u16::from(*mask) / 255;
                        *through = product.min(255) as u8;
                    }
                }
                Shape::Mask(_) => {}
                Shape::Nothing => whole.data_mut().fill(0),
            }
            next = &node.outer.0;
        }
        Some(whole)
    }
}

/// An upright rectangle: four corners, each a horizontal or vertical step on.
fn is_upright(path: &Path) -> bool {
    let points = path.points();
    let corners = match points {
        [corners @ .., last] if corners.len() == 4 && Some(last) == corners.first() => corners,
        corners => corners,
    };
    corners.len() == 4
        && path.verbs().len() <= 6
        && (0..4).all(|at| {
            let (from, to) = (corners[at], corners[(at + 1) % 4]);
            (from.x == to.x) != (from.y == to.y)
        })
}

/// The masks of the clips used last.
#[derive(Default)]
pub(super) struct Masks(Vec<(Rc<Node>, Option<Rc<Mask>>)>);

impl Masks {
    /// The mask that cuts a drawing of these bounds, if it must be cut.
    pub(super) fn mask(
        &mut self,
        clip: &Clip,
        bounds: &Rect,
        size: (u32, u32),
    ) -> Option<Rc<Mask>> {
        let node = clip.0.as_ref()?;
        if clip.holds(bounds) {
            return None;
        }
        if let Some((_, mask)) = self.0.iter().find(|(kept, _)| Rc::ptr_eq(kept, node)) {
            return mask.clone();
        }
        let mask = clip.draw(size).map(Rc::new);
        if self.0.len() >= MASKS_KEPT {
            self.0.remove(0);
        }
        self.0.push((node.clone(), mask.clone()));
        mask
    }
}
