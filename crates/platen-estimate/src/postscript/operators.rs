//! The table of operators, and the dictionaries that a program starts with.

use super::interpreter::{Interpreter, Operator};
use super::object::{Done, Error, Object, Value};
use super::{
    array_operators, clip, colour, composite, control, convert, device, file_operators,
    filter_operators, fonts, graphics, image, math, matrix, page, paint, path, pattern, relational,
    resource, shading, show, stack, state_operators, system,
};

/// An operator and its name.
pub(super) type Entry = (&'static str, Operator);

const FAMILIES: &[&[Entry]] = &[
    stack::OPERATORS,
    math::OPERATORS,
    relational::OPERATORS,
    control::OPERATORS,
    composite::OPERATORS,
    array_operators::OPERATORS,
    convert::OPERATORS,
    file_operators::OPERATORS,
    filter_operators::OPERATORS,
    system::OPERATORS,
    resource::OPERATORS,
    device::OPERATORS,
    page::OPERATORS,
    graphics::OPERATORS,
    state_operators::OPERATORS,
    matrix::OPERATORS,
    path::OPERATORS,
    clip::OPERATORS,
    paint::OPERATORS,
    colour::OPERATORS,
    image::OPERATORS,
    shading::OPERATORS,
    pattern::OPERATORS,
    fonts::OPERATORS,
    show::OPERATORS,
];

/// Fills the dictionaries and the dictionary stack.
pub(super) fn install(vm: &mut Interpreter<'_>) -> Done {
    vm.memory.global = true;
    vm.system = vm.memory.add_dict(1000)?;
    let system = vm.system;
    for (text, operator) in FAMILIES.iter().flat_map(|family| family.iter()) {
        let number = u16::try_from(vm.operators.len())?;
        let name = vm.names.intern(text.as_bytes());
        vm.operators.push((*operator, name));
        let object = Object::executable(Value::Operator(number));
        vm.memory
            .put(system, Object::literal(Value::Name(name)), object)?;
    }
    for (name, value) in [
        ("true", Object::bool(true)),
        ("false", Object::bool(false)),
        ("null", Object::NULL),
        ("languagelevel", Object::int(3)),
        ("systemdict", Object::literal(Value::Dict(system))),
    ] {
        vm.set_entry(system, name, value)?;
    }
    for (name, text) in [("version", "3010.106"), ("product", "Platen")] {
        let text = vm.memory.add_string(text.into())?;
        vm.set_entry(system, name, Object::literal(Value::String(text)))?;
    }
    vm.error_dict = new_dict(vm, "errordict")?;
    let handler = vm.entry(system, "handleerror").unwrap_or(Object::NULL);
    let default = vm.entry(system, ".error").unwrap_or(Object::NULL);
    let errors = vm.error_dict;
    for error in Error::ALL {
        vm.set_entry(errors, error.name(), default)?;
    }
    vm.set_entry(errors, "handleerror", handler)?;
    let global = new_dict(vm, "globaldict")?;
    vm.memory.global = false;
    vm.error_info = new_dict(vm, "$error")?;
    let info = vm.error_info;
    vm.set_entry(info, "newerror", Object::bool(false))?;
    vm.set_entry(info, "errorinfo", Object::NULL)?;
    let user = new_dict(vm, "userdict")?;
    vm.dicts = vec![system, global, user];
    system::install(vm)?;
    fonts::install(vm)?;
    resource::install(vm)?;
    device::install(vm)
}

/// The names of all operators, for programs made at random.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FAMILIES
        .iter()
        .flat_map(|family| family.iter().map(|(name, _)| *name))
}

/// A dictionary that a name of the system dictionary stands for.
pub(super) fn new_dict(vm: &mut Interpreter<'_>, name: &str) -> Done<u32> {
    let dict = vm.memory.add_dict(200)?;
    let system = vm.system;
    vm.set_entry(system, name, Object::literal(Value::Dict(dict)))?;
    Ok(dict)
}
