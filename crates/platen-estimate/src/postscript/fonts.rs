//! Fonts by name, scaled and chosen. *Source*: PLRM, section 5.2 and chapter 8.

use super::core_fonts::{ISO_LATIN_1, STANDARD, glyph_names};
use super::interpreter::Interpreter;
use super::object::{Done, Error, Name, Object, Value};
use super::operators::{Entry, new_dict};
use crate::geometry::Matrix;
use std::collections::HashMap;

/// Fonts that printers have without being given them.
const RESIDENT: &[&str] = &[
    "Courier",
    "Helvetica",
    "Times",
    "Symbol",
    "ZapfDingbats",
    "AvantGarde",
    "Bookman",
    "NewCenturySchlbk",
    "Palatino",
    "ZapfChancery",
];
/// Widths that are remembered.
const MAX_GLYPHS: usize = 1 << 16;

/// A glyph that was drawn once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    /// *Units*: the font's own.
    pub(super) width: (f64, f64),
    /// It takes the colour that text has.
    pub(super) plain: bool,
}

/// What is known of fonts beside their dictionaries.
#[derive(Default)]
pub(super) struct Fonts {
    next_id: u32,
    pub(super) directory: u32,
    pub(super) global_directory: u32,
    charstrings: u32,
    encoding: Option<Object>,
    /// For glyph names of the standard encoding, their codes.
    codes: HashMap<Name, u8>,
    glyphs: HashMap<(u32, u64), Drawn>,
    /// The width that the glyph being drawn has named.
    pub(super) current: Option<Drawn>,
}

impl Fonts {
    pub(super) fn roots(&self, roots: &mut Vec<Object>) {
        for dict in [self.directory, self.global_directory, self.charstrings] {
            roots.push(Object::literal(Value::Dict(dict)));
        }
        roots.extend(self.encoding);
    }

    pub(super) fn known(&self, font: u32, glyph: u64) -> Option<Drawn> {
        self.glyphs.get(&(font, glyph)).copied()
    }

    pub(super) fn remember(&mut self, font: u32, glyph: u64, drawn: Drawn) {
        if self.glyphs.len() >= MAX_GLYPHS {
            self.glyphs.clear();
        }
        self.glyphs.insert((font, glyph), drawn);
    }

    /// The standard encoding's code for a glyph.
    pub(super) fn standard_code(&self, name: Name) -> Option<u8> {
        self.codes.get(&name).copied()
    }
}

pub(super) const OPERATORS: &[Entry] = &[
    ("findfont", |vm| {
        let key = vm.pop()?;
        vm.find_font(key)
    }),
    ("definefont", |vm| {
        let font = vm.pop()?;
        let key = vm.pop()?;
        vm.define_font(key, font)
    }),
    ("undefinefont", |vm| {
        let key = vm.pop()?;
        let key = vm.as_key(key)?;
        let directory = vm.fonts.directory;
        vm.memory.remove(directory, key.key())
    }),
    ("scalefont", |vm| {
        let [size] = vm.pop_numbers()?;
        let font = vm.pop_dict()?;
        let font = vm.scaled(font, Matrix::scaling(size, size))?;
        vm.push(Object::literal(Value::Dict(font)))
    }),
    ("makefont", |vm| {
        let matrix = vm.pop_array()?;
        let matrix = vm.matrix_of(matrix)?;
        let font = vm.pop_dict()?;
        let font = vm.scaled(font, matrix)?;
        vm.push(Object::literal(Value::Dict(font)))
    }),
    ("setfont", |vm| {
        vm.graphics.state.font = vm.pop_dict()?;
        Ok(())
    }),
    ("selectfont", |vm| {
        let matrix = match vm.pop()?.value {
            Value::Array(items) => vm.matrix_of(items)?,
            value => {
                let size = Object::literal(value).number().ok_or(Error::TypeCheck)?;
                Matrix::scaling(size, size)
            }
        };
        let key = vm.pop()?;
        vm.find_font(key)?;
        let font = vm.pop_dict()?;
        vm.graphics.state.font = vm.scaled(font, matrix)?;
        Ok(())
    }),
    ("currentfont", |vm| {
        let font = vm.current_font()?;
        vm.push(Object::literal(Value::Dict(font)))
    }),
    ("rootfont", |vm| {
        let font = vm.current_font()?;
        vm.push(Object::literal(Value::Dict(font)))
    }),
    ("composefont", |vm| {
        let fonts = vm.pop_array()?;
        let map = vm.pop()?;
        let key = vm.pop()?;
        vm.compose_font(key, map, fonts)
    }),
    ("setcachedevice", |vm| {
        let [wx, wy, ..] = vm.pop_numbers::<6>()?;
        vm.set_glyph_width((wx, wy), true);
        Ok(())
    }),
    ("setcachedevice2", |vm| {
        let [wx, wy, ..] = vm.pop_numbers::<10>()?;
        vm.set_glyph_width((wx, wy), true);
        Ok(())
    }),
    ("setcharwidth", |vm| {
        let [wx, wy] = vm.pop_numbers()?;
        vm.set_glyph_width((wx, wy), false);
        Ok(())
    }),
];

