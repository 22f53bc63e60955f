//! Numbers as they are written. *Source*: PLRM, section 3.2.2, "Numbers".

use super::scanner::Token;

/// Reads a run of regular characters as a number; none when it is a name.
pub(super) fn number(word: &[u8]) -> Option<Token<'static>> {
    if !matches!(word.first()?, b'0'..=b'9' | b'+' | b'-' | b'.') {
        return None;
    }
    integer(word).or_else(|| radix(word)).or_else(|| real(word))
}

fn integer(word: &[u8]) -> Option<Token<'static>> {
    let digits = match word {
        [b'-' | b'+', rest @ ..] => rest,
        _ => word,
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut value = 0.0f64;
    for digit in digits {
        value = value * 10.0 + f64::from(digit - b'0');
    }
    if word.first() == Some(&b'-') {
        value = -value;
    }
    Some(whole_or_real(value))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to be within the range; reals have single precision"
)]
fn whole_or_real(value: f64) -> Token<'static> {
    if (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&value) {
        Token::Int(value as i32)
    } else {
        Token::Real(value as f32)
    }
}

/// `base#digits`, an unsigned number of 32 bits.
fn radix(word: &[u8]) -> Option<Token<'static>> {
    let at = word.iter().position(|byte| *byte == b'#')?;
    let base: u32 = std::str::from_utf8(&word[..at]).ok()?.parse().ok()?;
    if !(2..=36).contains(&base) {
        return None;
    }
    let digits = std::str::from_utf8(&word[at + 1..]).ok()?;
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let value = u32::from_str_radix(digits, base).ok()?;
    Some(Token::Int(value.cast_signed()))
}

fn real(word: &[u8]) -> Option<Token<'static>> {
    let mut plain = [0u8; 48];
    let mut len = 0;
    let mut digits = false;
    for byte in word {
        match byte {
            b'0'..=b'9' => digits = true,
            b'.' | b'+' | b'-' => {}
            b'e' | b'E' if digits => {}
            _ => return None,
        }
        // Digits beyond these don't change a real of single precision.
        if len < plain.len() {
            plain[len] = *byte;
            len += 1;
        }
    }
    if !digits {
        return None;
    }
    let value: f32 = std::str::from_utf8(&plain[..len]).ok()?.parse().ok()?;
    value.is_finite().then_some(Token::Real(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_integers_become_real() {
        assert_eq!(number(b"2147483647"), Some(Token::Int(i32::MAX)));
        assert_eq!(number(b"2147483648"), Some(Token::Real(2_147_483_648.0)));
        assert_eq!(number(b"16#FFFFFFFF"), Some(Token::Int(-1)));
    }

    #[test]
    fn what_only_looks_like_a_number_is_a_name() {
        for word in [
            &b"-"[..],
            b"+",
            b".",
            b"1-2",
            b"16#",
            b"1#0",
            b"37#1",
            b"e5",
            b"1.2.3",
            b"inf",
        ] {
            assert_eq!(number(word), None, "{}", String::from_utf8_lossy(word));
        }
    }
}
