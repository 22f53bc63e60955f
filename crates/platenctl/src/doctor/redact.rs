//! Takes out of a text what says who somebody is.

use std::net::{IpAddr, SocketAddr};

/// Stands where a person's or a document's name was.
const NAME: &str = "‹name›";
const MAIL: &str = "‹mail›";
const ADDRESS: &str = "‹address›";
/// Stands where something secret was.
pub(super) const HIDDEN: &str = "‹hidden›";

/// Knows what to take out.
#[derive(Debug)]
pub(super) struct Redactor {
    /// Words, and what stands in their place, the longest first.
    words: Vec<(String, &'static str)>,
}

impl Redactor {
    /// Takes these out as well, wherever they stand as words of their own.
    pub(super) fn new(words: impl IntoIterator<Item = (String, &'static str)>) -> Self {
        let words = words.into_iter();
        let mut words: Vec<_> = words.filter(|(word, _)| !word.is_empty()).collect();
        words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        Self { words }
    }

    /// `text` without names of people, computers and documents, addresses of mail and of
    /// computers, and passwords in addresses of services.
    pub(super) fn redact(&self, text: &str) -> String {
        let mut text = quotations(text);
        for (word, instead) in &self.words {
            text = replace_word(&text, word, instead);
        }
        tokens(&text)
    }
}

/// What stands in curly quotation marks is a document's or an account's name.
fn quotations(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // English ones are “so”, German ones „so“.
    while let Some(at) = rest.find(['“', '„']) {
        let (before, after) = rest.split_at(at);
        let mark = if after.starts_with('„') {
            '„'
        } else {
            '“'
        };
        let close = if mark == '„' { '“' } else { '”' };
        out.push_str(before);
        out.push(mark);
        rest = &after[mark.len_utf8()..];
        // One that does not end is as good a name as any.
        let end = rest.find([close, '\n']).unwrap_or(rest.len());
        if end > 0 {
            out.push_str(NAME);
        }
        let ended = rest[end..].starts_with(close);
        let next = end + if ended { close.len_utf8() } else { 0 };
        out.push_str(&rest[end..next]);
        rest = &rest[next..];
    }
    out + rest
}

fn replace_word(text: &str, word: &str, instead: &str) -> String {
    let is_part = |near: Option<char>| near.is_some_and(|near| near.is_alphanumeric());
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (at, _) in text.match_indices(word) {
        let after = at + word.len();
        if at < done || is_part(text[..at].chars().next_back()) {
            continue;
        }
        if is_part(text[after..].chars().next()) {
            continue;
        }
        out.push_str(&text[done..at]);
        out.push_str(instead);
        done = after;
    }
    out + &text[done..]
}

fn tokens(text: &str) -> String {
    let is_between = |letter: char| letter.is_whitespace() || "\"'`()<>,;={}".contains(letter);
    let mut out = String::with_capacity(text.len());
    for part in text.split_inclusive(is_between) {
        let end = part.trim_end_matches(is_between).len();
        let (token, between) = part.split_at(end);
        out.push_str(&token_without(token));
        out.push_str(between);
    }
    out
}

fn token_without(token: &str) -> String {
    if let Some((scheme, rest)) = token.split_once("://") {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let host = match authority.rsplit_once('@') {
            Some((_, host)) => format!("{HIDDEN}@{}", host_without(host)),
            None => host_without(authority),
        };
        return format!("{scheme}://{host}{path}");
    }
    if token.contains('@') {
        return MAIL.to_owned();
    }
    host_without(token)
}

/// A computer's number is hidden, its name is the site's.
fn host_without(host: &str) -> String {
    let bare = host.trim_matches(['[', ']', '.', ':']);
    let is_number = |text: &str| text.parse::<IpAddr>().is_ok();
    if is_number(host) || is_number(bare) || host.parse::<SocketAddr>().is_ok() {
        return ADDRESS.to_owned();
    }
    host.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        Redactor::new([
            ("ana".to_owned(), "‹user›"),
            ("/srv/ana".to_owned(), "‹home›"),
            ("Ana Müller".to_owned(), NAME),
            (String::new(), "never"),
        ])
    }

    #[test]
    fn names_go_and_what_only_contains_them_stays() {
        for (text, wanted) in [
            ("answers ana", "answers ‹user›"),
            ("ana’s banana, Ana Müller", "‹user›’s banana, ‹name›"),
            (
                "/srv/ana/.config and /srv/anabel",
                "‹home›/.config and /srv/anabel",
            ),
            ("“My will.pdf” is held", "“‹name›” is held"),
            ("“torn", "“‹name›"),
            (
                "„Mein Testament.pdf“ kostet 3, „b“ 4",
                "„‹name›“ kostet 3, „‹name›“ 4",
            ),
            ("“a”, “b”\n“c\nd”", "“‹name›”, “‹name›”\n“‹name›\nd”"),
            ("from a.b@example.edu: no", "from ‹mail› no"),
            (
                "proxy = \"http://ana:secret@proxy.example.edu:3128/x\"",
                "proxy = \"http://‹hidden›@proxy.example.edu:3128/x\"",
            ),
            ("ipp://192.168.7.9:631/ipp", "ipp://‹address›/ipp"),
            (
                "at 10.0.0.7, [fe80::1]:631 and ::1",
                "at ‹address›, ‹address› and ‹address›",
            ),
            (
                "https://id.example.edu/realms/a",
                "https://id.example.edu/realms/a",
            ),
            ("version 2.4.2 at 12:30:00", "version 2.4.2 at 12:30:00"),
        ] {
            assert_eq!(redactor().redact(text), wanted);
        }
    }

    #[test]
    fn what_was_taken_out_is_nowhere_whatever_stands_around_it() {
        let around = [" ", "\n", "/", ":", "”", "“", "@", "", "=", "«", "‹", "🖨"];
        for before in around {
            for after in around {
                let text = format!("x{before} ana{after}ana {before}");
                let out = redactor().redact(&text);
                let words = out.split(|letter: char| !letter.is_alphanumeric());
                let mut words = words.filter(|word| *word == "ana");
                assert_eq!(words.next(), None, "{text:?} became {out:?}");
            }
        }
    }
}
