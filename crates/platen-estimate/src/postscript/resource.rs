//! Named resources. *Source*: PLRM, section 3.9.

use super::filter_operators;
use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Value};
use super::operators::{Entry, new_dict};

pub(super) const OPERATORS: &[Entry] = &[
    ("defineresource", |vm| {
        let category = vm.pop_category()?;
        let instance = vm.pop()?;
        let key = vm.pop()?;
        if category == b"Font" {
            return vm.define_font(key, instance);
        }
        if category == b"CIDFont" {
            vm.prepare_font(instance)?;
        }
        let dict = vm.category(&category)?;
        vm.put_entry(dict, key, instance)?;
        vm.push(instance)
    }),
    ("undefineresource", |vm| {
        let category = vm.pop_category()?;
        let key = vm.pop()?;
        let dict = vm.category(&category)?;
        let key = vm.as_key(key)?;
        vm.memory.remove(dict, key.key())
    }),
    ("findresource", |vm| {
        let category = vm.pop_category()?;
        let key = vm.pop()?;
        if category == b"Font" {
            return vm.find_font(key);
        }
        let name = String::from_utf8_lossy(&category).into_owned();
        if let Some(found) = vm.find_instance(&name, key) {
            return vm.push(found);
        }
        match vm.implied(&category, key)? {
            Some(found) => vm.push(found),
            None => Err(Error::UndefinedResource.into()),
        }
    }),
    ("resourcestatus", |vm| {
        let category = vm.pop_category()?;
        let key = vm.pop()?;
        let name = String::from_utf8_lossy(&category).into_owned();
        let known = if category == b"Font" {
            vm.has_font(key)?
        } else {
            vm.find_instance(&name, key).is_some() || vm.implied(&category, key)?.is_some()
        };
        if known {
            vm.push(Object::int(0))?;
            vm.push(Object::int(0))?;
        }
        vm.push(Object::bool(known))
    }),
    ("resourceforall", |vm| {
        let category = vm.pop_category()?;
        let scratch = vm.pop_string()?;
        let procedure = vm.pop_procedure()?;
        let template = vm.pop_string()?;
        let template = vm.memory.string(template).to_vec();
        let dict = vm.category(&category)?;
        for place in 0..vm.memory.dict(dict).places() {
            let Some((name, _)) = vm.memory.dict(dict).at(place) else {
                continue;
            };
            let text = vm.text_of(name);
            if matches(&template, &text)
                && let Some(part) = scratch.part(0, text.len())
            {
                vm.memory.string_mut(part).copy_from_slice(&text);
                vm.push(Object::literal(Value::String(part)))?;
                vm.call(procedure)?;
            }
        }
        Ok(())
    }),
    ("findencoding", |vm| {
        let key = vm.pop()?;
        let found = vm.find_instance("Encoding", key);
        vm.push(found.ok_or(Error::UndefinedResource)?)
    }),
];

/// Categories that exist without being defined.
const CATEGORIES: &[&str] = &[
    "Font",
    "CIDFont",
    "CMap",
    "Encoding",
    "Form",
    "Pattern",
    "ProcSet",
    "ColorSpace",
    "Halftone",
    "ColorRendering",
    "IdiomSet",
    "InkParams",
    "TrapParams",
    "OutputDevice",
    "ControlLanguage",
    "Localization",
    "PDL",
    "HWOptions",
    "Generic",
    "FontSet",
];

/// Names that a category holds although no object is behind them.
fn implied_names(category: &[u8]) -> &'static [&'static str] {
    match category {
        b"Filter" => filter_operators::NAMES,
        b"ColorSpaceFamily" => &[
            "DeviceGray",
            "DeviceRGB",
            "DeviceCMYK",
            "CIEBasedA",
            "CIEBasedABC",
            "CIEBasedDEF",
            "CIEBasedDEFG",
            "Indexed",
            "Pattern",
            "Separation",
            "DeviceN",
        ],
        b"ColorRenderingType" | b"PatternType" | b"FormType" | b"ShadingType" => &[],
        b"FMapType" | b"ImageType" | b"FontType" | b"HalftoneType" | b"FunctionType" => &[],
        b"Category" => CATEGORIES,
        b"IODevice" => &["%stdin", "%stdout", "%stderr"],
        b"Emulator" => &["PCL"],
        _ => &[],
    }
}

