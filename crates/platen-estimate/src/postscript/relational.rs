//! Comparisons and logic. *Source*: PLRM, chapter 8.

use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Value};
use super::operators::Entry;
use std::cmp::Ordering;

pub(super) const OPERATORS: &[Entry] = &[
    ("eq", |vm| {
        let equal = equal(vm)?;
        vm.push(Object::bool(equal))
    }),
    ("ne", |vm| {
        let equal = equal(vm)?;
        vm.push(Object::bool(!equal))
    }),
    ("gt", |vm| order(vm, Ordering::is_gt)),
    ("ge", |vm| order(vm, Ordering::is_ge)),
    ("lt", |vm| order(vm, Ordering::is_lt)),
    ("le", |vm| order(vm, Ordering::is_le)),
    ("and", |vm| logic(vm, |a, b| a & b, |a, b| a & b)),
    ("or", |vm| logic(vm, |a, b| a | b, |a, b| a | b)),
    ("xor", |vm| logic(vm, |a, b| a ^ b, |a, b| a ^ b)),
    ("not", |vm| {
        let object = match vm.pop()?.value {
            Value::Bool(value) => Object::bool(!value),
            Value::Int(value) => Object::int(!value),
            _ => return Err(Error::TypeCheck.into()),
        };
        vm.push(object)
    }),
    ("max", |vm| choose(vm, |a, b| a >= b)),
    ("min", |vm| choose(vm, |a, b| a <= b)),
];

fn choose(vm: &mut Interpreter<'_>, first: fn(f64, f64) -> bool) -> Done {
    let (b, a) = (vm.pop()?, vm.pop()?);
    let (Some(x), Some(y)) = (a.number(), b.number()) else {
        return Err(Error::TypeCheck.into());
    };
    vm.push(if first(x, y) { a } else { b })
}

fn equal(vm: &mut Interpreter<'_>) -> Done<bool> {
    let (b, a) = (vm.pop()?, vm.pop()?);
    Ok(vm.are_equal(a, b))
}

impl Interpreter<'_> {
    pub(super) fn are_equal(&self, a: Object, b: Object) -> bool {
        let text = |object: Object| match object.value {
            Value::String(text) => Some(self.memory.string(text)),
            Value::Name(name) => Some(self.names.text(name)),
            _ => None,
        };
        match (a.value, b.value) {
            (Value::Name(a), Value::Name(b)) => a == b,
            (Value::Array(a), Value::Array(b)) => a == b || (a.len == 0 && b.len == 0),
            (Value::String(_), _) | (_, Value::String(_)) => {
                matches!((text(a), text(b)), (Some(a), Some(b)) if a == b)
            }
            _ => match (a.number(), b.number()) {
                (Some(a), Some(b)) => a == b,
                _ => a.key() == b.key(),
            },
        }
    }
}

fn order(vm: &mut Interpreter<'_>, holds: fn(Ordering) -> bool) -> Done {
    let (b, a) = (vm.pop()?, vm.pop()?);
    let order = match (a.value, b.value) {
        (Value::String(a), Value::String(b)) => Some(vm.memory.string(a).cmp(vm.memory.string(b))),
        _ => match (a.number(), b.number()) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ => None,
        },
    };
    let order = order.ok_or(Error::TypeCheck)?;
    vm.push(Object::bool(holds(order)))
}

fn logic(
    vm: &mut Interpreter<'_>,
    bits: fn(i32, i32) -> i32,
    truths: fn(bool, bool) -> bool,
) -> Done {
    let (b, a) = (vm.pop()?, vm.pop()?);
    let object = match (a.value, b.value) {
        (Value::Bool(a), Value::Bool(b)) => Object::bool(truths(a, b)),
        (Value::Int(a), Value::Int(b)) => Object::int(bits(a, b)),
        _ => return Err(Error::TypeCheck.into()),
    };
    vm.push(object)
}
