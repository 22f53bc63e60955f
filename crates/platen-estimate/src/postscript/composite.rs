//! Operators of dictionaries, and those that arrays, strings and dictionaries
//! share. *Source*: PLRM, chapter 8.

use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Value};
use super::operators::Entry;

/// Most entries a program may ask a dictionary to have room for.
const MAX_CAPACITY: usize = 1 << 20;

pub(super) const OPERATORS: &[Entry] = &[
    ("dict", |vm| {
        let capacity = vm.pop_count()?;
        if capacity > MAX_CAPACITY {
            return Err(Error::LimitCheck.into());
        }
        let dict = vm.memory.add_dict(capacity)?;
        vm.push(Object::literal(Value::Dict(dict)))
    }),
    (">>", |vm| {
        let count = vm.count_to_mark()?;
        if count % 2 == 1 {
            return Err(Error::RangeCheck.into());
        }
        let dict = vm.memory.add_dict(count / 2)?;
        let from = vm.operands.len() - count;
        for at in (from..vm.operands.len()).step_by(2) {
            let all = vm.operands.all();
            let (name, value) = (all[at], all[at + 1]);
            vm.put_entry(dict, name, value)?;
        }
        vm.operands.set_len(from - 1);
        vm.push(Object::literal(Value::Dict(dict)))
    }),
    ("def", |vm| {
        let (value, name) = (vm.pop()?, vm.pop()?);
        let dict = vm.current_dict();
        vm.put_entry(dict, name, value)
    }),
    ("store", |vm| {
        let (value, name) = (vm.pop()?, vm.pop()?);
        let dict = vm.where_is(name)?.unwrap_or(vm.current_dict());
        vm.put_entry(dict, name, value)
    }),
    ("load", |vm| {
        let name = vm.pop()?;
        let Some(dict) = vm.where_is(name)? else {
            return Err(Error::Undefined.into());
        };
        let value = vm.get_entry(dict, name)?.ok_or(Error::Undefined)?;
        vm.push(value)
    }),
    ("where", |vm| {
        let name = vm.pop()?;
        match vm.where_is(name)? {
            Some(dict) => {
                vm.push(Object::literal(Value::Dict(dict)))?;
                vm.push(Object::bool(true))
            }
            None => vm.push(Object::bool(false)),
        }
    }),
    ("known", |vm| {
        let name = vm.pop()?;
        let dict = vm.pop_dict()?;
        let known = vm.get_entry(dict, name)?.is_some();
        vm.push(Object::bool(known))
    }),
    ("undef", |vm| {
        let name = vm.pop()?;
        let dict = vm.pop_dict()?;
        let name = vm.as_key(name)?;
        vm.memory.remove(dict, name.key())
    }),
    ("maxlength", |vm| {
        let dict = vm.pop_dict()?;
        let dict = vm.memory.dict(dict);
        let most = dict.capacity.max(dict.len());
        vm.push(Object::count(most))
    }),
    ("length", |vm| {
        let length = match vm.pop()?.value {
            Value::Array(items) => items.len(),
            Value::String(text) => text.len(),
            Value::Dict(dict) => vm.memory.dict(dict).len(),
            Value::Name(name) => vm.names.text(name).len(),
            _ => return Err(Error::TypeCheck.into()),
        };
        vm.push(Object::count(length))
    }),
    ("get", get),
    ("put", put),
    ("getinterval", |vm| {
        let (count, start) = (vm.pop_count()?, vm.pop_count()?);
        let object = vm.pop()?;
        let value = match object.value {
            Value::Array(items) => items.part(start, count).map(Value::Array),
            Value::String(text) => text.part(start, count).map(Value::String),
            _ => return Err(Error::TypeCheck.into()),
        };
        vm.push(Object {
            value: value.ok_or(Error::RangeCheck)?,
            runs: object.runs,
        })
    }),
    ("putinterval", put_interval),
    ("copy", copy),
];

impl Interpreter<'_> {
    /// Strings name entries as names do.
    pub(super) fn as_key(&mut self, name: Object) -> Done<Object> {
        match name.value {
            Value::String(text) => {
                let name = self.names.intern(self.memory.string(text));
                Ok(Object::literal(Value::Name(name)))
            }
            Value::Null => Err(Error::TypeCheck.into()),
            value => Ok(Object::literal(value)),
        }
    }

    pub(super) fn put_entry(&mut self, dict: u32, name: Object, value: Object) -> Done {
        let name = self.as_key(name)?;
        self.memory.put(dict, name, value)
    }

    pub(super) fn get_entry(&mut self, dict: u32, name: Object) -> Done<Option<Object>> {
        let name = self.as_key(name)?;
        Ok(self.memory.dict(dict).get(name.key()))
    }

    /// The topmost dictionary that has an entry.
    pub(super) fn where_is(&mut self, name: Object) -> Done<Option<u32>> {
        let key = self.as_key(name)?.key();
        let mut dicts = self.dicts.iter().rev();
        Ok(dicts
            .find(|dict| self.memory.dict(**dict).get(key).is_some())
            .copied())
    }
}

