//! Clipping, by boxes. *Source*: PLRM, section 4.4.3.

use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Value};
use super::operators::Entry;
use super::path::Path;
use crate::geometry::Bounds;

pub(super) const OPERATORS: &[Entry] = &[
    ("clip", clip_to_path),
    ("eoclip", clip_to_path),
    ("initclip", |vm| {
        vm.graphics.state.clip = Bounds::ALL;
        Ok(())
    }),
    ("clippath", |vm| {
        let bounds = vm.graphics.state.clip.intersect(vm.device.sheet());
        vm.graphics.state.path = Path::default();
        vm.graphics.state.path.add_bounds(bounds);
        Ok(())
    }),
    ("rectclip", |vm| {
        let mut bounds = Bounds::NONE;
        for rectangle in vm.pop_rectangles()? {
            bounds.add((rectangle.x0, rectangle.y0));
            bounds.add((rectangle.x1, rectangle.y1));
        }
        vm.graphics.state.clip = vm.graphics.state.clip.intersect(bounds);
        vm.graphics.state.path = Path::default();
        Ok(())
    }),
    // What clipsave keeps is brought back by the states that enclose it.
    ("clipsave", |_| Ok(())),
    ("cliprestore", |_| Ok(())),
];

fn clip_to_path(vm: &mut Interpreter<'_>) -> Done {
    let state = &mut vm.graphics.state;
    state.clip = state.clip.intersect(state.path.bounds);
    Ok(())
}

impl Interpreter<'_> {
    /// The rectangles that `rectfill` and its like take, in device space.
    pub(super) fn pop_rectangles(&mut self) -> Done<Vec<Bounds>> {
        let numbers = match self.peek(0)?.value {
            Value::Array(items) => {
                self.pop()?;
                self.numbers(items)?
            }
            Value::String(text) => {
                self.pop()?;
                self.encoded_numbers(text)?
            }
            _ => self.pop_numbers::<4>()?.to_vec(),
        };
        self.tick_many(numbers.len())?;
        let ctm = self.graphics.state.ctm;
        Ok(numbers
            .chunks_exact(4)
            .map(|n| Bounds::rect(n[0], n[1], n[2], n[3]).under(ctm))
            .collect())
    }

    /// Numbers in a string of binary form. *Source*: PLRM, section 3.14.5.
    pub(super) fn encoded_numbers(&mut self, text: super::object::Slice) -> Done<Vec<f64>> {
        let bytes = self.memory.string(text).to_vec();
        let Some((super::binary::Item::Array(items, _), _)) = super::binary::sequence(&bytes)?
        else {
            return Err(Error::TypeCheck.into());
        };
        Ok(items
            .iter()
            .filter_map(|item| match item {
                super::binary::Item::Int(value) => Object::int(*value).number(),
                super::binary::Item::Real(value) => Some(f64::from(*value)),
                _ => None,
            })
            .collect())
    }
}
