//! Filling and stroking. *Source*: PLRM, section 4.5.

use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Value};
use super::operators::Entry;
use super::path::Path;
use crate::geometry::Bounds;

pub(super) const OPERATORS: &[Entry] = &[
    ("fill", fill),
    ("eofill", fill),
    ("stroke", |vm| {
        let reach = vm.line_reach();
        let bounds = vm.graphics.state.path.bounds.grow(reach);
        vm.paint(bounds)?;
        vm.graphics.state.path = Path::default();
        Ok(())
    }),
    ("rectfill", |vm| {
        for rectangle in vm.pop_rectangles()? {
            vm.paint(rectangle)?;
        }
        Ok(())
    }),
    ("rectstroke", |vm| {
        // A matrix of six numbers above the rectangle changes only the pen.
        if let Value::Array(items) = vm.peek(0)?.value
            && items.len == 6
            && !matches!(
                vm.peek(1).map(|below| below.value),
                Err(_) | Ok(Value::Mark)
            )
            && vm.peek(1).is_ok_and(|below| {
                below.number().is_some() || matches!(below.value, Value::Array(_))
            })
        {
            vm.pop()?;
        }
        let reach = vm.line_reach();
        for rectangle in vm.pop_rectangles()? {
            vm.paint(rectangle.grow(reach))?;
        }
        Ok(())
    }),
    ("ufill", user_fill),
    ("ueofill", user_fill),
    ("ustroke", |vm| {
        if let Value::Array(items) = vm.peek(0)?.value
            && items.len == 6
            && vm.numbers(items).is_ok()
        {
            vm.pop()?;
        }
        let path = vm.pop()?;
        vm.within_state(|vm| {
            vm.graphics.state.path = Path::default();
            vm.run_user_path(path)?;
            let reach = vm.line_reach();
            let bounds = vm.graphics.state.path.bounds.grow(reach);
            vm.paint(bounds)
        })
    }),
    ("ustrokepath", |vm| {
        let path = vm.pop()?;
        vm.graphics.state.path = Path::default();
        vm.run_user_path(path)
    }),
    ("infill", in_point),
    ("ineofill", in_point),
    ("instroke", in_point),
    ("inufill", in_user_path),
    ("inueofill", in_user_path),
    ("inustroke", in_user_path),
];

fn fill(vm: &mut Interpreter<'_>) -> Done {
    let bounds = vm.graphics.state.path.bounds;
    vm.paint(bounds)?;
    vm.graphics.state.path = Path::default();
    Ok(())
}

fn user_fill(vm: &mut Interpreter<'_>) -> Done {
    let path = vm.pop()?;
    vm.within_state(|vm| {
        vm.graphics.state.path = Path::default();
        vm.run_user_path(path)?;
        let bounds = vm.graphics.state.path.bounds;
        vm.paint(bounds)
    })
}

/// Whether a point would be painted: by the box of the path.
fn in_point(vm: &mut Interpreter<'_>) -> Done {
    let [x, y] = vm.pop_numbers()?;
    let (x, y) = vm.graphics.state.ctm.apply((x, y));
    let bounds = vm.graphics.state.path.bounds;
    let inside = !bounds.intersect(Bounds::rect(x, y, 0.0, 0.0)).is_empty();
    vm.push(Object::bool(inside))
}

fn in_user_path(vm: &mut Interpreter<'_>) -> Done {
    match vm.pop()?.value {
        Value::Array(_) => {}
        _ => return Err(Error::TypeCheck.into()),
    }
    vm.pop_numbers::<2>()?;
    vm.push(Object::bool(false))
}

impl Interpreter<'_> {
    /// Paints with the current colour what lies within `drawn`.
    pub(super) fn paint(&mut self, drawn: Bounds) -> Done {
        if !self.marks(drawn) || self.is_settled() {
            return Ok(());
        }
        if let Some(pattern) = self.graphics.state.paint.pattern {
            return self.paint_pattern(pattern);
        }
        match self.current_chroma()? {
            Some(chroma) => self.note_drawn(chroma),
            None => self.pages.current.unsure = true,
        }
        Ok(())
    }

    /// Something of this chroma was drawn.
    pub(super) fn note_drawn(&mut self, chroma: f64) {
        self.pages.current.drawn |= chroma > crate::colour::VISIBLE_CHROMA;
    }
}
