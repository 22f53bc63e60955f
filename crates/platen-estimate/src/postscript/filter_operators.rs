//! `filter`: the decoders by name, with their dictionaries. *Source*: PLRM,
//! section 3.13.

use super::filters::{
    Ascii85, AsciiHex, Blank, Decode, Flate, Jpeg, Lzw, Predicted, Prediction, RunLength, Section,
};
use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Value};
use super::operators::Entry;

/// The filters that `resourcestatus` and `findresource` know.
pub(super) const NAMES: &[&str] = &[
    "ASCIIHexDecode",
    "ASCII85Decode",
    "LZWDecode",
    "FlateDecode",
    "RunLengthDecode",
    "CCITTFaxDecode",
    "DCTDecode",
    "SubFileDecode",
    "ReusableStreamDecode",
    "NullEncode",
];

pub(super) const OPERATORS: &[Entry] = &[("filter", filter)];

fn filter(vm: &mut Interpreter<'_>) -> Done {
    let name = match vm.pop()?.value {
        Value::Name(name) => vm.names.text(name).to_vec(),
        _ => return Err(Error::TypeCheck.into()),
    };
    if name.ends_with(b"Encode") {
        return encoder(vm, &name);
    }
    let mut section = None;
    if name == b"SubFileDecode" && !matches!(vm.peek(0)?.value, Value::Dict(_)) {
        let (mark, count) = (vm.pop_string()?, vm.pop_int()?);
        section = Some((vm.memory.string(mark).to_vec(), usize::try_from(count)?));
    }
    let dict = match vm.peek(0)?.value {
        Value::Dict(dict) => {
            vm.pop()?;
            Some(dict)
        }
        _ => None,
    };
    let source = vm.pop()?;
    let id = match name.as_slice() {
        b"ReusableStreamDecode" => reusable(vm, source, dict)?,
        _ => {
            let source = vm.source_file(source)?;
            let decoder = decoder(vm, &name, dict, section)?;
            vm.files.add_filter(source, decoder)?
        }
    };
    vm.push(Object::literal(Value::File(id)))
}

/// What is written through an encoder goes nowhere.
fn encoder(vm: &mut Interpreter<'_>, name: &[u8]) -> Done {
    if !matches!(name, b"NullEncode") && matches!(vm.peek(0)?.value, Value::Dict(_)) {
        vm.pop()?;
    }
    if name == b"RunLengthEncode" {
        vm.pop_int()?;
    }
    vm.pop()?;
    let id = vm.files.add_sink()?;
    vm.push(Object::literal(Value::File(id)))
}

fn decoder(
    vm: &mut Interpreter<'_>,
    name: &[u8],
    dict: Option<u32>,
    section: Option<(Vec<u8>, usize)>,
) -> Done<Box<dyn Decode>> {
    Ok(match name {
        b"ASCIIHexDecode" => Box::<AsciiHex>::default(),
        b"ASCII85Decode" => Box::<Ascii85>::default(),
        b"RunLengthDecode" => Box::<RunLength>::default(),
        b"FlateDecode" => predicted(vm, Box::<Flate>::default(), dict)?,
        b"LZWDecode" => {
            let early = dict.and_then(|dict| vm.int_entry(dict, "EarlyChange")) != Some(0);
            predicted(vm, Box::new(Lzw::new(early)), dict)?
        }
        b"DCTDecode" => Box::<Jpeg>::default(),
        b"CCITTFaxDecode" => {
            let mut number = |name, or| {
                let value = dict.and_then(|dict| vm.int_entry(dict, name));
                usize::try_from(value.unwrap_or(or)).unwrap_or(0)
            };
            let (columns, rows) = (number("Columns", 1728), number("Rows", 0));
            let rows = if rows == 0 { 1 << 14 } else { rows };
            let bytes = columns.div_ceil(8).saturating_mul(rows);
            Box::new(Blank::new(bytes.min(1 << 28)))
        }
        b"SubFileDecode" => {
            let (mark, count) = match (section, dict) {
                (Some(section), _) => section,
                (None, Some(dict)) => section_of(vm, dict)?,
                (None, None) => return Err(Error::TypeCheck.into()),
            };
            Box::new(Section::new(mark, count))
        }
        _ => return Err(Error::Undefined.into()),
    })
}

fn section_of(vm: &mut Interpreter<'_>, dict: u32) -> Done<(Vec<u8>, usize)> {
    let count = vm.int_entry(dict, "EODCount").unwrap_or(0);
    let mark = match vm.entry(dict, "EODString").map(|mark| mark.value) {
        Some(Value::String(text)) => vm.memory.string(text).to_vec(),
        _ => Vec::new(),
    };
    Ok((mark, usize::try_from(count)?))
}

fn predicted(
    vm: &mut Interpreter<'_>,
    inner: Box<dyn Decode>,
    dict: Option<u32>,
) -> Done<Box<dyn Decode>> {
    let Some(dict) = dict else {
        return Ok(inner);
    };
    let mut number = |name, or: i32| vm.int_entry(dict, name).unwrap_or(or);
    let kind = number("Predictor", 1);
    if kind <= 1 {
        return Ok(inner);
    }
    let prediction = Prediction {
        kind: usize::try_from(kind)?,
        colours: usize::try_from(number("Colors", 1))?,
        bits: usize::try_from(number("BitsPerComponent", 8))?,
        columns: usize::try_from(number("Columns", 1))?,
    };
    if !prediction.is_sane() {
        return Err(Error::RangeCheck.into());
    }
    Ok(Box::new(Predicted::new(inner, prediction)))
}

/// Reads everything now, through the filters that the dictionary names.
fn reusable(vm: &mut Interpreter<'_>, source: Object, dict: Option<u32>) -> Done<u32> {
    let mut id = vm.source_file(source)?;
    if let Some(dict) = dict {
        let filters = listed(vm, dict, "Filter");
        let parameters = listed(vm, dict, "DecodeParms");
        for (at, filter) in filters.into_iter().take(16).enumerate() {
            let Value::Name(name) = filter.value else {
                return Err(Error::TypeCheck.into());
            };
            let name = vm.names.text(name).to_vec();
            let own = match parameters.get(at).map(|own| own.value) {
                Some(Value::Dict(own)) => Some(own),
                _ => None,
            };
            let decoder = decoder(vm, &name, own, None)?;
            id = vm.files.add_filter(id, decoder)?;
        }
    }
    let mut content = Vec::new();
    loop {
        let held = vm.available(id)?;
        if held.is_empty() {
            break;
        }
        content.extend(held);
        let taken = held.len();
        vm.files.advance(id, taken);
        vm.memory.fits(content.len())?;
    }
    vm.files.add_held(content)
}

fn listed(vm: &mut Interpreter<'_>, dict: u32, name: &str) -> Vec<Object> {
    match vm.entry(dict, name).map(|entry| entry.value) {
        Some(Value::Array(items)) => vm.memory.array(items).to_vec(),
        Some(value @ (Value::Name(_) | Value::Dict(_))) => vec![Object::literal(value)],
        _ => Vec::new(),
    }
}
