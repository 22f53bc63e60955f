//! Arithmetic. *Source*: PLRM, chapter 8.

use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Value};
use super::operators::Entry;

pub(super) const OPERATORS: &[Entry] = &[
    ("add", |vm| binary(vm, i32::checked_add, |a, b| a + b)),
    ("sub", |vm| binary(vm, i32::checked_sub, |a, b| a - b)),
    ("mul", |vm| binary(vm, i32::checked_mul, |a, b| a * b)),
    ("div", |vm| {
        let [a, b] = vm.pop_numbers()?;
        finite(vm, a / b)
    }),
    ("idiv", |vm| {
        let (b, a) = (vm.pop_int()?, vm.pop_int()?);
        let value = a.checked_div(b).ok_or(Error::UndefinedResult)?;
        vm.push(Object::int(value))
    }),
    ("mod", |vm| {
        let (b, a) = (vm.pop_int()?, vm.pop_int()?);
        if b == 0 {
            return Err(Error::UndefinedResult.into());
        }
        vm.push(Object::int(a.checked_rem(b).unwrap_or(0)))
    }),
    ("abs", |vm| unary(vm, i32::checked_abs, f32::abs)),
    ("neg", |vm| unary(vm, i32::checked_neg, |a| -a)),
    ("ceiling", |vm| unary(vm, Some, f32::ceil)),
    ("floor", |vm| unary(vm, Some, f32::floor)),
    ("round", |vm| unary(vm, Some, |a| (a + 0.5).floor())),
    ("truncate", |vm| unary(vm, Some, f32::trunc)),
    ("sqrt", |vm| {
        let value = vm.pop_number()?;
        if value < 0.0 {
            return Err(Error::RangeCheck.into());
        }
        finite(vm, value.sqrt())
    }),
    ("sin", |vm| {
        let value = vm.pop_number()?;
        let (sine, _) = exact_sin_cos(value);
        finite(vm, sine)
    }),
    ("cos", |vm| {
        let value = vm.pop_number()?;
        let (_, cosine) = exact_sin_cos(value);
        finite(vm, cosine)
    }),
    ("atan", |vm| {
        let [y, x] = vm.pop_numbers()?;
        if x == 0.0 && y == 0.0 {
            return Err(Error::UndefinedResult.into());
        }
        finite(vm, y.atan2(x).to_degrees().rem_euclid(360.0))
    }),
    ("exp", |vm| {
        let [base, exponent] = vm.pop_numbers()?;
        finite(vm, base.powf(exponent))
    }),
    ("ln", |vm| {
        let value = vm.pop_number()?;
        finite(vm, value.ln())
    }),
    ("log", |vm| {
        let value = vm.pop_number()?;
        finite(vm, value.log10())
    }),
    ("rand", |vm| {
        // Lehmer's generator, as other interpreters have it.
        let next = i64::from(vm.random) * 16807 % 2_147_483_647;
        vm.random = i32::try_from(next).unwrap_or(1);
        vm.push(Object::int(vm.random))
    }),
    ("srand", |vm| {
        vm.random = vm
            .pop_int()?
            .checked_abs()
            .unwrap_or(1)
            .clamp(1, i32::MAX - 1);
        Ok(())
    }),
    ("rrand", |vm| vm.push(Object::int(vm.random))),
    ("bitshift", |vm| {
        let (by, value) = (vm.pop_int()?, vm.pop_int()?);
        let bits = value.cast_unsigned();
        let shifted = match u32::try_from(by) {
            Ok(by) => bits.checked_shl(by).unwrap_or(0),
            Err(_) => bits.checked_shr(by.unsigned_abs()).unwrap_or(0),
        };
        vm.push(Object::int(shifted.cast_signed()))
    }),
];

/// Sine and cosine of an angle in degrees, exact at the right angles.
pub(super) fn exact_sin_cos(degrees: f64) -> (f64, f64) {
    let turned = degrees.rem_euclid(360.0);
    if turned == 0.0 {
        (0.0, 1.0)
    } else if turned == 90.0 {
        (1.0, 0.0)
    } else if turned == 180.0 {
        (0.0, -1.0)
    } else if turned == 270.0 {
        (-1.0, 0.0)
    } else {
        turned.to_radians().sin_cos()
    }
}

fn finite(vm: &mut Interpreter<'_>, value: f64) -> Done {
    if !value.is_finite() || value.abs() > f64::from(f32::MAX) {
        return Err(Error::UndefinedResult.into());
    }
    vm.push(Object::real(value))
}

fn binary(
    vm: &mut Interpreter<'_>,
    whole: fn(i32, i32) -> Option<i32>,
    real: fn(f64, f64) -> f64,
) -> Done {
    let (b, a) = (vm.pop()?, vm.pop()?);
    if let (Value::Int(a), Value::Int(b)) = (a.value, b.value)
        && let Some(value) = whole(a, b)
    {
        return vm.push(Object::int(value));
    }
    match (a.number(), b.number()) {
        (Some(a), Some(b)) => finite(vm, real(a, b)),
        _ => Err(Error::TypeCheck.into()),
    }
}

fn unary(vm: &mut Interpreter<'_>, whole: fn(i32) -> Option<i32>, real: fn(f32) -> f32) -> Done {
    match vm.pop()?.value {
        Value::Int(value) => match whole(value) {
            Some(value) => vm.push(Object::int(value)),
            None => vm.push(Object::real(-f64::from(value))),
        },
        Value::Real(value) => vm.push(Object::literal(Value::Real(real(value)))),
        _ => Err(Error::TypeCheck.into()),
    }
}
