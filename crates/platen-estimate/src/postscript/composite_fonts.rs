//! Composite fonts, character maps, and fonts given as data.
//! *Source*: PLRM, sections 5.10 and 5.11; Adobe technical notes 5014, 5176.

use super::interpreter::{Interpreter, Operator};
use super::object::{Done, Error, Object, Slice, Value};
use crate::geometry::Matrix;

/// Operators of the procedure sets that define such fonts.
const CID_OPERATORS: &[(&str, Operator)] = &[
    ("begincmap", |_| Ok(())),
    ("endcmap", |_| Ok(())),
    ("usecmap", |vm| vm.pop().map(|_| ())),
    ("usefont", |vm| vm.pop().map(|_| ())),
    ("begincodespacerange", begin_list),
    ("endcodespacerange", end_list),
    ("beginbfchar", begin_list),
    ("endbfchar", end_list),
    ("beginbfrange", begin_list),
    ("endbfrange", end_list),
    ("begincidchar", begin_list),
    ("endcidchar", end_list),
    ("begincidrange", begin_list),
    ("endcidrange", end_list),
    ("beginnotdefchar", begin_list),
    ("endnotdefchar", end_list),
    ("beginnotdefrange", begin_list),
    ("endnotdefrange", end_list),
    ("beginrearrangedfont", |vm| {
        vm.pop_numbers::<0>().map(|_| ())
    }),
    ("endrearrangedfont", |_| Ok(())),
    ("StartData", cid_data),
];

const SET_OPERATORS: &[(&str, Operator)] = &[("StartData", font_set)];

/// Puts the operators of a procedure set into it.
pub(super) fn fill(vm: &mut Interpreter<'_>, set: &str, dict: u32) -> Done {
    let operators = match set {
        "CIDInit" => CID_OPERATORS,
        _ => SET_OPERATORS,
    };
    for (text, operator) in operators {
        let number = u16::try_from(vm.operators.len())?;
        let name = vm.names.intern(text.as_bytes());
        vm.operators.push((*operator, name));
        let object = Object::executable(Value::Operator(number));
        vm.memory
            .put(dict, Object::literal(Value::Name(name)), object)?;
    }
    Ok(())
}

fn begin_list(vm: &mut Interpreter<'_>) -> Done {
    vm.pop_int()?;
    vm.push(Object::MARK)
}

fn end_list(vm: &mut Interpreter<'_>) -> Done {
    let count = vm.count_to_mark()?;
    let len = vm.operands.len() - count - 1;
    vm.operands.set_len(len);
    Ok(())
}

/// The glyphs of a CID-keyed font: passed over, and the font defined.
fn cid_data(vm: &mut Interpreter<'_>) -> Done {
    let length = vm.pop_count()?;
    let form = vm.pop_string()?;
    let file = vm.current_file();
    if vm.memory.string(form) == b"Hex" {
        vm.read_hex(file, length)?;
        // The digits end at a mark of their own.
        while vm.read_byte(file)?.is_some_and(|byte| byte != b'>') {
            vm.tick()?;
        }
    } else {
        vm.read(file, length)?;
    }
    let font = vm.current_dict();
    let name = vm.entry(font, "CIDFontName").ok_or(Error::InvalidFont)?;
    let object = Object::literal(Value::Dict(font));
    vm.prepare_font(object)?;
    let fonts = vm.category(b"CIDFont")?;
    vm.put_entry(fonts, name, object)?;
    let kept = vm
        .dicts
        .len()
        .saturating_sub(2)
        .max(super::stack::PERMANENT);
    vm.dicts.truncate(kept);
    Ok(())
}

/// A compact font: its name is read, its glyphs are not.
fn font_set(vm: &mut Interpreter<'_>) -> Done {
    let length = vm.pop_count()?;
    vm.pop()?;
    let file = vm.current_file();
    let data = vm.read(file, length)?;
    for name in compact_names(&data) {
        let key = Object::literal(Value::Name(vm.names.intern(&name)));
        let font = vm.memory.add_dict(8)?;
        let matrix = vm.new_matrix(Matrix::scaling(0.001, 0.001))?;
        let encoding = vm
            .entry(vm.system, "StandardEncoding")
            .unwrap_or(Object::NULL);
        let glyphs = vm.memory.add_dict(1)?;
        for (field, value) in [
            ("FontType", Object::int(2)),
            ("FontName", key),
            ("FontMatrix", matrix),
            ("Encoding", encoding),
            ("CharStrings", Object::literal(Value::Dict(glyphs))),
        ] {
            vm.set_entry(font, field, value)?;
        }
        let object = Object::literal(Value::Dict(font));
        vm.define_font(key, object)?;
        vm.pop()?;
        // It may be used through a character map as well.
        let fonts = vm.category(b"CIDFont")?;
        vm.put_entry(fonts, key, object)?;
    }
    Ok(())
}

/// The name index of a compact font. *Source*: Adobe technical note 5176, section 5.
fn compact_names(data: &[u8]) -> Vec<Vec<u8>> {
    let index = || {
        let start = usize::from(*data.get(2)?);
        let count = usize::from(u16::from_be_bytes([
            *data.get(start)?,
            *data.get(start + 1)?,
        ]));
        let size = usize::from(*data.get(start + 2)?);
        let offset = |at: usize| {
            let place = start + 3 + at * size;
            let bytes = data.get(place..place + size)?;
            Some(
                bytes
                    .iter()
                    .fold(0usize, |value, byte| value << 8 | usize::from(*byte)),
            )
        };
        let base = start + 2 + (count + 1) * size;
        let mut names = Vec::new();
        for at in 0..count.min(16) {
            let (from, to) = (base + offset(at)?, base + offset(at + 1)?);
            names.push(data.get(from..to)?.to_vec());
        }
        Some(names)
    };
    if data.get(2).is_none_or(|start| *start >= 64) {
        return Vec::new();
    }
    index().unwrap_or_default()
}

impl Interpreter<'_> {
    /// A font of others, through a character map.
    pub(super) fn compose_font(&mut self, key: Object, map: Object, fonts: Slice) -> Done {
        let mut parts = Vec::new();
        for part in self.memory.array(fonts).to_vec() {
            parts.push(match part.value {
                Value::Dict(_) => part,
                _ => match self.find_instance("CIDFont", part) {
                    Some(font) => font,
                    None => {
                        self.find_font(part)?;
                        self.pop()?
                    }
                },
            });
        }
        let font = self.memory.add_dict(8)?;
        let encoding = (0..i32::try_from(parts.len())?).map(Object::int).collect();
        let encoding = self.memory.add_array(encoding)?;
        let parts = self.memory.add_array(parts)?;
        let matrix = self.new_matrix(Matrix::IDENTITY)?;
        for (field, value) in [
            ("FontType", Object::int(0)),
            ("FMapType", Object::int(9)),
            ("FontName", key),
            ("FontMatrix", matrix),
            ("CMap", map),
            ("Encoding", Object::literal(Value::Array(encoding))),
            ("FDepVector", Object::literal(Value::Array(parts))),
        ] {
            self.set_entry(font, field, value)?;
        }
        self.define_font(key, Object::literal(Value::Dict(font)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_compact_font_tells_its_name() {
        let data = [1, 0, 4, 1, 0, 1, 1, 1, 4, b'A', b'b', b'c'];
        assert_eq!(compact_names(&data), [b"Abc".to_vec()]);
    }

    proptest! {
        #[test]
        fn no_font_data_upsets_it(data in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = compact_names(&data);
        }
    }
}
