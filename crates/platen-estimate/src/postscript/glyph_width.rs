//! How wide the glyphs of fonts in the document are. *Source*: Adobe Type 1
//! Font Format, chapter 6; Adobe technical note 5012 (Type 42).

use super::filters::{CHARSTRING_KEY, decrypt};
use super::fonts::Drawn;
use super::interpreter::Interpreter;
use super::object::{Done, Object, Slice, Value};

impl Interpreter<'_> {
    /// The width of a glyph that isn't drawn by a procedure.
    pub(super) fn glyph_width(&mut self, font: u32, id: u32, glyph: Object) -> Done<f64> {
        let key = glyph.key();
        if let Some(known) = self.fonts.known(id, key) {
            return Ok(known.width.0);
        }
        let width = self.find_width(font, glyph);
        let drawn = Drawn {
            width: (width, 0.0),
            plain: true,
        };
        self.fonts.remember(id, key, drawn);
        Ok(width)
    }

    fn find_width(&mut self, font: u32, glyph: Object) -> f64 {
        if let Some(Value::Dict(metrics)) = self.entry(font, "Metrics").map(|m| m.value)
            && let Some(metric) = self.memory.dict(metrics).get(glyph.key())
        {
            let numbers = match metric.value {
                Value::Array(items) => self.numbers(items).unwrap_or_default(),
                _ => metric.number().into_iter().collect(),
            };
            match numbers[..] {
                [width] | [_, width] | [_, _, width, _] => return width,
                _ => {}
            }
        }
        let kind = self.int_entry(font, "FontType").unwrap_or(1);
        let em = if matches!(kind, 42 | 11) { 1.0 } else { 1000.0 };
        if self.entry(font, ".resident").is_some() {
            let name = self.entry(font, "FontName").map(|name| self.text_of(name));
            let code = match glyph.value {
                Value::Name(name) => self.fonts.standard_code(name).or_else(|| {
                    // Letters with accents are as wide as without.
                    self.names.text(name).first().copied()
                }),
                _ => None,
            };
            return super::core_fonts::width(&name.unwrap_or_default(), code.unwrap_or(b'n'));
        }
        let outline = match self.entry(font, "CharStrings").map(|glyphs| glyphs.value) {
            Some(Value::Dict(glyphs)) => self.memory.dict(glyphs).get(glyph.key()),
            _ => None,
        };
        let found = match (kind, outline.map(|outline| outline.value)) {
            (42, Some(Value::Int(index))) => self.true_type_width(font, index),
            (1, Some(Value::String(text))) => self.charstring_width(font, text),
            _ => None,
        };
        found.unwrap_or(if matches!(kind, 9..=11) { em } else { em / 2.0 })
    }

    fn charstring_width(&mut self, font: u32, text: Slice) -> Option<f64> {
        let private = self.entry(font, "Private").map(|private| private.value);
        let lead = match private {
            Some(Value::Dict(private)) => self.int_entry(private, "lenIV").unwrap_or(4),
            _ => 4,
        };
        let bytes = self.memory.string(text);
        let bytes = &bytes[..bytes.len().min(64)];
        match usize::try_from(lead) {
            Ok(lead) => width_of_charstring(decrypt(bytes, CHARSTRING_KEY).get(lead..)?),
            Err(_) => width_of_charstring(bytes),
        }
    }

    fn true_type_width(&mut self, font: u32, index: i32) -> Option<f64> {
        let Value::Array(parts) = self.entry(font, "sfnts")?.value else {
            return None;
        };
        let parts: Vec<&[u8]> = self
            .memory
            .array(parts)
            .iter()
            .filter_map(|part| match part.value {
                Value::String(text) => Some(self.memory.string(text)),
                _ => None,
            })
            .collect();
        advance(&Parts(parts), usize::try_from(index).ok()?)
    }
}

