//! Where the next page of a list begins. Opaque to programs, so that it may
//! change; it names the last row that was given, so that rows which come or go
//! meanwhile never make another one be left out or come twice.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use platen_ledger::ListPlace;

use super::fields::Fault;
use super::problem::{Kind, Problem};

/// Writes a cursor of the list `list` after the row with this key.
pub(crate) fn write(list: &str, key: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{list}\n{key}"))
}

/// Writes a cursor of the list `list` after the row at this place.
pub(crate) fn write_place(list: &str, place: &ListPlace) -> String {
    // As JSON: either part may hold whatever would keep them apart.
    let place = serde_json::json!([place.0, place.1]);
    write(list, &place.to_string())
}

/// Reads a cursor of the list `list` as a place.
///
/// *Errors*: a text that is none, or one of another list.
pub(crate) fn read_place(list: &str, cursor: &str) -> Result<ListPlace, Problem> {
    let key = read(list, cursor)?;
    serde_json::from_str(&key).map_err(|_| wrong())
}

/// A text that has the form of a cursor, and leads nowhere.
fn wrong() -> Problem {
    let detail = "This is no cursor of this list: take it as “next” gave it.";
    Problem::new(Kind::NotFound, detail).about(Fault::of("cursor", detail))
}

/// Reads a cursor of the list `list`.
///
/// *Errors*: a text that is none, or one of another list.
pub(crate) fn read(list: &str, cursor: &str) -> Result<String, Problem> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    match text.split_once('\n') {
        Some((of, key)) if of == list => Ok(key.to_owned()),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_comes_back_whatever_is_in_it() {
        for place in [("a", "b"), ("a\nb", "c\nd"), ("", ""), ("\"", "\\")] {
            let place = (place.0.to_owned(), place.1.to_owned());
            let cursor = write_place("users", &place);
            assert_eq!(read_place("users", &cursor).unwrap(), place);
        }
        assert!(read_place("users", &write("users", "a\nb")).is_err());
    }

    #[test]
    fn cursor_comes_back_as_its_key_in_its_own_list_alone() {
        let cursor = write("accounts", "Übung\n1");
        assert_eq!(read("accounts", &cursor).unwrap(), "Übung\n1");
        for (list, cursor) in [
            ("users", cursor.as_str()),
            ("accounts", ""),
            ("accounts", "x"),
            ("accounts", "!!!"),
            ("accounts", "_w"),
        ] {
            assert!(read(list, cursor).is_err(), "{list} {cursor}");
        }
    }
}
