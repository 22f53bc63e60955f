//! Control, and what happens after an error. *Source*: PLRM, sections 3.11 and 8.

use super::frame::Frame;
use super::interpreter::Interpreter;
use super::object::{Done, Error, Fail, Object, Value};
use super::operators::Entry;

pub(super) const OPERATORS: &[Entry] = &[
    ("exec", |vm| {
        let object = vm.pop()?;
        vm.execute(object)
    }),
    ("if", |vm| {
        let then = vm.pop_procedure()?;
        if vm.pop_bool()? {
            vm.execute(then)
        } else {
            Ok(())
        }
    }),
    ("ifelse", |vm| {
        let (other, then) = (vm.pop_procedure()?, vm.pop_procedure()?);
        let chosen = if vm.pop_bool()? { then } else { other };
        vm.execute(chosen)
    }),
    ("loop", |vm| {
        let body = vm.pop_procedure()?;
        vm.push_frame(Frame::Loop(body))
    }),
    ("repeat", |vm| {
        let body = vm.pop_procedure()?;
        let left = vm.pop_int()?;
        vm.push_frame(Frame::Repeat { body, left })
    }),
    ("for", count_through),
    ("forall", walk_through),
    ("exit", |vm| vm.exit()),
    ("stop", |_| Err(Fail::Stop)),
    ("stopped", |vm| {
        let object = vm.pop()?;
        vm.push_frame(Frame::Stopped)?;
        vm.execute(object)
    }),
    ("quit", |_| Err(Fail::Quit)),
    ("countexecstack", |vm| {
        vm.push(Object::count(vm.frames.len()))
    }),
    ("execstack", |vm| {
        let frames = vec![Object::NULL; vm.frames.len()];
        vm.fill_array(&frames)
    }),
    ("bind", bind),
    (".error", |vm| {
        let error = vm.last_error;
        vm.fail_by_default(error)
    }),
    ("handleerror", |vm| {
        let info = vm.error_info;
        vm.set_entry(info, "newerror", Object::bool(false))
    }),
];

fn count_through(vm: &mut Interpreter<'_>) -> Done {
    let body = vm.pop_procedure()?;
    let (limit, step, first) = (vm.pop()?, vm.pop()?, vm.pop()?);
    if let (Value::Int(next), Value::Int(step), Value::Int(limit)) =
        (first.value, step.value, limit.value)
    {
        return vm.push_frame(Frame::ForInt {
            body,
            next,
            step,
            limit,
        });
    }
    // Whole steps to a limit between numbers are counted in whole numbers.
    if let (Value::Int(next), Value::Int(step), Some(limit)) =
        (first.value, step.value, limit.number())
    {
        let limit = if step >= 0 {
            limit.floor()
        } else {
            limit.ceil()
        };
        return vm.push_frame(Frame::ForInt {
            body,
            next,
            step,
            limit: limit as i32,
        });
    }
    let (Some(next), Some(step), Some(limit)) = (first.number(), step.number(), limit.number())
    else {
        return Err(Error::TypeCheck.into());
    };
    vm.push_frame(Frame::ForReal {
        body,
        next: next as f32,
        step: step as f32,
        limit: limit as f32,
    })
}

fn walk_through(vm: &mut Interpreter<'_>) -> Done {
    let body = vm.pop_procedure()?;
    let frame = match vm.pop()?.value {
        Value::Array(items) => Frame::ForArray { body, items },
        Value::String(text) => Frame::ForString { body, text },
        Value::Dict(dict) => Frame::ForDict {
            body,
            dict,
            place: 0,
        },
        _ => return Err(Error::TypeCheck.into()),
    };
    vm.push_frame(frame)
}

/// Puts operators in the place of their names, in procedures within as well,
/// once: what was bound as a part of another procedure isn't bound again.
fn bind(vm: &mut Interpreter<'_>) -> Done {
    let Value::Array(body) = vm.peek(0)?.value else {
        return Ok(());
    };
    if vm.memory.is_sealed(body) {
        return Ok(());
    }
    let mut work = vec![body];
    while let Some(body) = work.pop() {
        vm.tick_many(body.len())?;
        for at in 0..body.len() {
            let Some(item) = vm.memory.array(body).get(at).copied() else {
                break;
            };
            match item.value {
                Value::Name(name) if item.runs => {
                    if let Some(found) = vm.lookup(name)
                        && found.runs
                        && matches!(found.value, Value::Operator(_))
                    {
                        vm.memory.array_mut(body)?[at] = found;
                    }
                }
                Value::Array(inner) if item.runs && !vm.memory.is_sealed(inner) => {
                    vm.memory.seal(inner);
                    work.push(inner);
                }
                _ => {}
            }
        }
    }
    Ok(())
}

impl Interpreter<'_> {
    pub(super) fn set_offender(&mut self, object: Object) {
        self.offender = object;
    }

    /// Lets the program's handler see an error, or stops.
    pub(super) fn raise(&mut self, error: Error) -> Done {
        self.last_error = error;
        // A full stack has no room for the handler's operand.
        if error == Error::StackOverflow {
            self.operands.set_len(0);
        }
        if error == Error::ExecStackOverflow {
            return self.fail_by_default(error);
        }
        self.push(self.offender)?;
        let errors = self.error_dict;
        match self.entry(errors, error.name()) {
            Some(handler) if handler.runs && !matches!(handler.value, Value::Operator(_)) => {
                self.execute(handler)
            }
            _ => self.fail_by_default(error),
        }
    }

    /// Notes the error in `$error` and stops.
    pub(super) fn fail_by_default(&mut self, error: Error) -> Done {
        let command = self.pop().unwrap_or(Object::NULL);
        let info = self.error_info;
        let name = self.name(error.name());
        let empty = self.memory.add_array(Vec::new())?;
        let nothing = Object::literal(Value::Array(empty));
        for (field, value) in [
            ("newerror", Object::bool(true)),
            ("errorname", name),
            ("command", command),
            ("errorinfo", Object::NULL),
            ("ostack", nothing),
            ("estack", nothing),
            ("dstack", nothing),
            ("recordstacks", Object::bool(false)),
        ] {
            self.set_entry(info, field, value)?;
        }
        Err(Fail::Stop)
    }
}
