//! Operators of the coordinate system. *Source*: PLRM, section 4.3.

use super::interpreter::Interpreter;
use super::math::exact_sin_cos;
use super::object::{Done, Error, Object, Slice, Value};
use super::operators::Entry;
use crate::geometry::Matrix;

pub(super) const OPERATORS: &[Entry] = &[
    ("matrix", |vm| {
        let items = vm.memory.blank_array(6)?;
        vm.push_matrix(items, Matrix::IDENTITY)
    }),
    ("identmatrix", |vm| {
        let items = vm.pop_array()?;
        vm.push_matrix(items, Matrix::IDENTITY)
    }),
    ("currentmatrix", |vm| {
        let items = vm.pop_array()?;
        let matrix = vm.graphics.state.ctm;
        vm.push_matrix(items, matrix)
    }),
    ("defaultmatrix", |vm| {
        let items = vm.pop_array()?;
        let matrix = vm.device.matrix();
        vm.push_matrix(items, matrix)
    }),
    ("initmatrix", |vm| {
        vm.graphics.state.ctm = vm.device.matrix();
        Ok(())
    }),
    ("setmatrix", |vm| {
        let items = vm.pop_array()?;
        vm.graphics.state.ctm = vm.matrix_of(items)?;
        Ok(())
    }),
    ("translate", |vm| {
        transform_by(vm, 2, |n| Matrix::moving(n[0], n[1]))
    }),
    ("scale", |vm| {
        transform_by(vm, 2, |n| Matrix::scaling(n[0], n[1]))
    }),
    ("rotate", |vm| {
        transform_by(vm, 1, |n| {
            let (sine, cosine) = exact_sin_cos(n[0]);
            Matrix([cosine, sine, -sine, cosine, 0.0, 0.0])
        })
    }),
    ("concat", |vm| {
        let items = vm.pop_array()?;
        let matrix = vm.matrix_of(items)?;
        vm.graphics.state.ctm = matrix.then(vm.graphics.state.ctm);
        Ok(())
    }),
    ("concatmatrix", |vm| {
        let (target, second, first) = (vm.pop_array()?, vm.pop_array()?, vm.pop_array()?);
        let product = vm.matrix_of(first)?.then(vm.matrix_of(second)?);
        vm.push_matrix(target, product)
    }),
    ("invertmatrix", |vm| {
        let (target, source) = (vm.pop_array()?, vm.pop_array()?);
        let inverse = vm
            .matrix_of(source)?
            .inverse()
            .ok_or(Error::UndefinedResult)?;
        vm.push_matrix(target, inverse)
    }),
    ("transform", |vm| apply(vm, Some, Matrix::apply)),
    ("dtransform", |vm| apply(vm, Some, Matrix::apply_distance)),
    ("itransform", |vm| apply(vm, Matrix::inverse, Matrix::apply)),
    ("idtransform", |vm| {
        apply(vm, Matrix::inverse, Matrix::apply_distance)
    }),
];

impl Interpreter<'_> {
    pub(super) fn matrix_of(&self, items: Slice) -> Done<Matrix> {
        let numbers = self.numbers(items)?;
        let numbers: [f64; 6] = numbers.try_into().map_err(|_| Error::RangeCheck)?;
        Ok(Matrix(numbers))
    }

    /// The matrix in a dictionary, or nothing changed.
    pub(super) fn matrix_entry(&mut self, dict: u32, name: &str) -> Matrix {
        self.numbers_entry(dict, name)
            .and_then(|numbers| numbers.try_into().ok())
            .map_or(Matrix::IDENTITY, Matrix)
    }

    /// Writes a matrix into an array and pushes that.
    fn push_matrix(&mut self, items: Slice, matrix: Matrix) -> Done {
        let items = items.part(0, 6).ok_or(Error::RangeCheck)?;
        self.memory
            .array_mut(items)?
            .copy_from_slice(&matrix.0.map(Object::real));
        self.push(Object::literal(Value::Array(items)))
    }

    pub(super) fn new_matrix(&mut self, matrix: Matrix) -> Done<Object> {
        let items = self.memory.add_array(matrix.0.map(Object::real).to_vec())?;
        Ok(Object::literal(Value::Array(items)))
    }
}

/// Changes the coordinate system, or fills the matrix that is on top.
fn transform_by(vm: &mut Interpreter<'_>, count: usize, make: fn(&[f64]) -> Matrix) -> Done {
    let target = match vm.peek(0)?.value {
        Value::Array(items) => {
            vm.pop()?;
            Some(items)
        }
        _ => None,
    };
    let mut numbers = [0.0; 2];
    for number in numbers[..count].iter_mut().rev() {
        *number = vm.pop_number()?;
    }
    let matrix = make(&numbers);
    match target {
        Some(items) => vm.push_matrix(items, matrix),
        None => {
            vm.graphics.state.ctm = matrix.then(vm.graphics.state.ctm);
            Ok(())
        }
    }
}

fn apply(
    vm: &mut Interpreter<'_>,
    prepare: fn(Matrix) -> Option<Matrix>,
    apply: fn(Matrix, (f64, f64)) -> (f64, f64),
) -> Done {
    let matrix = match vm.peek(0)?.value {
        Value::Array(items) => {
            vm.pop()?;
            vm.matrix_of(items)?
        }
        _ => vm.graphics.state.ctm,
    };
    let matrix = prepare(matrix).ok_or(Error::UndefinedResult)?;
    let [x, y] = vm.pop_numbers()?;
    let (x, y) = apply(matrix, (x, y));
    vm.push(Object::real(x))?;
    vm.push(Object::real(y))
}
