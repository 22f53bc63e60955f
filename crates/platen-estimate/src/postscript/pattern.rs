//! Patterns and forms. *Source*: PLRM, sections 4.7 and 4.9.

use super::interpreter::Interpreter;
use super::object::{Done, Error, Fail, Object, Value};
use super::operators::Entry;
use crate::geometry::{Bounds, Matrix};

pub(super) const OPERATORS: &[Entry] = &[
    ("makepattern", |vm| {
        let matrix = vm.pop_array()?;
        let matrix = vm.matrix_of(matrix)?;
        let dict = vm.pop_dict()?;
        let copy = vm.copy_dict(dict)?;
        let matrix = vm.new_matrix(matrix.then(vm.graphics.state.ctm))?;
        vm.set_entry(copy, ".ctm", matrix)?;
        vm.push(Object::literal(Value::Dict(copy)))
    }),
    ("execform", |vm| {
        let dict = vm.pop_dict()?;
        vm.execute_form(dict)
    }),
];

impl Interpreter<'_> {
    fn execute_form(&mut self, dict: u32) -> Done {
        let procedure = self.entry(dict, "PaintProc").ok_or(Error::Undefined)?;
        let matrix = self.matrix_entry(dict, "Matrix");
        let bounds = self.bounds_entry(dict, "BBox").ok_or(Error::Undefined)?;
        self.within_state(|vm| {
            let state = &mut vm.graphics.state;
            state.ctm = matrix.then(state.ctm);
            state.clip = state.clip.intersect(bounds.under(state.ctm));
            vm.push(Object::literal(Value::Dict(dict)))?;
            vm.call(Object {
                runs: true,
                ..procedure
            })
        })
    }

    pub(super) fn bounds_entry(&mut self, dict: u32, name: &str) -> Option<Bounds> {
        let numbers = self.numbers_entry(dict, name)?;
        match numbers[..] {
            [x0, y0, x1, y1] => Some(Bounds::rect(x0, y0, x1 - x0, y1 - y0)),
            _ => None,
        }
    }

    /// Paints with a pattern: what its cell shows, the page shows.
    pub(super) fn paint_pattern(&mut self, dict: u32) -> Done {
        if self.int_entry(dict, "PatternType") == Some(2) {
            let shading = self.entry(dict, "Shading").ok_or(Error::Undefined)?;
            let Value::Dict(shading) = shading.value else {
                return Err(Error::TypeCheck.into());
            };
            return self.shade(shading);
        }
        let uncoloured = self.int_entry(dict, "PaintType") == Some(2);
        if uncoloured {
            // The cell is painted with the colour that was given along.
            let paint = self.graphics.state.paint.clone();
            match self.rgb(&paint.space, &paint.components())? {
                Some(rgb) => self.note_drawn(crate::colour::chroma(rgb)),
                None => self.pages.current.unsure = true,
            }
            return Ok(());
        }
        let Some(procedure) = self.entry(dict, "PaintProc") else {
            return Ok(());
        };
        let ctm = match self.numbers_entry(dict, ".ctm").map(<[f64; 6]>::try_from) {
            Some(Ok(numbers)) => Matrix(numbers),
            _ => self.device.matrix(),
        };
        let before = self.operands.len();
        let result = self.within_state(|vm| {
            let state = &mut vm.graphics.state;
            state.ctm = ctm;
            // The cell is repeated: wherever it is drawn, it is seen.
            state.clip = Bounds::ALL;
            state.paint = super::colour::Paint::black();
            state.path = super::path::Path::default();
            let sheet = vm.device.bounds();
            let cell = vm
                .bounds_entry(dict, "BBox")
                .map(|bounds| bounds.under(ctm));
            if let Some(cell) = cell
                && cell.intersect(sheet).is_empty()
            {
                let state = &mut vm.graphics.state;
                state.ctm = state.ctm.then(Matrix::moving(-cell.x0, -cell.y0));
            }
            vm.push(Object::literal(Value::Dict(dict)))?;
            vm.call(Object {
                runs: true,
                ..procedure
            })
        });
        // Not every cell takes its dictionary off the stack.
        self.operands.set_len(before);
        match result {
            Err(Fail::Stop | Fail::Error(_)) => {
                self.pages.current.unsure = true;
                Ok(())
            }
            result => result,
        }
    }
}
