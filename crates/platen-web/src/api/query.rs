//! Reads the parameters of an address; takes none that nobody described.

use uuid::Uuid;

use super::fields::{Fault, LONGEST, as_id, check_text};
use super::listing::From;
use super::problem::Problem;

/// Rows in a page where nobody says how many, and at most.
const ROWS: (u32, u32) = (50, 200);

/// Characters of a cursor at most.
const LONGEST_CURSOR: usize = 4096;

/// Parameters that are being read.
pub(crate) struct Query {
    given: Vec<(String, String)>,
    faults: Vec<Fault>,
}

impl Query {
    /// Starts with the part of an address after `?`.
    pub(crate) fn new(query: Option<&str>) -> Self {
        let query = query.unwrap_or_default();
        let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned();
        Self {
            given: pairs.collect(),
            faults: Vec::new(),
        }
    }

    fn take(&mut self, name: &str) -> Option<String> {
        let place = self.given.iter().position(|(given, _)| given == name)?;
        Some(self.given.swap_remove(place).1)
    }

    fn read<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let value = self.take(name)?;
        match read(&value) {
            Ok(value) => Some(value),
            Err(detail) => {
                self.faults.push(Fault::of(name, detail));
                None
            }
        }
    }

    /// A text of the usual length.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.read(name, |text| {
            check_text(text, LONGEST)?;
            Ok(text.to_owned())
        })
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&mut self, name: &str) -> Option<bool> {
        self.read(name, |text| match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("This must be true or false.".to_owned()),
        })
    }

    /// A UUID.
    pub(crate) fn id(&mut self, name: &str) -> Option<Uuid> {
        self.read(name, |text| {
            as_id(text).ok_or_else(|| "This must be a UUID.".to_owned())
        })
    }

    /// One of these words.
    pub(crate) fn one_of<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        self.read(name, |text| {
            let found = words.iter().find(|(word, _)| *word == text);
            found.map(|(_, value)| *value).ok_or_else(|| {
                let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                format!("This must be {}.", words.join(" or "))
            })
        })
    }

    /// How many rows are asked for.
    pub(crate) fn limit(&mut self) -> u32 {
        let (usual, most) = ROWS;
        let read = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let number = digits.then(|| text.parse().ok()).flatten();
            number
                .filter(|number| (1..=most).contains(number))
                .ok_or_else(|| format!("This must be a whole number from 1 to {most}."))
        };
        self.read("limit", read).unwrap_or(usual)
    }

    /// Where the page begins.
    pub(crate) fn cursor(&mut self) -> Option<String> {
        self.read("cursor", |text| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if text.is_empty() || text.len() > LONGEST_CURSOR || !text.bytes().all(fits) {
                return Err(
                    "This must be “next” of the page before; it is left out for the first page."
                        .to_owned(),
                );
            }
            Ok(text.to_owned())
        })
    }

    /// Which part of a list is asked for.
    pub(crate) fn from(&mut self) -> From {
        From {
            cursor: self.cursor(),
            limit: self.limit(),
        }
    }

    /// Ends the reading.
    ///
    /// *Errors*: everything that was wrong, parameters that nobody asked for
    /// and such that came twice included.
    pub(crate) fn finish(mut self) -> Result<(), Problem> {
        for (name, _) in self.given {
            let shown: String = name.chars().take(100).collect();
            self.faults.push(Fault::of(
                shown,
                "There is no such parameter, or it comes twice.",
            ));
        }
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Problem::invalid(self.faults))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_and_what_is_left_is_refused() {
        let mut query = Query::new(Some("search=a%20b&archived=true&limit=7"));
        assert_eq!(query.text("search").as_deref(), Some("a b"));
        assert_eq!(query.boolean("archived"), Some(true));
        assert_eq!(query.limit(), 7);
        assert!(query.finish().is_ok());
        for wrong in [
            "limit=0",
            "limit=201",
            "limit=+1",
            "limit=x",
            "archived=1",
            "id=1",
            "search=",
            "search=%00",
            "cursor=",
            "other=1",
            "archived=true&archived=true",
            "kind=x",
        ] {
            let mut query = Query::new(Some(wrong));
            query.text("search");
            query.boolean("archived");
            query.id("id");
            query.limit();
            query.cursor();
            query.one_of("kind", &[("a", 1)]);
            assert!(query.finish().is_err(), "{wrong}");
        }
    }
}