/// The number before the first command that sets a width.
fn width_of_charstring(code: &[u8]) -> Option<f64> {
    let mut stack: Vec<f64> = Vec::new();
    let mut at = 0;
    while let Some(byte) = code.get(at) {
        at += 1;
        let more = |place: usize| code.get(at + place).copied().map(f64::from);
        match byte {
            32..=246 => stack.push(f64::from(*byte) - 139.0),
            247..=250 => {
                stack.push((f64::from(*byte) - 247.0) * 256.0 + more(0)? + 108.0);
                at += 1;
            }
            251..=254 => {
                stack.push(-(f64::from(*byte) - 251.0) * 256.0 - more(0)? - 108.0);
                at += 1;
            }
            255 => {
                let bytes: [u8; 4] = code.get(at..at + 4)?.try_into().ok()?;
                stack.push(f64::from(i32::from_be_bytes(bytes)));
                at += 4;
            }
            13 => return stack.get(1).copied(),
            12 => match code.get(at)? {
                7 => return stack.get(2).copied(),
                12 => {
                    let (b, a) = (stack.pop()?, stack.pop()?);
                    stack.push(a / b);
                    at += 1;
                }
                _ => return None,
            },
            _ => return None,
        }
    }
    None
}

/// A font file in pieces. *Source*: technical note 5012, section 4.2.
struct Parts<'p>(Vec<&'p [u8]>);

impl Parts<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        let mut at = at;
        for (number, part) in self.0.iter().enumerate() {
            // Pieces of odd length end with a byte of padding.
            let last = number + 1 == self.0.len();
            let len = if last { part.len() } else { part.len() & !1 };
            if at < len {
                return part.get(at).copied();
            }
            at -= len;
        }
        None
    }

    fn number(&self, at: usize, bytes: usize) -> Option<usize> {
        (0..bytes).try_fold(0usize, |value, place| {
            Some(value << 8 | usize::from(self.byte(at + place)?))
        })
    }

    fn table(&self, tag: &[u8; 4]) -> Option<usize> {
        let count = self.number(4, 2)?;
        (0..count.min(64)).find_map(|at| {
            let entry = 12 + at * 16;
            let found = (0..4).all(|place| self.byte(entry + place) == Some(tag[place]));
            found.then(|| self.number(entry + 8, 4)).flatten()
        })
    }
}

/// The advance of a glyph. *Units*: ems. *Source*: OpenType, "hmtx".
fn advance(font: &Parts<'_>, glyph: usize) -> Option<f64> {
    let per_em = font.number(font.table(b"head")? + 18, 2)?;
    let long = font.number(font.table(b"hhea")? + 34, 2)?;
    let place = font.table(b"hmtx")? + 4 * glyph.min(long.checked_sub(1)?);
    Some(font.number(place, 2)? as f64 / per_em.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_charstring_names_its_width_first() {
        assert_eq!(width_of_charstring(&[139, 248, 236, 13]), Some(600.0));
        assert_eq!(
            width_of_charstring(&[139, 139, 139 + 50, 139, 12, 7]),
            Some(50.0)
        );
        assert_eq!(
            width_of_charstring(&[139, 139 + 90, 139 + 3, 12, 12, 13]),
            Some(30.0)
        );
    }

    #[test]
    fn a_width_is_found_across_the_pieces_of_a_font() {
        let mut file = vec![0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0];
        for (tag, at) in [(b"head", 60u32), (b"hhea", 80), (b"hmtx", 116)] {
            file.extend(tag);
            file.extend([0; 4]);
            file.extend(at.to_be_bytes());
            file.extend([0; 4]);
        }
        file.resize(124, 0);
        (file[78], file[79]) = (0x03, 0xe8);
        file[115] = 2;
        (file[120], file[121]) = (0x01, 0xf4);
        let parts = Parts(vec![&file[..70], &file[70..100], &file[100..]]);
        assert_eq!(advance(&parts, 1), Some(0.5));
        assert_eq!(advance(&parts, 9), Some(0.5));
    }

    proptest! {
        #[test]
        fn no_font_upsets_it(data in proptest::collection::vec(any::<u8>(), 0..200), glyph in 0usize..70_000) {
            let _ = width_of_charstring(&data);
            let _ = advance(&Parts(vec![&data]), glyph);
        }
    }
}