/// Makes the font directories and the standard encodings.
pub(super) fn install(vm: &mut Interpreter<'_>) -> Done {
    vm.memory.global = true;
    let global = new_dict(vm, "GlobalFontDirectory");
    let system = vm.system;
    vm.fonts.global_directory = global?;
    let shared = vm.fonts.global_directory;
    vm.set_entry(
        system,
        "SharedFontDirectory",
        Object::literal(Value::Dict(shared)),
    )?;
    vm.fonts.charstrings = vm.memory.add_dict(256)?;
    for (title, encoding) in [
        ("StandardEncoding", STANDARD),
        ("ISOLatin1Encoding", ISO_LATIN_1),
    ] {
        let mut items = Vec::with_capacity(256);
        for (code, glyph) in glyph_names(encoding).into_iter().enumerate() {
            let name = vm.name(glyph);
            items.push(name);
            let charstrings = vm.fonts.charstrings;
            vm.memory.put(charstrings, name, Object::int(0))?;
            if let (Value::Name(name), true) = (name.value, title == "StandardEncoding") {
                vm.fonts.codes.insert(name, u8::try_from(code)?);
            }
        }
        let items = Object::literal(Value::Array(vm.memory.add_array(items)?));
        vm.set_entry(system, title, items)?;
        if title == "StandardEncoding" {
            vm.fonts.encoding = Some(items);
        }
    }
    vm.memory.global = false;
    vm.fonts.directory = new_dict(vm, "FontDirectory")?;
    Ok(())
}

impl Interpreter<'_> {
    /// The font that text is shown in.
    pub(super) fn current_font(&mut self) -> Done<u32> {
        if self.graphics.state.font == u32::MAX {
            let key = self.name("Courier");
            self.find_font(key)?;
            self.graphics.state.font = self.pop_dict()?;
        }
        Ok(self.graphics.state.font)
    }

    fn defined_font(&mut self, key: Object) -> Done<Option<Object>> {
        let (local, global) = (self.fonts.directory, self.fonts.global_directory);
        match self.get_entry(local, key)? {
            Some(font) => Ok(Some(font)),
            None => self.get_entry(global, key),
        }
    }

    pub(super) fn has_font(&mut self, key: Object) -> Done<bool> {
        if self.defined_font(key)?.is_some() {
            return Ok(true);
        }
        let text = self.text_of(key);
        Ok(RESIDENT
            .iter()
            .any(|name| text.starts_with(name.as_bytes())))
    }

    /// Pushes a font; one that isn't there is stood in for, as printers do.
    pub(super) fn find_font(&mut self, key: Object) -> Done {
        if let Some(font) = self.defined_font(key)? {
            return self.push(font);
        }
        let global = std::mem::replace(&mut self.memory.global, true);
        let font = self.stand_in(key);
        self.memory.global = global;
        self.push(font?)
    }

    fn stand_in(&mut self, key: Object) -> Done<Object> {
        let font = self.memory.add_dict(16)?;
        let matrix = self.new_matrix(Matrix::scaling(0.001, 0.001))?;
        let bounds = [-170, -250, 1130, 1000].map(Object::int).to_vec();
        let bounds = Object::literal(Value::Array(self.memory.add_array(bounds)?));
        let charstrings = Object::literal(Value::Dict(self.fonts.charstrings));
        let encoding = self.fonts.encoding.unwrap_or(Object::NULL);
        let (info, private) = (self.memory.add_dict(4)?, self.memory.add_dict(4)?);
        let name = self.as_key(key)?;
        for (field, value) in [
            ("FontType", Object::int(1)),
            ("FontName", name),
            ("FontMatrix", matrix),
            ("FontBBox", bounds),
            ("Encoding", encoding),
            ("PaintType", Object::int(0)),
            ("CharStrings", charstrings),
            ("FontInfo", Object::literal(Value::Dict(info))),
            ("Private", Object::literal(Value::Dict(private))),
            (".resident", Object::bool(true)),
        ] {
            self.set_entry(font, field, value)?;
        }
        let object = Object::literal(Value::Dict(font));
        self.prepare_font(object)?;
        let directory = self.fonts.global_directory;
        self.put_entry(directory, key, object)?;
        Ok(object)
    }

    /// Gives a font its identity.
    pub(super) fn prepare_font(&mut self, font: Object) -> Done {
        let Value::Dict(dict) = font.value else {
            return Err(Error::TypeCheck.into());
        };
        self.fonts.next_id += 1;
        let id = Object::literal(Value::Font(self.fonts.next_id));
        self.set_entry(dict, "FID", id)
    }

    pub(super) fn define_font(&mut self, key: Object, font: Object) -> Done {
        let Value::Dict(dict) = font.value else {
            return Err(Error::TypeCheck.into());
        };
        if self.entry(dict, "FID").is_none() {
            self.prepare_font(font)?;
        }
        let directory = if self.memory.global {
            self.fonts.global_directory
        } else {
            self.fonts.directory
        };
        self.put_entry(directory, key, font)?;
        self.push(font)
    }

    /// A copy whose coordinates are transformed.
    fn scaled(&mut self, font: u32, matrix: Matrix) -> Done<u32> {
        let own = self.matrix_entry(font, "FontMatrix");
        let copy = self.copy_dict(font)?;
        let matrix = self.new_matrix(own.then(matrix))?;
        self.set_entry(copy, "FontMatrix", matrix)?;
        Ok(copy)
    }

    fn set_glyph_width(&mut self, width: (f64, f64), plain: bool) {
        self.fonts.current = Some(Drawn { width, plain });
        self.graphics.state.uncoloured |= plain;
    }
}
