//! PCL 5 as a sequence of text, control codes and escape sequences.
//!
//! A parameterised sequence may be combined: all but its last terminator are
//! in lower case, and the rest share its first two characters. Some carry
//! bytes behind them, which are never looked at for commands.
//! *Source*: PCL 5 Technical Reference, chapter 2.

use crate::pjl::EXIT;

const ESCAPE: u8 = 0x1b;

/// One piece of a stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Token<'d> {
    /// Characters to print.
    Text(&'d [u8]),
    /// A control code.
    Control(u8),
    /// Escape and one character.
    Simple(u8),
    Command(Command<'d>),
    /// The way out to the job language.
    Exit,
}

/// A parameterised escape sequence, or one part of a combined one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Command<'d> {
    /// What kind it is: its first characters and the terminator in capitals,
    /// as in `&lA`; a space where it has no second character.
    pub(crate) name: [u8; 3],
    pub(crate) value: Value,
    /// The bytes that it carries.
    pub(crate) data: &'d [u8],
}

/// The number of a sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Value {
    pub(crate) number: f64,
    /// It had a sign: a position is relative.
    pub(crate) signed: bool,
}

impl Value {
    pub(crate) fn whole(self) -> i64 {
        self.number as i64
    }
}

/// Splits a stream into its pieces.
#[derive(Clone, Debug)]
pub(crate) struct Scanner<'d> {
    data: &'d [u8],
    at: usize,
    /// Where the last sequence began, combined ones as a whole.
    began: usize,
    /// The first two characters of a combined sequence that goes on.
    open: Option<[u8; 2]>,
}

impl<'d> Scanner<'d> {
    pub(crate) const fn new(data: &'d [u8]) -> Self {
        Self {
            data,
            at: 0,
            began: 0,
            open: None,
        }
    }

    /// Bytes read.
    pub(crate) const fn position(&self) -> usize {
        self.at
    }

    /// Where the escape sequence read last began.
    pub(crate) const fn sequence_start(&self) -> usize {
        self.began
    }

    /// All up to the next escape, whatever it is.
    pub(crate) fn raw(&mut self) -> &'d [u8] {
        let rest = &self.data[self.at..];
        let end = rest.iter().position(|byte| *byte == ESCAPE);
        let raw = &rest[..end.unwrap_or(rest.len())];
        self.at += raw.len();
        raw
    }

    pub(crate) fn next(&mut self) -> Option<Token<'d>> {
        if let Some(prefix) = self.open.take()
            && let Some(command) = self.parameter(prefix)
        {
            return Some(Token::Command(command));
        }
        let first = *self.data.get(self.at)?;
        if first == ESCAPE {
            return Some(self.escape());
        }
        if first < b' ' {
            self.at += 1;
            return Some(Token::Control(first));
        }
        let rest = &self.data[self.at..];
        let end = rest.iter().position(|byte| *byte < b' ');
        let text = &rest[..end.unwrap_or(rest.len())];
        self.at += text.len();
        Some(Token::Text(text))
    }

    fn escape(&mut self) -> Token<'d> {
        self.began = self.at;
        if self.data[self.at..].starts_with(EXIT) {
            self.at += EXIT.len();
            return Token::Exit;
        }
        self.at += 1;
        let Some(class) = self.data.get(self.at).copied() else {
            return Token::Control(ESCAPE);
        };
        if !(b'!'..=b'/').contains(&class) {
            // Escape before a control code means nothing; the code stands.
            if class >= b'0' {
                self.at += 1;
                return Token::Simple(class);
            }
            return Token::Control(ESCAPE);
        }
        self.at += 1;
        let group = match self.data.get(self.at) {
            Some(group @ 0x60..=0x7e) => {
                self.at += 1;
                *group
            }
            _ => b' ',
        };
        match self.parameter([class, group]) {
            Some(command) => Token::Command(command),
            None => Token::Control(ESCAPE),
        }
    }

    /// A number, its terminator, and what it carries.
    fn parameter(&mut self, prefix: [u8; 2]) -> Option<Command<'d>> {
        let value = self.value();
        let end = *self.data.get(self.at)?;
        let name = match end {
            b'@'..=b'^' => end,
            0x60..=0x7e => end - 0x20,
            // Not a sequence: what follows is read anew.
            _ => return None,
        };
        self.at += 1;
        if end != name {
            self.open = Some(prefix);
        }
        let name = [prefix[0], prefix[1], name];
        let data = if carries_data(name) {
            let length = usize::try_from(value.whole()).unwrap_or(0);
            let rest = &self.data[self.at..];
            let data = &rest[..length.min(rest.len())];
            self.at += data.len();
            data
        } else {
            &[]
        };
        if name[..2] == *b"*b" && self.row_follows(name[2] == b'Y') {
            self.open = Some(prefix);
        }
        Some(Command { name, value, data })
    }

    /// Whether a plane's or row's length follows, as some drivers for DeskJets
    /// go on although the sequence before was ended by a capital; after rows
    /// that were skipped, where no text can stand, an empty one too.
    fn row_follows(&self, empty_too: bool) -> bool {
        let rest = self.data.get(self.at..).unwrap_or_default();
        let digits = rest.iter().take(6).take_while(|byte| byte.is_ascii_digit());
        let digits = digits.count();
        (digits > 0 || empty_too) && matches!(rest.get(digits), Some(b'v' | b'w' | b'V' | b'W'))
    }

    fn value(&mut self) -> Value {
        let mut value = Value::default();
        let mut negative = false;
        let mut scale = 0.0;
        while let Some(byte) = self.data.get(self.at) {
            match byte {
                b'+' | b'-' => {
                    value.signed = true;
                    negative = *byte == b'-';
                }
                b'0'..=b'9' => {
                    let digit = f64::from(byte - b'0');
                    if scale == 0.0 {
                        value.number = (value.number * 10.0 + digit).min(1e15);
                    } else {
                        value.number += digit * scale;
                        scale *= 0.1;
                    }
                }
                b'.' => scale = 0.1,
                b' ' => {}
                _ => break,
            }
            self.at += 1;
        }
        if negative {
            value.number = -value.number;
        }
        value
    }
}

