//! Binary tokens and binary object sequences. *Source*: PLRM, section 3.14.

use super::object::Error;
use super::system_names::SYSTEM_NAMES;

/// Arrays in a sequence refer to others; deeper than this they don't.
const MAX_DEPTH: usize = 16;
/// The most objects that one sequence may become.
const MAX_ITEMS: usize = 1 << 16;

/// What a binary token holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Null,
    Mark,
    Int(i32),
    Real(f32),
    Bool(bool),
    String(Vec<u8>, bool),
    Name(Vec<u8>, bool),
    Immediate(Vec<u8>),
    Array(Vec<Item>, bool),
}

/// Reads the token at the front; none when the input ends within it. Gives
/// what it is and its length.
pub(super) fn sequence(input: &[u8]) -> Result<Option<(Item, usize)>, Error> {
    let Some(kind) = input.first() else {
        return Ok(None);
    };
    match kind {
        128..=131 => objects(input, kind % 2 == 0),
        132..=149 => Ok(simple(*kind, input)?),
        _ => Err(Error::Syntax),
    }
}

fn simple(kind: u8, input: &[u8]) -> Result<Option<(Item, usize)>, Error> {
    let rest = &input[1..];
    let take = |count: usize| rest.get(..count);
    Ok(match kind {
        132 | 133 => take(4).map(|bytes| (Item::Int(word(bytes, kind == 132).cast_signed()), 5)),
        134 | 135 => take(2).map(|bytes| (Item::Int(i32::from(half(bytes, kind == 134))), 3)),
        136 => take(1).map(|bytes| (Item::Int(i32::from(bytes[0].cast_signed())), 2)),
        137 => {
            let Some(form) = rest.first() else {
                return Ok(None);
            };
            let (low, scale) = (*form < 128, form & 0x7f);
            let (wide, scale) = if scale < 32 {
                (4, scale)
            } else {
                (2, scale - 32)
            };
            let Some(bytes) = rest.get(1..1 + wide) else {
                return Ok(None);
            };
            let raw = if wide == 4 {
                f64::from(word(bytes, low).cast_signed())
            } else {
                f64::from(half(bytes, low))
            };
            let value = raw / 2f64.powi(i32::from(scale));
            Some((Item::Real(value as f32), 2 + wide))
        }
        138 | 140 => take(4).map(|bytes| (Item::Real(f32::from_bits(word(bytes, true))), 5)),
        139 => take(4).map(|bytes| (Item::Real(f32::from_bits(word(bytes, false))), 5)),
        141 => take(1).map(|bytes| (Item::Bool(bytes[0] != 0), 2)),
        142 => counted(rest, rest.first().map(|len| usize::from(*len)), 1),
        143 | 144 => {
            let len = take(2).map(|bytes| usize::from(half(bytes, kind == 143).cast_unsigned()));
            counted(rest, len, 2)
        }
        145 | 146 => match take(1) {
            Some(bytes) => {
                let name = system_name(usize::from(bytes[0]))?;
                Some((Item::Name(name, kind == 146), 2))
            }
            None => None,
        },
        149 => return homogeneous(rest),
        _ => return Err(Error::Syntax),
    })
}

fn counted(rest: &[u8], len: Option<usize>, lead: usize) -> Option<(Item, usize)> {
    let len = len?;
    let text = rest.get(lead..lead + len)?;
    Some((Item::String(text.to_vec(), false), 1 + lead + len))
}

fn system_name(index: usize) -> Result<Vec<u8>, Error> {
    match SYSTEM_NAMES.get(index) {
        Some(name) if !name.is_empty() => Ok(name.as_bytes().to_vec()),
        _ => Err(Error::Undefined),
    }
}

fn word(bytes: &[u8], high_first: bool) -> u32 {
    let bytes = <[u8; 4]>::try_from(&bytes[..4]).unwrap_or_default();
    if high_first {
        u32::from_be_bytes(bytes)
    } else {
        u32::from_le_bytes(bytes)
    }
}

fn half(bytes: &[u8], high_first: bool) -> i16 {
    let bytes = <[u8; 2]>::try_from(&bytes[..2]).unwrap_or_default();
    if high_first {
        i16::from_be_bytes(bytes)
    } else {
        i16::from_le_bytes(bytes)
    }
}

/// An array of numbers of one form. *Source*: PLRM, section 3.14.5.
fn homogeneous(rest: &[u8]) -> Result<Option<(Item, usize)>, Error> {
    let Some(head) = rest.get(..3) else {
        return Ok(None);
    };
    let high_first = head[0] < 128;
    let form = head[0] & 0x7f;
    let count = usize::from(half(&head[1..], high_first).cast_unsigned());
    let wide = match form {
        0..=31 | 48 | 49 => 4,
        32..=47 => 2,
        _ => return Err(Error::Syntax),
    };
    let Some(data) = rest.get(3..3 + count * wide) else {
        return Ok(None);
    };
    let items = data
        .chunks_exact(wide)
        .map(|bytes| match form {
            0 => Item::Int(word(bytes, high_first).cast_signed()),
            32 => Item::Int(i32::from(half(bytes, high_first))),
            1..=31 => {
                let raw = f64::from(word(bytes, high_first).cast_signed());
                Item::Real((raw / 2f64.powi(i32::from(form))) as f32)
            }
            33..=47 => {
                let raw = f64::from(half(bytes, high_first));
                Item::Real((raw / 2f64.powi(i32::from(form) - 32)) as f32)
            }
            _ => Item::Real(f32::from_bits(word(bytes, high_first || form == 49))),
        })
        .collect();
    Ok(Some((Item::Array(items, false), 4 + count * wide)))
}

