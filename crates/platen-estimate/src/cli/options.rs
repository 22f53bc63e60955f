//! Options as `lp -o` takes them: `name=value`, several with spaces between,
//! values in quotes or braces, a name alone for *true* and with `no` before it
//! for *false*.
//!
//! *Source*: lp(1) and the option strings of CUPS 2.4, measured.

use std::iter::Peekable;
use std::str::Chars;

/// Splits an option string into names and values.
pub fn parse_options(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut rest = text.chars().peekable();
    loop {
        while rest
            .next_if(|character| character.is_whitespace())
            .is_some()
        {}
        let mut name = String::new();
        while let Some(character) =
            rest.next_if(|character| !character.is_whitespace() && *character != '=')
        {
            name.push(character);
        }
        let has_value = rest.next_if_eq(&'=').is_some();
        match (name.is_empty(), has_value) {
            (true, false) => return pairs,
            // A value without a name.
            (true, true) => drop(value(&mut rest)),
            (false, true) => pairs.push((name, value(&mut rest))),
            (false, false) => pairs.push(switch(name)),
        }
    }
}

/// `-o` words for a program that reads them with [`parse_options`].
pub(crate) fn write_option(name: &str, value: &str) -> String {
    let mut word = format!("{name}=");
    for character in value.chars() {
        if !character.is_alphanumeric() {
            word.push('\\');
        }
        word.push(character);
    }
    word
}

fn switch(name: String) -> (String, String) {
    match name.get(..2) {
        Some(no) if no.eq_ignore_ascii_case("no") && name.len() > 2 => {
            (name[2..].to_owned(), "false".to_owned())
        }
        _ => (name, "true".to_owned()),
    }
}

/// A value up to the next space outside quotes and braces.
fn value(rest: &mut Peekable<Chars<'_>>) -> String {
    let mut value = String::new();
    let mut quote = None;
    let mut braces = 0usize;
    while let Some(character) =
        rest.next_if(|character| quote.is_some() || braces > 0 || !character.is_whitespace())
    {
        match character {
            '\\' => value.extend(rest.next()),
            '\'' | '"' if quote.is_none() => quote = Some(character),
            _ if quote == Some(character) => quote = None,
            _ => {
                match character {
                    '{' if quote.is_none() => braces += 1,
                    '}' if quote.is_none() => braces = braces.saturating_sub(1),
                    _ => {}
                }
                value.push(character);
            }
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(parse_options(text), expected);
    }

    #[test]
    fn options_are_split_as_cups_splits_them() {
        check("", &[]);
        check("copies=2", &[("copies", "2")]);
        check(
            "  sides=one-sided\tnumber-up=2 ",
            &[("sides", "one-sided"), ("number-up", "2")],
        );
        check(
            "fit-to-page nolandscape",
            &[("fit-to-page", "true"), ("landscape", "false")],
        );
        check(
            "page-label='Top secret' a=\"it's\" b=x\\ y",
            &[("page-label", "Top secret"), ("a", "it's"), ("b", "x y")],
        );
        check(
            "media-col={media-size={x-dimension=1 y-dimension=2}} copies=1",
            &[
                ("media-col", "{media-size={x-dimension=1 y-dimension=2}}"),
                ("copies", "1"),
            ],
        );
        check(
            "page-ranges= =x copies=1",
            &[("page-ranges", ""), ("copies", "1")],
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(value in any::<String>()) {
            let word = write_option("name", &value);
            prop_assert_eq!(parse_options(&word), [("name".to_owned(), value)]);
        }

        #[test]
        fn no_text_upsets_the_reader(text in any::<String>()) {
            let _ = parse_options(&text);
        }
    }
}