/// The largest of the types that a category numbers.
fn largest_type(category: &[u8]) -> i32 {
    match category {
        b"FMapType" => 9,
        b"FontType" => 42,
        b"ImageType" => 4,
        b"PatternType" => 2,
        b"ShadingType" => 7,
        b"HalftoneType" => 100,
        b"FunctionType" => 3,
        b"FormType" | b"ColorRenderingType" => 1,
        _ => -1,
    }
}

/// `*` and `?` as in file names.
fn matches(template: &[u8], text: &[u8]) -> bool {
    match template {
        [] => text.is_empty(),
        [b'*'] => true,
        [b'*', rest @ ..] => (0..=text.len()).any(|at| {
            // One star is enough for what programs ask.
            !rest.contains(&b'*') && matches(rest, &text[at..])
        }),
        [b'?', rest @ ..] => !text.is_empty() && matches(rest, &text[1..]),
        [first, rest @ ..] => text.first() == Some(first) && matches(rest, &text[1..]),
    }
}

/// Makes the dictionary of resources with what every printer has.
pub(super) fn install(vm: &mut Interpreter<'_>) -> Done {
    vm.memory.global = true;
    let result = fill(vm);
    vm.memory.global = false;
    result
}

fn fill(vm: &mut Interpreter<'_>) -> Done {
    new_dict(vm, ".resources")?;
    let categories = vm.category(b"Category")?;
    for name in CATEGORIES {
        let own = vm.memory.add_dict(2)?;
        let key = vm.name(name);
        vm.set_entry(own, "Category", key)?;
        vm.put_entry(categories, key, Object::literal(Value::Dict(own)))?;
    }
    let procedures = vm.category(b"ProcSet")?;
    for name in ["FontSetInit", "CIDInit"] {
        let set = vm.memory.add_dict(8)?;
        let key = vm.name(name);
        vm.put_entry(procedures, key, Object::literal(Value::Dict(set)))?;
        super::composite_fonts::fill(vm, name, set)?;
    }
    let encodings = vm.category(b"Encoding")?;
    for name in ["StandardEncoding", "ISOLatin1Encoding"] {
        let system = vm.system;
        if let Some(encoding) = vm.entry(system, name) {
            vm.set_entry(encodings, name, encoding)?;
        }
    }
    let patterns = vm.category(b"CMap")?;
    for name in ["Identity-H", "Identity-V"] {
        let map = vm.memory.add_dict(2)?;
        let key = vm.name(name);
        vm.set_entry(map, "CMapName", key)?;
        vm.put_entry(patterns, key, Object::literal(Value::Dict(map)))?;
    }
    Ok(())
}

impl Interpreter<'_> {
    fn pop_category(&mut self) -> Done<Vec<u8>> {
        match self.pop()?.value {
            Value::Name(name) => Ok(self.names.text(name).to_vec()),
            Value::String(text) => Ok(self.memory.string(text).to_vec()),
            _ => Err(Error::TypeCheck.into()),
        }
    }

    /// The instances of a category.
    pub(super) fn category(&mut self, category: &[u8]) -> Done<u32> {
        let system = self.system;
        let Some(Value::Dict(all)) = self.entry(system, ".resources").map(|all| all.value) else {
            return Err(Error::UndefinedResource.into());
        };
        let name = Object::literal(Value::Name(self.names.intern(category)));
        if let Some(Value::Dict(own)) = self.memory.dict(all).get(name.key()).map(|own| own.value) {
            return Ok(own);
        }
        let global = std::mem::replace(&mut self.memory.global, true);
        let own = self.memory.add_dict(16);
        self.memory.global = global;
        let own = own?;
        self.memory
            .put(all, name, Object::literal(Value::Dict(own)))?;
        Ok(own)
    }

    pub(super) fn find_instance(&mut self, category: &str, key: Object) -> Option<Object> {
        let dict = self.category(category.as_bytes()).ok()?;
        self.get_entry(dict, key).ok()?
    }

    fn implied(&mut self, category: &[u8], key: Object) -> Done<Option<Object>> {
        let known = match key.value {
            Value::Int(number) => (0..=largest_type(category)).contains(&number),
            _ => {
                let text = self.text_of(key);
                implied_names(category)
                    .iter()
                    .any(|name| name.as_bytes() == text)
            }
        };
        Ok(known.then_some(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_match_as_in_file_names() {
        assert!(matches(b"*", b"anything"));
        assert!(matches(b"Hel*", b"Helvetica"));
        assert!(matches(b"?elvetica", b"Helvetica"));
        assert!(!matches(b"Times*", b"Helvetica"));
    }
}
