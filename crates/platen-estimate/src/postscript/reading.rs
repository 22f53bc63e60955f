//! Tokens to objects: procedures are gathered, immediate names looked up.
//! *Source*: PLRM, section 3.2.

use super::binary::{Item, sequence};
use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Slice, Value};
use super::scanner::{Style, Token, scan};

/// Procedures within procedures.
const MAX_DEPTH: usize = 128;

/// A token, as far as it is an object already.
enum Read {
    End,
    Object(Object),
    Open,
    Close,
}

/// Procedures that are being gathered.
#[derive(Default)]
struct Gathered(Vec<Vec<Object>>);

impl Interpreter<'_> {
    /// Reads the next object of a file; none at its end.
    pub(super) fn read_object(&mut self, id: u32) -> Done<Option<Object>> {
        let mut open = Gathered::default();
        loop {
            let read = self.read_file_token(id)?;
            if let Some(object) = self.gather(read, &mut open)? {
                return Ok(object);
            }
        }
    }

    /// Reads the first object of a string, and how much of it that takes.
    pub(super) fn read_from_string(&mut self, text: Slice) -> Done<(Option<Object>, usize)> {
        let mut open = Gathered::default();
        let mut used = 0;
        loop {
            let part = self.memory.string(text.skip(used)).to_vec();
            let (read, taken) = self.object_of(scan(&part, true)?, &part, true)?;
            used += taken;
            if let Some(object) = self.gather(read, &mut open)? {
                return Ok((object, used));
            }
        }
    }

    fn gather(&mut self, read: Read, open: &mut Gathered) -> Done<Option<Option<Object>>> {
        let object = match read {
            Read::End if open.0.is_empty() => return Ok(Some(None)),
            Read::End => return Err(Error::Syntax.into()),
            Read::Open => {
                if open.0.len() >= MAX_DEPTH {
                    return Err(Error::LimitCheck.into());
                }
                open.0.push(Vec::new());
                return Ok(None);
            }
            Read::Close => {
                let items = open.0.pop().ok_or(Error::Syntax)?;
                Object::executable(Value::Array(self.memory.add_array(items)?))
            }
            Read::Object(object) => object,
        };
        match open.0.last_mut() {
            Some(items) => {
                items.push(object);
                if items.len() % 4096 == 0 {
                    let held = items.len() * size_of::<Object>();
                    self.memory.fits(held)?;
                    self.tick_many(4096)?;
                }
                Ok(None)
            }
            None => Ok(Some(Some(object))),
        }
    }

    fn read_file_token(&mut self, id: u32) -> Done<Read> {
        if id == super::files::DOCUMENT {
            let at = self.files.document_at();
            let document: &[u8] = self.files.document;
            let rest = document.get(at..).unwrap_or_default();
            let scanned = scan(rest, true);
            let (read, used) = self.object_of(scanned?, rest, true)?;
            self.files.advance(id, used);
            return Ok(read);
        }
        let mut whole = self.files.is_ended(id);
        let mut looked = 0;
        loop {
            // A token is not looked at again before twice as much is there.
            let held = self.files.held(id);
            if held.len() >= looked || whole {
                looked = held.len() * 2;
                let part = held.get(..held.len().min(1 << 12)).unwrap_or(held).to_vec();
                let cut = part.len() < held.len();
                let (read, used) = match scan(&part, whole && !cut)? {
                    (Token::Incomplete, _) if cut => {
                        let all = held.to_vec();
                        self.object_of(scan(&all, whole)?, &all, whole)?
                    }
                    scanned => self.object_of(scanned, &part, whole && !cut)?,
                };
                if used > 0 || whole {
                    self.files.advance(id, used);
                    return Ok(read);
                }
            }
            whole = !self.more(id)?;
        }
    }

    /// What a token is. Nothing is used where the token isn't whole yet.
    fn object_of(
        &mut self,
        (token, used): (Token<'_>, usize),
        input: &[u8],
        whole: bool,
    ) -> Done<(Read, usize)> {
        let object = match token {
            Token::End | Token::Incomplete => return Ok((Read::End, used)),
            Token::Open => return Ok((Read::Open, used)),
            Token::Close => return Ok((Read::Close, used)),
            Token::Int(value) => Object::int(value),
            Token::Real(value) => Object::literal(Value::Real(value)),
            Token::String(text) => Object::literal(Value::String(self.memory.add_string(text)?)),
            Token::Name(text, style) => {
                let name = self.names.intern(text);
                let object = Object {
                    value: Value::Name(name),
                    runs: style == Style::Executable,
                };
                if style == Style::Immediate {
                    match self.lookup(name) {
                        Some(value) => value,
                        None => {
                            self.set_offender(object);
                            return Err(Error::Undefined.into());
                        }
                    }
                } else {
                    object
                }
            }
            Token::Binary => {
                let Some((item, taken)) = sequence(&input[used..])? else {
                    return if whole {
                        Err(Error::Syntax.into())
                    } else {
                        Ok((Read::End, 0))
                    };
                };
                return Ok((Read::Object(self.object_from(item)?), used + taken));
            }
        };
        Ok((Read::Object(object), used))
    }

    fn object_from(&mut self, item: Item) -> Done<Object> {
        self.tick()?;
        Ok(match item {
            Item::Null => Object::NULL,
            Item::Mark => Object::MARK,
            Item::Int(value) => Object::int(value),
            Item::Real(value) => Object::literal(Value::Real(value)),
            Item::Bool(value) => Object::bool(value),
            Item::String(text, runs) => Object {
                value: Value::String(self.memory.add_string(text)?),
                runs,
            },
            Item::Name(text, runs) => Object {
                value: Value::Name(self.names.intern(&text)),
                runs,
            },
            Item::Immediate(text) => {
                let name = self.names.intern(&text);
                self.lookup(name).ok_or(Error::Undefined)?
            }
            Item::Array(items, runs) => {
                let mut objects = Vec::with_capacity(items.len().min(1 << 16));
                for item in items {
                    objects.push(self.object_from(item)?);
                }
                Object {
                    value: Value::Array(self.memory.add_array(objects)?),
                    runs,
                }
            }
        })
    }
}
