//! What a form or the part of an address behind `?` says.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use axum::http::header;
use jiff::civil::Date;
use platen_domain::{Points, PointsError};
use url::form_urlencoded;

use super::stop::Stop;
use crate::words::console::{Fill as _, FrameWords};

/// The largest form is a rates card with a hundred sizes.
const FORM_LIMIT_BYTES: usize = 256 * 1024;

/// Names with values, in their order. What is missing reads as empty: a page
/// says what it needs beside the field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `a=b&c=d`; broken UTF-8 becomes a replacement character.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(bytes).into_owned();
        Self(pairs.collect())
    }

    /// The value of a name, without space around it; empty if there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every value of a name, without space around it.
    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.trim())
    }

    /// The values of a name that are not empty.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        self.all(name)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Whether a box is ticked.
    pub(super) fn is_on(&self, name: &str) -> bool {
        !matches!(self.get(name), "" | "no" | "off" | "false")
    }

    /// A whole number; zero if it is none.
    pub(super) fn number(&self, name: &str) -> u64 {
        self.get(name).parse().unwrap_or(0)
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Stop;

    async fn from_request(request: Request, _: &S) -> Result<Self, Stop> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let is_form = kind.is_some_and(|kind| {
            kind.as_bytes()
                .starts_with(b"application/x-www-form-urlencoded")
        });
        if !is_form {
            return Err(Stop::Unreadable);
        }
        let bytes = axum::body::to_bytes(request.into_body(), FORM_LIMIT_BYTES)
            .await
            .map_err(|_| Stop::TooLarge)?;
        Ok(Self::read(&bytes))
    }
}

/// What is wrong, by the field that it stands beside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Faults(BTreeMap<String, String>);

impl Faults {
    pub(super) fn add(&mut self, field: impl Into<String>, text: impl Into<String>) {
        self.0.entry(field.into()).or_insert_with(|| text.into());
    }

    pub(super) fn one(field: impl Into<String>, text: impl Into<String>) -> Self {
        let mut faults = Self::default();
        faults.add(field, text);
        faults
    }

    /// The same with another sentence beside a field.
    pub(super) fn replaced(mut self, field: &str, text: &str) -> Self {
        self.0.insert(field.to_owned(), text.to_owned());
        self
    }

    /// What is wrong with a field.
    pub(super) fn of(&self, field: impl AsRef<str>) -> Option<&str> {
        self.0.get(field.as_ref()).map(String::as_str)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Keeps `result`, or what is wrong with it beside `field`.
    pub(super) fn take<T>(&mut self, field: &str, result: Result<T, String>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(text) => {
                self.add(field, text);
                None
            }
        }
    }
}

impl FrameWords {
    /// Reads a number of points; a comma is a decimal sign too.
    ///
    /// *Source*: rules.md R-1.
    pub(super) fn read_points(&self, text: &str) -> Result<Points, String> {
        let points: Points = text.trim().replace(',', ".").parse().map_err(|error| {
            match error {
                PointsError::NotANumber => self.must_be_points,
                PointsError::TooFine => self.points_too_fine,
                PointsError::Overflow => self.points_too_large,
            }
            .to_owned()
        })?;
        if points.is_negative() {
            return Err(self.points_negative.to_owned());
        }
        Ok(points)
    }

    /// Reads a number of points that may be left out.
    pub(super) fn read_limit(&self, text: &str) -> Result<Option<Points>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        self.read_points(text).map(Some)
    }

    /// Reads a day that may be left out.
    pub(super) fn read_date(&self, text: &str) -> Result<Option<Date>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        let date = text.parse().map_err(|_| self.must_be_date.to_owned())?;
        Ok(Some(date))
    }

    /// Reads a whole number between two others.
    pub(super) fn read_number(&self, text: &str, least: u32, most: u32) -> Result<u32, String> {
        text.parse()
            .ok()
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| self.must_be_number.with2(least, most))
    }

    /// Reads a text that has to be there and is no longer than `most` letters.
    pub(super) fn read_text(&self, text: &str, most: usize) -> Result<String, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err(self.must_fill.to_owned());
        }
        if text.chars().count() > most {
            return Err(self.too_long.with(most));
        }
        if text.chars().any(char::is_control) {
            return Err(self.unstorable.to_owned());
        }
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: FrameWords = FrameWords::ENGLISH;

    #[test]
    fn what_is_missing_or_broken_reads_as_empty() {
        let fields = Fields::read(b"name=+A+&x=1&x=&x=2&bad=%ff&&=&off=no");
        assert_eq!(fields.get("name"), "A");
        assert_eq!(fields.get("none"), "");
        assert_eq!(fields.list("x"), ["1", "2"]);
        assert_eq!(fields.get("bad"), "\u{fffd}");
        assert!(!fields.is_on("off") && !fields.is_on("none") && fields.is_on("x"));
        assert_eq!(fields.number("name"), 0);
    }

    #[test]
    fn points_are_read_with_a_point_or_a_comma_and_never_below_zero() {
        let read = |text| W.read_points(text).map(|points| points.to_string());
        assert_eq!(read("7,5").as_deref(), Ok("7.5"));
        assert_eq!(read(" 7.5 ").as_deref(), Ok("7.5"));
        assert_eq!(read("-1"), Err(W.points_negative.to_owned()));
        assert_eq!(read("1.000,5"), Err(W.must_be_points.to_owned()));
        assert_eq!(read("1.005"), Err(W.points_too_fine.to_owned()));
        assert_eq!(read(&"9".repeat(30)), Err(W.points_too_large.to_owned()));
        assert_eq!(W.read_limit(""), Ok(None));
    }

    #[test]
    fn texts_and_numbers_have_bounds() {
        assert!(W.read_text(" \t ", 5).is_err());
        assert!(W.read_text("äöüäöü", 5).is_err());
        assert!(W.read_text("a\0", 5).is_err());
        assert_eq!(W.read_text(" ä ", 5).as_deref(), Ok("ä"));
        assert!(W.read_number("0", 1, 5).is_err());
        assert!(W.read_number("6", 1, 5).is_err());
        assert!(W.read_number("1e1", 1, 50).is_err());
        assert_eq!(W.read_number("5", 1, 5), Ok(5));
        assert!(W.read_date("2026-02-30").is_err());
    }
}
