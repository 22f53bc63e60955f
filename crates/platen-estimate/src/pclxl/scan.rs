//! PCL XL as operators with their attributes and the data behind them.
//!
//! *Source*: PCL XL Feature Reference Protocol Class 2.0, chapters 2 and 3.

use crate::detect::find;
use crate::pjl::EXIT;

/// Attributes of one operator, at most.
const MAX_ATTRIBUTES: usize = 64;

/// A value: one to four numbers, or an array of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Value<'d> {
    kind: u8,
    bytes: &'d [u8],
    big: bool,
}

impl<'d> Value<'d> {
    const fn width(self) -> usize {
        match self.kind & 7 {
            0 => 1,
            1 | 3 => 2,
            _ => 4,
        }
    }

    /// Numbers that it holds.
    pub(crate) const fn len(self) -> usize {
        self.bytes.len() / self.width()
    }

    pub(crate) const fn is_real(self) -> bool {
        self.kind & 7 == 5
    }

    pub(crate) const fn bytes(self) -> &'d [u8] {
        self.bytes
    }

    pub(crate) fn number(self, at: usize) -> Option<f64> {
        let width = self.width();
        let start = at.checked_mul(width)?;
        let part = self.bytes.get(start..start.checked_add(width)?)?;
        let mut low_first = [0; 4];
        low_first[..width].copy_from_slice(part);
        if self.big {
            low_first[..width].reverse();
        }
        let short = u16::from_le_bytes([low_first[0], low_first[1]]);
        Some(match self.kind & 7 {
            0 | 1 => f64::from(short),
            2 => f64::from(u32::from_le_bytes(low_first)),
            3 => f64::from(i16::from_le_bytes([low_first[0], low_first[1]])),
            4 => f64::from(i32::from_le_bytes(low_first)),
            _ => f64::from(f32::from_le_bytes(low_first)),
        })
        .filter(|number| number.is_finite())
    }

    /// Two coordinates as they stand behind an operator: unsigned or signed
    /// bytes, or unsigned or signed words.
    pub(crate) fn pair(bytes: &[u8], kind: i64, big: bool) -> Option<[f64; 2]> {
        let kind = match kind {
            0 => 0xc0,
            // Signed bytes.
            1 => {
                let [x, y] = *bytes else { return None };
                return Some([x, y].map(|byte| f64::from(i8::from_le_bytes([byte]))));
            }
            2 => 0xc1,
            _ => 0xc3,
        };
        Value { kind, bytes, big }.numbers()
    }

    pub(crate) fn numbers<const N: usize>(self) -> Option<[f64; N]> {
        let mut numbers = [0.0; N];
        for (at, number) in numbers.iter_mut().enumerate() {
            *number = self.number(at)?;
        }
        Some(numbers)
    }
}

/// One operator and all that belongs to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operator<'d> {
    pub(crate) tag: u8,
    attributes: Vec<(u16, Value<'d>)>,
    pub(crate) data: &'d [u8],
    /// Numbers are high byte first, also in the data.
    pub(crate) big: bool,
}

impl<'d> Operator<'d> {
    pub(crate) fn get(&self, attribute: u16) -> Option<Value<'d>> {
        let mut known = self.attributes.iter();
        known
            .find(|(id, _)| *id == attribute)
            .map(|(_, value)| *value)
    }

    pub(crate) fn number(&self, attribute: u16) -> Option<f64> {
        self.get(attribute)?.number(0)
    }

    pub(crate) fn whole(&self, attribute: u16) -> Option<i64> {
        self.number(attribute).map(|number| number as i64)
    }

    pub(crate) fn point(&self, attribute: u16) -> Option<[f64; 2]> {
        self.get(attribute)?.numbers()
    }
}

/// What a stream holds next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Operator,
    /// The way out to the job language.
    Exit,
    End,
    /// Bytes that are none of the language's.
    Broken,
}

/// Splits a stream into its operators.
#[derive(Debug)]
pub(crate) struct Scanner<'d> {
    data: &'d [u8],
    at: usize,
    big: bool,
}

impl<'d> Scanner<'d> {
    /// Reads the stream's header; none for the form in text and what isn't
    /// PCL XL.
    pub(crate) fn new(data: &'d [u8]) -> Option<Self> {
        let big = match data.first()? {
            b'(' => true,
            b')' => false,
            _ => return None,
        };
        if !data.get(1..)?.starts_with(b" HP-PCL XL;") {
            return None;
        }
        let at = data.iter().position(|byte| *byte == b'\n')? + 1;
        Some(Self { data, at, big })
    }

    /// Bytes from here to the way out, or the end.
    pub(crate) fn to_exit(&self) -> usize {
        let rest = self.data.get(self.at..).unwrap_or_default();
        find(rest, EXIT).unwrap_or(rest.len())
    }

    pub(crate) const fn position(&self) -> usize {
        self.at
    }

