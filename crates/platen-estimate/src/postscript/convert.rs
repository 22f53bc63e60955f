//! Types, attributes and conversions. *Source*: PLRM, chapter 8.

use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Slice, Value};
use super::operators::Entry;
use super::scanner::{Token, scan};

pub(super) const OPERATORS: &[Entry] = &[
    ("type", |vm| {
        let object = vm.pop()?;
        let name = vm.name(object.type_name());
        vm.push(Object { runs: true, ..name })
    }),
    ("cvlit", |vm| set_runs(vm, false)),
    ("cvx", |vm| set_runs(vm, true)),
    ("xcheck", |vm| {
        let runs = vm.pop()?.runs;
        vm.push(Object::bool(runs))
    }),
    // No access is withheld; `bind` passes by what is read-only.
    ("readonly", keep),
    ("executeonly", keep),
    ("noaccess", keep),
    ("rcheck", permit),
    ("wcheck", permit),
    ("gcheck", |vm| {
        let object = vm.pop()?;
        let global = vm.memory.is_global(object.value);
        vm.push(Object::bool(global))
    }),
    ("cvi", |vm| {
        let value = number(vm)?.number().unwrap_or(0.0).trunc();
        if !(f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&value) {
            return Err(Error::RangeCheck.into());
        }
        vm.push(Object::int(value as i32))
    }),
    ("cvr", |vm| {
        let value = number(vm)?.number().unwrap_or(0.0);
        vm.push(Object::real(value))
    }),
    ("cvn", |vm| {
        let object = vm.pop()?;
        let Value::String(text) = object.value else {
            return Err(Error::TypeCheck.into());
        };
        let name = vm.names.intern(vm.memory.string(text));
        vm.push(Object {
            value: Value::Name(name),
            runs: object.runs,
        })
    }),
    ("cvs", |vm| {
        let target = vm.pop_string()?;
        let object = vm.pop()?;
        let text = vm.text_of(object);
        write(vm, target, &text)
    }),
    ("cvrs", |vm| {
        let target = vm.pop_string()?;
        let base = u32::try_from(vm.pop_int()?)?;
        let object = vm.pop()?;
        if !(2..=36).contains(&base) {
            return Err(Error::RangeCheck.into());
        }
        let text = match object.value {
            _ if base == 10 => vm.text_of(object),
            Value::Int(value) => in_base(value.cast_unsigned(), base),
            Value::Real(value) => in_base((value as i32).cast_unsigned(), base),
            _ => return Err(Error::TypeCheck.into()),
        };
        write(vm, target, &text)
    }),
    ("==", |vm| vm.pop().map(|_| ())),
    ("=", |vm| vm.pop().map(|_| ())),
    ("=only", |vm| vm.pop().map(|_| ())),
    ("===", |vm| vm.pop().map(|_| ())),
    ("==only", |vm| vm.pop().map(|_| ())),
    ("print", |vm| vm.pop_string().map(|_| ())),
    ("stack", |_| Ok(())),
    ("pstack", |_| Ok(())),
];

fn set_runs(vm: &mut Interpreter<'_>, runs: bool) -> Done {
    let object = vm.pop()?;
    vm.push(Object { runs, ..object })
}

fn keep(vm: &mut Interpreter<'_>) -> Done {
    if let Value::Array(body) = vm.peek(0)?.value {
        vm.memory.seal(body);
    }
    Ok(())
}

fn permit(vm: &mut Interpreter<'_>) -> Done {
    vm.pop()?;
    vm.push(Object::bool(true))
}

/// A number, or a string that holds one.
fn number(vm: &mut Interpreter<'_>) -> Done<Object> {
    let object = vm.pop()?;
    let Value::String(text) = object.value else {
        object.number().ok_or(Error::TypeCheck)?;
        return Ok(object);
    };
    match scan(vm.memory.string(text), true) {
        Ok((Token::Int(value), _)) => Ok(Object::int(value)),
        Ok((Token::Real(value), _)) => Ok(Object::literal(Value::Real(value))),
        _ => Err(Error::TypeCheck.into()),
    }
}

fn in_base(value: u32, base: u32) -> Vec<u8> {
    let mut digits = Vec::new();
    let mut left = value;
    loop {
        let digit = char::from_digit(left % base, base).unwrap_or('0');
        digits.push(u8::try_from(digit.to_ascii_uppercase()).unwrap_or(b'0'));
        left /= base;
        if left == 0 {
            break;
        }
    }
    digits.reverse();
    digits
}

fn write(vm: &mut Interpreter<'_>, target: Slice, text: &[u8]) -> Done {
    let part = target.part(0, text.len()).ok_or(Error::RangeCheck)?;
    vm.memory.string_mut(part).copy_from_slice(text);
    vm.push(Object::literal(Value::String(part)))
}

impl Interpreter<'_> {
    /// An object as `cvs` writes it.
    pub(super) fn text_of(&self, object: Object) -> Vec<u8> {
        match object.value {
            Value::Bool(value) => value.to_string().into_bytes(),
            Value::Int(value) => value.to_string().into_bytes(),
            Value::Real(value) => real_text(value).into_bytes(),
            Value::String(text) => self.memory.string(text).to_vec(),
            Value::Name(name) => self.names.text(name).to_vec(),
            Value::Operator(number) => self
                .operators
                .get(number as usize)
                .map_or_else(Vec::new, |(_, name)| self.names.text(*name).to_vec()),
            _ => b"--nostringval--".to_vec(),
        }
    }
}

fn real_text(value: f32) -> String {
    if value.fract() == 0.0 && value.abs() < 1e7 {
        return format!("{value:.1}");
    }
    if value.abs() >= 1e7 || value.abs() < 1e-4 {
        return format!("{value:e}");
    }
    // Six digits tell what a real of single precision can hold.
    let whole = value.abs().log10().floor().max(0.0) as usize;
    let text = format!("{value:.*}", 6usize.saturating_sub(whole + 1).max(1));
    text.trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reals_read_back_as_reals() {
        for (value, text) in [
            (1.0, "1.0"),
            (0.5, "0.5"),
            (-12.25, "-12.25"),
            (100.125, "100.125"),
        ] {
            assert_eq!(real_text(value), text);
        }
    }

    #[test]
    fn numbers_are_written_in_any_base() {
        assert_eq!(in_base(255, 16), b"FF");
        assert_eq!(in_base(0, 2), b"0");
    }
}
