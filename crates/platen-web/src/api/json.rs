//! JSON as it was written: numbers stay text, so that points are never a float.
//!
//! *Source*: RFC 8259; of two members with one name neither is believed.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Objects and lists within each other at most; each level is read once more.
const DEEPEST: usize = 8;

/// A value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// Its text, such as `-7.50` or `1e3`.
    Number(String),
    Text(String),
    List(Vec<Self>),
    /// In the order of the text; no name comes twice.
    Object(Vec<(String, Self)>),
}

/// Why a text is no JSON that is taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JsonError {
    #[error("The body is not JSON: {0}.")]
    Syntax(String),
    #[error("The body is nested more than {DEEPEST} levels deep.")]
    TooDeep,
    #[error("The body is not UTF-8.")]
    NotText,
}

impl Json {
    /// Reads one value and nothing after it.
    ///
    /// *Errors*: no JSON, no UTF-8, too deep, a member twice.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, JsonError> {
        let text = std::str::from_utf8(bytes).map_err(|_| JsonError::NotText)?;
        let whole: &RawValue = parse(text)?;
        read(whole.get(), 0)
    }

    /// What it is, as people say.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

fn parse<'text, T: Deserialize<'text>>(text: &'text str) -> Result<T, JsonError> {
    serde_json::from_str(text).map_err(|error| JsonError::Syntax(error.to_string()))
}

fn read(text: &str, depth: usize) -> Result<Json, JsonError> {
    let text = text.trim_start();
    let inner = |raw: &RawValue| read(raw.get(), depth + 1);
    let nested = text.starts_with(['{', '[']);
    if nested && depth == DEEPEST {
        return Err(JsonError::TooDeep);
    }
    Ok(match text.as_bytes().first() {
        Some(b'{') => {
            let members: Members<'_> = parse(text)?;
            let read = |(name, raw): (String, &RawValue)| Ok((name, inner(raw)?));
            let members: Result<_, JsonError> = members.0.into_iter().map(read).collect();
            Json::Object(members?)
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = parse(text)?;
            let items: Result<_, JsonError> = items.into_iter().map(inner).collect();
            Json::List(items?)
        }
        Some(b'"') => Json::Text(parse(text)?),
        Some(b't' | b'f') => Json::Bool(parse(text)?),
        Some(b'n') => Json::Null,
        _ => Json::Number(text.trim_end().to_owned()),
    })
}

/// The members of an object in their order.
struct Members<'text>(Vec<(String, &'text RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut names = std::collections::HashSet::new();
                let mut members = Vec::new();
                while let Some((name, raw)) = map.next_entry::<String, &RawValue>()? {
                    if !names.insert(name.clone()) {
                        return Err(A::Error::custom("a name comes twice in one object"));
                    }
                    members.push((name, raw));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Json {
        Json::Number(text.to_owned())
    }

    #[test]
    fn numbers_keep_the_text_they_were_written_with() {
        let read = Json::read(b" {\"a\": 92233720368547758.07 , \"b\":[-1.50, 1e3]} ").unwrap();
        let expected = Json::Object(vec![
            ("a".to_owned(), number("92233720368547758.07")),
            (
                "b".to_owned(),
                Json::List(vec![number("-1.50"), number("1e3")]),
            ),
        ]);
        assert_eq!(read, expected);
    }

    #[test]
    fn what_is_no_json_is_refused_with_a_reason() {
        for (body, expected) in [
            (&b""[..], "not JSON"),
            (b"{", "not JSON"),
            (b"{}{}", "not JSON"),
            (b"{\"a\":1,\"a\":2}", "comes twice"),
            (b"{\"a\":1,\"\\u0061\":2}", "comes twice"),
            (b"{\"a\":{\"b\":1,\"b\":1}}", "comes twice"),
            (b"{\"a\":\"\\ud800\"}", "not JSON"),
            (b"{\"a\":01}", "not JSON"),
            (b"{\"a\":NaN}", "not JSON"),
            (b"{'a':1}", "not JSON"),
            (b"\xff", "not UTF-8"),
            (b"{\"a\":\"\xc3\x28\"}", "not UTF-8"),
        ] {
            let error = Json::read(body).unwrap_err().to_string();
            assert!(error.contains(expected), "{body:?}: {error}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_whatever_its_size() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::read(nested(DEEPEST).as_bytes()).is_ok());
        for depth in [DEEPEST + 1, 127, 128, 200_000] {
            let read = Json::read(nested(depth).as_bytes());
            assert_eq!(read, Err(JsonError::TooDeep), "{depth}");
        }
    }
}