    /// Reads the next operator into `operator`.
    pub(crate) fn next(&mut self, operator: &mut Operator<'d>) -> Next {
        operator.attributes.clear();
        operator.data = &[];
        operator.big = self.big;
        let mut value = None;
        loop {
            let Some(tag) = self.data.get(self.at).copied() else {
                return Next::End;
            };
            match tag {
                0 | 9..=13 | b' ' => self.at += 1,
                0x1b => {
                    if self.data[self.at..].starts_with(EXIT) {
                        self.at += EXIT.len();
                        return Next::Exit;
                    }
                    return Next::Broken;
                }
                0xc0..=0xef => {
                    self.at += 1;
                    value = self.value(tag);
                    if value.is_none() {
                        return Next::End;
                    }
                }
                0xf8 | 0xf9 => {
                    self.at += 1;
                    let Some(id) = self.unsigned(if tag == 0xf8 { 1 } else { 2 }) else {
                        return Next::End;
                    };
                    if let Some(value) = value.take()
                        && operator.attributes.len() < MAX_ATTRIBUTES
                    {
                        operator.attributes.push((id as u16, value));
                    }
                }
                0xfa | 0xfb => _ = self.embedded(),
                0x40..=0xbf => {
                    self.at += 1;
                    operator.tag = tag;
                    operator.data = self.embedded();
                    return Next::Operator;
                }
                _ => return Next::Broken,
            }
        }
    }

    /// The data that may follow an operator.
    fn embedded(&mut self) -> &'d [u8] {
        let before = self.at;
        while matches!(self.data.get(self.at), Some(0 | 9..=13 | b' ')) {
            self.at += 1;
        }
        let width = match self.data.get(self.at) {
            Some(0xfa) => 4,
            Some(0xfb) => 1,
            _ => {
                self.at = before;
                return &[];
            }
        };
        self.at += 1;
        let length = self.unsigned(width).unwrap_or(0);
        let rest = self.data.get(self.at..).unwrap_or_default();
        let data = &rest[..(length as usize).min(rest.len())];
        self.at += data.len();
        data
    }

    fn value(&mut self, tag: u8) -> Option<Value<'d>> {
        let count = match tag & 0xf8 {
            0xc0 => 1,
            0xc8 => {
                let counted = *self.data.get(self.at)?;
                self.at += 1;
                self.unsigned(match counted {
                    0xc0 => 1,
                    0xc1 => 2,
                    0xc2 => 4,
                    _ => return None,
                })? as usize
            }
            0xd0 => 2,
            0xe0 => 4,
            _ => return None,
        };
        let mut value = Value {
            kind: tag,
            bytes: &[],
            big: self.big,
        };
        let end = self.at.checked_add(count.checked_mul(value.width())?)?;
        value.bytes = self.data.get(self.at..end)?;
        self.at = end;
        Some(value)
    }

    fn unsigned(&mut self, width: usize) -> Option<u32> {
        let bytes = self.data.get(self.at..self.at + width)?;
        self.at += width;
        let fold = |number: u32, byte: &u8| number << 8 | u32::from(*byte);
        Some(if self.big {
            bytes.iter().fold(0, fold)
        } else {
            bytes.iter().rev().fold(0, fold)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stream(binding: char, body: &[u8]) -> Vec<u8> {
        [format!("{binding} HP-PCL XL;2;0;\n").as_bytes(), body].concat()
    }

    #[test]
    fn attributes_precede_their_operator_in_either_byte_order() {
        let low = stream(')', &[0xd1, 0x2c, 1, 0x58, 2, 0xf8, 137, 0x41]);
        let high = stream('(', &[0xd1, 1, 0x2c, 2, 0x58, 0xf8, 137, 0x41]);
        for bytes in [low, high] {
            let mut operator = Operator::default();
            let mut scanner = Scanner::new(&bytes).unwrap();
            assert_eq!(scanner.next(&mut operator), Next::Operator);
            assert_eq!(operator.tag, 0x41);
            assert_eq!(operator.point(137), Some([300.0, 600.0]));
            assert_eq!(scanner.next(&mut operator), Next::End);
        }
    }

    #[test]
    fn data_behind_an_operator_is_not_read_as_operators() {
        let bytes = stream(
            ')',
            &[0xb1, 0xfb, 3, 0x43, 0x43, 0x43, 0xb2, 0xfa, 9, 0, 0, 0, 1],
        );
        let mut operator = Operator::default();
        let mut scanner = Scanner::new(&bytes).unwrap();
        assert_eq!(scanner.next(&mut operator), Next::Operator);
        assert_eq!(operator.data, [0x43, 0x43, 0x43]);
        assert_eq!(scanner.next(&mut operator), Next::Operator);
        // A length that lies ends with the stream.
        assert_eq!((operator.tag, operator.data), (0xb2, &[1][..]));
    }

    #[test]
    fn the_form_in_text_is_not_read() {
        assert!(Scanner::new(b"' HP-PCL XL;2;0\n").is_none());
        assert!(Scanner::new(b"no PCL XL").is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_upset_it(body in proptest::collection::vec(any::<u8>(), 0..200), binding in "[()]") {
            let bytes = stream(binding.chars().next().unwrap(), &body);
            let mut scanner = Scanner::new(&bytes).unwrap();
            let mut operator = Operator::default();
            let mut count = 0;
            while scanner.next(&mut operator) == Next::Operator {
                for id in 0..255 {
                    let _ = (operator.number(id), operator.point(id));
                }
                count += 1;
                prop_assert!(count <= body.len());
            }
            prop_assert!(scanner.position() <= bytes.len());
        }
    }
}
