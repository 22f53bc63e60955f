//! Operators of arrays and strings. *Source*: PLRM, chapter 8.

use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Slice, Value};
use super::operators::Entry;

pub(super) const OPERATORS: &[Entry] = &[
    ("array", |vm| {
        let len = vm.pop_count()?;
        let items = vm.memory.blank_array(len)?;
        vm.push(Object::literal(Value::Array(items)))
    }),
    ("]", |vm| {
        let count = vm.count_to_mark()?;
        let items = vm.take_array(count)?;
        vm.pop()?;
        vm.push(Object::literal(Value::Array(items)))
    }),
    ("packedarray", |vm| {
        let count = vm.pop_count()?;
        if count > vm.operands.len() {
            return Err(Error::RangeCheck.into());
        }
        let items = vm.take_array(count)?;
        vm.push(Object::literal(Value::Array(items)))
    }),
    ("setpacking", |vm| vm.pop_bool().map(|_| ())),
    ("currentpacking", |vm| vm.push(Object::bool(false))),
    ("aload", |vm| {
        let array = vm.pop()?;
        let Value::Array(items) = array.value else {
            return Err(Error::TypeCheck.into());
        };
        vm.tick_many(items.len() / 16)?;
        for at in 0..items.len() {
            let item = vm.memory.array(items).get(at).copied();
            vm.push(item.unwrap_or(Object::NULL))?;
        }
        vm.push(array)
    }),
    ("astore", |vm| {
        let array = vm.pop()?;
        let Value::Array(items) = array.value else {
            return Err(Error::TypeCheck.into());
        };
        let from = vm.operands.len().checked_sub(items.len());
        let from = from.ok_or(Error::StackUnderflow)?;
        let values = vm.operands.all()[from..].to_vec();
        vm.memory.array_mut(items)?.copy_from_slice(&values);
        vm.operands.set_len(from);
        vm.push(array)
    }),
    ("string", |vm| {
        let len = vm.pop_count()?;
        let text = vm.memory.blank_string(len)?;
        vm.push(Object::literal(Value::String(text)))
    }),
    ("search", |vm| {
        let (seek, text) = (vm.pop_string()?, vm.pop_string()?);
        vm.tick_many(text.len() / 64)?;
        let at = if seek.len == 0 {
            Some(0)
        } else {
            let sought = vm.memory.string(seek);
            let mut parts = vm.memory.string(text).windows(seek.len());
            parts.position(|part| part == sought)
        };
        found(vm, text, at, seek.len())
    }),
    ("anchorsearch", |vm| {
        let (seek, text) = (vm.pop_string()?, vm.pop_string()?);
        let starts = vm.memory.string(text).starts_with(vm.memory.string(seek));
        if !starts {
            return found(vm, text, None, 0);
        }
        let (head, rest) = (text.part(0, seek.len()), text.skip(seek.len()));
        vm.push(Object::literal(Value::String(rest)))?;
        vm.push(Object::literal(Value::String(head.unwrap_or(text))))?;
        vm.push(Object::bool(true))
    }),
];

impl Interpreter<'_> {
    /// Takes operands off the stack into a new array.
    fn take_array(&mut self, count: usize) -> Done<Slice> {
        let from = self.operands.len() - count;
        let items = self.operands.all()[from..].to_vec();
        let items = self.memory.add_array(items)?;
        self.operands.set_len(from);
        Ok(items)
    }
}

/// Leaves what `search` leaves: post, match, pre and true, or the string and false.
fn found(vm: &mut Interpreter<'_>, text: Slice, at: Option<usize>, len: usize) -> Done {
    let parts = at.and_then(|at| Some((text.part(0, at)?, text.part(at, len)?, at + len)));
    let Some((before, same, end)) = parts else {
        vm.push(Object::literal(Value::String(text)))?;
        return vm.push(Object::bool(false));
    };
    for part in [text.skip(end), same, before] {
        vm.push(Object::literal(Value::String(part)))?;
    }
    vm.push(Object::bool(true))
}
