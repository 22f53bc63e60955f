//! Operators of files. *Source*: PLRM, section 3.8 and chapter 8.

use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Slice, Value};
use super::operators::Entry;
use super::scanner::hex_digit;

pub(super) const OPERATORS: &[Entry] = &[
    ("currentfile", |vm| {
        let id = vm.current_file();
        vm.push(Object::literal(Value::File(id)))
    }),
    ("file", |vm| {
        vm.pop_string()?;
        let name = vm.pop_string()?;
        let id = match vm.memory.string(name) {
            b"%stdin" => super::files::DOCUMENT,
            b"%stdout" | b"%stderr" => vm.files.add_sink()?,
            // A printer has no files of the document's.
            _ => return Err(Error::UndefinedFileName.into()),
        };
        vm.push(Object::literal(Value::File(id)))
    }),
    ("closefile", |vm| {
        let id = vm.pop_file()?;
        vm.files.close(id);
        Ok(())
    }),
    ("read", |vm| {
        let id = vm.pop_file()?;
        match vm.read_byte(id)? {
            Some(byte) => {
                vm.push(Object::int(i32::from(byte)))?;
                vm.push(Object::bool(true))
            }
            None => {
                vm.files.close(id);
                vm.push(Object::bool(false))
            }
        }
    }),
    ("readstring", |vm| {
        let text = vm.pop_string()?;
        let id = vm.pop_file()?;
        let bytes = vm.read(id, text.len())?;
        vm.fill_string(text, &bytes)
    }),
    ("readhexstring", |vm| {
        let text = vm.pop_string()?;
        let id = vm.pop_file()?;
        let bytes = vm.read_hex(id, text.len())?;
        vm.fill_string(text, &bytes)
    }),
    ("readline", read_line),
    ("token", token),
    ("bytesavailable", |vm| {
        let id = vm.pop_file()?;
        let count = vm.files.held(id).len();
        vm.push(Object::count(count))
    }),
    ("flush", |_| Ok(())),
    ("flushfile", |vm| {
        let id = vm.pop_file()?;
        vm.drain(id)
    }),
    ("resetfile", |vm| vm.pop_file().map(|_| ())),
    ("status", |vm| {
        let object = vm.pop()?;
        let open = match object.value {
            Value::File(id) => !vm.files.is_closed(id),
            Value::String(_) => false,
            _ => return Err(Error::TypeCheck.into()),
        };
        vm.push(Object::bool(open))
    }),
    ("fileposition", |vm| {
        let id = vm.pop_file()?;
        let at = vm.files.position(id).ok_or(Error::Io)?;
        vm.push(Object::count(at))
    }),
    ("setfileposition", |vm| {
        let to = vm.pop_count()?;
        let id = vm.pop_file()?;
        vm.files.seek(id, to)
    }),
    ("write", |vm| {
        vm.pop_int()?;
        vm.pop_file().map(|_| ())
    }),
    ("writestring", write_string),
    ("writehexstring", write_string),
    ("writeobject", |vm| {
        vm.pop_int()?;
        vm.pop()?;
        vm.pop_file().map(|_| ())
    }),
    ("printobject", |vm| {
        vm.pop_int()?;
        vm.pop().map(|_| ())
    }),
    ("setobjectformat", |vm| vm.pop_int().map(|_| ())),
    ("currentobjectformat", |vm| vm.push(Object::int(1))),
    ("echo", |vm| vm.pop_bool().map(|_| ())),
    ("run", |vm| {
        let object = vm.pop()?;
        match object.value {
            Value::File(_) => vm.execute(Object {
                runs: true,
                ..object
            }),
            _ => Err(Error::UndefinedFileName.into()),
        }
    }),
    ("deletefile", no_file),
    ("filenameforall", |vm| {
        vm.pop()?;
        vm.pop()?;
        vm.pop().map(|_| ())
    }),
    ("eexec", |vm| vm.eexec()),
];

fn no_file(vm: &mut Interpreter<'_>) -> Done {
    vm.pop_string()?;
    Err(Error::UndefinedFileName.into())
}

fn write_string(vm: &mut Interpreter<'_>) -> Done {
    vm.pop_string()?;
    vm.pop_file().map(|_| ())
}

impl Interpreter<'_> {
    /// Puts what was read into a string; pushes that part and whether it is full.
    fn fill_string(&mut self, text: Slice, bytes: &[u8]) -> Done {
        let part = text.part(0, bytes.len()).ok_or(Error::RangeCheck)?;
        self.memory.string_mut(part).copy_from_slice(bytes);
        self.push(Object::literal(Value::String(part)))?;
        self.push(Object::bool(bytes.len() == text.len()))
    }

    /// Reads pairs of digits; what isn't one is passed over.
    pub(super) fn read_hex(&mut self, id: u32, count: usize) -> Done<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut high = None;
        while bytes.len() < count {
            let held = self.available(id)?;
            if held.is_empty() {
                break;
            }
            let mut taken = 0;
            for byte in held {
                if bytes.len() == count {
                    break;
                }
                taken += 1;
                if let Some(digit) = hex_digit(*byte) {
                    match high.take() {
                        Some(high) => bytes.push(high << 4 | digit),
                        None => high = Some(digit),
                    }
                }
            }
            self.files.advance(id, taken);
            self.tick_many(taken / 64)?;
        }
        Ok(bytes)
    }
}

fn read_line(vm: &mut Interpreter<'_>) -> Done {
    let text = vm.pop_string()?;
    let id = vm.pop_file()?;
    let mut line = Vec::new();
    let ended = loop {
        match vm.read_byte(id)? {
            None => break false,
            Some(b'\n') => break true,
            Some(b'\r') => {
                if vm.available(id)?.first() == Some(&b'\n') {
                    vm.files.advance(id, 1);
                }
                break true;
            }
            Some(_) if line.len() >= text.len() => return Err(Error::RangeCheck.into()),
            Some(byte) => line.push(byte),
        }
    };
    let part = text.part(0, line.len()).ok_or(Error::RangeCheck)?;
    vm.memory.string_mut(part).copy_from_slice(&line);
    vm.push(Object::literal(Value::String(part)))?;
    vm.push(Object::bool(ended))
}

fn token(vm: &mut Interpreter<'_>) -> Done {
    let source = vm.pop()?;
    match source.value {
        Value::File(id) => {
            let object = vm.read_object(id)?;
            if let Some(object) = object {
                vm.push(object)?;
            } else {
                vm.files.close(id);
            }
            vm.push(Object::bool(object.is_some()))
        }
        Value::String(text) => {
            let (object, used) = vm.read_from_string(text)?;
            if let Some(object) = object {
                let rest = text.skip(used);
                vm.push(Object::literal(Value::String(rest)))?;
                vm.push(object)?;
            }
            vm.push(Object::bool(object.is_some()))
        }
        _ => Err(Error::TypeCheck.into()),
    }
}