/// Sequences whose number is that of the bytes behind them.
const fn carries_data(name: [u8; 3]) -> bool {
    matches!(name, [_, _, b'W'] | [b'*', b'b', b'V'] | [b'&', b'p', b'X'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(stream: &[u8]) -> Vec<String> {
        let mut scanner = Scanner::new(stream);
        let mut names = Vec::new();
        while let Some(token) = scanner.next() {
            names.push(match token {
                Token::Text(text) => String::from_utf8_lossy(text).into_owned(),
                Token::Control(code) => format!("^{code}"),
                Token::Simple(code) => format!("ESC {}", char::from(code)),
                Token::Exit => "exit".into(),
                Token::Command(command) => format!(
                    "{} {}{}",
                    String::from_utf8_lossy(&command.name),
                    command.value.number,
                    if command.value.signed { "s" } else { "" }
                ),
            });
        }
        names
    }

    #[test]
    fn combined_sequences_share_their_first_characters() {
        assert_eq!(
            names(b"\x1bE\x1b&l2a1x0O\x1b*p+50x-1.5Yab\x0c\x1b%-12345X"),
            [
                "ESC E",
                "&lA 2",
                "&lX 1",
                "&lO 0",
                "*pX 50s",
                "*pY -1.5s",
                "ab",
                "^12",
                "exit"
            ]
        );
    }

    #[test]
    fn data_is_never_read_as_commands() {
        assert_eq!(
            names(b"\x1b*b3W\x1bE\x0c\x1b*b2v\x1bE1W\x0cx\x1b&p2X\x1bE"),
            ["*bW 3", "*bV 2", "*bW 1", "x", "&pX 2"]
        );
    }

    #[test]
    fn rows_may_go_on_after_a_capital() {
        assert_eq!(
            names(b"\x1b*b5Yv2vab1wc\x1b*b0V3Wabc5 text"),
            [
                "*bY 5", "*bV 0", "*bV 2", "*bW 1", "*bV 0", "*bW 3", "5 text"
            ]
        );
    }

    #[test]
    fn lengths_that_lie_end_with_the_stream() {
        for length in ["99999999999999999999", "32767", "-5", "4"] {
            let stream = format!("\x1b*b{length}Wabc");
            assert!(names(stream.as_bytes()).len() <= 2, "{length}");
        }
    }

    #[test]
    fn a_broken_sequence_loses_nothing_that_follows() {
        assert_eq!(names(b"\x1b&l\x1bE"), ["^27", "ESC E"]);
        assert_eq!(names(b"\x1b\x0c"), ["^27", "^12"]);
    }

    proptest! {
        #[test]
        fn no_bytes_upset_it(stream in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut scanner = Scanner::new(&stream);
            let mut pieces = 0;
            while scanner.next().is_some() {
                pieces += 1;
                prop_assert!(pieces <= stream.len());
            }
            prop_assert_eq!(scanner.position(), stream.len());
        }
    }
}
