//! Characters to tokens. *Source*: PLRM, section 3.2.

use super::filters::Ascii85;
use super::object::Error;
use super::scan_number::number;

/// What a name is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `name`: it runs.
    Executable,
    /// `/name`: it is pushed.
    Literal,
    /// `//name`: what it stands for is pushed, now.
    Immediate,
}

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    /// Nothing more.
    End,
    /// The input ends within a token, and more may follow.
    Incomplete,
    Int(i32),
    Real(f32),
    Name(&'t [u8], Style),
    String(Vec<u8>),
    /// `{`
    Open,
    /// `}`
    Close,
    /// A byte that begins a binary token; it isn't consumed.
    Binary,
}

pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

/// For each byte: whether it goes on with a name or a number.
const REGULAR: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0u8;
    loop {
        table[byte as usize] = !is_space(byte) && !is_delimiter(byte);
        if byte == u8::MAX {
            break;
        }
        byte += 1;
    }
    table
};

/// Reads one token from the front of `input`; gives it, and how many bytes it
/// takes with the one white space that ends it. `whole`: no input follows.
pub(super) fn scan(input: &[u8], whole: bool) -> Result<(Token<'_>, usize), Error> {
    let Some(start) = skip(input) else {
        let used = if whole { input.len() } else { 0 };
        let token = if whole { Token::End } else { Token::Incomplete };
        return Ok((token, used));
    };
    let rest = &input[start..];
    let (token, used) = match rest[0] {
        b'{' => (Token::Open, 1),
        b'}' => (Token::Close, 1),
        b'[' => (Token::Name(b"[", Style::Executable), 1),
        b']' => (Token::Name(b"]", Style::Executable), 1),
        b'(' => text(rest, whole)?,
        b'<' => angle(rest, whole)?,
        b'>' => match rest.get(1) {
            Some(b'>') => (Token::Name(b">>", Style::Executable), 2),
            None if !whole => (Token::Incomplete, 0),
            _ => return Err(Error::Syntax),
        },
        b')' => return Err(Error::Syntax),
        b'/' => {
            let slashes = if rest.get(1) == Some(&b'/') { 2 } else { 1 };
            let style = if slashes == 2 {
                Style::Immediate
            } else {
                Style::Literal
            };
            let (word, used) = regular(rest, slashes, whole);
            match word {
                Some(word) => (Token::Name(word, style), used),
                None => (Token::Incomplete, 0),
            }
        }
        128..=159 => (Token::Binary, 0),
        _ => match regular(rest, 0, whole) {
            (Some(word), used) => (
                match number(word) {
                    Some(token) => token,
                    None => Token::Name(word, Style::Executable),
                },
                used,
            ),
            (None, _) => (Token::Incomplete, 0),
        },
    };
    if token == Token::Incomplete {
        return Ok((token, 0));
    }
    Ok((token, start + used))
}

/// Where the next token begins, past white space and comments.
fn skip(input: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let byte = *input.get(at)?;
        if byte == b'%' {
            at += input[at..]
                .iter()
                .position(|b| matches!(b, b'\n' | b'\r'))?;
        } else if !is_space(byte) {
            return Some(at);
        }
        at += 1;
    }
}

/// A run of regular characters after `from`, and its length with what ends it.
fn regular(input: &[u8], from: usize, whole: bool) -> (Option<&[u8]>, usize) {
    let len = input[from..]
        .iter()
        .position(|byte| !REGULAR[*byte as usize])
        .unwrap_or(input.len() - from);
    let end = from + len;
    let word = Some(&input[from..end]);
    match input.get(end) {
        None if !whole => (None, 0),
        Some(b'\r') => match input.get(end + 1) {
            None if !whole => (None, 0),
            Some(b'\n') => (word, end + 2),
            _ => (word, end + 1),
        },
        Some(byte) if is_space(*byte) => (word, end + 1),
        _ => (word, end),
    }
}

/// `( … )`
fn text(input: &[u8], whole: bool) -> Result<(Token<'_>, usize), Error> {
    let cut = || {
        if whole {
            Err(Error::Syntax)
        } else {
            Ok((Token::Incomplete, 0))
        }
    };
    let mut string = Vec::new();
    let mut depth = 1usize;
    let mut at = 1;
    loop {
        let Some(byte) = input.get(at).copied() else {
            return cut();
        };
        at += 1;
        match byte {
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return Ok((Token::String(string), at));
                }
            }
            b'\r' => {
                at += usize::from(input.get(at) == Some(&b'\n'));
                string.push(b'\n');
                continue;
            }
            b'\\' => {
                let Some((value, used)) = escape(&input[at..]) else {
                    return cut();
                };
                string.extend(value);
                at += used;
                continue;
            }
            _ => {}
        }
        string.push(byte);
    }
}