/// A binary object sequence: objects of eight bytes, then what they refer to.
/// *Source*: PLRM, section 3.14.6.
fn objects(input: &[u8], high_first: bool) -> Result<Option<(Item, usize)>, Error> {
    let Some(head) = input.get(..8) else {
        return Ok(None);
    };
    let unsigned = |bytes: &[u8]| usize::from(half(bytes, high_first).cast_unsigned());
    let (count, len, start) = if head[1] == 0 {
        let len = usize::try_from(word(&head[4..], high_first)).unwrap_or(usize::MAX);
        (unsigned(&head[2..]), len, 8)
    } else {
        (usize::from(head[1]), unsigned(&head[2..]), 4)
    };
    let Some(body) = input.get(start..len.max(start)) else {
        return Ok(None);
    };
    let mut reader = Sequence {
        body,
        high_first,
        left: MAX_ITEMS,
    };
    let items = reader.array(0, count, 0)?;
    Ok(Some((Item::Array(items, true), len.max(start))))
}

struct Sequence<'b> {
    body: &'b [u8],
    high_first: bool,
    left: usize,
}

impl Sequence<'_> {
    fn array(&mut self, at: usize, count: usize, depth: usize) -> Result<Vec<Item>, Error> {
        if depth > MAX_DEPTH {
            return Err(Error::Syntax);
        }
        self.left = self.left.checked_sub(count).ok_or(Error::LimitCheck)?;
        (0..count)
            .map(|index| {
                let from = at.saturating_add(index * 8);
                let object = self.body.get(from..from.saturating_add(8));
                self.object(object.ok_or(Error::Syntax)?, depth)
            })
            .collect()
    }

    fn object(&mut self, object: &[u8], depth: usize) -> Result<Item, Error> {
        let runs = object[0] & 0x80 != 0;
        let len = half(&object[2..], self.high_first);
        let value = word(&object[4..], self.high_first);
        let at = usize::try_from(value).unwrap_or(usize::MAX);
        Ok(match object[0] & 0x7f {
            0 => Item::Null,
            1 => Item::Int(value.cast_signed()),
            2 if len == 0 => Item::Real(f32::from_bits(value)),
            2 => {
                let raw = f64::from(value.cast_signed());
                Item::Real((raw / 2f64.powi(i32::from(len))) as f32)
            }
            kind @ (3 | 6) => {
                let text = match len {
                    0 if kind == 3 => Vec::new(),
                    -1 => system_name(at)?,
                    _ => self.text(at, len)?,
                };
                if kind == 3 {
                    Item::Name(text, runs)
                } else {
                    Item::Immediate(text)
                }
            }
            4 => Item::Bool(value != 0),
            5 => Item::String(self.text(at, len)?, runs),
            9 => {
                let count = usize::from(len.cast_unsigned());
                Item::Array(self.array(at, count, depth + 1)?, runs)
            }
            10 => Item::Mark,
            _ => return Err(Error::Syntax),
        })
    }

    fn text(&self, at: usize, len: i16) -> Result<Vec<u8>, Error> {
        let end = at.saturating_add(usize::from(len.cast_unsigned()));
        let text = self.body.get(at..end).ok_or(Error::Syntax)?;
        Ok(text.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(input: &[u8], item: Item) {
        assert_eq!(sequence(input), Ok(Some((item, input.len()))));
        assert_eq!(sequence(&input[..input.len() - 1]), Ok(None));
    }

    #[test]
    fn numbers_and_strings_are_read() {
        check(&[132, 0, 0, 1, 0], Item::Int(256));
        check(&[135, 0xff, 0xff], Item::Int(-1));
        check(&[136, 0xfe], Item::Int(-2));
        check(&[137, 33, 0, 3], Item::Real(1.5));
        check(&[141, 1], Item::Bool(true));
        check(&[142, 2, b'h', b'i'], Item::String(b"hi".to_vec(), false));
        check(
            &[149, 32, 0, 2, 0, 1, 0, 2],
            Item::Array(vec![Item::Int(1), Item::Int(2)], false),
        );
    }

    #[test]
    fn a_sequence_holds_objects_and_what_they_refer_to() {
        let mut input = vec![128, 2, 0, 22];
        input.extend([1, 0, 0, 0, 0, 0, 0, 7]);
        input.extend([0x83, 0, 0, 2, 0, 0, 0, 16]);
        input.extend(b"hi");
        let items = vec![Item::Int(7), Item::Name(b"hi".to_vec(), true)];
        check(&input, Item::Array(items, true));
    }

    proptest! {
        #[test]
        fn no_bytes_upset_binary_tokens(kind in 128u8..160, rest in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut input = vec![kind];
            input.extend(rest);
            if let Ok(Some((_, used))) = sequence(&input) {
                prop_assert!(used <= input.len());
            }
        }
    }
}