fn get(vm: &mut Interpreter<'_>) -> Done {
    let index = vm.pop()?;
    let holder = vm.pop()?;
    if let Value::Dict(dict) = holder.value {
        let value = vm.get_entry(dict, index)?.ok_or(Error::Undefined)?;
        return vm.push(value);
    }
    let Value::Int(at) = index.value else {
        return Err(Error::TypeCheck.into());
    };
    let at = usize::try_from(at)?;
    let value = match holder.value {
        Value::Array(items) => vm.memory.array(items).get(at).copied(),
        Value::String(text) => {
            let byte = vm.memory.string(text).get(at);
            byte.map(|byte| Object::int(i32::from(*byte)))
        }
        _ => return Err(Error::TypeCheck.into()),
    };
    vm.push(value.ok_or(Error::RangeCheck)?)
}

fn put(vm: &mut Interpreter<'_>) -> Done {
    let (value, index) = (vm.pop()?, vm.pop()?);
    let holder = vm.pop()?;
    if let Value::Dict(dict) = holder.value {
        return vm.put_entry(dict, index, value);
    }
    let Value::Int(at) = index.value else {
        return Err(Error::TypeCheck.into());
    };
    let at = usize::try_from(at)?;
    match holder.value {
        Value::Array(items) => {
            let items = vm.memory.array_mut(items)?;
            *items.get_mut(at).ok_or(Error::RangeCheck)? = value;
        }
        Value::String(text) => {
            let Value::Int(byte) = value.value else {
                return Err(Error::TypeCheck.into());
            };
            let [.., low] = byte.to_be_bytes();
            let bytes = vm.memory.string_mut(text);
            *bytes.get_mut(at).ok_or(Error::RangeCheck)? = low;
        }
        _ => return Err(Error::TypeCheck.into()),
    }
    Ok(())
}

fn put_interval(vm: &mut Interpreter<'_>) -> Done {
    let source = vm.pop()?;
    let start = vm.pop_count()?;
    let target = vm.pop()?;
    copy_into(vm, target, start, source).map(|_| ())
}

/// Copies the content of `source` into `target`; gives the part that was filled.
fn copy_into(
    vm: &mut Interpreter<'_>,
    target: Object,
    start: usize,
    source: Object,
) -> Done<Object> {
    let value = match (target.value, source.value) {
        (Value::Array(target), Value::Array(source)) => {
            let part = target.part(start, source.len()).ok_or(Error::RangeCheck)?;
            vm.tick_many(source.len() / 16)?;
            let items = vm.memory.array(source).to_vec();
            vm.memory.array_mut(part)?.copy_from_slice(&items);
            Value::Array(part)
        }
        (Value::String(target), Value::String(source)) => {
            let part = target.part(start, source.len()).ok_or(Error::RangeCheck)?;
            vm.tick_many(source.len() / 256)?;
            let text = vm.memory.string(source).to_vec();
            vm.memory.string_mut(part).copy_from_slice(&text);
            Value::String(part)
        }
        _ => return Err(Error::TypeCheck.into()),
    };
    Ok(Object {
        value,
        runs: target.runs,
    })
}

fn copy(vm: &mut Interpreter<'_>) -> Done {
    let top = vm.pop()?;
    if let Value::Int(_) | Value::Real(_) = top.value {
        vm.push(top)?;
        let count = vm.pop_count()?;
        let len = vm.operands.len();
        let from = len.checked_sub(count).ok_or(Error::StackUnderflow)?;
        vm.tick_many(count / 16)?;
        for at in from..len {
            let object = vm.operands.all()[at];
            vm.push(object)?;
        }
        return Ok(());
    }
    let source = vm.pop()?;
    match (source.value, top.value) {
        (Value::Dict(from), Value::Dict(to)) => {
            let places = vm.memory.dict(from).places();
            vm.tick_many(places)?;
            for place in 0..places {
                if let Some((name, value)) = vm.memory.dict(from).at(place) {
                    vm.memory.put(to, name, value)?;
                }
            }
            vm.push(top)
        }
        (Value::State(from), Value::State(to)) => {
            vm.copy_state(from, to)?;
            vm.push(top)
        }
        _ => {
            let filled = copy_into(vm, top, 0, source)?;
            vm.push(filled)
        }
    }
}
