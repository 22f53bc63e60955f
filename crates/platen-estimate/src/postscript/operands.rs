//! The operand stack, and how operators take from it and read dictionaries.
//! *Source*: PLRM, section 3.4.

use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Slice, Value};

/// The longest operand stack.
const MAX_OPERANDS: usize = 200_000;

/// The operand stack. What was popped stays until something is pushed over
/// it, so that an operator that fails leaves its operands.
#[derive(Default)]
pub(super) struct Operands {
    items: Vec<Object>,
    len: usize,
}

impl Operands {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn all(&self) -> &[Object] {
        &self.items[..self.len]
    }

    pub(super) fn all_mut(&mut self) -> &mut [Object] {
        &mut self.items[..self.len]
    }

    /// Shortens it, or brings popped operands back.
    pub(super) fn set_len(&mut self, len: usize) {
        self.len = len.min(self.items.len());
    }
}

impl Interpreter<'_> {
    pub(super) fn push(&mut self, object: Object) -> Done {
        let operands = &mut self.operands;
        if let Some(place) = operands.items.get_mut(operands.len) {
            *place = object;
        } else if operands.len < MAX_OPERANDS {
            operands.items.push(object);
        } else {
            return Err(Error::StackOverflow.into());
        }
        operands.len += 1;
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Done<Object> {
        let Some(len) = self.operands.len.checked_sub(1) else {
            return Err(Error::StackUnderflow.into());
        };
        self.operands.len = len;
        Ok(self.operands.items[len])
    }

    /// The operand `depth` below the top.
    pub(super) fn peek(&self, depth: usize) -> Done<Object> {
        let all = self.operands.all();
        all.len()
            .checked_sub(depth + 1)
            .map(|at| all[at])
            .ok_or(Error::StackUnderflow.into())
    }

    pub(super) fn pop_int(&mut self) -> Done<i32> {
        match self.pop()?.value {
            Value::Int(value) => Ok(value),
            // Drivers are lax where a whole number is meant.
            Value::Real(value) if value.fract() == 0.0 && value.abs() < 1e9 => Ok(value as i32),
            _ => Err(Error::TypeCheck.into()),
        }
    }

    /// A count or a position: not negative.
    pub(super) fn pop_count(&mut self) -> Done<usize> {
        usize::try_from(self.pop_int()?).map_err(|_| Error::RangeCheck.into())
    }

    pub(super) fn pop_number(&mut self) -> Done<f64> {
        self.pop()?.number().ok_or(Error::TypeCheck.into())
    }

    /// Numbers in the order in which they were pushed.
    pub(super) fn pop_numbers<const N: usize>(&mut self) -> Done<[f64; N]> {
        let mut values = [0.0; N];
        for value in values.iter_mut().rev() {
            *value = self.pop_number()?;
        }
        Ok(values)
    }

    pub(super) fn pop_bool(&mut self) -> Done<bool> {
        match self.pop()?.value {
            Value::Bool(value) => Ok(value),
            _ => Err(Error::TypeCheck.into()),
        }
    }

    pub(super) fn pop_string(&mut self) -> Done<Slice> {
        match self.pop()?.value {
            Value::String(text) => Ok(text),
            _ => Err(Error::TypeCheck.into()),
        }
    }

    pub(super) fn pop_array(&mut self) -> Done<Slice> {
        match self.pop()?.value {
            Value::Array(items) => Ok(items),
            _ => Err(Error::TypeCheck.into()),
        }
    }

    pub(super) fn pop_procedure(&mut self) -> Done<Object> {
        let object = self.pop()?;
        match object.value {
            Value::Array(_) => Ok(Object {
                value: object.value,
                runs: true,
            }),
            _ => Err(Error::TypeCheck.into()),
        }
    }

    pub(super) fn pop_dict(&mut self) -> Done<u32> {
        match self.pop()?.value {
            Value::Dict(dict) => Ok(dict),
            _ => Err(Error::TypeCheck.into()),
        }
    }

    pub(super) fn pop_file(&mut self) -> Done<u32> {
        match self.pop()?.value {
            Value::File(id) => Ok(id),
            _ => Err(Error::TypeCheck.into()),
        }
    }

    /// The numbers of an array of them.
    pub(super) fn numbers(&self, items: Slice) -> Done<Vec<f64>> {
        self.memory
            .array(items)
            .iter()
            .map(|item| item.number().ok_or(Error::TypeCheck.into()))
            .collect()
    }

    /// The numbers of an array in a dictionary.
    pub(super) fn numbers_entry(&mut self, dict: u32, name: &str) -> Option<Vec<f64>> {
        match self.entry(dict, name)?.value {
            Value::Array(items) => self.numbers(items).ok(),
            _ => None,
        }
    }

    pub(super) fn int_entry(&mut self, dict: u32, name: &str) -> Option<i32> {
        match self.entry(dict, name)?.value {
            Value::Int(value) => Some(value),
            Value::Real(value) => Some(value as i32),
            _ => None,
        }
    }

    pub(super) fn bool_entry(&mut self, dict: u32, name: &str) -> Option<bool> {
        match self.entry(dict, name)?.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }
}