/// What follows a backslash: the byte it means, and its length.
fn escape(input: &[u8]) -> Option<(Option<u8>, usize)> {
    let byte = *input.first()?;
    Some(match byte {
        b'n' => (Some(b'\n'), 1),
        b'r' => (Some(b'\r'), 1),
        b't' => (Some(b'\t'), 1),
        b'b' => (Some(8), 1),
        b'f' => (Some(12), 1),
        b'\n' => (None, 1),
        b'\r' => (None, 1 + usize::from(input.get(1) == Some(&b'\n'))),
        b'0'..=b'7' => {
            let mut value = 0u8;
            let mut used = 0;
            while let Some(digit @ b'0'..=b'7') = input.get(used)
                && used < 3
            {
                value = value.wrapping_mul(8).wrapping_add(digit - b'0');
                used += 1;
            }
            (Some(value), used)
        }
        other => (Some(other), 1),
    })
}

/// `<< … >>`, `<hex>` and `<~base 85~>`
fn angle(input: &[u8], whole: bool) -> Result<(Token<'_>, usize), Error> {
    let cut = || {
        if whole {
            Err(Error::Syntax)
        } else {
            Ok((Token::Incomplete, 0))
        }
    };
    match input.get(1) {
        None => return cut(),
        Some(b'<') => return Ok((Token::Name(b"<<", Style::Executable), 2)),
        Some(b'~') => {
            let Some(len) = input.windows(2).position(|pair| pair == b"~>") else {
                return cut();
            };
            let mut string = Vec::new();
            let mut groups = Ascii85::default();
            groups.feed(&input[2..len.max(2)], &mut string)?;
            groups.end(&mut string);
            return Ok((Token::String(string), len + 2));
        }
        Some(_) => {}
    }
    let mut string = Vec::new();
    let mut high = None;
    for (at, byte) in input.iter().enumerate().skip(1) {
        let digit = match byte {
            b'>' => {
                string.extend(high.map(|high: u8| high << 4));
                return Ok((Token::String(string), at + 1));
            }
            byte if is_space(*byte) => continue,
            byte => hex_digit(*byte).ok_or(Error::Syntax)?,
        };
        match high.take() {
            Some(high) => string.push(high << 4 | digit),
            None => high = Some(digit),
        }
    }
    cut()
}

pub(super) const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(input: &[u8]) -> Vec<Token<'_>> {
        let mut tokens = Vec::new();
        let mut at = 0;
        loop {
            let (token, used) = scan(&input[at..], true).unwrap();
            at += used;
            if token == Token::End {
                return tokens;
            }
            tokens.push(token);
        }
    }

    #[track_caller]
    fn check(input: &str, tokens: &[Token<'_>]) {
        assert_eq!(all(input.as_bytes()), tokens);
    }

    #[test]
    fn names_and_numbers_are_told_apart() {
        use Style::{Executable, Immediate, Literal};
        check(
            "add /x //y % comment\n12 -7 16#fF 2.5 -.5e1 1.e2 4a",
            &[
                Token::Name(b"add", Executable),
                Token::Name(b"x", Literal),
                Token::Name(b"y", Immediate),
                Token::Int(12),
                Token::Int(-7),
                Token::Int(255),
                Token::Real(2.5),
                Token::Real(-5.0),
                Token::Real(100.0),
                Token::Name(b"4a", Executable),
            ],
        );
        check(
            "{a[",
            &[
                Token::Open,
                Token::Name(b"a", Executable),
                Token::Name(b"[", Executable),
            ],
        );
    }

    #[test]
    fn strings_come_in_three_forms() {
        check(
            r"(a(b)\)\101\n\
c)",
            &[Token::String(b"a(b))A\nc".to_vec())],
        );
        check("<48 656C6c6F7>", &[Token::String(b"Hellop".to_vec())]);
        check("<~87cURDZ~>", &[Token::String(b"Hello".to_vec())]);
    }

    #[test]
    fn one_white_space_belongs_to_the_token_before_it() {
        assert_eq!(scan(b"image \x00", true).unwrap().1, 6);
        assert_eq!(scan(b"image\r\n\x00", true).unwrap().1, 7);
        assert_eq!(scan(b"image(", true).unwrap().1, 5);
    }

    #[test]
    fn a_token_that_may_go_on_is_not_given() {
        for input in ["ima", "(a", "<4", "<", "<~ab", "/", ">", "  ", "12\r"] {
            assert_eq!(
                scan(input.as_bytes(), false),
                Ok((Token::Incomplete, 0)),
                "{input}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_bytes_upset_the_scanner(input in proptest::collection::vec(any::<u8>(), 0..200), whole: bool) {
            let mut at = 0;
            while let Ok((token, used)) = scan(&input[at..], whole) {
                prop_assert!(used <= input.len() - at);
                at += used;
                if used == 0 || token == Token::End {
                    break;
                }
            }
        }
    }
}
