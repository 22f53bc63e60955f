//! Operators of the operand stack and the dictionary stack. *Source*: PLRM, chapter 8.

use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Value};
use super::operators::Entry;

pub(super) const OPERATORS: &[Entry] = &[
    ("pop", |vm| vm.pop().map(|_| ())),
    ("exch", exchange),
    ("dup", |vm| {
        let top = vm.peek(0)?;
        vm.push(top)
    }),
    ("index", |vm| {
        let depth = vm.pop_count()?;
        let object = vm.peek(depth).map_err(|_| Error::RangeCheck)?;
        vm.push(object)
    }),
    ("roll", roll),
    ("clear", |vm| {
        vm.operands.set_len(0);
        Ok(())
    }),
    ("count", |vm| vm.push(Object::count(vm.operands.len()))),
    ("mark", |vm| vm.push(Object::MARK)),
    ("[", |vm| vm.push(Object::MARK)),
    ("<<", |vm| vm.push(Object::MARK)),
    ("cleartomark", |vm| {
        let count = vm.count_to_mark()?;
        let len = vm.operands.len() - count - 1;
        vm.operands.set_len(len);
        Ok(())
    }),
    ("counttomark", |vm| {
        let count = vm.count_to_mark()?;
        vm.push(Object::count(count))
    }),
    ("begin", |vm| {
        let dict = vm.pop_dict()?;
        vm.push_dict(dict)
    }),
    ("end", |vm| {
        if vm.dicts.len() <= PERMANENT {
            return Err(Error::DictStackUnderflow.into());
        }
        vm.dicts.pop();
        Ok(())
    }),
    ("currentdict", |vm| {
        let dict = vm.current_dict();
        vm.push(Object::literal(Value::Dict(dict)))
    }),
    ("countdictstack", |vm| {
        vm.push(Object::count(vm.dicts.len()))
    }),
    ("cleardictstack", |vm| {
        vm.dicts.truncate(PERMANENT);
        Ok(())
    }),
    ("dictstack", |vm| {
        let dicts: Vec<_> = vm
            .dicts
            .iter()
            .map(|id| Object::literal(Value::Dict(*id)))
            .collect();
        vm.fill_array(&dicts)
    }),
];

/// System, global and user dictionary stay.
pub(super) const PERMANENT: usize = 3;

impl Interpreter<'_> {
    /// How many operands lie above the topmost mark.
    pub(super) fn count_to_mark(&self) -> Done<usize> {
        self.operands
            .all()
            .iter()
            .rev()
            .position(|object| matches!(object.value, Value::Mark))
            .ok_or(Error::UnmatchedMark.into())
    }

    pub(super) fn current_dict(&self) -> u32 {
        self.dicts.last().copied().unwrap_or(self.system)
    }

    /// Takes an array off the stack, fills its front and pushes that part.
    pub(super) fn fill_array(&mut self, items: &[Object]) -> Done {
        let array = self.pop_array()?;
        let part = array.part(0, items.len()).ok_or(Error::RangeCheck)?;
        self.memory.array_mut(part)?.copy_from_slice(items);
        self.push(Object::literal(Value::Array(part)))
    }
}

fn exchange(vm: &mut Interpreter<'_>) -> Done {
    let all = vm.operands.all_mut();
    let len = all.len();
    if len < 2 {
        return Err(Error::StackUnderflow.into());
    }
    all.swap(len - 1, len - 2);
    Ok(())
}

fn roll(vm: &mut Interpreter<'_>) -> Done {
    let by = vm.pop_int()?;
    let count = vm.pop_count()?;
    let len = vm.operands.len();
    let from = len.checked_sub(count).ok_or(Error::StackUnderflow)?;
    if count > 1 {
        let width = i64::try_from(count)?;
        let by = usize::try_from(i64::from(by).rem_euclid(width))?;
        vm.tick_many(count / 64)?;
        vm.operands.all_mut()[from..].rotate_right(by);
    }
    Ok(())
}
